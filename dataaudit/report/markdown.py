"""The report as Markdown for a pull request: short, escaped, below a number of bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dataaudit.report.words import (
    STATUS_WORDS,
    cell,
    clip,
    count,
    one_line,
    plural,
    reasons,
    size_in_words,
    status_counts,
    tally,
    visible,
    where,
)

BUDGET = 60_000
"""Below the 65,536 characters of a comment on GitHub."""
ROWS, COLUMNS = 10, 8
Json = Mapping[str, Any]

_SPECIAL = re.compile(r"[\\`*{}\[\]|~$!]|(?<![^\W_])_|_(?![^\W_])")  # snake_case needs no escape
_MENTION = re.compile(r"([@#])(?=[\w-])")
_URL = re.compile(r"(https?|ftp|www)(:|\.)", re.IGNORECASE)
_CODE = re.compile(r"`([^`]+)`")


def render(document: Json, *, show_values: bool = False, budget: int = BUDGET) -> str:
    """Return the document as Markdown.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    show_values : bool
        Whether to include the evidence, which may hold values of the data.
    budget : int
        Most bytes of UTF-8. The verdict comes first, then one line a finding, then their details, worst first:
        what does not fit is dropped from the end, and counted.
    """
    findings = document["findings"]
    room = _Room(budget - 400)  # for the lines that say what was left out
    head = room.take(_head(document)) or _cut(_head(document), budget)
    not_run = room.take(_not_run(document)) or ""
    lines = room.take_while(_line(finding) for finding in findings)
    details = room.take_while(_detail(finding, show_values=show_values) for finding in findings)
    parts = [head]
    if lines:
        parts.append("\n| | Rule | Where | Finding |\n|---|---|---|---|\n" + "".join(lines))
    if len(lines) < len(findings):
        parts.append(f"\n{plural(len(findings) - len(lines), 'more finding')} did not fit in here.\n")
    if details:
        parts.append("\n" + "".join(details))
    if len(details) < len(findings):
        parts.append(f"\nDetails of {plural(len(findings) - len(details), 'finding')} did not fit in here.\n")
    return _cut("".join([*parts, not_run]), budget)


def text(value: str) -> str:
    r"""Return text as Markdown that shows it as it is: no markup, mention, reference to an issue, link or HTML.

    What stands in backticks becomes code.

    Examples
    --------
    >>> text("@me: <b> | *x* in `a_b`")
    '@&#8203;me: &lt;b&gt; \\| \\*x\\* in `a_b`'
    """
    parts, last = [], 0
    line = one_line(value)
    for hit in _CODE.finditer(line):
        parts += [_plain(line[last : hit.start()]), code(hit[1])]
        last = hit.end()
    return "".join([*parts, _plain(line[last:])])


def code(value: Any) -> str:
    r"""Return a name as a code span that also holds in a table.

    Examples
    --------
    >>> code("a|b"), code("tick ` tick")
    ('`a\\|b`', '`` tick ` tick ``')
    """
    line = one_line(value).replace("|", "\\|") or " "
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    pad = " " if len(ticks) > 1 or line.strip() != line else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def _plain(value: str) -> str:
    return _broken_up(_SPECIAL.sub(r"\\\g<0>", escape(value, quote=False)))


def _html(value: str) -> str:
    """Return text for an HTML element within Markdown, where GitHub still looks for mentions."""
    return _broken_up(escape(one_line(value), quote=False))


def _broken_up(escaped: str) -> str:
    """Return text in which GitHub finds nobody to notify and nothing to link: a zero-width space after @ and #."""
    quiet = _MENTION.sub(r"\1&#8203;", escaped)
    return _URL.sub(lambda hit: hit[1] + f"&#{ord(hit[2])};", quiet)


class _Room:
    """Counts down the bytes that are left."""

    def __init__(self, budget: int) -> None:
        self.left = budget

    def take(self, part: str) -> str | None:
        size = len(part.encode())
        if size > self.left:
            return None
        self.left -= size
        return part

    def take_while(self, parts: Any) -> list[str]:
        taken = []
        for part in parts:
            if self.take(part) is None:
                break
            taken.append(part)
        return taken


def _cut(content: str, budget: int) -> str:
    data = content.encode()
    return content if len(data) <= budget else data[: max(budget - 4, 0)].decode("utf-8", "ignore") + "…\n"


