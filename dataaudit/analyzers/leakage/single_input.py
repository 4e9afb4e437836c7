"""How well one input alone tells the target: an out-of-fold tree of depth four, or the usual label of each word."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints
from dataaudit.stats.hashing import mix

DEPTH = 4
FOLDS = 5
NEAR = 3
"""Rows on either side whose mean is taken."""

LEAST_LEAF = 5
"""Rows of a leaf: fewer learn single rows."""


def folds_of(n: int, seed: int = 0) -> Ints:
    """Return the fold of each of n rows, FOLDS of equal size in an order drawn from `seed`, shape (n,)."""
    order = np.argsort(mix(np.arange(n, dtype=np.uint64) ^ mix(np.full(1, seed, np.uint64))), kind="stable")
    folds = np.empty(n, dtype=np.int64)
    folds[order] = np.arange(n) % FOLDS
    return folds


def scaled_balanced_accuracy(told: Ints, y: Ints, n_classes: int) -> float:
    """Return the mean share of each class that is told right, scaled so that guessing gives 0 and telling all 1."""
    totals = np.bincount(y, minlength=n_classes)
    right = np.bincount(y[told == y], minlength=n_classes)
    present = totals > 0
    k = int(present.sum())
    if k < 2:
        return 0.0
    mean = float((right[present] / totals[present]).mean())
    return max(0.0, (mean - 1.0 / k) / (1.0 - 1.0 / k))


def explained(told: Floats, y: Floats) -> float:
    """Return the share of the variance of y that is told, at least 0."""
    total = float(((y - y.mean()) ** 2).sum())
    return max(0.0, 1.0 - float(((y - told) ** 2).sum()) / total) if total > 0 else 0.0


def score_numbers(x: Floats, y: NDArray[Any], n_classes: int | None, seed: int = 0) -> float:
    """Return how well a number tells the target out of fold, 0 to 1.

    Parameters
    ----------
    x : ndarray of float64, shape (n,)
        The input, finite.
    y : ndarray of int64 (classes 0 to n_classes - 1) or float64 (finite), shape (n,)
        The target.
    n_classes : int or None
        None for a regression.
    seed : int
        Of the folds.
    """
    order = np.argsort(x, kind="stable")
    x, y, folds = x[order], y[order], folds_of(len(x), seed)[order]
    told = np.zeros(len(y), dtype=y.dtype)
    for fold in range(FOLDS):
        inside, outside = folds != fold, folds == fold
        masses = _masses(y[inside], n_classes)
        edges, leaves = _tree(x[inside], masses, n_classes)
        told[outside] = leaves[np.searchsorted(edges, x[outside], side="left")]
    if n_classes is None:
        return max(explained(told, y), explained(_by_neighbours(x, y, folds), y))
    return scaled_balanced_accuracy(told, y, n_classes)


def _by_neighbours(x: Floats, y: Floats, folds: Ints) -> Floats:
    """Return the mean target of the nearest rows out of fold on both sides: follows curves that steps cut off."""
    told = np.empty(len(y))
    for fold in range(FOLDS):
        inside, outside = folds != fold, folds == fold
        line, mine = x[inside], y[inside]
        sums = np.concatenate([[0.0], np.cumsum(mine)])
        low = np.searchsorted(line, x[outside], side="left")  # equal values count all alike
        high = np.searchsorted(line, x[outside], side="right")
        low, high = np.maximum(0, np.minimum(low, high - NEAR)), np.minimum(len(line), np.maximum(high, low + NEAR))
        told[outside] = (sums[high] - sums[low]) / (high - low)
    return told


def score_words(codes: Ints, y: NDArray[Any], n_classes: int | None, seed: int = 0) -> float:
    """Return how well a category tells the target out of fold: by the usual label, or the mean, of its other rows.

    Parameters
    ----------
    codes : ndarray of int64, shape (n,)
        The category of each row, 0 and up.
    y, n_classes, seed
        As in `score_numbers`.
    """
    n_words = int(codes.max()) + 1
    folds = folds_of(len(y), seed)
    told = np.zeros(len(y), dtype=y.dtype)
    for fold in range(FOLDS):
        inside, outside = folds != fold, folds == fold
        masses = _masses(y[inside], n_classes)
        sums = _sums(codes[inside], masses, n_words)
        told[outside] = _leaf(sums, masses.sum(axis=1, keepdims=True), n_classes)[codes[outside]]
    if n_classes is None:
        return explained(told, y)
    return scaled_balanced_accuracy(told, y, n_classes)


def screen(X: Floats, y: NDArray[Any], n_classes: int | None, bins: int = 128) -> Floats:
    """Return an upper guess of `score_numbers` for many inputs at once, from bins of equally many rows.

    Parameters
    ----------
    X : ndarray of float64, shape (n_inputs, n)
        Inputs, finite; in an order that says nothing of y, since equal values are cut anywhere.
    y, n_classes
        As in `score_numbers`.
    bins : int
        Most bins; fewer rows make fewer, of three rows or more.

    Returns
    -------
    ndarray of float64, shape (n_inputs,)
        Within the sample, so that chance adds to it. About 70 ns a number.
    """
    n = X.shape[1]
    starts = np.linspace(0, n, min(bins, max(1, n // 3)), endpoint=False).astype(np.int64)
    ordered = y[np.argsort(X, axis=1)]
    if n_classes is None:
        sums, sizes = np.add.reduceat(ordered - y.mean(), starts, axis=1), np.diff(starts, append=n)
        total = float(((y - y.mean()) ** 2).sum())
        told: Floats = (sums**2 / sizes).sum(axis=1)
        return told / total if total > 0 else np.zeros(len(X))
    totals = np.bincount(y, minlength=n_classes)
    present = np.flatnonzero(totals)
    if len(present) < 2:
        return np.zeros(len(X))
    shares = np.stack([np.add.reduceat((ordered == k) / totals[k], starts, axis=1) for k in present])
    right = np.where(shares == shares.max(axis=0), shares, 0.0).sum(axis=(0, 2)) / len(present)
    scaled: Floats = (right - 1 / len(present)) / (1 - 1 / len(present))
    return scaled


def _masses(y: NDArray[Any], n_classes: int | None) -> Floats:
    """Return what a leaf sums: rows of each class weighed so that all classes count alike; or rows, y and y squared."""
    if n_classes is None:
        return np.stack([np.ones(len(y)), y, y * y])
    totals = np.bincount(y, minlength=n_classes)
    masses = np.zeros((n_classes, len(y)))
    masses[y, np.arange(len(y))] = 1.0 / np.maximum(totals, 1)[y]
    return masses


def _sums(places: Ints, masses: Floats, n: int) -> Floats:
    """Return each place's sums of masses, shape (n_masses, n)."""
    return np.stack([np.bincount(places, weights=m, minlength=n).astype(np.float64) for m in masses])


