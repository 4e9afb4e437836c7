"""ASC102 on tables whose association is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def table(n: int, strength: float, *, number: bool = False, seed: int = 0) -> pd.DataFrame:
    """Return inputs of which the first tells the target, by so many standard deviations of noise."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"])
    hidden = strength * frame["a"] + rng.normal(size=n)
    return frame.assign(y=hidden if number else np.where(hidden > 0, "yes", "no"))


def test_a_weak_class() -> None:
    said = ask("ASC102", table(1000, 0.4), target="y").finding
    assert said.severity == "note"
    assert said.columns == ("y",)
    assert said.splits == ("train",)
    assert said.message.endswith(": the association is weak")
    facts = said.evidence
    low, high = facts["interval"]
    assert 0 < low < facts["share"] < high < 0.13
    assert facts["rows"] == 1000
    assert facts["chance"] == 0.5
    assert facts["majority"] < facts["accuracy"] < 0.7


def test_a_weak_number() -> None:
    said = ask("ASC102", table(1000, 0.25, number=True), target="y").finding
    assert "of the target's variance" in said.message
    assert "accuracy" not in said.evidence


@pytest.mark.parametrize("number", [False, True])
def test_a_strong_one_is_measured(number: bool) -> None:
    answer = ask("ASC102", table(600, 5.0, number=number), target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("the probe explains ")


def test_none_at_all_is_left_to_another_rule() -> None:
    answer = ask("ASC102", table(500, 0.0), target="y")
    assert answer.status is Status.SKIPPED
    assert answer.reason.startswith("the probe does no better than guessing beyond doubt")
    assert answer.reason.endswith("ASC101 judges whether there is any association")


def test_few_rows_are_never_called_weak() -> None:
    for seed in range(3):
        assert ask("ASC102", table(80, 0.8, seed=seed), target="y").status is not Status.FOUND


def test_the_option_moves_the_limit() -> None:
    frame = table(1000, 0.4)
    assert ask("ASC102", frame, target="y", options={"share": 0.02}).status is Status.CLEAN


@pytest.mark.parametrize(
    ("data", "keywords", "status"),
    [
        (table(100, 1.0), {}, Status.NOT_APPLICABLE),
        (table(100, 1.0).assign(y="one"), {"target": "y"}, Status.NOT_APPLICABLE),
        (table(4, 1.0), {"target": "y"}, None),
    ],
    ids=["no target", "one class", "four rows"],
)
def test_nothing_to_judge(data: pd.DataFrame, keywords: dict[str, Any], status: Status | None) -> None:
    answer = ask("ASC102", data, **keywords)
    assert not answer.findings
    assert answer.status in ([status] if status else [Status.NOT_APPLICABLE, Status.SKIPPED])
