"""NRM112: batches scaled by their own statistics, one batch on another scale, and honest scales beside them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import Batch, loader, numbers, pictures


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
