"""Tails against scipy.stats, and beyond the range of floats against mpmath-free identities."""

from __future__ import annotations

import math
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy import stats

from dataaudit.analyzers.probability import (
    changes_by_chance,
    chi2_tail,
    log_gamma_tail,
    poisson_tail,
    t_tail,
)


@pytest.mark.parametrize("freedom", [1, 2, 7, 199])
@pytest.mark.parametrize("x", [0.0, 0.3, 5.0, 40.0, 900.0])
def test_chi_squared(x: float, freedom: int) -> None:
    assert chi2_tail(x, freedom) == pytest.approx(stats.chi2.sf(x, freedom), rel=1e-9, abs=1e-300)


def test_a_statistic_rounded_below_zero_is_no_evidence() -> None:
    assert chi2_tail(-1e-12, 3) == 1.0


@pytest.mark.parametrize("freedom", [1.0, 4.5, 300.0])
@pytest.mark.parametrize("x", [-2.0, 0.0, 1.7, 12.0])
def test_student(x: float, freedom: float) -> None:
    assert t_tail(x, freedom) == pytest.approx(stats.t.sf(x, freedom), rel=1e-9)


@pytest.mark.parametrize(
    ("n", "mean"), [(1, 1e-9), (1, 0.5), (3, 0.5), (10, 9.5), (5, 5.0), (2, 40.0), (120, 80.0), (4000, 3000.0)]
)
def test_poisson(n: int, mean: float) -> None:
    assert poisson_tail(n, mean) == pytest.approx(stats.poisson.sf(n - 1, mean), rel=1e-9)


def test_poisson_at_its_ends() -> None:
    assert poisson_tail(0, 0.0) == poisson_tail(5, float("inf")) == 1.0
    assert poisson_tail(1, 0.0) == 0.0


@pytest.mark.parametrize("labels", ["ab", "aabb", "aabbc", "abcde", "aaaab"])
def test_changes_of_label_over_all_orders(labels: str) -> None:
    changes = [sum(a != b for a, b in pairwise(order)) for order in permutations(labels)]
    counts = np.array([labels.count(label) for label in sorted(set(labels))], dtype=np.float64)
    assert changes_by_chance(counts) == pytest.approx((np.mean(changes), np.var(changes)))


@pytest.mark.parametrize("shape", [1.0, 2.3, 10.0, 47.5])
@pytest.mark.parametrize("x", [0.5, 20.0, 200.0, 600.0])
def test_gamma(x: float, shape: float) -> None:
    assert log_gamma_tail(x, shape) == pytest.approx(stats.gamma.logsf(x, shape), rel=1e-9)


@pytest.mark.parametrize("x", [800.0, 5000.0, 1e6])
@pytest.mark.parametrize("shape", [1, 2, 5, 12])
def test_gamma_far_out_is_a_poisson_sum(x: float, shape: int) -> None:
    """For a whole shape the tail is exp(-x) times the first terms of exp(x)."""
    terms = [k * math.log(x) - math.lgamma(k + 1) for k in range(shape)]
    top = max(terms)
    exact = -x + top + math.log(sum(math.exp(t - top) for t in terms))
    assert log_gamma_tail(x, float(shape)) == pytest.approx(exact, rel=1e-12)
