"""LEA101, LEA102 and LEA103 on real tables that scikit-learn ships, scaled on rows that are known."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.leakage.scaled import STORES, TRUTH, Array, accused, fitted_on, outcomes, split

REAL: dict[str, Array] = {
    name: getattr(datasets, f"load_{name}")().data for name in ("wine", "breast_cancer", "diabetes", "iris")
}
CASES = [(n, where) for n in (2, 3) for where in TRUTH if n == 3 or "validation" not in where]


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("n_splits", "where"), CASES)
@pytest.mark.parametrize("name", ["wine", "breast_cancer", "diabetes"])
def test_the_rows_it_was_fitted_on(name: str, n_splits: int, where: str, store: str) -> None:
    parts = [STORES[store](p) for p in fitted_on(split(REAL[name], n_splits), where)]
    said = outcomes(parts)
    assert accused(said) == ([TRUTH[where]] if TRUTH[where] else [])
    assert {o.status for o in said} <= {Status.CLEAN, Status.FOUND}  # the other rules have their answer too


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize(("n_splits", "where"), CASES)
def test_four_coarse_columns_are_named_rightly_or_left_open(n_splits: int, where: str, store: str) -> None:
    said = outcomes([STORES[store](p) for p in fitted_on(split(REAL["iris"], n_splits), where)])
    assert accused(said) in ([], [TRUTH[where]])
    if not accused(said) and where != "train":
        assert {o.status for o in said} == {Status.SKIPPED}  # never "clean"


@pytest.mark.parametrize("ddof", [0, 1])
def test_either_divisor(ddof: int) -> None:
    x = split(REAL["wine"], 2)
    everything = np.concatenate(x)
    parts = [(p - everything.mean(axis=0)) / everything.std(axis=0, ddof=ddof) for p in x]
    assert accused(outcomes(parts)) == ["LEA101"]


def test_a_finding_on_all() -> None:
    train, test = fitted_on(split(REAL["wine"], 2), "all")
    said = ask("LEA101", train, None, test).finding
    assert (said.severity, said.splits) == ("error", ("train", "test"))
    assert said.columns == tuple(range(13))
    assert said.message == (
        "13 inputs were standardised with statistics of train + test together, not of train alone: "
        "columns 0, 1, 2 and 10 more"
    )
    assert said.confidence == pytest.approx(1.0, abs=1e-9)
    assert said.evidence["fitted_on"] == [["test", "train"]]
    assert said.evidence["columns_judged"] == 13
    powers = said.evidence["log10_p"]
    assert powers["train + test"] < -9 < -3 < min(powers["train"], powers["test"])
    assert said.figure is not None
    assert said.figure["columns"] == ["train", "test", "train + test"]
    assert said.figure["hit"] == 2
    assert all(len(row["cells"]) == 3 for row in said.figure["rows"])
    assert said.figure["rows"][0]["cells"][2] == "equal"
    name, _, what = str(said.figure["rows"][0]["label"]).partition(": ")
    assert what == "mean"
    assert said.figure["rows"][0]["cells"][0] == f"{train[:, int(name.split()[1])].mean():+.4f}"


def test_a_finding_per_split() -> None:
    parts = fitted_on(split(REAL["wine"], 3), "each")
    said = ask("LEA102", *parts).finding
    assert said.message == (
        "Train, validation and test were each standardised by their own statistics: columns 0, 1, 2 and 10 more"
    )
    assert said.severity == "error"


def test_a_finding_on_test() -> None:
    train, test = fitted_on(split(REAL["wine"], 2), "test")
    said = ask("LEA103", train, None, test).finding
    assert said.message == (
        "13 inputs were standardised in all splits with statistics of test, without train: columns 0, 1, 2 and 10 more"
    )


def test_one_scaled_column_among_raw_ones_is_named() -> None:
    x = REAL["breast_cancer"].copy()
    x[:, 7] = StandardScaler().fit_transform(x[:, [7]])[:, 0]
    frame = pd.DataFrame(x, columns=[f"c{j}" for j in range(30)])
    train, test = frame[:400], frame[400:]
    said = ask("LEA101", train, None, test).finding
    assert said.columns == ("c7",)
    assert said.message.startswith("1 input was standardised with statistics of train + test together")


@pytest.mark.parametrize("n_splits", [2, 3])
@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("scaler", [MinMaxScaler(), RobustScaler()], ids=["min-max", "robust"])
def test_other_scalers_are_not_taken_for_this_one(name: str, n_splits: int, scaler: Any) -> None:
    parts = split(REAL[name], n_splits)
    fitted = scaler.fit(np.concatenate(parts))
    said = outcomes([fitted.transform(p) for p in parts])
    assert accused(said) in ([], ["LEA101"])
    assert "standard scaling" not in {f.place for o in said for f in o.findings}


@pytest.mark.parametrize("n_splits", [2, 3])
@pytest.mark.parametrize("name", ["wine", "breast_cancer", "iris"])
def test_raw_tables(name: str, n_splits: int) -> None:
    assert accused(outcomes(split(REAL[name], n_splits))) == []


@pytest.mark.parametrize("n_splits", [2, 3])
def test_diabetes_as_it_is_shipped_was_scaled_over_all_its_rows(n_splits: int) -> None:
    parts = split(REAL["diabetes"], n_splits)
    train, validation, test = parts if n_splits == 3 else (parts[0], None, parts[1])
    said = ask("LEA101", train, validation, test).finding
    assert (said.severity, said.columns) == ("error", tuple(range(10)))
    assert said.message == (
        f"10 inputs were centred and scaled to a sum of squares of 1 with statistics of "
        f"{'train + test' if n_splits == 2 else 'train + validation + test'} together, not of train alone: "
        "columns 0, 1, 2 and 7 more"
    )
    assert said.trace is not None
    assert said.trace.verdict == "leak"


@pytest.mark.parametrize("n_splits", [2, 3])
def test_the_twin_of_diabetes_scaled_on_train_passes(n_splits: int) -> None:
    raw = datasets.load_diabetes(scaled=False).data
    parts = split(raw, n_splits)
    mean = parts[0].mean(axis=0)
    length = np.linalg.norm(parts[0] - mean, axis=0)
    said = outcomes([(p - mean) / length for p in parts])
    assert accused(said) == []
    assert {o.status for o in said} == {Status.CLEAN}
    assert {str(o.measured).split(",")[0] for o in said} == {"scaling to a sum of squares of 1 fitted on train"}


@pytest.mark.parametrize("name", REAL)
def test_rows_dropped_since_leave_no_trace_or_no_wrong_one(name: str) -> None:
    train, test = fitted_on(split(REAL[name], 2), "train")
    said = outcomes([train[len(train) // 100 + 1 :], test])
    assert accused(said) == []


def test_permuted_rows_change_nothing() -> None:
    train, test = fitted_on(split(REAL["wine"], 2), "all")
    rng = np.random.default_rng(1)
    a, b = outcomes([train, test]), outcomes([rng.permutation(train), rng.permutation(test)])
    p = [next(f for o in said for f in o.findings).evidence["log10_p"]["train + test"] for said in (a, b)]
    assert math.isclose(*p, abs_tol=0.5)


@pytest.mark.parametrize(
    ("parts", "status", "reason"),
    [
        ((REAL["wine"], None), "not-applicable", "there is one split, so nothing was split after preprocessing"),
        (
            (REAL["wine"][:100, 12:], REAL["wine"][100:, 12:]),
            "not-applicable",
            "no input looks standardised (mean near 0, std near 1)",
        ),
        (
            (np.random.default_rng(0).normal(size=(100, 2)), np.ones((4, 2)) / 3),
            "skipped",
            "a split has fewer than 5 rows",
        ),
        (
            tuple(np.random.default_rng(0).normal(size=(2, 100, 2))),
            "skipped",
            (
                "standard scaling left no trace: no union of splits has mean 0 and std 1 "
                "more exactly than chance allows, over 2 columns; "
                "fitted elsewhere, or rows were dropped since"
            ),
        ),
        (([[1.0, -1.0], [-1.0, 1.0]] * 50, [[1.0, -1.0], [-1.0, 1.0]] * 20), "not-applicable", None),
    ],
)
@pytest.mark.parametrize("code", ["LEA101", "LEA102", "LEA103"])
def test_reasons(code: str, parts: Any, status: str, reason: str | None) -> None:
    train, test = parts
    answer = ask(code, np.asarray(train), None, None if test is None else np.asarray(test))
    assert answer.status == status
    assert reason is None or answer.reason == reason


def test_train_alone_passes_and_says_what_was_measured() -> None:
    train, test = fitted_on(split(REAL["wine"], 2), "train")
    assert ask("LEA101", train, None, test).measured.startswith(
        "standard scaling fitted on train, over 13 columns (p 1e-"
    )


def test_five_splits_are_more_than_are_told_apart() -> None:
    x = StandardScaler().fit_transform(REAL["wine"])
    frame = pd.DataFrame(x, columns=[f"c{j}" for j in range(13)])
    frame["part"] = [f"fold{i % 5}" for i in range(len(frame))]
    answer = ask("LEA101", frame, split_column="part")
    assert (answer.status, answer.reason) == ("skipped", "5 splits have more unions than are told apart")
