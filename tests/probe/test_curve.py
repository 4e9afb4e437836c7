"""Learning curves: of data whose curve is known, and of curves made by formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from dataaudit.model import CannotTell, Task
from dataaudit.probe.curve import Measured, forecast, measure
from tests.probe.making import probed

Floats = NDArray[np.float64]


def made(errors: Floats, rows: int = 4000, sizes: Floats | None = None) -> Measured:
    """Return a curve whose rows are wrong as often as asked, each row at all sizes below some size."""
    place = (np.arange(rows) + 0.5) / rows
    losses = (place[None, :] < np.asarray(errors)[:, None]).astype(float)
    at = np.array([100.0, 200.0, 400.0, 800.0]) if sizes is None else sizes
    return Measured(at, losses, np.arange(rows), 0.5, "of the rows", ())


def blobs(n: int, spread: float, seed: int = 0) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.normal(size=(n, 4)) * spread
    X[:, 0] += 2 * y
    return pd.DataFrame(X, columns=list("abcd")), y


@pytest.mark.parametrize("b", [0.2, 0.4, 0.6])
def test_a_power_law_goes_on(b: float) -> None:
    curve = made(0.4 * (np.array([100, 200, 400, 800]) / 100) ** -b, rows=40_000)
    said = forecast(curve, 800, 1600)
    assert said.now == pytest.approx(0.4 * 8**-b, rel=0.03)
    assert said.error == pytest.approx(0.4 * 16**-b, rel=0.08)
    assert said.low <= 0.4 * 16**-b <= said.high
    assert said.least <= 1 - 2**-b <= said.most


def test_a_flat_curve_stays_flat() -> None:
    said = forecast(made(np.full(4, 0.3)), 800, 1600)
    assert said.error == pytest.approx(0.3, abs=0.01)
    assert said.least == pytest.approx(0.0, abs=1e-9)
    assert said.most < 0.1


def test_a_curve_that_rises_promises_nothing() -> None:
    said = forecast(made(np.array([0.1, 0.15, 0.2, 0.25])), 800, 1600)
    assert said.gain == pytest.approx(0.0, abs=1e-9)
    assert said.error == pytest.approx(said.now, abs=0.02)


def test_no_error_stays_none() -> None:
    said = forecast(made(np.zeros(4)), 800, 1600)
    assert (said.now, said.error, said.low, said.high) == (0.0, 0.0, 0.0, 0.0)


def test_fewer_rows_make_wider_ranges() -> None:
    errors = 0.4 * np.array([1, 2, 4, 8]) ** -0.4
    few, many = (forecast(made(errors, rows), 800, 1600) for rows in (150, 15_000))
    assert few.high - few.low > 2 * (many.high - many.low)


def test_rows_of_one_group_count_once() -> None:
    errors = 0.4 * np.array([1, 2, 4, 8]) ** -0.4
    alone = made(errors, 200)
    copies = Measured(
        alone.sizes, np.tile(alone.losses, 20), np.tile(alone.groups, 20), alone.guess, alone.unit, alone.fits
    )
    one, other = forecast(alone, 800, 1600), forecast(copies, 800, 1600)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.02)


def test_what_is_measured() -> None:
    X, y = blobs(800, 1.5)
    curve = measure(probed(X, y)[0], "train")
    assert curve.sizes == pytest.approx([80, 160, 320, 640], rel=0.05)
    assert curve.losses.shape == (4, 800)
    assert curve.guess == pytest.approx(1 - np.bincount(y).max() / 800)
    best = 0.252  # of the true boundary: half the distance in deviations, 1 / 1.5, on the normal's tail
    assert best - 0.04 < curve.errors[-1] < curve.errors[0] < 0.5
    assert sorted(np.concatenate([fit.held for fit in curve.fits]).tolist()) == list(range(800))


def test_numbers_are_measured_from_the_median() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(600, 3)), columns=list("abc"))
    y = 1e6 + 1e3 * (X["a"] + 0.1 * rng.normal(size=600))
    curve = measure(probed(X, y.to_numpy(), Task.REGRESSION)[0], "train")
    assert curve.guess == 1.0
    assert curve.errors[-1] < 0.3
    assert curve.errors[0] > 1.3 * curve.errors[-1]


def test_labels_are_counted_one_by_one() -> None:
    X, y = blobs(600, 0.5)
    both = np.stack([y, np.random.default_rng(1).integers(0, 2, 600)], axis=1)
    curve = measure(probed(X, both, Task.MULTILABEL)[0], "train")
    assert curve.guess == pytest.approx(np.minimum(both.mean(axis=0), 1 - both.mean(axis=0)).mean())
    assert curve.errors[-1] == pytest.approx(0.26, abs=0.06)


def test_rare_classes_weigh_as_much() -> None:
    X, _ = blobs(1000, 1.0)
    y = (np.arange(1000) % 12 == 0).astype(int)
    curve = measure(probed(X, y)[0], "train")
    assert curve.unit == "of the rows, classes weighing the same"
    assert curve.guess == 0.5
    assert curve.errors[-1] == pytest.approx(0.5, abs=0.1)


def test_groups_are_never_on_both_sides() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(100), 8)
    X = pd.DataFrame(rng.normal(size=(100, 5))[group], columns=list("abcde"))
    y = rng.integers(0, 2, 100)[group]
    curve = measure(probed(X, y, groups=group)[0], "train")
    assert curve.errors[-1] > 0.35  # copies of rows on both sides would be learnt by heart


def test_too_few_rows() -> None:
    X, y = blobs(199, 1.0)
    with pytest.raises(CannotTell, match="train has 199 rows that the probe could use, fewer than 200"):
        measure(probed(X, y)[0], "train")


def test_the_same_seed_gives_the_same_curve() -> None:
    X, y = blobs(300, 1.0)
    run = probed(X, y)[0]
    assert (measure(run, "train", 3).losses == measure(run, "train", 3).losses).all()
