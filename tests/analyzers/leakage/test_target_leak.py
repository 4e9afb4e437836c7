"""LEA114: inputs that are the target in other words, and inputs that are only good."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.metrics import balanced_accuracy_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dataaudit.analyzers.leakage.single_input import (
    FOLDS,
    LEAST_LEAF,
    explained,
    folds_of,
    scaled_balanced_accuracy,
    score_numbers,
    score_words,
    screen,
)
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table

# ---------------------------------------------------------------- scores


def out_of_fold(model: Any, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return what a scikit-learn tree tells in the same folds."""
    folds, told = folds_of(len(x)), np.empty_like(y)
    order = np.argsort(x, kind="stable")
    x, y, folds = x[order][:, None], y[order], folds[order]
    for fold in range(FOLDS):
        told[folds == fold] = model.fit(x[folds != fold], y[folds != fold]).predict(x[folds == fold])
    back = np.empty_like(told)
    back[order] = told
    return back


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_scores_are_those_of_a_tree(n_classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, 600)
    x = y + rng.normal(0, 0.4, 600)
    tree = DecisionTreeClassifier(max_depth=4, min_samples_leaf=LEAST_LEAF, class_weight="balanced", random_state=0)
    accuracy = balanced_accuracy_score(y, out_of_fold(tree, x, y), adjusted=True)
    assert score_numbers(x, y, n_classes) == pytest.approx(accuracy, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_scores_of_numbers_are_a_tree_or_better(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.lognormal(0, 1, 500)
    noisy, smooth = np.log(x) + rng.normal(0, 1, 500), np.sqrt(x)
    tree = DecisionTreeRegressor(max_depth=4, min_samples_leaf=LEAST_LEAF, random_state=0)
    assert score_numbers(x, noisy, None) == pytest.approx(explained(out_of_fold(tree, x, noisy), noisy), abs=0.03)
    assert score_numbers(x, smooth, None) > max(0.98, explained(out_of_fold(tree, x, smooth), smooth))


def test_the_measure_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    y, told = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    told[:200] = y[:200]
    assert scaled_balanced_accuracy(told, y, 4) == pytest.approx(balanced_accuracy_score(y, told, adjusted=True))
    assert scaled_balanced_accuracy(y, y, 9) == 1.0
    assert scaled_balanced_accuracy(np.zeros(9, int), np.zeros(9, int), 1) == 0.0
    assert explained(np.zeros(3), np.zeros(3)) == 0.0


def test_noise_tells_nothing_and_words_of_one_row_neither() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1000)
    assert score_numbers(rng.normal(size=1000), y, 2) < 0.1
    assert score_words(np.arange(1000), y, 2) == 0.0
    assert score_words(y * 3 + rng.integers(0, 3, 1000), y, 2) == 1.0
    assert score_words(np.arange(1000) % 7, y.astype(float), None) < 0.02
    assert score_numbers(np.ones(1000), y, 2) < 0.05


@pytest.mark.parametrize("n_classes", [None, 2, 5])
@pytest.mark.parametrize("n", [60, 500, 3000])
def test_the_guess_is_no_lower_than_the_score(n: int, n_classes: int | None) -> None:
    rng = np.random.default_rng(n)
    y = rng.normal(size=n) if n_classes is None else rng.integers(0, n_classes, n)
    X = np.stack([y * strength + rng.normal(size=n) for strength in (0, 0.5, 1, 2, 4, 8)] + [np.round(y)])
    guesses = screen(X, y, n_classes)
    assert guesses.shape == (7,)
    for x, guess in zip(X, guesses, strict=True):
        assert score_numbers(x, y, n_classes) <= guess + (0.1 if n < 100 else 0.02)
    assert screen(X, y * 0, n_classes).tolist() == [0.0] * 7


def test_folds_are_equal_and_the_same_again() -> None:
    assert np.bincount(folds_of(103)).tolist() == [21, 21, 21, 20, 20]
    assert np.array_equal(folds_of(103), folds_of(103))
    assert not np.array_equal(folds_of(103), folds_of(103, seed=1))


# ---------------------------------------------------------------- verdicts


def flipped(y: pd.Series, share: float, seed: int = 0) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(seed)
    codes = pd.factorize(y, sort=True)[0]
    off = rng.random(len(y)) < share
    codes[off] = rng.permutation(codes)[off]
    return codes


def test_one_to_one_is_an_error() -> None:
    data = table(300).assign(outcome=lambda d: d.y.map({"yes": "alive", "no": "dead"}))
    finding = ask("LEA114", data, target="y").finding
    assert (finding.severity, finding.columns, finding.splits) == ("error", ("outcome",), ("train",))
    assert finding.message == (
        "'outcome' alone tells the target: it reaches 1.00 of 1 (balanced accuracy out of fold); it is the target "
        "itself, one to one"
    )
    numbers = table(300).assign(outcome=lambda d: np.where(d.y == "yes", 7.5, -1.0))
    assert ask("LEA114", numbers, target="y").finding.severity == "error"


@pytest.mark.parametrize("share", [0.02, 0.03])
@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_the_target_in_words(load: Any, share: float) -> None:
    data = load(as_frame=True).frame
    data["plan"] = [f"plan-{'ABC'[c]}" for c in flipped(data.target, share)]
    finding = ask("LEA114", data, target="target").finding
    assert (finding.severity, finding.columns) == ("warning", ("plan",))
    assert finding.evidence["table"]["rows"][0][0] == "plan"
    assert finding.figure is not None
    assert finding.figure["items"][0]["label"] == "plan"


def test_a_number_recorded_after_the_outcome() -> None:
    data = table(400)
    rng = np.random.default_rng(0)
    data["days"] = np.round(30 * flipped(data.y, 0.04) + rng.uniform(0, 25, 400), 1)
    assert ask("LEA114", data, target="y").finding.columns == ("days",)


@pytest.mark.parametrize("way", ["line", "logarithm", "exponential"])
def test_numbers_on_a_line_are_the_target(way: str) -> None:
    data = load_diabetes(as_frame=True).frame
    data["other"] = {"line": 3 * data.target - 7, "logarithm": np.exp(data.target / 90), "exponential": data.target}[
        way
    ]
    if way == "exponential":
        data["other"] = np.log(data.target)
    finding = ask("LEA114", data, target="target").finding
    assert (finding.severity, finding.columns) == ("error", ("other",))
    assert "straight line" in finding.message


def test_numbers_with_noise_are_a_warning() -> None:
    data = load_diabetes(as_frame=True).frame
    rng = np.random.default_rng(0)
    data["index"] = np.log(data.target) + 0.02 * rng.normal(size=len(data))
    finding = ask("LEA114", data, target="target").finding
    assert (finding.severity, finding.columns) == ("warning", ("index",))


def test_the_class_is_named_in_a_text() -> None:
    data = table(300)
    data["diagnosis"] = np.where(data.pop("y") == "yes", "malignant", "benign")
    data["note"] = [f"case {i} seen twice, found {d}, to be confirmed" for i, d in enumerate(data.diagnosis)]
    finding = ask("LEA114", data, target="diagnosis").finding
    assert (finding.severity, finding.columns) == ("warning", ("note",))
    assert "named in its text" in finding.message
    data["note"] = [f"case {i} seen twice, neither benign nor malignant" for i in range(300)]
    assert ask("LEA114", data, target="diagnosis").findings == ()


def test_two_inputs_that_leak_do_not_hide_each_other() -> None:
    data = load_breast_cancer(as_frame=True).frame.iloc[:, [1, 4, 8, 9, 11, -1]]
    data["a"], data["b"] = flipped(data.target, 0.005) + 0.0, flipped(data.target, 0.006, 1) * 2.5
    assert set(ask("LEA114", data, target="target").finding.columns) == {"a", "b"}


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_digits, load_diabetes])
def test_honest_data(load: Any) -> None:
    assert ask("LEA114", load(as_frame=True).frame, target="target").loud == ()


