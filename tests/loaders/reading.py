"""Reading a source back, cell by cell, so that tests compare it with what went in."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any

import numpy as np

from dataaudit.model import Dataset, Name, Source

Cell = Hashable | None


def cells(source: Source) -> dict[Name, list[Cell]]:
    """Return every column of a source as a list: floats, text, and None where missing.

    Checks on the way what every chunk promises: order, shapes, types, codes within their values, each value used.
    """
    columns: dict[Name, list[Cell]] = {c.name: [] for c in source.schema.columns}
    at = 0
    for chunk in source.chunks():
        assert chunk.split == source.split
        assert chunk.start == at
        assert chunk.n_rows > 0
        at = chunk.stop
        block = chunk.numbers
        assert block.dtype == np.float64
        assert block.flags.c_contiguous
        assert block.shape == (len(source.schema.numbers), chunk.n_rows)
        assert set(chunk.codes) == {c.name for c in source.schema.coded}
        for column, line in zip(source.schema.numbers, block, strict=True):
            columns[column.name] += [None if math.isnan(v) else v for v in line.tolist()]
        for name, codes in chunk.codes.items():
            assert codes.indices.dtype == np.int32
            assert len(codes.indices) == chunk.n_rows
            assert len(set(codes.values)) == len(codes.values)
            assert set(codes.indices.tolist()) - {-1} == set(range(len(codes.values)))
            columns[name] += [None if k < 0 else codes.values[k] for k in codes.indices.tolist()]
    assert at == source.n_rows
    _same_when_fetched(source, columns, at)
    return columns


def _same_when_fetched(source: Source, columns: dict[Name, list[Cell]], n_rows: int) -> None:
    """Check that single rows, read again out of order and one of them twice, are those that the chunks held."""
    rows = [n_rows - 1, 0, n_rows // 2, 0][: max(n_rows, 0) * 4]
    chunk = source.fetch(rows)
    assert (chunk.split, chunk.n_rows) == (source.split, len(rows))
    for column, line in zip(source.schema.numbers, chunk.numbers, strict=True):
        assert [None if math.isnan(v) else v for v in line.tolist()] == [columns[column.name][i] for i in rows]
    for name, codes in chunk.codes.items():
        assert [None if k < 0 else codes.values[k] for k in codes.indices.tolist()] == [columns[name][i] for i in rows]


def only(dataset: Dataset) -> dict[Name, list[Cell]]:
    """Return the cells of a data set of one split."""
    (source,) = dataset.sources.values()
    return cells(source)


def plain(values: Any) -> list[float | None]:
    """Return numbers as floats, None where missing: what `cells` gives for a numeric column."""
    return [None if v is None or v != v else float(v) for v in values]
