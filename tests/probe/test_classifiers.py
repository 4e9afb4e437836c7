"""The single models, and the columns they look at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, rankdata
from sklearn.feature_selection import f_classif

from dataaudit.probe.budget import Plan
from dataaudit.probe.classifiers import (
    BINS,
    Classifier,
    Fit,
    alike,
    binned,
    boosted,
    forest,
    linear,
    normal_scores,
    pool,
    ranked,
    telling,
)

PLAN = Plan(300, 20, 20, 4, 4, 50)


def blobs(classes: int = 3, n: int = 300, d: int = 4, seed: int = 0) -> Fit:
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % classes).astype(np.int64)
    X = (4 * rng.normal(size=(classes, d))[labels] + rng.normal(size=(n, d))).astype(np.float32)
    half = n // 2
    return Fit(X[:half], labels[:half], np.ones(half), X[half:], classes, PLAN, 0)


MODELS = [linear, ranked, alike, forest, boosted]


@pytest.mark.parametrize("model", MODELS)
def test_blobs_are_told_apart(model: Classifier) -> None:
    fit = blobs()
    P = model(fit)
    assert P.shape == (150, 3)
    assert P.sum(axis=1) == pytest.approx(1.0)
    assert (P.argmax(axis=1) == np.arange(150) % 3).mean() > 0.9


@pytest.mark.parametrize("model", MODELS)
def test_a_class_that_was_never_seen_has_no_probability(model: Classifier) -> None:
    fit = blobs(4)
    seen = fit.labels != 2
    P = model(Fit(fit.known[seen], fit.labels[seen], fit.weights[seen], fit.asked, 4, PLAN, 0))
    assert (P[:, 2] == 0).all()
    assert (P[:, 3] > 0).any()


@pytest.mark.parametrize("model", MODELS)
def test_rows_without_weight_teach_nothing(model: Classifier) -> None:
    fit = blobs(2)
    wrong = np.arange(150) % 3 == 0
    labels = np.where(wrong, 1 - fit.labels, fit.labels)
    told = model(Fit(fit.known, labels, np.where(wrong, 1e-3, 1.0), fit.asked, 2, PLAN, 0))
    assert (told.argmax(axis=1) == np.arange(150) % 2).mean() > 0.95


def test_without_rounds_there_is_no_boosting() -> None:
    assert list(pool(PLAN)) == ["forest", "boosted trees", "likeness", "linear"]
    assert list(pool(Plan(300, 20, 0, 4, 4))) == ["forest", "linear"]


def test_the_most_telling_columns_are_those_of_the_largest_f() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 400)
    X = (rng.normal(size=(400, 30)) + labels[:, None] * rng.random(30) * 0.5).astype(np.float32)
    X[:, 7] = 1.0
    varied = [j for j in range(30) if j != 7]
    best = sorted(np.array(varied)[np.argsort(-f_classif(X[:, varied], labels)[0])[:8]].tolist())
    assert telling(X, labels, 3, 8).tolist() == best


def test_narrow_models_look_at_those_alone() -> None:
    fit = blobs(2, d=4)
    noise = np.random.default_rng(1).normal(size=(150, 200)).astype(np.float32)
    wide = Fit(np.hstack([noise, fit.known]), fit.labels, fit.weights, np.hstack([noise, fit.asked]), 2, PLAN, 0)
    assert linear(wide) == pytest.approx(linear(fit), abs=1e-6)


@given(st.integers(0, 30), st.sampled_from([2, 5, 500]))
def test_bins_keep_the_order_and_few_values_apart(seed: int, distinct: int) -> None:
    rng = np.random.default_rng(seed)
    known = rng.integers(0, distinct, (400, 2)).astype(np.float32)
    codes, asked = binned(known, known[:50])
    assert (asked == codes[:50]).all()
    assert codes.max() < BINS
    for j in range(2):
        order = np.argsort(known[:, j], kind="stable")
        assert (np.diff(codes[order, j].astype(int)) >= 0).all()
        if distinct <= BINS:
            assert len(np.unique(codes[:, j])) == len(np.unique(known[:, j]))


@given(st.integers(0, 2**32 - 1), st.integers(1, 90), st.integers(1, 120))
def test_normal_scores_are_the_normal_quantiles_of_middle_ranks(seed: int, distinct: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    known, asked = (rng.integers(0, distinct, (m, 2)).astype(np.float32) for m in (n, 30))
    here, there = normal_scores(known, asked)
    for j in range(2):
        shares = (rankdata(known[:, j]) - 0.5) / n
        assert here[:, j] == pytest.approx(norm.ppf(shares), abs=1e-5)
        order = np.argsort(asked[:, j])
        assert (np.diff(there[order, j]) >= 0).all()
        assert (there[:, j] >= here[:, j].min()).all()
        assert (there[:, j] <= here[:, j].max()).all()


def test_normal_scores_of_many_rows_are_normal_whatever_the_column() -> None:
    rng = np.random.default_rng(0)
    known = np.stack([rng.lognormal(0, 3, 20_000), rng.random(20_000), rng.standard_cauchy(20_000)], axis=1)
    scores = normal_scores(known.astype(np.float32), known[:5].astype(np.float32))[0]
    assert np.abs(scores.mean(axis=0)).max() < 0.05
    assert np.abs(scores.std(axis=0) - 1).max() < 0.05
    assert np.abs(np.quantile(scores, [0.05, 0.25, 0.75], axis=0) - norm.ppf([[0.05], [0.25], [0.75]])).max() < 0.1


def test_a_column_bent_by_any_rising_curve_is_the_same_to_ranks() -> None:
    fit = blobs()
    bent = Fit(np.exp(fit.known), fit.labels, fit.weights, np.exp(fit.asked), fit.classes, PLAN, 0)
    assert ranked(bent) == pytest.approx(ranked(fit), abs=0.05)
    assert np.abs(ranked(bent) - ranked(fit)).mean() < 1e-3
