"""BAT107: augmentation that workers or epochs share, and the honest loaders beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask_batches

Seeds = Callable[[int, int], Any]
"""Of epoch and batch: what the augmentation of that batch is seeded with."""

HONEST: Seeds = lambda epoch, batch: (epoch, batch)  # noqa: E731 - a table of such functions follows


def digits(n: int = 288, side: int = 8, seed: int = 0) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return grey pictures with a black ground and a bright bar whose place is the class, and their classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, n)
    x = np.zeros((n, side, side), np.float32)
    for i, c in enumerate(y):
        x[i, 1:-1, c + 1 : c + 3] = rng.integers(4, 16, (side - 2, 2)) / 16
    return x, y


def noise(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    noisy: NDArray[Any] = x + np.float32(0.02) * rng.standard_normal(x.shape).astype(np.float32)
    return noisy


def patch(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    i, j = rng.integers(0, x.shape[0] - 2, 2)
    x = x.copy()
    x[i : i + 3, j : j + 3] = 0
    return x


def wrapped(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    shifted: NDArray[Any] = np.roll(x, tuple(rng.integers(-2, 3, 2)), axis=(0, 1))
    return shifted


def bright(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x * np.float32(rng.uniform(0.5, 1.5))


def mirrored(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x[:, ::-1] if rng.random() < 0.5 else x


def loader(
    change: Callable[..., Any], seeds: Seeds = HONEST, size: int = 32, order: str = "shuffled", labels: bool = True
) -> Callable[[int], Any]:
    """Return a function that gives an epoch's batches, each changed with a generator seeded by `seeds`."""
    x, y = digits()

    def build(epoch: int = 0) -> Any:
        rows = np.arange(len(x)) if order == "fixed" else np.random.default_rng(40 + epoch).permutation(len(x))
        if order == "dealt":  # the classes in turn
            rows = np.concatenate(list(zip(*(rows[y[rows] == c][:60] for c in range(4)), strict=True)))
        for b, start in enumerate(range(0, len(rows), size)):
            here = rows[start : start + size]
            rng = np.random.default_rng(seeds(epoch, b))
            pictures = np.stack([change(v, rng) for v in x[here]])
            yield (pictures, y[here]) if labels else pictures

    return build


def asked(build: Any, **keywords: Any) -> Answer:
    return ask_batches("BAT107", build, augmented=True, **keywords)


