"""The report for a terminal: the verdict in the first line, worst first, and what to do next."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dataaudit.report import diff, prose
from dataaudit.report.words import (
    STATUS_WORDS,
    accepted_line,
    besides,
    clip,
    count,
    fixed_line,
    is_new,
    one_line,
    plural,
    reasons,
    size_in_words,
    status_counts,
    tally,
    where,
    worse,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

FINDINGS = 40
NOTES = 4
WIDTH, NARROWEST, WIDEST = 100, 24, 120
Json = Mapping[str, Any]

_ASIDES = ("import ", "from ", "#")

_STYLES = {"error": "bold red", "warning": "yellow", "note": "cyan"}
_VERDICTS = {
    "fail": ("FAIL", "bold white on red"),
    "warn": ("WARN", "bold black on yellow"),
    "pass": ("PASS", "bold green"),
}


def render(document: Json, *, width: int | None = None, color: bool = False) -> str:
    """Return the document for a terminal.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    width : int, optional
        Columns; by default those of the present terminal, at most 120, or 100 where there is none.
    color : bool
        Whether to use ANSI colours.

    Returns
    -------
    str
        No line is wider than `width` (24 at least). Control characters from the data are spelled out.
    """
    from rich.console import Console

    columns = width if width is not None else min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST)
    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=max(columns, NARROWEST),
        color_system="standard" if color else None,
        force_terminal=color,
        no_color=not color,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
        _environ={},  # what the caller asks for decides, not the variables of the shell
    )
    _head(console, document)
    _findings(console, document)
    _accepted(console, document)
    _checks(console, document)
    _next(console, document)
    return "\n".join(line.rstrip() for line in buffer.getvalue().split("\n")).rstrip() + "\n"


def _head(console: Console, document: Json) -> None:
    from rich.text import Text

    word, style = _VERDICTS[document["verdict"]]
    console.print(Text.assemble((word, style), "  ", (f"{document['headline']}: {tally(document)}", "bold")))
    dataset = document["dataset"]
    parts = [one_line(dataset["name"], 60), size_in_words(document)]
    if dataset["task"]:
        target = dataset["target"]
        named = ", ".join(one_line(t, 40) for t in target[:4]) if isinstance(target, list) else one_line(target, 60)
        parts.append(f"{dataset['task']} of {named}" if target is not None else dataset["task"])
    console.print(Text(" · ".join(parts), "dim", overflow="fold"))
    for note in dataset["notes"][:NOTES]:
        console.print(Text(one_line(note, 200), "dim", overflow="fold"))
    if len(dataset["notes"]) > NOTES:
        console.print(Text(f"and {plural(len(dataset['notes']) - NOTES, 'more note')} on the reading", "dim"))
    for said in diff.lines(document):
        console.print(Text(said, overflow="fold"))
    if document["summary"]:
        console.print(Text(one_line(document["summary"], 600), overflow="fold"))


def _findings(console: Console, document: Json) -> None:
    findings = [finding for finding in document["findings"] if is_new(finding)]
    for finding in findings[:FINDINGS]:
        console.print()
        console.print(_title(finding))
        console.print(_indented(one_line(finding["message"], 600)))
        step = _first_step(finding["fix"])
        if step:
            console.print(_indented(f"→ {step}", "green"))
    if len(findings) > FINDINGS:
        console.print()
        console.print(_indented(f"and {plural(len(findings) - FINDINGS, 'more finding')}: see --html or --format json"))


def _accepted(console: Console, document: Json) -> None:
    """Print, a line each, what was accepted: it is never left out silently."""
    from rich.text import Text

    known = [finding for finding in document["findings"] if not is_new(finding)]
    suppressed, baseline = document.get("suppressed", []), document.get("baseline")
    if not baseline and not suppressed:
        return
    console.print()
    for said in besides(document):
        console.print(Text(said, overflow="fold"))
    lines = [("known", f"{f['rule']} {f['name']}: {where(f)}") for f in known]
    lines += [("worse", f"{f['rule']} {f['name']}: {said}") for f, said in worse(document)]
    lines += [("fixed", fixed_line(entry)) for entry in (baseline or {"fixed": []})["fixed"]]
    lines += [("set aside", f"{f['rule']} {f['name']}: {where(f)}: {accepted_line(f)}") for f in suppressed]
    for word, said in lines[:FINDINGS]:
        line = Text(overflow="fold")
        line.append(f"  {word}  ", "dim")
        line.append(said)
        console.print(line)
    if len(lines) > FINDINGS:
        console.print(Text(f"  and {len(lines) - FINDINGS:,} more: see --html or --format json"))


def _title(finding: Json) -> RenderableType:
    from rich.text import Text

    severity = finding["severity"]
    line = Text(overflow="fold")
    line.append(f"{severity:<8}", _STYLES[severity])
    line.append(f"{finding['rule']} {finding['name']}", "bold")
    line.append(f"  {where(finding)}", "dim")
    return line


def _indented(line: str, style: str = "") -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(line, style, overflow="fold"), (0, 0, 0, 8))


def _first_step(fix: str) -> str:
    """Return the first thing to do: a sentence, or the first new line of a diff."""
    lines = [(kind, sign, line) for kind, part in prose.fix_parts(fix) for sign, line in part if line.strip()]
    said = [line for kind, _, line in lines if kind == "prose"]
    added = [line[2:] for _, sign, line in lines if sign == "+" and not line[2:].startswith(_ASIDES)]
    other = [line for *_, line in lines if not line.startswith(_ASIDES)]
    step = next(iter([*said, *added, *other, fix]), "")
    return one_line(step.strip(), 240)


def _checks(console: Console, document: Json) -> None:
    from rich.text import Text

    counts = status_counts(document)
    ended = [f"{count(n)} {STATUS_WORDS[status]}" for status, n in counts.items() if n or status == "clean"]
    console.print()
    console.print(Text(f"{plural(len(document['checks']), 'check')}: {', '.join(ended)}", overflow="fold"))
    for status, style in (("crashed", "bold red"), ("skipped", "yellow")):
        why = reasons(document["checks"], status)
        for reason, rules in why[:8]:
            codes = ", ".join(rules[:6]) + (f" and {len(rules) - 6} more" if len(rules) > 6 else "")
            line = Text(overflow="fold")
            line.append(f"  {STATUS_WORDS[status]}  ", style)
            line.append(f"{codes}: {one_line(reason, 300)}")
            console.print(line)
        if len(why) > 8:
            console.print(Text(f"  {STATUS_WORDS[status]}  for {len(why) - 8} further reasons"))


def _next(console: Console, document: Json) -> None:
    from rich.text import Text

    console.print()
    if document["findings"]:
        rule = document["findings"][0]["rule"]
        console.print(Text(f"dataaudit explain {clip(rule, 20)}  says why it matters and when to ignore it.", "dim"))
    console.print(Text("--html report.html  writes the whole report as a page.", "dim"))
