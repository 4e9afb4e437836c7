"""Rows that two splits share: found by hash, weighed against chance, verified by reading them again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataaudit.analyzers.repeats import Chance, chance_of, from_few, number_words, part, words_of
from dataaudit.model import Bools, Ints, Kind, Name, Role, SplitView
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.row_hashes import RowHashes, hashed_columns, is_in
from dataaudit.stats.sample import Sample

MOST_POOLED = 6_000
"""Rows of both samples from which chance is estimated: 298 sorts of as many words, 0.1 s."""

_FIRST_BITS = np.uint64(44)


def is_pictures(split: SplitView) -> bool:
    """Return whether rows are pictures, files or arrays."""
    return bool(split.schema.pictures or split.schema.pixels)


# ---------------------------------------------------------------- the same hash


@dataclass(frozen=True)
class Shared:
    """Rows of one split whose inputs occur in another.

    Attributes
    ----------
    left, right : SplitView
        The split copied from, train where it is one of the two, and the split whose rows are listed.
    rows : ndarray of int64, shape (k,)
        Positions in `right`, ascending.
    of : ndarray of int64, shape (k,)
        The first row of `left` with the same inputs.
    relabelled : ndarray of bool, shape (k,)
        Whether the targets of the two differ; all False where there is none.
    twice : tuple of int
        Inputs that occur exactly twice in both splits together: both times in `left`, once in each, both times in
        `right`.
    left_repeats : float
        Share of the rows of `left` whose inputs recur within `left`.
    distinct_share : float
        Distinct rows of both splits over all of them.
    """

    left: SplitView
    right: SplitView
    rows: Ints
    of: Ints
    relabelled: Bools
    twice: tuple[int, int, int]
    left_repeats: float
    distinct_share: float

    def only(self, keep: Bools) -> Shared:
        """Return some of the rows."""
        return replace(self, rows=self.rows[keep], of=self.of[keep], relabelled=self.relabelled[keep])


def shared_rows(left: SplitView, right: SplitView) -> Shared:
    """Return the rows of `right` whose inputs occur in `left`; the cost is one sort of either, and a merge."""
    return left.context.once(("shared rows", left.name, right.name), lambda: _shared_rows(left, right))


def _shared_rows(left: SplitView, right: SplitView) -> Shared:
    sides = [_Side.of(left), _Side.of(right)]
    return _match(left, right, sides[0], sides[1])


@dataclass(frozen=True)
class _Side:
    """Hashes of one split's rows that can be copies at all, their positions and their targets."""

    hashes: Hashes
    rows: Ints
    targets: Hashes

    @classmethod
    def of(cls, split: SplitView) -> _Side:
        state = split.get(RowHashes())
        rows, hashes, targets = state.rows, state.inputs, state.targets
        if len(state.void):
            keep = ~np.isin(rows, state.void)
            rows, hashes, targets = rows[keep], hashes[keep], targets[keep]
        return cls(hashes, rows, targets)


def _match(left: SplitView, right: SplitView, a: _Side, b: _Side) -> Shared:
    in_a, many_a = _counted(a.hashes)
    in_b, many_b = _counted(b.hashes)
    place = np.searchsorted(in_a, in_b) % max(1, len(in_a))
    met = in_a[place] == in_b if len(in_a) else np.zeros(len(in_b), dtype=bool)
    shared, n_a, n_b = in_b[met], many_a[place[met]], many_b[met]
    at_a, at_b = (_places(side.hashes, shared) for side in (a, b))
    _, first = np.unique(a.hashes[at_a], return_index=True)  # in the order of `shared`
    of = at_a[first][np.searchsorted(shared, b.hashes[at_b])]
    relabelled = a.targets[of] != b.targets[at_b]
    twice = (
        int((many_a == 2).sum() - (n_a == 2).sum()),
        int(((n_a == 1) & (n_b == 1)).sum()),
        int((many_b == 2).sum() - (n_b == 2).sum()),
    )
    n = len(a.hashes) + len(b.hashes)
    return Shared(
        left, right, b.rows[at_b], a.rows[of], relabelled, twice,
        float(many_a[many_a > 1].sum()) / max(1, len(a.hashes)),
        (len(in_a) + len(in_b) - len(shared)) / max(1, n),
    )  # fmt: skip


def _places(hashes: Hashes, known: Hashes) -> Ints:
    """Return where hashes are that are among some others, which are ascending and distinct.

    A table of the first 20 bits leaves a few to be searched for, where the others are few: ten times as fast.
    """
    if not len(known):
        return np.zeros(0, np.int64)
    table = np.zeros(1 << 20, dtype=bool)
    table[known >> _FIRST_BITS] = True
    at = np.flatnonzero(table[hashes >> _FIRST_BITS])
    return at[is_in(hashes[at], known)].astype(np.int64)


def _counted(hashes: Hashes) -> tuple[Hashes, Ints]:
    """Return the distinct hashes, ascending, and how often each occurs."""
    ordered = np.sort(hashes)
    first = np.ones(len(ordered), dtype=bool)
    first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(first)
    return ordered[starts], np.diff(np.append(starts, len(ordered)))


def without_numbering(left: SplitView, right: SplitView) -> tuple[Shared, list[Name]] | None:
    """Return the sampled rows that are shared once columns that turn out to number the rows are left out.

    None where there are no such columns. Hashes of all rows are made before a row is read, when the name alone can
    tell what numbers the rows; what a column's values tell is known afterwards, of the sample.
    """
    columns = hashed_columns(left.schema)
    ids = [c.name for c in columns if c.role is Role.FEATURE and left.context.kinds[c.name] is Kind.ID]
    rest = [c.name for c in columns if c.name not in ids]
    if not ids or not rest:
        return None
    return _match(left, right, _sampled(left, rest), _sampled(right, rest)), ids


