"""What counts: the findings of an audit without those set aside, told apart into new and known."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataaudit import baseline, engine, suppress
from dataaudit.model import Finding, Outcome, Rule, SplitView, Suppression

FAMILY = "SET"
"""Rules of this family judge the settings, once all others have judged the data."""


@dataclass(frozen=True)
class Accepted:
    """The outcomes that count, and what was taken out of them.

    Attributes
    ----------
    outcomes : tuple of Outcome
        Without what was set aside; a finding that the baseline holds has `new` False.
    suppressed : tuple of (Finding, Suppression)
        What was set aside, and by which suppression.
    comparison : Comparison or None
        What became of the baseline, where there is one.
    """

    outcomes: tuple[Outcome, ...]
    suppressed: tuple[suppress.Suppressed, ...] = ()
    comparison: baseline.Comparison | None = None


def accept(
    outcomes: Sequence[Outcome],
    rules: Sequence[Rule],
    views: Mapping[str, SplitView],
    suppressions: Sequence[Suppression] = (),
    known: baseline.Baseline | None = None,
    today: datetime.date | None = None,
) -> Accepted:
    """Set findings aside, let the settings themselves be judged, and compare the rest with the baseline.

    Parameters
    ----------
    outcomes : sequence of Outcome
        What the rules said.
    rules : sequence of Rule
        Those that ran.
    views : mapping of str to SplitView
        What they saw.
    suppressions : sequence of Suppression
        What is accepted, with a reason.
    known : Baseline, optional
        What was there before.
    today : date, optional
        For last days; the present day in UTC if not given.
    """
    left: tuple[Outcome, ...] = tuple(outcomes)
    taken: tuple[suppress.Suppressed, ...] = ()
    if suppressions:
        day = today or datetime.datetime.now(datetime.UTC).date()
        left, taken, uses = suppress.set_aside(outcomes, suppressions, day)
        context = dataclasses.replace(next(iter(views.values())).context, suppressions=uses)
        seen = {name: dataclasses.replace(view, context=context) for name, view in views.items()}
        judges = [rule for rule in rules if rule.code.startswith(FAMILY)]
        left = (*(o for o in left if not o.rule.startswith(FAMILY)), *engine.judge(judges, seen))
    if known is None:
        return Accepted(left, taken)
    compared = baseline.compare(known, left, {entry[0].fingerprint for entry in taken})
    return Accepted(tuple(_told_apart(outcome, compared) for outcome in left), taken, compared)


def _told_apart(outcome: Outcome, compared: baseline.Comparison) -> Outcome:
    def told(finding: Finding) -> Finding:
        return dataclasses.replace(finding, new=finding.fingerprint not in compared.known)

    return dataclasses.replace(outcome, findings=tuple(told(finding) for finding in outcome.findings))
