"""The command line: `dataaudit check`, `rules`, `explain` and `demo`.

Heavy libraries are imported by the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import csv
import json
import os
import shlex
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from dataaudit import __version__
from dataaudit.console import CLEAN, FOUND, UNUSABLE, explained, flush, put, say
from dataaudit.errors import ConfigError

if TYPE_CHECKING:
    from dataaudit.config import Settings
    from dataaudit.model import Rule
    from dataaudit.report.report import Report

SEVERITIES = ("error", "warning", "note")
FORMATS = ("text", "json", "markdown")

_CHECK_EPILOG = """\b
Exit status:
  0  nothing at or above --fail-on
  1  findings at or above it
  2  the command or the data could not be used, or a rule crashed
  3  nothing was read: no rows, no pictures
"""


@click.group(
    invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, "-V", "--version", message="dataaudit %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Check data before a model is trained on it."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        sys.exit(UNUSABLE)


# ---------------------------------------------------------------- check


@cli.command(epilog=_CHECK_EPILOG)
@click.argument("data")
@click.option("--validation", metavar="FILE", help="Validation split, where it is a file or folder of its own.")
@click.option("--test", metavar="FILE", help="Test split, likewise.")
@click.option("--target", metavar="NAME", multiple=True, help="Label column; repeat it, or separate by commas.")
@click.option(
    "--task", type=click.Choice(["classification", "multilabel", "regression"]), help="Inferred if not given."
)
@click.option("--split-column", metavar="NAME", help="Column that says which split a row belongs to.")
@click.option("--group", metavar="NAME", help="Column of patients, users, scenes: what must not be in two splits.")
@click.option("--time", metavar="NAME", help="Column of times.")
@click.option("--id", metavar="NAME", help="Column that numbers or names the rows.")
@click.option("--labels", metavar="FILE", help="CSV of file,label[,split] for a folder of pictures without classes.")
@click.option(
    "--transformer", metavar="FILE", help="Fitted scikit-learn transformer or Pipeline: skops, joblib, pickle."
)
@click.option("--unsafe-load", is_flag=True, help="Trust that file: loading joblib and pickle files runs their code.")
@click.option("--stage", type=click.Choice(["raw", "model-ready"]), help="A source, or what the network is fed.")
@click.option("--preset", metavar="NAME", help="Input scale the model expects: imagenet, unit, standard, ...")
@click.option("--select", metavar="RULES", multiple=True, help="Run only these codes, prefixes or names.")
@click.option("--ignore", metavar="RULES", multiple=True, help="Leave these out.")
@click.option("--fail-on", type=click.Choice(["error", "warning", "never"]), help="Exit with 1 from here on [error].")
@click.option("--config", metavar="FILE", help="Settings; else dataaudit.toml or pyproject.toml, found upwards.")
@click.option("--html", metavar="FILE", help="Write the report as one HTML page.")
@click.option("--format", "format_", type=click.Choice(FORMATS), help="What goes to standard output or -o [text].")
@click.option("-o", "--output", metavar="FILE", help="Write the --format report here instead of standard output.")
@click.option("--profile", metavar="FILE", help="Write the facts, free of rows, as JSON.")
@click.option("--labels-csv", metavar="FILE", help="Write the rows whose label deserves a second look.")
@click.option("--show-values", is_flag=True, help="Let Markdown show values of the data.")
@click.option("--no-probe", is_flag=True, help="Fit no models: rules on label noise and association are skipped.")
@click.option(
    "--sample", type=click.IntRange(min=1), default=20_000, show_default=True, help="Most rows that models learn from."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of everything random.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Threads; all cores if not given.")
@click.option("-q", "--quiet", is_flag=True, help="No progress, and no text report unless --format asks for it.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def check(data: str, debug: bool, **options: Any) -> None:
    """Audit DATA: a csv, tsv, parquet, feather, jsonl, xlsx, npy or npz file, or a folder of pictures.

    A file or folder may hold its own splits (--split-column, npz keys X_train and so on, folders train, val and
    test); otherwise give the others with --validation and --test.
    """
    if not debug:
        warnings.simplefilter("ignore")  # of libraries, about the data: what is wrong with it is the report's to say
    from dataaudit.config import load_settings, split_words

    config = options["config"]
    settings = load_settings(explicit=Path(config) if config else None).with_words(
        split_words(options["select"]), split_words(options["ignore"])
    )
    _check_paths(data, options)
    report = _audit(data, options, settings)
    _write(report, options)
    sys.exit(_status(report, options["fail_on"] or settings.fail_on or "error"))


def _audit(data: str, options: dict[str, Any], settings: Settings) -> Report:
    from dataaudit.api import audit
    from dataaudit.progress import progress_on

    with progress_on(sys.stderr, quiet=options["quiet"]) as progress:
        return audit(
            data,
            options["validation"],
            options["test"],
            _targets(options["target"]),
            task=options["task"],
            split_column=options["split_column"],
            group=options["group"],
            time=options["time"],
            id=options["id"],
            stage=options["stage"],
            preset=options["preset"],
            labels=options["labels"],
            transformer=options["transformer"],
            unsafe_load=options["unsafe_load"],
            select=settings.select or None,
            ignore=settings.ignore or None,
            limits=settings.rules or None,
            probe=not options["no_probe"],
            sample=options["sample"],
            seed=options["seed"],
            jobs=options["jobs"],
            progress=progress,
            command=shlex.join(["dataaudit", *click.get_current_context().obj]),
        )


def _targets(given: Sequence[str]) -> str | list[str] | None:
    """Return the target's names; one that holds a comma stands in double quotes, as in a CSV line."""
    lines = csv.reader(given, skipinitialspace=True)
    names = [name.strip() for line in lines for name in line or [""]]
    if not all(names):
        raise ConfigError("--target is empty.", "Name the label column, or leave --target out for unlabelled data.")
    return (names[0] if len(names) == 1 else names) if names else None


