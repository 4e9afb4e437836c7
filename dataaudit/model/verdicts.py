"""The nouns of verdicts: what was found, and how each check ended."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dataaudit.model.data import Location
from dataaudit.model.words import Name, Severity, Status


class NotApplicable(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a rule that has nothing to say about this kind of data."""


class CannotTell(Exception):  # noqa: N818 - an answer, not an error
    """Raised by a rule that could not decide, with the reason.

    Parameters
    ----------
    reason : str
        One sentence.
    trace : Trace, optional
        What was seen all the same.
    """

    def __init__(self, reason: str, trace: Trace | None = None) -> None:
        super().__init__(reason)
        self.trace = trace


@dataclass(frozen=True)
class Trace:
    """What one preprocessing step shows of the rows it was fitted on: a line of the report's leakage matrix.

    Attributes
    ----------
    step : str
        "standard scaling", "mean imputation", …
    columns : tuple of Name
        Columns it was seen in.
    splits : tuple of str
        Train first.
    log10_p : mapping of str to float
        For each union of splits ("train", "train + test") the decimal logarithm of the probability that the step's
        statistics fit it this well by accident; 0 where they do not fit.
    fitted_on : tuple of str
        Unions that were taken for the ones it was fitted on; several where each split has its own.
    verdict : str
        "train", "leak", "ambiguous" or "none".
    said : str
        One sentence for someone who never heard of p-values.
    """

    step: str
    columns: tuple[Name, ...]
    splits: tuple[str, ...]
    log10_p: Mapping[str, float]
    fitted_on: tuple[str, ...]
    verdict: str
    said: str


@dataclass(frozen=True)
class Passed:
    """Yielded by a rule that found nothing and wants to say what it measured."""

    measured: str
    trace: Trace | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Attributes
    ----------
    message : str
        One sentence with the numbers.
    columns : tuple of Name
        Columns it is about; `"y"` stands for the target of an array.
    rows : tuple of int or str
        Row positions from 0, or paths for pictures, in the last of `splits`; capped.
    row_count : int
        All rows concerned, also those beyond the cap.
    evidence : mapping
        JSON-able numbers; `"table"` holds {"columns": [...], "rows": [[...], ...]}.
    confidence : float or None
        0 to 1 for statistical findings; None where the rule is exact.
    figure : mapping or None
        Data to draw from; `"kind"` names the drawing.
    severity : Severity or None
        Overrides the rule's own.
    place : str
        What the fingerprint hangs on besides rule, columns and splits: words, never numbers that move with the data.
    new : bool
        False where a baseline holds it already, so that it no longer decides the verdict.
    """

    message: str
    columns: tuple[Name, ...] = ()
    rows: tuple[Name, ...] = ()
    row_count: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    confidence: float | None = None
    figure: Mapping[str, Any] | None = None
    severity: Severity | None = None
    splits: tuple[str, ...] = ()
    why: str = ""
    fix: str = ""
    place: str = ""
    locations: tuple[Location, ...] = ()
    trace: Trace | None = None
    rule: str = ""
    name: str = ""
    new: bool = True

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits from rule, columns in any order, splits and place: the same when rows or numbers move."""
        parts = [self.rule, sorted(map(str, self.columns)), self.splits, self.place]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Outcome:
    """How one check ended: one rule on one split, or on all of them (split None)."""

    rule: str
    name: str
    split: str | None
    status: Status
    reason: str | None = None
    measured: str | None = None
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()
    traces: tuple[Trace, ...] = ()


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Sort findings: errors first, the surest first, then by rule; those of one rule stay in their order."""

    def key(finding: Finding) -> tuple[int, float, str]:
        severity = finding.severity or Severity.NOTE
        confidence = 1.0 if finding.confidence is None else finding.confidence
        return (severity.rank, -round(confidence, 6), finding.rule)

    return sorted(findings, key=key)
