"""Sequences that differ in nothing but their padding."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.common import kept_batch
from dataaudit.analyzers.order.batches_common import batch_at, log_of
from dataaudit.model import SplitView

Place = tuple[int, int]


def padded_alike(split: SplitView, one: Place, other: Place) -> bool:
    """Return whether a sample's inputs in two epochs differ in length, and beyond the shorter one hold one value.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    one, other : (epoch, row)
        Rows are positions within the epoch.

    Returns
    -------
    bool
        False where the batches are not kept.
    """
    found = [_row(split, place) for place in (one, other)]
    if not found[0] or found[0].keys() != found[1].keys():
        return False
    pairs = [(found[0][name], found[1][name]) for name in found[0]]
    return any(a.shape != b.shape for a, b in pairs) and all(_alike(a, b) for a, b in pairs)


def _row(split: SplitView, place: Place) -> dict[str, NDArray[Any]]:
    epoch, row = place
    log = log_of(split)
    number, position = batch_at(log, epoch, [row])
    record = next(batch for batch in log.epoch(epoch) if batch.number == int(number[0]))
    fed = kept_batch(split, record)
    if fed is None or any(fed.leaves[name].dtype.kind not in "biuf" for name in fed.inputs):
        return {}
    return {name: fed.leaves[name][int(position[0])] for name in fed.inputs}


def _alike(a: NDArray[Any], b: NDArray[Any]) -> bool:
    if a.ndim != b.ndim:
        return False
    common = tuple(slice(0, min(sizes)) for sizes in zip(a.shape, b.shape, strict=True))
    return bool(np.array_equal(a[common], b[common])) and _one_value(a, common) and _one_value(b, common)


def _one_value(row: NDArray[Any], common: tuple[slice, ...]) -> bool:
    """Return whether a row holds one value outside of a corner."""
    outside = np.ones(row.shape, dtype=bool)
    outside[common] = False
    return len(np.unique(row[outside])) <= 1
