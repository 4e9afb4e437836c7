"""The rows whose labels deserve a second look, as a table to work through."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = ("split", "row", "path", "given", "suggested", "strength", "tier", "rule")
_NEEDED = ("row", "given", "suggested", "strength", "tier")


def render(findings: Sequence[Mapping[str, Any]]) -> str:
    """Return as CSV the rows of all findings that suggest another label or number, split by split as found.

    Parameters
    ----------
    findings : sequence of mapping
        As in the report's document. Those are taken whose evidence table has the columns row, given, suggested,
        strength and tier.

    Returns
    -------
    str
        `row` is the position within the split, from 0, or empty where `path` names a file.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for finding in findings:
        table = finding["evidence"].get("table")
        if not isinstance(table, Mapping) or not finding["splits"] or not set(_NEEDED) <= set(table.get("columns", ())):
            continue
        places = [list(table["columns"]).index(name) for name in _NEEDED]
        for line in table["rows"]:
            row, *rest = (line[place] for place in places)
            where = ["", row] if isinstance(row, str) else [row, ""]
            writer.writerow([finding["splits"][-1], *where, *rest, finding["rule"]])
    return text.getvalue()
