"""Annotations of a pull request on GitHub: workflow commands on standard output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.report.places import columns_of, places
from dataaudit.report.redact import redacted
from dataaudit.report.words import SEVERITIES, clip, is_new, one_line, plural, visible

Json = Mapping[str, Any]

MOST = 10
"""Annotations of one kind that GitHub shows for a step; what comes later is dropped without a word."""
SUMMARY_BYTES = 1_000 * 1024
"""Largest step summary that GitHub takes is 1,024 KiB."""
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(document: Json, *, show_values: bool = False) -> str:
    """Return the findings as workflow commands, one a line, at most `MOST` of a kind.

    Where there are more, the last one counts those that are left out. Findings that a baseline knows are not
    annotated. Without findings the text is empty.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    show_values : bool
        Whether messages may quote values of the data.
    """
    shown = document if show_values else redacted(document)
    lines = []
    for severity in SEVERITIES:
        found = [f for f in shown["findings"] if f["severity"] == severity and is_new(f)]
        fitting = found if len(found) <= MOST else found[: MOST - 1]
        lines += [_annotation(finding, shown) for finding in fitting]
        if len(fitting) < len(found):
            lines.append(_rest(severity, found[len(fitting) :]))
    return "".join(f"{line}\n" for line in lines)


def command(name: str, message: str, **properties: object) -> str:
    r"""Return one workflow command, escaped.

    Examples
    --------
    >>> command("error", "50 % are\nmissing", file="a,b.csv", line=3)
    '::error file=a%2Cb.csv,line=3::50 %25 are%0Amissing'
    """
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name}{' ' if given else ''}{given}::{_data(message)}"


def _annotation(finding: Json, document: Json) -> str:
    spots = places(finding, document)
    title = f"{finding['rule']} {finding['name']}"
    if finding["columns"]:
        names = columns_of(finding)
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        title += f": {', '.join(clip(name, 40) for name in names[:3])}{more}"
    parts = [visible(finding["message"]).rstrip(".") + "."]
    if len(spots) > 1:
        others = [f"{spot.file}{f':{spot.first}' if spot.first else ''}" for spot in spots[1:4]]
        more = f" and {len(spots) - 4:,} more places" if len(spots) > 4 else ""
        parts.append(f"Also at {', '.join(one_line(place, 120) for place in others)}{more}.")
    spot = spots[0] if spots else None
    return command(
        _COMMANDS[finding["severity"]],
        " ".join(parts),
        file=None if spot is None else spot.file,
        line=None if spot is None else spot.first or 1,
        endLine=None if spot is None or spot.last == spot.first else spot.last,
        title=title,
    )


def _rest(severity: str, left: Sequence[Json]) -> str:
    rules = list(dict.fromkeys(f"{finding['rule']} {finding['name']}" for finding in left))
    more = f" and {len(rules) - 8:,} more rules" if len(rules) > 8 else ""
    said = f"Not annotated here, but in the report: {', '.join(rules[:8])}{more}."
    return command(_COMMANDS[severity], said, title=f"dataaudit: {plural(len(left), f'more {severity}')}")


def _data(text: str) -> str:
    escaped = visible(text).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
