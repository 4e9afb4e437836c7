"""LAB110 on class codes that a loss reads as they are meant, and on others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def _arrays(rows: dict[float, int], seed: int = 0) -> tuple[Any, Any]:
    labels = np.repeat(list(rows), list(rows.values()))
    rng = np.random.default_rng(seed)
    return rng.normal(size=(len(labels), 2)), rng.permutation(labels)


def _table(rows: dict[str, int]) -> pd.DataFrame:
    X, y = _arrays(rows)  # type: ignore[arg-type]
    return pd.DataFrame({"x": X[:, 0], "y": y})


def _ask(rows: dict[float, int], **keywords: Any) -> Any:
    return ask("LAB110", _arrays(rows), task="classification", **keywords)


@pytest.mark.parametrize("n", [2, 3, 10, 200])
def test_zero_to_k(n: int) -> None:
    answer = _ask(dict.fromkeys(range(n), 12))
    assert answer.status is Status.CLEAN
    assert answer.measured == f"{n} classes: 0 to {n - 1}"


def test_hole() -> None:
    finding = _ask({0: 30, 1: 30, 3: 30}).finding
    assert finding.severity == "warning"
    assert finding.columns == ("y",)
    assert finding.message == (
        "The codes of the 3 classes run from 0 to 3 with holes (2 is missing): cross-entropy needs 4 outputs, of which "
        "1 is never trained"
    )


def test_holes_of_a_raw_table_are_a_note() -> None:
    data = pd.DataFrame({"x": np.arange(90.0), "cylinders": np.repeat([3, 4, 8], 30)})
    finding = ask("LAB110", data, target="cylinders").finding
    assert finding.severity == "note"
    assert "(3 are missing, such as 5, 6 and 7)" in finding.message


@pytest.mark.parametrize("code", [-1, -100, -999, 255])
def test_code_for_no_label(code: int) -> None:
    X, y = _arrays({0: 40, 1: 40, 2: 40, code: 5})
    finding = ask("LAB110", (X, y), task="classification").finding
    assert finding.severity == "warning"
    assert finding.rows == tuple(np.flatnonzero(y == code))
    assert finding.message == (
        f"5 rows (4 %) have the label {code} beside classes 0, 1 and 2: a code for 'no label' that a loss will take "
        "for a class"
    )
    assert f"ignore_index={code}" in finding.fix


def test_code_for_no_label_in_each_split() -> None:
    train, test = _arrays({0: 40, 1: 40, -1: 5}), _arrays({0: 20, 1: 20, -1: 2}, seed=1)
    # one code below two classes may be a class: negative, neutral, positive
    findings = ask("LAB110", train, None, test, task="classification").findings
    assert [(f.splits, f.row_count, f.severity) for f in findings] == [(("train",), 5, "note"), (("test",), 2, "note")]
    assert "negative, neutral, positive, or a code" in findings[0].message


def test_hinge_labels() -> None:
    finding = _ask({-1: 30, 1: 30}).finding
    assert finding.severity == "note"
    assert "right for a hinge loss" in finding.message


def test_most_rows_without_label() -> None:
    """Semi-supervised sets hold -1 in most rows on purpose."""
    assert not _ask({0: 20, 1: 20, 2: 20, -1: 300}).loud


def test_fractions() -> None:
    finding = _ask({0.0: 30, 0.5: 30, 1.0: 30}).finding
    assert finding.severity == "warning"
    assert finding.message == "1 class code of 3 is a fraction: 0.5; scaled or averaged labels?"
    assert finding.row_count == 30


def test_start_at_one() -> None:
    assert _ask({1: 30, 2: 30, 3: 30}).finding.severity == "note"
    data = pd.DataFrame({"x": np.arange(90.0), "y": np.repeat([1, 2, 3], 30)})
    assert ask("LAB110", data, target="y").status is Status.CLEAN


def test_splits_counted_from_another_start() -> None:
    X, y = _arrays({0: 30, 1: 30, 2: 30})
    answer = ask("LAB110", (X, y), None, (X, y + 1), task="classification")
    assert [f.message for f in answer.loud] == [
        "Class codes of test run from 1 to 3, those of train from 0 to 2: counted from another start?"
    ]


def test_ways_to_write_yes_and_no() -> None:
    data = _table({"True": 50, "False": 50, "1": 4, "0": 6})
    finding = ask("LAB110", data, target="y").finding
    assert finding.severity == "warning"
    assert finding.rows == tuple(np.flatnonzero(data["y"].isin(["0", "1"])))
    assert "yes and no are written in 4 ways" in finding.message.lower()


def test_numbers_written_in_several_ways() -> None:
    data = _table({"0": 50, "1": 50, "2": 50, "1.0": 4})
    finding = ask("LAB110", data, target="y").finding
    assert finding.severity == "warning"
    assert finding.rows == tuple(np.flatnonzero(data["y"] == "1.0"))


def test_codes_among_names() -> None:
    data = _table({"setosa": 50, "versicolor": 50, "virginica": 40, "2": 5})
    finding = ask("LAB110", data, target="y").finding
    assert finding.severity == "warning"
    assert finding.rows == tuple(np.flatnonzero(data["y"] == "2"))
    assert ask("LAB110", _table({"2": 50, "3": 50, "4": 40, "5more": 50}), target="y").status is Status.CLEAN


@pytest.mark.parametrize(
    "labels",
    [["yes", "no"], ["True", "False"], ["1", "0"], ["1", "2", "3"], ["S1", "S2"], ["<=50K", ">50K"], ["nan", "a", "b"],
     ["inf", "b", "c"]],
)  # fmt: skip
def test_text_that_is_one_notation(labels: list[str]) -> None:
    assert ask("LAB110", _table(dict.fromkeys(labels, 30)), target="y").status is Status.CLEAN


def test_booleans() -> None:
    data = pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60) % 3 == 0})
    assert ask("LAB110", data, target="y").status is Status.CLEAN


@pytest.mark.parametrize("code", [2**40, -(2**40), 10**15])
def test_ids_as_classes(code: int) -> None:
    answer = _ask({0: 30, 1: 30, code: 30})
    assert answer.findings
    assert "nan" not in answer.findings[0].message


def test_quantities_are_not_judged() -> None:
    data = pd.DataFrame({"x": np.arange(60.0), "y": np.linspace(0, 1, 60)})
    assert ask("LAB110", data, target="y").status is Status.NOT_APPLICABLE