def _sampled(split: SplitView, names: list[Name]) -> _Side:
    sample = split.get(Sample())
    order = np.argsort(sample.rows)
    words = words_of(split, [*names, *split.schema.targets])
    empty = _constant_rows([words[name] for name in names])
    targets = part(list(split.schema.targets), words) if split.schema.targets else np.zeros(len(order), np.uint64)
    keep = order[~empty[order]]
    return _Side(part(names, words)[keep], sample.rows[keep], targets[keep])


def _constant_rows(words: Sequence[Hashes]) -> Bools:
    """Return which rows hold missing values, or zeros, alone: nothing that a copy could be told by."""
    missing = number_words(np.array([np.nan]))[0]
    void: Bools = np.logical_and.reduce([w == missing for w in words])
    void |= np.logical_and.reduce([w == np.uint64(0) for w in words])
    return void


# ---------------------------------------------------------------- chance


@dataclass(frozen=True)
class AcrossChance:
    """How often rows of two splits agree that are no copies of each other.

    Attributes
    ----------
    chance : Chance
        Of the two splits' rows together, right's positions counted on from the end of left's.
    across : float
        Pairs of rows of which one is in either split, over all pairs that were counted on.
    offset : int
        Rows of `left`.
    counted : tuple of int
        Rows of either split that were counted on.
    """

    chance: Chance
    across: float
    offset: int
    counted: tuple[int, int]

    @property
    def expected(self) -> float:
        """Pairs across the splits that would agree by chance."""
        return self.chance.repeats * self.across

    def lonely(self, rows: Ints) -> int:
        """Return how many rows of the right split have no neighbour, another row that differs in one part.

        Where the sample holds fewer than five of them, all count as such.
        """
        return self._lonely(rows + self.offset)

    def lonely_left(self, rows: Ints) -> int:
        """Return the same of rows of the left split."""
        return self._lonely(rows)

    def _lonely(self, rows: Ints) -> int:
        known = [row for row in rows.tolist() if row in self.chance.rows]
        if len(known) < min(5, len(rows)):
            return len(rows)
        alone = sum(row not in self.chance.crowded for row in known)
        return alone if len(known) == len(rows) else round(len(rows) * alone / max(1, len(known)))


def chance_across(left: SplitView, right: SplitView, names: Sequence[Name]) -> AcrossChance:
    """Return how often rows of two splits agree by chance, from their samples together.

    Parameters
    ----------
    left, right : SplitView
        Need `Sample`.
    names : sequence of Name
        Columns that must agree.
    """
    here, there = (Lines(words_of(s, names), s.get(Sample()).rows, s.n_rows) for s in (left, right))
    return chance_between(here, there, quick=True)


@dataclass(frozen=True)
class Lines:
    """A sample of one split's rows.

    Attributes
    ----------
    words : mapping of Name to ndarray of uint64, shape (k,)
        What must agree, column by column, in the order of the sample.
    rows : ndarray of int64, shape (k,)
        Positions within the split.
    n_rows : int
        Rows that were sampled from.
    """

    words: Mapping[Name, Hashes]
    rows: Ints
    n_rows: int


def chance_between(left: Lines, right: Lines, n_right: int | None = None, *, quick: bool = False) -> AcrossChance:
    """Return how often rows of two samples agree by chance.

    Parameters
    ----------
    left, right : Lines
        Two samples.
    n_right : int, optional
        Rows of the right split, where some were left out of the sample.
    quick : bool
        Do without the pairs that differ in three parts where they say nothing of how many agree.
    """
    n_left, n_rest = left.n_rows, right.n_rows
    n = n_left + n_rest
    seen = [len(side.rows) / side.n_rows for side in (left, right) if side.n_rows]
    share = min(*seen, 1.0, MOST_POOLED / max(1, n)) if seen else 1.0
    k, m = round(share * n_left), round(share * n_rest)  # the first rows of a sample are a sample
    words = {name: np.concatenate([w[:k], right.words[name][:m]]) for name, w in left.words.items()}
    pooled = np.concatenate([left.rows[:k], right.rows[:m] + n_left])
    across = 2.0 * n_left * (n_rest if n_right is None else n_right) / max(1, n * (n - 1))
    return AcrossChance(chance_of(words, pooled, n, quick=quick), across, n_left, (k, m))


def natural_pictures(shared: Shared) -> bool:
    """Return whether pictures are drawn from a small set on purpose, several times each."""
    n = shared.left.n_rows + shared.right.n_rows
    return from_few(n, round(shared.distinct_share * n))


def split_tail(within: int, across: int, n_left: int, n_right: int, beside: int = 0) -> float:
    """Return how probable so many pairs across are, if all pairs were there before a random split.

    Parameters
    ----------
    within, across, beside : int
        Pairs within the left split, across the two, and within the right one.
    n_left, n_right : int
        Rows of either.

    Examples
    --------
    >>> round(split_tail(0, 2, 60, 20), 6)  # (1200 / 3160) ** 2
    0.144208
    """
    total = within + across + beside
    if not across:
        return 1.0
    n = n_left + n_right
    share = n_left * n_right / max(1.0, n * (n - 1) / 2)
    if share >= 1.0:
        return 1.0
    factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, total + 1)))])
    x = np.arange(across, total + 1)
    logs = factorial[total] - factorial[x] - factorial[total - x] + x * np.log(share) + (total - x) * np.log1p(-share)
    return min(1.0, float(np.exp(logs).sum()))
