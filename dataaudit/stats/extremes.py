"""The smallest and the largest values of every numeric column, with the rows that hold them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.state import saved


@saved
@dataclass(frozen=True)
class Extremes:
    """Ask for the smallest and the largest finite values of each numeric column.

    Parameters
    ----------
    cap : int
        Values kept at each end of a column; fewer (at least 32) in tables of many columns.
    """

    rowless: ClassVar[bool] = False
    cap: int = 1000

    def start(self, schema: Schema) -> ExtremesState:
        cap = min(self.cap, max(32, (1 << 19) // max(1, len(schema.numbers))))
        names = [c.name for c in schema.numbers]
        return ExtremesState(cap, names, End.empty(cap, len(names)), End.empty(cap, len(names)), 0)


@saved
@dataclass
class End:
    """The smallest values of each column, in order of value, equal ones in order of rows.

    Attributes
    ----------
    cap : int
        Values kept a column.
    values : list of ndarray of float64
        Ascending; one array a column.
    rows : list of ndarray of int64
        Positions within the split.
    """

    cap: int
    values: list[Floats]
    rows: list[Ints]

    ceilings: ClassVar[Floats | None] = None
    """Values from which on nothing is kept, shape (n_columns,): where an earlier state would drop it anyway."""

    @classmethod
    def empty(cls, cap: int, n_columns: int) -> Self:
        """Return the end of no rows."""
        none, nowhere = np.zeros(0), np.zeros(0, np.int64)
        return cls(cap, [none] * n_columns, [nowhere] * n_columns)

    def limits(self) -> Floats:
        """Return the values that a new one must stay below to enter, shape (n_columns,)."""
        full = np.array([v[-1] if len(v) >= self.cap else np.inf for v in self.values], dtype=np.float64)
        return full if self.ceilings is None else np.minimum(full, self.ceilings)

    def add(self, j: int, values: Floats, rows: Ints) -> None:
        """Take in more values of a column; equal ones in order of rows."""
        if len(values) > self.cap:
            bound = np.partition(values, self.cap - 1)[self.cap - 1]
            near = values <= bound
            values, rows = values[near], rows[near]
        joined = np.concatenate([self.values[j], values])
        places = np.concatenate([self.rows[j], rows])
        if not len(self.rows[j]) or not len(rows) or self.rows[j].max() < rows.min():
            keep = np.argsort(joined, kind="stable")[: self.cap]  # rows come in order: quick, since all but sorted
        else:
            keep = np.lexsort((places, joined))[: self.cap]
        self.values[j], self.rows[j] = joined[keep], places[keep]

    def copy(self) -> Self:
        """Return an end that can take in more without a change to this one."""
        return type(self)(self.cap, list(self.values), list(self.rows))


@saved
@dataclass
class ExtremesState:
    """Both ends of each column.

    Attributes
    ----------
    numbers : list of Name
        Columns of `Chunk.numbers`, in order.
    low : End
        The smallest values.
    high : End
        The largest values, negated.
    stop : int
        Position after the last row that was seen.
    """

    cap: int
    numbers: list[Name]
    low: End
    high: End
    stop: int

    @cached_property
    def _index(self) -> dict[Name, int]:
        return {name: j for j, name in enumerate(self.numbers)}

    def smallest(self, name: Name) -> tuple[Floats, Ints]:
        """Return the smallest values of a column, ascending, and their rows."""
        j = self._index[name]
        return self.low.values[j], self.low.rows[j]

    def largest(self, name: Name) -> tuple[Floats, Ints]:
        """Return the largest values of a column, descending, and their rows."""
        j = self._index[name]
        return -self.high.values[j], self.high.rows[j]

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows or not self.numbers:
            return
        later = chunk.start >= self.stop
        self.stop = max(self.stop, chunk.stop)
        numbers, finite = chunk.numbers, chunk.all_finite
        with np.errstate(invalid="ignore"):
            edges = numbers.min(axis=1), -numbers.max(axis=1)
        for end, edge, sign in ((self.low, edges[0], 1.0), (self.high, edges[1], -1.0)):
            limits = end.limits()
            # rows that come later lose against equal values, so columns of few values cost nothing
            near = edge < limits if later else edge <= limits
            for j in np.flatnonzero(near | ~finite).tolist():
                line = numbers[j] if sign > 0 else -numbers[j]
                hit = line < limits[j] if later else line <= limits[j]
                if not finite[j]:
                    hit &= np.isfinite(line)
                at = np.flatnonzero(hit)
                if len(at):
                    end.add(j, line[at] + 0.0, chunk.start + at.astype(np.int64))

    def prune(self, by: Self) -> None:
        """Keep nothing that the merge with an earlier state would drop."""
        self.low.ceilings, self.high.ceilings = by.low.limits(), by.high.limits()  # type: ignore[misc]

    def merge(self, other: Self) -> Self:
        low, high = self.low.copy(), self.high.copy()
        for mine, theirs in ((low, other.low), (high, other.high)):
            for j, (values, rows) in enumerate(zip(theirs.values, theirs.rows, strict=True)):
                if len(values):
                    mine.add(j, values, rows)
        return type(self)(self.cap, self.numbers, low, high, max(self.stop, other.stop))
