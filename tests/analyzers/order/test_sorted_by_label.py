"""BAT101: sorted, nearly sorted, and mixed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.order.orders import INNOCENT, classes, frame, shuffled


def test_a_sorted_file() -> None:
    said = ask("BAT101", frame(classes(50, 30, 20)), target="y").finding
    assert (said.severity, said.columns, said.splits) == ("warning", ("y",), ("train",))
    expected = 100 - (50**2 + 30**2 + 20**2) / 100
    assert said.message == (
        "Train is ordered by label, which changes 2 times in 100 rows; in random order it would change about 62 times"
    )
    assert said.evidence["changes"] == 2
    assert said.evidence["expected_changes"] == expected == 62
    assert said.evidence["separation"] == "100 %"
    assert said.figure is not None
    assert said.figure["kind"] == "strip"
    assert np.sum(said.figure["bins"], axis=0).tolist() == [50, 30, 20]


def test_iris_as_it_is_shipped() -> None:
    assert ask("BAT101", load_iris(as_frame=True).frame, target="target").finding.evidence["changes"] == 2


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_orders(name: str) -> None:
    assert ask("BAT101", frame(INNOCENT[name]), target="y").status is Status.CLEAN


@pytest.mark.parametrize("seed", range(40))
def test_shuffled_data_is_never_accused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(5, 200, rng.integers(2, 12))
    assert ask("BAT101", frame(shuffled(*counts, seed=seed)), target="y").status is Status.CLEAN


@pytest.mark.parametrize(("moved", "found"), [(0.0, True), (0.1, True), (0.3, True), (0.9, False)])
def test_some_disorder_is_still_sorted(moved: float, found: bool) -> None:
    labels = np.array(classes(300, 300))
    rng = np.random.default_rng(0)
    at = rng.permutation(600)[: int(moved * 600)]
    labels[at] = labels[rng.permutation(at)]
    assert (ask("BAT101", frame(labels), target="y").status is Status.FOUND) is found


def test_in_train_it_is_an_error_elsewhere_a_note() -> None:
    bad, good = frame(classes(100, 100)), frame(shuffled(100, 100))
    assert ask("BAT101", bad, None, good, target="y").finding.severity == "error"
    said = ask("BAT101", good, None, bad, target="y").finding
    assert (said.severity, said.splits) == ("note", ("test",))
    assert said.message.startswith("Test is ordered by label")


def test_the_option_moves_the_separation() -> None:
    labels = np.array(classes(1500, 1500))
    rng = np.random.default_rng(0)
    at = rng.permutation(3000)[:1500]
    labels[at] = labels[rng.permutation(at)]
    assert ask("BAT101", frame(labels), target="y").status is Status.CLEAN  # half of them moved: (1 - 0.5)^2 is left
    assert ask("BAT101", frame(labels), target="y", options={"separation": 0.2}).status is Status.FOUND
    assert ask("BAT101", frame(labels), target="y", options={"separation": 0.3}).status is Status.CLEAN


def test_a_rising_target() -> None:
    y = np.sort(np.random.default_rng(0).normal(size=500))
    said = ask("BAT101", frame(y), target="y").finding
    assert said.evidence == {"up": 499, "down": 0}
    assert said.message.startswith("The target rises along the rows of train: 0 steps of 499 go the other way")
    assert ask("BAT101", frame(y[::-1]), target="y").finding.message.startswith("The target falls")
    y[[10, 300]] = y[[300, 10]]
    assert ask("BAT101", frame(y), target="y").finding.evidence["down"] == 2


@pytest.mark.parametrize(
    "y",
    [
        np.random.default_rng(0).normal(size=500),
        np.cumsum(np.random.default_rng(0).normal(size=500)),
        np.arange(500) * 0.05 + np.random.default_rng(0).normal(size=500),
        np.sin(np.arange(500) / 20),
        np.sin(np.arange(500) / 20) + np.arange(500) / 100,
    ],
    ids=["noise", "random walk", "noisy trend", "season", "season and trend"],
)
def test_time_series(y: Any) -> None:
    assert ask("BAT101", frame(y), target="y").status is Status.CLEAN


def test_a_smooth_trend_along_a_declared_time_is_a_note() -> None:
    data = frame(np.arange(500) * 0.1).assign(t=pd.date_range("2020-01-01", periods=500))
    said = ask("BAT101", data, target="y", time="t").finding
    assert said.severity == "note"
    assert said.message.endswith("as a trend over time does")


@pytest.mark.parametrize(
    ("data", "keywords", "status", "reason"),
    [
        (frame(classes(10, 9)), {"target": "y"}, "skipped", "no split has 20 labelled rows"),
        (frame(classes(10, 10)), {}, "not-applicable", "no target was named, so there are no labels"),
        (
            (np.zeros((50, 1)), np.arange(100.0).reshape(50, 2) / 3),
            {},
            "not-applicable",
            "several targets have no one order",
        ),
    ],
)
def test_reasons(data: Any, keywords: dict[str, Any], status: str, reason: str) -> None:
    answer = ask("BAT101", data, **keywords)
    assert (answer.status, answer.reason) == (status, reason)


@pytest.mark.parametrize("n", [150, 20_000])
def test_the_drawing_ends_at_the_last_row_counted_from_0(n: int) -> None:
    figure = ask("BAT101", frame(np.repeat(["a", "b", "c"], n // 3 + 1)[:n]), target="y").finding.figure
    assert figure is not None
    assert (figure["first"], figure["last"]) == ("row 0", f"row {n - 1:,}")
