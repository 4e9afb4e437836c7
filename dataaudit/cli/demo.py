"""`dataaudit demo`: the sample data and its reports."""

from __future__ import annotations

import warnings
from pathlib import Path

import click

from dataaudit.console import put


@click.command()
@click.option("--open", "open_", is_flag=True, help="Show the reports in a browser.")
@click.option("--into", metavar="DIR", default="reports", show_default=True, help="Folder for the reports.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def demo(open_: bool, into: str, debug: bool) -> None:
    """Audit the sample data and write its reports."""
    if not debug:
        warnings.simplefilter("ignore")
    from dataaudit.demo import run

    for sample, report in run(Path(into)):
        page = Path(into) / f"{sample.name}.html"
        color = {"fail": "red", "warn": "yellow"}.get(report.verdict, "green")
        put(f"{click.style(f'{report.verdict:<4}', fg=color)}  {sample.title:<42} {page}")
        if open_:
            click.launch(page.resolve().as_uri())
