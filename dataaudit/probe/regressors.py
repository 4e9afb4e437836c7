"""Out-of-fold predictions of a number: a linear model, a forest and boosted trees, pooled as their errors deserve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from dataaudit.model import Bools, Floats, Ints, ProbeSettings
from dataaudit.probe.budget import Plan
from dataaudit.probe.classifiers import BINS, binned, standardised
from dataaudit.probe.crossfit import Steps, in_threads
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.pooling import mixture

FAR = 4.0
"""Local deviations of a residual from which a row is left out of the second round."""
NEIGHBOURS = 101
"""Rows of the closest predictions that a residual is measured against."""

Regressor = Callable[[Matrix, Floats, Matrix, Plan, int], Floats]


def regress(
    matrix: Matrix, target: Floats, folds: Ints, plan: Plan, settings: ProbeSettings
) -> tuple[Floats, Floats, Mapping[str, float]]:
    """Return pooled out-of-fold predictions after both rounds, those after the first, and the models' weights.

    Parameters
    ----------
    matrix : ndarray of float32, shape (n, d)
        Inputs of the rows that take part.
    target : ndarray of float64, shape (n,)
        Finite.
    folds : ndarray of int64, shape (n,)
        Of each row.
    plan : Plan
        How large the models are.
    settings : ProbeSettings
        Seed, threads, progress.

    Returns
    -------
    (ndarray, ndarray, mapping)
        Both arrays of shape (n, 1), in the target's own unit.
    """
    models = _models(plan)
    used = np.unique(folds)
    steps = Steps(settings, 2 * len(models) * len(used))
    centre = float(np.median(target))
    scale = _spread(target - centre)
    y = np.clip((target - centre) / scale, -1e6, 1e6)

    def fitted(name: str, k: int, keep: Bools, seed: int) -> Floats:
        away = (folds != k) & keep
        if not away.any():
            return np.zeros(int((folds == k).sum()))
        return models[name](matrix[away], y[away], matrix[folds == k], plan, seed)

    def round_(keep: Bools, seed: int) -> tuple[Floats, Floats]:
        order = [(name, int(k)) for name in models for k in used]
        tasks = [partial(fitted, name, k, keep, seed + 1000 * k) for name, k in order]
        found = {name: np.zeros(len(y)) for name in models}
        for (name, k), answer in zip(order, in_threads(tasks, settings.jobs, steps), strict=True):
            found[name][folds == k] = answer
        return _pooled(np.stack(list(found.values())), y)

    first, _ = round_(np.ones(len(y), bool), settings.seed)
    second, weights = round_(local_z(y, first) < FAR, settings.seed + 500_000)
    one, other = ((part * scale + centre)[:, None] for part in (second, first))
    return one, other, dict(zip(models, weights.tolist(), strict=True))


def local_z(target: Floats, predicted: Floats) -> Floats:
    """Return each residual's size in deviations of the rows predicted closest: where values are large, so are errors.

    Parameters
    ----------
    target, predicted : ndarray of float64, shape (n,)
        Finite.

    Returns
    -------
    ndarray of float64, shape (n,)
        Absolute residual by 1.4826 times the running median of absolute residuals over the `NEIGHBOURS` closest
        predictions, which is no less than a tenth of the median over all.
    """
    from scipy.ndimage import median_filter

    size = np.abs(target - predicted)
    if not len(size):
        return size
    order = np.argsort(predicted, kind="stable")
    width = min(NEIGHBOURS, len(size))
    local = np.empty(len(size))
    local[order] = median_filter(size[order], size=width, mode="nearest")
    least = max(0.1 * float(np.median(size)), float(np.finfo(np.float64).eps * max(1.0, np.abs(target).max())))
    found: Floats = size / (1.4826 * np.maximum(local, least))
    return found


def _models(plan: Plan) -> dict[str, Regressor]:
    models: dict[str, Regressor] = {"forest": _forest, "boosted trees": _boosted, "linear": _linear}
    if not plan.boosts:
        del models["boosted trees"]
    return models


def _linear(known: Matrix, y: Floats, asked: Matrix, plan: Plan, seed: int) -> Floats:
    from sklearn.linear_model import Ridge

    known, asked = _narrowed(known, y, asked, plan.wide)
    known, asked = standardised(known, asked)
    low, high = y.min(), y.max()
    reach = high - low
    answer = Ridge(alpha=1.0, solver="auto").fit(known, y).predict(asked)
    return np.clip(np.asarray(answer, np.float64), low - reach, high + reach)


def _forest(known: Matrix, y: Floats, asked: Matrix, plan: Plan, seed: int) -> Floats:
    known, asked = _narrowed(known, y, asked, plan.narrow)
    d = known.shape[1]
    features = min(d, max(-(-d // 3), 3)) if d <= 60 else 20  # of a number a third is usual; wide tables cost too much
    return mean_of_trees(known, y, None, asked, plan.trees, features, seed)


def mean_of_trees(
    known: Matrix, y: Floats, weights: Floats | None, asked: Matrix, trees: int, features: int, seed: int
) -> Floats:
    """Return the mean answer of extremely randomised trees, shape (m,) or (m, n_outputs)."""
    from sklearn.tree import ExtraTreeRegressor

    total = np.zeros((len(asked), *y.shape[1:]))
    for i in range(trees):
        tree = ExtraTreeRegressor(min_samples_leaf=2, max_features=features, random_state=seed + i)
        tree.fit(known, y, sample_weight=weights, check_input=False)
        total += tree.predict(asked, check_input=False).reshape(total.shape)
    return total / trees


def _boosted(known: Matrix, y: Floats, asked: Matrix, plan: Plan, seed: int) -> Floats:
    from sklearn.ensemble import HistGradientBoostingRegressor

    inputs, questions = binned(*_narrowed(known, y, asked, plan.narrow))
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=2 * plan.boosts,
        max_leaf_nodes=15,
        max_bins=BINS,
        early_stopping=False,
        random_state=seed,
    )
    return np.asarray(model.fit(inputs, y).predict(questions), np.float64)


def _narrowed(known: Matrix, y: Floats, asked: Matrix, most: int) -> tuple[Matrix, Matrix]:
    """Return the columns that are correlated most with the target, in their order."""
    if known.shape[1] <= most:
        return known, asked
    rank = np.argsort(np.argsort(y, kind="stable"), kind="stable") / max(1, len(y) - 1) - 0.5
    shared = np.abs(rank.astype(np.float32) @ (known - known.mean(axis=0)))
    spread = known.std(axis=0)
    score = np.divide(shared, spread, out=np.zeros_like(shared), where=spread > 1e-6)
    keep = np.sort(np.argsort(-score, kind="stable")[:most])
    return np.ascontiguousarray(known[:, keep]), np.ascontiguousarray(asked[:, keep])


def _pooled(answers: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean of the models' answers, and the weights: a mixture of Laplace errors decides."""
    sizes = np.abs(answers - y)
    width = np.maximum(np.median(sizes, axis=1, keepdims=True), 1e-12)
    weights = mixture(np.exp(-np.minimum(sizes / width, 500.0)) / width)
    return weights @ answers, weights


def _spread(values: Floats) -> float:
    """Return the median absolute deviation, or the deviation where most values are the same, or 1."""
    spread = 1.4826 * float(np.median(np.abs(values)))
    if spread > 0:
        return spread
    deviation = float(values.std())
    return deviation if deviation > 0 else 1.0
