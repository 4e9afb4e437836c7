"""Moments against exact fractions, NumPy and SciPy."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.stats.moments import Moments, MomentsState, block_moments
from tests.build import chunks, observed

Floats = NDArray[np.float64]


def moments(X: Floats, cuts: tuple[int, ...] = ()) -> MomentsState:
    """Return the moments of the columns of X, shape (n, d)."""
    schema, rows = chunks(X, cuts)
    state: MomentsState = observed(Moments(), schema, rows)
    return state


def exact(values: Floats) -> tuple[Fraction, Fraction]:
    """Return mean and population variance without rounding."""
    terms = [Fraction(v) for v in values.tolist()]
    mean = sum(terms, Fraction(0)) / len(terms)
    return mean, sum(((t - mean) ** 2 for t in terms), Fraction(0)) / len(terms)


def test_four_numbers_by_hand() -> None:
    """1, 2, 3, 4: mean 2.5, squares 2(2.25 + 0.25) = 5, fourth powers 2(5.0625 + 0.0625) = 10.25."""
    seen = moments(np.array([[1.0], [2.0], [3.0], [4.0]]))
    assert seen.n.tolist() == [4]
    assert seen.mean.tolist() == [2.5]
    assert seen.m2.tolist() == [5.0]
    assert seen.m3.tolist() == [0.0]
    assert seen.m4.tolist() == [10.25]
    assert seen.variance().tolist() == [1.25]
    assert seen.variance(ddof=1).tolist() == [5.0 / 3.0]
    assert seen.std.tolist() == [math.sqrt(1.25)]
    assert seen.skewness.tolist() == [0.0]
    assert seen.kurtosis.tolist() == [pytest.approx(1.64, rel=1e-15)]
    assert (seen.low.tolist(), seen.high.tolist()) == ([1.0], [4.0])


@pytest.mark.parametrize("cuts", [(), (1,), (333, 334, 900), tuple(range(1, 1000))])
@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (1e9, 1e-3), (-1e12, 0.5), (1e-9, 1e-12), (3.0, 1e5)])
def test_spread_at_any_level(mean: float, std: float, cuts: tuple[int, ...]) -> None:
    x = np.random.default_rng(0).normal(mean, std, 1000)
    true_mean, true_variance = exact(x)
    seen = moments(x[:, None], cuts)
    assert float(seen.mean[0]) == pytest.approx(float(true_mean), rel=1e-15, abs=1e-15 * std)
    assert float(seen.std[0]) == pytest.approx(math.sqrt(true_variance), rel=1e-12)


@pytest.mark.parametrize("cuts", [(), (17, 700), tuple(range(1, 2000))])
def test_shape_against_scipy(cuts: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    X = np.stack([rng.normal(5, 2, 2000), rng.exponential(3, 2000), rng.uniform(-1, 1, 2000),
                  rng.standard_t(3, 2000), (rng.random(2000) < 0.01).astype(float)], axis=1)  # fmt: skip
    seen = moments(X, cuts)
    np.testing.assert_allclose(seen.mean, X.mean(axis=0), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(seen.std, X.std(axis=0), rtol=1e-12)
    np.testing.assert_allclose(seen.variance(1), X.var(axis=0, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(seen.skewness, scipy.stats.skew(X), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(seen.kurtosis, scipy.stats.kurtosis(X, fisher=False), rtol=1e-11)
    assert (seen.low.tolist(), seen.high.tolist()) == (X.min(axis=0).tolist(), X.max(axis=0).tolist())


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=30), st.integers(0, 30))
def test_any_numbers_against_fractions(values: list[float], at: int) -> None:
    x = np.array(values)
    mean, variance = exact(x)
    seen = moments(x[:, None], (min(at, len(x)),))
    spread = float(x.max() - x.min())
    assert abs(float(seen.mean[0]) - float(mean)) <= 1e-13 * spread + 2 * np.spacing(np.abs(x).max())
    assert abs(float(seen.variance()[0]) - float(variance)) <= 1e-12 * spread**2 + 1e-300
    assert seen.n_fraction[0] == sum(not v.is_integer() for v in values)


@pytest.mark.parametrize("value", [0.1, -1e9 - 1e-7, 5e-324, 1.7976931348623157e308, 1 / 3])
@pytest.mark.parametrize("cuts", [(), (1, 2, 64)])
def test_equal_numbers_have_no_spread_at_all(value: float, cuts: tuple[int, ...]) -> None:
    """The mean of 100 times 0.1 is off by a rounding; a spread that came from it would be a false fact."""
    seen = moments(np.full((100, 1), value), cuts)
    assert seen.mean.tolist() == [value]
    assert (seen.m2.tolist(), seen.std.tolist()) == ([0.0], [0.0])
    assert np.isnan(seen.skewness).all()
    assert np.isnan(seen.kurtosis).all()


def test_missing_and_infinite_values_are_left_out() -> None:
    X = np.array([[np.nan, 1.0, np.nan], [2.0, np.inf, np.nan], [4.5, -np.inf, np.inf], [np.nan, 3.0, np.nan]])
    seen = moments(X)
    assert seen.n.tolist() == [2, 2, 0]
    assert seen.mean[:2].tolist() == [3.25, 2.0]
    assert seen.std[:2].tolist() == [1.25, 1.0]
    assert seen.n_fraction.tolist() == [1, 0, 0]
    assert np.isnan([seen.mean[2], seen.std[2], seen.variance(1)[2]]).all()
    assert (seen.low[2], seen.high[2]) == (np.inf, -np.inf)


def test_one_value_has_no_sample_variance() -> None:
    seen = moments(np.array([[7.0]]))
    assert seen.variance().tolist() == [0.0]
    assert np.isnan(seen.variance(1)).all()


def test_squares_beyond_the_range_of_floats_are_not_finite_and_not_wrong() -> None:
    x = np.array([1e300, -1e300, 2.5, 0.0])
    seen = moments(x[:, None])
    assert seen.n.tolist() == [4]
    assert (seen.low.tolist(), seen.high.tolist()) == ([-1e300], [1e300])
    assert not np.isfinite(seen.std).any()


@pytest.mark.parametrize("cuts", [(), (1, 4), tuple(range(1, 90))])
def test_the_mean_of_the_largest_numbers_is_a_number(cuts: tuple[int, ...]) -> None:
    largest = 1.7976931348623157e308
    x = np.resize([largest, -largest, largest], 90)
    seen = moments(np.stack([x, -x, np.full(90, largest), np.abs(x) / 2], axis=1), cuts)
    np.testing.assert_allclose(seen.mean, [largest / 3, -largest / 3, largest, largest / 2], rtol=1e-12)
    assert not np.isfinite(seen.std[:2]).any()
    assert seen.std[2:].tolist() == [0.0, 0.0]


def test_a_sum_beyond_the_range_of_floats_hides_no_number() -> None:
    """The quick look for NaN adds a column up; 1e308 + 1e308 is infinite although no value is."""
    seen = moments(np.array([[1e308], [1e308], [1e307]]))
    assert seen.n.tolist() == [3]
    assert seen.high.tolist() == [1e308]


def test_columns_do_not_touch_each_other() -> None:
    """More columns than one group holds, each with its own gaps: every column as if it were alone."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(900, 90)) * np.arange(1, 91)
    X[rng.random(X.shape) < 0.02] = np.nan
    seen = moments(X)
    assert seen.n.tolist() == np.count_nonzero(~np.isnan(X), axis=0).tolist()
    np.testing.assert_allclose(seen.mean, np.nanmean(X, axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(seen.std, np.nanstd(X, axis=0), rtol=1e-12)


def test_block_of_finite_numbers() -> None:
    block = block_moments(np.array([[1.0, 2.0, 6.0], [0.5, 0.5, 0.5]]))
    assert block.n.tolist() == [3, 3]
    assert block.mean.tolist() == [3.0, 0.5]
    assert block.m2.tolist() == [14.0, 0.0]
    assert block.m3.tolist() == [18.0, 0.0]
    assert block.m4.tolist() == [98.0, 0.0]
    assert block.n_fraction.tolist() == [0, 3]
