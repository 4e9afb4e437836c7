"""BAT116 slow-loader."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.order.batches_common import feeding_of, found_of, log_of
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchRecord

LEAST_BATCHES, LEAST_SECONDS = 8, 0.5
"""What an epoch must have after its first batches, for its times to say something."""


@register
@dataclass(frozen=True)
class SlowLoader:
    """A loader that the network waits for.

    ## Why it matters
    The accelerator stands still while the next batch is made: the same training, at a multiple of its price.

    ## How it decides
    While a network trains (`dataaudit.watch`, or the Lightning callback), the time from asking for a batch to having
    it is held against the time until the next is asked for, over the last epoch without its first batches, in which
    workers start. It is told where waiting takes `share` of the time or more.

    ## What to do
    Give the loader more workers, up to the number of cores, and keep them alive between epochs; store inputs decoded
    and at the size that they are fed in; do on the accelerator what can be done there.

    ## When to ignore it
    The network is tiny, or this machine is not the one that trains.

    ## When it cannot tell
    In an audit without training there is nothing to compare with; and in epochs of fewer than eight batches, or of less
    than half a second.
    """

    code: ClassVar[str] = "BAT116"
    name: ClassVar[str] = "slow-loader"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "keeps the network waiting"
    tips: ClassVar[tuple[str, ...]] = ("37.3",)

    share: float = option(0.3, "share of the time spent waiting for batches, from which it is told")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        if not feeding_of(split).watched:
            raise NotApplicable("no network trained on these batches; dataaudit.watch measures the waiting")
        said = found_of(split)
        workers = int(said.get("workers") or 0)
        batches = log.epoch(log.epochs[-1])[max(2, 2 * workers) :]
        waited, used = sum(b.waited for b in batches), sum(b.between for b in batches)
        if len(batches) < LEAST_BATCHES or waited + used < LEAST_SECONDS:
            raise CannotTell(f"{len(batches)} batches in {waited + used:.2f} s are too few to time")
        rows, share = sum(b.rows for b in batches), waited / (waited + used)
        if share < self.share:
            yield Passed(f"{share:.0%} of the time goes into waiting for batches")
            return
        yield Finding(
            f"{share:.0%} of the time goes into waiting for batches: {rows / (waited + used):,.0f} samples a second, "
            f"where {rows / used:,.0f} could be used" if used > 0 else "all of the time goes into waiting for batches",
            evidence=_evidence(batches, waited, used, workers),
            fix=_advice(said, workers),
        )  # fmt: skip


def _evidence(batches: list[BatchRecord], waited: float, used: float, workers: int) -> dict[str, Any]:
    slowest = max(batches, key=lambda b: b.waited)
    return {
        "batches": len(batches), "seconds waiting": round(waited, 3), "seconds in between": round(used, 3),
        "workers": workers, "cores": os.cpu_count(), "slowest batch": slowest.number,
        "seconds of the slowest": round(slowest.waited, 3),
    }  # fmt: skip


def _advice(said: Any, workers: int) -> str:
    """Return what to change in a DataLoader, by what it says of itself."""
    cores = os.cpu_count() or 1
    if workers == 0 and cores > 1:
        return f"- DataLoader(...)\n+ DataLoader(..., num_workers={min(cores, 8)}, persistent_workers=True)"
    if workers and not said.get("persistent"):
        return "+ persistent_workers=True   # workers are started anew in every epoch"
    if 0 < workers < cores:
        return f"- num_workers={workers}\n+ num_workers={cores}"
    return "Store the inputs decoded and at the size that they are fed in, or augment on the accelerator."
