"""BAT112: one odd batch among alike ones, and the variety that is meant."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dataaudit.analyzers.batches.forms import told
from dataaudit.model import Status
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import Batch, loader, numbers, pictures


def spoilt(change: Any, at: int = 3) -> Any:
    def spoil(batches: list[Batch], epoch: int) -> list[Any]:
        batches[at] = change(*batches[at])
        return batches

    return spoil


def wide(n: int = 96) -> Batch:
    """Return pictures of 8 by 12 pixels, channels first."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, 3, 8, 12)).astype(np.float32), rng.integers(0, 4, n)


LAST = "channels last (HWC), where the others have them first (CHW)"

SPOILT: dict[str, tuple[Any, str]] = {
    "layout": (
        lambda x, y: (np.moveaxis(x, 1, -1), y),
        f"a row of the inputs is (8, 12, 3), in 10 of 12 batches (3, 8, 12): {LAST}",
    ),
    "swapped": (
        lambda x, y: (np.swapaxes(x, 2, 3), y),
        "a row of the inputs is (3, 12, 8), in 10 of 12 batches (3, 8, 12): width and height are swapped",
    ),
    "cropped": (
        lambda x, y: (x[:, :, :-1], y),
        "a row of the inputs is (3, 7, 12), in 10 of 12 batches (3, 8, 12)",
    ),
    "grey": (
        lambda x, y: (x[:, :1], y),
        "a row of the inputs is (1, 8, 12), in 10 of 12 batches (3, 8, 12)",
    ),
    "double": (lambda x, y: (x.astype(np.float64), y), "the inputs are float64; 10 of 12 batches have float32"),
    "bytes": (lambda x, y: (x.astype(np.uint8), y), "the inputs are uint8; 10 of 12 batches have float32"),
    "labels": (lambda x, y: (x, y.astype(np.float32)), "the labels are float32; 10 of 12 batches have int64"),
    "upright": (
        lambda x, y: (x, y[:, None]),
        "a row of the labels is (1,), in 10 of 12 batches one number: an axis of one more",
    ),
}


@pytest.mark.parametrize("name", SPOILT)
def test_one_batch_of_another_form(name: str) -> None:
    change, said = SPOILT[name]
    finding = ask_batches("BAT112", loader(*wide(), spoilt(change))).finding
    assert finding.message == f"Batch 3 of epoch 0, and 1 of later epochs of train: {said}"
    assert (finding.severity, finding.splits) == ("error", ("train",))
    assert finding.rows == tuple(range(48, 64))
    assert [row[:3] for row in finding.evidence["table"]["rows"]] == [[0, 3, 16], [1, 3, 16]]


def test_the_form_of_the_first_batch_need_not_be_the_usual_one() -> None:
    finding = ask_batches("BAT112", loader(*wide(), spoilt(SPOILT["layout"][0], at=0))).finding
    assert finding.message.startswith("Batch 0 of epoch 0")
    assert finding.rows == tuple(range(16))


def test_a_column_is_missing() -> None:
    finding = ask_batches("BAT112", loader(*numbers(), spoilt(lambda x, y: (x[:, :4], y)))).finding
    assert finding.message.endswith("a row of the inputs is (4,), in 10 of 12 batches (5,)")
    assert finding.severity == "error"


def test_a_key_is_missing() -> None:
    x, y = numbers()
    batches = [{"image": x[i : i + 16], "label": y[i : i + 16]} for i in range(0, 96, 16)]
    batches[4] = {"image": x[:16]}
    said = ask_batches("BAT112", batches, epochs=1).finding
    assert said.message == ("Batch 4 of epoch 0 of train lacks 'label'; 5 of 6 batches have 'image', 'label'")


def test_rows_that_differ_within_a_batch_are_named_with_their_samples() -> None:
    x, y = pictures()
    index = np.arange(96) + 1000
    batches = [(x[i : i + 16], y[i : i + 16], index[i : i + 16]) for i in range(0, 96, 16)]
    odd = list(x[32:48])
    odd[5] = np.zeros((3, 8, 9), np.float32)
    batches[2] = (odd, y[32:48], index[32:48])  # type: ignore[assignment]
    said = ask_batches("BAT112", batches, epochs=1).finding
    assert said.message == (
        "Batch 2 of epoch 0 of train: rows of inputs differ in shape: sample 1037 is (3, 8, 9), the others (3, 8, 8); "
        "in 5 batches all rows are alike"
    )


def test_dropped_samples() -> None:
    build = loader(*numbers(320), spoilt(lambda x, y: (x[1:], y[1:])))
    said = ask_batches("BAT112", build, batch_size=16).finding
    assert said.message == (
        "Batch 3 of epoch 0, and 1 of later epochs of train have 15 rows, the others 16: samples dropped, or added, on "
        "the way?"
    )
    assert said.severity == "warning"
    assert ask_batches("BAT112", build).finding.severity == "note"  # no batch size is known


def test_a_last_batch_of_one() -> None:
    x, y = numbers(33)
    answer = ask_batches("BAT112", loader(x, y))
    assert answer.finding.message == (
        "The last batch of train (batch 2 of epoch 0, and 1 of later epochs) has one row: batch normalisation fails on "
        "it, or divides by a deviation of zero"
    )
    assert answer.finding.severity == "warning"
    assert answer.finding.rows == (32,)
    train = [(x[:16], y[:16]), (x[16:32], y[16:32])]
    assert (
        ask_batches("BAT112", train, [*train, (x[32:], y[32:])]).status is Status.CLEAN
    )  # evaluation has no such need


