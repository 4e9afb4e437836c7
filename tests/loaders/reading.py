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
    return columns


def only(dataset: Dataset) -> dict[Name, list[Cell]]:
    """Return the cells of a data set of one split."""
    (source,) = dataset.sources.values()
    return cells(source)


def plain(values: Any) -> list[float | None]:
    """Return numbers as floats, None where missing: what `cells` gives for a numeric column."""
    return [None if v is None or v != v else float(v) for v in values]
