"""The permutation test: exact without association, strong with any."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, Task
from dataaudit.probe.outcomes import outcome_lines
from dataaudit.probe.permutation import Permutation, grouped_test, permutation_test


def lines(y: Ints) -> Floats:
    return outcome_lines(y, Task.CLASSIFICATION, np.ones(len(y), bool))


def numbers(y: Floats) -> Floats:
    return outcome_lines(y, Task.REGRESSION, np.ones(len(y), bool))


def noise(n: int, d: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def test_p_values_are_uniform_without_association() -> None:
    from scipy.stats import kstest

    p = [
        permutation_test(noise(60, 3, s), lines(np.random.default_rng(1000 + s).integers(0, 3, 60)), permutations=99).p
        for s in range(200)
    ]
    assert 0.01 <= np.mean(np.array(p) <= 0.05) <= 0.1  # 2 to 20 of 200: the 0.1 % ends of the binomial
    assert kstest(p, "uniform").pvalue > 1e-3


def test_exclusive_or_is_seen() -> None:
    X = noise(300, 2, 0)
    test = permutation_test(X, lines(((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(np.int64)), permutations=199)
    assert test.p <= 3 / 200  # three measures have a first place each
    assert test.parts[2] == pytest.approx(1 / 200)
    assert test.parts[0] > 0.02


def test_one_weak_input_among_many_is_seen() -> None:
    X = noise(600, 100, 1)
    y = 0.3 * X[:, 7] + np.random.default_rng(2).normal(size=600)
    assert permutation_test(X, numbers(y), permutations=199).parts[1] <= 0.01


def test_differences_between_strata_tell_nothing() -> None:
    strata = np.arange(200) % 2
    rng = np.random.default_rng(3)
    y = (rng.random(200) < np.where(strata, 0.9, 0.1)).astype(np.int64)
    X = noise(200, 2, 4) + 5.0 * strata[:, None].astype(np.float32)
    assert permutation_test(X, lines(y), permutations=199).p <= 0.01
    assert permutation_test(X, lines(y), strata=strata, permutations=199).p > 0.05


def rejected(seed: int) -> tuple[float, float]:
    """Return p with and without groups, where rows of a group share inputs and label, both drawn for themselves."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(30), 8)
    X = rng.normal(size=(30, 2))[groups].astype(np.float32) + 0.1 * noise(240, 2, seed)
    y = rng.integers(0, 2, 30)[groups]
    return (
        grouped_test(X, lines(y), groups, permutations=99).p,
        permutation_test(X, lines(y), permutations=99).p,
    )


def test_groups_are_permuted_as_wholes() -> None:
    p = np.array([rejected(seed) for seed in range(60)])
    assert (p[:, 1] <= 0.05).mean() > 0.8
    assert (p[:, 0] <= 0.05).mean() <= 0.15  # 9 of 60: beyond that with a chance of 0.2 %


def test_an_association_within_groups_alone_is_seen() -> None:
    rng = np.random.default_rng(5)
    groups = np.repeat(np.arange(40), 6)
    X = noise(240, 2, 6)
    y = (X[:, 0] - np.bincount(groups, X[:, 0])[groups] / 6 > 0).astype(np.int64)
    assert grouped_test(X, lines(y), rng.permutation(40)[groups], permutations=199).p <= 0.02


def test_without_groups_both_tests_are_one() -> None:
    X, y = noise(50, 2, 7), np.arange(50) % 3
    assert grouped_test(X, lines(y), np.arange(50), permutations=99) == permutation_test(X, lines(y), permutations=99)


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (noise(3, 2, 0), np.array([0, 1, 0])),
        (np.ones((50, 2), np.float32), np.arange(50) % 2),
        (np.zeros((50, 0), np.float32), np.arange(50) % 2),
        (noise(50, 2, 0), np.zeros(50, np.int64)),
        (np.zeros((0, 2), np.float32), np.zeros(0, np.int64)),
    ],
)
def test_nothing_to_permute_is_no_evidence(X: NDArray[np.float32], y: Ints) -> None:
    assert permutation_test(X, lines(y)) == Permutation(1.0, (1.0, 1.0, 1.0), 0, len(X))


def test_many_rows_and_inputs_are_sampled_and_mixed() -> None:
    X = noise(6000, 700, 8)
    y = (X[:, :50].sum(axis=1) > 0).astype(np.int64)
    test = permutation_test(X, lines(y), permutations=19)
    assert test.n == 5000
    assert test.parts[0] == pytest.approx(0.05)


def test_the_seed_decides() -> None:
    X, y = noise(80, 3, 9), np.arange(80) % 2
    assert permutation_test(X, lines(y), seed=4) == permutation_test(X, lines(y), seed=4)
