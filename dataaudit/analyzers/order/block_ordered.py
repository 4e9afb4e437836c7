"""BAT103 block-ordered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import labels_of, need_classes, number, percent
from dataaudit.analyzers.order.batches_common import log_of
from dataaudit.analyzers.order.common import ORDER_FIX, label_runs, need_order, order_severity, strip_figure
from dataaudit.analyzers.order.given_batches import Mates, mates_of
from dataaudit.analyzers.order.sorted_by_label import LEAST_ROWS, SortedByLabel, is_sorted
from dataaudit.model import CannotTell, Finding, Name, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelOrder


@register
@dataclass(frozen=True)
class BlockOrdered:
    """Labels in longer runs than chance allows, without the file being sorted by them.

    ## Why it matters
    Rows written class by class, day by day or shard by shard give batches whose mix swings; a shuffle buffer
    smaller than a block does not mend it, and a split by position is not a random one.

    ## How it decides
    A runs test on neighbouring labels: the changes of label are compared with their mean and variance over all
    orders of the same labels (Barton & David 1957). Flagged where the count lies at least `z` standard deviations
    below (default 6, p < 1e-9; 400 shuffled data sets reached 2.7 at most) and at most `share` of the changes that
    random order gives are left. A warning in train and before splitting, a note in other splits. What BAT101 calls
    sorted is not reported twice.

    In the batches of a loader the order within a batch changes nothing: there the same two limits hold for the pairs
    of rows that share a batch and differ in label, against their mean and variance over all orders (a join count,
    Cliff & Ord 1981; 400 shuffled loaders reached 2.8). Batches of four classes of ten with four rows each keep 0.89
    of these pairs, and pass. Where batches hold fewer pairs than rows, the runs test decides.

    ## What to do
    Shuffle over the whole split. If the blocks are sessions, patients or days, split by them.

    ## When to ignore it
    Time series that are meant to be read in order, or a loader that shuffles over the whole split.

    ## When it cannot tell
    With fewer than 20 labelled rows.
    """

    code: ClassVar[str] = "BAT103"
    name: ClassVar[str] = "block-ordered"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets the mix of classes swing from batch to batch"
    tips: ClassVar[tuple[str, ...]] = ("37.7",)

    z: float = option(6.0, "standard deviations below the expected number of changes from which it is flagged")
    share: float = option(0.75, "largest share of the expected changes that is flagged")

    def needs(self) -> tuple[LabelOrder, BatchLog]:
        return (LabelOrder(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        need_order(first.context)
        target = need_classes(first.context)
        measured = []
        for split in splits.values():
            line = split.get(LabelOrder()).columns[target]
            if line.n < LEAST_ROWS or line.many or len(line.counts) < 2:
                continue
            if is_sorted(line, SortedByLabel().separation):
                measured.append(f"{split.name} is sorted, which BAT101 judges")
                continue
            mates = _mates(split)
            seen = label_runs(line) if mates is None else mates
            measured.append(f"{split.name} has z {seen.z:.1f}")
            if seen.z >= self.z and seen.share <= self.share:
                yield self._finding(split, target, len(splits), mates)
        if not measured:
            labels_of(first, target)
            raise CannotTell(f"no split has {LEAST_ROWS} labelled rows of two classes")
        yield Passed("no blocks of labels: " + ", ".join(measured[:4]))

    def _finding(self, split: SplitView, target: Name, n_splits: int, mates: Mates | None) -> Finding:
        line = split.get(LabelOrder()).columns[target]
        runs = label_runs(line)
        severity = order_severity(split, n_splits)
        if mates is None:
            said = (
                f"they change {runs.changes:,} times in {line.n:,} rows, random order gives about {runs.expected:,.0f} "
                f"(z {number(runs.z)})"
            )
        else:
            differ, usual = (1 - alike / mates.pairs for alike in (mates.alike, mates.expected))
            said = (
                f"{percent(differ)} of the pairs of rows that share a batch differ in label, random order gives "
                f"{percent(usual)} (z {number(mates.z)})"
            )
        return Finding(
            f"Labels come in blocks in {split.name}: {said}",
            splits=(split.name,),
            columns=(target,),
            severity=Severity.NOTE if severity is Severity.NOTE else None,
            evidence={
                "changes": runs.changes, "expected_changes": round(runs.expected, 1),
                "z": round((mates or runs).z, 1), "mean_run": round(line.n / (runs.changes + 1), 1),
            },
            figure=strip_figure(line, "Labels along the rows"),
            fix=ORDER_FIX,
        )  # fmt: skip


def _mates(split: SplitView) -> Mates | None:
    """Return the batch-mates of a loader's first epoch; None for other data, and where they are fewer than rows."""
    if split.context.kind != "batches":
        return None
    log = log_of(split)
    batches = log.epoch(log.epochs[0])
    mates = mates_of(batches)
    return mates if mates.pairs >= sum(batch.rows for batch in batches) else None
