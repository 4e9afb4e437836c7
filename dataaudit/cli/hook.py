"""`dataaudit hook`: the quick rules on some files, for the moment before a commit."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataaudit.cli.outputs import ACCEPT_OPTIONS, EXIT_STATUS, RULE_OPTIONS, options, settings_of, status_of
from dataaudit.cli.roles import ROLE_OPTIONS, roles_of
from dataaudit.console import CLEAN, FOUND, NOTHING_READ, UNUSABLE, put, say
from dataaudit.errors import ConfigError, DataauditError, NothingReadError

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.report.report import Report

SLOW = ("split-drift", "oversampled-before-split")
"""Rules left out besides those of the probe: they fit models, or look for neighbours, after the one pass."""

WORST_FIRST = (UNUSABLE, FOUND, NOTHING_READ, CLEAN)


@click.command(epilog=EXIT_STATUS, short_help="Audit files with the quick rules, before a commit.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--alone", is_flag=True, help="Audit each file by itself, whatever its name says.")
@options(ROLE_OPTIONS, RULE_OPTIONS, ACCEPT_OPTIONS[:1])
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def hook(files: tuple[Path, ...], alone: bool, debug: bool, **given: Any) -> None:
    """Audit FILES with the quick rules, before a commit: no models are fitted.

    Files of one folder that are named after splits, such as train.csv and test.csv, are audited together; if only one
    of them is given, the others are read beside it. Errors and warnings are listed, one a line, with file and line.

    \b
    Example:
      dataaudit hook --target survived data/titanic/train.csv
    """
    if not debug:
        warnings.simplefilter("ignore")  # of libraries, about the data: what is wrong with it is the report's to say
    from dataaudit.loaders.siblings import data_sets

    settings = settings_of(given)
    fail_on = given["fail_on"] or settings.fail_on or "error"
    roles = roles_of(given)
    statuses, counts = [CLEAN], {"error": 0, "warning": 0}
    for group in data_sets(files, alone=alone):
        try:
            report = _audit(group, roles, settings, given["baseline"])
        except ConfigError:
            raise
        except DataauditError as error:
            say(f"error: {error.message}", error.hint)
            statuses.append(NOTHING_READ if isinstance(error, NothingReadError) else UNUSABLE)
            continue
        statuses.append(_tell(report, group, fail_on, counts))
    if any(counts.values()):
        put(_summary(counts))
    sys.exit(min(statuses, key=WORST_FIRST.index))


def _audit(group: Mapping[str, Path], roles: Mapping[str, Any], settings: Settings, baseline: str | None) -> Report:
    from dataaudit.api import audit

    return audit(
        str(group["train"]),
        *(str(group[role]) if role in group else None for role in ("validation", "test")),
        **roles,
        select=settings.select or None,
        ignore=(*settings.ignore, *_left_out()),
        limits=settings.rules or None,
        baseline=baseline,
        probe=False,
    )


def _left_out() -> Iterator[str]:
    """Yield what a part of the rules on a part of the data cannot judge, and what is slow."""
    from dataaudit.registry import all_rules

    yield from SLOW
    yield from (code for code in all_rules() if code.startswith("SET"))  # a suppression may be of use elsewhere


def _tell(report: Report, group: Mapping[str, Path], fail_on: str, counts: dict[str, int]) -> int:
    """Print the findings of one data set, count them, and return its status."""
    from dataaudit.report.lines import line

    for finding in report.blocking("warning"):
        counts[finding["severity"]] += 1
        put(line(finding, report.document))
    for check in report.checks:
        if check.status == "crashed":
            say(f"warning: {check.rule} crashed on {', '.join(map(str, group.values()))}: {check.reason}")
    return status_of(report, fail_on)


def _summary(counts: Mapping[str, int]) -> str:
    from dataaudit.report.words import plural

    found = " and ".join(plural(n, severity) for severity, n in counts.items() if n)
    return f"{found}. `dataaudit explain CODE` says why and what to do, `dataaudit check` runs all rules."
