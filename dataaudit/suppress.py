"""Set aside what a user has accepted: which findings a suppression covers, and which suppressions cover nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from dataaudit.model import Finding, Outcome, Status, Suppression, Use
from dataaudit.registry import resolve

Suppressed = tuple[Finding, Suppression]
_DECIDED = (Status.FOUND, Status.CLEAN, Status.NOT_APPLICABLE)


def set_aside(
    outcomes: Sequence[Outcome], suppressions: Sequence[Suppression], today: datetime.date
) -> tuple[tuple[Outcome, ...], tuple[Suppressed, ...], tuple[Use, ...]]:
    """Take the findings that are accepted out of the outcomes.

    Parameters
    ----------
    outcomes : sequence of Outcome
        How each check ended.
    suppressions : sequence of Suppression
        Where several cover a finding, the first takes it, and all of them count as used.
    today : date
        Suppressions whose last day is before it cover nothing.

    Returns
    -------
    outcomes : tuple of Outcome
        Without the findings; a check whose every finding was accepted has still found something, and says so.
    suppressed : tuple of (Finding, Suppression)
        What was taken out, each once, and by which.
    uses : tuple of Use
        One for each suppression, in order.
    """
    taken: list[Suppressed] = []
    kept: list[Outcome] = []
    valid = [s for s in suppressions if s.until is None or s.until >= today]
    for outcome in outcomes:
        left = []
        for finding in outcome.findings:
            by = next((s for s in valid if coverage(s, finding) == 1.0), None)
            if by is None:
                left.append(finding)
            else:
                taken.append((finding, by))
        if outcome.findings and not left:
            n = len(outcome.findings)
            said = "its finding is" if n == 1 else f"its {n:,} findings are"
            outcome = replace(outcome, reason=outcome.reason or f"{said} accepted by the settings")
        kept.append(replace(outcome, findings=tuple(left)))
    uses = tuple(_use(suppression, outcomes, today) for suppression in suppressions)
    return tuple(kept), tuple(taken), uses


def coverage(suppression: Suppression, finding: Finding) -> float:
    """Return how much of a finding a suppression covers: 0 to 1, the least over its parts.

    A part that the suppression names and the finding does not have is not covered. Rows that are counted and not
    listed are covered by none, as nobody can see which they are.

    Examples
    --------
    >>> finding = Finding("two columns", columns=("age", "fare"), rule="NRM105")
    >>> coverage(Suppression(("NRM",), "known", columns=("age",)), finding)
    0.5
    """
    if finding.rule not in resolve(suppression.rules, suppression.origin):
        return 0.0
    if suppression.fingerprint and suppression.fingerprint != finding.fingerprint:
        return 0.0
    whole = max(finding.row_count, len(finding.rows))
    parts = [
        _share(finding.splits, _named(suppression.splits), len(finding.splits)) if suppression.splits else 1.0,
        _share(finding.columns, _named(suppression.columns), len(finding.columns)) if suppression.columns else 1.0,
        _share(finding.rows, lambda row: row in suppression.rows, whole) if suppression.rows else 1.0,
        _share(finding.rows, _named(suppression.paths), whole) if suppression.paths else 1.0,
    ]
    return min(parts)


def _share(things: Iterable[Any], fits: Callable[[Any], bool], n: int) -> float:
    return sum(map(fits, things)) / n if n else 0.0


def _named(patterns: Sequence[str]) -> Callable[[Any], bool]:
    """Return whether a name is one of some names, or fits one of some patterns."""

    def fits(name: Any) -> bool:
        return any(str(name) == pattern or fnmatchcase(str(name), pattern) for pattern in patterns)

    return fits


def _use(suppression: Suppression, outcomes: Sequence[Outcome], today: datetime.date) -> Use:
    codes = resolve(suppression.rules, suppression.origin)
    own = [outcome for outcome in outcomes if outcome.rule in codes]
    shares = [(finding.rule, coverage(suppression, finding)) for outcome in own for finding in outcome.findings]
    days = 0 if suppression.until is None else max((today - suppression.until).days, 0)
    return Use(
        suppression,
        covered=tuple(rule for rule, share in shares if share == 1.0),
        partly=tuple(rule for rule, share in shares if 0.0 < share < 1.0),
        expired=days > 0,
        days=days,
        decided=bool(own) and all(outcome.status in _DECIDED for outcome in own),
    )