def test_near_relatives_of_the_target_stay_notes() -> None:
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=900))
    data = pd.DataFrame({"lag": walk[:-1], "noise": rng.normal(size=899), "more": rng.normal(size=899), "y": walk[1:]})
    finding = ask("LEA114", data, target="y").finding
    assert (finding.severity, "targets of other rows" in finding.message) == ("note", True)
    sizes = rng.lognormal(0, 0.5, 600)
    data = pd.DataFrame({n: sizes ** (1 / 3) * np.exp(rng.normal(0, 0.01, 600)) for n in "xyz"}).assign(carat=sizes)
    assert {f.severity for f in ask("LEA114", data, target="carat").findings} == {"note"}


def test_a_lone_input_has_nothing_to_stand_out_from() -> None:
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 9, 300)
    assert ask("LEA114", pd.DataFrame({"x": x, "y": np.sin(x) + x}), target="y").loud == ()


def test_ids_persons_and_times_are_not_judged() -> None:
    data = table(300).sort_values("y").reset_index(drop=True)
    data["record"] = range(300)
    data["joined"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(300), unit="D")
    data["patient"] = [f"P{i // 6}" for i in range(300)]
    assert ask("LEA114", data, target="y").findings == ()


def test_gaps_are_left_to_another_rule() -> None:
    data = table(300)
    data["cabin"] = np.random.default_rng(0).normal(size=300)
    data.loc[data.y == "no", "cabin"] = None
    assert ask("LEA114", data, target="y").findings == ()


