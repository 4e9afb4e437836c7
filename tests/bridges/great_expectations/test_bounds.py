"""Prediction limits: held against exact enumeration, and against sources whose tails are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, genpareto, norm

from dataaudit.bridges.great_expectations.bounds import (
    _pareto,
    far_limit,
    least_of,
    mean_margin,
    most_of,
    std_limits,
)
from dataaudit.model import Floats


@pytest.mark.parametrize(("n", "m"), [(12, 12), (20, 10), (9, 30)])
@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_a_count_is_beyond_its_limits_no_more_often_than_asked_for(n: int, m: int, alpha: float) -> None:
    most = np.array([most_of(k, n, m, alpha) for k in range(n + 1)])
    least = np.array([least_of(k, n, m, alpha) for k in range(n + 1)])
    for share in np.linspace(0.01, 0.99, 33):
        seen = binom.pmf(np.arange(n + 1), n, share)
        assert seen @ binom.sf(most, m, share) <= alpha + 1e-12
        assert seen @ binom.cdf(least - 1, m, share) <= alpha + 1e-12


def test_the_limit_of_a_count_by_hand() -> None:
    # with x such rows in all, none among the first half: about 2 ** -x, which is above 1/100 up to x = 6
    assert most_of(0, 10_000, 10_000, 0.01) == 6
    assert most_of(0, 100, 100, 1.0 - 1e-12) == 0
    assert most_of(5, 5, 3, 0.01) == 3


@given(n=st.integers(1, 200), m=st.integers(1, 200), share=st.floats(0, 1), alpha=st.sampled_from([0.05, 1e-3, 1e-6]))
def test_limits_of_a_count_enclose_its_share(n: int, m: int, share: float, alpha: float) -> None:
    k = round(share * n)
    least, most = least_of(k, n, m, alpha), most_of(k, n, m, alpha)
    assert 0 <= least <= math.ceil(m * k / n)
    assert math.floor(m * k / n) <= most <= m
    assert least == m - most_of(n - k, n, m, alpha)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_means_of_coins_stay_within_their_margin(share: float, alpha: float) -> None:
    n = 60
    k = np.arange(n + 1)
    seen = binom.pmf(k, n, share)
    beyond = 0.0
    for i in k[1:-1]:
        mean = i / n
        off = mean_margin(math.sqrt(mean * (1 - mean)), max(mean, 1 - mean), n, n, alpha)
        beyond += seen[i] * binom.sf(math.floor((mean + off) * n), n, share)
    assert beyond <= alpha


def test_the_margin_of_a_mean_is_no_wider_than_it_must_be() -> None:
    exact = norm.isf(1e-4) * math.sqrt(2 / 10_000)
    assert exact < mean_margin(1.0, 4.0, 10_000, 10_000, 1e-4) < 1.25 * exact


def test_spreads_of_normal_values_stay_within_their_limits() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 2, 100))
    outside = 0
    for old, new in x:
        z = old - old.mean()
        std = old.std()
        low, high = std_limits(std, float((z**4).mean() / std**4), 2 * float(np.abs(z).max()), 100, 100, 0.005)
        outside += not low <= new.std(ddof=1) <= high
    assert outside / len(x) <= 0.015


def test_a_spread_that_doubles_is_outside() -> None:
    low, high = std_limits(1.0, 3.0, 3.5, 2000, 2000, 1e-5)
    assert 0.8 < low < 1 < high < 1.2
    assert std_limits(1.0, 1e9, 3.5, 20, 20, 1e-5) == (0.0, math.inf)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng: rng.normal(size=(2, 500)),
        lambda rng: rng.exponential(size=(2, 500)),
        lambda rng: rng.pareto(3.0, size=(2, 500)),
        lambda rng: rng.random(size=(2, 500)),
    ],
    ids=["normal", "exponential", "pareto", "uniform"],
)
def test_the_largest_value_stays_within_the_far_limit(draw: object) -> None:
    rng = np.random.default_rng(1)
    beyond = 0
    for _ in range(500):
        old, new = draw(rng)  # type: ignore[operator]
        ends = np.sort(old)[::-1]
        beyond += bool(new.max() > old.max() + limit(old, ends, 0.01))
    assert beyond <= 10


def limit(old: Floats, ends: Floats, alpha: float) -> float:
    """Return the far limit of some rows for as many new ones, by moments of their own."""
    z, n = old - old.mean(), len(old)
    kurtosis = float((z**4).mean() / old.var() ** 2)
    return far_limit(ends, float(np.ptp(old)), float(z.max()), float(old.std()), kurtosis, n, n, alpha)


def test_a_sentinel_is_beyond_the_far_limit_of_normal_values() -> None:
    old = -np.random.default_rng(2).normal(50.0, 10.0, 2000)
    assert old.max() + limit(old, np.sort(old)[::-1], 1e-5) < 999
    assert old.max() + limit(old, np.zeros(0), 1e-5) < 1600


def test_the_far_limit_of_ends_that_many_rows_share() -> None:
    assert far_limit(np.full(100, 5.0), 4.0, 2.0, 1.0, 2.0, 1000, 1000, 1e-4) == 1.0


def test_without_single_values_markov_bounds_the_far_limit() -> None:
    none = np.zeros(0)
    assert far_limit(none, 10.0, 5.0, 2.0, 3.0, 100, 300, 0.01) == pytest.approx(2.0 * (3.0 * 300 / 0.01) ** 0.25 - 5.0)
    assert far_limit(none, 10.0, 5.0, 2.0, 50.0, 100, 400, 0.01) == 2.0 * math.sqrt(400 / 0.01) - 5.0


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.3])
def test_the_shape_of_a_tail_is_found(shape: float) -> None:
    at = (np.arange(1, 20_001) - 0.5) / 20_000
    scale, found = _pareto(np.asarray(genpareto.ppf(at, shape, scale=2.0), dtype=np.float64))
    assert scale == pytest.approx(2.0, rel=0.02)
    assert found == pytest.approx(shape, abs=0.02)
