"""LAB103 against counts made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask


def frame(**counts: int) -> pd.DataFrame:
    y = np.random.default_rng(0).permutation(np.repeat(list(counts), list(counts.values())))
    return pd.DataFrame({"x": np.arange(len(y)) + 0.5, "y": y})


def asked(train: pd.DataFrame, test: pd.DataFrame | None = None, **keywords: Any) -> Answer:
    return ask("LAB103", train, None, test, target="y", **keywords)


def test_a_class_that_train_lacks() -> None:
    said = asked(frame(a=50, b=50), frame(a=20, b=20, c=1)).finding
    assert said.severity == "error"
    assert said.message == "Class 'c' never occurs in train, but in 1 row elsewhere"
    assert (said.splits, said.columns) == (("train",), ("y",))
    assert said.evidence["table"]["columns"] == ["class", "train", "test"]
    assert said.evidence["table"]["rows"] == [["c", 0, 1]]


def test_several_classes_are_told_in_one_finding() -> None:
    said = asked(frame(a=50), frame(a=20, b=5, c=5, d=5, e=5)).finding
    assert said.message == "4 classes: 'b', 'c', 'd' and 'e' never occur in train"


@pytest.mark.parametrize("n_class", [10, 20, 22, 30])
def test_a_class_that_test_lacks_by_chance_or_surely(n_class: int) -> None:
    train, test = frame(a=400 - n_class, rare=n_class), frame(a=100)
    p_missed = (1 - 100 / 500) ** n_class  # none of its rows falls among the hundred of five hundred
    said = asked(train, test).finding
    assert said.splits == ("test",)
    assert said.severity == ("error" if p_missed < 0.01 else "note")
    assert ("may be missed by chance" in said.message) is (p_missed >= 0.01)


def test_the_option_moves_the_chance() -> None:
    train, test = frame(a=390, rare=10), frame(a=100)  # p = 0.107
    assert asked(train, test).finding.severity == "note"
    assert asked(train, test, options={"p_value": 0.2}).finding.severity == "error"


def test_a_validation_split_without_a_common_class() -> None:
    answer = ask("LAB103", frame(a=90, b=90), frame(a=40), frame(a=20, b=20), target="y")
    assert answer.finding.splits == ("validation",)


@pytest.mark.parametrize(
    "splits",
    [
        (frame(a=50, b=50), frame(a=9, b=1)),
        (frame(a=50, b=50), frame(b=1, a=1)),
        (pd.DataFrame({"x": 0.5, "y": [0, 1] * 20}), pd.DataFrame({"x": 0.5, "y": [1.0, 0.0] * 5})),
        (frame(a=50, b=50), pd.DataFrame({"x": 0.5, "y": [None, "a", "?", "b"] * 5})),
    ],
    ids=["uneven", "two rows", "0 and 0.0", "placeholders"],
)
def test_the_same_classes(splits: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert asked(*splits).status is Status.CLEAN


def test_one_split_has_nothing_to_compare() -> None:
    answer = asked(frame(a=10, b=10))
    assert (answer.status, answer.reason) == (Status.NOT_APPLICABLE, "fewer than two splits have labels")


def test_an_unlabelled_test_is_left_out() -> None:
    test = pd.DataFrame({"x": np.arange(20) + 0.5, "y": pd.Series([None] * 20, dtype="str")})
    assert asked(frame(a=10, b=10), test).status is Status.NOT_APPLICABLE


def test_a_class_folder_without_pictures(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for i in range(3):
                Image.fromarray(np.full((8, 8, 3), i, np.uint8)).save(folder / f"{i}.png")
    (tmp_path / "train" / "owl").mkdir()
    said = ask("LAB103", tmp_path).finding
    assert said.message == "Class 'owl' is declared and has no pictures in any split"
    assert said.evidence["classes"] == ["owl"]
    assert said.columns == ()
    (tmp_path / "train" / "yak").mkdir()
    several = ask("LAB103", tmp_path).finding
    assert several.message == "Classes 'owl' and 'yak' are declared and have no pictures in any split"
