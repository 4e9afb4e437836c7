"""Whether a model can tell two sets of rows apart, with a p-value that holds for any model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats, Ints
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.models import fit_boosted, fit_linear
from dataaudit.probe.two_samples import auc, ranked

FOLDS = 3
_MOST_FEATURES = 200
"""Features that models are fitted on: those whose means differ most in the rows that are learnt from."""


@dataclass(frozen=True)
class Separation:
    """How well a model tells the second set of rows from the first, on rows it was not fitted on.

    Attributes
    ----------
    auc : float
        Chance that a row of the second set scores above one of the first, mean of the folds; 0.5 is none.
    p : float
        Of that, if both sets were drawn alike: twice the mean of the folds' permutation p-values, which holds
        whatever the dependence between folds (Rüschendorf 1982, Advances in Applied Probability 14, 623-632).
    scores : ndarray of float64, shape (n,)
        Mean rank of each row within its fold, 0 to 1.
    """

    auc: float
    p: float
    scores: Floats


def separate(matrix: Matrix, second: Bools, *, groups: Ints | None = None, seed: int = 0) -> Separation:
    """Fit models that tell two sets of rows apart, and judge them out of fold.

    Two models, whose ranks are averaged: a linear discriminant and a small gradient boosting (50 trees of depth 3).
    In each fold, which rows are of which set is exchangeable given the model if both sets were drawn alike, so that
    its rank sum has a known distribution.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Finite, in spreads.
    second : ndarray of bool, shape (n,)
        Which rows are of the second set.
    groups : ndarray of int64, shape (n,), optional
        Rows of one group stay in one fold.
    seed : int
        For the folds and the models.

    Returns
    -------
    Separation
        With an area of 0.5 and p of 1 where a set has fewer than two rows a fold, or there is no feature.
    """
    n = len(matrix)
    nothing = Separation(0.5, 1.0, np.full(n, 0.5))
    if not matrix.shape[1] or min(int(second.sum()), int((~second).sum())) < 2 * FOLDS:
        return nothing
    fold = _folds(second, groups, seed)
    scores, areas, chances = np.full(n, 0.5), [], []
    for k in range(FOLDS):
        away, here = fold != k, fold == k
        if len(np.unique(second[away])) < 2 or len(np.unique(second[here])) < 2:
            continue
        score = _scores(matrix[away], second[away], matrix[here], seed)
        scores[here] = ranked(score) / here.sum()
        area, p = auc(score, second[here])
        areas.append(area)
        chances.append(p)
    if len(areas) < 2:
        return nothing
    return Separation(float(np.mean(areas)), min(1.0, 2.0 * float(np.mean(chances))), scores)


def _folds(second: Bools, groups: Ints | None, seed: int) -> Ints:
    """Return a fold for each row: as many of either set in each, or whole groups."""
    rng = np.random.default_rng(seed)
    fold = np.zeros(len(second), np.int64)
    if groups is not None:
        names, inverse = np.unique(groups, return_inverse=True)
        of_second = np.bincount(inverse, second, minlength=len(names)) > 0
        return _folds(of_second, None, seed)[inverse]
    for which in (False, True):
        rows = np.flatnonzero(second == which)
        fold[rows] = rng.permutation(len(rows)) % FOLDS
    return fold


def _scores(known: Matrix, second: Bools, asked: Matrix, seed: int) -> Floats:
    """Return the mean rank that two models give rows they were not fitted on."""
    if known.shape[1] > _MOST_FEATURES:
        keep = _most_different(known, second)
        known, asked = known[:, keep], asked[:, keep]
    models = fit_linear(known, second), fit_boosted(known, second, seed=seed)
    total: Floats = sum((ranked(np.round(model.score(asked), 9)) for model in models), np.zeros(len(asked)))
    return total / len(models)


def _most_different(matrix: Matrix, second: Bools) -> Ints:
    a, b = matrix[~second], matrix[second]
    spread = matrix.std(axis=0)
    gap = np.abs(a.mean(axis=0) - b.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    return np.sort(np.argsort(-gap, kind="stable")[:_MOST_FEATURES]).astype(np.int64)
