"""Arrow arrays of every kind of number, with nulls and slices, against the values they were made of."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.loaders.arrow import ArrowLine, fill_from_arrow

KINDS = ("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "bool_")


def numbers(array: Any) -> list[float | None]:
    out = np.full(len(array), 7.5)
    fill_from_arrow(array, out)
    return [None if np.isnan(v) else float(v) for v in out]


@given(
    st.sampled_from(KINDS),
    st.lists(st.none() | st.integers(0, 100), max_size=40),
    st.integers(0, 9),
    st.integers(0, 40),
)
def test_numbers_and_nulls(kind: str, values: list[int | None], first: int, length: int) -> None:
    made = [None if v is None else v % 2 == 1 if kind == "bool_" else v for v in values]
    array = pa.array(made, type=getattr(pa, kind)()).slice(first, length)
    assert numbers(array) == [None if v is None else float(v) for v in made[first : first + length]]


def test_halves_and_the_largest_whole_numbers() -> None:
    assert numbers(pa.array([np.float16(1.5), None], type=pa.float16())) == [1.5, None]
    assert numbers(pa.array([2**63 + 5, None], type=pa.uint64())) == [float(2**63 + 5), None]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (dt.date(1970, 1, 3), 172_800.0),
        (dt.datetime(1970, 1, 1, 0, 1), 60.0),
        (dt.time(1, 2), 3_720.0),
        (dt.timedelta(seconds=1.25), 1.25),
        (Decimal("1.5"), 1.5),
    ],
)
def test_times_and_decimals(value: Any, expected: float) -> None:
    assert numbers(pa.array([None, value, value]).slice(0, 2)) == [None, expected]


@given(st.lists(st.none() | st.sampled_from("abc"), max_size=30), st.integers(0, 5))
def test_texts_and_nulls(values: list[str | None], first: int) -> None:
    column = pa.chunked_array([pa.array(values, type=pa.string()).slice(first)])
    codes = ArrowLine(column).codes(slice(0, len(column)))
    assert [None if i < 0 else codes.values[i] for i in codes.indices] == values[first:]
