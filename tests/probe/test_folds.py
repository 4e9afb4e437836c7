"""Folds: every class in equal parts, no group cut, copies told from rows that are equal by chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.probe.encoders import Feature
from dataaudit.probe.folds import again, assign, equal_rows, joined, predictable, strata


def named(d: int) -> tuple[Feature, ...]:
    return tuple(Feature(j, "value") for j in range(d))


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), min_size=1, max_size=80),
    st.integers(2, 6),
    st.integers(0, 3),
)
def test_no_group_is_cut_and_every_row_has_a_fold(rows: list[tuple[int, int]], folds: int, seed: int) -> None:
    labels, groups = (np.array(line, np.int64) for line in zip(*rows, strict=True))
    fold = assign(labels, groups, folds, seed)
    assert fold.min() >= 0
    assert fold.max() < folds
    for g in np.unique(groups):
        assert len(np.unique(fold[groups == g])) == 1


@given(st.lists(st.integers(0, 5), min_size=5, max_size=120), st.integers(2, 5), st.integers(0, 3))
def test_rows_of_their_own_are_dealt_evenly_class_by_class(classes: list[int], folds: int, seed: int) -> None:
    labels = np.array(classes, np.int64)
    fold = assign(labels, np.arange(len(labels)), folds, seed)
    for k in np.unique(labels):
        counts = np.bincount(fold[labels == k], minlength=folds)
        assert counts.max() - counts.min() <= 1
    sizes = np.bincount(fold, minlength=folds)
    assert sizes.max() - sizes.min() <= 1


def test_single_rows_make_up_for_what_groups_have_taken() -> None:
    groups = np.concatenate([np.zeros(20, np.int64), np.arange(1, 81)])
    fold = assign(np.zeros(100, np.int64), groups, 5, 0)
    assert np.bincount(fold).tolist() == [20] * 5


def test_copies_of_each_class_are_spread() -> None:
    labels = np.repeat(np.arange(10), 60)
    groups = np.repeat(np.arange(200), 3)  # every row three times
    fold = assign(labels, groups, 5, 1)
    for k in range(10):
        assert np.bincount(fold[labels == k], minlength=5).tolist() == [12] * 5


def test_the_seed_decides_and_nothing_else() -> None:
    labels = np.arange(300) % 7
    one, same, other = (assign(labels, np.arange(300) // 2, 5, seed) for seed in (3, 3, 4))
    assert (one == same).all()
    assert (one != other).any()


def test_fewer_groups_than_folds_make_fewer_folds() -> None:
    assert sorted(set(assign(np.zeros(10, np.int64), np.arange(10) % 3, 5, 0).tolist())) == [0, 1, 2]
    assert assign(np.zeros(0, np.int64), np.zeros(0, np.int64), 5, 0).shape == (0,)


def test_a_class_of_one_fold_cannot_be_predicted() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    fold = np.array([0, 1, 1, 2, 2, 0])
    assert predictable(labels, fold).tolist() == [True, True, True, False, False, False]


def test_copies_share_a_group_and_only_copies() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5)).astype(np.float32)
    X[150:] = X[:50]
    groups = equal_rows(X, named(5))
    assert (groups[150:] == groups[:50]).all()
    assert len(np.unique(groups)) == 150


def test_zero_and_minus_zero_are_equal() -> None:
    X = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32)
    X[0], X[1] = (0.0, 1.0), (-0.0, 1.0)
    groups = equal_rows(X, named(2))
    assert groups[0] == groups[1]


def test_a_few_yes_and_no_columns_make_rows_equal_by_chance() -> None:
    X = np.random.default_rng(1).integers(0, 2, (500, 4)).astype(np.float32)
    assert len(np.unique(equal_rows(X, named(4)))) == 500


def test_lines_of_one_column_are_reckoned_as_one() -> None:
    X = np.zeros((400, 8), np.float32)
    X[np.arange(400), np.random.default_rng(2).integers(0, 8, 400)] = 1.0
    city = tuple(Feature("city", f"= {j}") for j in range(8))
    assert len(np.unique(equal_rows(X, city))) == 400  # eight cities: equal rows are other people


def test_rows_repeated_often_are_copies_although_each_is_common() -> None:
    X = np.random.default_rng(3).normal(size=(30, 3)).astype(np.float32)
    assert len(np.unique(equal_rows(np.repeat(X, 20, axis=0), named(3)))) == 30


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (5, 0)])
def test_nothing_to_compare(shape: tuple[int, int]) -> None:
    assert equal_rows(np.zeros(shape, np.float32), named(shape[1])).tolist() == list(range(shape[0]))


def test_joined_groups_are_cut_by_neither() -> None:
    a, b = np.array([0, 0, 1, 2, 3, 4, 5, 6]), np.array([7, 8, 8, 9, 10, 10, 11, 12])
    both = joined(a, b)
    assert both[0] == both[1] == both[2]
    assert both[4] == both[5]
    assert len(np.unique(both)) == 5


def test_a_chain_through_half_the_rows_is_left_to_the_declared_groups() -> None:
    a, b = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 2, 3])
    assert joined(a, b).tolist() == [0, 1, 1, 2, 2, 3]


def test_strata_are_tenths_of_the_values() -> None:
    values = np.random.default_rng(0).permutation(1000).astype(np.float64) ** 3
    found = strata(values)
    assert np.bincount(found).tolist() == [100] * 10
    assert (found == np.cbrt(values).round().astype(int) // 100).all()


def test_other_folds_cut_elsewhere_and_no_group() -> None:
    labels, groups = np.arange(200) % 3, np.arange(200) // 2
    first = assign(labels, groups, 5, 0)
    other = again(labels, groups, first, 5, 1)
    assert (other[::2] == other[1::2]).all()
    together = (first[:, None] == first) & (other[:, None] == other)
    assert 0.02 < together.mean() < 0.08  # a fifth of a fifth; of equal folds a fifth
    assert (np.bincount(other) == 40).all()


@pytest.mark.parametrize("seed", range(5))
def test_other_folds_are_the_first_ones_where_a_class_would_be_in_one_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(50):
        labels, groups = rng.integers(0, 4, 12), rng.integers(0, 5, 12)
        first = assign(labels, groups, 3, 0)
        other = again(labels, groups, first, 3, int(rng.integers(1000)))
        assert predictable(labels, other).all() or other is first
