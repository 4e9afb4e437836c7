"""LAB108 on labels that are one word, and on labels that only look alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dataaudit.model import Status
from tests.analyzers.asking import ask


def _table(rows: dict[str, int], seed: int = 0) -> pd.DataFrame:
    labels = np.repeat(np.array(list(rows), dtype=object), list(rows.values()))
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=len(labels)), "y": rng.permutation(labels)})


@pytest.mark.parametrize(
    ("usual", "other", "how"),
    [
        ("cat", "Cat", "letter case"),
        ("cat", "cat ", "blanks"),
        ("cat", "\tcat", "blanks"),
        ("cat", "cat.", "punctuation"),
        ("polar bear", "polar_bear", "punctuation"),
        ("café", "cafe\u0301", "Unicode form"),
        ("cat", "cat\u200b", "Unicode form"),
        ("versicolor", "versicolr", "one typing slip"),
    ],
)
def test_one_row_of_another_spelling(usual: str, other: str, how: str) -> None:
    data = _table({usual: 60, "dog": 40, other: 1})
    finding = ask("LAB108", data, target="y").finding
    assert finding.severity == "warning"
    assert finding.columns == ("y",)
    assert finding.rows == tuple(np.flatnonzero(data["y"] == other))
    assert f"({how})" in finding.message
    assert "1 row of train has another spelling than most" in finding.message


@pytest.mark.parametrize(
    "labels",
    [
        ["setosa", "versicolor", "virginica"],
        ["S1", "S2", "S10"],
        ["male", "female"],
        ["cat", "car", "cut"],
        ["0", "1", "2", "10"],
        ["A", "A-", "A+", "B"],
        ["typical", "atypical"],
        ["employed", "unemployed"],
        ["<=50K", ">50K"],
        ["4wd", "fwd", "rwd"],
        ["class_0", "class_1", "class_2"],
        ["no", "No answer"],
        ["m", "M"],
    ],
)
def test_labels_that_only_look_alike(labels: list[str]) -> None:
    assert ask("LAB108", _table(dict.fromkeys(labels, 40)), target="y").status is Status.CLEAN


def test_neighbours_that_are_both_frequent() -> None:
    assert ask("LAB108", _table({"adopted": 50, "adapted": 40}), target="y").status is Status.CLEAN
    assert ask("LAB108", _table({"adopted": 50, "adapted": 4}), target="y").loud
    assert not ask("LAB108", _table({"adopted": 50, "adapted": 4}), target="y", options={"ratio": 20.0}).findings


def test_spellings_are_compared_over_all_splits() -> None:
    train, test = _table({"cat": 60, "dog": 40}), _table({"Cat": 15, "dog": 10})
    finding = ask("LAB108", train, None, test, target="y").finding
    assert finding.splits == ("test",)
    assert finding.row_count == 15
    assert finding.rows == tuple(np.flatnonzero(test["y"] == "Cat"))
    assert finding.evidence["table"]["rows"] == [
        ["'cat'", "", "letter case", 60, 0],
        ["'Cat'", "'cat'", "letter case", 0, 15],
    ]


def test_several_classes_with_several_spellings() -> None:
    data = _table({"cat": 60, "Cat": 5, "CAT ": 4, "dog": 40, "dog.": 9, "owl": 30})
    finding = ask("LAB108", data, target="y").finding
    assert finding.message == (
        "Classes 'cat', 'Cat' and 'CAT ' are one, written differently (letter case and blanks), and so are the "
        "spellings of 1 other class: 18 rows of train have another spelling than most"
    )
    assert finding.rows == tuple(np.flatnonzero(data["y"].isin(["Cat", "CAT ", "dog."])))


def test_placeholders_are_left_to_missing_labels() -> None:
    assert ask("LAB108", _table({"cat": 60, "N/A": 3, "n/a": 2}), target="y").status is Status.CLEAN


def test_numbers_have_one_spelling() -> None:
    data = pd.DataFrame({"x": np.arange(60.0), "y": np.arange(60) % 3})
    assert ask("LAB108", data, target="y").status is Status.NOT_APPLICABLE


def test_rows_beyond_the_cap_are_counted() -> None:
    finding = ask("LAB108", _table({"cat": 4000, "dog": 9000, "Cat": 3000}), target="y").finding
    assert (len(finding.rows), finding.row_count) == (1000, 3000)


def test_picture_folders(tmp_path: Path) -> None:
    for label, n in {"cat": 12, "dog": 11, "Cat_": 2}.items():
        (tmp_path / "train" / label).mkdir(parents=True)
        for i in range(n):
            Image.new("RGB", (4, 4), (i, 9, 0)).save(tmp_path / "train" / label / f"{i}.png")
    finding = ask("LAB108", tmp_path).finding
    assert finding.columns == ()
    assert finding.rows == ("train/Cat_/0.png", "train/Cat_/1.png")
    assert finding.fix == "Move the pictures of 'Cat_' into the folder 'cat'."


def test_thousands_of_classes_and_hostile_text() -> None:
    rows: dict[str, int] = {f"w{chr(97 + i % 26)}{chr(97 + i // 26)}zzq{i}": 2 for i in range(3000)}
    rows |= {"<b>x</b>": 5, "a\x00b": 5, "🙂" * 300: 5, "\u202ecat": 3, "cat": 50, " ": 4}
    answer: Any = ask("LAB108", _table(rows), target="y")
    assert answer.finding.rows
    assert "\\u202e" in answer.finding.message
