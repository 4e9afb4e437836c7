"""NRM112 batches-scaled-apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import calling, is_mask, kept_batch, wheres
from dataaudit.analyzers.common import capital, number, plural
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, log_of
from dataaudit.model import Finding, Floats, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchRecord, LeafLog

Hit = tuple[BatchRecord, LeafLog]

_LEAST_BATCHES = 3
_LEAST_ROWS = 8
_MEAN, _STD = 1e-4, 1e-3
"""How far a batch may be from mean 0 and deviation 1, in single precision. A batch of 32 independent rows comes that
close to mean 0 with probability 2e-4 * sqrt(32) * 0.4, about 5e-4; three of them with 1e-10."""


@register
@dataclass(frozen=True)
class BatchesScaledApart:
    """Batches that were each scaled by their own statistics, or one on another scale than the rest.

    ## Why it matters
    Statistics of a batch depend on which samples happen to be in it: the same sample is fed as other numbers in every
    epoch, rows of a batch tell each other something, and in evaluation the score depends on the batch size. A batch in
    0..255 among batches in 0..1 moves the weights further than the hundred before it.

    ## How it decides
    Per batch: in each batch of 8 rows or more, of three or more, every input column (or channel) that varies has mean 0
    within 1e-4 and deviation 1 within 1e-3, over n or n - 1 rows. Independent rows come that close to mean 0 in three
    batches with a probability below 1e-9. Rows that are standardised one by one are told apart by their own means.
    Columns that run from exactly 0 to exactly 1 in every batch, each end reached by one row in four fifths of them, are
    scaled to 0..1 per batch.

    One on another scale: the deviation of its inputs is `times` that of the median batch, or a `times`-th of it, and so
    is the 90th percentile of their size, so that single outliers do not count; seven tenths of the batches must lie
    within a factor of two. That is an error. Batches that are empty or hold NaN are left to BAT110 and BAT111.

    ## What to do
    Fit mean and deviation once, on train, and use these for every batch of every split.

    ## When to ignore it
    Batch normalisation belongs into the network, where it is switched over for evaluation; in a loader, only where
    each batch is one recording or one patient that is scaled by itself on purpose.

    ## When it cannot tell
    With fewer than three batches of 8 rows; where batches are not kept, because the first ones fill 128 MB.
    """

    code: ClassVar[str] = "NRM112"
    name: ClassVar[str] = "batches-scaled-apart"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "feeds the same sample as other numbers in every batch"
    tips: ClassVar[tuple[str, ...]] = ("37.12", "37.14")

    times: float = option(8.0, "how many times as large, or as small, as the median the scale of a batch must be")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        by_leaf: dict[str, list[Hit]] = {}
        for batch in log.batches:
            for leaf in batch.input_leaves:
                if leaf.mean.size and not is_mask(leaf.name) and not (leaf.nans or leaf.infinities):
                    by_leaf.setdefault(leaf.name, []).append((batch, leaf))
        for name, hits in by_leaf.items():
            floats = [hit for hit in hits if hit[1].dtype.startswith(("float", "bfloat"))]
            if floats and (way := _per_batch(split, floats)):
                yield _own_scales(split, name, floats, way)
            else:
                odd = self._apart(split, hits)
                if odd:
                    yield _odd_scale(split, name, odd, hits)
        yield Passed(f"{plural(len(log.batches), 'batch', 'batches')} on one scale")

    def _apart(self, split: SplitView, hits: Sequence[Hit]) -> list[Hit]:
        """Return the batches whose inputs are on another scale than the median batch's."""
        every = _sizes([leaf for _, leaf in hits])
        counted = (np.array([batch.rows for batch, _ in hits]) >= 4) & (every > 0) & (every < np.inf)
        if counted.sum() < _LEAST_BATCHES:
            return []
        large, sizes = [hits[i] for i in np.flatnonzero(counted).tolist()], every[counted]
        usual = float(np.median(sizes))
        ratio = np.maximum(sizes / usual, usual / sizes)
        suspects = np.flatnonzero(ratio >= self.times)
        if not len(suspects) or (ratio <= 2.0).mean() < 0.7:
            return []
        middle = large[int(np.argmin(np.abs(sizes - usual)))]
        expected = _reach(split, middle)
        odd = []
        for i in suspects.tolist():
            reach = _reach(split, large[i])
            if reach and expected and max(reach / expected, expected / reach) >= self.times:
                odd.append(large[i])
        return odd


def _sizes(leaves: Sequence[LeafLog]) -> Floats:
    """Return the root mean square of the deviations of all channels of each; infinity beyond the range of floats."""
    with np.errstate(over="ignore"):
        if len({leaf.std.size for leaf in leaves}) == 1:
            return np.asarray(np.sqrt(np.mean(np.stack([leaf.std for leaf in leaves]) ** 2, axis=1)))
        return np.array([np.sqrt(np.mean(leaf.std**2)) for leaf in leaves], dtype=np.float64)


def _size(leaf: LeafLog) -> float:
    return float(_sizes([leaf])[0])


