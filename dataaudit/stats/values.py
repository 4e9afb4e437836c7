"""Distinct values of every column, with their counts: exact while few, an honest sketch when many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.hashing import Hashes, hash_floats, hash_texts
from dataaudit.stats.state import saved

_TOP = np.uint64(0xFFFFFFFFFFFFFFFF)


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

    @property
    def exact(self) -> bool:
        """Whether all distinct values are here."""
        return not self.dropped

    @property
    def limit(self) -> np.uint64:
        """Hash above which a value cannot enter any more."""
        return np.uint64(self.hashes[-1]) if len(self.hashes) >= self.cap else _TOP

    @property
    def n_distinct(self) -> int:
        """Number of distinct values; an estimate with a standard error of 1/sqrt(cap) once values were dropped."""
        if not self.dropped:
            return len(self.hashes)
        return min(self.n, round((self.cap - 1) / (float(self.hashes[-1]) / 2.0**64)))

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
            self.columns[name] = _add_floats(self.columns[name], line)
        for name, codes in chunk.codes.items():
            self.columns[name] = _add_texts(self.columns[name], codes.values, codes.counts)

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
    if limit < _TOP:  # full: most values of a continuous column cannot enter, which their hash alone tells
        near = hash_floats(line) <= limit
        kept = np.flatnonzero(near)
        dropped = len(kept) < n
        line = line[kept]
    line = np.sort(line + 0.0)
    first = np.ones(len(line), dtype=bool)
    first[1:] = line[1:] != line[:-1]
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=len(line)).astype(np.int64)
    values = line[starts]
    return sketch.add(hash_floats(values), values, counts, n, dropped)


def _add_texts(sketch: Distinct, values: Sequence[Any], counts: Ints) -> Distinct:
    used = np.flatnonzero(counts)
    if not len(used):
        return sketch
    texts = [str(values[int(i)]) for i in used]
    hashes = hash_texts(texts)
    order = np.argsort(hashes, kind="stable")
    dropped = bool(sketch.limit < _TOP and hashes[order[-1]] > sketch.limit)
    order = order[: sketch.cap + 1]
    return sketch.add(hashes[order], [texts[i] for i in order], counts[used][order], int(counts.sum()), dropped)
