"""BAT105: orders that stay, against shuffling of every honest kind."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.epochs import (
    Change,
    Ints,
    Way,
    buffered,
    epochs,
    frozen,
    mirrored,
    noisy,
    shuffled,
    stored,
)
from tests.analyzers.batches.loaders import numbers, pictures


def train_status(loader: Any, **keywords: Any) -> Status:
    """Return how the check of train ended; that nothing was found anywhere is checked too."""
    answer = ask_batches("BAT105", loader, **keywords)
    assert not answer.findings or Status.FOUND in {o.status for o in answer.outcomes}
    return {o.split: o.status for o in answer.outcomes}["train"]


def same_batches(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    held = np.random.default_rng(0).permutation(n)[: n // 16 * 16].reshape(-1, 16)
    return rng.permutation(rng.permuted(held, axis=1)).ravel()


def rotated(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    return np.roll(frozen(rng, epoch, n), 37 * epoch)


def backwards(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    return frozen(rng, epoch, n)[:: -1 if epoch else 1]


def shards(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    parts = np.array_split(np.arange(n), 40)
    return np.concatenate([parts[i] for i in rng.permutation(40)])


def test_the_same_order() -> None:
    said = ask_batches("BAT105", epochs(frozen)).finding
    log10 = -math.lgamma(201) / math.log(10)
    assert said.message == (
        f"Epochs 0 and 1 of train show all 200 samples in the same order; random order would do so with probability "
        f"1e{log10:,.0f}"
    )
    assert (said.severity, said.splits) == ("warning", ("train",))
    assert said.evidence["log10_p"] == pytest.approx(-300.0)
    assert said.evidence["known_by"] == "input"
    assert said.evidence["table"]["rows"][17] == [17, 17, 1, 1]


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (frozen, "same"),
        (stored, "same"),
        (same_batches, "batches"),
        (rotated, "rotated"),
        (backwards, "reversed"),
        (shards, "runs"),
        (buffered(20), "drift"),
    ],
)
@pytest.mark.parametrize("index", [False, True])
def test_orders_that_stay(way: Way, kind: str, index: bool) -> None:
    said = ask_batches("BAT105", epochs(way, index=index)).finding
    assert (said.severity, said.evidence["kind"]) == ("warning", kind)
    assert said.evidence["known_by"] == ("index" if index else "input")


@pytest.mark.parametrize("way", [frozen, same_batches, buffered(20)])
@pytest.mark.parametrize("change", [noisy, mirrored])
def test_orders_that_stay_behind_augmentation(way: Way, change: Change) -> None:
    answer = ask_batches("BAT105", epochs(way, *pictures(208), change=change))
    assert answer.finding.evidence["known_by"] == "look"


@pytest.mark.parametrize("change", [None, noisy, mirrored])
@pytest.mark.parametrize("seed", range(3))
def test_a_new_order_every_epoch(change: Change | None, seed: int) -> None:
    assert train_status(epochs(shuffled, *pictures(208, seed=seed), change=change)) is Status.CLEAN


def test_only_the_first_two_of_three_epochs_differ() -> None:
    def way(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        return frozen(rng, epoch, n) if epoch != 1 else shuffled(rng, epoch, n)

    assert train_status(epochs(way), epochs=2) is Status.CLEAN
    assert ask_batches("BAT105", epochs(way), epochs=3).finding.message.startswith("Epochs 0 and 2 of train")


def test_batches_of_one_class_hold_mates_in_common_by_nature() -> None:
    x, y = numbers(200)
    y = np.arange(200) % 12  # 16 or 17 of each class, batches of 16

    def way(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        parts = [rng.permutation(np.flatnonzero(y == c))[:16] for c in range(12)]
        return np.concatenate([parts[i] for i in rng.permutation(12)])

    assert train_status(epochs(way, x, y)) is Status.CLEAN


def test_classes_in_turn_and_classes_in_blocks_are_no_order_of_samples() -> None:
    x, y = numbers(200)
    y = np.arange(200) % 4

    def turns(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        return np.stack([rng.permutation(np.flatnonzero(y == c)) for c in range(4)], axis=1).ravel()

    def blocks(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        return np.concatenate([rng.permutation(np.flatnonzero(y == c)) for c in range(4)])

    assert train_status(epochs(turns, x, y)) is Status.CLEAN
    assert train_status(epochs(blocks, x, y)) is Status.CLEAN
    turned = epochs(turns, *(pictures(200)[0], y), change=noisy)
    assert train_status(turned) is Status.CLEAN  # the labels alone are in the same order


def test_drawing_with_replacement_is_no_order() -> None:
    drawn = epochs(lambda rng, epoch, n: rng.integers(0, n, n))
    assert train_status(drawn) is Status.CLEAN


def test_val_is_not_asked() -> None:
    answer = ask_batches("BAT105", epochs(shuffled, val=stored))
    assert not answer.findings
    assert {o.split: o.status for o in answer.outcomes} == {"train": Status.CLEAN, "val": Status.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("loader", "keywords", "reason"),
    [
        (epochs(frozen), {"epochs": 1}, "one epoch was read, and it takes two to compare"),
        (epochs(frozen, size=200), {}, "an epoch is one batch, whose order changes nothing"),
        (epochs(frozen, *numbers(8), size=2), {}, "only 8 samples of the first epoch were known again in another"),
        (
            epochs(shuffled, *numbers(2000)),
            {"max_batches": 2},
            "inputs change at random, and epochs not read to their end need not share samples",
        ),
        (
            epochs(shuffled, *numbers(2000)),
            {"max_batches": 2, "augmented": False},
            "only 0 samples came in both epochs, which were not read to their end",
        ),
        (
            iter(epochs(frozen)()),
            {},
            "the loader could be read only once; pass a function that returns it",
        ),
    ],
)
def test_when_it_cannot_tell(loader: Any, keywords: dict[str, Any], reason: str) -> None:
    answer = ask_batches("BAT105", loader, **keywords)
    assert [o.reason for o in answer.outcomes if o.split == "train"] == [reason]
    assert not answer.findings


def coarse(n: int = 300) -> tuple[Any, Any]:
    """Return rows of which most occur several times."""
    x = np.random.default_rng(0).integers(1, 4, (n, 4)).astype(np.float32)
    return x, (x.sum(axis=1) > 8).astype(np.int64)


def test_rows_that_are_equal_in_the_data() -> None:
    """Of equal rows nobody knows which is which: their first showings come early in every epoch."""
    x, y = coarse()
    said = ask_batches("BAT105", epochs(frozen, x, y)).finding
    counts = np.unique(x, axis=0, return_counts=True)[1].tolist()
    log10 = (sum(math.lgamma(c + 1) for c in counts) - math.lgamma(301)) / math.log(10)
    assert said.message.endswith(f"random order would do so with probability 1e{log10:,.0f}")
    answer = ask_batches("BAT105", epochs(shuffled, x, y))
    assert not answer.findings


@pytest.mark.parametrize("seed", range(5))
def test_coarse_rows_in_a_new_order(seed: int) -> None:
    x, y = coarse()

    def way(rng: np.random.Generator, epoch: int, n: int) -> Ints:
        return np.random.default_rng([seed, epoch]).permutation(n)[: n // 16 * 16]

    for code in ("BAT105", "BAT106", "BAT108", "BAT109"):
        assert not ask_batches(code, epochs(way, x, y)).loud
        assert not ask_batches(code, epochs(way, x, y), rows=300).loud
