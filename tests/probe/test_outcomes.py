"""The target as lines whose products with inputs are tests."""

from __future__ import annotations

import numpy as np
import pytest

from dataaudit.model import Task
from dataaudit.probe.outcomes import MOST_LINES, centred_within, outcome_lines, ranks_of


def test_products_of_class_lines_are_the_chi_squared_of_a_table() -> None:
    from sklearn.feature_selection import chi2

    rng = np.random.default_rng(0)
    y, x = rng.integers(0, 4, 300), rng.integers(0, 2, 300)
    lines = outcome_lines(y, Task.CLASSIFICATION, np.ones(300, bool))
    sides = np.stack([x, 1 - x], axis=1)
    expected = chi2(sides, y)[0].sum()  # of both rows of the 2 by 4 table: Pearson's statistic
    z = (x - x.mean()) / x.std()
    assert ((z @ lines) ** 2).sum() / 300 * 3 == pytest.approx(expected)


def test_lines_are_centred_of_unit_size_and_zero_where_unknown() -> None:
    y = np.array([0, 1, 2, -1, 1, 0, 0])
    used = y >= 0
    lines = outcome_lines(y, Task.CLASSIFICATION, used)
    assert np.abs(lines[used].mean(axis=0)).max() < 1e-12
    assert (lines[used] ** 2).sum(axis=1).mean() == pytest.approx(1.0)
    assert not lines[~used].any()


def test_numbers_are_told_by_their_ranks() -> None:
    y = np.array([1.0, 2.0, np.nan, 1e300, -5.0])
    used = ~np.isnan(y)
    lines = outcome_lines(y, Task.REGRESSION, used)[used, 0]
    assert np.argsort(lines).tolist() == [3, 0, 1, 2]
    assert lines.std() == pytest.approx(1.0)
    assert np.diff(np.sort(lines)) == pytest.approx(np.diff(np.sort(lines))[0])


def test_labels_side_by_side_weigh_the_same_and_constant_ones_nothing() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random((100, 3)) < (0.5, 0.1, 0.0)).astype(np.int8)
    lines = outcome_lines(y, Task.MULTILABEL, np.ones(100, bool))
    assert lines.shape == (100, 2)
    assert lines.std(axis=0) == pytest.approx([np.sqrt(0.5)] * 2)


def test_many_classes_share_the_last_line() -> None:
    y = np.arange(200) % 100
    assert outcome_lines(y, Task.CLASSIFICATION, np.ones(200, bool)).shape == (200, MOST_LINES)


@pytest.mark.parametrize("y", [np.zeros(5, np.int64), np.full(5, -1)])
def test_one_class_or_none_leaves_nothing_to_test(y: np.ndarray) -> None:
    assert not outcome_lines(y, Task.CLASSIFICATION, y >= 0).any()


def test_ranks_share_ties() -> None:
    assert ranks_of(np.array([3.0, 1.0, 3.0, 7.0])).tolist() == [0.125, -0.25, 0.125, 0.5]


def test_means_are_taken_out_of_each_stratum() -> None:
    lines = np.array([[1.0], [3.0], [10.0], [20.0]])
    assert centred_within(lines, np.array([0, 0, 1, 1])).ravel().tolist() == [-1.0, 1.0, -5.0, 5.0]
