"""The command line: one module a command.

Heavy libraries are imported by the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from dataaudit import __version__
from dataaudit.cli.batches import batches
from dataaudit.cli.check import check
from dataaudit.cli.demo import demo
from dataaudit.cli.diff import diff
from dataaudit.cli.hook import hook
from dataaudit.cli.rules import explain, rule_page, rules
from dataaudit.cli.suite import suite, validate
from dataaudit.console import CLEAN, UNUSABLE, explained, flush

__all__ = ["check", "cli", "main", "rule_page"]


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, "-V", "--version", message="dataaudit %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Check data before a model is trained on it.

    \b
    Example:
      dataaudit check train.csv --test test.csv --target survived --html report.html
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        sys.exit(UNUSABLE)


for command in (check, batches, diff, suite, validate, rules, explain, demo, hook):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit with its status; whatever goes wrong is one clear line on standard error."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot spell ends no audit
    try:
        with explained(debug="--debug" in given):
            cli.main(given, prog_name="dataaudit", standalone_mode=False, obj=given)
            status = CLEAN
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else CLEAN
    sys.exit(flush(status))
