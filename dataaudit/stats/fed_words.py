"""What a batch holds, row by row, as hashes: samples by their inputs, and labels with their names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.stats.hashing import Hashes, hash_texts, mix
from dataaudit.stats.row_hashes import hash_lines

LIGHT_NUMBERS = 64
"""Least numbers of each row that samples are told by where batches are looked at lightly."""

MOST_NAMES = 10_000
"""Labels whose names are kept."""

_STEP = np.uint64(0xD6E8FEB86659FD93)


def samples_hashed(rows: int, inputs: Sequence[NDArray[Any]]) -> Hashes:
    """Return a hash of each row of several inputs together, shape (rows,)."""
    words = np.zeros(rows, np.uint64)
    for leaf in inputs:
        words = mix(words * _STEP ^ rows_hashed(leaf))
    return words


def thin_step(size: int) -> int:
    """Return every how many numbers of a row of some size are looked at lightly, the same ones of all rows."""
    return max(1, size // LIGHT_NUMBERS)


def rows_hashed(leaf: NDArray[Any]) -> Hashes:
    """Return a hash of each row of an array, shape (rows,)."""
    if leaf.dtype.kind not in "biuf":
        return hash_texts([_spelled(cell) for cell in leaf.tolist()])
    if not leaf.size:
        return np.zeros(len(leaf), np.uint64)
    if leaf.dtype.kind == "f":
        with np.errstate(over="ignore"):
            return hash_lines(leaf.astype(np.float32).reshape(len(leaf), -1))
    return hash_lines(leaf.astype(np.int64 if leaf.ndim == 1 else leaf.dtype).reshape(len(leaf), -1))


def _spelled(cell: Any) -> str:
    if isinstance(cell, np.ndarray):
        return f"{cell.dtype}{cell.shape}{cell.tobytes()!r}"
    return cell if isinstance(cell, str) else repr(cell)


def name_labels(words: Hashes, leaf: NDArray[Any], names: dict[int, Hashable]) -> None:
    """Enter the labels of some rows by their hash in `names`, as far as they are new and there is room."""
    found, firsts = np.unique(words, return_index=True)
    for word, i in zip(found.tolist(), firsts.tolist(), strict=True):
        if len(names) >= MOST_NAMES:
            return
        if word not in names:
            cell = leaf[i]
            names[word] = cell.item() if np.ndim(cell) == 0 and hasattr(cell, "item") else _short(cell)


def _short(cell: Any) -> Hashable:
    if isinstance(cell, np.ndarray):
        shares = np.count_nonzero(cell) == 1 and cell.ndim == 1 and cell.max(initial=0) == 1
        return int(cell.argmax()) if shares else str(cell.tolist())[:40]
    return cell if isinstance(cell, Hashable) else str(cell)[:40]
