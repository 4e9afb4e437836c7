"""`dataaudit rules` and `dataaudit explain`: what is checked, and how."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from dataaudit.console import put

if TYPE_CHECKING:
    from dataaudit.model import Rule


@click.command()
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to list them.",
)
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


@click.command(short_help="Show the manual of one rule.")
@click.argument("rule", metavar="CODE_OR_NAME")
def explain(rule: str) -> None:
    """Show the manual of one rule: why it matters, how it decides, what to do, its options.

    \b
    Example:
      dataaudit explain label-noise
    """
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
