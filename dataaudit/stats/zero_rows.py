"""Rows whose numeric inputs are all zero, and pictures or channels of pictures that are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Chunk, Ints, Role, Schema, Storage
from dataaudit.stats.state import saved

_GLANCE = 64
"""Pixels of a picture that are looked at first: nearly every picture that is not black shows it there."""


@saved
@dataclass(frozen=True)
class ZeroRows:
    """Ask for rows in which every numeric input is zero, and for pictures of an array in which every pixel is.

    Parameters
    ----------
    cap : int
        Positions kept a kind, the first ones.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1000

    def start(self, schema: Schema) -> ZeroRowsState:
        wanted = (Storage.FLOAT, Storage.INTEGER)
        columns = [j for j, c in enumerate(schema.numbers) if c.role is Role.FEATURE and c.storage in wanted]
        none = np.zeros(0, np.int64)
        return ZeroRowsState(self.cap, columns, 0, 0, none, 0, none)


@saved
@dataclass
class ZeroRowsState:
    """Counts, complete; positions, the first `cap`.

    Attributes
    ----------
    columns : list of int
        Positions in `Chunk.numbers` of the columns that are looked at.
    n_rows : int
        Rows seen.
    n_zero : int
        Rows, or pictures, that are all zero.
    rows : ndarray of int64
        Their positions.
    n_dark : int
        Pictures that are not all zero, but have a channel that is.
    dark_rows : ndarray of int64
        Their positions.
    """

    cap: int
    columns: list[int]
    n_rows: int
    n_zero: int
    rows: Ints
    n_dark: int
    dark_rows: Ints

    def observe(self, chunk: Chunk) -> None:
        self.n_rows += chunk.n_rows
        if not chunk.n_rows:
            return
        if chunk.pixels is not None:
            zero, dark = _zero_pictures(chunk.pixels)
            self._note(zero, dark, chunk.start)
        elif self.columns:
            self._note(_zero_rows(chunk.numbers, self.columns), np.zeros(0, np.int64), chunk.start)

    def _note(self, zero: Ints, dark: Ints, start: int) -> None:
        self.n_zero += len(zero)
        self.n_dark += len(dark)
        self.rows = self._first(self.rows, zero + start)
        self.dark_rows = self._first(self.dark_rows, dark + start)

    def _first(self, rows: Ints, more: Ints) -> Ints:
        return np.sort(np.concatenate([rows, more]))[: self.cap] if len(more) else rows

    def merge(self, other: Self) -> Self:
        return type(self)(
            self.cap,
            self.columns,
            self.n_rows + other.n_rows,
            self.n_zero + other.n_zero,
            self._first(self.rows, other.rows),
            self.n_dark + other.n_dark,
            self._first(self.dark_rows, other.dark_rows),
        )


def _zero_rows(numbers: NDArray[np.float64], columns: list[int]) -> Ints:
    """Return the rows that are zero in all columns; each column is asked only about the rows that are left."""
    at = np.flatnonzero(numbers[columns[0]] == 0.0)
    for j in columns[1:]:
        if not len(at):
            break
        at = at[numbers[j][at] == 0.0]
    return at.astype(np.int64)


def _zero_pictures(x: NDArray[Any]) -> tuple[Ints, Ints]:
    """Return the pictures that are all zero, and the others that have a channel of zeros."""
    n, channels = len(x), x.shape[-1]
    step_y, step_x = (max(1, size // int(_GLANCE**0.5)) for size in x.shape[1:3])
    lit: Bools = (x[:, ::step_y, ::step_x] != 0).reshape(n, -1, channels).any(axis=1)
    for i in np.flatnonzero(~lit.all(axis=1)):
        lit[i] = (x[i] != 0).reshape(-1, channels).any(axis=0)
    bright = lit.any(axis=1)
    dark = bright & ~lit.all(axis=1)
    return np.flatnonzero(~bright).astype(np.int64), np.flatnonzero(dark).astype(np.int64)
