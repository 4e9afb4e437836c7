"""BAT102 against batches counted one by one and the hypergeometric chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import hypergeom

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.order.orders import INNOCENT, classes, frame, shuffled


def single(labels: list[str], size: int) -> tuple[int, int]:
    """Return the number of complete batches, and of those with one label."""
    cut = [labels[i : i + size] for i in range(0, len(labels) - size + 1, size)]
    return len(cut), sum(len(set(batch)) == 1 for batch in cut)


def test_a_sorted_file() -> None:
    labels = classes(200, 150, 70)
    said = ask("BAT102", frame(labels), target="y").finding
    assert (said.severity, said.columns, said.splits) == ("warning", ("y",), ("train",))
    rows = said.evidence["table"]["rows"]
    assert [row[0] for row in rows] == [16, 32, 64, 128]
    for size, whole, one, _, expected in rows:
        assert (whole, one) == single(labels, size)
        chance = sum(hypergeom(420, c, size).pmf(size) for c in (200, 150, 70))
        assert expected == pytest.approx(whole * chance, rel=1e-9)
    assert single(labels, 64) == (6, 4)
    assert single(labels, 128) == (3, 1)  # fewer than two say nothing
    assert said.message == (
        "4 of 6 batches of 64 cut from train in file order hold one label; random order would give none; "
        "mending the order of BAT101 mends this"
    )
    assert said.figure is None  # BAT101 draws the same strip


def test_blocks_that_are_not_sorted_bring_their_own_strip() -> None:
    labels = np.repeat(np.tile([0, 1], 10), 40)
    said = ask("BAT102", frame(labels), target="y").finding
    assert "BAT101" not in said.message
    assert said.figure is not None
    assert said.figure["kind"] == "strip"


def test_in_train_it_is_an_error() -> None:
    bad, good = frame(classes(100, 100)), frame(shuffled(100, 100))
    assert ask("BAT102", bad, None, good, target="y").finding.severity == "error"
    assert ask("BAT102", good, None, bad, target="y").status is Status.CLEAN


@pytest.mark.parametrize("name", INNOCENT)
def test_innocent_orders(name: str) -> None:
    assert ask("BAT102", frame(INNOCENT[name]), target="y").status is Status.CLEAN


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("majority", [0.9, 0.97, 0.99, 0.999])
def test_a_majority_fills_batches_by_chance(majority: float, seed: int) -> None:
    labels = shuffled(int(4000 * majority), 4000 - int(4000 * majority), seed=seed)
    assert ask("BAT102", frame(labels), target="y").status is Status.CLEAN


def test_a_majority_that_is_sorted_as_well() -> None:
    assert ask("BAT102", frame(classes(1000, 1000)), target="y").status is Status.FOUND


def test_a_missing_label_makes_no_batch_pure() -> None:
    labels: list[Any] = classes(160, 160)
    for i in range(0, 320, 16):
        labels[i] = None
    assert ask("BAT102", frame(labels), target="y").status is Status.CLEAN


def test_the_option_moves_the_share() -> None:
    labels = shuffled(512, 512) + classes(64, 64)
    assert single(labels, 32) == (36, 4)
    assert ask("BAT102", frame(labels), target="y", options={"share": 0.05}).status is Status.FOUND
    assert ask("BAT102", frame(labels), target="y", options={"share": 0.5}).status is Status.CLEAN


@pytest.mark.parametrize(
    ("labels", "status", "reason"),
    [
        (shuffled(16, 15), "skipped", "fewer than two complete batches of 16 rows"),
        (classes(40), "not-applicable", "there is one class; LAB102 judges that"),
        (np.linspace(0, 1, 40), "not-applicable", "the task is regression, which has no classes to count"),
    ],
)
def test_reasons(labels: Any, status: str, reason: str) -> None:
    answer = ask("BAT102", frame(labels), target="y")
    assert (answer.status, answer.reason) == (status, reason)
