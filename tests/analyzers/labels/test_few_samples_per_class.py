"""LAB105 on classes of few and of enough rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_iris, load_wine

from dataaudit.model import Status
from tests.analyzers.asking import ask


def _table(**rows: int) -> pd.DataFrame:
    labels = np.repeat(list(rows), list(rows.values()))
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=len(labels)), "y": rng.permutation(labels)})


def test_one_class_of_nine_rows() -> None:
    finding = ask("LAB105", _table(cat=60, dog=40, owl=9), target="y").finding
    assert finding.severity == "warning"
    assert finding.columns == ("y",)
    assert finding.splits == ("train",)
    assert (
        finding.message
        == "Class 'owl' has 9 rows in train, too few to learn; stratified 9-fold cross-validation is the most"
    )
    assert finding.evidence["table"]["rows"] == [["owl", 9]]
    assert ask("LAB105", _table(cat=60, dog=40, owl=10), target="y").status is Status.CLEAN


def test_limit_is_an_option() -> None:
    assert ask("LAB105", _table(cat=60, owl=15), target="y", options={"rows": 16}).loud
    assert not ask("LAB105", _table(cat=60, owl=9), target="y", options={"rows": 9}).findings


def test_rows_of_train_count() -> None:
    train, test = _table(cat=60, owl=3), _table(cat=60, owl=50)
    finding = ask("LAB105", train, None, test, target="y").finding
    assert finding.evidence["table"] == {
        "caption": "Classes with fewer than 10 rows",
        "columns": ["class", "train", "test"],
        "rows": [["owl", 3, 50]],
        "total": 1,
    }
    assert not ask("LAB105", test, None, train, target="y").findings


def test_small_data_set_is_a_note() -> None:
    assert ask("LAB105", _table(a=9, b=12, c=14), target="y").finding.severity == "note"
    assert ask("LAB105", _table(a=5, b=9), target="y").finding.severity == "note"
    assert ask("LAB105", _table(a=4, b=6), target="y").finding.severity == "warning"


def test_one_row_leaves_no_cross_validation() -> None:
    assert "cross-validation is impossible" in ask("LAB105", _table(cat=60, owl=1), target="y").finding.message


def test_every_row_its_own_class() -> None:
    data = pd.DataFrame({"x": np.arange(50.0), "y": [f"row-{i}x" for i in range(50)]})
    assert ask("LAB105", data, target="y").finding.message == (
        "None of the 50 classes has more than 1 row in train: is the target an id or a text?"
    )


def test_placeholders_and_spellings_are_no_classes() -> None:
    data = _table(cat=60, dog=40)
    data.loc[:2, "y"] = ["?", "unknown", "Cat "]
    assert ask("LAB105", data, target="y").status is Status.CLEAN


def test_many_classes_are_capped() -> None:
    rows = {f"k{i}e": 4 for i in range(1000)} | {f"m{i}e": 40 for i in range(1000)}
    finding = ask("LAB105", _table(**rows), target="y").finding
    assert finding.message.startswith("1,000 of 2,000 classes have fewer than 10 rows in train: 'k0e', 'k100e', ")
    assert len(finding.evidence["table"]["rows"]) == 100
    assert finding.evidence["table"]["total"] == 1000


@pytest.mark.parametrize("load", [load_iris, load_wine, load_digits])
def test_real_classes(load: Any) -> None:
    X, y = load(return_X_y=True)
    smallest = np.bincount(y).min()
    assert ask("LAB105", (X, y)).measured == f"the smallest of {len(np.unique(y))} classes has {smallest} rows"


def test_pictures_against_a_thousand(tmp_path: Path) -> None:
    for label, n in {"cat": 12, "dog": 11}.items():
        (tmp_path / label).mkdir()
        for i in range(n):
            Image.new("RGB", (4, 4), (i, 9, 0)).save(tmp_path / label / f"{i}.png")
    assert ask("LAB105", tmp_path).measured == (
        "the smallest of 2 classes has 11 pictures; networks trained from scratch are usually given 1,000"
    )
    for i in range(3, 11):
        (tmp_path / "dog" / f"{i}.png").unlink()
    finding = ask("LAB105", tmp_path).finding
    assert finding.columns == ()
    assert "'dog' has 3 pictures" in finding.message


@pytest.mark.parametrize(
    ("data", "keywords"),
    [
        (_table(cat=60), {"target": "y"}),
        (_table(cat=60, dog=5), {}),
        (pd.DataFrame({"x": np.arange(30.0), "y": np.linspace(0, 1, 30)}), {"target": "y"}),
    ],
)
def test_no_classes(data: Any, keywords: dict[str, Any]) -> None:
    assert ask("LAB105", data, **keywords).status is Status.NOT_APPLICABLE


def test_hostile_class_names() -> None:
    names = ["<script>", "a\nb", "🙂" * 40, "x" * 500]
    data = pd.DataFrame({"x": np.arange(84.0), "y": np.repeat(["ok", *names], [64, 5, 5, 5, 5])})
    assert ask("LAB105", data, target="y").finding.evidence["few"] == 4
