"""A trial with two workers: whether a data set's random augmentation differs between them."""

from __future__ import annotations

import random
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.leaves import Leaves, leaves_of

SAMPLES = 4
"""Samples of the data set that both workers are asked for."""

TIMES = (2, 8)
"""How often each is asked for; more often where a first round leaves it open, as mirroring half of the time does."""

SECONDS = 60
"""Longest wait for a worker's batch."""


def worker_trial(loader: Any) -> dict[str, Any] | None:
    """Ask two workers for the same few samples, and return whether what they add at random is the same.

    The loader's own data set, `collate_fn`, `worker_init_fn` and start method are used, as training uses them. Workers
    have copies of the data set, so that nothing of the caller's is moved; the random states of torch, NumPy and Python
    are put back.

    Parameters
    ----------
    loader : object
        A loader. Only torch's DataLoader over a data set with positions, and with workers, is tried.

    Returns
    -------
    dict or None
        None where it is no such loader. "samples" (asked for of each worker), "random" (a sample that is asked for
        twice differs), "equal" (both workers gave the same, though random), "seconds", "start" (how workers were
        started); "failed" (why it came to nothing) in place of "random" and "equal".

    Notes
    -----
    Costs the start of two workers, 64 samples of each at most, and never waits longer than `SECONDS` for a batch. One
    worker may give what the other gives by accident only if the augmentation is coarse; then 32 samples must agree.
    """
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(loader, torch.utils.data.DataLoader) or not loader.num_workers:
        return None
    if isinstance(loader.dataset, torch.utils.data.IterableDataset) or not len(loader.dataset):
        return None
    began = time.perf_counter()
    n = len(loader.dataset)
    picks = sorted({round(i * (n - 1) / (SAMPLES - 1)) for i in range(SAMPLES)})
    context = loader.multiprocessing_context
    start = context.get_start_method() if context is not None else torch.multiprocessing.get_start_method()
    said: dict[str, Any] = {"start": start}
    try:
        with states_kept(torch), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's advice on numbers of workers was given to the caller already
            for times in TIMES:
                said |= _round(torch, loader, picks, times)
                if not said["open"]:
                    break
    except (RuntimeError, SourceError, OSError, TypeError, ValueError, IndexError, KeyError, AttributeError) as error:
        said["failed"] = str(error).strip().splitlines()[-1][:200] if str(error).strip() else type(error).__name__
    said.pop("open", None)
    return {**said, "seconds": time.perf_counter() - began}


def _round(torch: Any, loader: Any, picks: Sequence[int], times: int) -> dict[str, Any]:
    asked = list(picks) * times
    trial = torch.utils.data.DataLoader(
        loader.dataset, batch_sampler=[asked, list(asked)], num_workers=2, collate_fn=loader.collate_fn,
        worker_init_fn=loader.worker_init_fn, multiprocessing_context=loader.multiprocessing_context,
        generator=torch.Generator().manual_seed(0), timeout=SECONDS,
    )  # fmt: skip
    batches = iter(trial)
    try:
        left, right = (leaves_of(batch, f"worker {i}") for i, batch in enumerate(batches))
    finally:
        batches._shutdown_workers()  # also where a batch never came, so that no process is left behind
    size = len(picks)
    again = [_same(left, left, i, i + size) for i in range(size * (times - 1))]
    equal = all(_same(left, right, i, i) for i in range(len(asked)))
    return {
        "samples": len(asked),
        "random": not all(again),
        "equal": not all(again) and equal,
        # a worker that sometimes repeats itself may agree with the other by accident; one that never varied may yet
        "open": equal and any(again),
    }


def _same(left: Leaves, right: Leaves, i: int, j: int) -> bool:
    """Return whether two rows are the same in every part."""
    return left.keys() == right.keys() and all(_alike(left[name][i], right[name][j]) for name in left)


def _alike(a: Any, b: Any) -> bool:
    x, y = np.asarray(a), np.asarray(b)
    return np.array_equal(x, y, equal_nan=x.dtype.kind in "fc" and y.dtype.kind in "fc")


@contextmanager
def states_kept(torch: Any) -> Iterator[None]:
    """Put the random states of Python, NumPy and torch (None where it is not loaded) back at the end."""
    kept = random.getstate(), np.random.get_state(), torch and torch.get_rng_state()  # noqa: NPY002 - the user's state
    try:
        yield
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(kept[2])
