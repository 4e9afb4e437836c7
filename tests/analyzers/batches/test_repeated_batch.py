"""BAT106: the same batch again, against small data, oversampling and full batches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.epochs import Ints, Way, epochs, noisy, shuffled, stored
from tests.analyzers.batches.loaders import Batch, loader, numbers, pictures


def one_batch(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    return np.tile(rng.permutation(n)[:16], 12)


def stuck(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    parts = np.split(rng.permutation(n)[:192], 12)
    parts[3:7] = [rng.permutation(parts[3]) for _ in range(4)]
    return np.concatenate(parts)


def test_one_batch_all_the_time() -> None:
    said = next(f for f in ask_batches("BAT106", epochs(one_batch, val=shuffled)).findings)
    assert said.message == "All 12 batches of epoch 0 of train are the same one; so it is in epoch 1"
    assert (said.severity, said.splits, said.row_count) == ("error", ("train",), 176)
    assert said.evidence["table"]["total"] == 22


@pytest.mark.parametrize("index", [False, True])
def test_a_batch_that_is_stuck(index: bool) -> None:
    said = ask_batches("BAT106", epochs(stuck, index=index), epochs=1).finding
    assert said.message == (
        "Batches 4, 5 and 6 of epoch 0 of train repeat an earlier one: batch 3 comes 4 times, and 9 of 12 batches are "
        "different (75 %)"
    )
    assert said.rows == tuple(range(64, 112))
    assert said.evidence["table"]["rows"][0] == [0, 4, 3, 16]


def test_a_batch_that_is_stuck_behind_augmentation_needs_numbers() -> None:
    assert ask_batches("BAT106", epochs(stuck, *pictures(200), change=noisy), epochs=1).status is Status.CLEAN
    assert ask_batches("BAT106", epochs(stuck, *pictures(200), change=noisy, index=True), epochs=1).findings


def test_val_too() -> None:
    assert ask_batches("BAT106", epochs(shuffled, val=stuck)).finding.splits == ("val",)


def twice(rng: np.random.Generator, epoch: int, n: int) -> Ints:
    return np.tile(rng.permutation(n)[:192], 2)


@pytest.mark.parametrize("way", [shuffled, stored, twice, lambda rng, epoch, n: rng.integers(0, n, n)])
def test_honest_epochs(way: Way) -> None:
    assert ask_batches("BAT106", epochs(way)).status is Status.CLEAN


@pytest.mark.parametrize("size", [1, 2, 3])
def test_small_batches_of_samples_drawn_anew_meet_by_chance(size: int) -> None:
    drawn = epochs(lambda rng, epoch, n: rng.integers(0, n, 600), *numbers(6), size=size)
    assert ask_batches("BAT106", drawn).status is Status.CLEAN


def test_all_data_in_every_batch() -> None:
    x, y = numbers(32)
    whole = epochs(lambda rng, epoch, n: np.tile(np.arange(n), 6), x, y, size=32)
    assert ask_batches("BAT106", whole, rows=32).status is Status.CLEAN
    assert ask_batches("BAT106", whole, rows=64).loud


def test_empty_batches_are_left_to_bat111() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        for number in (1, 3, 4):
            batches[number][0][:] = 0
        return batches

    assert ask_batches("BAT106", loader(*pictures(), spoil)).status is Status.CLEAN


def test_repeated_batches_are_not_told_three_times() -> None:
    for code in ("BAT108", "BAT109"):
        assert not ask_batches(code, epochs(stuck), rows=192).findings
