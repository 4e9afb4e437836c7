"""Loaders without faults, and one change at a time: lists of batches that a test spoils."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Batch = tuple[NDArray[Any], NDArray[Any]]
Spoil = Callable[[list[Batch], int], list[Any]]


def pictures(n: int = 96, size: int = 8, seed: int = 0) -> Batch:
    """Return standardised pictures, channels first, shape (n, 3, size, size), and labels 0 to 3."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3, size, size)).astype(np.float32), rng.integers(0, 4, n)


def photos(n: int = 96, size: int = 8, seed: int = 0) -> Batch:
    """Return smooth colour pictures in 0..1, channels first, that reach black and white, and labels 0 to 3."""
    rng = np.random.default_rng(seed)
    across, down = np.linspace(0, 1, size), np.linspace(0, 1, size)[:, None]
    slopes = rng.uniform(-1, 1, (n, 3, 2, 1, 1))
    x = slopes[:, :, 0] * across + slopes[:, :, 1] * down
    x = (x - x.min((1, 2, 3), keepdims=True)) / np.ptp(x.reshape(n, -1), axis=1)[:, None, None, None]
    x[:, :, 0, 0] = np.where(np.arange(n)[:, None] % 2, 0.0, 1.0)
    return x.astype(np.float32), rng.integers(0, 4, n)


def numbers(n: int = 96, columns: int = 5, seed: int = 0) -> Batch:
    """Return a standardised table and labels 0 and 1."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, columns)).astype(np.float32), rng.integers(0, 2, n)


def batched(x: NDArray[Any], y: NDArray[Any], size: int = 16, order: NDArray[Any] | None = None) -> list[Batch]:
    """Return the rows in batches, in some order, as copies."""
    order = np.arange(len(x)) if order is None else order
    return [(x[order[i : i + size]].copy(), y[order[i : i + size]].copy()) for i in range(0, len(order), size)]


def loader(x: NDArray[Any], y: NDArray[Any], spoil: Spoil | None = None, size: int = 16) -> Callable[..., list[Any]]:
    """Return a function that gives shuffled batches of train, and those of val in order; `spoil` alters train's."""

    def build(epoch: int = 0, split: str = "train") -> list[Any]:
        if split == "val":
            rows = len(x) // 3
            return list(batched(x[:rows] * 0.5, y[:rows], size))
        batches = batched(x, y, size, np.random.default_rng(epoch).permutation(len(x)))
        return batches if spoil is None else spoil(batches, epoch)

    return build
