"""Rows held in memory or mapped from a file, handed out chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.loaders.columns import Line, MatrixColumn, Rows, row_count
from dataaudit.model import Chunk, Codes, Floats, Location, Name, Schema

Locate = Callable[[Sequence[int]], list[Location]]

# 32 MB of float64. Columns are visited one by one, so it is one column of a chunk that should stay in a core's cache;
# with shorter ones two threads spend their time handing the interpreter to each other (1.2 times slower at a quarter)
_BLOCK_VALUES = 2**22
_LEAST_ROWS, _MOST_ROWS = 1024, 131072
_PICTURE_BYTES = 2**23


def rows_per_chunk(n_numbers: int, row_bytes: int = 0) -> int:
    """Return how many rows a chunk holds, so that its block of numbers is at most about 32 MB.

    Parameters
    ----------
    n_numbers : int
        Numeric columns.
    row_bytes : int
        Bytes of one picture beside them.

    Examples
    --------
    >>> rows_per_chunk(41)
    102300
    """
    rows = min(max(_BLOCK_VALUES // max(1, n_numbers), _LEAST_ROWS), _MOST_ROWS)
    if row_bytes:
        rows = min(rows, max(16, _PICTURE_BYTES // row_bytes))
    return rows


class TableSource:
    """The rows of one split, from lines that are read slice by slice.

    Parameters
    ----------
    split : str
        Name of the split.
    schema : Schema
        Columns in order; each has its line.
    lines : mapping of Name to Line
        One a column.
    n_rows : int
        Rows of the split.
    positions : ndarray of int64, shape (n_rows,), optional
        Ascending positions of the split's rows in the lines, where these hold several splits.
    pixels : ndarray, shape (n_rows_of_lines, height, width, channels), optional
        Pictures of an image array.
    locate : callable, optional
        Finds the file and line of rows of the lines.
    held : (inputs, target), optional
        The rows of the lines as the user holds them: a frame or an array, and the target where it came apart.
    """

    def __init__(
        self,
        split: str,
        schema: Schema,
        lines: Mapping[Name, Line],
        n_rows: int,
        *,
        positions: NDArray[np.int64] | None = None,
        pixels: NDArray[Any] | None = None,
        locate: Locate | None = None,
        held: tuple[Any, Any] | None = None,
    ) -> None:
        self.split = split
        self.schema = schema
        self._lines = lines
        self._n_rows = n_rows
        self._positions = positions
        self._pixels = pixels
        self._locate = locate
        self._held = held

    @property
    def n_rows(self) -> int | None:
        """Number of rows."""
        return self._n_rows

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows in order; numbers and codes are built when first asked for."""
        row_bytes = 0 if self._pixels is None else int(np.prod(self._pixels.shape[1:])) * self._pixels.itemsize
        step = rows_per_chunk(len(self.schema.numbers), row_bytes)
        numbers = [self._lines[c.name] for c in self.schema.numbers]
        coded = {c.name: self._lines[c.name] for c in self.schema.coded}
        for start in range(0, self._n_rows, step):
            stop = min(start + step, self._n_rows)
            rows: Rows = slice(start, stop) if self._positions is None else self._positions[start:stop]
            yield Chunk(
                self.split,
                start,
                stop - start,
                partial(numbers_of, numbers, rows),
                partial(codes_of_lines, coded, rows),
                pixels=None if self._pixels is None else self._pixels[rows],
            )

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return file and line of some rows; empty where the data is no text file."""
        if self._locate is None:
            return []
        if self._positions is not None:
            rows = [int(i) for i in self._positions[np.asarray(rows, dtype=np.int64)]]
        return self._locate(rows)

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return None: rows are no files."""
        return None

    def held(self) -> tuple[Any, Any] | None:
        """Return inputs and target as the user holds them; None where the rows come from a file."""
        if self._held is None or self._positions is None:
            return self._held
        inputs, values = self._held
        return _at(inputs, self._positions), None if values is None else _at(values, self._positions)

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows by position, in the order asked for."""
        wanted, back = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        places = wanted if self._positions is None else self._positions[wanted]
        numbers = numbers_of([self._lines[c.name] for c in self.schema.numbers], places)
        codes = codes_of_lines({c.name: self._lines[c.name] for c in self.schema.coded}, places)
        return Chunk(
            self.split,
            0,
            len(back),
            numbers[:, back],
            {name: Codes(column.indices[back], column.values) for name, column in codes.items()},
            pixels=None if self._pixels is None else self._pixels[places][back],
        )


def _at(rows: Any, positions: NDArray[np.int64]) -> Any:
    """Return some rows of a pandas object, an array or a list."""
    if hasattr(rows, "iloc"):
        return rows.iloc[positions]
    return np.asarray(rows)[positions]


def numbers_of(lines: Sequence[Line], rows: Rows) -> Floats:
    """Return some rows of numeric lines as one contiguous block, shape (n_columns, n_rows).

    Neighbouring columns of one matrix are copied together.
    """
    block = np.empty((len(lines), row_count(rows)), dtype=np.float64)
    j = 0
    while j < len(lines):
        line = lines[j]
        stop = _run_end(lines, j) if isinstance(line, MatrixColumn) and line.mask is None else j + 1
        if stop - j > 1 and isinstance(line, MatrixColumn):
            with np.errstate(over="ignore"):
                block[j:stop] = line.matrix[rows, line.j : line.j + stop - j].T
        else:
            line.fill(rows, block[j])
            stop = j + 1
        j = stop
    return block


def _run_end(lines: Sequence[Line], first: int) -> int:
    """Return the position after the last line that continues the matrix columns starting at `first`."""
    start = lines[first]
    stop = first + 1
    while (
        stop < len(lines)
        and isinstance(start, MatrixColumn)
        and isinstance(line := lines[stop], MatrixColumn)
        and line.matrix is start.matrix
        and line.mask is None
        and line.j == start.j + stop - first
    ):
        stop += 1
    return stop


def codes_of_lines(lines: Mapping[Name, Line], rows: Rows) -> dict[Name, Codes]:
    """Return some rows of text and category lines as codes."""
    return {name: line.codes(rows) for name, line in lines.items()}
