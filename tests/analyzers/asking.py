"""Ask one rule about data, through the front door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dataaudit.api import audit, audit_batches
from dataaudit.model import Finding, Outcome, Status
from dataaudit.report.report import Report


@dataclass(frozen=True)
class Answer:
    """What one rule said of a data set."""

    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def finding(self) -> Finding:
        """The one finding there is."""
        (only,) = self.findings
        return only

    @property
    def loud(self) -> tuple[Finding, ...]:
        """Errors and warnings."""
        return tuple(f for f in self.findings if f.severity != "note")

    @property
    def status(self) -> Status:
        """The one status that all outcomes have."""
        (only,) = {o.status for o in self.outcomes}
        return only

    @property
    def reason(self) -> str:
        """The one reason that all outcomes have."""
        (only,) = {o.reason for o in self.outcomes}
        return str(only)

    @property
    def measured(self) -> str:
        """What the one outcome measured."""
        (only,) = self.outcomes
        return str(only.measured)


def ask(code: str, train: Any, validation: Any = None, test: Any = None, **keywords: Any) -> Answer:
    """Return what one rule says; options as `options={"ratio": 3}`, the rest as `audit` takes it."""
    options = keywords.pop("options", None)
    limits = {code: options} if options else None
    return _answer(code, audit(train, validation, test, select=[code], limits=limits, jobs=1, **keywords))


def ask_batches(code: str, loader: Any, validation: Any = None, **keywords: Any) -> Answer:
    """Return what one rule says of loaders; options as `options={...}`, the rest as `audit_batches` takes it."""
    options = keywords.pop("options", None)
    limits = {code: options} if options else None
    return _answer(code, audit_batches(loader, validation, select=[code], limits=limits, jobs=1, **keywords))


def _answer(code: str, report: Report) -> Answer:
    assert {o.rule for o in report.checks} == {code}
    assert not [o.reason for o in report.checks if o.status is Status.CRASHED]
    return Answer(tuple(f for o in report.checks for f in o.findings), tuple(report.checks))  # in the rule's own order
