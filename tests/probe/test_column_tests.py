"""Tests of columns, against SciPy and statsmodels' formulas, and their error rates on data without relation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from dataaudit.probe.column_tests import (
    alone,
    beside_all,
    chi2,
    gathered,
    given_another,
    named,
    numbered,
    others,
    present,
    rank_test,
)
from dataaudit.probe.two_samples import ranked

Ints = NDArray[np.int64]


def coded(n: int, levels: int, seed: int) -> Ints:
    return np.random.default_rng(seed).integers(0, levels, n)


# ---------------------------------------------------------------- codes


def test_numbers_in_bins() -> None:
    values = np.concatenate([np.random.default_rng(0).permutation(800).astype(float), np.full(40, np.nan)])
    codes = numbered(values)
    counts = np.bincount(codes)
    assert sorted(counts.tolist())[0] == 40  # the missing ones
    assert np.abs(np.sort(counts)[1:] - 100).max() <= 1
    assert len(set(codes[800:])) == 1
    for code in set(codes[:800]):
        mine = values[:800][codes[:800] == code]
        assert mine.max() - mine.min() == len(mine) - 1  # a stretch of neighbours


def test_few_rows_make_few_bins() -> None:
    assert np.bincount(numbered(np.arange(150.0))).tolist() == [50, 50, 50]


def test_few_numbers_keep_a_code_each() -> None:
    values = np.tile([1.0, 5.0, np.inf], 50)
    assert len(np.unique(numbered(values))) == 3


def test_nothing_but_missing_values_is_constant() -> None:
    assert set(numbered(np.full(30, np.nan))) == {0}
    assert set(named(np.full(30, None, dtype=object))) == {0}


def test_rare_categories_share_a_code() -> None:
    values = np.array(["a"] * 100 + ["b"] * 60 + ["c"] * 15 + ["d"] * 10 + [None] * 30, dtype=object)
    codes = named(values)
    assert np.bincount(codes).tolist() == [100, 60, 30, 25]
    assert codes[160] == codes[175]


def test_a_rest_too_small_joins_the_next_one() -> None:
    codes = gathered(np.repeat([0, 1, 2], [100, 40, 5]), 10)
    assert np.bincount(codes).tolist() == [100, 45]


def test_share_of_rare_texts() -> None:
    assert others(np.array(list("ab") * 50, dtype=object)) == 0.0
    assert others(np.array([str(i) for i in range(100)], dtype=object), 20) == pytest.approx(0.81)


# ---------------------------------------------------------------- statistics


@given(st.integers(2, 5), st.integers(2, 4), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_chi2_is_scipys(levels: int, classes: int, seed: int) -> None:
    codes, target = coded(200, levels, seed), coded(200, classes, seed + 1000)
    table = np.zeros((levels, classes))
    np.add.at(table, (codes, target), 1)
    expected = stats.chi2_contingency(table, correction=False)
    x, freedom = chi2(codes, target)
    assert freedom == expected.dof
    assert x == pytest.approx(expected.statistic * 199 / 200)


@given(st.integers(2, 4), st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_rank_test_is_scipys(classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, groups = rng.integers(0, 30, 150).astype(float), np.arange(150) % classes
    x, freedom = rank_test(ranked(values), groups)
    assert freedom == classes - 1
    assert x == pytest.approx(stats.kruskal(*(values[groups == g] for g in range(classes))).statistic)


def test_weights_are_tested_as_by_linear_regression() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3)).astype(np.float32)
    y = X[:, 0] + rng.normal(size=200)
    p = beside_all(X, y[:, None])
    design = np.column_stack([np.ones(200), X]).astype(float)
    inverse = np.linalg.inv(design.T @ design)
    weights = inverse @ design.T @ y
    rest = y - design @ weights
    error = np.sqrt(np.diag(inverse) * (rest @ rest) / (200 - 4))
    assert p == pytest.approx(2 * stats.t.sf(np.abs(weights / error), 196)[1:], rel=1e-4)


def test_lines_that_others_determine_prove_nothing() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 1)).astype(np.float32)
    X = np.hstack([x, x, np.zeros_like(x), rng.normal(size=(300, 1)).astype(np.float32)])
    y = (x + 0.1 * rng.normal(size=(300, 1))).astype(float)
    p = beside_all(X, y)
    assert p[:3].tolist() == [1.0, 1.0, 1.0]
    assert p[3] > 0.001
    assert (beside_all(X[:19], y[:19]) == 1.0).all()  # fewer than five rows a line


def test_what_another_column_hides_is_found_beside_it() -> None:
    rng = np.random.default_rng(0)
    noise, signal = rng.normal(size=(2, 1000))
    X = np.stack([noise + 0.3 * signal, noise], axis=1).astype(np.float32)
    p = beside_all(X, signal[:, None])
    assert (p < 1e-50).all()


def test_discoveries_are_benjamini_and_hochbergs() -> None:
    p = np.array([0.041, 0.001, 0.039, 0.008, 0.6, 0.042])
    assert present(p, 0.05).tolist() == (stats.false_discovery_control(p) <= 0.05).tolist()
    assert present(np.zeros(0), 0.05).tolist() == []
    assert present(np.array([0.9, 0.8]), 0.05).tolist() == [False, False]


# ---------------------------------------------------------------- columns


def test_p_values_of_unrelated_columns() -> None:
    rng = np.random.default_rng(0)
    p = []
    for _ in range(400):
        x, y = rng.normal(size=300), rng.integers(0, 3, 300)
        p.append(alone([numbered(x)], x, y, None).p)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.045, abs=0.025)


def test_p_values_against_numbers() -> None:
    rng = np.random.default_rng(0)
    p = []
    for _ in range(400):
        x, y = rng.normal(size=300), rng.normal(size=300)
        p.append(alone([numbered(x)], x, numbered(y, 6), ranked(y)).p)
    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.045, abs=0.025)


@pytest.mark.parametrize("shape", [lambda x: x, lambda x: x**2, lambda x: np.sin(3 * x)], ids=["line", "bowl", "wave"])
def test_relations_of_any_shape(shape: object) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    y = shape(x) + 0.5 * rng.normal(size=600)  # type: ignore[operator]
    assert alone([numbered(x)], x, numbered(y, 6), ranked(y)).p < 1e-6
    assert alone([numbered(x)], x, (y > np.median(y)).astype(np.int64), None).p < 1e-6


def test_spread_that_depends_on_a_column() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=1000)
    y = np.exp(x) * rng.normal(size=1000)
    assert alone([numbered(x)], x, numbered(y, 6), ranked(y)).p < 1e-6


def test_the_upper_end_of_the_share_covers_it() -> None:
    rng = np.random.default_rng(0)
    missed = []
    for _ in range(200):
        x = rng.integers(0, 2, 500)
        y = np.where(rng.random(500) < 0.1, x, rng.integers(0, 2, 500))
        share = 1.0 - (stats.entropy([0.55, 0.45]) / np.log(2))
        missed.append(alone([x], None, y, None).high < share)
    assert np.mean(missed) <= 0.08


def test_more_rows_clear_a_column_better() -> None:
    high = [alone([coded(n, 4, 0)], None, coded(n, 2, 1), None).high for n in (200, 2000, 20_000)]
    assert high[0] > 5 * high[1] > 25 * high[2]


def test_a_constant_column() -> None:
    nothing = alone([np.zeros(50, np.int64)], np.ones(50), coded(50, 2, 0), None)
    assert (nothing.p, nothing.high) == (1.0, 0.0)


# ---------------------------------------------------------------- pairs


def test_columns_that_only_tell_together() -> None:
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 2, 400) for _ in range(12)]
    p, partner = given_another(codes, codes[2] ^ codes[7])
    assert p[[2, 7]].max() < 1e-20
    assert partner[[2, 7]].tolist() == [7, 2]
    assert np.delete(p, [2, 7]).min() > 0.001


def test_given_another_is_a_sum_of_chi2_over_its_values() -> None:
    rng = np.random.default_rng(3)
    one, other, target = rng.integers(0, 3, 400), rng.integers(0, 2, 400), rng.integers(0, 3, 400)
    x = sum(chi2(one[other == v], target[other == v])[0] for v in (0, 1))
    p, partner = given_another([one, other], target)
    assert p[0] == pytest.approx(stats.chi2.sf(x, 2 * 2 * 2), rel=1e-4)
    assert partner.tolist() == [1, 0]


def test_p_values_of_unrelated_columns_given_another() -> None:
    hits = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        codes = [numbered(rng.normal(size=400), 4) for _ in range(8)]
        codes += [(rng.random(400) < 0.05).astype(np.int64)]
        p, _ = given_another(codes, (codes[0] + rng.integers(0, 4, 400) > 4).astype(np.int64))
        hits += int((p[1:] < 0.05).sum())
    assert hits / (60 * 8) <= 0.07


@pytest.mark.parametrize(("d", "n"), [(1, 400), (0, 400), (5, 100)])
def test_pairs_that_cannot_be_compared(d: int, n: int) -> None:
    p, partner = given_another([coded(n, 2, j) for j in range(d)], coded(n, 2, 99))
    assert p.tolist() == [1.0] * d
    assert partner.tolist() == [-1] * d
