"""Distinct values against collections.Counter."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.hashing import hash_floats, hash_texts
from dataaudit.stats.values import Distinct, Values, ValuesState
from tests.build import chunks, observed


def values(data: Any, cuts: Any = (), cap: int = 1024) -> ValuesState:
    schema, rows = chunks(data, cuts)
    state: ValuesState = observed(Values(cap), schema, rows)
    return state


def counted(column: Distinct) -> dict[Any, int]:
    return dict(zip(list(column.values), column.counts.tolist(), strict=True))


numbers = st.one_of(st.floats(), st.integers(-3, 3).map(float), st.sampled_from([0.0, -0.0, math.nan, math.inf]))


@given(st.lists(numbers, min_size=1, max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_numbers_are_counted_exactly(line: list[float], cuts: list[int]) -> None:
    column = values(np.array(line)[:, None], [min(c, len(line)) for c in cuts]).columns[0]
    finite = [v + 0.0 for v in line if math.isfinite(v)]
    assert counted(column) == Counter(finite)
    assert (column.n, column.n_distinct, column.exact) == (len(finite), len(set(finite)), True)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@given(st.lists(st.none() | words, min_size=1, max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_texts_are_counted_exactly(line: list[str | None], cuts: list[int]) -> None:
    data = pd.DataFrame({"t": pd.array(line, "str"), "x": 1.0})
    column = values(data, [min(c, len(line)) for c in cuts]).columns["t"]
    known = [v for v in line if v is not None]
    assert counted(column) == Counter(known)
    assert (column.n, column.n_distinct) == (len(known), len(set(known)))


@pytest.mark.parametrize("cuts", [(), range(100, 20_000, 700), (1, 2, 19_999)])
def test_beyond_the_cap_the_smallest_hashes_stay_with_exact_counts(cuts: Any) -> None:
    line = np.random.default_rng(0).integers(0, 5000, 20_000).astype(float)
    column = values(line[:, None], cuts, cap=256).columns[0]
    truth = Counter(line.tolist())
    kept = sorted(truth, key=lambda v: int(hash_floats(np.array([v]))[0]))[:256]
    assert counted(column) == {v: truth[v] for v in kept}
    assert not column.exact
    assert column.n == 20_000
    assert len(truth) == pytest.approx(column.n_distinct, rel=5 / math.sqrt(256))


def test_beyond_the_cap_texts_are_kept_the_same_way() -> None:
    line = [f"word {i % 700}" for i in range(2000)]
    column = values(pd.DataFrame({"t": line}), (300, 301, 1500), cap=64).columns["t"]
    truth = Counter(line)
    kept = sorted(truth, key=lambda v: int(hash_texts([v])[0]))[:64]
    assert counted(column) == {v: truth[v] for v in kept}
    assert len(truth) == pytest.approx(column.n_distinct, rel=5 / math.sqrt(64))


@pytest.mark.parametrize("n", [2000, 5000, 30_000])
def test_estimate_is_within_five_standard_errors(n: int) -> None:
    X = np.random.default_rng(n).normal(size=(n, 4))
    for column in values(X, cap=1024).columns.values():
        assert not column.exact
        assert n == pytest.approx(column.n_distinct, rel=5 / math.sqrt(1024))
        assert column.n_distinct <= column.n


@pytest.mark.parametrize("n_distinct", [63, 64, 65])
def test_exact_up_to_the_cap_and_not_one_further(n_distinct: int) -> None:
    line = np.tile(np.arange(n_distinct, dtype=float), 3)
    column = values(line[:, None], cap=64).columns[0]
    assert column.exact == (n_distinct <= 64)
    assert len(column.values) == min(64, n_distinct)
    assert set(column.counts.tolist()) == {3}


def test_hashes_ascend_and_belong_to_their_values() -> None:
    column = values(np.random.default_rng(1).normal(size=(500, 1)), (40,), cap=100).columns[0]
    assert (np.diff(column.hashes.astype(object)) > 0).all()
    assert column.hashes.tolist() == hash_floats(column.values).tolist()


def test_wide_tables_keep_fewer_values_a_column() -> None:
    schema, _ = chunks(np.zeros((1, 5000)))
    assert values(np.zeros((1, 5000))).columns[0].cap == 2**22 // 5000
    assert Values(cap=5).start(schema).columns[0].cap == 64


def test_most_frequent_values_come_first_and_ties_in_order() -> None:
    column = values(np.array([3.0, 1.0, 2.0, 3.0, 1.0, 9.0])[:, None]).columns[0]
    assert column.top() == [(1.0, 2), (3.0, 2), (2.0, 1), (9.0, 1)]
    assert column.top(1) == [(1.0, 2)]
    assert all(type(v) is float for v, _ in column.top())
    assert values(pd.DataFrame({"t": ["b", "a", "b"]})).columns["t"].top() == [("b", 2), ("a", 1)]


def test_columns_without_values() -> None:
    state = values(pd.DataFrame({"x": [np.nan, np.inf], "t": pd.array([None, None], "str"), "z": [1.0, 2.0]}))
    for name in ("x", "t"):
        column = state.columns[name]
        assert (column.n, column.n_distinct, column.exact, column.top()) == (0, 0, True, [])


def test_words_of_the_same_letters_are_told_apart() -> None:
    column = values(pd.DataFrame({"t": ["ab", "ba", "", "a", "aa", "ab"]})).columns["t"]
    assert counted(column) == {"ab": 2, "ba": 1, "": 1, "a": 1, "aa": 1}


@pytest.mark.parametrize("n", [1_025, 1_797, 2_500, 7_013, 40_000])
@pytest.mark.parametrize("first", [0, 10_000, 5_000_011])
def test_of_rows_that_are_numbered_each_number_counts(n: int, first: int) -> None:
    """Ids are told by it: an estimate that is 3 % off takes every other id of a large table for a quantity."""
    column = values(np.arange(first, first + n, dtype=float)[:, None]).columns[0]
    assert (column.exact, column.n_distinct) == (False, n)


def test_a_few_ids_that_stand_twice_are_not_lost_in_the_estimate() -> None:
    line = np.arange(20_000.0)
    line[:2_000] = line[2_000:4_000]
    assert values(line[:, None]).columns[0].n_distinct == pytest.approx(18_000, rel=0.01)


def test_one_frequent_value_among_many_single_ones_does_not_hide_behind_them() -> None:
    line = np.arange(20_000.0)
    line[:8_000] = -1.0
    assert values(line[:, None]).columns[0].n_distinct == pytest.approx(12_001, rel=3 / math.sqrt(1024))
