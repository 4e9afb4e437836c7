"""Rows and pictures of zeros, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dataaudit.stats.zero_rows import ZeroRows, ZeroRowsState
from tests.build import chunks, observed


def _state(data: object, cuts: list[int] | None = None, **loading: Any) -> ZeroRowsState:
    schema, rows = chunks(data, cuts or [], **loading)
    state: ZeroRowsState = observed(ZeroRows(), schema, rows)
    return state


@given(
    X=hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.sampled_from([0, -0.0, 1]))
)
def test_rows_are_those_where_all_is_zero(X: np.ndarray) -> None:
    state = _state(X, [len(X) // 2])
    zero = np.flatnonzero((X == 0).all(axis=1))
    assert state.rows.tolist() == zero.tolist()
    assert state.n_zero == len(zero)


def test_missing_is_not_zero() -> None:
    assert _state(np.array([[0.0, np.nan], [0.0, 0.0]])).rows.tolist() == [1]


def test_targets_texts_truth_values_and_times_do_not_count() -> None:
    data = pd.DataFrame(
        {
            "a": [0, 1],
            "b": [0.0, 1.0],
            "t": ["x", "y"],
            "f": [True, False],
            "y": [1, 0],
            "d": pd.to_datetime(["2020"] * 2),
        }
    )
    state = _state(data, target="y")
    assert len(state.columns) == 2
    assert state.rows.tolist() == [0]


@given(at=st.tuples(st.integers(0, 16), st.integers(0, 12), st.integers(0, 2)))
def test_one_lit_pixel_anywhere_is_seen(at: tuple[int, int, int]) -> None:
    X = np.zeros((3, 17, 13, 3), np.uint8)
    X[0] = 9
    X[1][at] = 1
    state = _state((X, np.arange(3)))
    assert state.rows.tolist() == [2]
    assert state.dark_rows.tolist() == [1]


def test_positions_are_capped_and_counts_complete() -> None:
    state = _state(np.zeros((3000, 2))[:990], [500])
    assert (state.n_zero, len(state.rows)) == (990, 990)
    schema, rows = chunks(np.zeros((100, 2)))
    small: ZeroRowsState = observed(ZeroRows(cap=7), schema, rows)
    assert (small.n_zero, small.rows.tolist()) == (100, list(range(7)))
