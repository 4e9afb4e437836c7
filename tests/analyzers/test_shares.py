"""Class shares of two sets of rows."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataaudit.analyzers.shares import chance, compare_shares


def _counts(*rows: int) -> np.ndarray:
    return np.array(rows, dtype=np.int64)


def _fisher(x: int, a_n: int, both: int, b_n: int) -> float:
    """Return twice the smaller tail of drawing x rows of a class among b_n, by exact counting."""
    n = a_n + b_n
    ks = range(max(0, both + b_n - n), min(both, b_n) + 1)
    chances = {k: Fraction(comb(both, k) * comb(n - both, b_n - k), comb(n, b_n)) for k in ks}
    low = sum(p for k, p in chances.items() if k <= x)
    high = sum(p for k, p in chances.items() if k >= x)
    return float(min(1, 2 * min(low, high)))


@pytest.mark.parametrize(("a", "b"), [((30, 10), (5, 15)), ((3, 7), (4, 1)), ((50, 50), (50, 50)), ((9, 1), (10, 0))])
def test_two_classes_are_fishers_exact_test(a: tuple[int, int], b: tuple[int, int]) -> None:
    test = compare_shares(_counts(*a), _counts(*b))
    assert test.p == pytest.approx(_fisher(b[0], sum(a), a[0] + b[0], sum(b)), rel=1e-9)
    assert test.moved == pytest.approx(abs(a[0] / sum(a) - b[0] / sum(b)))


def test_many_classes_by_hand() -> None:
    a, b = _counts(40, 40, 40), _counts(10, 10, 40)
    # Pearson: pooled shares 50/180, 50/180, 80/180 of 120 and 60 rows
    expected = np.outer([120, 60], [50 / 180, 50 / 180, 80 / 180])
    statistic = (((np.array([a, b]) - expected) ** 2) / expected).sum()
    by_pearson = float(np.exp(-statistic / 2))  # chi-squared with 2 degrees of freedom
    by_class = 3 * _fisher(40, 120, 80, 60)
    test = compare_shares(a, b)
    assert test.p == pytest.approx(2 * min(by_pearson, by_class), rel=1e-9)
    assert test.worst == 2
    assert test.moved == pytest.approx(1 / 3)


@settings(max_examples=60, deadline=None)
@given(a=st.lists(st.integers(0, 60), min_size=1, max_size=30), shift=st.integers(0, 29))
def test_any_counts_give_a_chance(a: list[int], shift: int) -> None:
    first = _counts(*a)
    test = compare_shares(first, np.roll(first, shift))
    assert 0.0 <= test.p <= 1.0
    assert 0.0 <= test.moved <= 1.0
    assert compare_shares(first, first).p == 1.0


def test_random_splits_give_small_p_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(0)
    shares = np.array([0.5, 0.2, 0.15, 0.1, 0.03, 0.02])
    small = sum(compare_shares(rng.multinomial(300, shares), rng.multinomial(60, shares)).p < 0.05 for _ in range(1000))
    assert small < 80  # 50 are expected at most; the standard deviation is 7


@pytest.mark.parametrize(
    ("a", "b"), [((), ()), ((5,), (7,)), ((0, 0), (0, 0)), ((3, 4), (0, 0)), ((0, 0, 0), (1, 2, 3)), ((5, 0), (6, 0))]
)
def test_nothing_to_compare(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert compare_shares(_counts(*a), _counts(*b)).p == 1.0


def test_ten_thousand_classes() -> None:
    a = np.full(10_000, 100, dtype=np.int64)
    b = a.copy()
    b[77] = 400
    test = compare_shares(a, b)
    assert test.worst == 77
    assert test.p < 1e-20


def test_a_class_with_all_the_rows_of_both() -> None:
    assert compare_shares(_counts(10, 0, 0), _counts(0, 0, 10)).p < 1e-3


def test_chance_reads_well() -> None:
    assert [chance(p) for p in (0.0, 1e-13, 4.56e-6, 0.031, 1.0)] == [
        "p < 1e-12", "p < 1e-12", "p = 4.6e-06", "p = 0.031", "p = 1"
    ]  # fmt: skip
