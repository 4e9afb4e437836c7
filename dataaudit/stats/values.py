"""Distinct values of every column, with their counts: exact while few, an honest sketch when many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.hashing import Hashes, hash_floats, hash_texts
from dataaudit.stats.state import saved

_TOP = np.uint64(0xFFFFFFFFFFFFFFFF)

_ALIKE = 0.5
"""Spread of the counts of values, as a share of their mean, below which these tell the number of values better than the
hashes do."""

_ERRORS = 3.0
"""Standard errors by which the two may differ."""


@saved
@dataclass(frozen=True)
class Values:
    """Ask for the distinct values of each column.

    Parameters
    ----------
    cap : int
        Distinct values kept a column; fewer (at least 64) in tables of many columns.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1024

    def start(self, schema: Schema) -> ValuesState:
        cap = max(64, min(self.cap, (1 << 22) // max(1, len(schema.columns))))
        return ValuesState(
            [c.name for c in schema.numbers], {c.name: Distinct.empty(cap, c.storage.is_number) for c in schema.columns}
        )


@saved
@dataclass
class Distinct:
    """The distinct values of one column whose hashes are the smallest, each with its exact count.

    A value that is among the `cap` smallest hashes at the end has been among them since it first came, so its
    count is exact, whatever the order of rows; while nothing was dropped, all distinct values are here.
    When values were dropped, those left are a uniform sample of the distinct values
    (Bar-Yossef et al. 2002, Counting distinct elements in a data stream).

    Attributes
    ----------
    hashes : ndarray of uint64, shape (k,)
        Ascending.
    values : ndarray of float64 shape (k,), or list of str
        In the order of `hashes`.
    counts : ndarray of int64, shape (k,)
        Rows that hold the value.
    n : int
        Rows seen with any value at all.
    dropped : bool
        Whether there are more distinct values than `cap`.
    """

    cap: int
    hashes: Hashes
    values: Any
    counts: Ints
    n: int
    dropped: bool

    @classmethod
    def empty(cls, cap: int, is_number: bool) -> Self:
        """Return the sketch of no rows."""
        values: Any = np.zeros(0) if is_number else []
        return cls(cap, np.zeros(0, np.uint64), values, np.zeros(0, np.int64), 0, False)

    ceiling = _TOP
    """Hash above which nothing is kept: where an earlier sketch, to be merged, would drop it anyway."""

    @property
    def exact(self) -> bool:
        """Whether all distinct values are here."""
        return not self.dropped

    @property
    def limit(self) -> np.uint64:
        """Hash above which a value cannot enter any more."""
        full = len(self.hashes) >= self.cap
        return min(self.ceiling, np.uint64(self.hashes[-1])) if full else self.ceiling

    @property
    def n_distinct(self) -> int:
        """Number of distinct values; where some were dropped, an estimate with an error of 1/sqrt(cap) or less.

        The hashes tell it to within that error (Bar-Yossef et al. 2002, Counting distinct elements in a data stream).
        Where the kept values are about equally frequent, the rows of each tell it better, so that of a column without
        repeats all rows count; not where the two contradict each other, as some values then are very frequent.
        """
        if not self.dropped:
            return len(self.hashes)
        by_hash = (self.cap - 1) / (float(self.hashes[-1]) / 2.0**64)
        rows = int(self.counts.sum())
        single = rows == self.cap  # each stands once, which is told faster than a spread
        if rows and len(self.counts) == self.cap and (single or float(self.counts.std()) * self.cap < _ALIKE * rows):
            by_rows = self.n * self.cap / rows
            if abs(by_rows - by_hash) * math.sqrt(self.cap) < _ERRORS * by_rows:
                return min(self.n, round(by_rows))
        return min(self.n, round(by_hash))

    def add(self, hashes: Hashes, values: Any, counts: Ints, n: int, dropped: bool) -> Self:
        """Return this sketch with more values (distinct among themselves), n rows in all."""
        joined = np.concatenate([self.hashes, hashes])
        order = np.argsort(joined, kind="stable")
        joined = joined[order]
        first = np.ones(len(joined), dtype=bool)
        first[1:] = joined[1:] != joined[:-1]
        starts = np.flatnonzero(first)
        totals = np.add.reduceat(np.concatenate([self.counts, counts])[order], starts) if len(starts) else counts[:0]
        keep = order[starts][: self.cap]
        if isinstance(self.values, list):
            pool = [*self.values, *values]
            kept: Any = [pool[i] for i in keep]
        else:
            kept = np.concatenate([self.values, values])[keep]
        dropped = dropped or self.dropped or len(starts) > self.cap
        return type(self)(self.cap, joined[starts][: self.cap], kept, totals[: self.cap], self.n + n, dropped)

    def below(self, ceiling: np.uint64) -> Self:
        """Return this sketch with a ceiling."""
        copy = type(self)(self.cap, self.hashes, self.values, self.counts, self.n, self.dropped)
        copy.ceiling = ceiling
        return copy

    def top(self, most: int = 10) -> list[tuple[Any, int]]:
        """Return the most frequent values that are here, most frequent first; ties in ascending order."""
        pairs = sorted(zip(list(self.values), self.counts.tolist(), strict=True), key=lambda p: (-p[1], str(p[0])))
        return [(float(v) if isinstance(v, np.floating) else v, c) for v, c in pairs[:most]]


@saved
@dataclass
class ValuesState:
    """A sketch a column, by name."""

    numbers: list[Name]
    columns: dict[Name, Distinct]

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows:
            return
        for j, name in enumerate(self.numbers):
            line = chunk.numbers[j]
            if not chunk.all_finite[j]:
                line = line[np.isfinite(line)]
            sketch = self.columns[name]
            self.columns[name] = _add_floats(sketch, line).below(sketch.ceiling)
        for name, codes in chunk.codes.items():
            sketch = self.columns[name]
            self.columns[name] = _add_texts(sketch, codes.values, codes.counts).below(sketch.ceiling)

    def prune(self, by: Self) -> None:
        """Keep nothing that the merge with an earlier state would drop."""
        self.columns = {name: sketch.below(by.columns[name].limit) for name, sketch in self.columns.items()}

    def merge(self, other: Self) -> Self:
        joined = {}
        for name, mine in self.columns.items():
            theirs = other.columns[name]
            joined[name] = mine.add(theirs.hashes, theirs.values, theirs.counts, theirs.n, theirs.dropped)
        return type(self)(self.numbers, joined)


def _add_floats(sketch: Distinct, line: Floats) -> Distinct:
    n = len(line)
    if n == 0:
        return sketch
    limit = sketch.limit
    dropped = False
    if limit == _TOP and not len(sketch.hashes) and n > 8 * sketch.cap:
        limit = _first_limit(line, sketch.cap)
    if limit < _TOP:  # full: most values of a continuous column cannot enter, which their hash alone tells
        near = hash_floats(line) <= limit
        kept = np.flatnonzero(near)
        dropped = len(kept) < n
        line = line[kept]
    values, counts = _distinct(line)
    return sketch.add(hash_floats(values), values, counts, n, dropped)


def _first_limit(line: Floats, cap: int) -> np.uint64:
    """Return a hash below which many values hold more than `cap` distinct ones, so that none above can stay."""
    hashes = hash_floats(line)
    limit = np.uint64(np.partition(hashes, 4 * cap)[4 * cap])
    return limit if len(np.unique(hashes[hashes <= limit])) > cap else _TOP


def _distinct(line: Floats) -> tuple[Floats, Ints]:
    """Return the distinct values of finite numbers in ascending order, and their counts."""
    if len(line) > 256:
        low, high = float(line.min()), float(line.max())
        if high - low <= len(line) and bool((np.trunc(line) == line).all()):  # few whole numbers: no sorting
            table = np.bincount((line - low).astype(np.int64))
            seen = np.flatnonzero(table)
            return seen.astype(np.float64) + low, table[seen].astype(np.int64)
    line = np.sort(line + 0.0)
    first = np.ones(len(line), dtype=bool)
    first[1:] = line[1:] != line[:-1]
    starts = np.flatnonzero(first)
    return line[starts], np.diff(starts, append=len(line)).astype(np.int64)


def _add_texts(sketch: Distinct, values: Sequence[Any], counts: Ints) -> Distinct:
    used = np.flatnonzero(counts)
    if not len(used):
        return sketch
    texts = [str(values[int(i)]) for i in used]
    hashes = hash_texts(texts)
    order = np.argsort(hashes, kind="stable")
    order = order[hashes[order] <= sketch.limit]
    dropped = len(order) < len(used)
    order = order[: sketch.cap + 1]
    return sketch.add(hashes[order], [texts[i] for i in order], counts[used][order], int(counts.sum()), dropped)
