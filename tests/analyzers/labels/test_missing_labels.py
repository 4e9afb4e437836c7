"""LAB109 against labels whose gaps are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.labels.placeholders import WORDS, is_placeholder
from dataaudit.model import Status
from tests.analyzers.asking import ask


def frame(labels: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(labels)) + 0.5, "y": labels})


def test_one_empty_label() -> None:
    said = ask("LAB109", frame(["a", "b", None] + ["a", "b"] * 10), target="y").finding
    assert said.severity == "error"
    assert said.message == "1 row of 23 (4.3 %) has no label: 1 empty"
    assert (said.rows, said.row_count, said.columns) == ((2,), 1, ("y",))
    assert said.evidence == {"empty": 1, "placeholders": {}}


def test_words_that_say_there_is_none() -> None:
    labels = ["a", "b"] * 20 + ["?", "N/A", "?"]
    said = ask("LAB109", frame(labels), target="y").finding
    assert said.message == "3 rows of 43 (7 %) have no label: 2 '?', 1 'N/A'"
    assert said.rows == (40, 41, 42)
    assert said.evidence == {"empty": 0, "placeholders": {"?": 2, "N/A": 1}}


def test_a_common_word_is_a_class() -> None:
    assert ask("LAB109", frame(["spam", "unknown", "ham"] * 20), target="y").status is Status.CLEAN
    said = ask("LAB109", frame(["spam", "unknown", "ham"] * 20), target="y", options={"class_share": 0.5})
    assert said.finding.row_count == 20


@pytest.mark.parametrize(
    "labels",
    [["nap", "nano", "missingno"] * 20, [0, 1, -1] * 20, np.linspace(0, 1, 40), ["a", "b"] * 20, [False, True] * 20],
    ids=["like words", "codes", "numbers", "text", "booleans"],
)
def test_every_row_has_a_label(labels: Any) -> None:
    answer = ask("LAB109", frame(labels), target="y")
    assert (answer.status, answer.measured) == (Status.CLEAN, f"all {len(labels)} rows have a label")


def test_a_regression_target_with_nan() -> None:
    y = np.linspace(0, 1, 50)
    y[[3, 30]] = np.nan
    said = ask("LAB109", (np.arange(50.0)[:, None], y)).finding
    assert (said.rows, said.columns) == ((3, 30), ("y",))


def test_one_of_several_targets() -> None:
    y = np.random.default_rng(0).normal(size=(50, 2))
    y[7, 1] = np.nan
    said = ask("LAB109", (np.arange(50.0)[:, None], y)).finding
    assert (said.columns, said.rows) == (("y1",), (7,))
    assert said.message == "1 row of 50 (2 %) has no label for 'y1': 1 empty"


def test_rows_are_capped_and_counted_in_full() -> None:
    y = np.where(np.arange(4000) % 2, np.nan, 1.0)
    y[0] = 0
    said = ask("LAB109", (np.arange(4000.0)[:, None], y)).finding
    assert (len(said.rows), said.row_count) == (1000, 2000)


def test_a_split_without_any_label_is_unlabelled() -> None:
    answer = ask("LAB109", frame(["a", "b"] * 10), None, frame([None] * 10), target="y")
    assert [str(o.status) for o in answer.outcomes] == ["clean", "not-applicable"]
    assert answer.outcomes[1].reason == "this split has no labels"


def test_without_a_target() -> None:
    assert ask("LAB109", frame(["a", None])).reason == "no target was named, so there are no labels"


def test_lines_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("x,y\n" + "1,a\n2,b\n" * 10 + "3,\n")
    assert [place.line for place in ask("LAB109", path, target="y").finding.locations] == [22]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_words_in_any_case_with_blanks(word: str) -> None:
    assert is_placeholder(f"  {word.upper()} ")
