"""Columns that say the same in other words: one value of the one for each value of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.model import Ints, Name, SplitView
from dataaudit.stats.sample import Sample

ROWS, COLUMNS = 5_000, 500
"""Sampled rows and columns that are compared with each other: what takes a fraction of a second."""


def partition(column: Sequence[Any]) -> Ints:
    """Return each row's class, classes numbered as they first appear; missing values are one class.

    Columns with the same partition are relabellings of each other.

    Examples
    --------
    >>> partition(["b", "a", None, "b"]).tolist()
    [0, 1, 2, 0]
    """
    seen: dict[Any, int] = {}
    return np.fromiter((seen.setdefault(None if v != v else v, len(seen)) for v in column), np.int64, len(column))


def column_of(name: Name, splits: Mapping[str, SplitView], most: int) -> list[Any]:
    """Return up to `most` sampled values of a column, split after split; NaN or None where missing."""
    found: list[Any] = []
    for split in splits.values():
        sample, index = split.get(Sample()), split.schema.number_index
        column = sample.numbers[index[name]] if name in index else sample.codes[name]
        found += column[: most - len(found)].tolist()
    return found


def twins(names: Sequence[Name], splits: Mapping[str, SplitView], most: int = 1024) -> list[list[Name]]:
    """Return the groups of columns with the same partition of the sampled rows, in the order of columns.

    Parameters
    ----------
    names : sequence of Name
        Columns to compare, the first 500 of them, on up to 5,000 rows.
    splits : mapping of str to SplitView
        Need `Sample`.
    most : int
        Classes beyond which columns of nearly unique values are left out: those agree by being unique. Columns of a
        single class, and those in which a class has fewer than two rows on average, are left out too.
    """
    groups: dict[bytes, list[Name]] = {}
    for name in names[:COLUMNS]:
        classes = partition(column_of(name, splits, ROWS))
        n_classes = int(classes.max()) + 1 if len(classes) else 0
        if 2 <= n_classes <= min(most, len(classes) // 2):
            groups.setdefault(classes.tobytes(), []).append(name)
    return [group for group in groups.values() if len(group) > 1]
