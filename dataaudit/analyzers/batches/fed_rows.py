"""Rows as they were fed, of two epochs, with the place where each stood: to compare single samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.order.batches_common import feeder_of
from dataaudit.model import CannotTell, Fed, Floats, Ints, SplitView
from dataaudit.stats.batch_log import channel_axis
from dataaudit.stats.fed_words import rows_hashed
from dataaudit.stats.hashing import Hashes

MOST_ROWS = 768
"""Rows of an epoch that are compared with each other: the comparison costs the square of their number."""

MOST_POSITIONS = 64
"""Positions of a batch that are looked at."""


FEW = 10
"""Rows of a class below which its mean leans on that of all rows, as if three rows of that were among them."""


@dataclass(frozen=True)
class FedRows:
    """The first batches of each epoch, as many positions of each.

    Attributes
    ----------
    values : ndarray of float32, shape (n, height, width, channels) or (n, d)
        The largest input, by epoch, batch and position; pictures with the channels last.
    epoch, batch : ndarray of int64, shape (n_batches,)
        Which batch each `positions` rows are of.
    positions : int
        Rows of each batch, n = n_batches * positions.
    label : ndarray of int64, shape (n,)
        Classes by number; all 0 where there are no classes.
    words : ndarray of uint64, shape (n,)
        A hash of each row's input.
    first : ndarray of int64, shape (n_batches,)
        Position of each batch's first row in its epoch.
    """

    values: NDArray[np.float32]
    epoch: Ints
    batch: Ints
    positions: int
    label: Ints
    words: Hashes
    first: Ints

    @property
    def pictures(self) -> bool:
        """Whether the rows are pictures."""
        return self.values.ndim == 4

    def place(self, row: int) -> tuple[int, int, int]:
        """Return epoch, batch and position of a row."""
        b, p = divmod(row, self.positions)
        return int(self.epoch[b]), int(self.batch[b]), p


def main_leaf(fed: Fed) -> str | None:
    """Return the input with the most numbers a row, None where no input holds numbers."""
    numeric = [name for name in fed.inputs if fed.leaves[name].dtype.kind in "biuf" and fed.leaves[name].ndim > 1]
    return max(numeric, key=lambda name: fed.leaves[name][:1].size, default=None)


def as_pictures(leaf: NDArray[Any]) -> NDArray[Any]:
    """Return rows with the channels last where they are pictures, shape (n, height, width, channels), else (n, d)."""
    if leaf.ndim == 3 and min(leaf.shape[1:]) >= 5:
        return leaf[..., np.newaxis]
    if leaf.ndim == 4 and (axis := channel_axis(leaf.shape[1:])) is not None:
        return np.moveaxis(leaf, axis + 1, -1)
    return leaf.reshape(len(leaf), -1)


def fed_rows(split: SplitView, most_rows: int = MOST_ROWS) -> FedRows:
    """Return rows of the first batches of the first two epochs.

    Raises
    ------
    CannotTell
        If no batches were kept, or the inputs are no arrays of numbers.
    """
    feeder = feeder_of(split)
    if feeder is None or not feeder.kept:
        raise CannotTell("no batches were kept to compare")
    kept = [(fed, name) for fed in feeder.kept if fed.epoch < 2 and (name := main_leaf(fed)) is not None]
    layouts = Counter((name, fed.leaves[name].shape[1:]) for fed, name in kept)
    if not layouts:
        raise CannotTell("the inputs are no arrays of numbers")
    leaf, shape = layouts.most_common(1)[0][0]
    fitting = [fed for fed, name in kept if name == leaf and fed.leaves[name].shape[1:] == shape]
    positions = min(MOST_POSITIONS, Counter(fed.rows for fed in fitting).most_common(1)[0][0])
    fitting = [fed for fed in fitting if fed.rows >= positions]
    batches = max(2, most_rows // max(1, positions))
    chosen = [fed for epoch in (0, 1) for fed in [f for f in fitting if f.epoch == epoch][:batches]]
    values = np.concatenate([as_pictures(fed.leaves[leaf][:positions]) for fed in chosen])
    words = np.concatenate([rows_hashed(fed.leaves[leaf][:positions]) for fed in chosen])
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    number = np.array([fed.number for fed in chosen], dtype=np.int64)
    return FedRows(
        values, np.array([fed.epoch for fed in chosen], dtype=np.int64), number, positions,
        _classes(chosen, positions), words, np.array([fed.first for fed in chosen], dtype=np.int64),
    )  # fmt: skip


def _classes(chosen: Sequence[Fed], positions: int) -> Ints:
    """Return each row's class by number; all 0 where labels are none, or as good as all different."""
    nothing = np.zeros(len(chosen) * positions, dtype=np.int64)
    if any(fed.target is None for fed in chosen):
        return nothing
    words = np.concatenate([rows_hashed(fed.leaves[str(fed.target)][:positions]) for fed in chosen])
    _, label = np.unique(words, return_inverse=True)
    return label.astype(np.int64) if label.max(initial=0) + 1 <= len(label) / 3 else nothing


def centred(values: NDArray[Any], label: Ints) -> Floats:
    """Return rows less the mean of their class; the mean of few rows leans on that of all, shape as given."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    everything = flat.mean(axis=0)
    classes = int(label.max(initial=0)) + 1
    sums = np.zeros((classes, flat.shape[1]))
    order = np.argsort(label, kind="stable")
    there, starts = np.unique(label[order], return_index=True)
    if len(order):
        sums[there] = np.add.reduceat(flat[order], starts, axis=0)
    counts = np.bincount(label, minlength=classes)[:, np.newaxis]
    lean = np.where(counts < FEW, 3.0, 0.0)
    means = (sums + lean * everything) / np.maximum(counts + lean, 1.0)
    within: Floats = (flat - means[label]).reshape(values.shape)
    return within
