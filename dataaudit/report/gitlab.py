"""The report for GitLab's code quality page and merge request widget."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from dataaudit.report.places import places
from dataaudit.report.redact import redacted
from dataaudit.report.words import clip, visible

Json = Mapping[str, Any]

MOST_PLACES = 20
"""Entries for one finding of many rows."""
_SEVERITIES = {"error": "critical", "warning": "major", "note": "info"}


def render(document: Json, *, show_values: bool = False) -> str:
    """Return the findings as GitLab's code quality JSON: a list of entries, each with a place and a fingerprint.

    GitLab compares the fingerprints of two branches by itself, so findings that a baseline knows are listed too. A
    finding of many rows has an entry for each run of neighbouring lines, at most `MOST_PLACES`. Every entry needs a
    path: findings about data that is in no file stand at the data set's name.

    Parameters
    ----------
    document : mapping
        The content of report.json.
    show_values : bool
        Whether descriptions may quote values of the data.
    """
    shown = document if show_values else redacted(document)
    entries = []
    seen: dict[str, int] = {}
    for finding in shown["findings"]:
        spots = [(spot.file, spot.first or 1) for spot in places(finding, shown)[:MOST_PLACES]]
        for path, line in spots or [(visible(shown["dataset"]["name"]) or "data", 1)]:
            n = seen[finding["fingerprint"]] = seen.get(finding["fingerprint"], -1) + 1
            entries.append(
                {
                    "description": clip(visible(finding["message"]), 1000),
                    "check_name": f"{finding['rule']} {finding['name']}",
                    "fingerprint": hashlib.sha256(f"{finding['fingerprint']}/{n}".encode()).hexdigest()[:32],
                    "severity": _SEVERITIES[finding["severity"]],
                    "location": {"path": path, "lines": {"begin": line}},
                }
            )
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"
