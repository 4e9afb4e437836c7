"""Findings on one line each, as compilers write them: for commit hooks and for the output of tests."""

from __future__ import annotations

from dataaudit.report.words import Json, one_line, where


def line(finding: Json, place: str | None = None) -> str:
    """Return one finding as `place: severity code name: message`.

    Parameters
    ----------
    finding : mapping
        Of a report's document.
    place : str, optional
        What to name where the finding has no line in a text file; by default its columns, rows or splits in words.

    Returns
    -------
    str
        Without a line end; control characters are spelled out. A terminal makes a link of `file:line`.

    Examples
    --------
    >>> found = {"rule": "LAB109", "name": "missing-labels", "severity": "error", "message": "3 rows have no label.",
    ...          "locations": [{"file": "train.csv", "line": 7}]}
    >>> line(found)
    'train.csv:7: error LAB109 missing-labels: 3 rows have no label.'
    """
    if finding["locations"]:
        first = finding["locations"][0]
        at = f"{one_line(first['file'])}:{first['line']}"
    else:
        at = where(finding) if place is None else one_line(place)
    return f"{at}: {finding['severity']} {finding['rule']} {finding['name']}: {one_line(finding['message'])}"
