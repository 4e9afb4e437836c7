"""LAB102: one label, or more than one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def frame(labels: Sequence[object]) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(labels)) + 0.5, "y": labels})


def test_ten_rows_of_one_label() -> None:
    said = ask("LAB102", frame(["cat"] * 10), target="y").finding
    assert said.severity == "error"
    assert said.message == "All 10 labelled rows of train have the label 'cat'"
    assert said.columns == ("y",)
    assert said.evidence == {"label": "cat", "rows": 10}


def test_one_row_of_another_label_is_enough() -> None:
    answer = ask("LAB102", frame(["cat"] * 999 + ["dog"]), target="y")
    assert (answer.status, answer.measured) == (Status.CLEAN, "2 classes")


def test_missing_labels_are_no_class() -> None:
    assert ask("LAB102", frame(["cat"] * 12 + [None] * 5), target="y").finding.evidence["rows"] == 12


def test_each_split_by_itself() -> None:
    mixed, one = frame(["a", "b"] * 20), frame(["a"] * 20)
    answer = ask("LAB102", mixed, None, one, target="y")
    assert [(o.split, str(o.status)) for o in answer.outcomes] == [("train", "clean"), ("test", "found")]
    assert answer.finding.splits == ("test",)


@pytest.mark.parametrize(("rows", "status"), [(9, "skipped"), (10, "found")])
def test_few_rows_cannot_tell(rows: int, status: str) -> None:
    assert ask("LAB102", frame(["a"] * rows), target="y").status == status


def test_the_option_asks_for_more_rows() -> None:
    answer = ask("LAB102", frame(["a"] * 30), target="y", options={"rows": 31})
    assert (answer.status, answer.reason) == (Status.SKIPPED, "30 labelled rows, fewer than 31")


@pytest.mark.parametrize("labels", [np.zeros(30, dtype=int), np.ones(30, dtype=bool)])
def test_numbers_and_booleans(labels: object) -> None:
    assert ask("LAB102", (np.random.default_rng(0).normal(size=(30, 2)), labels)).status is Status.FOUND


def test_an_unlabelled_split_is_not_applicable() -> None:
    answer = ask("LAB102", frame(["a", "b"] * 10), None, frame([None] * 20), target="y")
    assert [str(o.status) for o in answer.outcomes] == ["clean", "not-applicable"]
    assert answer.outcomes[1].reason == "this split has no labels"


def test_regression_has_no_classes() -> None:
    assert ask("LAB102", frame([0.5 * i for i in range(40)]), target="y").status is Status.NOT_APPLICABLE
