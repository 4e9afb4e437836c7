"""BAT110 batch-nan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import calling, is_mask, kept_batch, place_name, where, wheres
from dataaudit.analyzers.common import plural
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, log_of, samples_at
from dataaudit.model import Finding, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchLogState, BatchRecord, LeafLog


@register
@dataclass(frozen=True)
class BatchNan:
    """NaN or infinity in what a loader feeds.

    ## Why it matters
    One NaN in one batch makes the loss NaN, and the gradient, and from then on every weight. The training goes on and
    learns nothing more; the message, if there is one, names no sample.

    ## How it decides
    Every number of every batch is looked at, in each epoch that is read, inputs and targets of every loader; exactly.
    The finding names the epoch, the batch, the row in the batch, the channel or column, and the sample where the
    loader says which it is. Left out: inputs whose name says that they are a mask or a bias (additive masks hold -inf
    on purpose), leaves that are neither inputs nor target, and targets of several columns in which at least `masked`
    of the rows of most batches hold NaN: there, NaN says that a task has no label.

    ## What to do
    Read the named sample, and mend the step that makes it: a division by a deviation of zero, a logarithm of zero, a
    file that is broken, float16 that overflows. `assert torch.isfinite(x).all()` in the data set finds it early.

    ## When to ignore it
    The network or the loss takes NaN for missing, and was told so.

    ## When it cannot tell
    Where the data does not come in batches.
    """

    code: ClassVar[str] = "BAT110"
    name: ClassVar[str] = "batch-nan"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "turns the loss, and then every weight, into NaN"
    tips: ClassVar[tuple[str, ...]] = ("37.37",)

    masked: float = option(0.05, "share of rows with NaN in a target of several columns that is taken for a mask")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        hits: dict[str, list[tuple[BatchRecord, LeafLog]]] = {}
        for batch in log.batches:
            for leaf in batch.leaves:
                fed = leaf.name in batch.inputs or leaf.name == batch.target
                if (leaf.nans or leaf.infinities) and fed and not is_mask(leaf.name):
                    hits.setdefault(leaf.name, []).append((batch, leaf))
        for name, batches in hits.items():
            if not self._by_design(name, batches, log):
                yield _finding(name, batches, split)
        yield Passed(f"every number of {plural(len(log.batches), 'batch', 'batches')} is finite")

    def _by_design(self, name: str, hits: Sequence[tuple[BatchRecord, LeafLog]], log: BatchLogState) -> bool:
        batch, leaf = hits[0]
        if name != batch.target or not leaf.shape or max(leaf.shape) < 2 or any(hit.infinities for _, hit in hits):
            return False
        many = sum(hit.nans >= self.masked * batch.rows for batch, hit in hits)
        return 2 * many > len(log.batches)


def _finding(name: str, hits: Sequence[tuple[BatchRecord, LeafLog]], split: SplitView) -> Finding:
    batches = [batch for batch, _ in hits]
    first, leaf = hits[0]
    nans, infinities = sum(hit.nans for _, hit in hits), sum(hit.infinities for _, hit in hits)
    what = " and ".join(
        [f"{nans:,} NaN"] * (nans > 0) + [plural(infinities, "infinity", "infinities")] * (infinities > 0)
    )
    row, place = leaf.cells[0]
    samples = samples_at(split, first.epoch, [first.first + row])
    sample = "" if samples is None else f" (sample {samples[0]})"
    at = "" if not place else f", {place_name(leaf, place)}"
    message = f"{what} in {calling(name, first)} of {split.name}: row {row}{sample} of {where(first)}{at}"
    if len(batches) > 1:
        message += f"; {plural(len(batches), 'batch has', 'batches have')} some: {wheres(batches)}"
    placed = [
        batch.first + i for batch, hit in hits if batch.epoch == first.epoch for i in _odd_rows(split, batch, hit)
    ]
    return Finding(
        message,
        columns=("y",) if name == first.target else (),
        rows=capped(placed),
        row_count=len(placed),
        evidence={"nan": nans, "infinite": infinities, "batches": len(batches), "table": _table(hits, split)},
        place=name,
        fix=(
            f"+ x, y = dataset[{samples[0]}]   # look at this sample first\n"
            if samples is not None and isinstance(samples[0], int)
            else ""
        )
        + "+ assert np.isfinite(x).all(), i   # in the data set's __getitem__, where the sample is known",
    )


def _odd_rows(split: SplitView, batch: BatchRecord, leaf: LeafLog) -> list[int]:
    """Return the rows of a batch that hold a number that is not finite; the first ones where it is not kept."""
    fed = kept_batch(split, batch)
    if fed is None or leaf.name not in fed.leaves:
        return sorted({row for row, _ in leaf.cells})
    flat = fed.leaves[leaf.name].reshape(fed.rows, -1)
    odd: list[int] = np.flatnonzero(~np.isfinite(flat).all(axis=1)).tolist()
    return odd


def _table(hits: Sequence[tuple[BatchRecord, LeafLog]], split: SplitView) -> dict[str, Any]:
    rows: list[list[Any]] = []
    named = False
    for batch, leaf in hits:
        for row, place in leaf.cells:
            if len(rows) == TABLE_ROWS:
                break
            samples = samples_at(split, batch.epoch, [batch.first + row])
            named = named or samples is not None
            rows.append([batch.epoch, batch.number, row, place_name(leaf, place), samples[0] if samples else ""])
    columns = ["epoch", "batch", "position", "place", "sample"]
    if not named:
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    total = sum(leaf.nans + leaf.infinities for _, leaf in hits)
    return {"caption": "The first numbers that are not finite", "columns": columns, "rows": rows, "total": total}
