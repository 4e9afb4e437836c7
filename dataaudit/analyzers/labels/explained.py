"""Why the labels of a split may be contradicted wholesale: another rule says it in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from dataaudit.analyzers.association.no_association import NoAssociation
from dataaudit.analyzers.association.only_in_train import AssociationOnlyInTrain
from dataaudit.analyzers.association.shift_scan import scan_of
from dataaudit.analyzers.common import plural
from dataaudit.model import AcrossRule, CannotTell, Finding, NotApplicable, SplitView

MANY = 0.1
"""Share of a split's labels to look at, from which a reason for all of them is looked for."""


def explanation(splits: Mapping[str, SplitView], name: str) -> str | None:
    """Return why labels of a split are contradicted: they stand beside their rows, or belong to other inputs.

    Parameters
    ----------
    splits : mapping of str to SplitView
        All of them.
    name : str
        The one whose labels are contradicted.

    Returns
    -------
    str or None
        A clause that names the rule which reports it, or None where neither explains it.
    """
    return _shifted(splits, name) or _unrelated(splits, name)


def _shifted(splits: Mapping[str, SplitView], name: str) -> str | None:
    try:
        moved = [m for m in scan_of(splits).moved if m.split == name]
    except (CannotTell, NotApplicable):
        return None
    if not moved:
        return None
    lag = max(moved, key=lambda m: m.last - m.first).shift.lag
    return f"labels of {name} stand {plural(abs(lag), 'row')} {'below' if lag > 0 else 'above'} their inputs (ASC103)"


def _unrelated(splits: Mapping[str, SplitView], name: str) -> str | None:
    """Return what ASC101 or ASC104 says of a split; that no relation is seen is no proof that there is none."""
    if any(name in finding.splits for finding in _found(NoAssociation(), splits)):
        return f"inputs and labels of {name} are unrelated (ASC101)"
    if any(name in finding.splits for finding in _found(AssociationOnlyInTrain(), splits)):
        return f"what train teaches does not hold in {name} (ASC104)"
    return None


def _found(rule: AcrossRule, splits: Mapping[str, SplitView]) -> list[Finding]:
    """Return what another rule finds; the evidence behind it is gathered once for both."""
    try:
        return [said for said in rule.judge_across(splits) if isinstance(said, Finding)]
    except (CannotTell, NotApplicable):
        return []
