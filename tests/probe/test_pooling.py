"""Weights, temperature and margins, against what an optimiser finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from dataaudit.model import Floats, Ints
from dataaudit.probe import pooling


def draw(n: int = 400, k: int = 4, seed: int = 0) -> tuple[Floats, Ints]:
    rng = np.random.default_rng(seed)
    P = rng.dirichlet(np.ones(k), n)
    labels = np.array([rng.choice(k, p=p) for p in P], np.int64)
    return P, labels


def nll(P: Floats, labels: Ints) -> float:
    return float(-np.log(P[np.arange(len(labels)), labels]).mean())


def test_probabilities_are_clipped_and_add_up() -> None:
    P = pooling.clipped(np.array([[1.0, 0.0], [np.nan, 2.0], [0.0, 0.0]]))
    assert P.sum(axis=1) == pytest.approx(1.0)
    assert P[0, 1] == pytest.approx(pooling.FLOOR, rel=1e-5)
    assert P[2].tolist() == [0.5, 0.5]


def test_the_weights_of_two_models_are_those_of_the_likeliest_mixture() -> None:
    rng = np.random.default_rng(1)
    likelihood = rng.random((2, 500)) ** np.array([[1.0], [2.0]])
    best = minimize_scalar(lambda w: -np.log(w * likelihood[0] + (1 - w) * likelihood[1]).mean(), bounds=(0, 1))
    weights = pooling.mixture(likelihood, steps=5000)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] == pytest.approx(best.x, abs=0.02)


def test_a_model_that_knows_nothing_weighs_next_to_nothing() -> None:
    P, labels = draw()
    pool, weights = pooling.pooled([P, np.full_like(P, 0.25)], labels)
    assert weights[0] == pytest.approx(1 - pooling.EQUAL / 2, abs=0.02)
    assert nll(pool, labels) <= nll(P, labels) + 0.02


def test_equal_models_share_the_weight_alike_and_a_quarter_of_it_whatever_they_know() -> None:
    P, labels = draw()
    pool, weights = pooling.pooled([P, P, P], labels)
    assert weights == pytest.approx(1 / 3)
    assert pool == pytest.approx(pooling.tempered(pooling.tempered(P, labels), labels), abs=1e-6)
    rng = np.random.default_rng(3)
    noise = pooling.clipped(rng.random(P.shape) ** 5)
    _, weights = pooling.pooled([P, noise, noise[::-1], P], labels)
    assert weights.min() >= pooling.EQUAL / 4 - 1e-12
    assert weights.sum() == pytest.approx(1.0)


def test_without_rows_all_models_weigh_the_same() -> None:
    assert pooling.mixture(np.zeros((4, 0))).tolist() == [0.25] * 4


@pytest.mark.parametrize("sharpened", [0.3, 1.0, 3.0])
def test_the_power_is_the_one_an_optimiser_finds(sharpened: float) -> None:
    P, labels = draw(600, 3, 2)
    log = sharpened * np.log(pooling.clipped(P))

    def loss(t: float) -> float:
        z = t * log
        return float((np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(600), labels]).mean())

    best = minimize_scalar(loss, bounds=(0.1, 10), method="bounded")
    assert pooling.power(log, labels) == pytest.approx(best.x, rel=1e-3)


def test_tempering_keeps_the_order_and_is_likelier() -> None:
    P, labels = draw(500, 5, 3)
    sharp = P**4 / (P**4).sum(axis=1, keepdims=True)
    soft = pooling.tempered(sharp, labels)
    assert (soft.argmax(axis=1) == sharp.argmax(axis=1)).all()
    assert nll(soft, labels) < nll(pooling.clipped(sharp), labels)
    assert pooling.tempered(np.zeros((0, 3)), np.zeros(0, np.int64)).shape == (0, 3)


def test_models_that_are_never_wrong_stay_finite() -> None:
    labels = np.arange(60) % 3
    P, _ = pooling.pooled([np.eye(3)[labels], np.eye(3)[labels]], labels)
    assert np.isfinite(np.log(P)).all()
    assert (P.argmax(axis=1) == labels).all()


@given(st.integers(0, 50), st.integers(2, 6))
def test_margins_are_those_of_the_likeliest_other_label(seed: int, k: int) -> None:
    P, labels = draw(20, k, seed)
    P = pooling.clipped(P)
    expected = [np.log(max(np.delete(p, y))) - np.log(p[y]) for p, y in zip(P, labels, strict=True)]
    assert pooling.margins(P, labels) == pytest.approx(expected)


def test_rows_that_are_contradicted_weigh_little_and_never_nothing() -> None:
    assert pooling.trust(np.array([0.5]))[0] == 0.5
    assert pooling.trust(np.array([-1e9, 1e9])).tolist() == [1.0, 0.02]
    assert (np.diff(pooling.trust(np.linspace(-9, 9, 100))) <= 0).all()


def test_the_geometric_mean_of_equals_is_the_same() -> None:
    P = pooling.clipped(draw(50)[0])
    assert pooling.geometric(P, P) == pytest.approx(P)
    one, other = np.array([[0.9, 0.1]]), np.array([[0.5, 0.5]])
    assert pooling.geometric(one, other)[0, 0] == pytest.approx(0.75)  # sqrt(.45) to sqrt(.05) is 3 to 1
    assert pooling.geometric(one, other, 2 / 3)[0, 0] == pytest.approx(9 ** (1 / 3) / (1 + 9 ** (1 / 3)))
