"""Rows of two splits read again: compared cell by cell, and shown side by side."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.analyzers.leakage.near_pictures import MOST_SHOWN, pairs_figure
from dataaudit.analyzers.leakage.shared_rows import Shared, is_pictures
from dataaudit.model import Bools, CannotTell, Chunk, Column, Name, Role, SplitView

VERIFIED = 1000
"""Shared rows that are read again, cell by cell."""

VERIFIED_PICTURES = 48
SHOWN_COLUMNS = 8


def verified(shared: Shared, columns: Iterable[Column]) -> tuple[Shared, int | None]:
    """Read the first shared rows of both splits again and leave out those that differ after all.

    Returns
    -------
    Shared, int or None
        What is left, and how many rows were compared; None where they cannot be read again.
    """
    most = VERIFIED_PICTURES if shared.left.schema.pictures else VERIFIED
    rows, of = shared.rows[:most].tolist(), shared.of[:most].tolist()
    try:
        here, there = shared.right.fetch(rows), shared.left.fetch(of)
    except CannotTell:
        return shared, None
    same = np.ones(len(shared.rows), dtype=bool)
    same[: len(rows)] = same_rows(there, here, list(columns), shared.left.schema.number_index)
    return shared.only(same), len(rows)


def same_rows(a: Chunk, b: Chunk, columns: Sequence[Column], index: Mapping[Name, int]) -> Bools:
    """Return which rows of two chunks hold the same inputs, shape (n,)."""
    same = np.ones(a.n_rows, dtype=bool)
    if a.pixels is not None and b.pixels is not None:
        for i in range(a.n_rows):
            same[i] = np.array_equal(a.pixels[i], b.pixels[i], equal_nan=a.pixels.dtype.kind == "f")
    elif a.pictures:
        return same  # compared as decoded when hashed: formats and modes may differ
    return same & ~differing(a, b, columns, index).any(axis=0)


def differing(a: Chunk, b: Chunk, columns: Sequence[Column], index: Mapping[Name, int]) -> Bools:
    """Return which cells of two chunks' rows differ, shape (n_columns, n); missing values agree."""
    cells = np.zeros((len(columns), a.n_rows), dtype=bool)
    for i, column in enumerate(columns):
        if column.name in index:
            x, y = a.numbers[index[column.name]], b.numbers[index[column.name]]
            cells[i] = (x != y) & ~(np.isnan(x) & np.isnan(y))
        else:
            cells[i] = [u != v for u, v in zip(_texts(a, column.name), _texts(b, column.name), strict=True)]
    return cells


def _texts(chunk: Chunk, name: Name) -> list[str | None]:
    codes = chunk.codes[name]
    return [None if i < 0 else str(codes.values[i]) for i in codes.indices.tolist()]


# ---------------------------------------------------------------- showing pairs


def figure_of_pairs(
    left: SplitView,
    right: SplitView,
    pairs: Sequence[tuple[int, int]],
    notes: Sequence[str],
    caption: str,
    columns: Sequence[Column],
) -> dict[str, Any] | None:
    """Return a figure of rows side by side, the first twelve pairs, or None where they cannot be read again.

    Of a table at most eight columns are shown, those that differ first, then the targets.
    """
    pairs, notes = list(pairs[:MOST_SHOWN]), list(notes[:MOST_SHOWN])
    if is_pictures(left):
        return pairs_figure((left, right), pairs, notes, caption)
    try:
        here, there = left.fetch([a for a, _ in pairs]), right.fetch([b for _, b in pairs])
    except CannotTell:
        return None
    schema = left.schema
    shown = [*columns, *(schema.by_name[t] for t in schema.targets)]
    return {
        "kind": "pairs",
        "caption": caption,
        "left": left.name,
        "right": right.name,
        **lines_of_pairs(here, there, pairs, notes, shown, schema.number_index),
    }


def lines_of_pairs(
    here: Chunk,
    there: Chunk,
    pairs: Sequence[tuple[int, int]],
    notes: Sequence[str],
    shown: Sequence[Column],
    index: Mapping[Name, int],
) -> dict[str, Any]:
    """Return the columns and the lines of a figure of pairs: at most eight columns, those that differ first.

    Parameters
    ----------
    here, there : Chunk
        The rows on the left and on the right.
    pairs : sequence of (int, int)
        Their positions, as they are shown.
    notes : sequence of str
        As many as pairs.
    shown : sequence of Column
        Columns of both chunks, which store them alike.
    index : mapping of Name to int
        Where numbers stand in both chunks.
    """
    cells = differing(here, there, shown, index)
    order = sorted(range(len(shown)), key=lambda i: (-int(cells[i].sum()), shown[i].role is not Role.TARGET, i))
    order = sorted(order[:SHOWN_COLUMNS], key=lambda i: (shown[i].role is Role.TARGET, i))
    lines = [[_values(chunk, shown[i], index) for i in order] for chunk in (here, there)]
    return {
        "columns": [str(shown[i].name) for i in order],
        "pairs": [
            {
                "left": {"row": a, "values": [line[p] for line in lines[0]], "picture": None, "path": None},
                "right": {"row": b, "values": [line[p] for line in lines[1]], "picture": None, "path": None},
                "differs": [place for place, i in enumerate(order) if cells[i, p]],
                "note": notes[p],
            }
            for p, (a, b) in enumerate(pairs)
        ],
    }


def _values(chunk: Chunk, column: Column, index: Mapping[Name, int]) -> list[Any]:
    """Return one column's values as they are shown: numbers with up to seven digits, None where missing."""
    if column.name not in index:
        return _texts(chunk, column.name)
    return [_value(v) for v in chunk.numbers[index[column.name]].tolist()]


def _value(value: float) -> Any:
    if math.isnan(value):
        return None
    return (
        int(value)
        if value.is_integer() and abs(value) < 2**53
        else float(f"{value:.7g}")
        if math.isfinite(value)
        else str(value)
    )
