"""Why the labels of a split may be contradicted wholesale: another rule says it in one sentence."""

from __future__ import annotations

from collections.abc import Mapping

from dataaudit.analyzers.association.evidence import evidence_of
from dataaudit.analyzers.association.shift_scan import scan_of
from dataaudit.analyzers.common import plural
from dataaudit.model import CannotTell, NotApplicable, SplitView

MANY = 0.1
"""Share of a split's labels to look at, from which a reason for all of them is looked for."""
_NONE = 0.02
"""p-value above which labels permuted at random fit as well."""


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
    try:
        tests = evidence_of(splits).tests
    except (CannotTell, NotApplicable):
        return None
    if name not in tests or tests[name].p <= _NONE:
        return None
    code = "ASC101" if all(test.p > _NONE for test in tests.values()) else "ASC104"
    return f"inputs and labels of {name} are unrelated ({code})"
