"""A log of what a loader fed: every batch of every epoch, and a hash of every sample."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Chunk, Fed, Floats, Ints, Schema
from dataaudit.stats.hashing import Hashes, hash_texts, mix
from dataaudit.stats.row_hashes import hash_lines
from dataaudit.stats.state import saved

CELLS = 8
"""Places of NaN that are kept of each leaf of a batch."""

CHANNELS = 64
"""Most channels, or columns, of a leaf whose mean and deviation are kept batch by batch."""

_STEP = np.uint64(0xD6E8FEB86659FD93)


@saved
@dataclass(frozen=True)
class BatchLog:
    """Ask for a record of each batch, and of each sample's place in each epoch: 24 bytes a sample and epoch.

    Costs nothing for data that comes in no batches.
    """

    rowless: ClassVar[bool] = False
    every_epoch: ClassVar[bool] = True

    def start(self, schema: Schema) -> BatchLogState:
        return BatchLogState([])


@saved
@dataclass(frozen=True)
class LeafLog:
    """One leaf of one batch.

    Attributes
    ----------
    name, dtype : str
        The key, and NumPy's name of the type.
    shape : tuple of int or None
        Of one row; None where rows differ.
    nans, infinities : int
        How many numbers are not finite.
    cells : tuple of (row, place)
        Where the first of them are: the row within the batch, and the position in the row as a tuple.
    zeros : int
        Rows that hold zeros alone.
    low, high : float
        Smallest and largest finite number; NaN where there is none.
    mean, std : ndarray of float64, shape (n_channels,)
        Of finite numbers: by channel of pictures (channels last or first, as `axis` says), by column of tables, of all
        together beyond `CHANNELS`. Empty for text.
    axis : int or None
        Axis of a row that the channels are; None where all numbers were taken together.
    """

    name: str
    dtype: str
    shape: tuple[int, ...] | None
    nans: int
    infinities: int
    cells: tuple[tuple[int, tuple[int, ...]], ...]
    zeros: int
    low: float
    high: float
    mean: Floats
    std: Floats
    axis: int | None


@saved
@dataclass(frozen=True)
class BatchRecord:
    """One batch.

    Attributes
    ----------
    epoch, number, first, rows
        As in `Fed`.
    leaves : tuple of LeafLog
        Inputs first, then the target, then the others.
    inputs : tuple of str
        Names of the leaves that the network is fed.
    target : str or None
        Name of the leaf of labels.
    samples : ndarray of uint64, shape (rows,)
        A hash of each row's inputs; floats count in single precision, so that a change of type is no other sample.
    labels : ndarray of uint64, shape (rows,)
        A hash of each row's label; see `BatchLogState.label`. Zero without labels.
    index : ndarray of int64, shape (rows,)
        Which samples they are; empty where the loader does not say.
    waited, between : float
        As in `Fed`, seconds.
    """

    epoch: int
    number: int
    first: int
    rows: int
    leaves: tuple[LeafLog, ...]
    inputs: tuple[str, ...]
    target: str | None
    samples: Hashes
    labels: Hashes
    index: Ints
    waited: float
    between: float

    @cached_property
    def input_leaves(self) -> tuple[LeafLog, ...]:
        """Those that the network is fed."""
        return tuple(leaf for leaf in self.leaves if leaf.name in self.inputs)

    @cached_property
    def input_shapes(self) -> tuple[tuple[str, tuple[int, ...] | None], ...]:
        """Name and shape of a row of each input."""
        return tuple((leaf.name, leaf.shape) for leaf in self.input_leaves)

    @cached_property
    def input_types(self) -> tuple[tuple[tuple[int, ...] | None, str], ...]:
        """Shape of a row and type of each input."""
        return tuple((leaf.shape, leaf.dtype) for leaf in self.input_leaves)

    @cached_property
    def is_broken(self) -> bool:
        """Whether an input holds a number that is not finite."""
        return any(leaf.nans or leaf.infinities for leaf in self.input_leaves)

    @property
    def layout(self) -> tuple[tuple[str, tuple[int, ...] | None, str], ...]:
        """Name, shape of a row and type of each leaf."""
        return tuple((leaf.name, leaf.shape, leaf.dtype) for leaf in self.leaves)


@saved
@dataclass
class BatchLogState:
    """What was fed, in order.

    Attributes
    ----------
    batches : list of BatchRecord
        By epoch, then by number.
    names : dict of int to label
        Labels by their hash, the first 10,000.
    """

    batches: list[BatchRecord]
    names: dict[int, Hashable] = field(default_factory=dict)

    def observe(self, chunk: Chunk) -> None:
        if chunk.fed is not None:
            self.batches.append(record(chunk.fed, self.names))

    def merge(self, other: Self) -> Self:
        ordered = sorted([*self.batches, *other.batches], key=lambda b: (b.epoch, b.number))
        names = {**other.names, **self.names}
        return type(self)(ordered, dict(list(names.items())[:_MOST_NAMES]))

    @property
    def epochs(self) -> list[int]:
        """Numbers of the epochs that gave batches, ascending."""
        return sorted({batch.epoch for batch in self.batches})

    def epoch(self, number: int) -> list[BatchRecord]:
        """Return the batches of an epoch, in order."""
        return [batch for batch in self.batches if batch.epoch == number]

    def samples(self, epoch: int) -> Hashes:
        """Return a hash of each sample of an epoch in the order fed, shape (n,)."""
        return _joined([batch.samples for batch in self.epoch(epoch)], np.uint64)

    def labels(self, epoch: int) -> Hashes:
        """Return a hash of each label of an epoch in the order fed, shape (n,)."""
        return _joined([batch.labels for batch in self.epoch(epoch)], np.uint64)

    def index(self, epoch: int) -> Ints | None:
        """Return the numbers of an epoch's samples in the order fed, shape (n,); None where they are not given."""
        batches = self.epoch(epoch)
        if not batches or any(len(batch.index) != batch.rows for batch in batches):
            return None
        return _joined([batch.index for batch in batches], np.int64)

    def label(self, word: int) -> Hashable:
        """Return the label that a hash stands for; "?" beyond the first 10,000."""
        return self.names.get(int(word), "?")