def _check_paths(data: str, options: dict[str, Any]) -> None:
    """Refuse empty names, to write over the data, and to write two reports into one file."""
    files = ("validation", "test", "labels", "transformer", "config")
    given = {"DATA": data, **{f"--{key}": options[key] for key in files}}
    for word, path in given.items():
        if path is not None and not path.strip():
            raise ConfigError(f"{word} is empty.", "Give the name of a file or a folder.")
    inputs = {_real(path) for path in given.values() if path is not None}
    seen: dict[str, str] = {}
    for name in ("html", "output", "profile", "labels_csv"):
        path, flag = options[name], name.replace("_", "-")
        if not path or (flag == "output" and path == "-"):
            continue
        if path == "-":
            raise ConfigError(f"--{flag} needs the name of a file.", "Only -o can write to standard output.")
        if _real(path) in inputs:
            raise ConfigError(f"--{flag} {path} would overwrite the data.", "Give another name.")
        if not Path(path).is_char_device() and _real(path) in seen:
            raise ConfigError(f"--{flag} and --{seen[_real(path)]} both write {path}.", "Give two names.")
        seen[_real(path)] = flag


def _real(path: str) -> str:
    return os.path.realpath(path)


def _write(report: Report, options: dict[str, Any]) -> None:
    """Write the files first, so that a reader who leaves early takes nothing from them."""
    if options["html"]:
        report.to_html(options["html"])
    if options["profile"]:
        report.profile.save(options["profile"])
    if options["labels_csv"]:
        report.to_labels(options["labels_csv"])
    output = None if options["output"] == "-" else options["output"]
    format_ = options["format_"]
    if output is not None:
        from dataaudit.report.write import atomic_write

        atomic_write(output, _render(report, format_ or "text", options["show_values"], color=False))
    elif format_ is not None or not options["quiet"]:
        put(_render(report, format_ or "text", options["show_values"], color=_color()), nl=False)
    for outcome in report.checks:
        if outcome.status == "crashed":
            say(f"warning: {outcome.rule} crashed: {outcome.reason}")


