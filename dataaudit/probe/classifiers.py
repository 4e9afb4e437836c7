"""The models that are pooled, linear, by likeness, and of trees: each learns from some rows and answers for others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints
from dataaudit.probe.budget import Plan
from dataaudit.probe.encoders import Matrix


@dataclass(frozen=True)
class Fit:
    """One fit: the rows to learn from, and those to answer for.

    Attributes
    ----------
    known : ndarray of float32, shape (n, d)
        Inputs to learn from.
    labels : ndarray of int64, shape (n,)
        Their classes.
    weights : ndarray of float64, shape (n,)
        What each weighs.
    asked : ndarray of float32, shape (m, d)
        Inputs to answer for.
    classes : int
        How many there are in all.
    plan : Plan
        How large the models are.
    seed : int
        Of the trees.
    """

    known: Matrix
    labels: Ints
    weights: Floats
    asked: Matrix
    classes: int
    plan: Plan
    seed: int


BINS = 128
"""Quantiles that boosting cuts a column into, and that ranks are read off."""
_RANKED = 4096
"""Rows that these ranks are learnt from, at least half as many where there are more."""

Classifier = Callable[[Fit], Floats]


def linear(fit: Fit) -> Floats:
    """Return the probabilities of a multinomial logistic regression on standardised columns, shape (m, classes)."""
    return _logistic(fit, *narrowed(fit, fit.plan.wide))


def ranked(fit: Fit) -> Floats:
    """Return those of one on columns bent until the rows learnt from are normal, shape (m, classes)."""
    return _logistic(fit, *normal_scores(*narrowed(fit, fit.plan.wide)))


def _logistic(fit: Fit, known: Matrix, asked: Matrix) -> Floats:
    from sklearn.linear_model import LogisticRegression

    known, asked = standardised(known, asked)
    model = LogisticRegression(max_iter=100, tol=1e-3)
    model.fit(known, fit.labels, sample_weight=fit.weights)
    return _spread(model.predict_proba(asked), model.classes_, fit.classes)


def alike(fit: Fit) -> Floats:
    """Return the probabilities of a logistic regression on how much rows resemble some of them, shape (m, classes).

    A Gaussian kernel as wide as the standardised rows are apart, by the method of Nyström (Williams, Seeger 2001).
    """
    from sklearn.kernel_approximation import Nystroem
    from sklearn.linear_model import LogisticRegression

    known, asked = standardised(*narrowed(fit, fit.plan.narrow))
    varied = max(1, int((known.std(axis=0) > 0).sum()))
    landmarks = min(fit.plan.landmarks, len(known))
    kernel = Nystroem(gamma=0.5 / varied, n_components=landmarks, random_state=fit.seed)
    model = LogisticRegression(C=5.0, max_iter=100, tol=1e-3)
    model.fit(kernel.fit_transform(known), fit.labels, sample_weight=fit.weights)
    return _spread(model.predict_proba(kernel.transform(asked)), model.classes_, fit.classes)


def forest(fit: Fit) -> Floats:
    """Return the probabilities of extremely randomised trees, shape (m, classes).

    They are grown one by one and forgotten: leaves hold a probability of every class, and with hundreds of classes
    all trees at once would not fit into memory.
    """
    from sklearn.tree import ExtraTreeClassifier

    known, asked = narrowed(fit, fit.plan.narrow)
    total = np.zeros((len(asked), fit.classes))
    seen = np.unique(fit.labels)
    for i in range(fit.plan.trees):
        tree = ExtraTreeClassifier(min_samples_leaf=2, max_features="sqrt", random_state=fit.seed + i)
        tree.fit(known, fit.labels, sample_weight=fit.weights, check_input=False)
        total[:, seen] += tree.predict_proba(asked, check_input=False)
    return total / fit.plan.trees


def boosted(fit: Fit) -> Floats:
    """Return the probabilities of gradient boosting on binned columns, shape (m, classes)."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    known, asked = binned(*narrowed(fit, fit.plan.narrow))
    model = HistGradientBoostingClassifier(
        max_iter=fit.plan.boosts,
        max_leaf_nodes=15,
        max_bins=BINS,
        learning_rate=4.0 / fit.plan.boosts,  # fewer rounds take larger steps
        early_stopping=False,
        random_state=fit.seed,
    )
    model.fit(known, fit.labels, sample_weight=fit.weights)
    return _spread(model.predict_proba(asked), model.classes_, fit.classes)


