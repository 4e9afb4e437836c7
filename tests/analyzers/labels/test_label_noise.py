"""LAB106: labels that are wrong, told from rows that are hard."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from dataaudit.api import audit
from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask


def parts(load: Any, share: float, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, set[int]]:
    """Return train with a share of wrong labels, test, and the positions of the wrong ones."""
    data = load(as_frame=True).frame.sample(frac=1.0, random_state=seed).reset_index(drop=True)
    cut = int(0.6 * len(data))
    train, test = data[:cut].copy(), data[cut:].reset_index(drop=True)
    rng = np.random.default_rng(seed)
    wrong = rng.choice(cut, round(share * cut), replace=False)
    k = data.target.nunique()
    train.loc[wrong, "target"] = (train.target[wrong] + rng.integers(1, k, len(wrong))) % k
    return train, test, {int(i) for i in wrong}


def asked(train: Any, test: Any = None, **keywords: Any) -> Answer:
    return ask("LAB106", train, None, test, target=keywords.pop("target", "target"), **keywords)


@pytest.mark.parametrize(("load", "share"), [(load_iris, 0.2), (load_wine, 0.1), (load_breast_cancer, 0.1)])
def test_wrong_labels_in_train(load: Any, share: float) -> None:
    train, test, wrong = parts(load, share)
    (finding,) = asked(train, test).loud
    assert (finding.severity, finding.splits, finding.columns) == ("warning", ("train",), ("target",))
    hits = len(set(finding.rows) & wrong)
    assert 2 * hits / (len(finding.rows) + len(wrong)) > 0.75
    assert finding.row_count == len(finding.rows)
    assert finding.evidence["noise_low"] <= share <= finding.evidence["noise_high"]


def test_the_list_of_rows() -> None:
    train, test, _ = parts(load_wine, 0.1)
    (finding,) = asked(train, test).loud
    table = finding.evidence["table"]
    assert table["columns"] == ["row", "given", "suggested", "strength", "tier", "probability", "telling values"]
    assert tuple(line[0] for line in table["rows"]) == finding.rows
    tiers = [line[4] for line in table["rows"]]
    assert tiers == sorted(tiers, key="strong review".index)
    assert tiers.count("strong") == finding.evidence["strong"]
    for row, given, suggested, strength, *_ in table["rows"]:
        assert given == train.target[row]
        assert suggested != given
        assert strength > 0
    figure = finding.figure
    assert figure is not None
    assert figure["kind"] == "matrix"
    counted = sum(cell for line in figure["rows"] for cell in line["cells"] if cell != "")
    assert counted == finding.row_count
    name, value = table["rows"][0][6].split(", ")[0].split(" = ")
    assert float(value.replace(",", "")) == pytest.approx(train[name][table["rows"][0][0]], rel=1e-3)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_the_same_data_without_them(load: Any) -> None:
    train, test, _ = parts(load, 0.0)
    assert asked(train, test).loud == ()


def test_one_split_alone() -> None:
    train, _, wrong = parts(load_breast_cancer, 0.1)
    (finding,) = asked(train).loud
    assert len(set(finding.rows) & wrong) > 0.8 * len(wrong)


@pytest.mark.parametrize("seed", range(3))
def test_chance_in_the_outcome_is_no_wrong_label(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(500, 4))
    y = np.where(rng.random(500) < 1 / (1 + np.exp(-2 * X[:, 0])), "died", "lived")
    data = pd.DataFrame(X, columns=list("abcd")).assign(target=y)
    assert asked(data[:350], data[350:].reset_index(drop=True)).loud == ()


@pytest.mark.parametrize("seed", [0, 5, 7, 12])
def test_few_rows_of_classes_that_overlap_are_no_wrong_labels(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.repeat([0, 1], 60))
    x = rng.standard_normal((120, 2))
    x[:, 0] += 1.6 * y
    answer = asked(pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "target": y}))
    assert [finding.severity for finding in answer.findings] == ["note"]


def test_labels_that_have_nothing_to_do_with_the_inputs() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(rng.normal(size=(300, 3)), columns=list("abc")).assign(target=rng.integers(0, 2, 300))
    answer = asked(data)
    assert answer.status is Status.SKIPPED
    assert "say too little about the label" in answer.reason


def test_more_than_is_accepted_is_an_error() -> None:
    train, test, _ = parts(load_breast_cancer, 0.2)
    (finding,) = asked(train, test, options={"limit": 0.05}).loud
    assert finding.severity == "error"


def test_the_users_own_probabilities() -> None:
    train, _, wrong = parts(load_iris, 0.2)
    P = np.full((len(train), 3), 0.02)
    true = parts(load_iris, 0.0)[0].target.to_numpy()
    P[np.arange(len(train)), true] = 0.96
    (finding,) = asked(train, pred_probs=P).loud
    copies = set(np.flatnonzero(train.drop(columns="target").duplicated(keep=False)).tolist())
    assert set(finding.rows) | copies == wrong | copies
    assert set(finding.rows) <= wrong


def test_a_row_with_two_labels_is_left_to_its_own_rule() -> None:
    train, test, wrong = parts(load_wine, 0.1)
    row = min(wrong)
    again = train.loc[[row]].copy()
    again["target"] = (again["target"] + 1) % 3
    (finding,) = asked(pd.concat([train, again], ignore_index=True), test).loud
    assert not {row, len(train)} & set(finding.rows)


def test_two_spellings_of_a_label_contradict_no_one() -> None:
    train, test, _ = parts(load_wine, 0.0)
    names = np.array(["red", "white", "rose"])
    train["target"], test["target"] = names[train.target], names[test.target]
    train.loc[train.index[::5], "target"] = train.target[::5].str.upper()
    assert asked(train, test).loud == ()


@pytest.mark.parametrize("rows", [1, 5, 20])
def test_few_rows(rows: int) -> None:
    data = load_iris(as_frame=True).frame.sample(frac=1.0, random_state=0)[:rows].reset_index(drop=True)
    assert asked(data, task="classification").loud == ()


def test_hostile_inputs() -> None:
    train, _, _ = parts(load_iris, 0.0)
    train["empty"], train["same"], train["mixed"] = np.nan, 1.0, np.inf
    train.loc[::3, "mixed"] = np.nan
    train["text"] = [None if i % 4 else f"word {i % 7}" for i in range(len(train))]
    train.loc[::9, "target"] = np.nan
    assert asked(train).loud == ()


def test_not_for_numbers_nor_without_labels() -> None:
    data = load_iris(as_frame=True).frame
    assert asked(data, target="sepal length (cm)", task="regression").status is Status.NOT_APPLICABLE
    assert asked(data, target=None).status is Status.NOT_APPLICABLE
    assert asked(data.assign(target=1)).status is Status.NOT_APPLICABLE
    assert asked(data, probe=False).status is Status.NOT_APPLICABLE


def test_the_file_of_labels(tmp_path: Path) -> None:
    train, test, _ = parts(load_wine, 0.1)
    report = audit(train, None, test, "target", select=["LAB106"], jobs=1)
    report.to_labels(tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    (finding,) = [f for f in report.findings if f.severity == "warning"]
    assert [int(line["row"]) for line in lines if line["split"] == "train"] == list(finding.rows)
    assert {line["rule"] for line in lines} == {"LAB106"}
    assert all(line["path"] == "" and line["given"] != line["suggested"] for line in lines)


# ---------------------------------------------------------------- one thing that explains many contradictions


def test_a_relation_that_the_permutation_test_misses_explains_nothing() -> None:
    """Labels follow one input, curved, among twenty of noise: trees see that, distances between rows do not."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, size=(200, 22))
    y = (x[:, 0] ** 2 < 0.25).astype(int)
    given = np.where(rng.random(200) < 0.1, 1 - y, y)
    data = pd.DataFrame(x, columns=[f"c{j}" for j in range(22)]).assign(target=given)
    report = audit(data, target="target", select=["LAB106", "ASC101", "ASC104"], jobs=1)
    (finding,) = report.findings
    assert (finding.rule, finding.severity) == ("LAB106", "warning")
    assert len(set(finding.rows) & set(np.flatnonzero(given != y))) >= 0.5 * (given != y).sum()


