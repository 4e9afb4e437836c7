"""What changed between two versions, made ready to show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataaudit.report.words import column_name, count, one_line, plural

SPLITS = 20
LISTED = 50
_COLUMNS = (
    ("before", "before"), ("now", "now"), ("same", "as before"), ("added", "new"), ("removed", "gone"),
    ("changed", "changed"), ("relabelled", "other label"), ("moved_in", "from another split"),
)  # fmt: skip
_SAID = (
    ("added", "new"), ("removed", "gone"), ("changed", "changed"), ("relabelled", "with another label"),
    ("moved_in", "from another split"),
)  # fmt: skip
Json = Mapping[str, Any]


def view(document: Json) -> dict[str, Any] | None:
    """Return what the page's section on changes shows, or None where one version was audited.

    Parameters
    ----------
    document : mapping
        The content of report.json; `diff` is there where two versions were compared.
    """
    diff = document.get("diff")
    if not diff:
        return None
    rows = diff["rows"][:SPLITS]
    columns = [(key, word) for key, word in _COLUMNS if any(key in row for row in rows)]
    return {
        "base": one_line(diff["base"], 120),
        "head": one_line(diff["head"], 120),
        "columns": [word for _, word in columns],
        "rows": [(one_line(row["split"], 60), [_cell(row, key) for key, _ in columns]) for row in rows],
        "dropped": len(diff["rows"]) - len(rows),
        "why": one_line(diff["why"], 300) if diff["why"] else "",
        "reordered": [one_line(row["split"], 60) for row in rows if row.get("reordered")],
        "renamed": _renamed(diff["columns"]),
        "counts": _counts(diff),
        "lists": [
            (word, [_line(entry) for entry in diff[key][:LISTED]], max(0, diff["counts"][key] - LISTED))
            for key, word in (("fixed", "Fixed"), ("unchanged", "As before"), ("undecided", "Not to be told"))
            if diff["counts"] and diff["counts"][key]
        ],
    }  # fmt: skip


def lines(document: Json) -> list[str]:
    """Return what changed in a sentence, for a terminal and a comment; nothing for an audit of one version.

    Examples
    --------
    >>> row = {"split": "train", "before": 400, "now": 440, "added": 40, "removed": 0}
    >>> lines({"diff": {"base": "a", "head": "b", "rows": [row]}})
    ['Compared with a: train has 440 rows, 400 before (40 new).']
    """
    diff = document.get("diff")
    if not diff:
        return []
    rows = [_said(row) for row in diff["rows"][:SPLITS]]
    base = one_line(diff["base"], 80)
    return [f"Compared with {base}: {'; '.join(rows) or 'it holds verdicts alone'}."]


def _renamed(columns: Json | None) -> list[str]:
    pairs = columns["renamed"] if columns else []
    return [f"{column_name(old)} is now {column_name(new)}" for old, new in pairs[:LISTED]]


def _said(row: Json) -> str:
    parts = [f"{count(row[key])} {word}" for key, word in _SAID if row.get(key)]
    told = f" ({', '.join(parts)})" if parts else "" if "same" not in row else ", all as before"
    more = ", in another order" if row.get("reordered") and not parts else ""
    return f"{one_line(row['split'], 60)} has {plural(row['now'], 'row')}, {count(row['before'])} before{told}{more}"


def _cell(row: Json, key: str) -> str:
    return count(row[key]) if row.get(key) else "–" if key not in ("before", "now", "same") else "0"


def _counts(diff: Json) -> str:
    if not diff["counts"]:
        return ""
    found = diff["counts"]
    told = f"{count(found['new'])} new, {count(found['fixed'])} fixed, {count(found['unchanged'])} as before"
    return told + (f", {count(found['undecided'])} that the base was not judged for" if found["undecided"] else "")


def _line(entry: Json) -> str:
    """Return one finding of a list: rule, and where."""
    where = ", ".join(column_name(name) for name in entry["columns"][:4])
    more = f" and {len(entry['columns']) - 4} more" if len(entry["columns"]) > 4 else ""
    splits = ", ".join(one_line(split, 40) for split in entry["splits"][:4])
    place = " · ".join(part for part in (f"{where}{more}", splits) if part) or "all data"
    return f"{entry['severity']}: {entry['rule']} {entry['name']} ({place})"
