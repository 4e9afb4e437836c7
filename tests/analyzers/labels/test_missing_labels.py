"""LAB109 against labels whose gaps are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.labels.placeholders import WORDS, is_placeholder
from dataaudit.api import audit
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


@pytest.mark.parametrize("label", [None, np.nan, pd.NaT])
def test_train_without_any_label_is_no_clean_data(label: Any) -> None:
    said = ask("LAB109", frame([label] * 20), target="y").finding
    assert said.message == "No row of train has a label: 'y' is empty in all 20 rows"
    assert (said.severity, said.row_count, said.rows, said.columns) == ("error", 20, tuple(range(20)), ("y",))


def test_without_a_target_there_is_no_label_to_miss() -> None:
    assert ask("LAB109", frame([None] * 20)).status is Status.NOT_APPLICABLE


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


def coded(counts: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    y = np.random.default_rng(0).permutation(np.repeat(list(counts), list(counts.values())))
    return np.random.default_rng(1).normal(size=(len(y), 3)), y


@pytest.mark.parametrize(("code", "classes"), [(-1, 3), (-1, 10), (-100, 3), (-999, 2)])
def test_codes_that_can_be_no_class(code: int, classes: int) -> None:
    X, y = coded(dict.fromkeys(range(classes), 20) | {code: 4})
    finding = ask("LAB109", (X, y)).finding
    assert (finding.severity, finding.row_count, finding.rows) == (
        "warning",
        4,
        tuple(np.flatnonzero(y == code).tolist()),
    )
    assert finding.message.endswith(f"have no label: 4 {code}")


@pytest.mark.parametrize(
    "counts",
    [
        {0: 20, 1: 20, -1: 4},  # negative, neutral, positive
        {1: 20, -1: 20},
        {0: 20, 1: 20, 2: 20, -1: 40},  # semi-supervised on purpose
        {0: 20, 1: 20, 3: 20, -1: 4},  # codes of another kind
        {-2: 9, -1: 9, 0: 9, 1: 9, 2: 9},
    ],
)
def test_codes_that_may_be_classes(counts: dict[int, int]) -> None:
    assert ask("LAB109", coded(counts)).status is Status.CLEAN


def test_ratings_of_a_regression_have_no_codes() -> None:
    assert ask("LAB109", coded({0: 20, 1: 20, 2: 20, -1: 4}), task="regression").status is Status.CLEAN


def test_one_rule_reports_them_where_both_judge() -> None:
    report = audit(coded({0: 20, 1: 20, 2: 20, -1: 4}), select=["LAB109", "LAB110"], jobs=1)
    assert [(f.rule, f.severity) for f in report.findings] == [("LAB109", "warning"), ("LAB110", "note")]
