"""Whether splits differ because they were cut that way on purpose: by time, by order, by group."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataaudit.analyzers.common import listing
from dataaudit.model import Floats, Kind, Name, Role, SplitView
from dataaudit.probe.rows import Rows
from dataaudit.probe.two_samples import ranked
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Values

_ALONG = 0.3
"""Correlation of the model's score with the row number in train from which train itself drifts along its rows: a
shuffled file of 200 rows reaches 0.2 in one of two hundred."""


def by_design(
    train: SplitView, other: SplitView, rows: Rows, scores: Floats, splits: Mapping[str, SplitView]
) -> str | None:
    """Return why a split was to be expected to differ, or None.

    Parameters
    ----------
    train, other : SplitView
        The two splits.
    rows : Rows
        Sampled rows of both.
    scores : ndarray, shape (n,)
        How much each of them looks like the other split.
    splits : mapping of str to SplitView
        All splits: one may lie between the two.
    """
    declared = (*train.schema.with_role(Role.TIME), *train.schema.with_role(Role.GROUP))
    if declared:
        return f"the splits were cut by {listing(declared)}"
    for column in train.schema.numbers:
        if column.role in (Role.FEATURE, Role.ID) and _cut_along(column.name, train, other, splits):
            return f"the splits were cut along {listing([column.name])}, which ends in one where it begins in the other"
    if apart := groups_apart(train, other):
        return f"the splits have no {listing(apart[:1])} in common"
    at = rows.split == 0
    position, score = rows.position[at].astype(np.float64), scores[at]
    if len(score) >= 50 and score.min() < score.max():
        along = float(np.corrcoef(ranked(position), ranked(score))[0, 1])
        if abs(along) >= max(_ALONG, 4 / np.sqrt(len(score))):
            return f"{train.name} itself drifts along its rows (correlation {along:.2f}), as data cut in order does"
    return None


def _cut_along(name: Name, train: SplitView, other: SplitView, splits: Mapping[str, SplitView]) -> bool:
    """Return whether a number or date of one split begins where that of the other ends, or of a split between."""
    j = train.schema.number_index[name]
    ends = {}
    for split in splits.values():
        moments = split.get(Moments())
        if moments.n[j] >= 2:
            ends[split.name] = (float(moments.low[j]), float(moments.high[j]))
    if train.name not in ends or other.name not in ends:
        return False
    (low_a, high_a), (low_b, high_b) = ends[train.name], ends[other.name]
    if not (high_a <= low_b or high_b <= low_a) or low_a == high_a:
        return False
    if train.context.kinds[name] is Kind.DATETIME:
        return True
    left, right = (high_a, low_b) if high_a <= low_b else (high_b, low_a)
    between = sorted(e for n, e in ends.items() if n not in (train.name, other.name) and left <= e[0] and e[1] <= right)
    gap, at = 0.0, left
    for low, high in [*between, (right, right)]:
        gap = max(gap, low - at)
        at = max(at, high)
    distinct = min(max(2, s.get(Values()).columns[name].n_distinct) for s in (train, other))
    reach = (high_a - low_a) + (high_b - low_b)
    return gap <= max(0.02 * reach, 2.0 * (high_a - low_a) / (distinct - 1))


def groups_apart(train: SplitView, other: SplitView) -> tuple[Name, ...]:
    """Return the inputs and ids that name groups of rows, of which no group is in both splits."""
    columns = (c for c in train.schema.columns if c.role in (Role.FEATURE, Role.ID))
    return tuple(c.name for c in columns if _kept_apart(c.name, train, other))


def _kept_apart(name: Name, train: SplitView, other: SplitView) -> bool:
    """Return whether a column of groups (several rows to a value) has no value in common."""
    if train.context.kinds[name] not in (Kind.CATEGORICAL, Kind.INTEGER_CODE, Kind.ID, Kind.NUMERIC, Kind.TEXT):
        return False
    a, b = train.get(Values()).columns[name], other.get(Values()).columns[name]
    if not (a.exact and b.exact) or min(a.n_distinct, b.n_distinct) < 2 or a.n < 3 * a.n_distinct:
        return False
    if name in train.schema.number_index and not all(float(v).is_integer() for v in a.values):
        return False
    known = set(map(str, list(a.values)))
    shared = sum(int(n) for v, n in zip(list(b.values), b.counts.tolist(), strict=True) if str(v) in known)
    return shared <= 0.02 * b.n and b.n >= 2 * b.n_distinct