@pytest.mark.parametrize(
    ("data", "target", "status"),
    [
        (table(35), "y", Status.SKIPPED),
        (table(200), None, Status.NOT_APPLICABLE),
        (table(200).assign(y="yes"), "y", Status.SKIPPED),
        (table(200)[["y"]], "y", Status.NOT_APPLICABLE),
        (images(64), None, Status.NOT_APPLICABLE),
        (table(300).assign(y=[f"k{i % 150}" for i in range(300)]), "y", Status.SKIPPED),
    ],
)
def test_it_says_when_it_cannot_tell(data: Any, target: str | None, status: Status) -> None:
    answer = ask("LEA114", data, target=target)
    assert answer.findings == ()
    assert answer.status is status


def test_hostile_numbers() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 5))
    X[::3, 0], X[:, 1], X[5, 2], X[:, 3] = np.inf, 7.0, 1e308, X[:, 3] * 5e-324
    assert ask("LEA114", (X, rng.integers(0, 2, 200))).findings == ()
    assert ask("LEA114", (X, rng.normal(size=200))).findings == ()


def test_limits_are_options() -> None:
    data = load_iris(as_frame=True).frame.drop(columns="petal width (cm)")
    assert ask("LEA114", data, target="target", options={"score": 0.8}).loud


def small(n: int, seed: int = 0) -> pd.DataFrame:
    """Return a small table in which a score holds the class."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(n) % 2)
    return pd.DataFrame(
        {
            "ph": 7 + 0.3 * y + rng.normal(0, 0.25, n),
            "heat": rng.normal(20, 3, n),
            "dose": 5 + y + rng.normal(0, 1, n),
            "age": rng.normal(50, 9, n),
            "score": 2.5 * y + rng.normal(0, 0.15, n),
            "y": np.where(y, "case", "control"),
        }
    )


def test_a_small_table_shows_a_leak_that_is_never_wrong() -> None:
    finding = ask("LEA114", small(40), target="y").finding
    assert (finding.severity, finding.columns) == ("warning", ("score",))


def test_a_small_table_does_not_show_a_leak_that_is_wrong_now_and_then() -> None:
    frame = small(40)
    frame.loc[[3, 17], "score"] = 2.5 - frame.loc[[3, 17], "score"]
    assert ask("LEA114", frame, target="y").loud == ()


def test_a_very_small_table_shows_nothing() -> None:
    answer = ask("LEA114", small(35), target="y")
    assert (answer.status, answer.reason) == (
        "skipped",
        "fewer than 36 rows with a label and values, or more than 100 classes",
    )


@pytest.mark.parametrize("seed", [3, 5, 6, 10, 12])
def test_the_best_input_is_no_leak_because_the_next_best_was_dropped(seed: int) -> None:
    flowers = load_iris(as_frame=True).frame.drop(columns="petal length (cm)")
    flowers["noise"] = np.random.default_rng(seed).normal(size=len(flowers))
    part = flowers.sample(90, random_state=seed)
    part["target"] = part["target"].map({0: "setosa", 1: "versicolor", 2: "virginica"})
    assert ask("LEA114", part, target="target").loud == ()
