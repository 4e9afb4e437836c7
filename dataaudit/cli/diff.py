"""`dataaudit diff`: what a change does to the data."""

from __future__ import annotations

import shlex
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from dataaudit.cli.outputs import (
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
from dataaudit.errors import ConfigError

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.report.report import Report

_PAIRS = ("validation", "test", "labels")


@click.command(epilog=EXIT_STATUS, short_help="Say what a change does to the data.")
@click.argument("base")
@click.argument("head")
@click.option("--validation", nargs=2, metavar="BASE HEAD", help="Validation splits, where they are other files.")
@click.option("--test", nargs=2, metavar="BASE HEAD", help="Test splits, likewise.")
@click.option("--labels", nargs=2, metavar="BASE HEAD", help="Labels files of folders of pictures without classes.")
@options(ROLE_OPTIONS, RULE_OPTIONS, OUTPUT_OPTIONS, RUN_OPTIONS, TERMINAL_OPTIONS)
def diff(base: str, head: str, debug: bool, **given: Any) -> None:
    """Compare HEAD with BASE: rows, labels, columns, distributions, and the problems that are new.

    Each is a file or folder as for `dataaudit check`, a saved profile (--profile FILE), a saved report (--format json
    -o FILE), or REV:path, a file or folder at a git revision. Only what is new decides the exit status.

    \b
    Example:
      dataaudit diff main:data/train.csv data/train.csv --target y --markdown comment.md
    """
    if not debug:
        warnings.simplefilter("ignore")  # of libraries, about the data: what is wrong with it is the report's to say
    settings = settings_of(given)
    read = {"BASE": base, "HEAD": head, "--config": given["config"]}
    for name in _PAIRS:
        read |= dict(zip((f"--{name} (BASE)", f"--{name} (HEAD)"), given[name] or (), strict=False))
    check_paths(read, given)
    report = _diff(base, head, given, settings)
    if given["profile"] and report.profile is None:
        raise ConfigError("--profile: HEAD is a saved report, which holds no facts.", "Give the data or its profile.")
    finish(report, given, settings)


def _diff(base: str, head: str, given: dict[str, Any], settings: Settings) -> Report:
    from dataaudit.api.diff import diff as compare
    from dataaudit.progress import progress_on

    with progress_on(sys.stderr, quiet=given["quiet"]) as progress:
        return compare(
            base,
            head,
            validation=given["validation"] or None,
            test=given["test"] or None,
            labels=given["labels"] or None,
            select=settings.select or None,
            ignore=settings.ignore or None,
            limits=settings.rules or None,
            probe=not given["no_probe"],
            sample=given["sample"],
            seed=given["seed"],
            jobs=given["jobs"],
            progress=progress,
            **roles_of(given),
            command=shlex.join(["dataaudit", *click.get_current_context().obj]),
        )
