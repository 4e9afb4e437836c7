"""Labels of the rows in which a column is missing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Bools, Chunk, Codes, Name, Role, Schema
from dataaudit.stats.moments import MomentsState, block_moments
from dataaudit.stats.state import saved


@saved
@dataclass(frozen=True)
class MissingByLabel:
    """Ask which labels stand in the rows where a column is missing, if there is one target.

    Parameters
    ----------
    cap : int
        Most classes counted, fewer (at least 16) in tables of many columns; beyond it labels are quantities only.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1000

    def start(self, schema: Schema) -> MissingByLabelState:
        names = [c.name for c in schema.columns if c.role is not Role.TARGET]
        target = schema.targets[0] if len(schema.targets) == 1 else None
        cap = max(16, min(self.cap, (1 << 22) // max(1, len(names))))
        at = {name: schema.number_index.get(name, -1) for name in names}
        number = schema.number_index.get(target, -1) if target is not None else -1
        return MissingByLabelState(cap, target, number, at, {}, {}, False, MomentsState.zeros(len(names)))


@saved
@dataclass
class MissingByLabelState:
    """Class counts and, for a target that is a number, its moments, over the rows where a column is missing.

    Attributes
    ----------
    target : Name or None
        The one target; None where there is none or several, and then nothing is counted.
    number : int
        Position of the target in `Chunk.numbers`, -1 for text.
    columns : dict of Name to int
        Columns that are no target, with their position in `Chunk.numbers`, -1 for text.
    totals : dict of label to int
        Rows a class; empty once there are more than `cap` classes (`many`).
    counts : dict of Name to dict of label to int
        The same over the rows where the column is missing; columns without missing cells are left out.
    many : bool
        Whether there are too many classes to count.
    numbers : MomentsState
        Of the target over the rows where the column is missing, one entry for each of `columns`.
    """

    cap: int
    target: Name | None
    number: int
    columns: dict[Name, int]
    totals: dict[Hashable, int]
    counts: dict[Name, dict[Hashable, int]]
    many: bool
    numbers: MomentsState

    def observe(self, chunk: Chunk) -> None:
        if self.target is None or not chunk.n_rows:
            return
        codes = chunk.labels(self.target, self.number if self.number >= 0 else None)
        self.many = self.many or int(np.count_nonzero(codes.counts)) > self.cap
        self._add(self.totals, codes.counts.tolist(), codes)
        self._forget()
        numeric = [j for j in self.columns.values() if j >= 0]
        whole = set(np.flatnonzero(chunk.all_finite).tolist()) if numeric else set()
        for i, (name, j) in enumerate(self.columns.items()):
            if j in whole:
                continue
            gap = np.isnan(chunk.numbers[j]) if j >= 0 else chunk.codes[name].indices < 0
            if gap.any():
                self._column(i, name, gap, codes, chunk)

    def _column(self, i: int, name: Name, gap: Bools, codes: Codes, chunk: Chunk) -> None:
        if not self.many:
            at = codes.indices[gap]
            held = np.bincount(at[at >= 0], minlength=len(codes.values))
            self._add(self.counts.setdefault(name, {}), held.tolist(), codes)
        if self.number >= 0:
            line = chunk.numbers[self.number][gap]
            line = line[np.isfinite(line)]
            if line.size:
                self.numbers.add(slice(i, i + 1), block_moments(line[None, :]))

    def _add(self, into: dict[Hashable, int], held: list[int], codes: Codes) -> None:
        if not self.many:
            for i in np.flatnonzero(held).tolist():
                label = codes.values[i]
                into[label] = into.get(label, 0) + held[i]

    def _forget(self) -> None:
        if self.many or len(self.totals) > self.cap:
            self.many, self.totals, self.counts = True, {}, {}

    def merge(self, other: Self) -> Self:
        joined = type(self)(
            self.cap,
            self.target,
            self.number,
            self.columns,
            dict(self.totals),
            {name: dict(held) for name, held in self.counts.items()},
            self.many or other.many,
            self.numbers.merge(other.numbers),
        )
        for label, n in other.totals.items():
            joined.totals[label] = joined.totals.get(label, 0) + n
        for name, counts in other.counts.items():
            into = joined.counts.setdefault(name, {})
            for label, n in counts.items():
                into[label] = into.get(label, 0) + n
        joined._forget()
        return joined
