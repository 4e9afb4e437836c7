"""INP103: rows of zeros among others, and data that is zero by nature."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def dense(n: int = 100, d: int = 4, zero: tuple[int, ...] = ()) -> np.ndarray:
    """Return normal numbers with some rows of zeros."""
    X = np.random.default_rng(0).normal(size=(n, d))
    X[list(zero)] = 0.0
    return X


def test_one_row_of_zeros() -> None:
    said = ask("INP103", dense(zero=(7,))).finding
    assert said.severity == "error"
    assert said.message == "All 4 numeric inputs are zero in 1 row; as a rule 4 of them are not"
    assert (said.rows, said.row_count, said.columns) == ((7,), 1, ())


def test_codes_beside_quantities_may_be_filled() -> None:
    frame = pd.DataFrame(dense(zero=(3, 50)), columns=list("abcd"))
    frame["sex"] = np.arange(100) % 2 + 1
    said = ask("INP103", frame).finding
    assert said.rows == (3, 50)
    assert said.message == "All 4 inputs that are quantities are zero in 2 rows; as a rule 4 of them are not"


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_black_pictures_of_an_array(kind: type) -> None:
    X, y = images(60)
    X[[4, 9]] = 0
    said = ask("INP103", (X.astype(kind), y)).finding
    assert said.rows == (4, 9)
    assert said.message == "2 pictures of 60 are all zero"


def test_black_frames_around_pictures_are_no_black_pictures() -> None:
    X, y = images(60, size=16)
    X[:, :6], X[:, -6:], X[:, :, :6], X[:, :, -6:] = 0, 0, 0, 0
    assert ask("INP103", (X, y)).status is Status.CLEAN


def test_a_channel_of_zeros_is_a_note() -> None:
    X, y = images(60)
    X[5, :, :, 1] = 0
    said = ask("INP103", (X, y)).finding
    assert (said.severity, said.rows) == ("note", (5,))


def words(n: int = 400) -> np.ndarray:
    """Return word counts of which some rows are empty, as short texts are."""
    rng = np.random.default_rng(1)
    return rng.poisson(rng.gamma(1.0, 0.05, size=(n, 1)) * np.ones((1, 40))).astype(float)


def dummies(n: int = 300) -> np.ndarray:
    """Return three of four categories as columns: the fourth is a row of zeros."""
    return np.eye(4)[np.random.default_rng(2).integers(0, 4, n)][:, :3]


@pytest.mark.parametrize("X", [words(), dummies(), np.random.default_rng(3).poisson(0.5, (300, 2)) * 1.0])
def test_sparse_data_has_empty_rows_by_nature(X: np.ndarray) -> None:
    assert (X == 0).all(axis=1).any()
    answer = ask("INP103", X)
    assert answer.status is Status.CLEAN
    assert "as sparse data has" in answer.measured


def test_sparse_data_with_far_too_many_empty_rows() -> None:
    rng = np.random.default_rng(4)
    X = rng.poisson(0.3, (400, 60)).astype(float)
    X[10:20] = 0.0
    said = ask("INP103", X).finding
    assert said.rows == tuple(range(10, 20))


@pytest.mark.parametrize(
    ("X", "reason"),
    [
        (np.zeros((30, 3)), "every row is zero: the columns are constant, which NRM105 reports"),
        (dense(zero=tuple(range(60))), "60 % of the rows are all zero, most of the data"),
    ],
)
def test_when_it_cannot_tell(X: np.ndarray, reason: str) -> None:
    answer = ask("INP103", X)
    assert (answer.status, answer.reason) == (Status.SKIPPED, reason)


def test_one_column_alone_is_not_judged() -> None:
    assert ask("INP103", pd.DataFrame({"a": [0.0, 1.0, 2.0]})).status is Status.NOT_APPLICABLE


def test_missing_cells_are_not_zeros() -> None:
    X = dense(zero=(7,))
    X[7, 0] = np.nan
    assert ask("INP103", X).status is Status.CLEAN


def test_ordinary_table_is_clean() -> None:
    assert ask("INP103", table(), target="y").status is Status.CLEAN


def test_rows_are_capped_and_counted() -> None:
    said = ask("INP103", dense(6000, zero=tuple(range(0, 4000, 2)))).finding
    assert (len(said.rows), said.row_count) == (1000, 2000)


def test_options() -> None:
    X = dense(zero=tuple(range(10)))
    assert ask("INP103", X, options={"most": 0.05}).status is Status.SKIPPED
    rng = np.random.default_rng(4)
    sparse = rng.poisson(0.3, (400, 60)).astype(float)
    sparse[10:20] = 0.0
    sparse[30:34], sparse[30:34, 0] = 0.0, 1.0
    assert ask("INP103", sparse).status is Status.CLEAN
    assert ask("INP103", sparse, options={"odds": 2.0}).finding.row_count == 10
