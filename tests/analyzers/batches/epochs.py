"""Loaders that go through their samples in one way or another, epoch after epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.analyzers.batches.loaders import numbers

Ints = NDArray[np.int64]
Way = Callable[[np.random.Generator, int, int], Any]
"""(generator, epoch, number of samples) to the order."""
Change = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]


def epochs(
    way: Way,
    x: NDArray[Any] | None = None,
    y: NDArray[Any] | None = None,
    size: int = 16,
    *,
    change: Change | None = None,
    index: bool = False,
    val: Way | None = None,
) -> Callable[..., list[Any]]:
    """Return a function that gives the batches of an epoch, anew for each.

    Parameters
    ----------
    way : callable
        The order of train.
    x, y : ndarray, optional
        The samples; 200 rows of five numbers if not given.
    size : int
        Rows a batch.
    change : callable, optional
        What is done to the inputs of each training batch.
    index : bool
        Whether batches name their samples.
    val : callable, optional
        The order of val; as stored if not given.
    """
    inputs, labels = numbers(200) if x is None else (x, np.zeros(len(x), np.int64) if y is None else y)

    def build(epoch: int = 0, split: str = "train") -> list[Any]:
        rng = np.random.default_rng([epoch, 7])
        here = way if split == "train" else val or stored
        order = np.asarray(here(rng, epoch, len(inputs)), dtype=np.int64)
        batches: list[Any] = []
        for first in range(0, len(order), size):
            of = order[first : first + size]
            fed = inputs[of].copy()
            fed = change(fed, rng) if change is not None and split == "train" else fed
            batches.append((fed, labels[of], of) if index else (fed, labels[of]))
        return batches

    return build


def stored(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    """Return the order of the data itself."""
    return np.arange(n)


def shuffled(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    """Return a new order every epoch."""
    return rng.permutation(n)


def frozen(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    """Return a random order, the same every epoch."""
    return np.random.default_rng(3).permutation(n)


def buffered(size: int) -> Way:
    """Return the order that a shuffle buffer makes of the stored one."""

    def way(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        held: list[int] = []
        out: list[int] = []
        for i in range(n):
            held.append(i)
            if len(held) == size:
                out.append(held.pop(int(rng.integers(size))))
        return np.array([*out, *rng.permutation(held)], dtype=np.int64)

    return way


def noisy(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Return inputs with a little noise."""
    return (x + rng.normal(0, 0.1, x.shape)).astype(x.dtype)


def mirrored(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    """Return pictures, every other one mirrored, at random."""
    return np.stack([v[..., ::-1] if rng.random() < 0.5 else v for v in x])
