"""ASC104: relations that do not carry over, and splits that differ for honest reasons."""

from __future__ import annotations

import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.association.test_no_association import cancer, parts, permuted


def flipped(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(target=1 - frame["target"])


def test_permuted_test_labels_are_found() -> None:
    train, val, test = parts(cancer())
    said = ask("ASC104", train, val, permuted(test), target="target").finding
    assert said.severity == "error"
    assert said.splits == ("test",)
    assert said.columns == ("target",)
    assert "labels permuted at random fit as well" in said.message
    assert said.evidence["expected"]["test"] > 0.8


def test_both_other_splits_are_one_finding() -> None:
    train, val, test = parts(cancer())
    assert ask("ASC104", train, permuted(val), permuted(test), target="target").finding.splits == ("validation", "test")


def test_labels_coded_the_other_way_round() -> None:
    train, val, test = parts(cancer())
    said = ask("ASC104", train, val, flipped(test), target="target").finding
    assert said.splits == ("test",)
    assert said.message.endswith("it has a relation of its own")


def test_permuted_numbers() -> None:
    from sklearn.datasets import load_diabetes

    train, val, test = parts(load_diabetes(as_frame=True).frame)
    assert ask("ASC104", train, val, permuted(test), target="target").finding.splits == ("test",)
    assert ask("ASC104", train, val, test, target="target").status is Status.CLEAN


@pytest.mark.parametrize("seed", range(3))
def test_random_splits_pass(seed: int) -> None:
    answer = ask("ASC104", *parts(cancer(seed=seed)), target="target")
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("correlation of predictions with labels: train 0.9")


def test_a_split_of_easy_or_of_few_kinds_is_not_accused() -> None:
    frame = cancer(550)
    rare = pd.concat([frame[frame.target == 1], frame[frame.target == 0].head(6)]).sample(frac=1, random_state=0)
    assert not ask("ASC104", frame.iloc[:250], rare.iloc[:150], target="target").findings
    by_size = frame.sort_values("mean radius")
    assert not ask("ASC104", by_size.iloc[150:], by_size.iloc[:150], target="target").findings
    assert not ask("ASC104", by_size.iloc[:350], by_size.iloc[350:], target="target").findings


def test_another_scale_in_test_is_not_this_rules_concern() -> None:
    train, val, test = parts(cancer())
    inputs = test.columns.drop("target")
    assert not ask("ASC104", train, val, test.assign(**(test[inputs] * 100 + 7)), target="target").findings


def test_nothing_in_train_cannot_carry_over() -> None:
    answer = ask("ASC104", *parts(permuted(cancer())), target="target")
    assert answer.status is Status.SKIPPED
    assert answer.reason == "train holds no clear association that could carry over"


def test_one_split_and_small_splits() -> None:
    assert ask("ASC104", cancer(100), target="target").status is Status.NOT_APPLICABLE
    frame = cancer(120)
    answer = ask("ASC104", frame.iloc[:100], permuted(frame.iloc[100:]), target="target")
    assert answer.status is Status.SKIPPED
    assert "few labelled rows" in answer.reason
