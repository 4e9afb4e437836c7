"""Pairs of rows of two samples that are all but the same: noise in every cell, rounded numbers, one edited cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from dataaudit.analyzers.repeats import BLOCKS, number_words, part, words_of
from dataaudit.model import Bools, Column, Floats, Ints, Name, SplitView
from dataaudit.stats.hashing import Hashes, mix
from dataaudit.stats.sample import Sample

DIRECTIONS = 3
MOST_CANDIDATES = 2_000_000
"""Pairs that are compared cell by cell; data in which more lie close together is too coarse to be judged."""

LEAST_COLUMNS = 4
"""Columns from which a row with one other cell is still told from any other row."""

DECIMALS = (3, 2, 1, 0)
ROUND = 0.75
"""Share of rows with no more decimals than that from which the others stand out."""


@dataclass(frozen=True)
class Side:
    """The sampled rows of one split, in the order of the sample.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Positions within the split.
    numbers : ndarray of float64, shape (d, k)
        The numeric columns.
    scaled : ndarray of float64, shape (d, k)
        The same over the spread of each column in the left split; 0 where not finite.
    rest : ndarray of uint64, shape (k,)
        A hash of what must agree exactly: texts, and where numbers are missing or infinite.
    words : dict of Name to ndarray of uint64, shape (k,)
        All columns as words.
    """

    rows: Ints
    numbers: Floats
    scaled: Floats
    rest: Hashes
    words: dict[Name, Hashes]


@dataclass(frozen=True)
class Pairs:
    """Pairs of sampled rows, as places in the left and the right `Side`.

    Attributes
    ----------
    left, right : ndarray of int64, shape (k,)
        Places.
    apart : ndarray of float64, shape (k,)
        How far apart they are: smaller is nearer.
    """

    left: Ints
    right: Ints
    apart: Floats

    def only(self, keep: Bools) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.left[keep], self.right[keep], self.apart[keep])

    def nearest(self) -> Pairs:
        """Return one pair for each row of the right side, the nearest."""
        order = np.lexsort((self.left, self.apart, self.right))
        first = np.ones(len(order), dtype=bool)
        first[1:] = self.right[order][1:] != self.right[order][:-1]
        keep = order[first]
        return Pairs(self.left[keep], self.right[keep], self.apart[keep])


class TooCoarse(Exception):  # noqa: N818 - an answer, not an error
    """More rows lie close together than are compared."""


def sides(left: SplitView, right: SplitView, columns: Sequence[Column]) -> tuple[Side, Side]:
    """Return the samples of two splits, in the columns that make a row's inputs."""
    spread = _spread(_lines(left, columns))
    return _side(left, columns, spread), _side(right, columns, spread)