_MOST_NAMES = 10_000


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts])


# ---------------------------------------------------------------- one batch


LIGHT_NUMBERS, LIGHT_ROWS = 64, 4
"""Least numbers of each row that a light record tells samples by, and rows that it takes means and deviations from."""


def record(fed: Fed, names: dict[int, Hashable], *, light: bool = False) -> BatchRecord:
    """Return the record of a batch, and enter its labels in `names`.

    Parameters
    ----------
    fed : Fed
        The batch.
    names : dict of int to label
        Labels by their hash, added to.
    light : bool
        Read the batch once, for numbers that are not finite; tell its samples by `LIGHT_NUMBERS` of their numbers, and
        take means and deviations from `LIGHT_ROWS` rows. Otherwise the cost is about four readings.
    """
    thin = _thinned if light else _whole
    order = [*fed.inputs, *([fed.target] if fed.target else [])]
    order += [name for name in fed.leaves if name not in order]
    samples = np.zeros(fed.rows, np.uint64)
    for name in fed.inputs:
        samples = mix(samples * _STEP ^ rows_hashed(thin(fed.leaves[name])))
    labels = np.zeros(fed.rows, np.uint64)
    if fed.target is not None:
        labels = rows_hashed(fed.leaves[fed.target])
        _name(labels, fed.leaves[fed.target], names)
    return BatchRecord(
        fed.epoch,
        fed.number,
        fed.first,
        fed.rows,
        tuple(_leaf(name, fed.leaves[name], name in fed.inputs, light) for name in order),
        fed.inputs,
        fed.target,
        samples,
        labels,
        np.zeros(0, np.int64) if fed.index is None else fed.index,
        fed.waited,
        fed.between,
    )


def blank_words(batch: BatchRecord) -> Hashes:
    """Return the hashes that a row of nothing but zeros has in a batch, shape (2,): in a whole and a light record."""
    return _blank_words(batch.input_types)


@lru_cache(maxsize=64)
def _blank_words(forms: tuple[tuple[tuple[int, ...] | None, str], ...]) -> Hashes:
    whole = light = np.zeros(1, np.uint64)
    for shape, dtype in forms:
        nothing = np.zeros((1, *(shape or ())), dtype if shape is not None else np.uint8)
        whole = mix(whole * _STEP ^ rows_hashed(nothing))
        light = mix(light * _STEP ^ rows_hashed(_thinned(nothing)))
    found = np.concatenate([whole, light])
    found.flags.writeable = False
    return found


def _whole(leaf: NDArray[Any]) -> NDArray[Any]:
    return leaf


