"""What every command that audits shares: where reports go, and the status to leave with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from dataaudit.console import CLEAN, FOUND, UNUSABLE, put, say
from dataaudit.errors import ConfigError

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.report.report import Report

FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")

EXIT_STATUS = """\b
Exit status:
  0  nothing at or above --fail-on
  1  findings at or above it
  2  the command or the data could not be used, or a rule crashed
  3  nothing was read: no rows, no pictures, no batches
"""


Command = TypeVar("Command", bound=Callable[..., Any])

RULE_OPTIONS = (
    click.option("--select", metavar="RULES", multiple=True, help="Run only these codes, prefixes or names."),
    click.option("--ignore", metavar="RULES", multiple=True, help="Leave these out."),
    click.option(
        "--fail-on", type=click.Choice(["error", "warning", "never"]), help="Exit with 1 from here on [error]."
    ),
    click.option("--config", metavar="FILE", help="Settings; else dataaudit.toml or pyproject.toml, found upwards."),
)
ACCEPT_OPTIONS = (
    click.option("--baseline", metavar="FILE", help="Earlier report: only what it does not hold fails the run."),
    click.option("--write-baseline", metavar="FILE", help="Write the findings, free of values, to be accepted so far."),
)
OUTPUT_OPTIONS = (
    click.option("--html", metavar="FILE", help="Write the report as one HTML page."),
    click.option("--format", "format_", type=click.Choice(FORMATS), help="What goes to standard output or -o [text]."),
    click.option("-o", "--output", metavar="FILE", help="Write the --format report here instead of standard output."),
    click.option("--json", metavar="FILE", help="Write the report as JSON."),
    click.option("--sarif", metavar="FILE", help="Write the findings as SARIF 2.1.0, for code hosts."),
    click.option("--junit", metavar="FILE", help="Write the checks as JUnit XML, for the test page of a CI server."),
    click.option("--gitlab", metavar="FILE", help="Write the findings as code quality for GitLab."),
    click.option("--markdown", metavar="FILE", help="Write a comment for a pull request, below 60,000 bytes."),
    click.option("--step-summary", metavar="FILE", help="Write the same with more detail, below 1,000 KiB."),
    click.option("--profile", metavar="FILE", help="Write the facts, free of rows, as JSON."),
    click.option("--labels-csv", metavar="FILE", help="Write the rows whose label deserves a second look."),
    click.option(
        "--show-values", is_flag=True, help="Let all formats quote values of the data; only text, HTML and JSON do."
    ),
)
RUN_OPTIONS = (
    click.option("--no-probe", is_flag=True, help="Fit no models: rules on label noise and association are skipped."),
    click.option(
        "--sample",
        type=click.IntRange(min=1),
        default=20_000,
        show_default=True,
        help="Most rows that models learn from.",
    ),
    click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of everything random."),
    click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Threads; all cores if not given."),
)
TERMINAL_OPTIONS = (
    click.option("-q", "--quiet", is_flag=True, help="No progress, and no text report unless --format asks for it."),
    click.option("--debug", is_flag=True, help="Show the traceback of an error."),
)


def options(*groups: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command several options, which `--help` lists in this order."""

    def give(command: Command) -> Command:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return give


def settings_of(options: Mapping[str, Any]) -> Settings:
    """Return the settings in force, with the rules that the command line chooses."""
    from dataaudit.config import load_settings, split_words

    config = options["config"]
    found = load_settings(explicit=Path(config) if config else None)
    return found.with_words(split_words(options["select"]), split_words(options["ignore"]))


