"""Rules that were made for tables and folders, asked about what loaders feed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import dataaudit
from dataaudit import engine
from dataaudit.analyzers.batches.common import is_altered
from dataaudit.errors import SourceError
from dataaudit.loaders.batches import load_batches
from dataaudit.model import Feeding
from dataaudit.stats.batch_log import BatchLog
from tests.analyzers.asking import ask_batches
from tests.analyzers.batches.loaders import batched, numbers, photos, pictures


def replaced(epoch: int = 0, split: str = "train") -> list[Any]:
    """Draw with replacement."""
    x, y = pictures(96)
    rng = np.random.default_rng(epoch)
    order = np.arange(96) if split == "val" else rng.integers(0, 96, 96)
    return list(batched(x + (split == "val"), y, order=order))


def test_samples_that_a_loader_draws_twice_are_no_duplicate_rows() -> None:
    said = ask_batches("INP107", replaced).findings
    assert [f.severity for f in said] == ["note"]
    assert said[0].message.endswith(
        "drawn twice by the loader, or twice in its data set; BAT109 tells which where it can"
    )


def test_copies_in_the_data_set_are_told_by_their_index() -> None:
    x, y = numbers(96)
    x[50:60], y[50:60] = x[0], y[0]
    order = np.random.default_rng(0).permutation(96)
    batches = [(x[order[i : i + 16]], y[order[i : i + 16]], order[i : i + 16]) for i in range(0, 96, 16)]
    said = ask_batches("INP107", batches).finding
    assert (said.severity, said.row_count) == ("warning", 11)
    twice = [*batches, batches[0]]
    assert ask_batches("INP107", twice, epochs=1).finding.severity == "note"


@pytest.mark.parametrize("code", ["LAB103", "LAB104", "LAB105"])
def test_classes_are_not_counted_in_part_of_an_epoch(code: str) -> None:
    x, y = pictures(96)
    some = np.flatnonzero(y < 3)[:20]

    def build(split: str = "train") -> list[Any]:
        return list(batched(x[some], y[some])) if split == "train" else list(batched(x, y))

    answer = ask_batches(code, build, rows=96, validation_rows=96)
    assert (answer.status, answer.reason) == (
        "skipped",
        "the epoch of train shows 20 of 96 samples; BAT108 judges that",
    )


def balanced(split: str = "train") -> list[Any]:
    """Show three classes equally often, which are 80 to 10 to 10 in val."""
    x, _ = numbers(300)
    labels = np.repeat([0, 1, 2], [240, 30, 30]) if split == "val" else np.repeat([0, 1, 2], 100)
    return list(batched(x + 3 * (split == "val"), np.random.default_rng(1).permutation(labels)))


def test_a_weighted_sampler_moves_shares_on_purpose() -> None:
    assert ask_batches("LAB104", balanced).loud
    answer = ask_batches("LAB104", balanced, sampler="weighted")
    assert (answer.status, answer.reason) == (
        "not-applicable",
        "train is drawn by weights: its shares are those of the sampler",
    )


def noisy(epoch: int = 0, split: str = "train") -> list[Any]:
    """Add noise to train, other noise in every epoch."""
    x, y = pictures(96)
    rng = np.random.default_rng(epoch)
    return list(batched(x + rng.normal(size=x.shape).astype(np.float32) * (split == "train"), y))


@pytest.mark.parametrize(
    ("make", "feeding", "train"),
    [
        (noisy, Feeding(), True),
        (noisy, Feeding(epochs=1), False),
        (noisy, Feeding(epochs=1, augmented=True), True),
        (replaced, Feeding(), False),
    ],
)
def test_inputs_that_change_from_epoch_to_epoch_are_altered(
    make: Callable[..., Any], feeding: Feeding, train: bool
) -> None:
    data = load_batches(make, feeding=feeding)
    facts = engine.profile(data, (*engine.BASE, BatchLog()), stage=data.stage, jobs=1)
    splits = engine.views(facts, data.sources, feeding=data.feeding)
    assert {name: is_altered(split) for name, split in splits.items()} == {"train": train, "val": False}


# ---------------------------------------------------------------- scales of pictures

IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
CIFAR10 = (np.array([0.4914, 0.4822, 0.4465]), np.array([0.2470, 0.2435, 0.2616]))
Step = Callable[[NDArray[Any]], NDArray[Any]]


def normalised(preset: tuple[NDArray[Any], NDArray[Any]], x: NDArray[Any]) -> NDArray[Any]:
    mean, std = (part[:, None, None] for part in preset)
    scaled: NDArray[Any] = (x - mean) / std
    return scaled


def photographed(train: Step, val: Step | None = None, noise: float = 0.0) -> Callable[..., Any]:
    """Return loaders of photographs that went through a step, with noise on train's in every epoch."""
    x, y = photos(192)

    def build(epoch: int = 0, split: str = "train") -> list[Any]:
        if split == "val":
            return list(batched((val or train)(x[:64]).astype(np.float32), y[:64]))
        fed = train(x[64:])
        fed = fed + noise * np.random.default_rng(epoch).normal(size=fed.shape)
        return list(batched(fed.astype(np.float32), y[64:], order=np.random.default_rng(epoch).permutation(128)))

    return build


