"""Labels some rows away: the right lag and stretch, and silence on rows in any natural order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, Task
from dataaudit.probe.outcomes import outcome_lines
from dataaudit.probe.shifts import LEAST_ROWS, correlate, find_shifts, whitened

Part = tuple[Floats, Floats]


def part(X: NDArray[np.float64], y: Ints | Floats) -> Part:
    task = Task.CLASSIFICATION if y.dtype.kind == "i" else Task.REGRESSION
    return whitened(X.astype(np.float32)), outcome_lines(y, task, np.ones(len(y), bool))


def flowers() -> tuple[Floats, Ints]:
    from sklearn.datasets import load_iris

    X, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    return X[order], y[order]


def walk(n: int, d: int, stay: float, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(n, d))
    for i in range(1, n):
        steps[i] += stay * steps[i - 1]
    return steps


def test_correlation_at_each_lag_is_that_of_rolled_labels() -> None:
    X, y = flowers()
    W, Y = part(X, y)
    seen = correlate([(W, Y)])
    for lag in (-7, 0, 3, 74):
        direct = ((W.T @ np.roll(Y, -lag, axis=0)) ** 2).sum() / len(W)
        zero = ((W.T @ Y) ** 2).sum() / len(W)
        at = seen.excess[seen.lags == lag][0] - seen.excess[seen.lags == 0][0]
        assert at == pytest.approx(direct - zero)


def test_directions_are_uncorrelated_of_unit_spread() -> None:
    W = whitened(
        np.random.default_rng(1).normal(size=(400, 6)).astype(np.float32) @ np.triu(np.ones((6, 6), np.float32))
    )
    assert np.abs(W.T @ W / 400 - np.eye(6)).max() < 1e-5


@settings(max_examples=25, deadline=None)
@given(st.integers(-70, 70).filter(bool))
def test_any_lag_is_named(lag: int) -> None:
    X, y = flowers()
    (shift,) = find_shifts([part(X, np.roll(y, lag))])
    assert (shift.lag, shift.start, shift.stop) == (lag, 0, 150)
    assert shift.there > 0.8 > 0.4 > abs(shift.here)


@pytest.mark.parametrize("start", [50, 70, 90])
def test_where_a_shift_begins(start: int) -> None:
    X, y = flowers()
    moved = y.copy()
    moved[start:] = y[start - 1 : -1]  # one label twice, the last one lost
    (shift,) = find_shifts([part(X, moved)])
    assert shift.lag == 1
    assert abs(shift.start - start) <= 4
    assert shift.stop == 150


def test_a_shift_that_ends() -> None:
    rng = np.random.default_rng(2)
    X = rng.normal(size=(600, 3))
    y = X[:, 0] + 0.3 * rng.normal(size=600)
    moved = y.copy()
    moved[200:400] = y[195:395]
    (shift,) = find_shifts([part(X, moved)])
    assert shift.lag == 5
    assert abs(shift.start - 200) <= 10
    assert abs(shift.stop - 400) <= 10


def test_a_shift_that_grows_is_told_in_both_steps() -> None:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(600, 3))
    y = X[:, 0] + 0.2 * rng.normal(size=600)
    moved = np.concatenate([y[:200], y[199:399], y[397:597]])
    found = {s.lag: (s.start, s.stop) for s in find_shifts([part(X, moved)])}
    assert set(found) == {1, 3}
    assert abs(found[1][0] - 200) <= 10
    assert abs(found[3][0] - 400) <= 10


def test_all_labels_that_inputs_tell_little_of_rolled_by_three() -> None:
    from sklearn.datasets import load_diabetes

    X, y = load_diabetes(return_X_y=True)
    found = []
    for seed in range(30):
        rows = np.random.default_rng(seed).permutation(len(X))[:150]
        found.append([(s.lag, s.start, s.stop) for s in find_shifts([part(X[rows], np.roll(y[rows], 3))])])
        assert not find_shifts([part(X[rows], y[rows])])
    assert found == [[(3, 0, 150)]] * 30


def test_stretches_are_added_up() -> None:
    X, y = flowers()
    y = np.roll(y, 4)
    W, Y = part(X, y)
    (shift,) = find_shifts([(W[:75], Y[:75]), (W[75:], Y[75:])])
    assert (shift.lag, shift.start, shift.stop) == (4, 0, 150)


@pytest.mark.parametrize("stay", [0.0, 0.5, 0.95, 1.0])
@pytest.mark.parametrize("classes", [True, False])
def test_rows_in_a_time_series_are_no_shift(stay: float, classes: bool) -> None:
    for seed in range(5):
        X = walk(300, 3, stay, seed)
        y = X[:, 0] + 0.5 * np.roll(X[:, 1], 1) + 0.5 * np.random.default_rng(seed).normal(size=300)
        own = walk(300, 1, stay, seed + 100)[:, 0]
        for target in (y, own):
            assert not find_shifts([part(X, (target > np.median(target)).astype(np.int64) if classes else target)])


@pytest.mark.parametrize("n", [60, 150, 1000])
def test_unrelated_labels_are_no_shift(n: int) -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.standard_t(2, size=(n, 5)).clip(-8, 8)
        assert not find_shifts([part(X, rng.integers(0, 4, n))])
        assert not find_shifts([part(X, (rng.random(n) < 0.03).astype(np.int64))])
        assert not find_shifts([part(X, rng.standard_cauchy(n))])


def test_order_by_label_input_season_group_or_copy_is_no_shift() -> None:
    X, y = flowers()
    orders = [
        np.argsort(y, kind="stable"),
        *(np.argsort(X[:, j], kind="stable") for j in range(4)),
        np.repeat(np.arange(150), 2),
    ]
    for order in orders:
        assert not find_shifts([part(X[order], y[order])])
    rng = np.random.default_rng(4)
    turns = np.arange(200) % 10
    assert not find_shifts([part(rng.normal(size=(10, 4))[turns] + rng.normal(size=(200, 4)), turns)])
    season = np.sin(np.arange(300) / 6.0)
    wave = np.stack([season, np.roll(season, 5), rng.normal(size=300)], axis=1)
    assert not find_shifts([part(wave, np.roll(season, 2) + 0.3 * rng.normal(size=300))])


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.zeros((0, 3)), np.zeros(0, np.int64)),
        (np.ones((1, 3)), np.zeros(1, np.int64)),
        (np.random.default_rng(0).normal(size=(LEAST_ROWS - 1, 2)), np.arange(LEAST_ROWS - 1) % 2),
        (np.ones((100, 3)), np.arange(100) % 2),
        (np.random.default_rng(0).normal(size=(100, 3)), np.zeros(100, np.int64)),
        (np.zeros((100, 0)), np.arange(100) % 2),
        (np.eye(60), np.arange(60) % 2),
    ],
)
def test_hostile_input_is_no_shift(X: NDArray[np.float64], y: Ints) -> None:
    assert find_shifts([part(X, y)]) == []


def test_inputs_beyond_number_are_mixed() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(300, 700))
    assert whitened(X.astype(np.float32)).shape == (300, 64)
