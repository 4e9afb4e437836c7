"""NRM112: batches scaled by their own statistics, one batch on another scale, and honest scales beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import Batch, loader, numbers, photos, pictures


def per_batch(ddof: int) -> Any:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        return [((x - x.mean(0)) / x.std(0, ddof=ddof), y) for x, y in batches]

    return spoil


@pytest.mark.parametrize("ddof", [0, 1])
def test_tables_standardised_batch_by_batch(ddof: int) -> None:
    x, y = numbers(96)
    answer = ask_batches("NRM112", loader(3 * x + 7, y, per_batch(ddof)))
    said = answer.finding
    assert said.message.startswith(
        "The inputs of train have mean 0 and deviation 1 in every batch by itself (12 batches"
    )
    assert (said.severity, said.splits) == ("warning", ("train",))
    assert {o.split: o.status for o in answer.outcomes}["val"] is Status.CLEAN


def test_pictures_standardised_batch_by_batch() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        axes = (0, 2, 3)
        return [((x - x.mean(axes, keepdims=True)) / x.std(axes, keepdims=True), y) for x, y in batches]

    x, y = pictures()
    rng = np.random.default_rng(0)
    x = x + rng.normal(size=(len(x), 3, 1, 1)).astype(np.float32)
    assert "mean 0 and deviation 1" in ask_batches("NRM112", loader(x, y, spoil)).finding.message


def test_tables_scaled_to_unit_batch_by_batch() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        return [((x - x.min(0)) / (x.max(0) - x.min(0)), y) for x, y in batches]

    said = ask_batches("NRM112", loader(*numbers(), spoil)).finding
    assert "run from exactly 0 to exactly 1 in every batch by itself" in said.message


@pytest.mark.parametrize("factor", [255.0, 1 / 255])
def test_one_batch_on_another_scale(factor: float) -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        batches[4] = (batches[4][0] * np.float32(factor), batches[4][1])
        return batches

    said = ask_batches("NRM112", loader(*pictures(), spoil)).finding
    assert said.message.startswith("Batch 4 of epoch 0, and 1 of later epochs of train: the inputs run from ")
    assert (said.severity, said.rows) == ("error", tuple(range(64, 80)))


def standardised() -> Any:
    return loader(*numbers())


def row_by_row() -> Any:
    x, y = pictures(96)
    grey = x[:, :1]
    grey = (grey - grey.mean((1, 2, 3), keepdims=True)) / grey.std((1, 2, 3), keepdims=True)
    return loader(grey, y, lambda batches, epoch: batches)


def channel_by_channel() -> Any:
    x, y = pictures(96)
    return [((x[i : i + 16] - (a := x[i : i + 16]).mean((2, 3), keepdims=True)) / a.std((2, 3), keepdims=True),
             y[i : i + 16]) for i in range(0, 96, 16)]  # fmt: skip


def utterances() -> Any:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(96, 400)) * rng.lognormal(size=(96, 1))
    x = ((x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)).astype(np.float32)
    return [(x[i : i + 16], np.arange(16) % 2) for i in range(0, 96, 16)]


def heavy_tails() -> Any:
    x, y = numbers(320)
    x[:, 2] = np.random.default_rng(1).standard_cauchy(320) * 3
    x[40, 2] = 1e6
    return loader(x, y)


def whole_range() -> Any:
    """Yes and no, and grades from 0 to 1 that reach both ends in every batch."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, (320, 6)) / 4
    return loader(x.astype(np.float32), rng.integers(0, 2, 320), size=32)


def unit_once() -> Any:
    rng = np.random.default_rng(0)
    x = rng.random((320, 6))
    x = (x - x.min(0)) / np.ptp(x, axis=0)
    return loader(x.astype(np.float32), rng.integers(0, 2, 320), size=32)


def one_empty() -> Any:
    return loader(*pictures(), lambda batches, epoch: [*batches[:-1], (batches[-1][0] * 0, batches[-1][1])])


def night_and_day() -> Any:
    """Pictures of which some batches are three times darker."""
    x, y = pictures(96)
    return [(x[i : i + 16] * (0.33 if i % 32 else 1.0), y[i : i + 16]) for i in range(0, 96, 16)]


@pytest.mark.parametrize(
    "make",
    [standardised, row_by_row, channel_by_channel, utterances, heavy_tails, whole_range, unit_once, one_empty,
     night_and_day],
)  # fmt: skip
def test_scales_that_are_honest(make: Any) -> None:
    assert not ask_batches("NRM112", make()).findings


# ---------------------------------------------------------------- other statistics of the batch


def by_hand(change: Any) -> Any:
    return lambda batches, epoch: [(change(x).astype(np.float32), y) for x, y in batches]


def robust(x: Any) -> Any:
    q1, middle, q3 = np.quantile(x.astype(np.float64), (0.25, 0.5, 0.75), axis=0)
    return (x - middle) / (q3 - q1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda x: (x - x.mean()) / x.std(), "have mean 0 and deviation 1 over all their numbers"),
        (lambda x: 3 * (x - x.mean(0)), "have mean 0"),
        (lambda x: 2 * (x - x.min(0)) / np.ptp(x, axis=0) - 1, "run from exactly -1 to exactly 1"),
        (lambda x: (x - x.min(0)) / (np.ptp(x, axis=0) + 1e-7), "run from exactly 0 to exactly 1"),
        (lambda x: x / np.abs(x).max(0), "have a largest number of exactly 1 in every column"),
        (robust, "have median 0 and interquartile range 1"),
    ],
)
def test_tables_scaled_by_other_statistics_of_the_batch(change: Any, said: str) -> None:
    x, y = numbers(96)
    scales = np.array([1, 2, 3, 4, 5], dtype=np.float32)
    found = ask_batches("NRM112", loader(scales * x + scales, y, by_hand(change))).finding
    assert found.message.startswith(f"The inputs of train {said} in every batch by itself (12 batches)")
    assert found.severity == "warning"


