"""How many rows would repeat by chance: what tells a copy from a coincidence of coarse measurements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Name, SplitView
from dataaudit.stats.hashing import Hashes, hash_texts, mix
from dataaudit.stats.row_hashes import MISSING, RowHashes, RowHashesState
from dataaudit.stats.sample import Sample, SampleState

BLOCKS = 12
"""Parts into which the columns are gathered; leaving out one, two and three of them takes 298 sorts."""

SAFETY = 2.0
"""Rows of one class resemble each other more than independent columns say; see the table of calibration."""

_ENOUGH = 10
"""Pairs that differ in one part from which they are counted on."""

_TWINS = 64
"""Columns up to which those that say the same are told apart; beyond it the parts hold several columns anyway."""


@dataclass(frozen=True)
class Chance:
    """How often two rows agree that are no copies of each other.

    Attributes
    ----------
    alone : tuple of int
        For each part of the columns, pairs of sampled rows that differ in it alone.
    near : tuple of int
        Pairs that differ in exactly one, two and three parts.
    pairs : float
        Pairs of rows in the split, over those in the sample.
    disagree : float
        Share of the pairs that differ in one part whose targets differ.
    crowded : frozenset of int
        Sampled rows that have a neighbour: another row that differs in one part.
    rows : frozenset of int
        All sampled rows.
    """

    alone: tuple[int, ...]
    near: tuple[int, int, int]
    pairs: float
    disagree: float
    crowded: frozenset[int] = frozenset()
    rows: frozenset[int] = frozenset()

    @property
    def repeats(self) -> float:
        """Rows that would agree in all parts by chance.

        If parts agree independently, the pairs that agree in all of them number L_i L_j / N_ij for any two parts
        i and j, where L pairs differ in the one alone and N in both and nothing else: summed over all i < j, with one
        pair more in each L so that a part that none differs in alone is not taken for certain. Where fewer than ten
        pairs differ in one part, the estimate is taken one step further out, 2 (d-2)**2 / (9 d (d-1)) n2**3 / n3**2
        for d parts: Newton's inequalities for the elementary symmetric functions of the parts' odds, exact where all
        parts are equally coarse, too high elsewhere.
        """
        one, two, three = map(float, self.near)
        d = len(self.alone)
        if d == 1:
            return SAFETY * self.pairs * one
        share = 1.0
        if d > 2 and one:  # Newton again: more neighbours than this are copies that were edited
            most = SAFETY**2 * 2 * (d - 2) / (3 * (d - 1)) * two * two / three if three else one * (two > 0)
            share = min(1.0, most / one)
        plus = share * np.array(self.alone, dtype=np.float64) + 1.0
        both = (plus.sum() ** 2 - (plus**2).sum()) / 2 - d * (d - 1) / 2
        near = both / max(two, 1.0)
        far = 2.0 * (d - 2) ** 2 / (9.0 * d * (d - 1)) * two**3 / max(1.0, three) ** 2 if d > 2 else 0.0
        return SAFETY * self.pairs * float(near if share * one >= _ENOUGH else max(near, far))

    def alone_among(self, groups: Groups) -> int:
        """Return the copies of rows without a neighbour, which chance rarely makes: it repeats rows where many are.

        Where the sample holds fewer than five of the groups' rows, all copies are taken for such.
        """
        known = [row for row in groups.rows.tolist() if row in self.rows]
        n = len(groups.copies)
        if len(known) < min(5, len(groups.rows)):
            return n
        if len(known) == len(groups.rows):
            lonely = np.array([row not in self.crowded for row in groups.rows.tolist()], dtype=bool)
            return int((lonely & (groups.rows != groups.first)).sum())
        return round(n * sum(row not in self.crowded for row in known) / len(known))


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
    words = words_of(split, [*state.inputs_of, *state.targets_of])
    names = [*state.inputs_of, *(state.targets_of if with_target else ())]
    label = part(list(state.targets_of), words) if state.targets_of else None
    return chance_of({name: words[name] for name in names}, sample.rows, split.n_rows, label)


def chance_of(
    words: Mapping[Name, Hashes],
    rows: NDArray[np.int64],
    n_rows: int,
    label: Hashes | None = None,
    *,
    quick: bool = False,
) -> Chance:
    """Return how often rows agree by chance, from a sample of them.

    Parameters
    ----------
    words : mapping of Name to ndarray of uint64, shape (k,)
        For each column one word a sampled row; equal words are equal values.
    rows : ndarray of int64, shape (k,)
        Names of the sampled rows.
    n_rows : int
        Rows that were sampled from.
    label : ndarray of uint64, shape (k,), optional
        The target's hash.
    quick : bool
        Do without the pairs that differ in three parts, most of the cost, where none differs in two: then nothing
        agrees by chance, whatever their number.
    """
    names = list(words)
    if 0 < len(names) <= _TWINS:
        names = _without_twins(names, words)
    parts = [part(block, words) for block in _blocks(names, words)]
    label = np.zeros(len(rows), np.uint64) if label is None else label
    whole = _total(parts) if parts else np.zeros(len(rows), np.uint64)
    equal, agree = _pairs(whole), _pairs(mix(whole) ^ label)
    ones = {i: _pairs(whole - parts[i]) - equal for i in range(len(parts))}
    same = sum(_pairs(mix(whole - p) ^ label) - agree for p in parts)
    twos = {
        (i, j): _pairs(whole - parts[i] - parts[j]) - equal - ones[i] - ones[j]
        for i, j in combinations(range(len(parts)), 2)
    }
    threes = sum(
        _pairs(whole - parts[i] - parts[j] - parts[k])
        - (equal + ones[i] + ones[j] + ones[k] + twos[i, j] + twos[i, k] + twos[j, k])
        for i, j, k in combinations(range(len(parts) if not quick or any(twos.values()) else 0), 3)
    )
    one, n_sampled = sum(ones.values()), len(rows)
    ratio = n_rows * (n_rows - 1) / max(1, n_sampled * (n_sampled - 1))
    crowded = rows[_has_neighbour(whole, parts)].tolist()
    return Chance(
        tuple(ones.values()), (one, sum(twos.values()), threes), ratio, (one - same + 1) / (one + 2),
        frozenset(crowded), frozenset(rows.tolist()),
    )  # fmt: skip


def _has_neighbour(whole: Hashes, parts: list[Hashes]) -> NDArray[np.bool_]:
    """Return which rows agree with another, different one in all parts but one, shape (k,)."""
    found = np.zeros(len(whole), dtype=bool)
    for one in parts if len(whole) else []:
        rest = whole - one
        order = np.lexsort((whole, rest))
        first = np.concatenate([[True], rest[order][1:] != rest[order][:-1]])
        starts = np.flatnonzero(first)
        differ = np.minimum.reduceat(whole[order], starts) != np.maximum.reduceat(whole[order], starts)
        found[order] |= differ[np.cumsum(first) - 1]
    return found


def _blocks(names: list[Name], words: Mapping[Name, Hashes]) -> list[list[Name]]:
    """Gather neighbouring columns into at most `BLOCKS` parts, the dummies of a category in one."""
    units: list[list[Name]] = []
    taken: NDArray[np.bool_] | None = None
    for name in names:
        flag = _flag(words[name])
        if flag is not None and taken is not None and not (flag & taken).any():
            units[-1].append(name)
            taken = taken | flag
        else:
            units.append([name])
            taken = flag
    cuts = np.linspace(0, len(units), min(BLOCKS, len(units)) + 1).astype(int)
    return [[name for unit in units[a:b] for name in unit] for a, b in pairwise(cuts)]


def _flag(words: Hashes) -> NDArray[np.bool_] | None:
    """Return the rows that hold the rarer one of two values; None where there are more."""
    other = words != words[:1]
    if not other.any() or bool((words[other] != words[other][0]).any()):
        return None
    rarer: NDArray[np.bool_] = other if 2 * int(other.sum()) <= len(other) else ~other
    return rarer


def _without_twins(names: list[Name], words: Mapping[Name, Hashes]) -> list[Name]:
    """Return columns without those that say the same as an earlier one, such as a wage and its logarithm.

    Two of them never differ alone. Columns in which nearly each distinct row has a value of its own agree in that
    without saying the same, and stay.
    """
    total = _total([mix(words[name] ^ hash_texts((str(name),))) for name in names])
    _, first = np.unique(total, return_index=True)
    seen: set[bytes] = set()
    kept = []
    for name in names:
        _, places, classes = np.unique(words[name][np.sort(first)], return_index=True, return_inverse=True)
        rank = np.empty(len(places), dtype=np.int64)
        rank[np.argsort(places)] = np.arange(len(places))
        key = rank[classes].tobytes()
        if len(places) > 0.8 * len(first) or key not in seen:
            kept.append(name)
        seen.add(key)
    return kept


def part(names: list[Name], words: Mapping[Name, Hashes]) -> Hashes:
    """Return a hash of some columns together in each row, shape (k,)."""
    salt = hash_texts(("\x1f".join(map(str, names)),))
    total = np.repeat(salt, len(words[names[0]]))
    for name in names:
        total = mix(total ^ words[name])
    return total


def words_of(split: SplitView, names: Iterable[Name]) -> dict[Name, Hashes]:
    """Return some columns of a split's sample as words: equal values have equal words, missing ones too."""
    sample = split.get(Sample())
    return {name: _words(name, sample, split.schema.number_index) for name in names}


