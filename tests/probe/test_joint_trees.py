"""Trees for many outputs: against their own definition, and against guessing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.probe.joint_trees import Aim, JointTrees, fit_joint, linked
from dataaudit.probe.level_trees import BINS, binned, quantile_edges


def classes(n: int, k: int, seed: int = 0, d: int = 6) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return inputs and one column a class; the class is told by the first two inputs."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)).astype(np.float32)
    cuts = np.quantile(X[:, 0] + X[:, 1], np.linspace(0, 1, k + 1)[1:-1])
    return X, np.eye(k)[np.searchsorted(cuts, X[:, 0] + X[:, 1])]


@pytest.mark.parametrize("k", [2, 3, 12])
def test_classes_are_told_apart(k: int) -> None:
    X, Y = classes(1500, k)
    trees = fit_joint(X[:1000], Y[:1000], Aim.CLASSES)
    P = trees.predict(X[1000:])
    assert P.shape == (500, k)
    assert P.sum(axis=1) == pytest.approx(np.ones(500))
    guess = np.bincount(Y[:1000].argmax(axis=1)).max() / 1000
    assert (P.argmax(axis=1) == Y[1000:].argmax(axis=1)).mean() > guess + 0.45 * (1 - guess)


def test_two_columns_that_only_tell_together() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 30)).astype(np.float32)
    Y = np.eye(2)[(X[:, 3] * X[:, 20] > 0).astype(int)]
    P = fit_joint(X[:1000], Y[:1000], Aim.CLASSES).predict(X[1000:])
    assert (P.argmax(axis=1) == Y[1000:].argmax(axis=1)).mean() > 0.85


def test_labels_and_numbers() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1200, 5)).astype(np.float32)
    truth = np.stack([X[:, 0] > 0, X[:, 1] > 1], axis=1).astype(float)
    P = fit_joint(X[:900], truth[:900], Aim.LABELS).predict(X[900:])
    assert ((P > 0.5) == (truth[900:] > 0.5)).mean() > 0.95
    y = (X[:, :1] ** 2).astype(float)
    left = y[900:] - fit_joint(X[:900], y[:900], Aim.NUMBER).predict(X[900:])
    assert left.var() < 0.25 * y[900:].var()


def test_numbers_of_any_size() -> None:
    X, Y = classes(300, 2)
    big = fit_joint(X, 1e9 * Y[:, :1], Aim.NUMBER)
    small = fit_joint(X, Y[:, :1], Aim.NUMBER)
    assert big.predict(X) == pytest.approx(1e9 * small.predict(X), rel=1e-9)


@given(st.integers(1, 40), st.integers(0, 3), st.integers(1, 4), st.sampled_from(list(Aim)))
@settings(max_examples=30, deadline=None)
def test_any_shape_gives_finite_answers(n: int, d: int, k: int, aim: Aim) -> None:
    rng = np.random.default_rng(n)
    X = rng.integers(0, 3, (n, d)).astype(np.float32)
    Y = rng.normal(size=(n, k)) if aim is Aim.NUMBER else np.eye(k)[rng.integers(0, k, n)]
    P = fit_joint(X, Y, aim, trees=6).predict(X)
    assert P.shape == (n, k)
    assert np.isfinite(P).all()


def test_without_inputs_the_shares_are_predicted() -> None:
    Y = np.eye(3)[np.repeat([0, 1, 2], [50, 30, 20])]
    P = fit_joint(np.zeros((100, 0), np.float32), Y, Aim.CLASSES).predict(np.zeros((2, 0), np.float32))
    assert pytest.approx(np.tile([0.5, 0.3, 0.2], (2, 1))) == P


def test_bins_are_quantiles() -> None:
    X = np.random.default_rng(0).permutation(1600)[:, None].astype(np.float32)
    counts = np.bincount(binned(X, quantile_edges(X))[:, 0])
    assert len(counts) == BINS
    assert np.abs(counts - 100).max() <= 1


def test_changes_are_those_of_predicting_shuffled_values() -> None:
    X, Y = classes(400, 3)
    trees: JointTrees = fit_joint(X, Y, Aim.CLASSES)
    bins = trees.bins(X)
    order = np.random.default_rng(1).permutation(400)
    asked = {f for tree in trees.trees for f in tree.features}
    found = dict(trees.changes(bins, order))
    assert set(found) == asked
    for feature, change in found.items():
        other = bins.copy()
        other[:, feature] = bins[order, feature]
        assert change == pytest.approx(trees.scores(other) - trees.scores(bins), abs=1e-9)


def test_the_same_seed_gives_the_same_trees_and_leaves_inputs_alone() -> None:
    X, Y = classes(5000, 3, d=50)
    before = X.copy()
    assert (fit_joint(X, Y, Aim.CLASSES, trees=5).predict(X) == fit_joint(X, Y, Aim.CLASSES, trees=5).predict(X)).all()
    assert (before == X).all()


def test_links() -> None:
    scores = np.array([[0.0, np.log(3.0)]])
    assert linked(Aim.CLASSES, scores) == pytest.approx(np.array([[0.25, 0.75]]))
    assert linked(Aim.LABELS, scores) == pytest.approx(np.array([[0.5, 0.75]]))
    assert linked(Aim.NUMBER, scores) is scores
