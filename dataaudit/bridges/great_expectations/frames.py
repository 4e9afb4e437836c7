"""The rows of a split as the pandas frame that expectations are run on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.model import Column, Floats, Holder, Source, Storage

if TYPE_CHECKING:
    import pandas as pd


def frame_of(source: Source) -> pd.DataFrame:
    """Return all rows of a split as a frame, columns named by text, rows numbered from 0.

    A frame that the user holds is passed on with its own types (not copied); rows that were read from files, arrays
    and other frames get the types that pandas would give them: float64, int64 (float64 where cells are missing),
    bool, datetime64, and text.

    Raises
    ------
    SourceError
        If rows are pictures, which expectations cannot be run on.
    """
    schema = source.schema
    if schema.pictures or schema.pixels:
        raise SourceError(
            "Expectations are run on tables, but the rows of this data are pictures.",
            "Leave the suite out, or give a table.",
        )
    frame = _held(source)
    if frame is None:
        frame = _read(source)
    frame.columns = [str(name) for name in frame.columns]
    return frame


def _held(source: Source) -> pd.DataFrame | None:
    """Return a shallow copy of the user's own frame, if that is all there is to the split."""
    import pandas as pd

    held = source.held() if isinstance(source, Holder) else None
    if held is None or held[1] is not None or not isinstance(held[0], pd.DataFrame):
        return None
    frame = held[0].set_axis(range(len(held[0])), axis=0)
    if frame.shape[1] != len(source.schema.columns):
        return None
    return frame.set_axis([column.name for column in source.schema.columns], axis=1)


def _read(source: Source) -> pd.DataFrame:
    import pandas as pd

    schema = source.schema
    numbers: list[Floats] = []
    texts: dict[Any, list[Any]] = {column.name: [] for column in schema.coded}
    for chunk in source.chunks():
        numbers.append(chunk.numbers)
        for name, codes in chunk.codes.items():
            texts[name].append(codes.cells())
    block = np.concatenate(numbers, axis=1) if numbers else np.zeros((len(schema.numbers), 0))
    lines: dict[Any, Any] = {}
    for column in schema.columns:
        if column.storage.is_number:
            lines[column.name] = _typed(block[schema.number_index[column.name]], column)
        else:
            parts = texts[column.name]
            lines[column.name] = pd.Series(np.concatenate(parts) if parts else [], dtype="str")
    return pd.DataFrame(lines)


def _typed(line: Floats, column: Column) -> Any:
    """Return a line of floats in the type that its column has."""
    import pandas as pd

    if column.storage is Storage.DATETIME:
        micro = np.full(len(line), np.datetime64("NaT", "us"))
        known = ~np.isnan(line)
        micro[known] = np.rint(line[known] * 1e6).astype("datetime64[us]")
        return pd.Series(micro)
    whole = not np.isnan(line).any()
    if column.storage is Storage.BOOLEAN:
        words = np.array([None, False, True], dtype=object)[np.where(np.isnan(line), 0, 1 + (line != 0)).astype(int)]
        return pd.Series(words.astype(bool) if whole else words)
    if column.storage is Storage.INTEGER and whole and bool((np.abs(line) < 2.0**53).all()):
        return line.astype(np.int64)
    return line
