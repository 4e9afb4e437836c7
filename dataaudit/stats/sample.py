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
        none = np.zeros(0, np.int64)
        return SampleState(cap, self.seed, np.zeros(0, np.uint64), none, np.zeros((len(schema.numbers), 0)), codes)


@dataclass
class SampleState:
    """Sampled rows in the order of their hashes: a uniform sample without replacement.

    Attributes
    ----------
    rows : ndarray of int64, shape (k,)
        Positions within the split.
    numbers : ndarray of float64, shape (d, k)
        Numeric columns, NaN where missing.
    codes : dict of Name to ndarray of object, shape (k,)
        Text columns, None where missing.
    """

    cap: int
    seed: int
    hashes: Hashes
    rows: Ints
    numbers: Floats
    codes: dict[Name, NDArray[Any]]

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows:
            return
        hashes = hash_rows(chunk.split, chunk.start, chunk.n_rows, self.seed)
        at = np.flatnonzero(hashes < self.hashes[-1]) if len(self.hashes) >= self.cap else np.arange(chunk.n_rows)
        if len(at) > self.cap:
            at = at[np.argpartition(hashes[at], self.cap - 1)[: self.cap]]
        if not len(at):
            return
        codes = {}
        for name, column in chunk.codes.items():
            pool = np.array([*column.values, None], dtype=object)
            codes[name] = pool[column.indices[at]]
        numbers = chunk.numbers[:, at] if len(self.numbers) else np.zeros((0, len(at)))
        self._take(hashes[at], chunk.start + at.astype(np.int64), numbers, codes)

    def _take(self, hashes: Hashes, rows: Ints, numbers: Floats, codes: dict[Name, NDArray[Any]]) -> None:
        joined = np.concatenate([self.hashes, hashes])
        keep = np.argsort(joined, kind="stable")[: self.cap]
        self.hashes = joined[keep]
        self.rows = np.concatenate([self.rows, rows])[keep]
        self.numbers = np.concatenate([self.numbers, numbers], axis=1)[:, keep]
        self.codes = {name: np.concatenate([self.codes[name], codes[name]])[keep] for name in self.codes}

    def merge(self, other: Self) -> Self:
        joined = type(self)(self.cap, self.seed, self.hashes, self.rows, self.numbers, self.codes)
        joined._take(other.hashes, other.rows, other.numbers, other.codes)
        return joined
