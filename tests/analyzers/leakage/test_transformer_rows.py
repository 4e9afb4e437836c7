"""The rows that steps are fed: unions of splits, columns by any key, frames as pandas would read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.preprocessing import StandardScaler

from dataaudit.analyzers.leakage.transformer_rows import Rows, inputs_of, picked, picked_names, stacked
from tests.build import table, views

FRAME = pd.DataFrame({"a": [1, 2], "b": [3.0, 4.0], "c": ["x", "y"]})


def test_a_union_is_its_splits_below_each_other() -> None:
    parts = {"train": np.array([[1.0], [2.0]]), "test": np.array([[3.0]])}
    calls: list[tuple[str, ...]] = []

    def make(union: tuple[str, ...]) -> Any:
        calls.append(union)
        return parts[union[0]]

    rows = Rows(make).then(lambda X: X + 1.0)
    assert rows.of(("train", "test")).tolist() == [[2.0], [3.0], [4.0]]
    assert rows.of(("test",)).tolist() == [[4.0]]
    assert sorted(calls) == [("test",), ("train",)]  # each once
    assert parts["test"].tolist() == [[3.0]]


def test_a_joint_union_is_made_at_once() -> None:
    rows = Rows(lambda union: np.full((1, 1), len(union)), joint=True).then(lambda X: 10 * X)
    assert rows.joint
    assert rows.of(("train", "validation", "test")).tolist() == [[30]]


def test_stacking_keeps_the_form() -> None:
    frames = stacked([FRAME, FRAME.iloc[::-1]])
    assert frames["a"].tolist() == [1, 2, 2, 1]
    assert frames.index.tolist() == [0, 1, 2, 3]
    matrix = stacked([sparse.csr_array(np.eye(2)), sparse.csr_array(np.ones((1, 2)))])
    assert matrix.toarray().tolist() == [[1, 0], [0, 1], [1, 1]]
    assert stacked([["x"], ["y", "z"]]).tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        (["b", "a"], ["b", "a"]),
        ([0, 2], ["a", "c"]),
        (slice(1, None), ["b", "c"]),
        (slice("a", "b"), ["a", "b"]),
        ([True, False, True], ["a", "c"]),
        (np.array([2]), ["c"]),
        (lambda X: ["c"], ["c"]),
    ],
)
def test_columns_by_any_key(key: Any, names: list[str]) -> None:
    assert list(picked(FRAME, key).columns) == names
    if not callable(key):
        assert picked_names(("a", "b", "c"), key) == tuple(names)


def test_one_column_alone() -> None:
    assert picked(FRAME, "c").tolist() == ["x", "y"]
    assert picked(FRAME, 1).tolist() == [3.0, 4.0]
    assert picked_names(("a", "b", "c"), "c") == ("c",)
    assert picked_names(("a", "b", "c"), 1) == ("b",)
    assert picked_names(("a", "b"), ["elsewhere"]) == ("a", "b")
    assert picked(np.eye(3), [2]).tolist() == [[0.0], [0.0], [1.0]]


def test_a_file_becomes_the_frame_that_pandas_reads(tmp_path: Path) -> None:
    written = table(50).drop(columns="joined")
    written.loc[3, "age"] = np.nan
    written.loc[5, "city"] = None
    written.to_csv(tmp_path / "train.csv", index=False)
    named = ["city", "age", "rooms", "active"]
    known = type("Known", (), {"feature_names_in_": np.array(named, dtype=object)})()
    X, y, names = inputs_of(views(tmp_path / "train.csv", target="y", rules=[]), known)
    expected = pd.read_csv(tmp_path / "train.csv")
    pd.testing.assert_frame_equal(X.of(("train",)), expected[named])
    assert names == tuple(named)
    assert y is not None
    assert y.of(("train",)).tolist() == expected["y"].tolist()


def test_the_users_frame_keeps_its_types() -> None:
    held = FRAME.astype({"a": "int8", "b": "float32", "c": "category"})
    X, y, _ = inputs_of(views(held, rules=[]), type("Any", (), {})())
    assert X.of(("train",)).dtypes.tolist() == held.dtypes.tolist()
    assert y is None


def test_an_array_gets_the_names_that_were_fitted() -> None:
    fitted = StandardScaler().fit(FRAME[["a", "b"]])
    X, _, names = inputs_of(views((np.ones((4, 2)), np.arange(4)), rules=[]), fitted)
    assert list(X.of(("train",)).columns) == ["a", "b"]
    assert names == ("a", "b")
