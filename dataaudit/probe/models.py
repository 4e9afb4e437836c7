"""Two small models in NumPy alone: no threads that wait for each other, the same result on any machine.

Boosting libraries start as many threads as there are cores, which on small data costs more than it saves; these take
milliseconds on hundreds of rows and a second on ten thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.level_trees import BINS, Bins, Tree, binned, quantile_edges

_ROWS, _FEATURES = 2000, 40
"""Rows and features that one tree looks at, drawn anew for each (Friedman 2002, Stochastic gradient boosting)."""


@dataclass(frozen=True)
class Linear:
    """A line fitted by ridge regression: what a linear discriminant ranks rows by.

    Attributes
    ----------
    weights : ndarray of float64, shape (d,)
        Of each feature.
    """

    weights: Floats

    def score(self, matrix: Matrix) -> Floats:
        """Return a number for each row, larger the more it looks like the second class."""
        found: Floats = matrix.astype(np.float64) @ self.weights
        return found


def fit_linear(matrix: Matrix, second: Bools, *, ridge: float = 1e-2) -> Linear:
    """Fit a line that tells the second class from the first, both classes weighing the same.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Finite.
    second : ndarray of bool, shape (n,)
        Class of each row.
    ridge : float
        Penalty on squared weights of features brought to deviation one, times the number of rows.
    """
    x = matrix.astype(np.float64)
    weight = _balanced(second)
    centre = (weight[:, None] * x).sum(axis=0)
    x -= centre
    spread = np.sqrt((weight[:, None] * x * x).sum(axis=0))
    scale = np.where(spread > 1e-6, spread, np.inf)
    x /= scale
    target = weight * np.where(second, 1.0, -1.0)
    gram = (x * weight[:, None]).T @ x + (ridge + len(scale) / len(x)) * np.eye(len(scale))
    return Linear(np.linalg.solve(gram, x.T @ target) / scale)


def _balanced(second: Bools) -> Floats:
    """Return a weight for each row: both classes add up to a half."""
    return np.where(second, 0.5 / max(1, int(second.sum())), 0.5 / max(1, int((~second).sum())))


@dataclass(frozen=True)
class Boosted:
    """Trees that each correct those before.

    Attributes
    ----------
    edges : ndarray of float32, shape (d, BINS - 1)
        Upper ends of the bins of each feature, ascending.
    trees : tuple of Tree
        In order.
    """

    edges: Matrix
    trees: tuple[Tree, ...]

    def score(self, matrix: Matrix) -> Floats:
        """Return a number for each row, larger the more it looks like the second class."""
        bins = binned(matrix, self.edges)
        total = np.zeros(len(matrix))
        for tree in self.trees:
            total += tree.values[tree.leaf(bins)]
        return total


def fit_boosted(
    matrix: Matrix, second: Bools, *, trees: int = 50, depth: int = 3, rate: float = 0.2, least: int = 5, seed: int = 0
) -> Boosted:
    """Fit trees that tell the second class from the first, by the logistic loss, both classes weighing the same.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Finite.
    second : ndarray of bool, shape (n,)
        Class of each row.
    trees, depth : int
        How many, and how many questions each asks.
    rate : float
        What is taken of each tree's correction.
    least : int
        Rows that a leaf is shrunk by: one of fewer rows hardly counts.
    seed : int
        For the rows and features of each tree.
    """
    rng = np.random.default_rng(seed)
    edges = quantile_edges(matrix)
    bins = binned(matrix, edges)
    n, d = matrix.shape
    target, weight = second.astype(np.float64), _balanced(second) * n
    total, found = np.zeros(n), []
    for _ in range(trees):
        chance = 1.0 / (1.0 + np.exp(-np.clip(total, -30, 30)))
        pull = weight * (target - chance)
        curve = weight * np.maximum(chance * (1.0 - chance), 1e-3)
        rows = rng.choice(n, _ROWS, replace=False) if n > _ROWS else np.arange(n)
        features = np.sort(rng.choice(d, _FEATURES, replace=False)) if d > _FEATURES else np.arange(d)
        tree = _grow(bins[np.ix_(rows, features)], pull[rows], curve[rows], depth, rate, float(least))
        tree = Tree(tuple(int(features[f]) for f in tree.features), tree.cuts, tree.values)
        total += tree.values[tree.leaf(bins)]
        found.append(tree)
    return Boosted(edges, tuple(found))


def _grow(bins: Bins, pull: Floats, curve: Floats, depth: int, rate: float, least: float) -> Tree:
    n, d = bins.shape
    offset = np.arange(d, dtype=np.int64) * BINS + bins
    at = np.zeros(n, np.int64)
    pulls, curves = np.repeat(pull, d), np.repeat(curve, d)
    shrink = 0.25 * least
    features, cuts = [], []
    for level in range(depth):
        size = (1 << level) * d * BINS
        key = (at[:, None] * (d * BINS) + offset).ravel()
        shape = (1 << level, d, BINS)
        left_pull = np.bincount(key, pulls, size).reshape(shape).cumsum(axis=2)
        left_curve = np.bincount(key, curves, size).reshape(shape).cumsum(axis=2)
        all_pull, all_curve = left_pull[..., -1:], left_curve[..., -1:]
        gain = left_pull**2 / (left_curve + shrink) + (all_pull - left_pull) ** 2 / (all_curve - left_curve + shrink)
        best = int(np.argmax(gain.sum(axis=0)[:, :-1]))
        feature, cut = divmod(best, BINS - 1)
        features.append(feature)
        cuts.append(cut)
        at = 2 * at + (bins[:, feature] > cut)
    leaves = 1 << depth
    values = rate * np.bincount(at, pull, leaves) / (np.bincount(at, curve, leaves) + shrink)
    return Tree(tuple(features), tuple(cuts), values)
