"""NRM112 batches-scaled-apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import calling, is_mask, kept_batch, wheres
from dataaudit.analyzers.common import capital, number, percent, plural
from dataaudit.analyzers.normalization.own_scales import LEAST_BATCHES, Hit, own_scale
from dataaudit.analyzers.normalization.wandering import Wandering, wandering
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, feeding_of, log_of
from dataaudit.model import Finding, Floats, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, LeafLog


@register
@dataclass(frozen=True)
class BatchesScaledApart:
    """Batches that were each scaled by their own statistics, or one on another scale than the rest.

    ## Why it matters
    Statistics of a batch depend on which samples happen to be in it: the same sample is fed as other numbers in every
    epoch, rows of a batch tell each other something, and in evaluation the score depends on the batch size. A batch in
    0..255 among batches in 0..1 moves the weights further than the hundred before it.

    ## How it decides
    Per batch: in each batch of 8 rows or more, of three or more, the numbers have what scaling by the batch's own
    statistics leaves behind: every input column (or channel) that varies has mean 0 within 1e-3 and deviation 1 within
    1e-3, over n or n - 1 rows, or all numbers together have; or mean 0 alone, within 1e-4 deviations (1e-3 of
    pictures, whose sums are less exact); or median 0 and interquartile range 1; or columns run from exactly 0, or -1,
    to exactly 1, or have a largest size of exactly 1, each end reached by one row in four fifths of the batches.
    Independent rows come that close in three batches with a probability below 1e-9. Rows that are standardised one by
    one are told apart by their own means, and columns of few values are left out.

    Other numbers for the same sample: where training inputs differ between two epochs, samples that are known again
    in both (by index, or by look) are compared, 100 or more. A straight line for each batch, for each column or
    channel, fitted to four fifths of the samples, predicts the difference of the others. It is flagged where batches
    explain `explained` of the squared difference that one line for all of them leaves, and add `size` standard
    deviations or more: samples changed at random one by one are explained by no batch (below 0 in all of 76 such
    loaders, `benchmarks/batches_that_move.py`), and what is in a batch drops out, as each sample is held against
    itself. It is a note where it was declared that inputs change at random, as one random change may be drawn for a
    whole batch.

    One on another scale: the deviation of its inputs is `times` that of the median batch, or a `times`-th of it, and so
    is the 90th percentile of their size, so that single outliers do not count; seven tenths of the batches must lie
    within a factor of two. That is an error. Batches that are empty or hold NaN are left to BAT110 and BAT111.

    ## What to do
    Fit mean and deviation once, on train, and use these for every batch of every split.

    ## When to ignore it
    One random change (of brightness, of volume) is drawn for a whole batch on purpose. Batch normalisation belongs into
    the network, where it is switched over for evaluation; in a loader, only where each batch is one recording or one
    patient that is scaled by itself on purpose.

    ## When it cannot tell
    With fewer than three batches of 8 rows; where batches are not kept, because the first ones fill 128 MB. Other
    numbers for the same sample: from one epoch, where epochs come in one order, where fewer than 100 samples are known
    again, and where inputs without an index change so much that they are not.
    """

    code: ClassVar[str] = "NRM112"
    name: ClassVar[str] = "batches-scaled-apart"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "feeds the same sample as other numbers in every batch"
    tips: ClassVar[tuple[str, ...]] = ("37.12", "37.14")

    times: float = option(8.0, "how many times as large, or as small, as the median the scale of a batch must be")

    explained: float = option(
        0.5, "share of what samples differ by that their batches explain, from which it is flagged"
    )

    size: float = option(0.05, "deviations that a batch adds (root mean square), from which it is flagged")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        by_leaf: dict[str, list[Hit]] = {}
        for batch in log.batches:
            for leaf in batch.input_leaves:
                if leaf.mean.size and not is_mask(leaf.name) and not (leaf.nans or leaf.infinities):
                    by_leaf.setdefault(leaf.name, []).append((batch, leaf))
        found = []
        for name, hits in by_leaf.items():
            floats = [hit for hit in hits if hit[1].dtype.startswith(("float", "bfloat"))]
            if floats and (way := own_scale(split, floats)):
                found.append(_own_scales(split, name, floats, way))
            elif odd := self._apart(split, hits):
                found.append(_odd_scale(split, name, odd, hits))
        yield from found
        seen = None if found else wandering(split)
        if seen is not None and seen.explained >= self.explained and seen.size >= self.size:
            yield _other_numbers(split, seen)
        yield Passed(f"{plural(len(log.batches), 'batch', 'batches')} on one scale")

    def _apart(self, split: SplitView, hits: Sequence[Hit]) -> list[Hit]:
        """Return the batches whose inputs are on another scale than the median batch's."""
        every = _sizes([leaf for _, leaf in hits])
        counted = (np.array([batch.rows for batch, _ in hits]) >= 4) & (every > 0) & (every < np.inf)
        if counted.sum() < LEAST_BATCHES:
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


def _own_scales(split: SplitView, name: str, hits: Sequence[Hit], way: str) -> Finding:
    has = f"run from {way}" if way.startswith("exactly") else f"have {way}"
    called = capital(calling(name, hits[0][0]))
    return Finding(
        f"{called} of {split.name} {has} in every batch by itself ({plural(len(hits), 'batch', 'batches')}): they "
        "were scaled by the statistics of the batch",
        splits=(split.name,),
        evidence={"table": _table(hits, "Scale of the batches")},
        place=f"per batch {name}",
        fix="- x = (x - x.mean(0)) / x.std(0)   # of the batch\n+ x = (x - mean) / std   # of train, fitted once",
    )


def _other_numbers(split: SplitView, seen: Wandering) -> Finding:
    known = {"index": "by their index", "look": "by their looks"}.get(seen.by, "by their inputs")
    return Finding(
        f"Samples of {split.name} are fed as other numbers in another epoch, and the batch that they are in explains "
        f"{percent(seen.explained)} of it ({plural(seen.pairs, 'sample')} known again {known}): a batch moves its "
        f"inputs by {number(seen.size)} standard deviations",
        splits=(split.name,),
        severity=Severity.NOTE if feeding_of(split).augmented else None,
        evidence={
            "explained": round(seen.explained, 4), "size": round(seen.size, 4), "samples": seen.pairs,
            "known_by": seen.by,
        },
        place="other numbers",
        fix="- x = (x - x.mean(0)) / x.std(0)   # of the batch\n+ x = (x - mean) / std   # of train, fitted once",
    )  # fmt: skip


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