def _thinned(leaf: NDArray[Any]) -> NDArray[Any]:
    """Return some numbers of each row, evenly spread: the same ones of every row of the same shape."""
    flat = leaf.reshape(len(leaf), -1) if leaf.dtype.kind in "biuf" and leaf.size else leaf
    if flat.ndim < 2 or flat.shape[1] <= LIGHT_NUMBERS:
        return leaf
    return flat[:, :: flat.shape[1] // LIGHT_NUMBERS]


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


def _name(words: Hashes, leaf: NDArray[Any], names: dict[int, Hashable]) -> None:
    _, firsts = np.unique(words, return_index=True)
    for i in firsts.tolist():
        if len(names) >= _MOST_NAMES:
            return
        cell = leaf[i]
        names.setdefault(int(words[i]), cell.item() if np.ndim(cell) == 0 and hasattr(cell, "item") else _short(cell))


def _short(cell: Any) -> Hashable:
    if isinstance(cell, np.ndarray):
        shares = np.count_nonzero(cell) == 1 and cell.ndim == 1 and cell.max(initial=0) == 1
        return int(cell.argmax()) if shares else str(cell.tolist())[:40]
    return cell if isinstance(cell, Hashable) else str(cell)[:40]


def _leaf(name: str, leaf: NDArray[Any], is_input: bool, light: bool) -> LeafLog:
    nothing = np.zeros(0)
    if leaf.dtype.kind not in "biuf":
        return LeafLog(name, str(leaf.dtype), None, 0, 0, (), 0, np.nan, np.nan, nothing, nothing, None)
    shape, rows = leaf.shape[1:], len(leaf)
    if not leaf.size:
        return LeafLog(name, str(leaf.dtype), shape, 0, 0, (), 0, np.nan, np.nan, nothing, nothing, None)
    flat = leaf.reshape(rows, -1)
    nans = infinities = 0
    cells: tuple[tuple[int, tuple[int, ...]], ...] = ()
    with np.errstate(over="ignore", invalid="ignore"):
        odd = leaf.dtype.kind == "f" and not np.isfinite(leaf.sum())
    if odd:
        nans, infinities = int(np.isnan(flat).sum()), int(np.isinf(flat).sum())
        places = np.argwhere(~np.isfinite(flat))[:CELLS].tolist()
        cells = tuple((i, tuple(int(k) for k in np.unravel_index(j, shape))) for i, j in places)
    some = leaf[:: max(1, rows // LIGHT_ROWS)] if light else leaf
    values = some if some.dtype.itemsize >= 4 and some.dtype.kind == "f" else some.astype(np.float32)
    if nans or infinities:
        values = np.where(np.isfinite(values), values, np.nan)
    axis = channel_axis(shape)
    over = tuple(k for k in range(leaf.ndim) if axis is None or k != axis + 1)
    with np.errstate(over="ignore", invalid="ignore"):
        low, high, mean, std = _moments(values, over, finite=not (nans or infinities))
    zeros = _zero_rows(flat) if is_input else 0
    return LeafLog(name, str(leaf.dtype), shape, nans, infinities, cells, zeros, low, high, mean, std, axis)


def _zero_rows(flat: NDArray[Any]) -> int:
    """Return how many rows hold zeros alone; most rows are told from one number."""
    zero = flat[:, flat.shape[1] // 2] == 0
    for i in np.flatnonzero(zero):
        zero[i] = not flat[i].any()
    return int(zero.sum())


def _moments(values: NDArray[Any], over: tuple[int, ...], *, finite: bool) -> tuple[float, float, Floats, Floats]:
    if finite:
        mean = np.atleast_1d(values.mean(axis=over, dtype=np.float64))
        square = np.atleast_1d(np.square(values - values.mean(axis=over, keepdims=True)).mean(axis=over))
        return float(values.min()), float(values.max()), mean, np.sqrt(square.astype(np.float64))
    if not np.isfinite(values).any():
        return np.nan, np.nan, np.full(1, np.nan), np.full(1, np.nan)
    masked = np.ma.masked_invalid(values)
    mean = np.atleast_1d(np.ma.filled(masked.mean(axis=over, dtype=np.float64), np.nan))
    std = np.atleast_1d(np.ma.filled(masked.std(axis=over, dtype=np.float64), np.nan))
    return float(masked.min()), float(masked.max()), np.asarray(mean), np.asarray(std)


def channel_axis(shape: tuple[int, ...]) -> int | None:
    """Return which axis of a row holds channels or columns, or None where there is none, or too many."""
    if len(shape) == 1:
        return 0 if shape[0] <= CHANNELS else None
    if len(shape) == 3:
        sizes = [k for k in (0, 2) if shape[k] in (1, 3, 4)]
        return min(sizes, key=lambda k: (shape[k] not in (3, 1), -k)) if sizes else None
    return None
