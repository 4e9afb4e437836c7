"""Two models in NumPy, and whether they tell two sets of rows apart."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from dataaudit.probe.models import fit_boosted, fit_linear
from dataaudit.probe.separation import separate
from dataaudit.probe.two_samples import ranked


def draw(n: int = 400, d: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)).astype(np.float32), rng.random(n) < 0.3


def test_alike_sets_are_not_told_apart_at_the_rate_that_p_says() -> None:
    low = []
    for seed in range(200):
        x, second = draw(150, 4, seed)
        low.append(separate(x, second, seed=seed).p <= 0.05)
    assert sum(low) <= 15  # at most 5 % of 200 hold by construction; 15 allows for chance


def test_a_shift_by_one_deviation_is_seen() -> None:
    x, second = draw(2000)
    x[second, 2] += 1.0
    found = separate(x, second)
    assert found.auc == pytest.approx(0.76, abs=0.03)  # Phi(1 / sqrt 2)
    assert found.p < 1e-3
    assert roc_auc_score(second, found.scores) == pytest.approx(found.auc, abs=0.03)


def test_what_two_columns_say_together_is_seen() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(1500, 4)).astype(np.float32)
    second = (x[:, 0] * x[:, 1] > 0) & (rng.random(1500) < 0.95)
    assert separate(x, second).auc > 0.8


def test_a_spread_without_a_shift_is_seen() -> None:
    x, second = draw(800)
    x[second, 0] *= 4
    assert separate(x, second).auc > 0.65


def test_a_wide_matrix_is_looked_at_by_its_most_different_lines() -> None:
    x, second = draw(300, 700)
    x[second, 650] += 3.0
    assert separate(x, second).auc > 0.85
    assert separate(draw(300, 700)[0], second).p > 0.01


def test_the_same_twice_and_rows_stay_as_they_were() -> None:
    x, second = draw(3000, 50)
    before = x.copy()
    one, two = separate(x, second, seed=4), separate(x, second, seed=4)
    assert (one.auc, one.p, one.scores.tolist()) == (two.auc, two.p, two.scores.tolist())
    assert (x == before).all()


@pytest.mark.parametrize(("n_first", "n_second"), [(0, 50), (50, 0), (5, 50), (0, 0)])
def test_too_few_rows_say_nothing(n_first: int, n_second: int) -> None:
    x = np.random.default_rng(0).normal(size=(n_first + n_second, 3)).astype(np.float32)
    found = separate(x, np.arange(len(x)) >= n_first)
    assert (found.auc, found.p) == (0.5, 1.0)


def test_no_features_and_constant_features_say_nothing() -> None:
    second = np.arange(60) >= 30
    assert separate(np.zeros((60, 0), np.float32), second).p == 1.0
    found = separate(np.ones((60, 2), np.float32), second)
    assert (found.auc, found.p) == (0.5, 1.0)


def test_groups_stay_in_one_fold() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 20)
    x = rng.normal(size=(30, 8))[group].astype(np.float32)  # each group is known by its own numbers
    second = group >= 20
    assert separate(x, second).auc > 0.99  # rows of known groups
    assert separate(x, second, groups=group).p > 0.001  # unknown ones


def test_the_line_is_ridge_regressions() -> None:
    x, second = draw(500, 5)
    x[second, 1] += 1
    weight = np.where(second, 0.5 / second.sum(), 0.5 / (~second).sum())
    centre = np.average(x, axis=0, weights=weight)
    spread = np.sqrt(np.average((x - centre) ** 2, axis=0, weights=weight))
    oracle = Ridge(alpha=0.01 + 5 / 500, fit_intercept=False).fit(
        (x - centre) / spread, np.where(second, 1.0, -1.0), weight
    )
    ours = fit_linear(x, second)
    assert ours.weights * spread == pytest.approx(oracle.coef_, rel=1e-4)
    assert roc_auc_score(second, ours.score(x)) > 0.7


def test_trees_learn_a_square_that_a_line_cannot() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(1000, 3)).astype(np.float32)
    second = (np.abs(x[:, 0]) < 0.5) & (np.abs(x[:, 1]) < 0.5)
    fresh = rng.uniform(-1, 1, size=(500, 3)).astype(np.float32)
    truth = (np.abs(fresh[:, 0]) < 0.5) & (np.abs(fresh[:, 1]) < 0.5)
    assert roc_auc_score(truth, fit_boosted(x, second).score(fresh)) > 0.97
    assert roc_auc_score(truth, fit_linear(x, second).score(fresh)) < 0.65


def test_trees_see_order_alone() -> None:
    x, second = draw(400, 3)
    x[second, 0] += 1
    one = fit_boosted(x, second).score(x)
    two = fit_boosted(np.exp(x), second).score(np.exp(x))
    assert ranked(np.round(one, 6)).tolist() == ranked(np.round(two, 6)).tolist()
