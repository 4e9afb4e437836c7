"""Both ends of columns, against sorting all of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.extremes import Extremes
from tests.build import chunks, observed


def _ends(values: list[float], cap: int, cuts: list[int]) -> tuple[list[tuple[float, int]], list[tuple[float, int]]]:
    schema, rows = chunks(pd.DataFrame({"x": np.array(values, dtype=float)}), cuts)
    state = observed(Extremes(cap=cap), schema, rows)
    low, high = state.smallest("x"), state.largest("x")
    return list(zip(*map(list, low), strict=True)), list(zip(*map(list, high), strict=True))


@given(
    values=st.lists(st.one_of(st.floats(), st.integers(-2, 2).map(float)), min_size=1, max_size=60),
    cap=st.integers(1, 8),
    cuts=st.lists(st.integers(0, 60), max_size=4),
)
def test_ends_are_those_of_the_sorted_column(values: list[float], cap: int, cuts: list[int]) -> None:
    finite = [(v + 0.0, i) for i, v in enumerate(values) if np.isfinite(v)]
    low, high = _ends(values, cap, [c for c in cuts if c <= len(values)])
    assert low == sorted(finite)[:cap]
    assert high == sorted(finite, key=lambda p: (-p[0], p[1]))[:cap]


def test_earlier_rows_win_among_equal_values() -> None:
    low, high = _ends([1.0] * 10, 3, [4, 7])
    assert low == high == [(1.0, 0), (1.0, 1), (1.0, 2)]


def test_infinite_and_missing_values_are_left_out() -> None:
    low, high = _ends([np.nan, np.inf, -np.inf, 5.0], 3, [])
    assert low == high == [(5.0, 3)]


@pytest.mark.parametrize(("n_columns", "cap"), [(1, 1000), (1024, 512), (40_000, 32)])
def test_wide_tables_keep_less_of_each_column(n_columns: int, cap: int) -> None:
    schema, _ = chunks(np.zeros((1, n_columns)))
    assert Extremes().start(schema).cap == cap
