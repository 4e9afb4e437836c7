"""Which samples of the data set were fed, where the loader does not say: found by drawing each once more."""

from __future__ import annotations

import time

import numpy as np

from dataaudit.model import Drawable, Ints, SplitView
from dataaudit.stats.batch_log import BatchLogState, record

MOST_DRAWN = 50_000
"""Samples beyond which a data set is not drawn from."""

SECONDS = 10.0
"""Time after which drawing is given up."""


def drawn_index(split: SplitView, log: BatchLogState, epoch: int) -> Ints | None:
    """Return the number of each sample of an epoch by what it holds, shape (n,), -1 where it is not found.

    Every sample is drawn from the data set once, with the random states put back, and held against what was fed. None
    where the data set changes its samples at random (its first one, drawn twice, differs), where none of them was fed
    as it is drawn, or where there is no data set with positions.

    Cost: one pass over the data set, at most `MOST_DRAWN` samples and `SECONDS` seconds, and only for loaders in which
    something was found.
    """
    known = split.context.once(("samples drawn", split.name), lambda: _drawn(split))
    if not known:
        return None
    found = np.array([known.get(int(word), -1) for word in log.samples(epoch)], dtype=np.int64)
    return found if bool((found >= 0).any()) else None


def _drawn(split: SplitView) -> dict[int, int]:
    source: object = split.source
    if not isinstance(source, Drawable):
        return {}
    samples = source.drawn(MOST_DRAWN)
    if samples is None:
        return {}
    known: dict[int, int] = {}
    began = time.perf_counter()
    for place, (number, fed) in enumerate(samples):
        known.setdefault(int(record(fed, {}).samples[0]), number)
        changes = place == 1 and len(known) > 1
        if changes or time.perf_counter() - began > SECONDS:
            return {}
    return known