def _leaf(sums: Floats, totals: Floats, n_classes: int | None) -> NDArray[Any]:
    """Return what leaves tell, from their sums of masses, shape (n_masses, n_leaves); empty ones tell the whole's."""
    if n_classes is None:
        told: Floats = np.where(sums[0] > 0, sums[1] / np.maximum(sums[0], 1.0), totals[1] / totals[0])
        return told
    usual: Ints = sums.argmax(axis=0)
    return usual


def _tree(x: Floats, masses: Floats, n_classes: int | None) -> tuple[Floats, NDArray[Any]]:
    """Return the inner edges of the leaves of a greedy tree on one sorted input, and what each leaf tells."""
    sums = np.concatenate([np.zeros((len(masses), 1)), np.cumsum(masses, axis=1)], axis=1)
    may_cut = np.concatenate([[False], x[1:] != x[:-1], [False]])
    cuts = [0, len(x)]
    for _ in range(DEPTH):
        cuts = sorted({*cuts, *_halves(cuts, sums, may_cut, n_classes)})
    inner = cuts[1:-1]
    edges = np.array([(x[c - 1] + x[c]) / 2 for c in inner], dtype=np.float64)
    inside = np.stack([sums[:, b] - sums[:, a] for a, b in pairwise(cuts)], axis=1)
    return edges, _leaf(inside, sums[:, -1:], n_classes)


def _halves(cuts: Sequence[int], sums: Floats, may_cut: NDArray[np.bool_], n_classes: int | None) -> list[int]:
    """Return for each leaf where to cut it best: Gini's impurity for classes, squared error for numbers."""
    found = []
    for a, b in pairwise(cuts):
        places = np.flatnonzero(may_cut[a + LEAST_LEAF : b - LEAST_LEAF + 1]) + a + LEAST_LEAF
        if not len(places):
            continue
        left, right = sums[:, places] - sums[:, a : a + 1], sums[:, b : b + 1] - sums[:, places]
        whole = sums[:, b] - sums[:, a]
        gain = _pure(left, n_classes) + _pure(right, n_classes)
        best = int(np.argmax(gain))
        if gain[best] > float(_pure(whole[:, None], n_classes)[0]) * (1 + 1e-12):
            found.append(int(places[best]))
    return found


def _pure(sums: Floats, n_classes: int | None) -> Floats:
    """Return the larger the purer a leaf: Gini's sum of squares over its mass, or what its mean explains."""
    top = sums[1] ** 2 if n_classes is None else (sums**2).sum(axis=0)
    mass = sums[0] if n_classes is None else sums.sum(axis=0)
    pure: Floats = top / np.maximum(mass, 1e-300)
    return pure
