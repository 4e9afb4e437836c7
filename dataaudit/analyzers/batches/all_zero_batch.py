"""BAT111 all-zero-batch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import calling, is_mask, wheres
from dataaudit.analyzers.common import capital, number, plural
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, log_of
from dataaudit.model import Finding, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchRecord, LeafLog

Hit = tuple[BatchRecord, LeafLog]


@register
@dataclass(frozen=True)
class AllZeroBatch:
    """A batch whose inputs are all zero, or one colour.

    ## Why it matters
    Somewhere a buffer was allocated and not filled, or a read failed and was answered with zeros. The network is told
    that nothing at all has these labels, and batch normalisation divides by a deviation of zero.

    ## How it decides
    Every input of every batch of each epoch that is read: a batch is empty when all of its numbers are zero, or, for
    pictures, when each channel holds one value throughout (black that was normalised). Rows of zeros may be honest in
    sparse data, so a batch of them is an error only where chance would hardly make it: with the share q of such rows
    in the other batches, (k + 1)/(n + 2) for k of n, and r rows in the batch, q^r must be below `chance`. One row of
    zeros, as a last batch may be, is therefore none. Masks and whole numbers that are never above 1 (segment numbers,
    flags) are no inputs in this sense. Where an input that stands beside others is empty in every batch, NRM105
    reports it.

    ## What to do
    Load the named batch again, and look at what its samples are read from: missing files, a cache, a shared buffer.

    ## When to ignore it
    Silence, darkness or an absent input is what was measured, and such samples are meant to come together.

    ## When it cannot tell
    Where rows differ in shape or are text.
    """

    code: ClassVar[str] = "BAT111"
    name: ClassVar[str] = "all-zero-batch"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches labels on inputs that hold nothing"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    chance: float = option(1e-6, "largest probability of an empty batch, by the share of empty rows elsewhere")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        by_leaf: dict[str, list[Hit]] = {}
        for batch in log.batches:
            for leaf in batch.input_leaves:
                if batch.rows and leaf.mean.size and not is_mask(leaf.name):
                    by_leaf.setdefault(leaf.name, []).append((batch, leaf))
        judged = {name: hits for name, hits in by_leaf.items() if not _flags([leaf for _, leaf in hits])}
        for name, hits in judged.items():
            empty = [hit for hit in hits if _is_empty(hit[1], hit[0].rows)]
            if len(empty) == len(hits) and len(judged) > 1:
                continue
            found = self._beyond_chance(empty, hits)
            if found:
                yield _finding(name, found, len(hits), split)
        yield Passed(f"none of {plural(len(log.batches), 'batch', 'batches')} is empty")

    def _beyond_chance(self, empty: Sequence[Hit], hits: Sequence[Hit]) -> list[Hit]:
        if not empty:
            return []
        others = [hit for hit in hits if not any(hit[0] is e[0] for e in empty)]
        seen = sum(batch.rows for batch, _ in others)
        zero = sum(leaf.zeros for _, leaf in others)
        share = (zero + 1) / (seen + 2)
        return [hit for hit in empty if hit[0].rows > 1 and hit[0].rows * math.log(share) < math.log(self.chance)] or (
            list(empty) if not others and sum(batch.rows for batch, _ in empty) >= 10 else []
        )


def _flags(leaves: Sequence[LeafLog]) -> bool:
    """Return whether an input is whole numbers never above 1."""
    whole = all(not leaf.dtype.startswith(("float", "bfloat")) for leaf in leaves)
    return whole and max((leaf.high for leaf in leaves), default=0.0) <= 1


def _is_empty(leaf: LeafLog, rows: int) -> bool:
    if leaf.nans or leaf.infinities:
        return False
    if leaf.zeros == rows:
        return True
    picture = leaf.shape is not None and len(leaf.shape) >= 2 and leaf.axis is not None
    if not picture or leaf.std[0] > 1e-6 * max(1.0, abs(leaf.mean[0])):
        return False
    tiny = 1e-6 * np.maximum(1.0, np.abs(leaf.mean))  # the mean of equal single-precision numbers is not exact
    return bool((leaf.std <= tiny).all())


def _finding(name: str, found: Sequence[Hit], n_batches: int, split: SplitView) -> Finding:
    batches = [batch for batch, _ in found]
    first, leaf = found[0]
    zero = all(leaf.zeros == batch.rows for batch, leaf in found)
    rows = [row for b in batches if b.epoch == first.epoch for row in range(b.first, b.first + b.rows)]
    what = "zero" if zero else f"one colour ({', '.join(number(float(v)) for v in leaf.mean)})"
    of = "" if len(batches) == 1 else f" ({len(batches):,} of {n_batches:,} batches)"
    message = (
        f"{capital(wheres(batches))} of {split.name}{of}: every number of {calling(name, first)} is {what}"
        if zero
        else f"{capital(wheres(batches))} of {split.name}{of}: {calling(name, first)} are {what} throughout"
    )
    table: dict[str, Any] = {
        "caption": "Batches that are empty",
        "columns": ["epoch", "batch", "rows", "value"],
        "rows": [[b.epoch, b.number, b.rows, number(float(hit.low))] for b, hit in found[:TABLE_ROWS]],
        "total": len(found),
    }
    return Finding(
        message,
        rows=capped(rows),
        row_count=len(rows),
        evidence={"batches": len(batches), "of": n_batches, "table": table},
        place=name,
        fix="+ for number, (x, y) in enumerate(loader):\n+     assert x.std() > 0, number",
    )
