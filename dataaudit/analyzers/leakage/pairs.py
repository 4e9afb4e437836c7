"""What rules that compare splits share: which to compare, and how splits lie in time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import train_and_others, train_of
from dataaudit.model import Floats, Name, NotApplicable, Role, SplitView, Storage
from dataaudit.stats.keys import Keys
from dataaudit.stats.sample import Sample


def need_splits(splits: Mapping[str, SplitView]) -> SplitView:
    """Return train; raise NotApplicable where no other split has rows."""
    train, others = train_and_others(splits)
    if not train.n_rows or not any(s.n_rows for s in others):
        raise NotApplicable("fewer than two splits have rows")
    return train


def pairs_of(splits: Mapping[str, SplitView]) -> Iterator[tuple[SplitView, SplitView]]:
    """Yield train with every other split, then validation with test; splits without rows are left out."""
    train = train_of(splits)
    others = [s for s in splits.values() if s is not train and s.n_rows]
    if train.n_rows:
        yield from ((train, other) for other in others)
    for first in (s for s in others if s.role == "validation"):
        for last in (s for s in others if s.role == "test"):
            yield first, last


@dataclass(frozen=True)
class Cut:
    """How two splits overlap in time.

    Attributes
    ----------
    late : ndarray of bool
        Rows of the earlier split that are later than the first row of the other.
    early : ndarray of bool
        Rows of the other split that are earlier than the last row of the earlier one.
    at : float
        The time that parts them with the fewest rows on the wrong side.
    wrong : int
        Those rows.
    share : float
        Those rows, over the smaller split; 0 in order, nearly 1 mixed.
    turned : bool
        Whether all of the earlier split comes after the other.
    """

    late: NDArray[np.bool_]
    early: NDArray[np.bool_]
    at: float
    wrong: int
    share: float
    turned: bool


def cut_of(before: Floats, after: Floats) -> Cut:
    """Return how two splits overlap in time; times are finite."""
    late, early = before > after.min(), after < before.max()
    turned = bool(before.min() > after.max())
    joined = np.concatenate([before, after])
    order = np.argsort(joined)
    times, is_before = joined[order], (order < len(before)).astype(np.int64)
    last = np.concatenate([times[1:] != times[:-1], [True]])  # of equal times
    through = np.cumsum(is_before)
    wrong = ((len(before) - through) + (np.arange(1, len(times) + 1) - through))[last]
    times = times[last]
    best = int(np.argmin(wrong))
    rest = min(len(before), len(after))
    if rest < int(wrong[best]):  # all of one split on the wrong side is no better than no cut
        return Cut(late, early, float(times[best]), rest, 1.0, turned)
    return Cut(late, early, float(times[best]), int(wrong[best]), float(wrong[best]) / max(1, rest), turned)


def times_of(split: SplitView, name: Name) -> Floats:
    """Return the times of all rows of a declared time column, NaN where missing; of another column from the sample."""
    if split.schema.by_name[name].role is Role.TIME and name in split.get(Keys()).columns:
        return split.get(Keys()).numbers(name)
    line: Floats = split.get(Sample()).numbers[split.schema.number_index[name]]
    return line


def finite(line: Floats) -> Floats:
    """Return the values that are neither missing nor infinite."""
    kept: Floats = line[np.isfinite(line)]
    return kept


def cut_by_time(splits: Mapping[str, SplitView]) -> bool:
    """Return whether some time column lies in order along train and the other splits, as a split by time leaves it."""
    train = train_of(splits)
    roles = (Role.TIME, Role.FEATURE)
    names = [
        c.name
        for c in train.schema.numbers
        if c.role in roles and (c.role is Role.TIME or c.storage is Storage.DATETIME)
    ]
    return any(_in_order(splits, name) for name in names)


def _in_order(splits: Mapping[str, SplitView], name: Name) -> bool:
    train = train_of(splits)
    mine = finite(times_of(train, name))
    for other in splits.values():
        if other is train or not other.n_rows:
            continue
        theirs = finite(times_of(other, name))
        if not len(mine) or not len(theirs) or theirs.min() < mine.max() or theirs.max() == mine.min():
            return False
    return True
