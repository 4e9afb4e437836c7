"""Code quality for GitLab: what its documentation asks of an entry."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from dataaudit.report import gitlab
from tests.report import documents


def rendered(document: documents.Document, **keywords: Any) -> list[dict[str, Any]]:
    """Return the entries, having made sure that each has what GitLab needs."""
    entries: list[dict[str, Any]] = json.loads(gitlab.render(document, **keywords))
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert re.fullmatch("[0-9a-f]{32}", entry["fingerprint"])
        assert entry["location"]["path"]
        assert not entry["location"]["path"].startswith("./")
        assert entry["location"]["lines"]["begin"] >= 1
        assert entry["description"]
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    return entries


@pytest.mark.parametrize("build", [documents.rich, documents.passing, documents.base, documents.wide])
def test_documents_of_every_kind(build: Any) -> None:
    document = build()
    assert len(rendered(document)) >= len(document["findings"])


def test_severities_and_places() -> None:
    places = [{"file": "a.csv", "line": line} for line in (7, 3, 4)]
    findings = [
        documents.finding("INP101", "error", "m", locations=places, rows=[5, 1, 2], row_count=3),
        documents.finding("INP102", "warning", "m"),
        documents.finding("INP103", "note", "m"),
    ]
    entries = rendered(documents.base(findings=findings))
    assert [(e["severity"], e["location"]["path"], e["location"]["lines"]["begin"]) for e in entries] == [
        ("critical", "a.csv", 3),
        ("critical", "a.csv", 7),
        ("major", "clean", 1),
        ("info", "clean", 1),
    ]


def test_fingerprints_stay_when_lines_move() -> None:
    def at(*lines: int) -> documents.Document:
        places = [{"file": "a.csv", "line": line} for line in lines]
        return documents.base(
            findings=[documents.finding("INP101", "error", "m", locations=places, row_count=len(lines))]
        )

    moved = [[entry["fingerprint"] for entry in rendered(at(*lines))] for lines in ((3, 7), (13, 17))]
    assert moved[0] == moved[1]


def test_many_rows_are_a_bounded_number_of_entries() -> None:
    places = [{"file": "a.csv", "line": line} for line in range(2, 400, 2)]
    finding = documents.finding("INP101", "error", "m", locations=places, row_count=199)
    assert len(rendered(documents.base(findings=[finding]))) == gitlab.MOST_PLACES
