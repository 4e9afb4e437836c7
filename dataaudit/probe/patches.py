"""Pictures as how much of each typical patch they hold, and where: k-means features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Ints

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Codebook:
    """Typical patches, and how patches are made comparable with them.

    Attributes
    ----------
    side : int
        Pixels a side of a patch.
    mean : ndarray of float32, shape (d,)
        Of patches at mean 0 and variance 1 each; d is side * side * channels.
    whiten : ndarray of float32, shape (d, d)
        Takes apart what neighbouring pixels share.
    centres : ndarray of float32, shape (k, d)
        Typical patches.
    """

    side: int
    mean: Pixels
    whiten: Pixels
    centres: Pixels


def patches_of(pictures: Pixels, side: int, stride: int = 1) -> Pixels:
    """Return all patches of pictures at contrast 1, shape (n, rows, columns, side * side * channels).

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, height, width, channels)
        About 0 to 1.
    side, stride : int
        Pixels of a patch a side, and from one to the next.

    Notes
    -----
    Each patch is brought to mean 0 and divided by sqrt(variance + 0.0015), ten levels of 255 squared, so that plain
    ones do not become noise (Coates, Lee, Ng 2011).
    """
    views = np.lib.stride_tricks.sliding_window_view(pictures, (side, side), axis=(1, 2))
    views = views[:, ::stride, ::stride]
    return _evened(np.ascontiguousarray(views).reshape(*views.shape[:3], -1))


def _evened(patches: Pixels) -> Pixels:
    """Return patches at mean 0 and contrast 1, in place; the last axis is that of a patch's numbers."""
    patches -= patches.mean(axis=-1, keepdims=True)
    patches /= np.sqrt(np.square(patches).mean(axis=-1, keepdims=True) + np.float32(_PLAIN))
    return patches


THRESHOLD = np.float32(0.5)
"""Likeness to a typical patch, whose length is 1, below which a patch says nothing of it."""
_PLAIN = (10 / 255) ** 2
_WHITEN = 0.1
"""Added to the variance of each direction, as in Coates, Lee, Ng (2011), AISTATS, section 4.2."""
_ROUNDS = 12


def learn_codebook(pictures: Pixels, side: int, k: int, *, many: int = 40_000, seed: int = 0) -> Codebook:
    """Return `k` typical patches of some pictures, by k-means on the sphere.

    Parameters
    ----------
    pictures : ndarray of float32, shape (n, height, width, channels)
        About 0 to 1.
    side, k : int
        Pixels a side, and typical patches.
    many : int
        Patches that are looked at.
    seed : int
        Of which ones.
    """
    rng = np.random.default_rng(seed)
    n, height, width, _ = pictures.shape
    which = rng.integers(0, n, many)
    top, left = rng.integers(0, height - side + 1, many), rng.integers(0, width - side + 1, many)
    views = np.lib.stride_tricks.sliding_window_view(pictures, (side, side), axis=(1, 2))
    patches = _evened(np.ascontiguousarray(views[which, top, left]).reshape(many, -1))
    mean = patches.mean(axis=0)
    patches -= mean
    values, vectors = np.linalg.eigh((patches.T @ patches / many).astype(np.float64))
    whiten = (vectors / np.sqrt(np.maximum(values, 0.0) + _WHITEN) @ vectors.T).astype(np.float32)
    patches = patches @ whiten
    return Codebook(side, mean, whiten, _typical(patches, k, rng))


def _typical(patches: Pixels, k: int, rng: np.random.Generator) -> Pixels:
    """Return directions that patches gather around: spherical k-means (Coates, Ng 2012)."""
    lengths = np.linalg.norm(patches, axis=1, keepdims=True)
    patches = patches[lengths[:, 0] > 1e-3]
    if len(patches) < k:
        k = max(1, len(patches))
    if not len(patches):
        return np.zeros((1, patches.shape[1]), np.float32)
    unit = patches / np.linalg.norm(patches, axis=1, keepdims=True)
    centres = unit[rng.choice(len(unit), k, replace=False)]
    for _ in range(_ROUNDS):
        alike = unit @ centres.T
        nearest = alike.argmax(axis=1)
        fresh = np.zeros_like(centres)
        order = np.argsort(nearest, kind="stable")
        ends = np.searchsorted(nearest[order], np.arange(k))
        used = np.diff(np.append(ends, len(order))) > 0
        fresh[used] = np.add.reduceat(unit[order], ends[used], axis=0)
        lengths = np.linalg.norm(fresh, axis=1, keepdims=True)
        lost = lengths[:, 0] <= 1e-6
        fresh[lost] = unit[rng.choice(len(unit), int(lost.sum()))]
        centres = (fresh / np.where(lost[:, None], 1.0, lengths)).astype(np.float32)
    return np.asarray(centres, np.float32)


def pooled_codes(pictures: Pixels, book: Codebook, *, stride: int = 1, cells: int = 2, block: int = 32) -> Pixels:
    """Return how much of each typical patch stands in each of `cells` × `cells` parts of pictures.

    A whitened patch counts by what its product with a typical one of length 1 exceeds `THRESHOLD` (soft thresholding:
    Coates, Ng 2011, The importance of encoding versus training, ICML); parts are averages over positions.

    Returns
    -------
    ndarray of float32, shape (n, cells * cells * k)
    """
    k = len(book.centres)
    found = np.empty((len(pictures), cells * cells * k), np.float32)
    project = np.ascontiguousarray((book.centres @ book.whiten.T).T)
    offset = book.mean @ project
    for first in range(0, len(pictures), block):
        patches = patches_of(pictures[first : first + block], book.side, stride)
        n, rows, columns, d = patches.shape
        alike = patches.reshape(-1, d) @ project
        alike -= offset + THRESHOLD
        np.maximum(alike, 0.0, out=alike)
        grid = alike.reshape(n, rows, columns, k)
        up, across = _edges(rows, cells), _edges(columns, cells)
        sums = np.add.reduceat(np.add.reduceat(grid, up, axis=1), across, axis=2)
        area = np.diff(np.append(up, rows))[:, None] * np.diff(np.append(across, columns))[None, :]
        found[first : first + n] = (sums / area[None, :, :, None].astype(np.float32)).reshape(n, -1)
    return found


def _edges(length: int, cells: int) -> Ints:
    return (np.arange(min(cells, length)) * length // min(cells, length)).astype(np.int64)
