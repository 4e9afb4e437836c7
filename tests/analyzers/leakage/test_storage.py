"""How exactly a column was stored: steps between storable values, errors of sums, lattices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.analyzers.leakage.storage import spacing, steps, storage_of
from dataaudit.model import Floats
from dataaudit.stats.values import Distinct, Values
from tests.build import chunks, observed


def distinct(values: Floats) -> Distinct:
    schema, rows = chunks(values[:, None])
    state = observed(Values(), schema, rows)
    (sketch,) = (s for name, s in state.columns.items() if name == 0)
    assert isinstance(sketch, Distinct)
    return sketch


NORMAL = np.random.default_rng(0).normal(size=400)


@pytest.mark.parametrize("decimals", [1, 2, 3, 4, 6])
def test_decimals(decimals: int) -> None:
    assert set(steps(NORMAL.round(decimals))) == {10.0**-decimals}
    single = NORMAL.round(decimals).astype(np.float32).astype(float)
    if decimals < 5:
        assert set(steps(single)) == {10.0**-decimals}


def test_significant_digits() -> None:
    x = np.array([float(f"{v:.3g}") for v in NORMAL])
    found = steps(x)
    large, middle = np.abs(x) >= 1, (np.abs(x) >= 0.1) & (np.abs(x) < 1)
    assert found[large] == pytest.approx(0.01)
    assert found[middle] == pytest.approx(0.001)


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_short_floats(dtype: type[np.floating]) -> None:
    x = NORMAL.astype(dtype)
    assert steps(x.astype(float)).tolist() == np.spacing(np.abs(x)).astype(float).tolist()


def test_double_precision_is_no_storage_to_speak_of() -> None:
    assert steps(NORMAL).tolist() == np.spacing(np.abs(NORMAL)).tolist()
    assert not storage_of(distinct(NORMAL)).known


@pytest.mark.parametrize("decimals", [2, 3])
def test_errors_of_mean_and_variance_are_those_of_simulated_rounding(decimals: int) -> None:
    g = np.random.default_rng(1)
    mean, square = [], []
    for _ in range(2000):
        x = g.normal(size=200)
        rounded = x.round(decimals)
        mean.append(rounded.mean() - x.mean())
        square.append((rounded**2).mean() - (x**2).mean())
    told = storage_of(distinct(g.normal(size=200).round(decimals)))
    assert told.known
    # never less; more where values that rounding made equal are taken for values that were equal
    assert 0.9 * np.std(mean) < told.mean_error < 1.5 * np.std(mean)
    assert 0.9 * np.std(square) < told.square_error < 1.5 * np.std(square)
    assert told.bias == pytest.approx(np.mean(square), rel=0.1, abs=4 * np.std(square) / np.sqrt(2000))


def test_rows_of_one_value_share_their_error() -> None:
    few = np.repeat(np.array([-1.34, -0.45, 0.45, 1.34, 0.11, 0.83, -0.27, 2.09]), 100)
    assert storage_of(distinct(few)).mean_error == pytest.approx(0.01 / np.sqrt(12 * 8))


@given(st.integers(1, 30), st.floats(0.01, 100.0), st.floats(-5.0, 5.0))
def test_scaled_whole_numbers_lie_on_a_grid(top: int, scale: float, shift: float) -> None:
    values = np.arange(top + 1, dtype=np.float64) * scale + shift
    if top > 1:
        assert spacing(values[values != values[1]]) == pytest.approx(scale, rel=1e-9) or top == 2
        assert spacing(values) == pytest.approx(scale, rel=1e-6)
    else:
        assert spacing(values) == pytest.approx(scale, rel=1e-6)


def test_continuous_values_lie_on_none() -> None:
    assert spacing(NORMAL) == 0.0
    assert spacing(np.zeros(0)) == 0.0
    assert spacing(np.array([2.0])) == 0.0


def test_no_values_have_no_error() -> None:
    told = storage_of(Distinct.empty(8, is_number=True))
    assert (told.mean_error, told.square_error, told.bias, told.lattice) == (0.0, 0.0, 0.0, 0.0)