def test_statistics_for_unit_pixels_on_bytes_are_named() -> None:
    said = ask_batches("NRM101", photographed(lambda x: normalised(IMAGENET, 255 * x))).finding
    assert said.message.endswith("the statistics of ImageNet, made for 0..1, applied to 0..255")


def test_splits_normalised_for_two_presets() -> None:
    mixed = photographed(lambda x: normalised(IMAGENET, x), lambda x: normalised(CIFAR10, x))
    said = ask_batches("LEA104", mixed).finding
    assert said.message == "Pixels of val are normalised for CIFAR-10 where those of train are for ImageNet"
    assert not ask_batches("LEA104", photographed(lambda x: normalised(IMAGENET, x))).findings


@pytest.mark.parametrize("code", ["NRM101", "NRM102", "NRM103", "NRM108", "LEA104"])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_photographs_on_the_declared_scale_are_clean(code: str, noise: float) -> None:
    build = photographed(lambda x: normalised(IMAGENET, x), noise=noise)
    assert not ask_batches(code, build, preset="imagenet").loud


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda x: 255 * x, "NRM102"),
        (lambda x: x / 255, "NRM103"),
        (lambda x: normalised(IMAGENET, normalised(IMAGENET, x)), "NRM103"),
        (lambda x: x, "NRM108"),
        (lambda x: normalised(CIFAR10, x), "NRM108"),
        (lambda x: normalised((IMAGENET[0][::-1], IMAGENET[1][::-1]), x), "NRM108"),
    ],
)
def test_wrong_scales_are_errors(step: Step, code: str) -> None:
    assert ask_batches(code, photographed(step), preset="imagenet").finding.severity == "error"


def test_noise_does_not_hide_another_scale() -> None:
    build = photographed(lambda x: 255 * x, noise=0.3)
    assert ask_batches("NRM108", build, preset="imagenet").finding.severity == "error"


def test_whole_numbers_of_a_loader_may_be_codes() -> None:
    x, y = numbers(96)
    codes = np.random.default_rng(0).integers(0, 500, (96, 3))

    def fed(scale: float) -> list[Any]:
        return [({"size": scale * x[i : i + 16], "word": codes[i : i + 16]}, y[i : i + 16]) for i in range(0, 96, 16)]

    assert [f.severity for f in ask_batches("NRM101", fed(1.0)).findings] == ["note"]
    said = ask_batches("NRM101", fed(1000.0)).finding
    assert (said.severity, len(said.columns)) == ("warning", 5)


def odd_first(n: int = 96, size: int = 16) -> list[Any]:
    """Return batches of which the second has a column too many; rows 50 and 70 of the epoch are the same."""
    x, y = numbers(n)
    x[70], y[70] = x[50], y[50]
    batches = batched(x, y, size)
    batches[1] = (np.concatenate([batches[1][0], batches[1][0][:, :1]], axis=1), batches[1][1])
    return list(batches)


def test_small_batches_are_counted_together_and_logged_apart() -> None:
    x, y = numbers(9000)
    source = load_batches(list(batched(x, y, 1000)), feeding=Feeding(epochs=1)).sources["train"]
    chunks = list(source.chunks())
    assert [(c.start, c.n_rows) for c in chunks] == [(0, 4000), (4000, 4000), (8000, 1000)]
    assert [fed.first for c in chunks for fed in c.batches] == list(range(0, 9000, 1000))
    np.testing.assert_array_equal(np.concatenate([c.numbers[:5] for c in chunks], axis=1).T, x)
    np.testing.assert_array_equal(np.concatenate([c.numbers[5] for c in chunks]), y)


def test_rows_after_a_batch_of_another_form_keep_their_place_in_the_epoch() -> None:
    assert ask_batches("INP107", odd_first(), epochs=1, rows=96).finding.rows == (50, 70)
    data = load_batches(odd_first(), feeding=Feeding(epochs=1))
    source = data.sources["train"]
    assert [(c.start, c.n_rows, len(c.batches)) for c in source.chunks()] == [(0, 16, 1), (16, 0, 1), (32, 64, 4)]
    got = source.fetch([70, 3, 50])
    x, y = numbers(96)
    np.testing.assert_array_equal(got.numbers[:5].T, x[[50, 3, 50]])
    np.testing.assert_array_equal(got.numbers[5], y[[50, 3, 50]])
    for row in (20, 96, -1):
        with pytest.raises(SourceError, match=f"Row {row} is not among the 80 rows that are kept"):
            source.fetch([50, row])


def test_rows_of_a_watched_loader_keep_their_place_too() -> None:
    reports: list[Any] = []
    for _ in dataaudit.watch(odd_first(), on_epoch=reports.append, select=["INP107", "BAT112"]):
        pass
    found = {f.rule: f for f in reports[0].findings}
    assert found["INP107"].rows == (50, 70)
    assert found["BAT112"].rows == tuple(range(16, 32))
