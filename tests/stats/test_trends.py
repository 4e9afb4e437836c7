"""Steps between neighbouring rows against counting them one by one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.trends import Trends
from tests.build import chunks, observed

values = st.one_of(st.just(float("nan")), st.sampled_from([-np.inf, np.inf, 0.0, -0.0]), st.floats(-3, 3).map(round))


@given(line=st.lists(values.map(float), min_size=1, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_against_counting(line: list[float], cuts: list[int]) -> None:
    schema, parts = chunks(pd.DataFrame({"x": line}), [c for c in cuts if c <= len(line)])
    state = observed(Trends(), schema, parts)
    steps = [(a, b) for a, b in pairwise(line) if a == a and b == b]
    assert state.up.tolist() == [sum(b > a for a, b in steps)]
    assert state.down.tolist() == [sum(b < a for a, b in steps)]
    assert state.pairs.tolist() == [len(steps)]
    assert state.ranges == [(0, len(line))]


def test_parts_that_are_missing_are_not_bridged() -> None:
    schema, (a, b, c) = chunks(pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6]}), [2, 4])
    left, right, middle = (observed(Trends(), schema, [part]) for part in (a, c, b))
    apart = left.merge(right)
    assert (apart.up[0], apart.pairs[0], apart.ranges) == (2, 2, [(0, 2), (4, 6)])
    whole = apart.merge(middle)
    assert (whole.up[0], whole.pairs[0], whole.ranges) == (5, 5, [(0, 6)])


@pytest.mark.parametrize("n", [1, 2])
def test_few_rows(n: int) -> None:
    schema, parts = chunks(pd.DataFrame({"x": np.arange(float(n)), "t": ["a"] * n}))
    state = observed(Trends(), schema, parts)
    assert state.pairs.tolist() == [n - 1]
    assert state.up.tolist() == [n - 1]


def test_no_numbers() -> None:
    schema, parts = chunks(pd.DataFrame({"t": ["a", "b"]}))
    assert observed(Trends(), schema, parts).pairs.shape == (0,)
