"""Ask what the rules on changes say of two versions, through the front door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dataaudit
from dataaudit.model import Finding, Status
from dataaudit.report.report import Report


@dataclass(frozen=True)
class Told:
    """What was said of two versions."""

    report: Report

    def of(self, code: str) -> tuple[Finding, ...]:
        """Return the findings of one rule."""
        return tuple(f for f in self.report.findings if f.rule == code)

    def one(self, code: str) -> Finding:
        """Return the one finding of a rule."""
        (only,) = self.of(code)
        return only

    def status(self, code: str) -> Status:
        """Return how a rule ended."""
        (only,) = [o.status for o in self.report.checks if o.rule == code]
        return only

    def reason(self, code: str) -> str:
        """Return why a rule said nothing."""
        (only,) = [o.reason for o in self.report.checks if o.rule == code]
        return str(only)

    def measured(self, code: str) -> str:
        """Return what a rule measured."""
        (only,) = [o.measured for o in self.report.checks if o.rule == code]
        return str(only)

    @property
    def codes(self) -> list[str]:
        """Codes of new findings that are no notes, in order."""
        return sorted(f.rule for f in self.report.findings if f.new and f.severity != "note")

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        """What became of the rows, by split, zeros left out."""
        lines = self.report.document["diff"]["rows"]
        return {line["split"]: {k: v for k, v in line.items() if k != "split" and v} for line in lines}


def compare(base: Any, head: Any, **keywords: Any) -> Told:
    """Return what the rules on changes say of two versions; no rule may crash.

    Parameters
    ----------
    base, head : data
        As `diff` takes them.
    **keywords
        Likewise; `options={"DIF102": {...}}` are limits. Only DIF rules run, unless `select` says otherwise.
    """
    keywords.setdefault("select", ["DIF"])
    keywords.setdefault("probe", False)
    report = dataaudit.diff(base, head, limits=keywords.pop("options", None), jobs=1, **keywords)
    assert not [(o.rule, o.reason) for o in report.checks if o.status is Status.CRASHED]
    return Told(report)
