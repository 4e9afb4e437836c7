"""The report as Markdown for one comment on a pull request: short, escaped, below a number of bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dataaudit.report import diff
from dataaudit.report.redact import redacted
from dataaudit.report.words import (
    SEVERITIES,
    STATUS_WORDS,
    accepted_line,
    besides,
    cell,
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
    visible,
    where,
    worse,
)

BUDGET = 60_000
"""Below the 65,536 characters of a comment on GitHub."""
MARKER = "<!-- dataaudit -->"
"""First line, which shows nothing: who writes comments finds the one to replace by it."""
ROWS, COLUMNS, ACCEPTED = 10, 8, 30
_RESERVED = 300
"""Bytes kept for the lines that say what was left out."""
Json = Mapping[str, Any]

_SPECIAL = re.compile(r"[\\`*{}\[\]|~$!]|(?<![^\W_])_|_(?![^\W_])")  # snake_case needs no escape
_MENTION = re.compile(r"([@#])(?=[\w-])")
_URL = re.compile(r"(https?|ftp|www)(:|\.)", re.IGNORECASE)
_CODE = re.compile(r"`([^`]+)`")


def render(document: Json, *, show_values: bool = False, budget: int = BUDGET) -> str:
    """Return the document as Markdown, for one comment that is written again with every run.

    The first line is `MARKER`, by which the comment is found again. Errors are open, everything else is folded.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    show_values : bool
        Whether messages may quote values of the data, and whether the evidence is included.
    budget : int
        Most bytes of UTF-8. What does not fit is dropped in this order, and counted: details of findings from the
        last to the worst, the lists of what did not run and of what was accepted, the lines of findings.
    """
    shown = document if show_values else redacted(document)
    head = _cut(f"{MARKER}\n{_head(shown)}", budget)
    groups = _groups(shown["findings"])
    room = _Room(budget - len(head.encode()) - _RESERVED - sum(len(title) + 120 for title, _ in groups))
    lines = room.take_while([list(map(_line, findings)) for _, findings in groups])
    tail = [part for part in (_accepted(shown), _not_run(shown)) if part and room.take(part)]
    listed = [findings[: len(own)] for (_, findings), own in zip(groups, lines, strict=True)]
    details = room.take_while([list(map(_detail, findings)) for findings in listed])
    parts = [head]
    for (title, _), own, told in zip(groups, lines, details, strict=True):
        if own:
            opened = " open" if title.endswith(("error", "errors")) else ""
            parts.append(f"\n<details{opened}><summary><b>{title}</b></summary>\n\n")
            parts.append(f"| Rule | Where | Finding |\n|---|---|---|\n{''.join(own)}\n{''.join(told)}</details>\n")
    parts += [f"\n{part}" for part in tail]
    said = _left_out(sum(map(len, lines)), sum(map(len, details)), len(shown["findings"]))
    if not show_values and shown["findings"]:
        said.append("Values of the data are left out: `--show-values` shows them.")
    parts += [f"\n<sub>{' '.join(said)}</sub>\n"] if said else []
    return _cut("".join(parts), budget)


def _groups(findings: Sequence[Json]) -> list[tuple[str, list[Json]]]:
    """Return findings by severity, those that a baseline holds in a group of their own, each with its title."""
    new = [finding for finding in findings if is_new(finding)]
    known = [finding for finding in findings if not is_new(finding)]
    groups = [(plural(len(own), s), own) for s in SEVERITIES if (own := [f for f in new if f["severity"] == s])]
    return groups + ([(plural(len(known), "known finding"), known)] if known else [])


def _left_out(lines: int, details: int, findings: int) -> list[str]:
    said = [f"{plural(findings - lines, 'more finding')} did not fit in here."] if lines < findings else []
    if details < lines:
        said.append(f"Details of {plural(lines - details, 'finding')} did not fit in here.")
    return said


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
        parts += [_plain(line[last : hit.start()]), code(hit[1], in_table=True)]
        last = hit.end()
    return "".join([*parts, _plain(line[last:])])


def code(value: Any, *, in_table: bool = False) -> str:
    r"""Return a name as a code span; in a table, and there alone, a bar in it needs a backslash.

    Examples
    --------
    >>> code("a|b"), code("a|b", in_table=True), code("tick ` tick")
    ('`a|b`', '`a\\|b`', '`` tick ` tick ``')
    """
    line = one_line(value).replace("|", "\\|" if in_table else "|") or " "
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

    def take_while(self, groups: Sequence[Sequence[str]]) -> list[list[str]]:
        """Return what fits of each group, up to the first part of all that does not."""
        taken: list[list[str]] = [[] for _ in groups]
        for own, parts in zip(taken, groups, strict=True):
            for part in parts:
                if self.take(part) is None:
                    return taken
                own.append(part)
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
    since = "".join(f"\n{text(said)}\n" for said in (*diff.lines(document), *besides(document)))
    return f"## {text(document['headline'])}\n\n{found}{'. Checks: ' + ended if ended else ''}.\n{since}{summary}"


def _line(finding: Json) -> str:
    rule = f"{finding['rule']} {finding['name']}"
    severity = "" if is_new(finding) else f"{finding['severity']}: "
    return f"| {rule} | {_plain(where(finding))} | {severity}{text(clip(finding['message'], 300))} |\n"


def _detail(finding: Json) -> str:
    title = f"{finding['rule']} {clip(one_line(finding['message']), 120)}"
    parts = [f"<details><summary>{_html(title)}</summary>\n"]
    if finding["why"]:
        parts.append(text(clip(finding["why"], 1500)) + "\n")
    parts += _places(finding)
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


def _named(finding: Json) -> str:
    return f"{finding['rule']} {finding['name']}: {_plain(where(finding))}"


def _not_run(document: Json) -> str:
    lines = [
        f"- {STATUS_WORDS[status]}: {', '.join(rules[:12])}{' …' * (len(rules) > 12)}: {text(clip(reason, 240))}\n"
        for status in ("crashed", "skipped")
        for reason, rules in reasons(document["checks"], status)[:12]
    ]
    n = sum(check["status"] in ("crashed", "skipped") for check in document["checks"])
    return _folded(f"{plural(n, 'check')} did not run", lines) if lines else ""


def _accepted(document: Json) -> str:
    """Return what was accepted and what is gone: findings set aside with their reasons, and those of the baseline."""
    fixed = (document.get("baseline") or {"fixed": []})["fixed"]
    lines = [f"- worse: {_named(f)}: {text(said)}\n" for f, said in worse(document)]
    lines += [f"- fixed: {text(clip(fixed_line(known), 200))}\n" for known in fixed]
    lines += [f"- set aside: {_named(f)}: {text(accepted_line(f))}\n" for f in document.get("suppressed") or []]
    more = [f"- and {count(len(lines) - ACCEPTED)} more\n"] if len(lines) > ACCEPTED else []
    return _folded("Fixed or accepted", [*lines[:ACCEPTED], *more]) if lines else ""


def _folded(title: str, lines: Sequence[str]) -> str:
    return f"<details><summary>{_html(title)}</summary>\n\n{''.join(lines)}\n</details>\n"
