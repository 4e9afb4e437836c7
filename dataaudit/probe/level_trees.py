"""Trees that ask one question a level, on features cut into bins: what two ways of boosting share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints
from dataaudit.probe.encoders import Matrix

BINS = 16
"""Bins of a feature, by quantiles."""

Bins = NDArray[np.uint8]


@dataclass(frozen=True)
class Tree:
    """A tree that asks the same question on all branches of a level.

    Attributes
    ----------
    features : tuple of int
        Asked about, one a level.
    cuts : tuple of int
        Last bin of the left branch.
    values : ndarray of float64, shape (2 ** depth,) or (2 ** depth, n_outputs)
        What each leaf adds.
    """

    features: tuple[int, ...]
    cuts: tuple[int, ...]
    values: Floats

    def leaf(self, binned: Bins) -> Ints:
        """Return the leaf of each row of binned features, shape (n,)."""
        at = np.zeros(len(binned), np.int64)
        for feature, cut in zip(self.features, self.cuts, strict=True):
            at = 2 * at + (binned[:, feature] > cut)
        return at


def quantile_edges(matrix: Matrix) -> Matrix:
    """Return the quantiles between which bins lie, of the first 4,096 rows, shape (d, BINS - 1)."""
    at = np.linspace(0, 1, BINS + 1)[1:-1]
    edges: Matrix = np.quantile(matrix[:4096], at, axis=0, method="lower").T.astype(np.float32)
    return edges


def binned(matrix: Matrix, edges: Matrix) -> Bins:
    """Return the bin of every value, shape (n, d)."""
    found = np.zeros(matrix.shape, np.uint8)
    for j in range(matrix.shape[1]):
        found[:, j] = np.searchsorted(edges[j], matrix[:, j], side="left")
    return found
