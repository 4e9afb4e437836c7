"""Which rows of two versions are the same: by content, by name, by place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.probability import poisson_tail
from dataaudit.model import Bools, Ints
from dataaudit.stats.hashing import Hashes, mix
from dataaudit.stats.row_hashes import RowHashesState

_STEP = np.uint64(0x9E3779B97F4A7C15)
_SURE = 1e-3
"""Chance of as many pairs by accident, from which on rows of the same content are not taken for the same row."""

Pairs = tuple[Ints, Ints]
"""Places in the base and in the head, counted over all splits; shape (k,) each."""


@dataclass(frozen=True)
class Rows:
    """The rows of one version, all splits one after the other.

    Attributes
    ----------
    splits : tuple of str
        Names, as the head spells them.
    split : ndarray of int64, shape (n,)
        Which of them each row is in.
    row : ndarray of int64, shape (n,)
        Its position there.
    inputs, targets, whole : ndarray of uint64, shape (n,)
        Hashes of the inputs, of the target, and of both.
    keys : ndarray of uint64, shape (n,), or None
        What names the row.
    void : ndarray of bool, shape (n,)
        Rows that are no copies of each other though equal: broken pictures, rows without any value.
    """

    splits: tuple[str, ...]
    split: Ints
    row: Ints
    inputs: Hashes
    targets: Hashes
    whole: Hashes
    keys: Hashes | None
    void: Bools

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True)
class RowChanges:
    """What became of each row. All pairs hold places in `base` and in `head`, in the order of the head.

    Attributes
    ----------
    base, head : Rows
        Before and after.
    same : Pairs
        In the same split, with the same content.
    moved : Pairs
        The same content in another split; also where the label changed on the way.
    relabelled : Pairs
        The same inputs or the same name with another label.
    edited : Pairs
        The same name, or the same place among unchanged rows, with other inputs.
    removed, added : ndarray of int64
        Places of the base without a row in the head, and the reverse.
    reordered : tuple of str
        Splits whose unchanged rows stand in another order.
    """

    base: Rows
    head: Rows
    same: Pairs
    moved: Pairs
    relabelled: Pairs
    edited: Pairs
    removed: Ints
    added: Ints
    reordered: tuple[str, ...]


def rows_of(
    states: Mapping[str, RowHashesState],
    keys: Mapping[str, Hashes] | None,
    names: Sequence[str],
    called: Mapping[str, str],
) -> Rows:
    """Return the rows of one version.

    Parameters
    ----------
    states : mapping of str to RowHashesState
        By split.
    keys : mapping of str to ndarray of uint64, or None
        What names the rows, by split.
    names : sequence of str
        All splits of both versions, as the head spells them.
    called : mapping of str to str
        How the head spells a split of this version, where it spells it otherwise.
    """
    place = {name: i for i, name in enumerate(names)}
    sizes = [len(state.inputs) for state in states.values()]
    split = np.repeat([place[called.get(name, name)] for name in states], sizes).astype(np.int64)
    void = [np.isin(state.rows, state.void) for state in states.values()]
    return Rows(
        tuple(names),
        split,
        np.concatenate([state.rows for state in states.values()]),
        np.concatenate([state.inputs for state in states.values()]),
        np.concatenate([state.targets for state in states.values()]),
        np.concatenate([state.whole for state in states.values()]),
        None if keys is None else np.concatenate([keys[name] for name in states]),
        np.concatenate(void),
    )


class Matcher:
    """Pairs the rows of two versions, step by step; what a step pairs is left out of the next ones.

    Parameters
    ----------
    base, head : Rows
        Before and after. Whole rows of the same split are paired first.
    """

    def __init__(self, base: Rows, head: Rows) -> None:
        self.base, self.head = base, head
        self.left = np.ones(len(base), dtype=bool)
        self.right = np.ones(len(head), dtype=bool)
        self.same = self._take(*equal_pairs(self._in_split(base, base.whole), self._in_split(head, head.whole)))

    @staticmethod
    def _in_split(rows: Rows, hashes: Hashes) -> Hashes:
        return hashes ^ mix(rows.split.astype(np.uint64))

    def _take(self, i: Ints, j: Ints) -> Pairs:
        self.left[i] = self.right[j] = False
        order = np.argsort(j, kind="stable")
        return i[order], j[order]

    def take(self, i: Ints, j: Ints) -> Pairs:
        """Set pairs aside, so that no later step pairs these rows; return them in the order of the head."""
        return self._take(i, j)

    def by(self, name: str, *, in_split: bool, sure: bool = False) -> Pairs:
        """Pair the rows that are left and have the same hash.

        Parameters
        ----------
        name : {"whole", "inputs", "keys"}
            Which hash.
        in_split : bool
            Whether they must be in the same split.
        sure : bool
            Whether equal hashes prove that rows are the same; otherwise nothing is paired where chance would pair
            as many, in a table whose rows repeat: all pairs of one row removed and one added, times the share of
            pairs of rows within the base that agree.
        """
        a, b = getattr(self.base, name), getattr(self.head, name)
        left = self.left if name == "keys" else self.left & ~self.base.void
        right = self.right if name == "keys" else self.right & ~self.head.void
        i, j = np.flatnonzero(left), np.flatnonzero(right)
        one, two = (self._in_split(self.base, a), self._in_split(self.head, b)) if in_split else (a, b)
        at, to = equal_pairs(one[i], two[j])
        if not sure and len(at) and poisson_tail(len(at), len(i) * len(j) * agreement(a[~self.base.void])) > _SURE:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        return self._take(i[at], j[to])

    def in_order(self, name: str) -> bool:
        """Return whether the unchanged rows of a split stand in the order they had."""
        k = self.head.splits.index(name)
        i, j = self.same
        mine = self.head.split[j] == k
        before = np.sort(i[mine])
        return bool((self.base.whole[before] == self.head.whole[j[mine]]).all())

    def in_place(self, name: str) -> Pairs:
        """Return rows that stand at the same place between unchanged rows of a split, as candidates.

        Where rows are left on both sides between two unchanged neighbours, they are paired one by one from above.
        Nothing where the unchanged rows stand in another order.
        """
        if not self.in_order(name):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        k = self.head.splits.index(name)
        sides = []
        for rows, free in ((self.base, self.left), (self.head, self.right)):
            places = np.flatnonzero(rows.split == k)
            places = places[np.argsort(rows.row[places], kind="stable")]
            paired = np.zeros(len(rows), dtype=bool)
            paired[self.same[0] if rows is self.base else self.same[1]] = True
            gap = np.cumsum(paired[places])
            open_ = free[places]
            sides.append((places[open_], gap[open_]))
        at, to = equal_pairs(sides[0][1].astype(np.uint64), sides[1][1].astype(np.uint64))
        return sides[0][0][at], sides[1][0][to]

    def finish(self, moved: Pairs, relabelled: Pairs, edited: Pairs, *, ordered: bool) -> RowChanges:
        """Return what became of each row; `ordered` says whether the order of rows is anybody's choice."""
        reordered = tuple(name for name in self.head.splits if ordered and not self.in_order(name))
        return RowChanges(
            self.base, self.head, self.same, moved, relabelled, edited,
            np.flatnonzero(self.left), np.flatnonzero(self.right), reordered,
        )  # fmt: skip


