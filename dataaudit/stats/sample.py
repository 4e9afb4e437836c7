"""A bounded sample of rows, the same however the rows were cut into chunks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Chunk, Floats, Ints, Name, Schema
from dataaudit.stats.hashing import Hashes, hash_rows
from dataaudit.stats.state import saved


@saved
@dataclass(frozen=True)
class Sample:
    """Ask for the rows whose places have the smallest hashes.

    Parameters
    ----------
    size : int
        Most rows; fewer where a row is so wide that the sample would pass 32 million numbers.
    seed : int
        Changes which rows.
    """

    rowless: ClassVar[bool] = False
    size: int = 20_000
    seed: int = 0

    def start(self, schema: Schema) -> SampleState:
        cap = max(256, min(self.size, (1 << 25) // max(1, len(schema.columns))))
        codes = {c.name: np.zeros(0, dtype=object) for c in schema.coded}
        nothing = (np.zeros(0, np.uint64), np.zeros(0, np.int64), np.zeros((len(schema.numbers), 0)), codes)
        return SampleState(cap, self.seed, nothing, [])


_Rows = tuple[Hashes, Ints, Floats, dict[Name, NDArray[Any]]]


@dataclass
class SampleState:
    """Sampled rows in the order of their hashes: a uniform sample without replacement.

    Attributes
    ----------
    cap : int
        Most rows kept.
    seed : int
        Of the hashes.
    kept : tuple
        Hashes, positions, numbers and texts of the rows kept so far, in the order of their hashes.
    waiting : list of tuple
        The same of rows that came since and are not ordered in yet: ordering is put off until they are as many as
        the sample, so that its cost does not grow with the number of chunks.
    """

    cap: int
    seed: int
    kept: _Rows
    waiting: list[_Rows]

    ceiling = np.uint64(0xFFFFFFFFFFFFFFFF)
    """Hash from which on nothing is kept: where an earlier sample, to be merged, would drop it anyway."""

    @property
    def hashes(self) -> Hashes:
        """Hashes of the rows, ascending, shape (k,)."""
        return self._settled()[0]

    @property
    def rows(self) -> Ints:
        """Positions within the split, shape (k,)."""
        return self._settled()[1]

    @property
    def numbers(self) -> Floats:
        """Numeric columns, NaN where missing, shape (d, k)."""
        return self._settled()[2]

    @property
    def codes(self) -> dict[Name, NDArray[Any]]:
        """Text columns, None where missing, shape (k,) each."""
        return self._settled()[3]

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows:
            return
        hashes = hash_rows(chunk.split, chunk.start, chunk.n_rows, self.seed)
        full = len(self.kept[0]) >= self.cap
        limit = min(self.ceiling, self.kept[0][-1]) if full else self.ceiling
        at = np.flatnonzero(hashes < limit)
        if len(at) > self.cap:
            at = at[np.argpartition(hashes[at], self.cap - 1)[: self.cap]]
        if not len(at):
            return
        codes = {name: column.cells(at) for name, column in chunk.codes.items()}
        numbers = chunk.numbers[:, at] if len(self.kept[2]) else np.zeros((0, len(at)))
        self.waiting.append((hashes[at], chunk.start + at.astype(np.int64), numbers, codes))
        if sum(len(part[0]) for part in self.waiting) >= self.cap:
            self._settled()

    def _settled(self) -> _Rows:
        if self.waiting:
            self.kept = _smallest([self.kept, *self.waiting], self.cap)
            self.waiting = []
        return self.kept

    def prune(self, by: Self) -> None:
        """Keep nothing that the merge with an earlier state would drop."""
        if len(by.kept[0]) >= by.cap:
            self.ceiling = by.kept[0][-1]

    def merge(self, other: Self) -> Self:
        parts = [self.kept, *self.waiting, other.kept, *other.waiting]
        return type(self)(self.cap, self.seed, _smallest(parts, self.cap), [])


def _smallest(parts: list[_Rows], cap: int) -> _Rows:
    """Return the rows of the smallest hashes, in their order."""
    hashes = np.concatenate([part[0] for part in parts])
    keep = np.argsort(hashes, kind="stable")[:cap]
    rows = np.concatenate([part[1] for part in parts])[keep]
    numbers = np.concatenate([part[2] for part in parts], axis=1)[:, keep]
    codes = {name: np.concatenate([part[3][name] for part in parts])[keep] for name in parts[0][3]}
    return hashes[keep], rows, numbers, codes
