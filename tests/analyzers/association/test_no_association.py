"""ASC101: labels drawn at random are found, weak and few ones are not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def cancer(n: int = 400, seed: int = 0) -> pd.DataFrame:
    from sklearn.datasets import load_breast_cancer

    frame: pd.DataFrame = load_breast_cancer(as_frame=True).frame
    return frame.sample(n, random_state=seed).reset_index(drop=True)


def permuted(frame: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    return frame.assign(target=np.random.default_rng(seed).permutation(frame["target"]))


def parts(frame: pd.DataFrame) -> list[pd.DataFrame]:
    n = len(frame)
    cuts = [frame.iloc[: n * 6 // 10], frame.iloc[n * 6 // 10 : n * 8 // 10], frame.iloc[n * 8 // 10 :]]
    return [part.reset_index(drop=True) for part in cuts]


def test_permuted_labels_are_found_in_all_splits() -> None:
    said = ask("ASC101", *parts(permuted(cancer())), target="target").finding
    assert said.severity == "error"
    assert said.splits == ("train", "validation", "test")
    assert said.columns == ("target",)
    assert said.evidence["p"] > 0.02
    assert said.evidence["explained_at_most"] <= 0.1
    assert [row[0] for row in said.evidence["table"]["rows"]] == ["train", "validation", "test"]


def test_true_labels_pass() -> None:
    answer = ask("ASC101", *parts(cancer()), target="target")
    assert answer.status is Status.CLEAN
    assert "p = 0.0025, 399 permutations" in answer.measured


def test_train_alone() -> None:
    train, val, test = parts(cancer())
    said = ask("ASC101", permuted(train), val, test, target="target")
    assert [f.splits for f in said.findings] == [("train",)]


def test_permuted_numbers() -> None:
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True).frame
    assert ask("ASC101", permuted(frame), target="target").finding.evidence["explained_at_most"] < 0.05
    assert ask("ASC101", frame, target="target").status is Status.CLEAN


def test_permuted_labels_side_by_side() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    Y = (X[:, :3] + 0.5 * rng.normal(size=(400, 3)) > 0).astype(int)
    names = ["p", "q", "r"]
    frame = pd.DataFrame(X, columns=list("abcd"))
    for data, status in ((Y, Status.CLEAN), (Y[rng.permutation(400)], Status.FOUND)):
        both = pd.concat([frame, pd.DataFrame(data, columns=names)], axis=1)
        assert ask("ASC101", both, target=names, task="multilabel").status is status


@pytest.mark.parametrize("seed", range(3))
def test_a_weak_but_real_signal_is_not_accused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(1000, 5))
    y = (0.35 * X[:, 0] + rng.normal(size=1000) > 0).astype(int)  # 5 % of the variance behind the label
    assert not ask("ASC101", pd.DataFrame(X, columns=list("abcde")).assign(target=y), target="target").loud


def test_few_rows_cannot_tell() -> None:
    answer = ask("ASC101", permuted(cancer(45)), target="target")
    assert answer.status is Status.SKIPPED
    assert "too few to rule out" in answer.reason


def test_exclusive_or_is_an_association() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 2))
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(target=((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(int))
    assert ask("ASC101", frame, target="target").status is Status.CLEAN


def test_a_shift_explains_it() -> None:
    frame = cancer()
    answer = ask("ASC101", frame.assign(target=np.roll(frame["target"], 7)), target="target")
    assert answer.status is Status.SKIPPED
    assert answer.reason == "labels of train are shifted by 7 rows (ASC103): put that right first"


@pytest.mark.parametrize("settings", [{"probe": False}, {"target": None}], ids=["switched off", "unlabelled"])
def test_nothing_to_ask(settings: dict[str, Any]) -> None:
    answer = ask("ASC101", cancer(60), **{"target": "target", **settings})
    assert answer.status is Status.NOT_APPLICABLE
