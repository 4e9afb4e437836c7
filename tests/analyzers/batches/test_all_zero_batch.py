"""BAT111: empty batches, against the honest zeros of sparse data, masks and last batches of one row."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import Batch, loader, numbers, pictures


def test_a_batch_of_zeros() -> None:
    def spoil(batches: list[Batch], epoch: int) -> list[Batch]:
        batches[2][0][:] = 0
        return batches

    said = ask_batches("BAT111", loader(*pictures(), spoil)).finding
    assert said.message == (
        "Batch 2 of epoch 0, and 1 of later epochs of train (2 of 12 batches): every number of the inputs is zero"
    )
    assert (said.severity, said.splits) == ("error", ("train",))
    assert said.rows == tuple(range(32, 48))
    assert said.evidence["table"]["rows"] == [[0, 2, 16, "0"], [1, 2, 16, "0"]]


def test_black_that_was_normalised() -> None:
    x, y = pictures(64)
    black = np.broadcast_to(np.array([-2.118, -2.036, -1.804], np.float32)[:, None, None], (16, 3, 8, 8))
    batches = [(x[16 * i : 16 * i + 16], y[16 * i : 16 * i + 16]) for i in range(4)]
    said = ask_batches("BAT111", [*batches, (black, y[:16])], epochs=1).finding
    assert said.message == "Batch 4 of epoch 0 of train: the inputs are one colour (-2.118, -2.036, -1.804) throughout"


def test_one_input_of_two_and_only_in_val() -> None:
    x, y = numbers(64)
    good = [{"a": x[16 * i : 16 * i + 16], "b": x[16 * i : 16 * i + 16] + 1, "y": y[:16]} for i in range(4)]
    bad = [dict(batch) for batch in good]
    bad[1]["b"] = np.zeros((16, 5), np.float32)
    answer = ask_batches("BAT111", good, bad)
    assert answer.finding.message == (
        "Batch 1 of epoch 0, and 1 of later epochs of val (2 of 8 batches): every number of 'b' is zero"
    )


def test_tokens_that_are_all_padding() -> None:
    rng = np.random.default_rng(0)
    batches = [{"input_ids": rng.integers(1, 999, (16, 12)), "labels": rng.integers(0, 2, 16)} for _ in range(6)]
    batches[3]["input_ids"] = np.zeros((16, 12), np.int64)
    assert "batch 3" in ask_batches("BAT111", batches, epochs=1).finding.message.lower()


def test_everything_is_zero() -> None:
    batches = [(np.zeros((16, 5)), np.arange(16) % 2)] * 3
    assert ask_batches("BAT111", batches, epochs=1).finding.evidence["batches"] == 3


def sparse() -> list[Any]:
    """Word counts: half of the rows hold none of the words, and a last batch of three has none at all."""
    rng = np.random.default_rng(0)
    x = (rng.random((99, 6)) < 0.1).astype(np.float32) * rng.integers(1, 5, (99, 6))
    x[96:] = 0
    return [(x[i : i + 16], (x[i : i + 16, 0] > 0).astype(int)) for i in range(0, 99, 16)]


def last_of_one() -> list[Any]:
    x, y = numbers(33)
    x[32] = 0
    return [(x[:16], y[:16]), (x[16:32], y[16:32]), (x[32:], y[32:])]


def masks() -> list[Any]:
    x, y = numbers(64)
    return [
        {
            "input_values": x[16 * i : 16 * i + 16],
            "attention_mask": np.ones((16, 5)) * (i != 2),
            "token_type_ids": np.zeros((16, 5), np.int64),
            "labels": y[:16],
        }
        for i in range(4)
    ]


def flags_beside() -> list[Any]:
    x, y = numbers(64)
    return [((x[16 * i : 16 * i + 16], np.full((16, 2), int(i == 1))), y[:16]) for i in range(4)]


def empty_everywhere() -> list[Any]:
    x, y = numbers(64)
    return [{"image": x[16 * i : 16 * i + 16], "features": np.zeros((16, 2)), "label": y[:16]} for i in range(4)]


def dark_rows() -> list[Any]:
    """A batch in which most, not all, pictures are black."""
    x, y = pictures(64)
    x[17:32] = 0
    return [(x[16 * i : 16 * i + 16], y[:16]) for i in range(4)]


@pytest.mark.parametrize("make", [sparse, last_of_one, masks, flags_beside, empty_everywhere, dark_rows])
def test_zeros_that_are_honest(make: Any) -> None:
    assert ask_batches("BAT111", make(), epochs=1).status is Status.CLEAN


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 8])
def test_the_chance_of_an_empty_batch_is_that_of_independent_rows(rows: int) -> None:
    x, y = numbers(100)
    batches = [(x[i : i + 20], y[i : i + 20]) for i in range(0, 100, 20)]
    answer = ask_batches("BAT111", [*batches, (np.zeros((rows, 5)), y[:rows])], epochs=1)
    expected = rows > 1 and (1 / 102) ** rows < 1e-6
    assert (answer.status is Status.FOUND) is expected
