"""How many rows would repeat by chance: what tells a copy from a coincidence of coarse measurements."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Name, SplitView
from dataaudit.stats.hashing import Hashes, hash_texts, mix
from dataaudit.stats.row_hashes import MISSING, RowHashes, RowHashesState
from dataaudit.stats.sample import Sample, SampleState

BLOCKS = 12
"""Parts into which the columns are gathered; leaving out one, two and three of them takes 298 sorts."""

SAFETY = 2.0
"""Rows of one class resemble each other more than independent columns say. On the natural tables tried (titanic, tips,
iris, diamonds in its first 20,000 rows) repeats are 0.6 to 1.8 times the estimate, a known 29 doubles in the last
apart."""


@dataclass(frozen=True)
class Chance:
    """How often two rows agree that are no copies of each other.

    Attributes
    ----------
    near : tuple of int
        Pairs of sampled rows that differ in exactly one, two and three parts of the columns.
    parts : int
        Number of parts.
    pairs : float
        Pairs of rows in the split, over those in the sample.
    disagree : float
        Share of the pairs that differ in one part whose targets differ.
    """

    near: tuple[int, int, int]
    parts: int
    pairs: float
    disagree: float

    @property
    def repeats(self) -> float:
        """Rows that would agree in all parts by chance, at most.

        If d parts agree independently, pairs with 0, 1, 2, 3 differences number n0 <= (d-1)/2d n1**2 / n2, and, one
        step further out where pairs with one difference are too rare to count, n0 <= 2 (d-2)**2 / (9 d (d-1))
        n2**3 / n3**2: Newton's inequalities for the elementary symmetric functions of the parts' odds, exact where
        all parts are equally coarse.
        """
        one, two, three = map(float, self.near)
        d = self.parts
        if d > 2:  # the same inequality again: more neighbours than this are copies that were edited
            one = min(one, SAFETY**2 * 2 * (d - 2) / (3 * (d - 1)) * two * two / three) if three else one * (two > 0)
        near = (d - 1) / (2.0 * d) * one * one / two if two else float(one)
        far = 2.0 * (d - 2) ** 2 / (9.0 * d * (d - 1)) * two**3 / max(1, three) ** 2 if d > 2 else 0.0
        return SAFETY * self.pairs * max(near, far)


def chance(split: SplitView, *, with_target: bool) -> Chance:
    """Return how often rows of a table agree by chance, from its sample; computed once a split.

    Parameters
    ----------
    split : SplitView
        Needs `RowHashes` and `Sample`.
    with_target : bool
        Whether the target is one of the columns that must agree.
    """
    return split.context.once(
        ("chance of repeats", split.name, with_target), lambda: _chance(split, with_target=with_target)
    )


def _chance(split: SplitView, *, with_target: bool) -> Chance:
    state, sample = split.get(RowHashes()), split.get(Sample())
    names = [*state.inputs_of, *(state.targets_of if with_target else ())]
    parts = [_part(block, sample, split) for block in _blocks(names)]
    label = _part(list(state.targets_of), sample, split) if state.targets_of else np.zeros(len(sample.rows), np.uint64)
    whole = _total(parts)
    equal, agree = _pairs(whole), _pairs(mix(whole) ^ label)
    ones = {i: _pairs(whole - parts[i]) - equal for i in range(len(parts))}
    same = sum(_pairs(mix(whole - part) ^ label) - agree for part in parts)
    twos = {
        (i, j): _pairs(whole - parts[i] - parts[j]) - equal - ones[i] - ones[j]
        for i, j in combinations(range(len(parts)), 2)
    }
    threes = sum(
        _pairs(whole - parts[i] - parts[j] - parts[k])
        - (equal + ones[i] + ones[j] + ones[k] + twos[i, j] + twos[i, k] + twos[j, k])
        for i, j, k in combinations(range(len(parts)), 3)
    )
    one = sum(ones.values())
    n, n_sampled = split.n_rows, len(sample.rows)
    ratio = n * (n - 1) / max(1, n_sampled * (n_sampled - 1))
    return Chance((one, sum(twos.values()), threes), len(parts), ratio, (one - same + 1) / (one + 2))


def _blocks(names: list[Name]) -> list[list[Name]]:
    """Gather neighbouring columns into at most `BLOCKS` parts, so that the dummies of a category stay together."""
    cuts = np.linspace(0, len(names), min(BLOCKS, len(names)) + 1).astype(int)
    return [names[a:b] for a, b in pairwise(cuts)]


def _part(names: list[Name], sample: SampleState, split: SplitView) -> Hashes:
    """Return a hash of some columns together in each sampled row, shape (k,)."""
    salt = hash_texts(("\x1f".join(map(str, names)),))
    total = np.repeat(salt, len(sample.rows))
    for name in names:
        total = mix(total ^ _words(name, sample, split))
    return total


def _words(name: Name, sample: SampleState, split: SplitView) -> Hashes:
    index = split.schema.number_index
    if name in index:
        line = sample.numbers[index[name]] + 0.0
        words: Hashes = line.view(np.uint64).copy()
        words[np.isnan(line)] = MISSING
        return words
    column = sample.codes[name]
    known = sorted({v for v in column.tolist() if v is not None}, key=str)
    codes = dict(zip(known, hash_texts(known), strict=True))
    return np.array([codes[v] if v is not None else MISSING for v in column.tolist()], dtype=np.uint64)


def _total(parts: list[Hashes]) -> Hashes:
    total = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        total = total + part
    return total


def _pairs(hashes: Hashes) -> int:
    """Return the number of pairs that are equal."""
    ordered = np.sort(hashes)
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    sizes = np.diff(first).astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def poisson_tail(n: int, mean: float) -> float:
    """Return the probability of `n` or more where `mean` are expected.

    Examples
    --------
    >>> round(poisson_tail(3, 0.5), 6)
    0.014388
    """
    if n <= 0 or n <= mean:
        return 1.0
    if mean <= 0:
        return 0.0
    term = math.exp(n * math.log(mean) - mean - math.lgamma(n + 1))
    total, i = 0.0, n
    while term > 1e-18 * max(total, 1e-300):
        total += term
        i += 1
        term *= mean / i
    return min(1.0, total)


# ---------------------------------------------------------------- groups


@dataclass(frozen=True)
class Groups:
    """Rows that are the same, group by group.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Positions within the split, ascending within a group.
    group : ndarray of int64, shape (k,)
        Number of each one's group.
    """

    rows: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def first(self) -> NDArray[np.int64]:
        """The row that each one copies, shape (k,): the first of its group."""
        starts = np.flatnonzero(np.diff(self.group, prepend=-1))
        firsts: NDArray[np.int64] = self.rows[starts][self.group]
        return firsts

    @property
    def copies(self) -> NDArray[np.int64]:
        """Rows after the first of their group, ascending."""
        return np.sort(self.rows[self.rows != self.first])

    def only(self, keep: Iterable[int]) -> Groups:
        """Return some of the groups, numbered anew."""
        wanted = np.isin(self.group, np.fromiter(keep, dtype=np.int64))
        _, group = np.unique(self.group[wanted], return_inverse=True)
        return Groups(self.rows[wanted], group.astype(np.int64))


def without_void(state: RowHashesState, hashes: Hashes) -> tuple[Hashes, NDArray[np.int64]]:
    """Return the hashes and positions of the rows that can be copies at all."""
    rows = state.rows
    keep = ~np.isin(rows, state.void) if len(state.void) else np.ones(len(rows), dtype=bool)
    return hashes[keep], rows[keep]


def from_few(n_rows: int, n_distinct: int) -> bool:
    """Return whether pictures are drawn from a small set on purpose: most of them repeat, several times each."""
    return n_rows >= 3 * n_distinct


def copy_table(groups: Groups, caption: str, extra: Any = None) -> dict[str, Any]:
    """Return which row copies which, the first 200 copies."""
    copies = groups.rows != groups.first
    order = np.argsort(groups.rows[copies], kind="stable")
    pairs = list(zip(groups.rows[copies][order].tolist(), groups.first[copies][order].tolist(), strict=True))
    return {"caption": caption, "columns": ["row", "the same as row"], "rows": [list(p) for p in pairs[:200]],
            "total": len(pairs)}  # fmt: skip