def _reach(split: SplitView, hit: Hit) -> float | None:
    """Return the 90th percentile of the size of a batch's numbers; None where it is not kept, or they are zero."""
    fed = kept_batch(split, hit[0])
    if fed is None:
        return None
    return float(np.quantile(np.abs(fed.leaves[hit[1].name].astype(np.float64)), 0.9)) or None


def _per_batch(split: SplitView, hits: Sequence[Hit]) -> str:
    """Return how batches were scaled by their own statistics: "standardised", "0 to 1", or "" where they were not."""
    whole = [hit for hit in hits if hit[0].rows >= _LEAST_ROWS]
    if len(whole) < _LEAST_BATCHES:
        return ""
    if all(_is_standard(leaf, batch.rows) for batch, leaf in whole):
        values = _values(split, whole[0])
        return "" if values is None or _row_by_row(values) else "standardised"
    first = whole[0][1]
    if first.shape is not None and len(first.shape) == 1 and all((x.low, x.high) == (0.0, 1.0) for _, x in whole):
        return "0 to 1" if _ends_once([v for hit in whole if (v := _values(split, hit)) is not None]) else ""
    return ""


def _is_standard(leaf: LeafLog, rows: int) -> bool:
    varies = leaf.std > 1e-6
    if not varies.any():
        return False
    std, mean = leaf.std[varies], leaf.mean[varies]
    corrected = std * np.sqrt(rows / (rows - 1))
    return bool((np.abs(mean) <= _MEAN).all()) and any(bool((np.abs(s - 1) <= _STD).all()) for s in (std, corrected))


def _values(split: SplitView, hit: Hit) -> Floats | None:
    fed = kept_batch(split, hit[0])
    return None if fed is None else fed.leaves[hit[1].name].astype(np.float64)


def _row_by_row(values: Floats) -> bool:
    """Return whether each row, or each channel of each row, has mean 0 by itself."""
    if values.ndim < 2:
        return False
    own = values.reshape(len(values), -1).mean(axis=1)
    if values.ndim == 4:
        first = values.shape[1] in (1, 3, 4) and values.shape[3] not in (1, 3, 4)
        channels = values.mean(axis=(2, 3) if first else (1, 2))
        return bool((np.abs(own) <= 1e-3).all() or (np.abs(channels) <= 1e-3).all())
    return bool((np.abs(own) <= 1e-3).all())


def _ends_once(batches: Sequence[Floats]) -> bool:
    """Return whether every column runs from 0 to 1 in each batch, with one row at each end in four fifths of them."""
    if len(batches) < _LEAST_BATCHES:
        return False
    zero = np.array([(values == 0).sum(axis=0) for values in batches])
    one = np.array([(values == 1).sum(axis=0) for values in batches])
    reached = ((zero > 0) & (one > 0)).all(axis=0)
    once = ((zero == 1) & (one == 1)).mean(axis=0) >= 0.8
    return bool(reached.all() and once.any())


def _own_scales(split: SplitView, name: str, hits: Sequence[Hit], way: str) -> Finding:
    batch, leaf = hits[0]
    what = (
        "have mean 0 and deviation 1 in every batch by itself"
        if way == "standardised"
        else "run from exactly 0 to exactly 1 in every batch by itself"
    )
    called = capital(calling(name, batch))
    return Finding(
        f"{called} of {split.name} {what} ({plural(len(hits), 'batch', 'batches')}, the first with mean "
        f"{number(float(np.abs(leaf.mean).max()))} at most): they were scaled by the statistics of the batch",
        splits=(split.name,),
        evidence={"table": _table(hits, "Scale of the batches")},
        place=f"per batch {name}",
        fix="- x = (x - x.mean(0)) / x.std(0)   # of the batch\n+ x = (x - mean) / std   # of train, fitted once",
    )


def _odd_scale(split: SplitView, name: str, odd: Sequence[Hit], hits: Sequence[Hit]) -> Finding:
    batches = [batch for batch, _ in odd]
    usual = float(np.median(_sizes([leaf for _, leaf in hits])))
    first = odd[0][1]
    rows = [row for b in batches if b.epoch == batches[0].epoch for row in range(b.first, b.first + b.rows)]
    return Finding(
        f"{capital(wheres(batches))} of {split.name}: {calling(name, batches[0])} run from {number(first.low)} to "
        f"{number(first.high)} with std {number(_size(first))}, where the median batch has std {number(usual)}: scaled "
        "by other steps?",
        splits=(split.name,),
        rows=capped(rows),
        row_count=len(rows),
        severity=Severity.ERROR,
        evidence={"table": _table(odd, "Batches on another scale")},
        place=f"apart {name}",
        fix="Look at what the samples of this batch have in common: a file type, a branch of the transforms.",
    )


def _table(hits: Sequence[Hit], caption: str) -> dict[str, Any]:
    return {
        "caption": caption,
        "columns": ["epoch", "batch", "mean", "std", "min", "max"],
        "rows": [
            [b.epoch, b.number, float(leaf.mean.mean()), _size(leaf), leaf.low, leaf.high]
            for b, leaf in hits[:TABLE_ROWS]
        ],
        "total": len(hits),
    }