def test_labels_of_a_split_that_belong_to_nothing_are_one_sentence() -> None:
    train, test, _ = parts(load_breast_cancer, 0.0)
    test["target"] = np.random.default_rng(0).permutation(test["target"])
    (finding,) = [f for f in asked(train, test).findings if f.splits == ("test",)]
    assert (finding.severity, finding.rows, finding.row_count) == ("note", (), 0)
    assert finding.message.endswith("one thing explains them: what train teaches does not hold in test (ASC104)")


def test_labels_that_stand_beside_their_rows_are_one_sentence() -> None:
    train, test, _ = parts(load_breast_cancer, 0.0)
    test["target"] = np.roll(test["target"], 3)
    (finding,) = [f for f in asked(train, test).findings if f.splits == ("test",)]
    assert (finding.severity, finding.rows) == ("note", ())
    assert "labels of test stand 3 rows below their inputs (ASC103)" in finding.message


# ---------------------------------------------------------------- several labels a row


def labelled(n: int = 600, turned: int = 20) -> tuple[pd.DataFrame, list[str], set[int]]:
    """Return rows with three labels that their inputs tell, the labels' names, and the rows of which one was turned."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=list("abcdef"))
    names = ["red", "green", "blue"]
    for name, column in zip(names, "abc", strict=True):
        frame[name] = (frame[column] + rng.normal(0.0, 0.1, n) > 0.3).astype(int)
    clear = np.abs(frame[["a", "b", "c"]].to_numpy() - 0.3).min(axis=1) > 0.6
    wrong = [int(row) for row in rng.choice(np.flatnonzero(clear), turned, replace=False)]
    turn(frame, names, wrong)
    return frame, names, set(wrong)


def turn(frame: pd.DataFrame, names: list[str], rows: Iterable[int]) -> None:
    """Turn one label of some rows."""
    sets = frame[names].to_numpy(copy=True)
    for row in rows:
        sets[row, row % 3] ^= 1
    frame[names] = sets


def test_sets_of_labels_are_judged_label_by_label() -> None:
    frame, names, wrong = labelled()
    (finding,) = asked(frame, target=names, task="multilabel").findings
    assert (finding.severity, finding.columns, finding.confidence) == ("note", tuple(names), None)
    assert set(finding.rows[:15]) <= wrong
    assert len(set(finding.rows) & wrong) >= 16
    table = finding.evidence["table"]
    assert table["columns"] == ["row", "given", "suggested", "strength", "tier"]
    right = frame.copy()
    turn(right, names, wrong)
    for row, given, suggested, strength, _ in table["rows"][:15]:
        assert given == (", ".join(name for name in names if frame[name][row]) or "none")
        assert suggested == (", ".join(name for name in names if right[name][row]) or "none")
        assert strength > 0
    strengths = [line[3] for line in table["rows"]]
    assert strengths == sorted(strengths, reverse=True)


def test_sets_without_wrong_labels_are_left_alone() -> None:
    frame, names, _ = labelled(turned=0)
    answer = asked(frame, target=names, task="multilabel")
    assert len({row for f in answer.findings for row in f.rows}) <= 6  # of 600; the labels have noise of their own


def test_sets_that_the_inputs_say_nothing_about() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    frame["red"], frame["green"] = rng.integers(0, 2, (2, 200))
    answer = asked(frame, target=["red", "green"], task="multilabel")
    assert answer.status is Status.SKIPPED
    assert answer.reason.startswith("the inputs say too little about the labels")


def test_a_label_of_few_rows_is_not_judged() -> None:
    frame, _, _ = labelled()
    frame["rare"] = 0
    frame.loc[:5, "rare"] = 1
    answer = asked(frame[["a", "b", "c", "rare"]], target=["rare"], task="multilabel")
    assert answer.status is Status.SKIPPED
    assert answer.reason == "no label occurs, and is missing, in 8 rows or more that can be judged"


def test_rows_of_several_labels_go_to_the_file_of_labels() -> None:
    frame, names, wrong = labelled()
    report = audit(frame, target=names, task="multilabel", select=["LAB106"], jobs=1)
    lines = list(csv.DictReader(report.to_labels().splitlines()))
    assert {int(line["row"]) for line in lines[:15]} <= wrong
    assert {line["rule"] for line in lines} == {"LAB106"}