def pool(plan: Plan) -> dict[str, Classifier]:
    """Return the models that are fitted, the slowest first, by name."""
    models: dict[str, Classifier] = {"forest": forest}
    if plan.boosts:
        models["boosted trees"] = boosted
    if plan.landmarks:
        models["likeness"] = alike
    return {**models, "linear": ranked}


def standardised(known: Matrix, asked: Matrix) -> tuple[Matrix, Matrix]:
    """Return columns of mean 0 and deviation 1 in the rows learnt from; constant ones are 0."""
    centre = known.mean(axis=0, dtype=np.float64)
    spread = known.std(axis=0, dtype=np.float64)
    scale = np.where(spread > 1e-6, spread, np.inf)
    one, other = ((part - centre) / scale for part in (known, asked))
    return one.astype(np.float32), other.astype(np.float32)


def normal_scores(known: Matrix, asked: Matrix) -> tuple[Matrix, Matrix]:
    """Return columns whose values are replaced by the normal quantile of their rank among the rows learnt from.

    Ranks are read off `BINS` quantiles of some of these rows, and off straight lines between them; equal values share
    the middle of their ranks, values beyond the ends are at the end.

    References
    ----------
    van der Waerden (1952), Order tests for the two-sample problem and their power, Indagationes Mathematicae 14.
    """
    from scipy.special import ndtri

    found = np.empty_like(known), np.empty_like(asked)
    lines = np.sort(known[:: -(-len(known) // _RANKED)], axis=0)
    n = len(lines)
    at = np.unique(np.linspace(0, n - 1, min(n, BINS)).astype(np.int64))
    for j in range(known.shape[1]):
        line = lines[:, j]
        knots = np.unique(line[at])
        below, up_to = np.searchsorted(line, knots, "left"), np.searchsorted(line, knots, "right")
        scores = ndtri((below + up_to) / (2 * n))
        for part, scored in zip((known, asked), found, strict=True):
            scored[:, j] = np.interp(part[:, j], knots, scores)
    return found


def binned(known: Matrix, asked: Matrix) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return which of `BINS` quantiles of the rows learnt from each value is in.

    Boosting would bin by itself; but with weighted rows it then takes longer for that than for the trees.
    """
    found = [np.zeros(part.shape, np.uint8) for part in (known, asked)]
    at = np.linspace(0.0, 1.0, BINS + 1)[1:-1]
    for j in range(known.shape[1]):
        line = np.sort(known[:, j])
        values = line[np.concatenate([[True], line[1:] > line[:-1]])]
        ends = values if len(values) <= BINS else np.unique(line[(at * (len(line) - 1)).astype(np.int64)])
        edges = ends[:-1] / 2 + ends[1:] / 2 if len(values) <= BINS else ends
        for part, codes in zip((known, asked), found, strict=True):
            codes[:, j] = np.searchsorted(edges, part[:, j], side="left")
    return found[0], found[1]


def narrowed(fit: Fit, most: int) -> tuple[Matrix, Matrix]:
    """Return the columns whose means differ most between the classes of the rows learnt from, in their order."""
    if fit.known.shape[1] <= most:
        return fit.known, fit.asked
    keep = telling(fit.known, fit.labels, fit.classes, most)
    return np.ascontiguousarray(fit.known[:, keep]), np.ascontiguousarray(fit.asked[:, keep])


def telling(matrix: Matrix, labels: Ints, classes: int, most: int) -> Ints:
    """Return the columns of the largest F statistic (variance between class means against that within)."""
    from scipy.sparse import csr_array

    n = len(matrix)
    counts = np.bincount(labels, minlength=classes).astype(np.float64)
    member = csr_array((np.ones(n, np.float32), labels, np.arange(n + 1)), shape=(n, classes))
    means = np.asarray(member.T @ matrix, dtype=np.float64) / np.maximum(counts, 1)[:, None]
    centre = matrix.mean(axis=0, dtype=np.float64)
    between = (counts[:, None] * (means - centre) ** 2).sum(axis=0) / n
    total = matrix.var(axis=0, dtype=np.float64)
    score = np.divide(between, total, out=np.zeros_like(total), where=total > 1e-12)
    return np.sort(np.argsort(-score, kind="stable")[:most]).astype(np.int64)


def _spread(P: Any, seen: Any, classes: int) -> Floats:
    """Return probabilities with a column for every class, 0 for those that the model never saw."""
    full = np.zeros((len(P), classes))
    full[:, np.asarray(seen, np.int64)] = P
    return full