def _render(report: Report, format_: str, show_values: bool, *, color: bool) -> str:
    if format_ == "json":
        text = report.to_json()
    elif format_ == "markdown":
        text = report.to_markdown(show_values=show_values)
    else:
        text = report.to_text(color=color)
    return text if text.endswith("\n") else f"{text}\n"


def _color() -> bool:
    return sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def _status(report: Report, fail_on: str) -> int:
    if any(outcome.status == "crashed" for outcome in report.checks):
        return UNUSABLE
    bad = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on != "never" else ()
    return FOUND if any(finding.severity in bad for finding in report.findings) else CLEAN


# ---------------------------------------------------------------- rules and explain


@cli.command()
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(format_: str) -> None:
    """List the rules."""
    from dataaudit.registry import FAMILIES, all_rules, manual

    if format_ == "json":
        put(json.dumps([_rule_document(rule) for rule in all_rules().values()], indent=1, ensure_ascii=False))
        return
    family = None
    for code, rule in all_rules().items():
        if code[:3] != family:
            put(("" if family is None else "\n") + click.style(FAMILIES[code[:3]], bold=True))
            family = code[:3]
        summary = " ".join(manual(rule).summary.split())
        put(f"  {code}  {rule.name:<26} {_severity(rule)}  {summary}")
    put("\nMore about one of them: dataaudit explain CODE")


def _severity(rule: type[Rule]) -> str:
    color = {"error": "red", "warning": "yellow"}.get(rule.severity)
    return click.style(f"{rule.severity:<7}", fg=color)


def _rule_document(rule: type[Rule]) -> dict[str, Any]:
    from dataaudit.registry import FAMILIES, manual

    text = manual(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "family": FAMILIES[rule.code[:3]],
        "summary": " ".join(text.summary.split()),
        "tips": list(rule.tips),
        "options": [{"name": name, "default": default, "help": help_} for name, default, help_ in _options(rule)],
        "manual": text.sections,
    }


def _options(rule: type[Rule]) -> list[tuple[str, Any, str]]:
    from dataaudit.model import rule_options

    return [(name, default, help_) for name, (default, help_) in rule_options(rule()).items()]


@cli.command()
@click.argument("rule", metavar="CODE_OR_NAME")
def explain(rule: str) -> None:
    """Show the manual of one rule: why it matters, how it decides, what to do, its options."""
    from dataaudit.registry import find

    text = rule_page(find(rule))
    if not sys.stdout or not sys.stdout.isatty():
        put(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(text), width=min(console.width, 100))


def rule_page(rule: type[Rule]) -> str:
    """Return a rule's manual as Markdown: its sections, options and settings."""
    from dataaudit.registry import FAMILIES, manual

    text = manual(rule)
    tips = f" · advice {', '.join(rule.tips)}" if rule.tips else ""
    parts = [f"# {rule.code} {rule.name}", f"{rule.severity} · {FAMILIES[rule.code[:3]]}{tips}", text.summary]
    parts += [f"## {title}\n\n{body}" for title, body in text.sections.items()]
    options = _options(rule)
    if options:
        rows = [f"| `{name}` | `{_toml(default)}` | {help_} |" for name, default, help_ in options]
        table = "\n".join(["| option | default | |", "|---|---|---|", *rows])
        name, default, _ = options[0]
        example = f"```toml\n[tool.dataaudit.rules.{rule.name}]\n{name} = {_toml(default)}\n```"
        parts.append(f"## Options\n\n{table}\n\nSet them in pyproject.toml:\n\n{example}")
    parts.append(f'Leave it out with `--ignore {rule.code}`, or `ignore = ["{rule.code}"]` in the settings.')
    return "\n\n".join(parts)


def _toml(value: Any) -> str:
    """Return an option's value as a settings file spells it."""
    if isinstance(value, tuple | list):
        return f"[{', '.join(_toml(entry) for entry in value)}]"
    return json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------- demo


@cli.command()
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


# ---------------------------------------------------------------- the way out


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
