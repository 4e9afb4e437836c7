"""Missing and infinite values: how many in each column, and in which rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Bools, Chunk, Ints, Name, Schema
from dataaudit.stats.state import saved


@saved
@dataclass(frozen=True)
class Gaps:
    """Ask for the missing (NaN, None, empty) and infinite cells of each column.

    Parameters
    ----------
    cap : int
        Row positions kept a column and kind, the first ones; fewer in tables of many columns.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1000

    def start(self, schema: Schema) -> GapsState:
        cap = max(20, min(self.cap, (1 << 20) // max(1, len(schema.columns))))
        empty = {c.name: np.zeros(0, np.int64) for c in schema.columns}
        zeros = dict.fromkeys(empty, 0)
        return GapsState(
            cap, 0, [c.name for c in schema.numbers], dict(zeros), dict(zeros), dict(empty), dict(empty), 0, 0
        )


@saved
@dataclass
class GapsState:
    """Counts by column, complete; row positions by column, the first `cap` of each.

    Attributes
    ----------
    n_rows : int
        Rows seen.
    numbers : list of Name
        Columns of `Chunk.numbers`, in order.
    missing, infinite : dict of Name to int
        Cells a column.
    missing_rows, infinite_rows : dict of Name to ndarray of int64
        Positions within the split, ascending.
    rows_with_missing, rows_with_infinite : int
        Rows with at least one such cell.
    """

    cap: int
    n_rows: int
    numbers: list[Name]
    missing: dict[Name, int]
    infinite: dict[Name, int]
    missing_rows: dict[Name, Ints]
    infinite_rows: dict[Name, Ints]
    rows_with_missing: int
    rows_with_infinite: int

    def observe(self, chunk: Chunk) -> None:
        self.n_rows += chunk.n_rows
        gap = np.zeros(chunk.n_rows, dtype=bool)
        wild = np.zeros(chunk.n_rows, dtype=bool)
        if self.numbers and chunk.n_rows:
            for j in np.flatnonzero(~chunk.all_finite):
                line, name = chunk.numbers[j], self.numbers[j]
                nan = np.isnan(line)
                gap |= nan
                self._note(self.missing, self.missing_rows, name, nan, chunk.start)
                inf = np.isinf(line)
                wild |= inf
                self._note(self.infinite, self.infinite_rows, name, inf, chunk.start)
        for name, codes in chunk.codes.items():
            none = codes.indices < 0
            gap |= none
            self._note(self.missing, self.missing_rows, name, none, chunk.start)
        self.rows_with_missing += int(np.count_nonzero(gap))
        self.rows_with_infinite += int(np.count_nonzero(wild))

    def _note(self, counts: dict[Name, int], rows: dict[Name, Ints], name: Name, hit: Bools, start: int) -> None:
        n = int(np.count_nonzero(hit))
        if n:
            counts[name] += n
            rows[name] = np.sort(np.concatenate([rows[name], np.flatnonzero(hit) + start]))[: self.cap]

    def merge(self, other: Self) -> Self:
        def add(a: dict[Name, int], b: dict[Name, int]) -> dict[Name, int]:
            return {name: a[name] + b[name] for name in a}

        def join(a: dict[Name, Ints], b: dict[Name, Ints]) -> dict[Name, Ints]:
            return {name: np.sort(np.concatenate([a[name], b[name]]))[: self.cap] for name in a}

        return type(self)(
            self.cap,
            self.n_rows + other.n_rows,
            self.numbers,
            add(self.missing, other.missing),
            add(self.infinite, other.infinite),
            join(self.missing_rows, other.missing_rows),
            join(self.infinite_rows, other.infinite_rows),
            self.rows_with_missing + other.rows_with_missing,
            self.rows_with_infinite + other.rows_with_infinite,
        )