@pytest.mark.parametrize("change", [noise, patch, wrapped, bright])
@pytest.mark.parametrize(
    ("seeds", "sharing"),
    [
        (lambda epoch, batch: 7, "every two batches"),
        (lambda epoch, batch: (epoch, batch // 4), "each 4 batches in a row"),
        (lambda epoch, batch: (epoch, batch % 2), "every second batch"),
        (lambda epoch, batch: batch, "the same batch of both epochs"),
    ],
)
def test_seeds_that_batches_share_are_found_and_named(change: Any, seeds: Seeds, sharing: str) -> None:
    said = asked(loader(change, seeds)).finding
    assert said.severity == "error"
    assert sharing in said.message
    assert said.splits == ("train",)
    epoch, batch, position, other_epoch, other_batch = said.evidence["table"]["rows"][0]
    assert seeds(epoch, batch) == seeds(other_epoch, other_batch)
    assert f"position {position} of batch {batch} in epoch {epoch}" in said.message
    assert said.figure is not None
    assert said.figure["kind"] == "pairs"


@pytest.mark.parametrize("change", [noise, patch, wrapped, bright, mirrored])
@pytest.mark.parametrize("size", [8, 32, 64])
@pytest.mark.parametrize("labels", [True, False])
def test_honest_augmentation_is_silent(change: Any, size: int, labels: bool) -> None:
    assert asked(loader(change, size=size, labels=labels)).status is Status.CLEAN


@pytest.mark.parametrize("change", [noise, patch, wrapped, bright])
@pytest.mark.parametrize("labels", [True, False])
def test_classes_dealt_out_in_turn_are_no_shared_augmentation(change: Any, labels: bool) -> None:
    assert not asked(loader(change, order="dealt", labels=labels)).findings


@pytest.mark.parametrize("change", [noise, patch, wrapped, bright])
def test_a_fixed_order_is_no_shared_augmentation(change: Any) -> None:
    assert not asked(loader(change, order="fixed")).findings


def test_noise_that_batches_share_is_found_in_a_fixed_order_too() -> None:
    said = asked(loader(noise, lambda epoch, batch: (epoch, batch // 2), order="fixed")).finding
    assert "each 2 batches in a row hold the same rare numbers" in said.message


def test_a_table_with_shared_noise_is_found_and_one_without_is_not() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 50, (320, 6)).astype(np.float32) / 25
    y = rng.integers(0, 2, 320)

    def build(shared: bool) -> Callable[[int], Any]:
        def epochs(epoch: int = 0) -> Any:
            rows = np.random.default_rng(epoch).permutation(320)
            for b in range(10):
                here = rows[32 * b : 32 * b + 32]
                noise = np.random.default_rng((epoch, b // 2 if shared else b)).normal(0, 0.1, (32, 6))
                yield x[here] + noise.astype(np.float32), y[here]

        return epochs

    assert "each 2 batches in a row hold the same rare numbers" in asked(build(True)).finding.message
    assert asked(build(False)).status is Status.CLEAN


def test_augmentation_that_repeats_every_epoch_is_found_where_it_is_declared() -> None:
    x, y = digits()
    changed = np.stack([noise(v, np.random.default_rng(i)) for i, v in enumerate(x)])

    def build(epoch: int = 0) -> Any:
        rows = np.random.default_rng(epoch).permutation(len(x))
        return [(changed[rows[i : i + 32]], y[rows[i : i + 32]]) for i in range(0, len(x), 32)]

    said = asked(build).finding
    assert said.message == (
        "100 % of the 288 samples of train in epoch 1 were fed in epoch 0, bit for bit, although training inputs are "
        "declared to be augmented: the augmentation repeats in every epoch, or is not applied"
    )
    rows = np.random.default_rng(1).permutation(288), np.random.default_rng(0).permutation(288).tolist()
    epoch, batch, position, before, old_batch, old_position = said.evidence["table"]["rows"][5]
    assert (epoch, before) == (1, 0)
    assert rows[0][32 * batch + position] == rows[1][32 * old_batch + old_position]
    assert said.row_count == 288
    silent = ask_batches("BAT107", build)
    assert silent.status is Status.NOT_APPLICABLE
    assert silent.reason == "100 % of the samples are the same in both epochs: nothing is random"


def test_rare_augmentation_is_no_repetition() -> None:
    def seldom(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
        return noise(x, rng) if rng.random() < 0.2 else x

    assert asked(loader(seldom)).status is Status.CLEAN


def test_the_same_batch_again_and_again_is_another_fault() -> None:
    x, y = digits()

    def build(epoch: int = 0) -> Any:
        rows = np.random.default_rng(epoch).permutation(len(x))[:32]
        return [(x[rows], y[rows])] * 9

    assert not ask_batches("BAT107", build).findings


def test_what_cannot_be_told_is_said() -> None:
    one = ask_batches("BAT107", list(loader(noise)(0)), epochs=1)
    assert one.status is Status.SKIPPED
    assert one.reason == "one epoch was read, and the loader does not say that it shuffles"
    small = asked(loader(noise, size=2))
    assert small.status is Status.SKIPPED
    assert small.reason == "it takes two batches of 4 rows or more"
    words = [(np.array([f"{e}{b}{i}" for i in range(16)]), np.arange(16) % 2) for e in range(1) for b in range(3)]
    text = asked(words, epochs=1)
    assert text.status is Status.SKIPPED
    assert text.reason == "the inputs are no arrays of numbers"


def test_rows_that_share_no_number_at_all_are_not_alike_by_rounding() -> None:
    rng = np.random.default_rng(12)
    group = rng.integers(0, 40, 400)
    x, y = (rng.normal(size=(40, 20))[group] + 0.3 * rng.normal(size=(400, 20))).astype(np.float32), group % 4

    def build(epoch: int = 0) -> Any:
        draw = np.random.default_rng([12, epoch])
        pools = [draw.permutation(np.flatnonzero(y == c))[:60] for c in range(4)]
        order = np.array([pool[i] for i in range(60) for pool in pools])
        for start in range(0, len(order), 16):
            here = order[start : start + 16]
            yield x[here] + draw.normal(0, 0.05, (len(here), 20)).astype(np.float32), y[here]

    assert not asked(build).findings
