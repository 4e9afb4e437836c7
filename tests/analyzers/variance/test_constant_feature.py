"""NRM105: one value, or two."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table

N = 200
X = np.random.default_rng(0).normal(size=(N, 3))


def test_one_value() -> None:
    x = X.copy()
    x[:, 1] = 0.1
    said = ask("NRM105", x).finding
    assert (said.severity, said.columns, said.splits) == ("warning", (1,), ("train",))
    assert said.message == "Column 1 has one value in all of train, 0.1"
    assert said.evidence["table"]["rows"] == [[1, 0.1, N]]


def test_several_columns_of_any_storage() -> None:
    frame = pd.DataFrame(
        {"a": X[:, 0], "zero": 0, "flag": True, "word": "x", "when": pd.Timestamp("2020-01-01"), "level": 1e9}
    )
    frame["cat"] = pd.Categorical(["only"] * N, categories=["only", "never"])
    said = ask("NRM105", frame).finding
    assert set(said.columns) == {"zero", "flag", "word", "when", "level", "cat"}
    assert said.message == "'zero', 'flag', 'word' and 3 more have one value in all of train"


def test_gaps_beside_one_value() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "b": np.where(np.arange(N) % 2, np.nan, 7.0)})
    assert ask("NRM105", frame).finding.evidence["table"]["rows"] == [["b", 7.0, N / 2]]


def test_a_column_that_varies_outside_of_train() -> None:
    train, test = pd.DataFrame({"a": X[:, 0], "b": 1.5}), pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    said = ask("NRM105", train, None, test).finding
    assert said.splits == ("train",)
    assert said.message == "'b' has one value in all of train, 1.5; outside of train 'b' varies"


def test_constant_in_every_split() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "b": "same"})
    said = ask("NRM105", frame, None, frame).finding
    assert said.splits == ("train", "test")
    assert said.message == "'b' has one value in all of train, 'same'"


@pytest.mark.parametrize(
    "data",
    [
        table(N),
        np.column_stack([X, np.r_[1.0, np.zeros(N - 1)]]),
        np.column_stack([X, 1e9 + 1e-6 * (np.arange(N) % 2)]),
        pd.DataFrame({"a": ["x"] * (N - 1) + ["y"]}),
        pd.DataFrame({"a": X[:, 0], "empty": np.full(N, np.nan)}),
        np.eye(20)[np.arange(N) % 20],
    ],
    ids=["table", "one row", "one millionth at 1e9", "one word", "empty column", "one-hot"],
)
def test_columns_that_vary(data: Any) -> None:
    assert ask("NRM105", data).status is Status.CLEAN


def test_test_may_be_constant() -> None:
    assert ask("NRM105", X, None, np.zeros((50, 3))).status is Status.CLEAN


def test_the_target_is_no_input() -> None:
    frame = pd.DataFrame({"a": X[:, 0], "y": "same"})
    assert ask("NRM105", frame, target="y").status is Status.CLEAN


def test_few_rows_cannot_tell() -> None:
    answer = ask("NRM105", np.ones((9, 1)))
    assert (answer.status, answer.reason) == (Status.SKIPPED, "train has 9 rows, fewer than 10")
    assert ask("NRM105", np.ones((10, 1))).status is Status.FOUND
    assert ask("NRM105", np.ones((10, 1)), options={"rows": 11}).status is Status.SKIPPED


def test_channels_of_pictures() -> None:
    x = np.random.default_rng(0).random((20, 8, 8, 3))
    x[:, 0] = 0  # a black border is no fault
    assert ask("NRM105", x).status is Status.CLEAN
    x[..., 2] = 0.25
    assert ask("NRM105", x).finding.message == "Channel 2 holds one value, 0.25, in all pictures of train"
    x[..., 0] = 1
    assert ask("NRM105", x).finding.message == "Channels 0 and 2 hold one value each, 1, 0.25, in all pictures of train"