def equal_pairs(a: Hashes, b: Hashes) -> Pairs:
    """Return places of equal hashes, each place used once: the k-th of a value with the k-th of the same value.

    Parameters
    ----------
    a, b : ndarray of uint64, shape (n,) and (m,)
        Hashes; a value may stand there several times.

    Returns
    -------
    at, to : ndarray of int64, shape (k,)
        Places in either. The cost is a few sorts.
    """
    _, at, to = np.intersect1d(_numbered(a), _numbered(b), assume_unique=True, return_indices=True)
    return at.astype(np.int64), to.astype(np.int64)


def _numbered(hashes: Hashes) -> Hashes:
    """Return hashes in which the k-th of equal ones differs from the others."""
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(first)
    rank = np.arange(len(ordered)) - np.repeat(starts, np.diff(starts, append=len(ordered)))
    numbered = np.empty_like(hashes)
    numbered[order] = mix(ordered + rank.astype(np.uint64) * _STEP)
    return numbered


def agreement(hashes: Hashes) -> float:
    """Return the share of pairs of rows that have the same hash."""
    n = len(hashes)
    if n < 2:
        return 0.0
    counts = np.unique(hashes, return_counts=True)[1].astype(np.float64)
    return float((counts * (counts - 1)).sum() / (n * (n - 1)))


def join(*parts: Pairs) -> Pairs:
    """Return several lists of pairs as one, in the order of the head."""
    i, j = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
    order = np.argsort(j, kind="stable")
    return i[order], j[order]


def some(pairs: Pairs, keep: NDArray[np.bool_]) -> Pairs:
    """Return those pairs that are marked."""
    return pairs[0][keep], pairs[1][keep]
