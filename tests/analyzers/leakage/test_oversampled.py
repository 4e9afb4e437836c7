"""LEA118: classes filled up before the split, by copies and by blends, and those filled up as they should be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from dataaudit.analyzers.leakage.resampling import _between
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.leakage.splitting import copied, drawn, split
from tests.build import images, table

Filling = Callable[[pd.DataFrame, int, np.random.Generator], pd.DataFrame]


def copies(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    return rows.iloc[rng.integers(0, len(rows), n)]


def blends(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """SMOTE (Chawla et al. 2002) with five neighbours."""
    inputs = [c for c in rows.columns if c != "target"]
    x: NDArray[np.float64] = rows[inputs].to_numpy(float)
    near = ((x[:, None] - x[None]) ** 2).sum(axis=2).argsort(axis=1)[:, 1:6]
    i = rng.integers(0, len(x), n)
    j = near[i, rng.integers(0, 5, n)]
    made = pd.DataFrame(x[i] + rng.random((n, 1)) * (x[j] - x[i]), columns=inputs)
    return made.assign(target=rows["target"].iloc[0])


def filled(data: pd.DataFrame, how: Filling, rng: np.random.Generator) -> pd.DataFrame:
    counts = data["target"].value_counts()
    more = [how(data[data["target"] == c], counts.max() - n, rng) for c, n in counts.items() if n < counts.max()]
    return pd.concat([data, *more], ignore_index=True)


def lopsided(load: Callable[..., Any], rng: np.random.Generator) -> pd.DataFrame:
    """Return a table of which 30 of class 0 are left."""
    data: Any = load(as_frame=True).frame
    rare = np.flatnonzero(data["target"] == 0)
    kept: pd.DataFrame = data.drop(index=rng.permutation(rare)[30:]).reset_index(drop=True)
    return kept


def oracle(train: pd.DataFrame, other: pd.DataFrame, label: int) -> list[int]:
    seen = set(train.itertuples(index=False, name=None))
    return [i for i, row in enumerate(other.itertuples(index=False, name=None)) if row[-1] == label and row in seen]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_copies_before_the_split(load: Callable[..., Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    train, validation, test = split(filled(lopsided(load, rng), copies, rng), seed)
    answer = ask("LEA118", train, validation, test, target="target")
    rare = [f for f in answer.findings if f.evidence["class"] == "0"]
    assert [(f.splits, str(f.severity)) for f in rare] == [
        (("train", "validation"), "error"),
        (("train", "test"), "error"),
    ]
    assert list(rare[0].rows) == oracle(train, validation, 0)
    assert list(rare[1].rows) == oracle(train, test, 0)
    assert rare[1].evidence["balanced"]
    assert rare[1].message.startswith("class '0' was filled up with copies before the split: ")
    assert rare[1].message.endswith("; the classes are equal to the row")
    figure: Any = rare[1].figure
    assert figure["kind"] == "pairs"
    told = ask("LEA110", train, validation, test, target="target")
    assert {str(f.severity) for f in told.findings if f.splits[0] == "train"} == {"note"}
    assert "(LEA118)" in told.findings[0].message


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("store", ["float64", "float32", "standardised"])
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_blends_before_the_split(load: Callable[..., Any], store: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    parts: list[Any] = split(filled(lopsided(load, rng), blends, rng), seed)
    inputs = parts[0].columns.drop("target")
    if store == "float32":
        parts = [p.astype(dict.fromkeys(inputs, np.float32)) for p in parts]
    if store == "standardised":
        mean, std = parts[0][inputs].mean(), parts[0][inputs].std()
        parts = [((p[inputs] - mean) / std).assign(target=p["target"]) for p in parts]
    answer = ask("LEA118", *parts, target="target")
    assert {f.evidence["class"] for f in answer.findings} <= {"0", "2"} - (
        {"2"} if load is load_breast_cancer else set()
    )
    assert {str(f.severity) for f in answer.findings} == {"error"}
    finding = answer.findings[-1]
    assert finding.message.startswith(f"class '{finding.evidence['class']}' was filled up with blends before the split")
    there = parts[1 + (finding.splits[1] == "test")]
    row, one, two = finding.evidence["table"]["rows"][0]
    x, a, b = (p[inputs].iloc[i].to_numpy(float) for p, i in ((there, row), (parts[0], one), (parts[0], two)))
    share = float((x - a) @ (b - a) / ((b - a) @ (b - a)))
    assert 0 < share < 1
    assert np.abs(a + share * (b - a) - x).max() < 1e-3 * np.abs(b - a).max()


@pytest.mark.parametrize("how", [copies, blends])
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_filled_up_as_it_should_be(load: Callable[..., Any], how: Filling) -> None:
    rng = np.random.default_rng(0)
    train, validation, test = split(lopsided(load, rng))
    train = filled(train, how, rng).sample(frac=1, random_state=0).reset_index(drop=True)
    answer = ask("LEA118", train, validation, test, target="target")
    assert answer.findings == ()
    assert answer.measured == "no class of validation, test is made of copies or blends of rows of train"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
def test_real_tables_split_at_random(load: Callable[..., Any], seed: int) -> None:
    assert ask("LEA118", *split(load(as_frame=True).frame, seed), target="target").findings == ()


def test_copies_in_all_classes_alike_are_no_oversampling() -> None:
    data = load_wine(as_frame=True).frame
    parts = split(pd.concat([data, data.sample(90, random_state=1)], ignore_index=True))
    assert ask("LEA118", *parts, target="target").findings == ()
    assert ask("LEA110", *parts, target="target").loud


def test_plain_copies_of_one_class_are_no_oversampling() -> None:
    train, validation, test = split(load_breast_cancer(as_frame=True).frame)
    rare = train[train["target"] == 0].reset_index(drop=True)
    test = copied(test, rare, drawn(20, test, rare))
    assert ask("LEA118", train, validation, test, target="target").findings == ()
    (finding,) = ask("LEA110", train, validation, test, target="target").findings
    assert (finding.severity, finding.row_count) == ("error", 20)


def test_a_class_of_coarse_rows_repeats_by_nature() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(900) < 0.3).astype(int)
    x = np.where(y[:, None] == 1, rng.integers(0, 2, (900, 5)), rng.normal(size=(900, 5)).round(2))
    parts = split(pd.DataFrame(x).add_prefix("c").assign(target=y))
    assert ask("LEA118", *parts, target="target", task="classification").findings == ()


@pytest.mark.parametrize("columns", [3, 5])
@pytest.mark.parametrize("step", [1.0, 0.1])
def test_points_of_a_grid_lie_between_others(columns: int, step: float) -> None:
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(0, 3, (1500, columns)) / step) * step
    data = pd.DataFrame(x).add_prefix("c").assign(target=rng.integers(0, 2, 1500))
    assert ask("LEA118", *split(data), target="target", task="classification").findings == ()


def test_between_two_neighbours() -> None:
    rng = np.random.default_rng(0)
    others = rng.normal(size=(50, 6))
    points = rng.normal(size=(8, 6))
    points[3] = others[4] + 0.377 * (others[9] - others[4])
    points[5] = 0.5 * (others[20] + others[30])  # half way, where grids put rows
    points[6] = others[7]
    others[:4] = points[3]  # equal rows say nothing
    places, parents = _between(points, others)
    assert places.tolist() == [3]
    assert sorted(parents[0].tolist()) == [4, 9]


def test_not_applicable() -> None:
    assert ask("LEA118", table(50), target="y").status is Status.NOT_APPLICABLE
    assert ask("LEA118", table(50), test=table(50, 1)).status is Status.NOT_APPLICABLE
    assert ask("LEA118", table(50), test=table(50, 1), target="age").status is Status.NOT_APPLICABLE
    X, y = images(40)
    assert ask("LEA118", (X[:30], y[:30]), test=(X[30:], y[30:])).status is Status.NOT_APPLICABLE
