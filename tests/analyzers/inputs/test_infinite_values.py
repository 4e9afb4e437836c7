"""INP102 against tables whose infinities are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table

CELL = st.sampled_from([0.0, -1.5, 1e150, -1e150, 5e-324, np.nan, np.inf, -np.inf])


def test_one_infinite_cell() -> None:
    said = ask("INP102", pd.DataFrame({"a": [1.0, -np.inf, 3.0], "b": [1.0, 2.0, 3.0]})).finding
    assert said.severity == "error"
    assert said.message == "1 infinite value in 'a'"
    assert (said.columns, said.rows, said.row_count) == (("a",), (1,), 1)
    assert said.evidence["table"]["rows"] == [["a", 1, 1]]


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=60))
def test_exactly_the_infinite_cells(cells: list[tuple[float, float]]) -> None:
    x = np.array(cells)
    hit = np.isinf(x)
    answer = ask("INP102", pd.DataFrame(x, columns=["a", "b"]))
    if not hit.any():
        assert answer.status is Status.CLEAN
        return
    said = answer.finding
    assert set(said.columns) == {name for name, j in (("a", 0), ("b", 1)) if hit[:, j].any()}
    assert said.rows == tuple(np.flatnonzero(hit.any(axis=1)).tolist())
    assert sum(row[1] for row in said.evidence["table"]["rows"]) == hit.sum()


def test_overflow_of_float16() -> None:
    with np.errstate(over="ignore"):
        x = np.array([[1.0], [70_000.0], [65_504.0]]).astype(np.float16)
    assert ask("INP102", x).finding.rows == (1,)


def test_the_target_is_named_as_such() -> None:
    y = np.linspace(0.1, 0.9, 30)
    y[4] = np.inf
    said = ask("INP102", (np.arange(30.0)[:, None], y)).finding
    assert said.columns == ("y",)
    assert said.message == "1 infinite value in 'y' (the target)"


def test_each_split_by_itself() -> None:
    clean, bad = np.arange(10.0)[:, None], np.array([[1.0], [np.inf]])
    answer = ask("INP102", clean, None, bad)
    assert [(o.split, str(o.status)) for o in answer.outcomes] == [("train", "clean"), ("test", "found")]
    assert answer.finding.splits == ("test",)


def test_the_option_tolerates_a_few() -> None:
    frame = pd.DataFrame({"a": [1.0, np.inf, np.inf, 3.0]})
    assert ask("INP102", frame, options={"allowed": 2}).status is Status.CLEAN
    assert ask("INP102", frame, options={"allowed": 1}).status is Status.FOUND


def test_rows_are_capped_and_counted_in_full() -> None:
    said = ask("INP102", pd.DataFrame({"a": np.where(np.arange(5000) % 2, np.inf, 1.0)})).finding
    assert (len(said.rows), said.row_count) == (1000, 2500)


def test_pictures() -> None:
    x = images(20)[0].astype(np.float32)
    x[5, 0, 0, 0] = np.inf
    said = ask("INP102", x).finding
    assert (said.rows, said.message) == ((5,), "1 pixel is infinite, in 1 picture")


@pytest.mark.parametrize(
    "data",
    [
        table(100),
        np.array([[1.7e308], [-1.7e308]] * 20),
        np.full((30, 1), np.nan),
        pd.DataFrame({"a": ["inf", "-inf", "infinity"] * 10, "b": 1}),
    ],
    ids=["table", "largest floats", "NaN", "words"],
)
def test_nothing_is_infinite(data: Any) -> None:
    assert ask("INP102", data).status is Status.CLEAN
