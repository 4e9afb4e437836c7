"""Objects made again from the plain values of report.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.model import Finding, Location, Outcome, Severity, Status
from dataaudit.report import words


def finding_of(item: Mapping[str, Any]) -> Finding:
    """Return a finding as an object; raise KeyError, TypeError or ValueError where the document is damaged."""
    return Finding(
        item["message"],
        columns=tuple(item["columns"]),
        rows=tuple(item["rows"]),
        row_count=item["row_count"],
        evidence=item["evidence"],
        confidence=item["confidence"],
        figure=item.get("figure"),
        severity=Severity(item["severity"]),
        splits=tuple(item["splits"]),
        why=item["why"],
        fix=item["fix"],
        place=item.get("place", ""),
        locations=tuple(Location(place["file"], place["line"]) for place in item["locations"]),
        rule=item["rule"],
        name=item["name"],
        new=words.is_new(item),
    )


def outcome_of(item: Mapping[str, Any], findings: Sequence[Finding]) -> Outcome:
    """Return a check as an object, with those of the findings that are its own; raise as `finding_of` does."""
    status = Status(item["status"])
    split = item["split"]
    own = [f for f in findings if f.rule == item["rule"] and (split is None or f.splits == (split,))]
    return Outcome(
        item["rule"],
        item["name"],
        split,
        status,
        reason=item.get("reason"),
        measured=item.get("measured"),
        seconds=item.get("seconds", 0.0),
        findings=tuple(own) if status is Status.FOUND else (),
    )