def test_between_splits() -> None:
    x, y = wide()
    first = [(x[:16], y[:16]), (x[16:32], y[16:32])]
    last = [(np.moveaxis(a, 1, -1), b) for a, b in first]
    said = ask_batches("BAT112", first, last).finding
    assert said.message == f"A row of inputs is (8, 12, 3) in val and (3, 8, 12) in train: {LAST}"
    assert (said.severity, said.splits) == ("error", ("val",))
    double = ask_batches("BAT112", first, [(a.astype(np.float64), b) for a, b in first]).finding
    assert (double.severity, double.message) == ("warning", "The inputs are float64 in val and float32 in train")
    smaller = ask_batches("BAT112", first, [(a[..., :10], b) for a, b in first]).finding
    assert smaller.severity == "note"


# ---------------------------------------------------------------- meant


def tokens(lengths: list[int], seed: int = 0) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [
        {
            "input_ids": rng.integers(1, 999, (16, length)),
            "attention_mask": np.ones((16, length), np.int64),
            "labels": rng.integers(0, 2, 16),
        }
        for length in lengths
    ]


def films() -> list[Any]:
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(8, length, 13)), rng.integers(0, 2, 8)) for length in (40, 40, 40, 40, 40, 38, 40, 31)]


def scales() -> list[Any]:
    rng = np.random.default_rng(0)
    return [(rng.normal(size=(8, 3, s, s)), rng.integers(0, 2, 8)) for s in (16, 24, 32, 16, 32, 24, 24, 16)]


def boxes() -> list[Any]:
    rng = np.random.default_rng(0)
    pictures_of = [[rng.normal(size=(3, 8, int(w))) for w in rng.integers(8, 12, 4)] for _ in range(5)]
    return [(x, [{"boxes": np.zeros((2, 4))}] * 4) for x in pictures_of]


def sentences() -> list[Any]:
    return [(["a", "good film"], np.array([0, 1])), (["a longer sentence than those", "b"], np.array([1, 0]))]


def smaller_last() -> list[Any]:
    x, y = numbers(40)
    return [(x[i : i + 16], y[i : i + 16]) for i in range(0, 40, 16)]


def varied() -> list[Any]:
    """Rows by a budget of tokens."""
    x, y = numbers(96)
    edges = [0, 9, 22, 30, 47, 60, 75, 96]
    return [(x[a:b], y[a:b]) for a, b in pairwise(edges)]


@pytest.mark.parametrize(
    "make",
    [
        lambda: tokens([12, 30, 25, 17, 30, 30]),
        lambda: tokens([32, 32, 32, 32, 32, 32, 32, 32, 32, 28]),
        films,
        scales,
        boxes,
        sentences,
        smaller_last,
        varied,
    ],
)
def test_variety_that_is_meant(make: Any) -> None:
    answer = ask_batches("BAT112", make(), epochs=1)
    assert not answer.loud


def test_what_differs_by_design_is_noted() -> None:
    said = ask_batches("BAT112", scales(), epochs=1).finding
    assert said.message == (
        "Rows of inputs of train come in 3 shapes, from (3, 16, 16) to (3, 32, 32): several sizes on purpose?"
    )
    assert "padded batch by batch" in ask_batches("BAT112", tokens([12, 30, 25, 17]), epochs=1).findings[0].message


@pytest.mark.parametrize(
    ("odd", "usual", "said"),
    [
        ((32, 48, 3), (3, 32, 48), "channels last (HWC), where the others have them first (CHW)"),
        ((3, 32, 48), (32, 48, 3), "channels first (CHW), where the others have them last (HWC)"),
        ((3, 15, 16), (16, 16, 3), "channels first (CHW), where the others have them last (HWC), and of another size"),
        ((15, 16, 3), (1, 16, 16), "channels last (HWC), where the others have them first (CHW), and of another size"),
        ((3, 48, 32), (3, 32, 48), "width and height are swapped"),
        ((48, 32, 3), (32, 48, 3), "width and height are swapped"),
        ((48, 3, 32), (3, 32, 48), "the same axes in another order"),
        ((1, 28, 28), (28, 28), "an axis of one more"),
        ((28, 28), (28, 28, 1), "an axis of one less"),
        ((28, 28), (3, 28, 28), "2 axes a row instead of 3"),
        ((3, 30, 30), (3, 32, 32), ""),
    ],
)
def test_what_is_said_of_two_shapes(odd: tuple[int, ...], usual: tuple[int, ...], said: str) -> None:
    assert told(odd, usual) == said


def test_sequences_padded_batch_by_batch_may_be_longer_in_one_split() -> None:
    def build(epoch: int = 0, split: str = "train") -> Any:
        rng = np.random.default_rng(7)
        lengths = (40, 44, 44, 38, 44) if split == "train" else (20, 22, 20, 25, 20)
        return [(rng.normal(size=(8, n)).astype(np.float32), rng.integers(0, 2, 8)) for n in lengths]

    assert not ask_batches("BAT112", build).loud


def test_columns_that_one_split_lacks_are_no_padding() -> None:
    def build(epoch: int = 0, split: str = "train") -> Any:
        rng = np.random.default_rng(7)
        n = 44 if split == "train" else 20
        return [(rng.normal(size=(8, n)).astype(np.float32), rng.integers(0, 2, 8)) for _ in range(5)]

    said = ask_batches("BAT112", build).finding
    assert said.message == "A row of inputs is (20,) in val and (44,) in train"
