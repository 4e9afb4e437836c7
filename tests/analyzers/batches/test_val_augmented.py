"""BAT114: validation inputs that change from epoch to epoch, and those that only come in another order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dataaudit.analyzers.batches.augmented import difference
from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask_batches

Change = Callable[[NDArray[Any], np.random.Generator], NDArray[Any]]


def pictures(n: int = 90) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return smooth pictures of 12 pixels a side and their classes."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, n)
    coarse = rng.normal(size=(n, 4, 4, 3))
    x = np.repeat(np.repeat(coarse, 3, axis=1), 3, axis=2) + rng.normal(0, 0.2, (n, 12, 12, 3))
    return x.astype(np.float32), y


def plain(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x


def noisy(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x + rng.normal(0, 0.1, x.shape).astype(np.float32)


def erased(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    i, j = rng.integers(0, 9, 2)
    x = x.copy()
    x[i : i + 4, j : j + 4] = 0
    return x


def moved(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    i, j = rng.integers(0, 5, 2)
    padded = np.pad(x, ((2, 2), (2, 2), (0, 0)))
    return padded[i : i + 12, j : j + 12]


def mirrored(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x[:, ::-1] if rng.random() < 0.5 else x


def bright(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x * np.float32(rng.uniform(0.6, 1.4))


def rounded(x: NDArray[Any], rng: np.random.Generator) -> NDArray[Any]:
    return x * np.float32(1 + rng.choice([0, 2e-7]))


def loaders(change: Change, order: str = "fixed", index: bool = False) -> Callable[..., Any]:
    """Return a function that gives train as it is and val changed, in batches of 16."""
    x, y = pictures()

    def build(epoch: int = 0, split: str = "train") -> Any:
        rng = np.random.default_rng([epoch, split == "val"])
        rows = np.arange(len(x))
        if split == "train" or order == "shuffled":
            rows = rng.permutation(len(x))
        elif order == "replaced":
            rows = rng.integers(0, len(x), len(x))
        for start in range(0, len(x), 16):
            here = rows[start : start + 16]
            fed = x[here] if split == "train" else np.stack([change(v, rng) for v in x[here]])
            yield (fed, y[here], here) if index else (fed, y[here])

    return build


def of_val(build: Any, **keywords: Any) -> Answer:
    said = ask_batches("BAT114", build, **keywords)
    return Answer(said.findings, tuple(o for o in said.outcomes if o.split == "val"))


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (noisy, "noise"),
        (erased, "patches filled with one value"),
        (moved, "shifted"),
        (mirrored, "mirrored"),
        (bright, "brightness or contrast"),
    ],
)
@pytest.mark.parametrize(("order", "index"), [("fixed", False), ("fixed", True), ("shuffled", True)])
def test_random_changes_are_found_and_named(change: Change, kind: str, order: str, index: bool) -> None:
    said = of_val(loaders(change, order, index)).finding
    assert (said.severity, said.splits) == ("warning", ("val",))
    assert max(said.evidence["kinds"], key=said.evidence["kinds"].get) == kind
    known = "by their index" if index else "by the order of their labels"
    assert f"though they are the same samples, known {known}: {kind}" in said.message
    assert said.figure is not None
    assert len(said.figure["pairs"]) == min(12, sum(said.evidence["kinds"].values()))


def test_the_rows_are_those_that_changed() -> None:
    build = loaders(mirrored)
    first, second = (np.concatenate([x for x, _ in build(epoch, "val")]) for epoch in (0, 1))
    changed = np.flatnonzero((first != second).any(axis=(1, 2, 3)))
    said = of_val(build).finding
    assert said.rows == tuple(changed.tolist())
    assert said.message.startswith(f"{len(changed)} of 90 samples of val (")
    assert said.evidence["table"]["rows"][0] == [0, *divmod(int(changed[0]), 16)]


def test_shuffled_without_an_index_is_found_where_epochs_hold_all_samples() -> None:
    said = of_val(loaders(noisy, "shuffled"), validation_rows=90).finding
    assert said.message.startswith("90 of 90 samples of val (100 %) differ between epochs 0 and 1")
    assert "known since each epoch has as many as there are" in said.message
    unknown = of_val(loaders(noisy, "shuffled"))
    assert unknown.status is Status.SKIPPED
    assert unknown.reason == (
        "90 of 90 samples of epoch 1 were not fed in epoch 0, and nothing says whether they are the same samples"
    )


@pytest.mark.parametrize("order", ["fixed", "shuffled", "replaced"])
def test_another_order_or_another_draw_is_no_augmentation(order: str) -> None:
    assert not of_val(loaders(plain, order), validation_rows=90).findings


def test_rounding_is_a_note() -> None:
    said = of_val(loaders(rounded)).finding
    assert said.severity == "note"
    assert said.message.endswith("of their largest number: rounding")


def test_one_epoch_is_not_enough() -> None:
    said = of_val(loaders(noisy), epochs=1)
    assert (said.status, said.reason) == (Status.SKIPPED, "one epoch was read, and it takes two to compare")


def test_a_few_samples_that_differ_are_not_augmentation() -> None:
    x, y = pictures()

    def build(epoch: int = 0, split: str = "train") -> Any:
        fed = x.copy()
        fed[:2] += epoch
        return [(fed[i : i + 16], y[i : i + 16]) for i in range(0, 90, 16)]

    assert of_val(build).measured == "2 of 90 samples differ between two epochs, fewer than 5%"


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_a_version_differs_from_itself_in_nothing_and_both_ways_alike(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 6, 1)).astype(np.float32)
    y = noisy(x, rng)
    assert difference(x, x, 1.0).kind == ""
    assert difference(x, y, 1.0).size == pytest.approx(difference(y, x, 1.0).size)
    assert difference(x, x[:, ::-1], 1.0).kind == "mirrored"
    assert difference(x, x[::-1], 1.0).kind == "turned upside down"


def sequences(*, noise: float = 0.0, index: bool = True) -> Any:
    """Return loaders of sequences of 10 to 60 numbers, padded to the longest of a batch; val's order has ties."""
    rng = np.random.default_rng(3)
    lengths, y = rng.integers(10, 60, 360), rng.integers(0, 3, 360)
    rows = [(rng.normal(size=n) + c).astype(np.float32) for n, c in zip(lengths, y, strict=True)]

    def build(epoch: int = 0, split: str = "train") -> Any:
        draw = np.random.default_rng([epoch, split == "val"])
        some = np.arange(240) if split == "train" else np.arange(240, 360)
        order = some[np.argsort(lengths[some] // 12 + draw.random(len(some)), kind="stable")]
        for start in range(0, len(order), 20):
            here = np.sort(order[start : start + 20])
            longest = int(lengths[here].max())
            fed = np.stack([np.pad(rows[i], (0, longest - len(rows[i]))) for i in here])
            if split == "val":
                fed += draw.normal(0, noise, fed.shape).astype(np.float32) if noise else 0
            yield {"inputs": fed, "label": y[here], **({"index": here} if index else {})}

    return build


@pytest.mark.parametrize("index", [True, False])
def test_padding_to_another_length_is_no_augmentation(index: bool) -> None:
    val = {o.split: o for o in ask_batches("BAT114", sequences(index=index)).outcomes}["val"]
    assert val.measured == "all 120 samples of epoch 1 were fed in epoch 0, but for their padding"
    assert not ask_batches("BAT112", sequences(index=index)).loud


def test_augmented_sequences_are_found_whatever_their_padding() -> None:
    assert ask_batches("BAT114", sequences(noise=0.1)).finding.severity == "warning"
