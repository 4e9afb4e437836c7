"""A log of what a loader fed: every batch of every epoch, and a hash of every sample."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Chunk, Fed, Floats, Ints, Schema
from dataaudit.stats.fed_words import MOST_NAMES, name_labels, rows_hashed, samples_hashed, thin_step
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.state import saved

CELLS = 8
"""Places of NaN that are kept of each leaf of a batch."""

CHANNELS = 64
"""Most channels, or columns, of a leaf whose mean and deviation are kept batch by batch."""


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
    named : bool
        As in `Fed`.
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
    named: bool
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
        self.batches.extend(record(fed, self.names) for fed in chunk.batches)

    def merge(self, other: Self) -> Self:
        ordered = sorted([*self.batches, *other.batches], key=lambda b: (b.epoch, b.number))
        names = {**other.names, **self.names}
        return type(self)(ordered, dict(list(names.items())[:MOST_NAMES]))

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
        """Return what may be the numbers of an epoch's samples, in the order fed, shape (n,); None without.

        `sample_numbers` says whether they are.
        """
        batches = self.epoch(epoch)
        if not batches or any(len(batch.index) != batch.rows for batch in batches):
            return None
        return _joined([batch.index for batch in batches], np.int64)

    def label(self, word: int) -> Hashable:
        """Return the label that a hash stands for; "?" beyond the first 10,000."""
        return self.names.get(int(word), "?")


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, dtype), *parts])


# ---------------------------------------------------------------- one batch


def record(fed: Fed, names: dict[int, Hashable]) -> BatchRecord:
    """Return the record of a batch, and enter its labels in `names`: about four readings.

    Parameters
    ----------
    fed : Fed
        The batch.
    names : dict of int to label
        Labels by their hash, added to.
    """
    samples = samples_hashed(fed.rows, [fed.leaves[name] for name in fed.inputs])
    labels = np.zeros(fed.rows, np.uint64)
    if fed.target is not None:
        labels = rows_hashed(fed.leaves[fed.target])
        name_labels(labels, fed.leaves[fed.target], names)
    parts = [(name, fed.leaves[name]) for name in order_of(fed)]
    leaves = tuple(leaf_log(name, leaf, leaf, is_input=name in fed.inputs) for name, leaf in parts)
    return record_of(fed, leaves, samples, labels)


def order_of(fed: Fed) -> list[str]:
    """Return the leaves of a batch in the order of their records: inputs first, then the target, then the others."""
    order = [*fed.inputs, *([fed.target] if fed.target else [])]
    return [*order, *(name for name in fed.leaves if name not in order)]


def record_of(fed: Fed, leaves: tuple[LeafLog, ...], samples: Hashes, labels: Hashes) -> BatchRecord:
    """Return the record of a batch whose leaves and rows were looked at."""
    index = np.zeros(0, np.int64) if fed.index is None else fed.index
    return BatchRecord(
        fed.epoch, fed.number, fed.first, fed.rows, leaves, fed.inputs, fed.target, samples, labels, index, fed.named,
        fed.waited, fed.between,
    )  # fmt: skip


def blank_words(batch: BatchRecord) -> Hashes:
    """Return the hashes that a row of nothing but zeros has in a batch, shape (2,): in a whole and a light record."""
    return _blank_words(batch.input_types)


@lru_cache(maxsize=64)
def _blank_words(forms: tuple[tuple[tuple[int, ...] | None, str], ...]) -> Hashes:
    nothing = [np.zeros((1, *(shape or ())), dtype if shape is not None else np.uint8) for shape, dtype in forms]
    thin = [leaf.reshape(1, -1)[:, :: thin_step(leaf.size)] if leaf.ndim > 1 else leaf for leaf in nothing]
    found = np.concatenate([samples_hashed(1, nothing), samples_hashed(1, thin)])
    found.flags.writeable = False
    return found


def leaf_log(name: str, leaf: NDArray[Any], some: NDArray[Any], *, is_input: bool) -> LeafLog:
    """Return the record of one leaf of a batch.

    Parameters
    ----------
    name : str
        Its key.
    leaf : ndarray, shape (rows, ...)
        All of it.
    some : ndarray, shape (n, ...)
        The rows that means, deviations and ends are taken from.
    is_input : bool
        Whether the network is fed with it; then rows of zeros are counted.
    """
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
    axis = channel_axis(shape)
    with np.errstate(over="ignore", invalid="ignore"):
        if nans or infinities:
            low, high, mean, std = _masked_moments(some, axis)
        else:
            lows, highs, means, stds = moments_of(some[np.newaxis], axis)
            low, high, mean, std = float(lows[0]), float(highs[0]), means[0], stds[0]
    zeros = zero_rows(flat, flat[:, flat.shape[1] // 2]) if is_input else 0
    return LeafLog(name, str(leaf.dtype), shape, nans, infinities, cells, zeros, low, high, mean, std, axis)


def zero_rows(leaf: NDArray[Any], part: NDArray[Any]) -> int:
    """Return how many rows hold zeros alone; most rows are told from a part of their numbers."""
    zero: Bools = ~np.any(part.reshape(len(leaf), -1), axis=1)
    for i in np.flatnonzero(zero):
        zero[i] = not leaf[i].any()
    return int(zero.sum())


def moments_of(batches: NDArray[Any], axis: int | None) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the ends, means and deviations of finite numbers, batch by batch.

    Parameters
    ----------
    batches : ndarray, shape (n_batches, rows, ...)
        Of one form.
    axis : int or None
        Axis of a row that channels are on; None takes all numbers together.

    Returns
    -------
    low, high : ndarray, shape (n_batches,)
    mean, std : ndarray of float64, shape (n_batches, n_channels)
    """
    n = len(batches)
    values = batches if batches.dtype.itemsize >= 4 and batches.dtype.kind == "f" else batches.astype(np.float32)
    over = tuple(k for k in range(1, values.ndim) if axis is None or k != axis + 2)
    mean = values.mean(axis=over, dtype=np.float64).reshape(n, -1)
    square = np.square(values - values.mean(axis=over, keepdims=True)).mean(axis=over).reshape(n, -1)
    flat = values.reshape(n, -1)
    return flat.min(axis=1), flat.max(axis=1), mean, np.sqrt(square.astype(np.float64))


def _masked_moments(some: NDArray[Any], axis: int | None) -> tuple[float, float, Floats, Floats]:
    """Return the same of one batch, of its finite numbers alone."""
    values = some if some.dtype.itemsize >= 4 else some.astype(np.float32)
    values = np.where(np.isfinite(values), values, np.nan)
    if not np.isfinite(values).any():
        return np.nan, np.nan, np.full(1, np.nan), np.full(1, np.nan)
    over = tuple(k for k in range(values.ndim) if axis is None or k != axis + 1)
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
