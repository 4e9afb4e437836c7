"""Out-of-fold probabilities of several yes/no labels: a linear model for each, and one forest for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, ProbeSettings
from dataaudit.probe import pooling
from dataaudit.probe.budget import Plan
from dataaudit.probe.classifiers import Fit, linear, standardised
from dataaudit.probe.crossfit import Steps, in_threads
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.regressors import mean_of_trees

Labels = NDArray[np.int8]


def rarest(labels: NDArray[Any]) -> Ints:
    """Return, for each row, which of its labels is the rarest of all, the number of labels where it has none."""
    said = labels == 1
    counts = np.where(said.any(axis=0), said.sum(axis=0), len(labels) + 1)
    cost = np.where(said, counts, len(labels) + 2)
    found: Ints = np.where(said.any(axis=1), cost.argmin(axis=1), labels.shape[1]).astype(np.int64)
    return found


def label(
    matrix: Matrix, labels: Labels, folds: Ints, plan: Plan, settings: ProbeSettings
) -> tuple[Floats, Floats, Mapping[str, float]]:
    """Return pooled out-of-fold probabilities after both rounds, those after the first, and the models' weights.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Inputs of the rows that take part.
    labels : ndarray of int8, shape (n, n_labels)
        1 where a row has the label, else 0.
    folds : ndarray of int64, shape (n,)
        Of each row.
    plan : Plan
        How large the models are.
    settings : ProbeSettings
        Seed, threads, progress.

    Returns
    -------
    (ndarray, ndarray, mapping)
        Both arrays of shape (n, n_labels).
    """
    models = {"forest": _forest, "linear": _linear}
    used = np.unique(folds)
    steps = Steps(settings, 2 * len(models) * len(used))
    said = labels.astype(np.int64)

    def fitted(name: str, k: int, weights: Floats, seed: int) -> Floats:
        away = folds != k
        return models[name](matrix[away], said[away], weights[away], matrix[~away], plan, seed)

    def round_(weights: Floats, seed: int) -> tuple[Floats, Floats]:
        order = [(name, int(k)) for name in models for k in used]
        tasks = [partial(fitted, name, k, weights, seed + 1000 * k) for name, k in order]
        found = {name: np.zeros(said.shape) for name in models}
        for (name, k), P in zip(order, in_threads(tasks, settings.jobs, steps), strict=True):
            found[name][folds == k] = P
        P, shares = pooling.pooled([_two(P) for P in found.values()], said.ravel())
        return P, shares

    first, _ = round_(np.ones(len(said)), settings.seed)
    margin = pooling.margins(first, said.ravel()).reshape(said.shape)
    second, shares = round_(pooling.trust(margin.max(axis=1)), settings.seed + 500_000)
    both = pooling.tempered(pooling.geometric(first, second), said.ravel())
    weights = dict(zip(models, shares.tolist(), strict=True))
    return both[:, 1].reshape(said.shape), first[:, 1].reshape(said.shape), weights


def _two(P: Floats) -> Floats:
    """Return the probabilities of no and yes, one label after the other, shape (n * n_labels, 2)."""
    return np.stack([1.0 - P.ravel(), P.ravel()], axis=1)


def _linear(known: Matrix, said: Ints, weights: Floats, asked: Matrix, plan: Plan, seed: int) -> Floats:
    known, asked = standardised(known, asked)
    found = np.zeros((len(asked), said.shape[1]))
    for j in range(said.shape[1]):
        if np.ptp(said[:, j]):
            found[:, j] = linear(Fit(known, said[:, j], weights, asked, 2, plan, seed))[:, 1]
        else:
            found[:, j] = said[0, j]
    return found


def _forest(known: Matrix, said: Ints, weights: Floats, asked: Matrix, plan: Plan, seed: int) -> Floats:
    # Means of yes and no in the leaves: the same trees as a classifier's, one number a label instead of two.
    features = max(1, round(float(np.sqrt(known.shape[1]))))
    means = mean_of_trees(known, said.astype(np.float64), weights, asked, plan.trees, features, seed)
    return np.clip(means, 0.0, 1.0)
