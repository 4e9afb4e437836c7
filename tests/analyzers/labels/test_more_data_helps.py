"""LAB111 on data whose learning curve is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask


def sums(n: int, d: int = 10, seed: int = 0) -> pd.DataFrame:
    """Return two classes told by the sign of a sum, which trees need many rows to put together."""
    X = np.random.default_rng(seed).normal(size=(n, d))
    frame = pd.DataFrame(X).rename(columns=lambda j: f"c{j}")
    return frame.assign(y=np.where(X.sum(axis=1) > 0, "dark", "light"))


def noisy(n: int, seed: int = 0) -> pd.DataFrame:
    """Return classes that one input tells as well as can be, which a hundred rows teach."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    flag = np.where(rng.random(n) < 0.25, 1 - y, y)
    return pd.DataFrame({"flag": np.array(["off", "on"])[flag], "y": y})


def test_rows_still_help() -> None:
    said = ask("LAB111", sums(600), target="y").finding
    assert said.severity == "note"
    assert said.splits == ("train",)
    assert said.columns == ()
    assert said.message.startswith("Doubling the 600 rows would take away ")
    assert said.message.endswith(" of the rows: more rows still help")
    facts = said.evidence
    least, most = facts["gain"]
    assert 0.025 <= least < most <= 1
    assert facts["error_doubled"][0] < facts["error_now"] < facts["error_of_guessing"]
    table = facts["table"]["rows"]
    assert [row[0] for row in table[:4]] == pytest.approx([60, 120, 240, 480], abs=5)
    assert table[4][0] == "1200 (expected)"
    assert said.figure is not None
    assert [item["label"] for item in said.figure["items"]][3:] == ["480 rows", "1,200 rows (expected)"]


def test_rows_help_no_more() -> None:
    answer = ask("LAB111", noisy(1000), target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured.startswith("the curve is nearly flat: doubling the 1,000 rows would take away 0 to ")


def test_hardly_any_error() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=400)})
    answer = ask("LAB111", frame.assign(y=np.where(frame["x"] > 0, "a", "b")), target="y")
    assert answer.status is Status.CLEAN
    assert "of 400 rows: too few to grow fewer" in answer.measured


def test_guessing_has_no_curve() -> None:
    frame = noisy(600).assign(y=np.random.default_rng(5).integers(0, 2, 600))
    answer = ask("LAB111", frame, target="y")
    assert answer.status is Status.SKIPPED
    assert answer.reason == "the quick model does no better than guessing, with whatever number of rows"


@pytest.mark.parametrize("n", [40, 199])
def test_too_few_rows(n: int) -> None:
    answer = ask("LAB111", noisy(n), target="y")
    assert answer.status is Status.SKIPPED
    assert answer.reason == f"train has {n} rows that the probe could use, fewer than 200"


def test_numbers() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 8))
    y = X @ np.linspace(0.5, 1.5, 8) + X[:, 0] * X[:, 1]
    said = ask("LAB111", (X, y)).finding
    assert "of the distance from the median" in said.message


def test_only_rows_of_train_are_learnt_from() -> None:
    said = ask("LAB111", sums(600), test=sums(300, seed=1), target="y").finding
    assert said.evidence["rows"] == 600


def test_rows_without_a_label_are_not_counted() -> None:
    frame = sums(900)
    frame.loc[:299, "y"] = None
    assert ask("LAB111", frame, target="y").finding.evidence["rows"] == 600


def test_the_option_moves_the_limit() -> None:
    assert not ask("LAB111", sums(600), target="y", options={"gain": 0.9}).findings