def number_words(line: Floats) -> Hashes:
    """Return the bits of numbers, 0.0 for -0.0 and one NaN for all; shape (k,)."""
    words: Hashes = (line + 0.0).view(np.uint64)
    words[np.isnan(line)] = MISSING
    return words


def _words(name: Name, sample: SampleState, index: Mapping[Name, int]) -> Hashes:
    if name in index:
        return number_words(sample.numbers[index[name]])
    column = sample.codes[name]
    known = sorted({v for v in column.tolist() if v is not None}, key=str)
    codes = dict(zip(known, hash_texts(known), strict=True))
    return np.array([codes[v] if v is not None else MISSING for v in column.tolist()], dtype=np.uint64)


def _total(parts: list[Hashes]) -> Hashes:
    total = np.zeros(len(parts[0]), dtype=np.uint64)
    for one in parts:
        total = total + one
    return total


def _pairs(hashes: Hashes) -> int:
    """Return the number of pairs that are equal."""
    ordered = np.sort(hashes)
    first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1], [True]]))
    sizes = np.diff(first).astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


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


def copy_table(groups: Groups, caption: str) -> dict[str, Any]:
    """Return which row copies which, the first 200 copies."""
    copies = groups.rows != groups.first
    order = np.argsort(groups.rows[copies], kind="stable")
    pairs = list(zip(groups.rows[copies][order].tolist(), groups.first[copies][order].tolist(), strict=True))
    return {"caption": caption, "columns": ["row", "the same as row"], "rows": [list(p) for p in pairs[:200]],
            "total": len(pairs)}  # fmt: skip
