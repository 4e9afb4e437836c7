"""Findings on one line each, as compilers write them: for commit hooks and for the output of tests."""

from __future__ import annotations

from dataaudit.report.places import places
from dataaudit.report.words import Json, one_line, where


def line(finding: Json, document: Json) -> str:
    """Return one finding as `place: severity code name: message`.

    Parameters
    ----------
    finding : mapping
        One of the document's findings.
    document : mapping
        The content of report.json.

    Returns
    -------
    str
        Without a line end; control characters are spelled out. The place is the first line of a text file, which
        terminals make a link of, else the file, else columns, rows or splits in words.

    Examples
    --------
    >>> found = {"rule": "LAB109", "name": "missing-labels", "severity": "error", "message": "3 rows have no label.",
    ...          "locations": [{"file": "train.csv", "line": 7}]}
    >>> line(found, {})
    'train.csv:7: error LAB109 missing-labels: 3 rows have no label.'
    """
    what = f"{finding['severity']} {finding['rule']} {finding['name']}: {one_line(finding['message'])}"
    at = next(iter(places(finding, document)), None)
    if at is None:
        return f"{where(finding)}: {what}"
    return f"{one_line(at.file)}{'' if at.first is None else f':{at.first}'}: {what}"
