"""Steps between neighbouring rows: how often each numeric column rises and falls along the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.state import groups, saved


@saved
@dataclass(frozen=True)
class Trends:
    """Ask how often each numeric column rises, falls and stays from one row to the next."""

    rowless: ClassVar[bool] = True

    def start(self, schema: Schema) -> TrendsState:
        d = len(schema.numbers)
        up, down, pairs = np.zeros((3, d), np.int64)
        return TrendsState([c.name for c in schema.numbers], up, down, pairs, [], np.zeros((0, 2, d)))


@saved
@dataclass
class TrendsState:
    """Steps of each column, and the rows at which the ranges seen so far begin and end.

    Attributes
    ----------
    numbers : list of Name
        Columns of `Chunk.numbers`, in order.
    up, down, pairs : ndarray of int64, shape (d,)
        Neighbouring rows whose value rises, or falls; and those where both have a value. The rest of the pairs tie.
    ranges : list of tuple of int
        Row ranges seen, ascending: start and stop; one when all rows between the first and the last were seen.
    ends : ndarray of float64, shape (len(ranges), 2, d)
        First and last row of each range.
    """

    numbers: list[Name]
    up: Ints
    down: Ints
    pairs: Ints
    ranges: list[tuple[int, int]]
    ends: Floats

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows or not self.numbers:
            return
        numbers, n = chunk.numbers, chunk.n_rows
        finite = chunk.all_finite
        for part in groups(*numbers.shape):
            block = numbers[part]
            before, after = block[:, :-1], block[:, 1:]
            with np.errstate(invalid="ignore"):
                self.up[part] += np.count_nonzero(after > before, axis=1)
                self.down[part] += np.count_nonzero(after < before, axis=1)
            self.pairs[part] += n - 1
        for j in np.flatnonzero(~finite):
            gap = np.isnan(numbers[j])
            self.pairs[j] -= int(np.count_nonzero(gap[1:] | gap[:-1]))
        ends = np.stack([numbers[:, 0], numbers[:, -1]])[None]
        self._join([(chunk.start, chunk.stop)], ends)

    def _join(self, ranges: list[tuple[int, int]], ends: Floats) -> None:
        """Take in more ranges, and count the step wherever one begins where another ends."""
        every, rows = [*self.ranges, *ranges], np.concatenate([self.ends, ends])
        joined: list[tuple[int, int]] = []
        kept: list[Floats] = []
        for i in sorted(range(len(every)), key=lambda i: every[i]):
            start, stop = every[i]
            if joined and joined[-1][1] == start:
                self._touch(kept[-1][1], rows[i, 0])
                joined[-1] = (joined[-1][0], stop)
                kept[-1] = np.stack([kept[-1][0], rows[i, 1]])
            else:
                joined.append((start, stop))
                kept.append(rows[i])
        self.ranges, self.ends = joined, np.stack(kept) if kept else self.ends[:0]

    def _touch(self, before: Floats, after: Floats) -> None:
        with np.errstate(invalid="ignore"):
            self.up += after > before
            self.down += after < before
        self.pairs += ~(np.isnan(before) | np.isnan(after))

    def merge(self, other: Self) -> Self:
        joined = type(self)(
            self.numbers,
            self.up + other.up,
            self.down + other.down,
            self.pairs + other.pairs,
            list(self.ranges),
            self.ends,
        )
        joined._join(list(other.ranges), other.ends)
        return joined
