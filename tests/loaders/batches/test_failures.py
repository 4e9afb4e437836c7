"""Loaders that fail in the middle of an epoch: where, why, and which samples are to blame."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dataaudit.api import audit_batches
from dataaudit.errors import SourceError
from dataaudit.loaders.batches.failures import last_line


class Samples:
    """A data set of pictures of which some differ in shape, or cannot be read."""

    def __init__(self, odd: tuple[int, ...] = (), broken: tuple[int, ...] = (), n: int = 64) -> None:
        self.odd, self.broken, self.n = odd, broken, n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> tuple[np.ndarray[Any, Any], int]:
        if i in self.broken:
            raise OSError(f"image file is truncated: {i}.png")
        return np.zeros((3, 8, 9 if i in self.odd else 8), np.float32), i % 4


class SequentialSampler:
    """What torch calls its sampler of samples in order."""


class Loader:
    """A loader with a data set below it, as torch's is."""

    def __init__(self, dataset: Samples, *, in_order: bool) -> None:
        self.dataset = dataset
        self.batch_size = 16
        self.sampler = SequentialSampler() if in_order else object()

    def __iter__(self) -> Iterator[Any]:
        for first in range(0, len(self.dataset), 16):
            samples = [self.dataset[i] for i in range(first, first + 16)]
            yield np.stack([x for x, _ in samples]), np.array([y for _, y in samples])


def said(loader: Any, **keywords: Any) -> str:
    with pytest.raises(SourceError) as caught:
        audit_batches(loader, select=["BAT"], **keywords)
    return str(caught.value)


def test_samples_of_another_shape_are_named_within_their_batch() -> None:
    assert said(Loader(Samples(odd=(20, 27)), in_order=True)) == (
        "train loader, epoch 0, batch 1: the loader failed: ValueError: all input arrays must have the same shape. "
        "Of this batch, samples 20, 27 differ from the others: '0' is (3, 8, 9) instead of (3, 8, 8).\n"
        "  Mend or leave out these samples in the data set."
    )


def test_an_unknown_order_is_searched_as_far_as_the_bound_goes() -> None:
    text = said(Loader(Samples(odd=(20,)), in_order=False))
    assert "Of the 64 samples that were asked for, sample 20 differs from the others" in text


def test_a_sample_that_cannot_be_read_is_named() -> None:
    text = said(Loader(Samples(broken=(35,)), in_order=True))
    assert "epoch 0, batch 2: the loader failed: OSError: image file is truncated: 35.png. Sample 35 of" in text


def test_nothing_is_blamed_where_all_samples_agree() -> None:
    def collate() -> Any:
        raise TypeError("collate_fn() takes 0 positional arguments")

    class Collating(Loader):
        def __iter__(self) -> Iterator[Any]:
            yield collate()

    text = said(Collating(Samples(), in_order=False))
    assert text == (
        "train loader, epoch 0, batch 0: the loader failed: TypeError: collate_fn() takes 0 positional arguments\n"
        "  Ask the loader for this batch alone; --debug shows the traceback."
    )


def test_the_validation_loader_and_later_epochs_are_told_apart() -> None:
    good = [(np.zeros((4, 3)), np.zeros(4))]

    def build(epoch: int = 0, split: str = "train") -> Iterator[Any]:
        yield from good
        if (epoch, split) == (1, "val"):
            raise KeyError("label")

    assert "val loader, epoch 1, batch 1: the loader failed: KeyError: 'label'" in said(build)


def test_a_function_that_fails() -> None:
    def build(epoch: int = 0) -> Any:
        raise FileNotFoundError(2, "No such file or directory", "data.npz")

    assert said(build) == (
        "The function failed for the train loader of epoch 0: FileNotFoundError: [Errno 2] No such file or directory: "
        "'data.npz'\n  Call it by hand first; --debug shows the traceback."
    )


def test_the_last_line_of_a_worker_is_what_it_raised() -> None:
    text = (
        "Caught RuntimeError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n"
        '  File "worker.py", line 1, in _worker_loop\nRuntimeError: stack expects each tensor to be equal size\n'
    )
    assert last_line(RuntimeError(text)) == "RuntimeError: stack expects each tensor to be equal size"
    assert last_line(MemoryError()) == "MemoryError"


def test_an_interrupt_is_not_held_up() -> None:
    def build() -> Iterator[Any]:
        yield np.zeros((4, 3)), np.zeros(4)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit_batches(build, select=["BAT"])