def check_paths(given: Mapping[str, str | None], options: Mapping[str, Any]) -> None:
    """Refuse empty names, to write over what is read, and to write two reports into one file.

    Parameters
    ----------
    given : mapping of str to str or None
        What is read, by the word that a message calls it.
    options : mapping
        Of the command; the paths that are written are found there.

    Raises
    ------
    ConfigError
        Naming the option.
    """
    for word, path in given.items():
        if path is not None and not path.strip():
            raise ConfigError(f"{word} is empty.", "Give the name of a file or a folder.")
    inputs = {_real(path): word for word, path in given.items() if path is not None}
    seen: dict[str, str] = {}
    for name in WRITTEN:
        path, flag = options.get(name), name.replace("_", "-")
        if path is not None and not path.strip():
            raise ConfigError(f"--{flag} is empty.", "Give the name of a file.")
        if path is None or (flag == "output" and path == "-"):
            continue
        if path == "-":
            raise ConfigError(f"--{flag} needs the name of a file.", "Only -o can write to standard output.")
        renewed = name == "write_baseline" and inputs.get(_real(path)) == "--baseline"
        if _real(path) in inputs and not renewed:
            raise ConfigError(f"--{flag} {path} would overwrite {_word(inputs[_real(path)])}.", "Give another name.")
        if not Path(path).is_char_device() and _real(path) in seen:
            raise ConfigError(f"--{flag} and --{seen[_real(path)]} both write {path}.", "Give two names.")
        seen[_real(path)] = flag


WRITTEN = (
    "html", "output", "profile", "labels_csv", "write_baseline", "json", "sarif", "junit", "gitlab", "markdown",
    "step_summary",
)  # fmt: skip
"""Options that name a file to write."""


def _word(read: str) -> str:
    return f"what {read} reads" if read in ("--config", "--baseline") else "the data"


def _real(path: str) -> str:
    return os.path.realpath(path)


def finish(report: Report, options: Mapping[str, Any], settings: Settings) -> NoReturn:
    """Write what was asked for, and leave with the status."""
    fail_on = options["fail_on"] or settings.fail_on or "error"
    _write(report, options, fail_on)
    sys.exit(status_of(report, fail_on))


def _write(report: Report, options: Mapping[str, Any], fail_on: str) -> None:
    """Write the files first, so that a reader who leaves early takes nothing from them."""
    from dataaudit.report.write import atomic_write

    values = options["show_values"]
    for name in ("json", "sarif", "junit", "gitlab", "markdown"):
        if options[name]:
            atomic_write(options[name], _render(report, name, values, fail_on))
    if options["step_summary"]:
        from dataaudit.report.github import SUMMARY_BYTES

        report.to_markdown(show_values=values, budget=SUMMARY_BYTES, path=options["step_summary"])
    if options["html"]:
        report.to_html(options["html"])
    if options["profile"]:
        report.profile.save(options["profile"])
    if options["labels_csv"]:
        report.to_labels(options["labels_csv"])
    if options.get("write_baseline"):
        from dataaudit import baseline

        baseline.write([*report.document["findings"], *report.document["suppressed"]], options["write_baseline"])
    output = None if options["output"] == "-" else options["output"]
    format_ = options["format_"]
    if output is not None:
        atomic_write(output, _render(report, format_ or "text", values, fail_on))
    elif format_ is not None or not options["quiet"]:
        put(_render(report, format_ or "text", values, fail_on, color=_color()), nl=False)
    for outcome in report.checks:
        if outcome.status == "crashed":
            say(f"warning: {outcome.rule} crashed: {outcome.reason}")


def _render(report: Report, format_: str, show_values: bool, fail_on: str, *, color: bool = False) -> str:
    written: dict[str, Callable[[], str]] = {
        "text": lambda: report.to_text(color=color),
        "json": report.to_json,
        "markdown": lambda: report.to_markdown(show_values=show_values),
        "sarif": lambda: report.to_sarif(show_values=show_values),
        "junit": lambda: report.to_junit(fail_on=fail_on, show_values=show_values),
        "github": lambda: report.to_github(show_values=show_values),
        "gitlab": lambda: report.to_gitlab(show_values=show_values),
    }
    text = written[format_]()
    return text if text.endswith("\n") or not text else f"{text}\n"


def _color() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def status_of(report: Report, fail_on: str) -> int:
    """Return the status to leave with: a crashed rule is worse than findings, as nobody knows what it would say."""
    if any(outcome.status == "crashed" for outcome in report.checks):
        return UNUSABLE
    return FOUND if report.blocking(fail_on) else CLEAN