def _head(document: Json) -> str:
    dataset, counts = document["dataset"], status_counts(document)
    name = code(clip(one_line(dataset["name"]), 80))
    summary = f"\n{text(clip(document['summary'], 600))}\n" if document["summary"] else ""
    ended = ", ".join(f"{count(n)} {STATUS_WORDS[status]}" for status, n in counts.items() if n and status != "found")
    found = f"**{tally(document).capitalize()}** in {name} ({text(size_in_words(document))})"
    return f"## {text(document['headline'])}\n\n{found}{'. Checks: ' + ended if ended else ''}.\n{summary}"


def _line(finding: Json) -> str:
    severity, rule = finding["severity"], f"{finding['rule']} {finding['name']}"
    return f"| **{severity}** | {rule} | {_plain(where(finding))} | {text(clip(finding['message'], 300))} |\n"


def _detail(finding: Json, *, show_values: bool) -> str:
    title = f"{finding['rule']} {clip(one_line(finding['message']), 120)}"
    parts = [f"<details><summary>{_html(title)}</summary>\n"]
    if finding["why"]:
        parts.append(text(clip(finding["why"], 1500)) + "\n")
    parts += _places(finding)
    if show_values:
        parts += _evidence(finding["evidence"])
    if finding["fix"]:
        parts.append(_fenced(clip(finding["fix"], 3000)))
    return "\n".join([*parts, "</details>\n\n"])


def _places(finding: Json) -> list[str]:
    parts = []
    columns, rows = finding["columns"], finding["rows"]
    if columns:
        more = f" and {count(len(columns) - 12)} more" if len(columns) > 12 else ""
        parts.append(f"Columns: {', '.join(code(clip(one_line(name), 80)) for name in columns[:12])}{more}\n")
    if rows:
        noun = "Files" if isinstance(rows[0], str) else "Rows"
        total = max(finding["row_count"], len(rows))
        more = f" and {count(total - 12)} more" if total > 12 else ""
        parts.append(f"{noun}: {', '.join(code(clip(one_line(row), 120)) for row in rows[:12])}{more}\n")
    if finding["locations"]:
        parts.append(_lines(finding["locations"]))
    return parts


def _lines(locations: Sequence[Json]) -> str:
    files: dict[str, list[str]] = {}
    for place in locations[:12]:
        files.setdefault(clip(one_line(place["file"]), 120), []).append(str(place["line"]))
    listed = "; ".join(f"{', '.join(lines)} of {code(file)}" for file, lines in files.items())
    more = f"; and {count(len(locations) - 12)} more" if len(locations) > 12 else ""
    return f"Lines: {listed}{more}\n"


def _evidence(evidence: Json) -> list[str]:
    parts = [f"- {text(str(key))}: {text(cell(value, 200))}" for key, value in evidence.items() if key != "table"][:20]
    table = evidence.get("table")
    if isinstance(table, Mapping) and table.get("rows"):
        parts.append(
            "\n" + _table(table["columns"][:COLUMNS], table["rows"], max(table.get("total") or 0, len(table["rows"])))
        )
    return [*parts, ""] if parts else []


def _table(columns: Sequence[Any], rows: Sequence[Sequence[Any]], total: int) -> str:
    lines = [f"| {' | '.join(text(clip(str(name), 60)) for name in columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(text(cell(value, 60)) for value in row[:COLUMNS])} |" for row in rows[:ROWS]]
    return "\n".join(lines) + (f"\n\n{count(ROWS)} of {plural(total, 'row')}." if total > ROWS else "") + "\n"


def _fenced(fix: str) -> str:
    fix = visible(fix).rstrip()
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", fix)), default=0))
    language = "diff" if any(line[:2] in ("- ", "+ ") for line in fix.split("\n")) else "text"
    return f"{ticks}{language}\n{fix}\n{ticks}\n"


def _not_run(document: Json) -> str:
    lines = [
        f"- {STATUS_WORDS[status]}: {', '.join(rules[:12])}{' …' * (len(rules) > 12)}: {text(clip(reason, 240))}\n"
        for status in ("crashed", "skipped")
        for reason, rules in reasons(document["checks"], status)[:12]
    ]
    return "\n**Not run**\n\n" + "".join(lines) if lines else ""
