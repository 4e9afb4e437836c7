"""BAT103 against orders whose runs are known."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.order.orders import INNOCENT, classes, frame, shuffled


def blocks(length: int, n: int = 600, k: int = 3, seed: int = 0) -> list[str]:
    """Return labels in blocks of one length, each block's label drawn at random."""
    drawn = np.random.default_rng(seed).integers(0, k, n // length)
    return [f"c{v}" for v in np.repeat(drawn, length)]


@pytest.mark.parametrize("length", [4, 10, 25])
def test_blocks(length: int) -> None:
    labels = blocks(length)
    said = ask("BAT103", frame(labels), target="y").finding
    assert (said.severity, said.columns, said.splits) == ("warning", ("y",), ("train",))
    changes = sum(a != b for a, b in pairwise(labels))
    counts = np.unique(labels, return_counts=True)[1]
    assert said.evidence["changes"] == changes
    assert said.evidence["expected_changes"] == round(600 - (counts**2).sum() / 600, 1)
    assert said.evidence["mean_run"] == round(600 / (changes + 1), 1)
    assert f"they change {changes} times in 600 rows" in said.message


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_orders(name: str) -> None:
    assert ask("BAT103", frame(INNOCENT[name]), target="y").status is Status.CLEAN


@pytest.mark.parametrize("seed", range(40))
def test_shuffled_data_is_never_accused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 200, rng.integers(2, 12))
    if counts.sum() >= 20:
        assert ask("BAT103", frame(shuffled(*counts, seed=seed)), target="y").status is Status.CLEAN


def test_a_sorted_file_is_reported_once() -> None:
    assert ask("BAT103", frame(classes(200, 200)), target="y").status is Status.CLEAN


def test_some_disorder_in_neighbours_is_no_block() -> None:
    labels = np.array(shuffled(300, 300))
    labels[1::6] = labels[::6]  # each sixth row repeats its neighbour: a sixth of the changes is gone
    assert ask("BAT103", frame(labels), target="y").status is Status.CLEAN


def test_options() -> None:
    labels = blocks(4)
    assert ask("BAT103", frame(labels), target="y", options={"z": 1000.0}).status is Status.CLEAN
    assert ask("BAT103", frame(labels), target="y", options={"share": 0.1}).status is Status.CLEAN


def test_in_test_it_is_a_note() -> None:
    said = ask("BAT103", frame(shuffled(100, 100)), None, frame(blocks(10)), target="y").finding
    assert (said.severity, said.splits) == ("note", ("test",))


@pytest.mark.parametrize(
    ("labels", "status", "reason"),
    [
        (shuffled(10, 9), "skipped", "no split has 20 labelled rows of two classes"),
        (classes(40), "skipped", "no split has 20 labelled rows of two classes"),
        (np.linspace(0, 1, 40), "not-applicable", "the task is regression, which has no classes to count"),
    ],
)
def test_reasons(labels: Any, status: str, reason: str) -> None:
    answer = ask("BAT103", frame(labels), target="y")
    assert (answer.status, answer.reason) == (status, reason)
