"""LAB107: one input with two labels, unless inputs are so coarse that they coincide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_iris

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def conflicting(data: Any, pairs: dict[int, int], target: str = "y") -> Any:
    """Copy inputs from one row to another whose label differs."""
    data = data.copy()
    inputs = [c for c in data.columns if c != target]
    for row, of in pairs.items():
        data.loc[row, inputs] = data.loc[of, inputs].to_numpy()
        others = [v for v in data[target].unique() if v != data.loc[of, target]]
        data.loc[row, target] = others[0]
    return data


def test_one_conflict() -> None:
    data = conflicting(table(200), {120: 30})
    finding = ask("LAB107", data, target="y").finding
    first, second = data.loc[30, "y"], data.loc[120, "y"]
    assert (finding.severity, finding.rows, finding.row_count, finding.columns) == ("error", (30, 120), 2, ("y",))
    assert finding.message == (
        f"1 input has different labels in different rows (2 rows, 1 %): rows 30, 120 say '{first}' and '{second}'"
    )
    assert finding.evidence["table"]["rows"] == [[0, 30, first], [0, 120, second]]


def test_labels_as_numbers_have_their_names() -> None:
    data = conflicting(table(100).assign(y=lambda d: (d.y == "yes").astype(int)), {50: 3, 60: 3})
    data.loc[70, data.columns[:-1]] = data.loc[3, data.columns[:-1]].to_numpy()
    data.loc[70, "y"] = data.loc[3, "y"]
    finding = ask("LAB107", data, target="y").finding
    assert finding.rows == (3, 50, 60, 70)
    assert {row[2] for row in finding.evidence["table"]["rows"]} == {0, 1}


@pytest.mark.parametrize("k", [3, 9, 20])
def test_conflicts_in_iris(k: int) -> None:
    data = load_iris(as_frame=True).frame.sample(frac=1.0, random_state=1).reset_index(drop=True)
    pairs = {100 + i: i for i in range(k)}
    finding = ask("LAB107", conflicting(data, pairs, "target"), target="target").finding
    assert finding.severity == "error"
    assert set(finding.rows) == set(pairs) | set(pairs.values())


def test_copies_with_the_same_label_agree() -> None:
    data = pd.concat([table(100), table(100)])
    answer = ask("LAB107", data, target="y")
    assert (answer.status, answer.measured) == (Status.CLEAN, "100 distinct inputs, each with one label")


def test_a_missing_label_contradicts_nothing() -> None:
    data = conflicting(table(100), {50: 3})
    data.loc[50, "y"] = None
    assert ask("LAB107", data, target="y").status is Status.CLEAN


@pytest.mark.parametrize("seed", range(5))
def test_coarse_inputs_coincide(seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.integers(0, 4, (300, 4))).add_prefix("c").assign(y=rng.integers(0, 3, 300))
    finding = ask("LAB107", data, target="y").finding
    assert finding.severity == "note"
    assert "as chance makes" in finding.message


def test_zeros_and_nothing_are_left_out() -> None:
    data = conflicting(table(100)[["age", "income", "y"]], {})
    data.loc[:9, ["age", "income"]] = 0.0
    data.loc[10:19, ["age", "income"]] = None
    assert ask("LAB107", data, target="y").status is Status.CLEAN


def _regression(n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 4))
    return pd.DataFrame(X, columns=list("abcd")).assign(y=X @ [3.0, 2.0, 1.0, 1.0] + rng.normal(size=n))


def test_repeated_measurements_are_a_note() -> None:
    data = _regression()
    again = data.copy()
    again["y"] += np.random.default_rng(1).normal(size=200)
    finding = ask("LAB107", pd.concat([data, again]), target="y").finding
    assert (finding.severity, finding.row_count) == ("note", 400)
    few = pd.concat([data, again.iloc[:10]])
    assert ask("LAB107", few, target="y").finding.severity == "note"


def test_targets_of_other_rows_are_a_warning() -> None:
    data = _regression()
    data.loc[100:114, list("abcd")] = data.loc[:14, list("abcd")].to_numpy()
    finding = ask("LAB107", data, target="y").finding
    assert (finding.severity, finding.row_count) == ("warning", 30)


def test_an_array_and_its_target() -> None:
    X = np.random.default_rng(0).normal(size=(50, 3))
    X[40] = X[2]
    finding = ask("LAB107", (X, np.arange(50) % 3)).finding
    assert (finding.rows, finding.columns) == ((2, 40), ("y",))


def test_pictures(tmp_path: Path) -> None:
    X, _ = images(20, size=16)
    y = np.arange(20) % 2
    X[9], y[9] = X[2], 1
    X[15:18] = 200  # blank ones conflict with nobody
    finding = ask("LAB107", (X, y)).finding
    assert (finding.severity, finding.rows) == ("error", (2, 9))
    for i, (pixels, label) in enumerate(zip(X, y, strict=True)):
        place = tmp_path / ("dog", "cat")[label]
        place.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place / f"{i:02}.png")
    finding = ask("LAB107", tmp_path).finding
    assert set(finding.rows) == {"dog/02.png", "cat/09.png"}
    assert "one is labelled 'cat' and 'dog'" in finding.message


@pytest.mark.parametrize(
    ("data", "keywords", "status"),
    [
        (table(50), {}, Status.NOT_APPLICABLE),
        (table(50)[["y"]], {"target": "y"}, Status.NOT_APPLICABLE),
        (table(50).assign(y=None), {"target": "y"}, Status.SKIPPED),
    ],
)
def test_when_it_says_nothing(data: pd.DataFrame, keywords: dict[str, Any], status: Status) -> None:
    assert ask("LAB107", data, **keywords).status is status


def test_several_targets() -> None:
    data = table(100).assign(a=np.arange(100) % 2, b=np.arange(100) % 3 == 0)
    data.loc[51, ["age", "income", "rooms", "city", "active", "joined", "y"]] = data.loc[
        50, ["age", "income", "rooms", "city", "active", "joined", "y"]
    ].to_numpy()
    assert ask("LAB107", data, target=["a", "b"]).finding.rows == (50, 51)
