"""Boosted trees with one leaf value for every class, label or number: quick enough to be fitted again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from dataaudit.model import Floats, Ints
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.level_trees import BINS, Bins, Tree, binned, quantile_edges

_ROWS, _FEATURES = 4096, 40
"""Rows and features that the questions of one tree are chosen by, drawn anew for each (Friedman 2002, Stochastic
gradient boosting); what its leaves say is learnt from all rows."""
_SHRINK = 1.0
_STEP = 4.0
"""Most that a leaf may add to a log-odds, before the rate."""


class Aim(StrEnum):
    """What the outputs are."""

    CLASSES = "classes"
    LABELS = "labels"
    NUMBER = "number"


@dataclass(frozen=True)
class JointTrees:
    """Trees that each correct those before.

    Attributes
    ----------
    aim : Aim
        What the outputs are.
    edges : ndarray of float32, shape (d, BINS - 1)
        Upper ends of the bins of each feature, ascending.
    start : ndarray of float64, shape (n_outputs,)
        Scores before the first tree.
    trees : tuple of Tree
        In order.
    """

    aim: Aim
    edges: Matrix
    start: Floats
    trees: tuple[Tree, ...]

    def bins(self, matrix: Matrix) -> Bins:
        """Return the bin of every value, shape (n, d)."""
        return binned(matrix, self.edges)

    def scores(self, bins: Bins) -> Floats:
        """Return the scores of rows, shape (n, n_outputs): log-odds, or the number itself."""
        total = np.tile(self.start, (len(bins), 1))
        for tree in self.trees:
            total += tree.values[tree.leaf(bins)]
        return total

    def predict(self, matrix: Matrix) -> Floats:
        """Return probabilities, or the number, of rows, shape (n, n_outputs)."""
        return linked(self.aim, self.scores(self.bins(matrix)))

    def changes(self, bins: Bins, order: Ints) -> Iterator[tuple[int, Floats]]:
        """Yield, for each feature that any tree asks about, by how much scores change when its values are shuffled.

        Parameters
        ----------
        bins : ndarray of uint8, shape (n, d)
            Binned rows.
        order : ndarray of int64, shape (n,)
            Row whose value each row is given.
        """
        leaves = [tree.leaf(bins) for tree in self.trees]
        for feature in sorted({f for tree in self.trees for f in tree.features}):
            column = bins[:, feature].astype(np.int64)
            change = np.zeros((len(bins), len(self.start)))
            for tree, leaf in zip(self.trees, leaves, strict=True):
                if feature in tree.features:
                    change += tree.values[_moved(tree, leaf, feature, column, order)] - tree.values[leaf]
            yield feature, change


def _moved(tree: Tree, leaf: Ints, feature: int, column: Ints, order: Ints) -> Ints:
    """Return the leaf of each row once its bin of a feature is that of another row."""
    other = leaf.copy()
    for level, (f, cut) in enumerate(zip(tree.features, tree.cuts, strict=True)):
        if f == feature:
            above = (column > cut).astype(np.int64)
            other += (above[order] - above) << (len(tree.features) - 1 - level)
    return other


def fit_joint(
    matrix: Matrix, outputs: Floats, aim: Aim, *, trees: int = 60, depth: int = 3, rate: float = 0.3, seed: int = 0
) -> JointTrees:
    """Fit trees that predict all outputs at once.

    The questions of a tree are chosen by one random mixture of the outputs' gradients, so that a hundred classes cost
    little more than two (Iosipoi and Vakhrushev 2022, SketchBoost, NeurIPS 35); all trees in turn must begin with one
    feature after the other for a third of the rounds, so that pairs that only tell together are met.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Finite.
    outputs : ndarray of float64, shape (n, n_outputs)
        Classes: 1 in the column of the row's class. Labels: 0 or 1. A number: itself.
    aim : Aim
        Which of these.
    trees, depth : int
        How many, and how many questions each asks.
    rate : float
        What is taken of each tree's correction.
    seed : int
        For the rows, features and mixtures of each tree.
    """
    rng = np.random.default_rng(seed)
    n, d = matrix.shape
    k = outputs.shape[1]
    edges = quantile_edges(matrix)
    bins = binned(matrix, edges)
    start = _start(aim, outputs)
    total = np.tile(start, (n, 1))
    shrink = 5.0 if aim is Aim.NUMBER else _SHRINK
    found: list[Tree] = []
    first = rng.permutation(d)
    for t in range(trees if d else 0):
        chance = linked(aim, total)
        pull = outputs - chance
        mixture = rng.normal(size=k) if k > 2 else np.array([-1.0, 1.0][-k:])
        rows = rng.choice(n, _ROWS, replace=False) if n > _ROWS else np.arange(n)
        features = rng.choice(d, _FEATURES, replace=False) if d > _FEATURES else np.arange(d)
        begin = -1
        if t % 3 == 2:
            begin = int(first[(t // 3) % d])
            features = np.union1d(features, [begin])
            begin = int(np.searchsorted(features, begin))
        asked, cuts = _grow(bins[np.ix_(rows, features)], pull[rows] @ mixture, depth, begin)
        tree = Tree(tuple(int(features[f]) for f in asked), tuple(cuts), np.zeros((1 << depth, k)))
        leaf = tree.leaf(bins)
        key = (leaf[:, None] * k + np.arange(k)).ravel()
        sums = np.bincount(key, pull.ravel(), k << depth).reshape(-1, k)
        if aim is Aim.NUMBER:
            curves = np.bincount(key, np.ones(n * k), k << depth).reshape(-1, k)
        else:
            curves = np.bincount(key, (chance * (1.0 - chance)).ravel(), k << depth).reshape(-1, k)
        most = np.inf if aim is Aim.NUMBER else _STEP
        values = rate * np.clip(sums / (curves + shrink), -most, most)
        tree = Tree(tree.features, tree.cuts, values)
        total += values[leaf]
        found.append(tree)
    return JointTrees(aim, edges, start, tuple(found))


def linked(aim: Aim, scores: Floats) -> Floats:
    """Return probabilities out of log-odds; numbers stay what they are."""
    if aim is Aim.NUMBER:
        return scores
    if aim is Aim.LABELS:
        chances: Floats = 1.0 / (1.0 + np.exp(-np.clip(scores, -30.0, 30.0)))
        return chances
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = odds / odds.sum(axis=1, keepdims=True)
    return shares


def _start(aim: Aim, outputs: Floats) -> Floats:
    mean: Floats = outputs.mean(axis=0)
    if aim is Aim.NUMBER:
        return mean
    share = np.clip(mean, 0.5 / len(outputs), 1.0 - 0.5 / len(outputs))
    odds: Floats = np.log(share) if aim is Aim.CLASSES else np.log(share / (1.0 - share))
    return odds


def _grow(bins: Bins, pull: Floats, depth: int, begin: int) -> tuple[list[int], list[int]]:
    """Return the questions of a tree; its first is about the feature `begin`, if that is not negative."""
    n, d = bins.shape
    offset = np.arange(d, dtype=np.int64) * BINS + bins
    pulls = np.repeat(pull, d)
    at = np.zeros(n, np.int64)
    features: list[int] = []
    cuts: list[int] = []
    for level in range(depth):
        shape = (1 << level, d, BINS)
        key = (at[:, None] * (d * BINS) + offset).ravel()
        left = np.bincount(key, pulls, (1 << level) * d * BINS).reshape(shape).cumsum(axis=2)
        count = np.bincount(key, minlength=(1 << level) * d * BINS).reshape(shape).cumsum(axis=2)
        gain = left**2 / (count + _SHRINK) + (left[..., -1:] - left) ** 2 / (count[..., -1:] - count + _SHRINK)
        gain = gain.sum(axis=0)[:, :-1]
        if level == 0 and begin >= 0:
            feature, cut = begin, _any_cut(gain[begin], count[0, begin])
        else:
            feature, cut = divmod(int(np.argmax(gain)), BINS - 1)
        features.append(feature)
        cuts.append(cut)
        at = 2 * at + (bins[:, feature] > cut)
    return features, cuts


def _any_cut(gain: Floats, count: Ints) -> int:
    """Return the best cut among those with a quarter of the rows on either side, or the best of all."""
    n = count[-1]
    fair = (count[:-1] >= n // 4) & (count[:-1] <= n - n // 4)
    return int(np.argmax(np.where(fair, gain, -np.inf) if fair.any() else gain))
