"""BAT115: augmentation that hides the class, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dataaudit.model import Status
from tests.analyzers.asking import ask_batches


def loaders(noise: float, *, wrong_labels: bool = False, val: bool = True, n: int = 480) -> Callable[..., Any]:
    """Return a function of three clusters in eight dimensions, train with noise of some deviation."""
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, n + 120)
    x = (np.eye(8)[y] * 6 + rng.normal(0, 1, (n + 120, 8))).astype(np.float32)
    shown = np.where(np.arange(n + 120) < n, rng.permutation(y) if wrong_labels else y, y)

    def build(epoch: int = 0, split: str = "train") -> Any:
        draw = np.random.default_rng([epoch, 9])
        rows = draw.permutation(n) if split == "train" else np.arange(n, n + 120)
        for start in range(0, len(rows), 24):
            here = rows[start : start + 24]
            change = draw.normal(0, noise, (len(here), 8)) if split == "train" else 0.0
            yield (x[here] + change).astype(np.float32), shown[here]

    def alone(epoch: int = 0) -> Any:
        return build(epoch)

    return build if val else alone


def test_noise_that_drowns_the_class_is_found() -> None:
    said = ask_batches("BAT115", loaders(60.0), probe_seconds=3.0).finding
    assert (said.severity, said.splits) == ("warning", ("train",))
    assert said.evidence["validation_right"] > 0.7
    assert said.evidence["train_right"] < 0.45
    assert said.evidence["distance"] > 0.9
    assert said.message.startswith("the probe knows the classes of val, but not those of augmented train rows: ")


def test_light_augmentation_passes_with_its_numbers() -> None:
    said = ask_batches("BAT115", loaders(0.5), probe_seconds=3.0)
    assert said.status is Status.CLEAN
    assert said.measured.startswith("the probe still knows the classes of augmented rows: ")


def test_wrong_labels_in_train_are_another_fault() -> None:
    said = ask_batches("BAT115", loaders(0.05, wrong_labels=True), probe_seconds=3.0)
    assert not said.findings


def test_what_it_cannot_tell_is_said() -> None:
    assert ask_batches("BAT115", loaders(0.0)).reason == "training inputs do not change at random"
    assert ask_batches("BAT115", loaders(60.0, val=False)).reason == (
        "there is no validation loader, whose inputs are not augmented"
    )
    assert ask_batches("BAT115", loaders(60.0), epochs=1).reason == "one epoch was read, and it takes two to compare"
    assert ask_batches("BAT115", loaders(60.0), probe=False).reason == "the probe was switched off"
