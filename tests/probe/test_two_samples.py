"""Tests of samples, against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dataaudit.probe.two_samples import auc, distance, distance_between, kolmogorov_p, ranked

NUMBERS = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=30)


@given(NUMBERS, NUMBERS)
def test_distance_is_the_largest_gap_of_the_two_distributions(a: list[float], b: list[float]) -> None:
    one, two = np.sort(a), np.sort(b)
    gaps = [abs(float(np.mean(one <= at)) - float(np.mean(two <= at))) for at in (*a, *b)]
    assert distance(one, two) == pytest.approx(max(gaps))


@given(NUMBERS, NUMBERS)
def test_bounds_around_samples_only_bring_them_nearer(a: list[float], b: list[float]) -> None:
    one, two = np.sort(a), np.sort(b)
    near = distance_between(one - 0.5, one + 0.5, two - 0.5, two + 0.5)
    assert 0.0 <= near <= distance(one, two)
    assert distance_between(one, one, one - 0.5, one + 0.5) == 0.0


def test_rounded_numbers_lie_between_their_bounds() -> None:
    exact = np.sort(np.random.default_rng(0).normal(0, 3, 500))
    rounded = np.rint(exact)
    assert distance(exact, rounded) > 0.05
    assert distance_between(exact, exact, rounded - 0.5, rounded + 0.5) == 0.0


@pytest.mark.parametrize(("n", "m", "gap"), [(50, 60, 0.3), (200, 200, 0.2), (1000, 30, 0.4)])
def test_kolmogorovs_p_is_near_the_exact_one(n: int, m: int, gap: float) -> None:
    exact = stats.kstwo.sf(gap, round(n * m / (n + m)))
    assert kolmogorov_p(gap, n, m) == pytest.approx(exact, rel=0.5)


def test_p_is_one_for_no_distance() -> None:
    assert kolmogorov_p(0.0, 10, 10) == 1.0


@given(st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=40))
def test_ranks_are_scipys(values: list[float]) -> None:
    assert ranked(np.array(values)).tolist() == stats.rankdata(values).tolist()


@given(NUMBERS, NUMBERS)
def test_area_is_the_share_of_pairs_in_order(a: list[float], b: list[float]) -> None:
    scores = np.array([*a, *b])
    second = np.arange(len(scores)) >= len(a)
    pairs = [(y > x) + 0.5 * (y == x) for x in a for y in b]
    assert auc(scores, second)[0] == pytest.approx(np.mean(pairs))


def test_p_of_the_area_is_scipys() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(0, 9, 80).astype(float), rng.integers(1, 10, 50).astype(float)
    second = np.arange(130) >= 80
    expected = stats.mannwhitneyu(b, a, alternative="greater", method="asymptotic")
    assert auc(np.concatenate([a, b]), second)[1] == pytest.approx(expected.pvalue, rel=1e-6)


def test_one_group_alone_cannot_be_told_apart() -> None:
    assert auc(np.arange(5.0), np.zeros(5, bool)) == (0.5, 1.0)
    assert auc(np.zeros(6), np.arange(6) > 2)[0] == 0.5


@pytest.mark.parametrize(("gap", "n", "m"), [(0.02, 300, 900), (0.1, 40, 60), (0.4, 500, 200), (0.9, 1e4, 1e4)])
def test_kolmogorovs_series_is_summed_to_the_last_bit(gap: float, n: float, m: float) -> None:
    root = (n * m / (n + m)) ** 0.5
    t = (root + 0.12 + 0.11 / root) * gap
    every = sum((-1) ** (k - 1) * np.exp(-2.0 * (k * t) ** 2) for k in range(1, 101))
    assert kolmogorov_p(gap, n, m) == pytest.approx(min(1.0, 2 * every), rel=1e-15, abs=0.0)
