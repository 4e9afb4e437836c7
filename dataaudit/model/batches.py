"""The nouns of a loader: a batch as it was fed, and what is known of the loader besides its batches."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dataaudit.model.words import Ints


@dataclass(frozen=True)
class Fed:
    """A batch as it was fed.

    Attributes
    ----------
    epoch, number : int
        Both from 0; batches are numbered anew in every epoch.
    first : int
        Position of its first row in the epoch.
    rows : int
        Number of rows.
    leaves : mapping of str to ndarray, each of shape (rows, ...)
        The batch's arrays by the names of their keys; an array of objects where rows differ in shape or are text.
    inputs : tuple of str
        Leaves that the network is fed.
    target : str or None
        Leaf of the labels.
    index : ndarray of int64, shape (rows,), or None
        Which samples these are, where the loader says so.
    named : bool
        Whether the index was declared, or goes by a name that leaves no doubt, rather than by its place alone.
    waited, between : float
        Seconds until the loader gave it, and seconds that passed before it was asked for.
    """

    epoch: int
    number: int
    first: int
    rows: int
    leaves: Mapping[str, NDArray[Any]]
    inputs: tuple[str, ...]
    target: str | None = None
    index: Ints | None = None
    named: bool = False
    waited: float = 0.0
    between: float = 0.0

    @cached_property
    def nbytes(self) -> int:
        """Bytes of all its arrays, objects not followed."""
        return sum(leaf.nbytes for leaf in self.leaves.values())

    @property
    def layout(self) -> tuple[tuple[str, tuple[int, ...] | None, str], ...]:
        """Name, shape of one row (None where rows differ) and type of each leaf."""
        return tuple(
            (name, None if leaf.dtype.hasobject else leaf.shape[1:], str(leaf.dtype))
            for name, leaf in self.leaves.items()
        )


@runtime_checkable
class Feeder(Protocol):
    """A source whose rows come in batches."""

    kept: list[Fed]
    """The first batches of each epoch, whole, as many as a bound on memory allows; in the order they were fed."""

    length: int | None
    """Batches of an epoch as the loader's own `len` has it, or None."""

    known: dict[Hashable, Any]
    """What was worked out of the kept batches, for audits that judge them again."""

    def samples(self, index: Sequence[int]) -> list[str] | None:
        """Return the files of some samples by their index, where the data set names them, else None."""
        ...


@runtime_checkable
class Drawable(Protocol):
    """A source whose data set gives its samples one by one."""

    def drawn(self, most: int) -> Iterator[tuple[int, Fed]] | None:
        """Yield each sample's number and the sample as a batch of one, the first one twice; None beyond `most`."""
        ...


@runtime_checkable
class Trialled(Protocol):
    """A source whose loader can be tried with two workers."""

    def trial(self) -> Mapping[str, Any] | None:
        """Ask two workers for the same few samples and return what came of it; None where that cannot be done."""
        ...


@dataclass(frozen=True)
class Feeding:
    """What is known of loaders besides their batches.

    Attributes
    ----------
    batch_size : int or None
        As declared.
    rows : mapping of str to int
        Samples of each split, as declared or as the data set's own length has it.
    classes : int or None
        Outputs of the network, as declared.
    augmented : bool or None
        Whether training inputs are changed at random, as declared; None where nothing was said.
    sampler : str or None
        As declared: "weighted" says that samples come again on purpose.
    drop_last : bool or None
        Whether a last, smaller batch is left out.
    epochs : int
        How many were asked for.
    max_batches : int or None
        Batches after which the reading of an epoch stops; None where epochs are read whole.
    watched : bool
        Whether the batches were looked at while a network trained on them, so that their times tell who waits for whom.
    found : mapping of str to mapping
        By split: what the loader object says of itself, such as workers, sampler and shuffling.
    """

    batch_size: int | None = None
    rows: Mapping[str, int] = field(default_factory=dict)
    classes: int | None = None
    augmented: bool | None = None
    sampler: str | None = None
    drop_last: bool | None = None
    epochs: int = 2
    max_batches: int | None = None
    watched: bool = False
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def row_places(fed: Fed) -> Ints:
    """Return the position of each row in the epoch, shape (rows,)."""
    return np.arange(fed.first, fed.first + fed.rows, dtype=np.int64)
