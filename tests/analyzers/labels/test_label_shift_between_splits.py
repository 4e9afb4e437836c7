"""LAB104 on splits that hold labels in the same and in other shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.stats import ks_2samp
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import train_test_split

from dataaudit.analyzers.labels.label_shift_between_splits import _design_effect, _largest_gap, _to_the_row
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import views


def _table(**rows: int) -> pd.DataFrame:
    """Return a table with so many rows of each class."""
    labels = np.repeat(list(rows), list(rows.values()))
    rng = np.random.default_rng(len(labels))
    return pd.DataFrame({"x": rng.normal(size=len(labels)), "y": rng.permutation(labels)})


def test_smallest_shift() -> None:
    answer = ask("LAB104", _table(cat=60, dog=40), None, _table(cat=8, dog=32), target="y")
    finding = answer.finding
    assert finding.severity == "warning"
    assert finding.splits == ("train", "test")
    assert finding.columns == ("y",)
    assert (
        "'dog' makes up 80 % of test and 40 % of train: 32 rows, where train's shares would give 16" in finding.message
    )
    assert finding.evidence["moved"] == pytest.approx(0.4)
    assert finding.confidence == pytest.approx(1 - finding.evidence["p"])


def test_shift_that_chance_allows() -> None:
    answer = ask("LAB104", _table(cat=60, dog=40), None, _table(cat=19, dog=21), target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured == "share of labels that differ from train's: test 12.5 %"


def test_shift_that_matters_little() -> None:
    """Half a million rows make 1 % significant, not important."""
    big, other = _table(a=250_000, b=250_000), _table(a=102_000, b=98_000)
    assert ask("LAB104", big, None, other, target="y").status is Status.CLEAN
    assert ask("LAB104", big, None, other, target="y", options={"moved": 0.005}).loud


def test_stratified_splits_leave_less_to_chance() -> None:
    train, test = _table(a=252, b=150), _table(a=63, b=37)
    shifted = _table(a=42, b=48)
    alone = ask("LAB104", train, shifted, target="y")
    assert not alone.findings
    assert ask("LAB104", train, shifted, test, target="y").finding.splits == ("train", "validation")


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits])
@pytest.mark.parametrize("stratify", [False, True])
def test_random_and_stratified_splits_pass(load: Any, stratify: bool) -> None:
    X, y = load(return_X_y=True)
    for seed in range(15):
        a, b = train_test_split(np.arange(len(y)), stratify=y if stratify else None, random_state=seed, test_size=0.4)
        b, c = train_test_split(b, stratify=y[b] if stratify else None, random_state=seed, test_size=0.5)
        splits = [(X[rows], y[rows]) for rows in (a, b, c)]
        assert not ask("LAB104", *splits, task="classification").findings


def test_one_class_of_ten_is_cut_down() -> None:
    train = _table(**{f"c{i}": 200 for i in range(10)})
    other = _table(**{f"c{i}": 50 - 30 * (i == 3) for i in range(10)})
    finding = ask("LAB104", train, other, target="y").finding
    assert "'c3'" in finding.message
    assert finding.evidence["table"]["rows"][0][:3] == ["c3", 200, 20]


def test_classes_that_one_split_lacks_or_hardly_has_are_not_judged_here() -> None:
    assert not ask("LAB104", _table(a=50, b=50, c=3), _table(a=20, b=20, c=20), target="y").findings
    assert not ask("LAB104", _table(a=50, b=50, c=50), _table(a=20, b=20), target="y").findings


def test_balanced_train_is_named() -> None:
    finding = ask("LAB104", _table(a=300, b=300), _table(a=270, b=30), target="y").finding
    assert "train holds every class equally often, as after balancing" in finding.message


def test_regression_target() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 2))
    y = rng.normal(size=600)
    assert not ask("LAB104", (X[:400], y[:400]), (X[400:], y[400:]), task="regression").findings
    y[400:] += 1.0
    finding = ask("LAB104", (X[:400], y[:400]), (X[400:], y[400:]), task="regression").finding
    assert finding.columns == ("y",)
    assert finding.evidence["moved"] == pytest.approx(ks_2samp(y[:400], y[400:]).statistic, abs=1e-4)


def test_largest_gap_is_kolmogorovs() -> None:
    rng = np.random.default_rng(1)
    a, b = np.sort(rng.integers(0, 9, 50).astype(float)), np.sort(rng.integers(2, 9, 30).astype(float))
    oracle = ks_2samp(a, b)
    assert _largest_gap(a, b) == pytest.approx((oracle.statistic, oracle.statistic_location))


def test_declared_time_makes_it_a_note() -> None:
    train, test = _table(cat=60, dog=40), _table(cat=8, dog=32)
    train["day"] = pd.date_range("2020-01-01", periods=100)
    test["day"] = pd.date_range("2021-01-01", periods=40)
    finding = ask("LAB104", train, None, test, target="y", time="day").finding
    assert finding.severity == "note"
    assert "splits cut by time may drift like this" in finding.message


def test_rows_of_declared_groups_count_less() -> None:
    train, test = _table(cat=60, dog=40), _table(cat=8, dog=32)
    train["patient"] = [f"p{i // 10}" for i in range(100)]
    test["patient"] = [f"q{i // 10}" for i in range(40)]
    assert _design_effect(views(train, group="patient", target="y")["train"]) == 10.0
    assert not ask("LAB104", train, None, test, target="y", group="patient").findings


@pytest.mark.parametrize("shared", [False, True])
def test_rows_of_groups_that_were_kept_apart_count_less(shared: bool) -> None:
    train, test = _table(cat=60, dog=40), _table(cat=8, dog=32)
    train["patient"] = [f"p{i // 10}" for i in range(100)]
    test["patient"] = [f"{'p' if shared else 'q'}{i // 10}" for i in range(40)]
    assert len(ask("LAB104", train, None, test, target="y").findings) == shared
    numbers = [frame.assign(y=np.where(frame.y == "cat", 1.5, 0.5) + frame.index / 1000) for frame in (train, test)]
    assert len(ask("LAB104", numbers[0], None, numbers[1], target="y").findings) == shared


def test_several_yes_no_targets() -> None:
    rng = np.random.default_rng(2)
    train = pd.DataFrame({"x": rng.normal(size=300), "a": rng.random(300) < 0.5, "b": rng.random(300) < 0.5})
    test = pd.DataFrame({"x": rng.normal(size=100), "a": rng.random(100) < 0.5, "b": rng.random(100) < 0.1})
    assert ask("LAB104", train, None, test, target=["a", "b"]).finding.columns == ("b",)


def test_picture_folders(tmp_path: Path) -> None:
    for split, counts in {"train": (30, 30), "test": (45, 5)}.items():
        for label, n in zip(("cat", "dog"), counts, strict=True):
            (tmp_path / split / label).mkdir(parents=True)
            for i in range(n):
                Image.new("RGB", (4, 4), (i, i, 0)).save(tmp_path / split / label / f"{i}.png")
    finding = ask("LAB104", tmp_path).finding
    assert finding.columns == ()
    assert finding.splits == ("train", "test")


@pytest.mark.parametrize(
    ("train", "test", "keywords", "status"),
    [
        (_table(a=5, b=5), _table(a=5, b=5), {"target": "y"}, Status.SKIPPED),
        (_table(a=50, b=50), None, {"target": "y"}, Status.NOT_APPLICABLE),
        (_table(a=50, b=50), _table(a=50, b=50), {}, Status.NOT_APPLICABLE),
        (_table(a=50, b=50), _table(a=50, b=9), {"target": ["x", "y"]}, Status.CLEAN),
        (_table(a=50), _table(b=50), {"target": "y"}, Status.CLEAN),
    ],
)
def test_where_it_cannot_tell(train: Any, test: Any, keywords: dict[str, Any], status: Status) -> None:
    assert ask("LAB104", train, None, test, **keywords).status is status


def test_stratified_to_the_row() -> None:
    assert _to_the_row(np.array([63, 37]), np.array([6, 4]))
    assert not _to_the_row(np.array([63, 37]), np.array([60, 40]))
