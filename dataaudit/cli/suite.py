"""`dataaudit suite` and `dataaudit validate`: expectations made from data, and data held against expectations."""

from __future__ import annotations

import json
import shlex
import sys
import warnings
from typing import Any

import click

from dataaudit.cli.outputs import (
    ACCEPT_OPTIONS,
    EXIT_STATUS,
    OUTPUT_OPTIONS,
    RULE_OPTIONS,
    RUN_OPTIONS,
    TERMINAL_OPTIONS,
    WRITTEN,
    check_paths,
    finish,
    options,
    settings_of,
)
from dataaudit.cli.roles import ROLE_OPTIONS, roles_of
from dataaudit.console import put

_RESULT_OPTIONS = RULE_OPTIONS[2:]  # one rule is run: nothing to select or ignore
_JOBS = RUN_OPTIONS[-1]


@click.command(short_help="Turn data into a Great Expectations suite for its next delivery.")
@click.argument("data")
@click.option("-o", "--output", metavar="FILE", help="Write the suite here instead of standard output.")
@click.option("--name", metavar="NAME", help="Of the suite; that of the data if not given.")
@click.option("--rows", type=click.IntRange(min=1), metavar="N", help="Rows of a delivery; as many as DATA has.")
@click.option(
    "--risk", type=float, metavar="P", help="Chance that a delivery from the same source fails the suite [0.005]."
)
@options(ROLE_OPTIONS, [_JOBS], TERMINAL_OPTIONS)
def suite(data: str, debug: bool, **given: Any) -> None:
    """Turn DATA into a Great Expectations suite that its next delivery should meet.

    The facts of the train split become expectations; how far a delivery may be off comes from sampling error. Audit
    DATA first: what is wrong with it becomes what is expected.

    \b
    Example:
      dataaudit suite train.csv --target survived -o suite.json
    """
    if not debug:
        warnings.simplefilter("ignore")
    output = None if given["output"] == "-" else given["output"]
    check_paths({"DATA": data}, {**dict.fromkeys(WRITTEN), "output": output})
    from dataaudit import profile_of, suite_from
    from dataaudit.progress import progress_on

    roles = {word: value for word, value in roles_of(given).items() if word not in ("task", "preset")}  # no facts
    with progress_on(sys.stderr, quiet=given["quiet"]) as progress:
        facts = profile_of(data, jobs=given["jobs"], progress=progress, **roles)
        wanted = {word: given[word] for word in ("name", "rows", "risk") if given[word] is not None}
        made = suite_from(facts, **wanted)
    text = json.dumps(made.to_json_dict(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        put(text, nl=False)
        return
    from dataaudit.report.write import atomic_write

    atomic_write(output, text)


@click.command(epilog=EXIT_STATUS, short_help="Run a Great Expectations suite on data.")
@click.argument("data")
@click.option("--suite", "suite_file", metavar="FILE", required=True, help="Suite that Great Expectations saved.")
@options(ROLE_OPTIONS, _RESULT_OPTIONS, ACCEPT_OPTIONS, OUTPUT_OPTIONS, [_JOBS], TERMINAL_OPTIONS)
def validate(data: str, suite_file: str, debug: bool, **given: Any) -> None:
    """Run a Great Expectations suite on DATA, and report what it fails.

    \b
    Example:
      dataaudit validate delivery.csv --suite suite.json
    """
    if not debug:
        warnings.simplefilter("ignore")
    settings = settings_of({**given, "select": (), "ignore": ()})
    check_paths(
        {"DATA": data, "--suite": suite_file, **{f"--{key}": given[key] for key in ("config", "baseline")}}, given
    )
    from dataaudit.api import validate as run
    from dataaudit.progress import progress_on

    with progress_on(sys.stderr, quiet=given["quiet"]) as progress:
        report = run(
            data,
            suite_file,
            ignore=settings.ignore or None,
            baseline=given["baseline"],
            jobs=given["jobs"],
            progress=progress,
            **roles_of(given),
            command=shlex.join(["dataaudit", *click.get_current_context().obj]),
        )
    finish(report, given, settings)
