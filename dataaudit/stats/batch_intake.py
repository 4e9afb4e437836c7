"""Light records of the batches that a network is being trained on: read once, several worked out together."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Fed
from dataaudit.stats.batch_log import (
    BatchRecord,
    LeafLog,
    channel_axis,
    leaf_log,
    moments_of,
    order_of,
    record_of,
    zero_rows,
)
from dataaudit.stats.fed_words import name_labels, rows_hashed, samples_hashed, thin_step

BLOCK, BLOCK_BYTES = 8, 1 << 22
"""Batches that are worked out together, and bytes of them that are copied meanwhile: the same steps cost for one batch
what they cost for many."""

SOME_ROWS, FEW = 4, 1 << 13
"""Rows that means and deviations are taken from; all rows of a leaf of no more numbers than this."""

CACHED = 1 << 16
"""Numbers that are gone through twice before the next ones: few enough to stay near the processor meanwhile."""

_HALF_BITS, _HALF_INFINITE = np.uint16(0x7FFF), 0x7C00


class Intake:
    """Takes in batches at the cost of reading them once.

    A record made here differs from that of a whole reading in what samples are told by (some of their numbers, evenly
    spread) and in what means and deviations are taken from (some rows). What is not finite, the smallest and largest
    number, labels and rows of zeros are exact.

    Parameters
    ----------
    names : dict of int to label
        Labels by their hash, added to.
    """

    def __init__(self, names: dict[int, Hashable]) -> None:
        self._names = names
        self.clear()

    def clear(self) -> None:
        """Forget all batches."""
        self._records: list[BatchRecord] = []
        self._form: tuple[Any, ...] = ()
        self._parts: list[_Part] = []
        self._block: list[Fed] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._records) + len(self._block)

    def take(self, fed: Fed) -> None:
        """Take in a batch, whose arrays may change afterwards."""
        form = (fed.inputs, fed.target, *[(name, leaf.dtype, leaf.shape[1:]) for name, leaf in fed.leaves.items()])
        if form != self._form:
            self._flush()
            self._form = form
            self._parts = [_part(fed, name) for name in order_of(fed)]
        with np.errstate(over="ignore", invalid="ignore"):
            for part in self._parts:
                self._bytes += part.take(fed.leaves[part.name])
        self._block.append(
            Fed(fed.epoch, fed.number, fed.first, fed.rows, {}, fed.inputs, fed.target, fed.index, fed.named,
                fed.waited, fed.between)
        )  # fmt: skip
        if len(self._block) >= BLOCK or self._bytes > BLOCK_BYTES or not all(p.numeric for p in self._parts):
            self._flush()

    def records(self) -> list[BatchRecord]:
        """Return the records of all batches, in order."""
        self._flush()
        return self._records

    def _flush(self) -> None:
        if not self._block:
            return
        rows = [fed.rows for fed in self._block]
        total = sum(rows)
        samples = samples_hashed(total, [np.concatenate(p.thin) for p in self._parts if p.is_input])
        labels = np.zeros(total, np.uint64)
        for part in self._parts:
            if part.is_target:
                cells = np.concatenate(part.thin)
                labels = rows_hashed(cells)
                name_labels(labels, cells, self._names)
        logs = [part.logs() for part in self._parts]
        stop = 0
        for i, fed in enumerate(self._block):
            start, stop = stop, stop + fed.rows
            leaves = tuple(log[i] for log in logs)
            self._records.append(record_of(fed, leaves, samples[start:stop], labels[start:stop]))
        for part in self._parts:
            part.clear()
        self._block, self._bytes = [], 0


@dataclass
class _Part:
    """One leaf of a block of batches of one form."""

    name: str
    kind: str
    """NumPy's name of the type."""
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    is_input: bool
    is_target: bool
    numeric: bool
    axis: int | None
    step: int
    """Of the numbers of a row, every how many are looked at again; 1 for a target, all of which counts."""
    places: tuple[Any, ...] | None
    """Those numbers as an index of arrays that are not in one piece."""
    thin: list[NDArray[Any]] = field(default_factory=list)
    some: list[NDArray[Any]] = field(default_factory=list)
    ends: list[tuple[float, float, int]] = field(default_factory=list)
    """Smallest and largest number, and rows of zeros."""
    odd: dict[int, LeafLog] = field(default_factory=dict)
    """Those that hold what is not finite, or nothing, by their place in the block: worked out at once."""

    def take(self, leaf: NDArray[Any]) -> int:
        """Look at a batch's leaf, and return how many bytes of it were copied."""
        ends = self._ends(leaf) if self.numeric and leaf.size else None  # first: it brings the batch into the cache
        thin = self._thin(leaf) if self.is_input or self.is_target else leaf[:0]
        self.thin.append(thin)
        some = leaf if leaf.size <= FEW else leaf[:: max(1, len(leaf) // SOME_ROWS)]
        if ends is None:
            self.odd[len(self.ends)] = leaf_log(self.name, leaf, some, is_input=self.is_input)
            self.some.append(leaf[:0])
            self.ends.append((math.nan, math.nan, 0))
            return thin.nbytes
        zeros = 0
        if self.is_input and not (thin.reshape(len(leaf), -1)[:, -1] != 0).all():
            zeros = zero_rows(leaf, thin)
        self.some.append(some.copy())
        self.ends.append((*ends, zeros))
        return thin.nbytes + some.nbytes

    def _thin(self, leaf: NDArray[Any]) -> NDArray[Any]:
        if self.step == 1:
            return leaf.copy()
        if leaf.flags.c_contiguous:
            return leaf.reshape(len(leaf), math.prod(self.shape))[:, :: self.step].copy()
        return np.asarray(leaf[self.places])

    def _ends(self, leaf: NDArray[Any]) -> tuple[float, float] | None:
        """Return the smallest and largest number, or None where one is not finite."""
        if self.dtype == np.float16:  # whose order NumPy finds number by number; the bits tell the rest at once
            if (leaf.view(np.uint16) & _HALF_BITS).max() >= _HALF_INFINITE:
                return None
            return math.nan, math.nan
        low, high = math.inf, -math.inf
        flat = leaf.reshape(-1) if leaf.flags.c_contiguous else leaf
        for start in range(0, len(flat), CACHED) if flat.ndim == 1 else (0,):
            piece = flat[start : start + CACHED] if flat.ndim == 1 else flat
            least, most = float(piece.min()), float(piece.max())
            if not (math.isfinite(least) and math.isfinite(most)):
                return None
            low, high = min(low, least), max(high, most)
        return low, high

    def logs(self) -> list[LeafLog]:
        """Return the record of each batch's leaf."""
        found: list[LeafLog] = [self.odd.get(i) or _NONE for i in range(len(self.ends))]
        sizes: dict[int, list[int]] = {}
        for i, rows in enumerate(self.some):
            if i not in self.odd:
                sizes.setdefault(len(rows), []).append(i)
        for places in sizes.values():
            lows, highs, means, stds = moments_of(np.stack([self.some[i] for i in places]), self.axis)
            for k, i in enumerate(places):
                low, high, zeros = self.ends[i]
                low, high = (low, high) if low == low else (float(lows[k]), float(highs[k]))
                found[i] = LeafLog(
                    self.name, self.kind, self.shape, 0, 0, (), zeros, low, high, means[k], stds[k], self.axis
                )
        return found

    def clear(self) -> None:
        """Begin another block."""
        self.thin, self.some, self.ends, self.odd = [], [], [], {}


_NONE = LeafLog("", "", None, 0, 0, (), 0, math.nan, math.nan, np.zeros(0), np.zeros(0), None)


def _part(fed: Fed, name: str) -> _Part:
    leaf = fed.leaves[name]
    shape, numeric = leaf.shape[1:], leaf.dtype.kind in "biuf"
    is_input, is_target = name in fed.inputs, name == fed.target
    step = thin_step(math.prod(shape)) if numeric and is_input and not is_target else 1
    places = None
    if step > 1:
        places = (slice(None), *np.unravel_index(np.arange(0, math.prod(shape), step), shape))
    axis = channel_axis(shape) if numeric else None
    return _Part(name, str(leaf.dtype), leaf.dtype, shape, is_input, is_target, numeric, axis, step, places)
