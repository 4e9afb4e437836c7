"""BAT109 epoch-duplicates-samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.drawing import on_purpose, with_replacement
from dataaudit.analyzers.batches.repeats import explained
from dataaudit.analyzers.batches.shown import Shown, shown
from dataaudit.analyzers.common import percent, plural
from dataaudit.analyzers.order.batches_common import (
    TABLE_ROWS,
    batch_at,
    capped,
    found_of,
    log_of,
    samples_at,
)
from dataaudit.model import Bools, CannotTell, Finding, Ints, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog


@register
@dataclass(frozen=True)
class EpochDuplicatesSamples:
    """An epoch that shows samples twice.

    ## Why it matters
    A sample that comes twice counts twice in the loss and in every score. In streams that are read by several workers
    and not shared among them, each sample comes once a worker: an epoch is several, and takes as long.

    ## How it decides
    Counts how often each sample comes in an epoch, told by its number where the loader gives it, else by a hash of its
    input. Rows that are equal in the data are no fault of the loader: inputs that come equally often in every epoch
    are taken for such, as long as the epoch shows no more rows than there are samples (declared, or the length of
    the data set). Where inputs are changed at random, rows beyond the number of samples are counted. Samplers that
    draw with replacement on purpose are not blamed; where drawing with replacement is not declared, BAT108 says it;
    batches that come again as a whole are BAT106's. A last batch that is filled up with samples shown before is a
    note, and so is one repeated sample a process in a data set shared among processes.

    ## What to do
    Share a stream among its workers: itertools.islice(stream, worker.id, None, worker.num_workers), with
    torch.utils.data.get_worker_info(). Elsewhere, look for a list of files or indices that was joined with itself.

    ## When to ignore it
    Oversampling on purpose: declare it with sampler="weighted".

    ## When it cannot tell
    From one epoch where nothing says how many samples there are; where inputs change at random and have no number,
    which samples they are.
    """

    code: ClassVar[str] = "BAT109"
    name: ClassVar[str] = "epoch-duplicates-samples"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "counts some samples twice in every epoch"
    tips: ClassVar[tuple[str, ...]] = ("37.3",)

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log, seen = log_of(split), shown(split)
        extra = {epoch: seen.extra(epoch) for epoch in log.epochs}
        over = {epoch: seen.rows(epoch) - seen.n if seen.n is not None else 0 for epoch in log.epochs}
        again = {epoch: max(int(extra[epoch].sum()), over[epoch], 0) for epoch in log.epochs}
        worst = max(log.epochs, key=lambda epoch: again[epoch])
        if not again[worst]:
            if seen.by == "input" and len(log.epochs) < 2 and seen.n is None:
                raise CannotTell("one epoch was read, and nothing says how many samples there are")
            if not seen.steady and seen.n is None:
                raise CannotTell("the inputs change from epoch to epoch, and nothing says how many samples there are")
            yield Passed(f"no epoch of {split.name} shows a sample twice")
            return
        told = plural(again[worst], "row") + " show a sample again"
        if name := on_purpose(split):
            yield Passed(f"{told}: drawn with replacement on purpose ({name})")
        elif again[worst] <= explained(split, worst):
            yield Passed(f"{told}, all in batches that come again: BAT106 judges that")
        elif _instead(seen, worst, again[worst]):
            yield Passed(f"{told}, and as many samples do not come: BAT108 judges that")
        else:
            yield self._finding(split, seen, extra[worst], worst, again)

    def _finding(self, split: SplitView, seen: Shown, extra: Bools, worst: int, again: dict[int, int]) -> Finding:
        found = found_of(split)
        n, shown_rows = again[worst], seen.rows(worst)
        times = _times(seen, worst)
        workers = int(found.get("workers", 0))
        filled = _filled(split, seen, worst)
        pads = int(found.get("ranks", 0))
        whole = times > 1 and shown_rows == times * seen.distinct(worst)
        if whole:
            message = f"Every sample comes {times:,} times in epoch {worst} of {split.name} ({shown_rows:,} rows)"
            if workers == times and found.get("iterable", True):
                message += f", once for each of its {workers} workers: the stream is not shared among them"
        else:
            share = percent(n / shown_rows)
            message = f"Epoch {worst} of {split.name} shows a sample again in {n:,} of {shown_rows:,} rows ({share})"
            if seen.n is not None and shown_rows > seen.n:
                message += f": there are {seen.n:,} samples"
        if filled:
            message += ", all to fill up the last batch"
        others = [f"{count:,} in epoch {epoch}" for epoch, count in again.items() if epoch != worst and count]
        if others:
            message += f"; it is {', '.join(others[:3])}"
        rows = np.flatnonzero(extra)
        evidence: dict[str, Any] = {
            "samples": seen.n,
            "known_by": seen.by if seen.steady else "count",
            "epochs": [{"epoch": e, "rows": seen.rows(e), "again": count} for e, count in again.items()],
        }
        if len(rows):
            evidence["table"] = _table(split, seen, worst, rows)
        return Finding(
            message,
            rows=capped(rows),
            row_count=max(len(rows), n),
            severity=Severity.NOTE if filled or (pads and n <= pads) else None,
            evidence=evidence,
            place="filled" if filled else "",
            fix=_SHARE if whole and found.get("iterable", workers > 1) else _DECLARE,
        )


_SHARE = (
    "  def __iter__(self):\n"
    "+     worker = get_worker_info()\n"
    "+     first, step = (worker.id, worker.num_workers) if worker else (0, 1)\n"
    "-     yield from self.samples()\n"
    "+     yield from itertools.islice(self.samples(), first, None, step)"
)
_DECLARE = '+ audit_batches(loader, sampler="weighted")   # where samples come again on purpose'


def _instead(seen: Shown, epoch: int, again: int) -> bool:
    """Return whether rows show samples again in place of others, which do not come."""
    missing = seen.missing(epoch)
    if not missing or (seen.n is not None and seen.rows(epoch) > seen.n):
        return False
    slack = 1.0 if seen.n is not None else 1.25  # samples that came in no epoch are not counted as missing
    return with_replacement(seen, epoch) or again <= slack * missing + 1


def _times(seen: Shown, epoch: int) -> int:
    """Return how often every sample comes where all come equally often, else 0."""
    if not seen.steady:
        return 0
    counts = seen.counts[epoch][seen.counts[epoch] > 0]
    return int(counts[0]) if len(counts) and bool((counts == counts[0]).all()) else 0


def _filled(split: SplitView, seen: Shown, epoch: int) -> bool:
    """Return whether an epoch's repeats are all in its last batch, which they bring to the size of the others."""
    batches = log_of(split).epoch(epoch)
    last = batches[-1]
    extra = np.flatnonzero(seen.extra(epoch))
    if len({batch.rows for batch in batches}) > 1 or len(batches) < 2 or not len(extra):
        return False
    within = seen.ids[epoch][last.first :]
    shown_before = np.isin(within, seen.ids[epoch][: last.first]) | seen.extra(epoch)[last.first :]
    return len(extra) < last.rows and int(shown_before.sum()) >= len(extra) and bool((extra >= last.first).all())


def _table(split: SplitView, seen: Shown, epoch: int, rows: Ints) -> dict[str, Any]:
    log, ids = log_of(split), seen.ids[epoch]
    listed = rows[:TABLE_ROWS]
    wanted = ids[listed]
    order = np.argsort(ids, kind="stable")
    before = order[np.searchsorted(ids[order], wanted)]
    batch, position = batch_at(log, epoch, listed)
    batch_before, position_before = batch_at(log, epoch, before)
    samples = samples_at(split, epoch, listed)
    columns = ["epoch", "batch", "position", "first in batch", "at position"]
    lines = np.stack([np.full(len(listed), epoch), batch, position, batch_before, position_before], axis=1).tolist()
    if samples is not None:
        columns.append("sample")
        lines = [[*line, sample] for line, sample in zip(lines, samples, strict=True)]
    return {"caption": "Rows that show a sample again", "columns": columns, "rows": lines, "total": len(rows)}
