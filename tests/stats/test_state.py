"""What goes into a profile comes out equal, and what does not belong there is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.histogram import Dyadic
from dataaudit.stats.moments import Moments
from dataaudit.stats.state import GROUP, decode, encode, groups
from dataaudit.stats.values import Values


def through_json(thing: Any) -> Any:
    return decode(json.loads(json.dumps(encode(thing), allow_nan=False)))


keys: st.SearchStrategy[Hashable] = st.none() | st.integers() | st.text() | st.floats(allow_nan=False)
things = st.recursive(
    keys | st.booleans(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner),
    max_leaves=12,
)


@given(things)
def test_plain_things_come_back_equal(thing: Any) -> None:
    again = through_json(thing)
    assert again == thing
    assert type(again) is type(thing)
    assert json.dumps(encode(again)) == json.dumps(encode(thing))


@pytest.mark.parametrize(
    "array",
    [
        np.array([1.5, -0.0, math.nan, math.inf, -math.inf, 5e-324, 0.1]),
        np.array([[2**64 - 1, 0]], dtype=np.uint64),
        np.array([-(2**63), 2**63 - 1]),
        np.zeros((3, 0)),
        np.array([0.1], dtype=np.float32),
        np.array([True, False]),
    ],
)
def test_arrays_come_back_bit_by_bit(array: np.ndarray[Any, Any]) -> None:
    again = through_json(array)
    assert (again.dtype, again.shape, again.tobytes()) == (array.dtype, array.shape, array.tobytes())


def test_numpy_numbers_become_python_numbers() -> None:
    assert through_json([np.float64(0.1), np.int64(3), np.bool_(True)]) == [0.1, 3, True]
    assert math.isnan(through_json(np.float64("nan")))


def test_equal_mappings_give_equal_text_whatever_came_first() -> None:
    assert json.dumps(encode({"b": 1, "a": 2, 3: 0, 2: 0})) == json.dumps(encode({2: 0, 3: 0, "a": 2, "b": 1}))


def test_statistics_and_states_keep_their_type() -> None:
    assert through_json((Moments(), Values(7))) == (Moments(), Values(7))
    again = through_json(Dyadic(-3, 2**70, np.array([1, 2])))
    assert (again.exponent, again.first, again.counts.tolist()) == (-3, 2**70, [1, 2])


@dataclass
class Stranger:
    """A dataclass that nobody registered."""

    x: int = 0


@dataclass
class Dyadic2:
    """Another class that borrows a registered name."""

    exponent: int = 0


def test_strangers_are_not_saved() -> None:
    with pytest.raises(TypeError, match="Stranger cannot be saved in a profile"):
        encode(Stranger())
    Dyadic2.__name__ = "Dyadic"
    with pytest.raises(TypeError, match="Dyadic cannot be saved"):
        encode(Dyadic2())
    with pytest.raises(TypeError, match="cannot be saved"):
        encode(object)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"type": "Path", "fields": {}}, "unknown type 'Path'"),
        ({"type": "os.system", "fields": {"command": "true"}}, "unknown type"),
        ({}, "unknown type None"),
        ({"type": "Moments", "fields": {"rowless": True}}, "Moments has fields"),
        ({"type": "Values", "fields": {}}, "Values has fields"),
        ({"array": "|O", "shape": [1], "data": [1]}, "object arrays"),
        ({"array": "<f8", "shape": [2], "data": [1.0]}, "reshape"),
    ],
)
def test_unknown_things_are_refused(data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode(data)


@pytest.mark.parametrize(("d", "n"), [(1, 1), (41, 12_787), (5000, 1024), (3, 10**6), (0, 10), (7, 0)])
def test_groups_cover_every_column_once(d: int, n: int) -> None:
    parts = list(groups(d, n))
    assert [j for part in parts for j in range(part.start, part.stop)] == list(range(d))
    assert all((part.stop - part.start) * n <= max(GROUP, n) for part in parts)
