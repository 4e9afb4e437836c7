"""What the rules on loaders share: the log of what was fed, and where in an epoch a sample stands."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

import numpy as np

from dataaudit.analyzers.common import ROW_CAP
from dataaudit.analyzers.order.drawn_samples import drawn_index
from dataaudit.model import CannotTell, Feeder, Feeding, Ints, NotApplicable, SplitView
from dataaudit.stats.batch_codes import sample_numbers
from dataaudit.stats.batch_log import BatchLog, BatchLogState

T = TypeVar("T")

TABLE_ROWS = 50
"""Rows of an evidence table; its "total" is always complete."""


def log_of(split: SplitView) -> BatchLogState:
    """Return the log of what a loader fed; raise NotApplicable where the data is none."""
    if split.context.kind != "batches":
        raise NotApplicable("the data does not come in batches")
    log = split.get(BatchLog())
    if not log.batches:
        raise NotApplicable("the data does not come in batches")
    return log


def cut_short(split: SplitView, log: BatchLogState, epoch: int) -> bool:
    """Return whether the reading of an epoch was stopped before its end, as asked for."""
    most = feeding_of(split).max_batches
    feeder = feeder_of(split)
    length = None if feeder is None else feeder.length
    return most is not None and len(log.epoch(epoch)) >= most and (length is None or length > most)


def epochs_of(split: SplitView) -> BatchLogState:
    """Return the log of a loader that was read for two epochs or more; raise CannotTell where it was not."""
    log = log_of(split)
    if len(log.epochs) < 2:
        asked = feeding_of(split).epochs
        raise CannotTell(
            "one epoch was read, and it takes two to compare"
            if asked < 2
            else "the loader could be read only once; pass a function that returns it"
        )
    return log


def feeding_of(split: SplitView) -> Feeding:
    """Return what is known of the loaders besides their batches."""
    return split.context.feeding or Feeding()


def found_of(split: SplitView) -> dict[str, Any]:
    """Return what the loader object says of itself."""
    return dict(feeding_of(split).found.get(split.name, {}))


def feeder_of(split: SplitView) -> Feeder | None:
    """Return the source that keeps the first batches, None for a saved profile."""
    source: object = split.source
    return source if isinstance(source, Feeder) else None


def of_kept(split: SplitView, key: Hashable, compute: Callable[[], T]) -> T:
    """Return what `compute` gives of the batches that a loader's source keeps, worked out once for that source.

    A loader that is watched is judged after every epoch, and keeps the same batches all the while.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    key : hashable
        What is worked out, and by which settings.
    compute : callable
        May look at the kept batches and at what the loader says of itself, not at the log.
    """
    feeder = feeder_of(split)
    if feeder is None:
        return compute()
    if key not in feeder.known:
        feeder.known[key] = compute()
    return cast("T", feeder.known[key])


def batch_at(log: BatchLogState, epoch: int, rows: Sequence[int] | Ints) -> tuple[Ints, Ints]:
    """Return the batch, and the position in it, of some rows of an epoch.

    Parameters
    ----------
    log : BatchLogState
        What was fed.
    epoch : int
        Number of the epoch.
    rows : sequence of int, shape (n,)
        Positions within the epoch, as fed.

    Returns
    -------
    batch, position : ndarray of int64, shape (n,)
        Number of the batch, and the place in it; both from 0.
    """
    batches = log.epoch(epoch)
    firsts = np.array([batch.first for batch in batches], dtype=np.int64)
    numbers = np.array([batch.number for batch in batches], dtype=np.int64)
    wanted = np.asarray(rows, dtype=np.int64)
    which = np.searchsorted(firsts, wanted, side="right") - 1
    return numbers[which], wanted - firsts[which]


def samples_at(split: SplitView, epoch: int, rows: Sequence[int] | Ints) -> list[int | str] | None:
    """Return the file, else the index, of the samples at some rows of an epoch; None where neither is known.

    Where the loader gives no index, the data set is drawn from; see `drawn_index`. A sample that is not found is "?".
    """
    log = log_of(split)
    given = sample_numbers(split)
    index = None if given is None else given[epoch]
    if index is None:
        index = drawn_index(split, log, epoch)
    if index is None:
        return None
    wanted = [int(i) for i in index[np.asarray(rows, dtype=np.int64)]]
    feeder = feeder_of(split)
    named = None if feeder is None else feeder.samples([i for i in wanted if i >= 0])
    names = iter(named or ())
    return ["?" if i < 0 else i if named is None else next(names) for i in wanted]


def places_table(split: SplitView, caption: str, places: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """Return an evidence table of where samples stand: epoch, batch, position, and the sample where it is known.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    caption : str
        Above the table.
    places : sequence of (epoch, row)
        Rows are positions within the epoch; the first `TABLE_ROWS` are listed.
    """
    log = log_of(split)
    rows: list[list[Any]] = []
    named = False
    for epoch, row in places[:TABLE_ROWS]:
        batch, position = batch_at(log, epoch, [row])
        sample = samples_at(split, epoch, [row])
        named = named or sample is not None
        rows.append([epoch, int(batch[0]), int(position[0]), *(sample or ["?"])])
    columns = ["epoch", "batch", "position", "sample"]
    if not named:
        rows, columns = [row[:3] for row in rows], columns[:3]
    return {"caption": caption, "columns": columns, "rows": rows, "total": len(places)}


def capped(rows: Sequence[int] | Ints) -> tuple[int, ...]:
    """Return row positions as a finding lists them."""
    return tuple(int(row) for row in rows[:ROW_CAP])
