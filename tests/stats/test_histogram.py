"""Histograms against numpy.histogram on the same edges, and exact integers."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.stats.histogram import Dyadic, Histograms, dyadic, exponent_for
from tests.build import chunks, observed

Floats = NDArray[np.float64]


def histogram(line: Floats, cuts: Any = (), bins: int = 64) -> Dyadic:
    schema, rows = chunks(line[:, None], cuts)
    found: Dyadic = observed(Histograms(bins), schema, rows).columns[0]
    return found


def by_fractions(line: Floats, bins: int) -> tuple[int, int, list[int]]:
    """Return exponent, first bin and counts, worked out with exact arithmetic and a plain search."""
    exact = [Fraction(v) for v in line.tolist()]
    size = max(abs(v) for v in line.tolist())
    exponent = max(math.frexp(size)[1] - 53, -1074) if size else -1074

    def numbers(e: int) -> list[int]:
        return [math.floor(v / Fraction(2) ** e) for v in exact]

    while max(numbers(exponent)) - min(numbers(exponent)) >= bins:
        exponent += 1
    at = numbers(exponent)
    counts = [0] * (max(at) - min(at) + 1)
    for i in at:
        counts[i - min(at)] += 1
    return exponent, min(at), counts


DATA: dict[str, Callable[[np.random.Generator], Floats]] = {
    "normal": lambda rng: rng.normal(size=3000),
    "negative": lambda rng: -rng.exponential(10, 3000),
    "huge mean": lambda rng: rng.normal(1e9, 1e-3, 3000),
    "mixed magnitudes": lambda rng: rng.normal(size=3000) * 10.0 ** rng.integers(-20, 20, 3000),
    "whole numbers": lambda rng: rng.integers(-5, 17, 3000).astype(float),
    "two values": lambda rng: np.where(rng.random(3000) < 0.3, 0.0, 1.0),
    "outlier": lambda rng: np.append(rng.normal(size=2999), 1e12),
}


@pytest.mark.parametrize("name", DATA)
def test_counts_are_those_of_numpy_on_the_same_edges(name: str) -> None:
    line = DATA[name](np.random.default_rng(0))
    found = histogram(line)
    edges = found.start + found.width * np.arange(len(found.counts) + 1)
    assert found.counts.tolist() == np.histogram(line, edges)[0].tolist()
    assert found.counts.sum() == 3000


@pytest.mark.parametrize("name", DATA)
def test_bins_are_the_finest_that_fit_and_aligned(name: str) -> None:
    line = DATA[name](np.random.default_rng(1))[-300:]
    found = histogram(line)
    assert 1 <= len(found.counts) <= 64
    assert found.counts[0] > 0
    assert found.counts[-1] > 0
    assert found.width == 2.0**found.exponent
    assert found.start / found.width == found.first
    assert (found.exponent, found.first, found.counts.tolist()) == by_fractions(line, 64)


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("cuts", [range(1, 3000), range(13, 3000, 13), (1, 2999)])
def test_bins_do_not_depend_on_how_rows_were_cut(name: str, cuts: Any) -> None:
    line = DATA[name](np.random.default_rng(2))
    found, whole = histogram(line, cuts), histogram(line)
    assert (found.exponent, found.first, found.counts.tolist()) == (whole.exponent, whole.first, whole.counts.tolist())


finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite, min_size=1, max_size=12), st.integers(2, 9))
def test_any_numbers_against_exact_arithmetic(values: list[float], bins: int) -> None:
    line = np.array(values)
    found = dyadic(line, float(line.min()), float(line.max()), bins)
    assert (found.exponent, found.first, found.counts.tolist()) == by_fractions(line, bins)


def test_eight_numbers_by_hand() -> None:
    """0 to 7 in four bins: width 2, two numbers each."""
    found = histogram(np.arange(8.0), bins=4)
    assert (found.exponent, found.first, found.counts.tolist()) == (1, 0, [2, 2, 2, 2])
    assert (found.width, found.start) == (2.0, 0.0)


def test_bins_are_never_narrower_than_the_spacing_of_numbers() -> None:
    line = np.array([1.0, 1.0 + 2**-52])
    found = histogram(line)
    assert found.exponent == -52
    assert found.counts.tolist() == [1, 1]
    assert exponent_for(0.0, 0.0, 64) == -1074


def test_a_tiny_negative_number_beside_a_huge_one_lies_below_zero() -> None:
    found = histogram(np.array([-1e-300, 1e300, 0.0, -0.0]))
    assert found.first == -1
    assert found.counts[:2].tolist() == [1, 2]


def test_missing_and_infinite_values_are_left_out() -> None:
    schema, rows = chunks(np.array([[np.nan, np.inf], [1.0, -np.inf], [2.0, np.nan]]), (1,))
    state = observed(Histograms(), schema, rows)
    assert set(state.columns) == {0}
    assert state.columns[0].counts.sum() == 2


def test_coarser_bins_hold_the_same_rows() -> None:
    fine = Dyadic(0, -3, np.array([1, 2, 3, 4, 5]))
    assert fine.coarser(0) is fine
    assert fine.coarser(-2) is fine
    coarse = fine.coarser(1)  # bins -3 -2 -1 0 1 fall into -2 -1 -1 0 0
    assert (coarse.exponent, coarse.first, coarse.counts.tolist()) == (1, -2, [1, 5, 9])


def test_coarser_works_where_bin_numbers_pass_64_bits() -> None:
    far = Dyadic(0, 2**70 - 1, np.array([1, 2]))
    coarse = far.coarser(2)
    assert (coarse.first, coarse.counts.tolist()) == (2**68 - 1, [1, 2])


def test_one_bin_cannot_reach_over_zero_and_is_refused() -> None:
    with pytest.raises(ValueError, match="bins is 1"):
        Histograms(bins=1)


def test_first_bin_beyond_the_largest_float() -> None:
    bins = histogram(np.array([0.0, -1.7696041796300924e308]))
    assert bins.start == -sys.float_info.max
    assert bins.counts.sum() == 2