def _most(columns: Sequence[Column]) -> int:
    """Return how many rows of a sample are compared: all 20,000, but of wide rows no more than 8 million cells."""
    return max(256, (1 << 23) // max(1, len(columns)))


def _lines(split: SplitView, columns: Sequence[Column]) -> Floats:
    index = split.schema.number_index
    places = [index[c.name] for c in columns if c.name in index]
    lines: Floats = split.get(Sample()).numbers[places]
    return lines


def _side(split: SplitView, columns: Sequence[Column], spread: Floats) -> Side:
    rows = split.get(Sample()).rows[: _most(columns)]
    lines = _lines(split, columns)[:, : len(rows)]
    finite = np.isfinite(lines)
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.where(finite, lines / spread[:, None], 0.0)
    words = {name: w[: len(rows)] for name, w in words_of(split, [c.name for c in columns]).items()}
    texts = [c.name for c in columns if c.name not in split.schema.number_index]
    rest = part(texts, words) if texts else np.zeros(len(rows), np.uint64)
    for j in np.flatnonzero(~finite.all(axis=1)):
        odd = ~finite[j]
        rest[odd] = mix(rest[odd] ^ number_words(lines[j][odd]) ^ np.uint64(j))
    return Side(rows, lines, np.clip(scaled, -1e100, 1e100), rest, words)


def _spread(lines: Floats) -> Floats:
    """Return how wide each column is, shape (d,): the standard deviation that the 5 and 95 % quantiles stand for.

    Outliers do not widen it; where those quantiles agree it is the standard deviation itself, or 1.
    """
    spread = np.ones(len(lines))
    finite = np.isfinite(lines)
    full = finite.all(axis=1) & (lines.shape[1] > 1)  # of many columns, nearly all: one call for them
    ends = np.zeros((2, len(lines)))
    with np.errstate(over="ignore", invalid="ignore"):
        if full.any():
            ends[:, full] = np.quantile(lines[full], [0.05, 0.95], axis=1)
        for j, line in enumerate(lines):
            known = line if full[j] else line[finite[j]]
            if len(known) < 2:
                continue
            low, high = ends[:, j] if full[j] else np.quantile(known, [0.05, 0.95])
            wide = (high - low) / 3.29 or float(known.std())
            spread[j] = wide if np.isfinite(wide) and wide > 0 else 1.0
    return spread


# ---------------------------------------------------------------- noise in every cell


def close(a: Side, b: Side, tolerance: float) -> Pairs:
    """Return the pairs whose numbers all lie within a tolerance and whose other cells agree.

    Rows are projected on three directions and put into a grid, of which each row of `b` looks into the eight cells
    around it; whatever meets there is compared column by column. `apart` is the largest distance in a column, in its
    spread. Equal rows are among them, at 0.

    Raises
    ------
    TooCoarse
        If more than two million pairs meet.
    """
    d = len(a.scaled)
    if not d:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    directions = np.random.default_rng(0).normal(size=(DIRECTIONS, d))
    directions /= np.sqrt((directions**2).sum(axis=1))[:, None]
    window = 1.5 * tolerance  # a sum of d deviations up to the tolerance, of random signs, seldom passes it
    here, there = (np.einsum("kd,dn->kn", directions, side.scaled) for side in (a, b))
    key = _cells(np.floor(here / (2 * window)), a.rest)
    order = np.argsort(key, kind="stable")
    left, right = [], []
    met = 0
    seen: list[Hashes] = []
    for signs in product((-1, 1), repeat=DIRECTIONS):
        probe = _cells(np.floor((there + window * np.array(signs)[:, None]) / (2 * window)), b.rest)
        fresh = ~np.logical_or.reduce([probe == other for other in seen]) if seen else np.ones(len(probe), dtype=bool)
        seen.append(probe)
        i, j = _join(key[order], probe, fresh, MOST_CANDIDATES - met)
        met += len(i)
        left.append(order[i])
        right.append(j)
    i, j = np.concatenate(left), np.concatenate(right)
    return _within(a, b, i, j, tolerance)


def _cells(places: Floats, rest: Hashes) -> Hashes:
    key = rest
    for line in places:
        key = mix(key ^ (line + 0.0).view(np.uint64))
    return key


def _join(ordered: Hashes, probe: Hashes, use: Bools, most: int) -> tuple[Ints, Ints]:
    """Return all pairs of places with equal hashes, the first ones in `ordered`, the second ones among those in use."""
    at = np.flatnonzero(use)
    first = np.searchsorted(ordered, probe[at], side="left")
    counts = np.searchsorted(ordered, probe[at], side="right") - first
    total = int(counts.sum())
    if total > most:
        raise TooCoarse
    starts = np.cumsum(counts) - counts
    i = np.repeat(first - starts, counts) + np.arange(total)
    return i, np.repeat(at, counts)


def _within(a: Side, b: Side, i: Ints, j: Ints, tolerance: float) -> Pairs:
    """Return the pairs that lie within a tolerance in every column; most fall out at the first few columns."""
    apart = np.zeros(len(i))
    for x, y in zip(a.scaled, b.scaled, strict=True):
        np.maximum(apart, np.abs(x[i] - y[j]), out=apart)
        near = apart <= tolerance
        if 2 * np.count_nonzero(near) < len(near):
            i, j, apart = i[near], j[near], apart[near]
    return Pairs(i, j, apart).only(apart <= tolerance)


def gridded(side: Side, tolerance: float) -> Floats:
    """Return the cells of a grid in which two numbers lie together as often as within the tolerance, shape (d, k)."""
    shift = np.random.default_rng(1).random(len(side.scaled))[:, None]
    return np.where(np.isfinite(side.numbers), np.floor(side.scaled / (2 * tolerance) + shift), side.numbers)


# ---------------------------------------------------------------- rounded numbers


def rounded(a: Side, b: Side, decimals: int) -> tuple[Pairs, float]:
    """Return the pairs that agree once rounded, one row of which is round by itself and the other one is not.

    Returns
    -------
    Pairs, float
        `apart` is 0 throughout. The second is `one_round`.
    """
    here, there = at_decimals(a, decimals), at_decimals(b, decimals)
    round_a, round_b = is_round(a, decimals), is_round(b, decimals)
    flags = np.concatenate([round_a, round_b])
    if flags.all() or not flags.any():  # as in most tables, so that no row need be looked for
        nothing = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
        return nothing, one_round(round_a, round_b, nothing)
    key_a, key_b = (_cells(np.where(np.isfinite(r), r, 0.0), s.rest) for r, s in ((here, a), (there, b)))
    order = np.argsort(key_a, kind="stable")
    i, j = _join(key_a[order], key_b, np.ones(len(key_b), dtype=bool), MOST_CANDIDATES)
    i = order[i]
    pairs = Pairs(i, j, np.zeros(len(i))).only(round_a[i] != round_b[j])
    return pairs, one_round(round_a, round_b, pairs)


def is_round(side: Side, decimals: int) -> Bools:
    """Return which rows have no further decimals in any column, shape (k,)."""
    return np.array(np.all((at_decimals(side, decimals) == side.numbers) | ~np.isfinite(side.numbers), axis=0))


def one_round(round_a: Bools, round_b: Bools, pairs: Pairs) -> float:
    """Return how often one of two rows is round and the other one is not, if neither is in the pairs.

    One row in either sample is taken for more than was seen, so that what never happens is not taken for impossible.
    """
    kept_a, kept_b = np.ones(len(round_a), dtype=bool), np.ones(len(round_b), dtype=bool)
    kept_a[pairs.left] = kept_b[pairs.right] = False
    in_a, in_b = (float(r[k].mean()) if k.any() else 0.5 for r, k in ((round_a, kept_a), (round_b, kept_b)))
    return min(1.0, in_a * (1.0 - in_b) + in_b * (1.0 - in_a) + 1.0 / max(1, len(round_a) + len(round_b)))


def natural_decimals(side: Side) -> int | None:
    """Return how many decimals all but a few rows have at most; None where there is no such number up to six."""
    for decimals in range(7):
        if len(side.rows) and is_round(side, decimals).mean() >= ROUND:
            return decimals
    return None


def at_decimals(side: Side, decimals: int) -> Floats:
    """Return the numbers rounded, shape (d, k)."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.round(side.numbers, decimals) + 0.0


# ---------------------------------------------------------------- one edited cell


def edited(a: Side, b: Side) -> tuple[Pairs, Ints]:
    """Return the pairs that differ in exactly one cell, and which column that is, as a place in `words`.

    Columns are gathered into up to twelve blocks, and each block is left out in turn.
    """
    names = list(a.words)
    nothing = Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)), np.zeros(0, np.int64)
    if len(names) < LEAST_COLUMNS:
        return nothing
    cuts = np.linspace(0, len(names), min(BLOCKS, len(names)) + 1).astype(int)
    blocks = [names[first:last] for first, last in pairwise(cuts)]
    parts = [(part(block, a.words), part(block, b.words)) for block in blocks]
    whole_a, whole_b = (_sum([p[i] for p in parts]) for i in (0, 1))
    left, right, where = [], [], []
    room = MOST_CANDIDATES
    for block, (in_a, in_b) in zip(blocks, parts, strict=True):
        rest = whole_a - in_a
        order = np.argsort(rest, kind="stable")
        i, j = _join(rest[order], whole_b - in_b, np.ones(len(whole_b), dtype=bool), room)
        room -= len(i)
        i = order[i]
        unlike = np.array([a.words[name][i] != b.words[name][j] for name in block]).reshape(len(block), len(i))
        one = unlike.sum(axis=0) == 1
        left.append(i[one])
        right.append(j[one])
        where.append(names.index(block[0]) + unlike[:, one].argmax(axis=0))
    i, j = np.concatenate(left), np.concatenate(right)
    return Pairs(i, j, np.zeros(len(i))), np.concatenate(where).astype(np.int64)


def _sum(parts: Sequence[Hashes]) -> Hashes:
    total = np.zeros(len(parts[0]), np.uint64)
    for one in parts:
        total = total + one
    return total
