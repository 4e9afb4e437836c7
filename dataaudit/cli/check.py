"""`dataaudit check`: audit files and folders."""

from __future__ import annotations

import shlex
import sys
import warnings
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataaudit.cli.outputs import (
    ACCEPT_OPTIONS,
    EXIT_STATUS,
    OUTPUT_OPTIONS,
    RULE_OPTIONS,
    RUN_OPTIONS,
    TERMINAL_OPTIONS,
    check_paths,
    finish,
    options,
    settings_of,
)
from dataaudit.cli.roles import ROLE_OPTIONS, roles_of

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.report.report import Report


@click.command(epilog=EXIT_STATUS, short_help="Audit a data set: a file, a folder of tables or pictures, or arrays.")
@click.argument("data")
@click.option("--validation", metavar="FILE", help="Validation split, where it is a file or folder of its own.")
@click.option("--test", metavar="FILE", help="Test split, likewise.")
@click.option("--labels", metavar="FILE", help="CSV of file,label[,split] for a folder of pictures without classes.")
@click.option(
    "--transformer", metavar="FILE", help="Fitted scikit-learn transformer or Pipeline: skops, joblib, pickle."
)
@click.option("--suite", metavar="FILE", help="Great Expectations suite that the train split should meet.")
@click.option(
    "--embed", metavar="NAME", help="What turns pictures into vectors: a timm model on this disk, or MODULE:FUNCTION."
)
@click.option("--unsafe-load", is_flag=True, help="Trust that file: loading joblib and pickle files runs their code.")
@options(ROLE_OPTIONS, RULE_OPTIONS, ACCEPT_OPTIONS, OUTPUT_OPTIONS, RUN_OPTIONS, TERMINAL_OPTIONS)
def check(data: str, debug: bool, **given: Any) -> None:
    """Audit DATA: a csv, tsv, parquet, feather, jsonl, xlsx, npy or npz file, or a folder of pictures.

    A file or folder may hold its own splits (--split-column, npz keys X_train and so on, folders train, val and
    test); otherwise give the others with --validation and --test.

    \b
    Example:
      dataaudit check train.csv --test test.csv --target survived --html report.html
    """
    if not debug:
        warnings.simplefilter("ignore")  # of libraries, about the data: what is wrong with it is the report's to say
    settings = settings_of(given)
    files = ("validation", "test", "labels", "transformer", "suite", "config", "baseline")
    check_paths({"DATA": data, **{f"--{key}": given[key] for key in files}}, given)
    if ":" in (given["embed"] or ""):
        sys.path.insert(0, str(Path.cwd()))  # the module lies where one works, as for python -m
    finish(_audit(data, given, settings), given, settings)


def _audit(data: str, given: dict[str, Any], settings: Settings) -> Report:
    from dataaudit.api import audit
    from dataaudit.progress import progress_on

    # what a transformer or an embedder prints is no part of the report
    with redirect_stdout(sys.stderr), progress_on(sys.stderr, quiet=given["quiet"]) as progress:
        return audit(
            data,
            given["validation"],
            given["test"],
            labels=given["labels"],
            transformer=given["transformer"],
            suite=given["suite"],
            unsafe_load=given["unsafe_load"],
            select=settings.select or None,
            ignore=settings.ignore or None,
            limits=settings.rules or None,
            baseline=given["baseline"],
            probe=not given["no_probe"],
            embed=given["embed"],
            sample=given["sample"],
            seed=given["seed"],
            jobs=given["jobs"],
            progress=progress,
            **roles_of(given),
            command=shlex.join(["dataaudit", *click.get_current_context().obj]),
        )