def test_single_precision_over_many_pixels_is_near_enough() -> None:
    """Added up along the first axes, sums of pixels with the channels last are off in the fourth digit."""
    rng = np.random.default_rng(0)
    x = (rng.random((192, 40, 40, 3)) * rng.random((192, 1, 1, 3))).astype(np.float32)
    change = by_hand(lambda x: (x - x.mean((0, 1, 2))) / x.std((0, 1, 2)))
    said = ask_batches("NRM112", loader(x, rng.integers(0, 3, 192), change, size=64)).finding
    assert "have mean 0 and deviation 1 in every batch by itself" in said.message


def balanced_codes() -> Any:
    """Plus and minus one, as many of each in every batch."""
    x = np.tile(np.array([[-1.0, 1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]], dtype=np.float32), (24, 1))
    return loader(x, np.arange(96) % 2, lambda batches, epoch: [(x[:16], y) for _, y in batches])


def scaled_by_the_largest_of_train() -> Any:
    x, y = numbers(320)
    return loader(x / np.abs(x).max(0), y)


@pytest.mark.parametrize("make", [balanced_codes, scaled_by_the_largest_of_train])
def test_statistics_that_are_honest(make: Any) -> None:
    assert not ask_batches("NRM112", make()).findings


# ---------------------------------------------------------------- other numbers for the same sample


def moved(size: float, factor: float = 0.0) -> Any:
    """Return what adds one number to a whole batch, and multiplies it, anew for every batch of every epoch."""

    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        draw = np.random.default_rng([epoch, 77])
        return [((x * np.exp(draw.normal(0, factor)) + draw.normal(0, size)).astype(np.float32), y) for x, y in batches]

    return spoil


@pytest.mark.parametrize(("size", "factor"), [(0.3, 0.0), (0.0, 0.2), (0.2, 0.1)])
@pytest.mark.parametrize("data", [numbers, photos])
def test_batches_that_move_their_samples(size: float, factor: float, data: Any) -> None:
    x, y = data(480) if data is photos else data(480, 16)
    said = ask_batches("NRM112", loader(x, y, moved(size * float(x.std()), factor))).finding
    assert (said.severity, said.splits) == ("warning", ("train",))
    assert said.evidence["explained"] > 0.8
    assert said.evidence["samples"] >= 100
    assert said.message.startswith("Samples of train are fed as other numbers in another epoch, and the batch ")


def test_what_a_batch_adds_is_measured() -> None:
    x, y = numbers(480, 8)

    def build(epoch: int = 0) -> Any:
        draw = np.random.default_rng(epoch)
        for rows in np.array_split(draw.permutation(480), 30):
            yield x[rows] + np.float32(0.3 * draw.choice([-1.0, 1.0])), y[rows], rows

    said = ask_batches("NRM112", build).finding
    assert said.evidence["known_by"] == "index"
    assert said.evidence["samples"] == 480
    assert said.evidence["size"] == pytest.approx(0.3, abs=0.05)
    assert said.evidence["explained"] > 0.99


def test_a_change_drawn_for_a_batch_is_a_note_where_changes_are_declared() -> None:
    said = ask_batches("NRM112", loader(*numbers(480, 16), moved(0.3)), augmented=True).finding
    assert said.severity == "note"


def changed(way: str, order: str) -> Any:
    """Return a loader whose samples are changed one by one, in some order."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 4, 480)
    x = (rng.normal(size=(480, 10)) + 2 * np.eye(10)[y]).astype(np.float32)

    def build(epoch: int = 0) -> Any:
        draw = np.random.default_rng([epoch, 5])
        rows = draw.permutation(480)
        if order == "by class":
            rows = rows[np.argsort(y[rows] + draw.random(480), kind="stable")]
        if order == "by size":
            rows = rows[np.argsort(x[rows, 0] + 0.3 * draw.random(480), kind="stable")]
        for here in np.array_split(rows, 24):
            fed = x[here].astype(np.float64)
            if way == "noise":
                fed = fed + draw.normal(0, 0.5, fed.shape)
            if way == "scaled":
                fed = fed * draw.uniform(0.5, 1.5, (len(here), 1))
            if way == "mixed":
                share = draw.beta(0.4, 0.4)
                fed = share * fed + (1 - share) * fed[draw.permutation(len(here))]
            if way == "dropped":
                fed = fed * (draw.random(fed.shape) > 0.3)
            if way == "heavy tails":
                fed = fed * np.exp(np.clip(draw.standard_cauchy(fed.shape) * 0.1, -9, 9))
            yield fed.astype(np.float32), y[here], here

    return build


@pytest.mark.parametrize("order", ["shuffled", "by class", "by size"])
@pytest.mark.parametrize("way", ["noise", "scaled", "mixed", "dropped", "heavy tails"])
def test_samples_changed_one_by_one_are_told_by_no_batch(way: str, order: str) -> None:
    assert not ask_batches("NRM112", changed(way, order)).findings
