"""BAT102 single-label-batches."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import labels_of, need_classes, percent, train_of
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, log_of
from dataaudit.analyzers.order.common import ORDER_FIX, batch_chance, need_order, order_severity, strip_figure
from dataaudit.analyzers.order.given_batches import spread_of
from dataaudit.analyzers.order.sorted_by_label import SortedByLabel, is_sorted
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelOrder


@register
@dataclass(frozen=True)
class SingleLabelBatches:
    """Batches with one label only, where chance would give several.

    ## Why it matters
    A batch of one class pulls all weights towards that class; the next pulls back. Batch normalisation learns the
    statistics of a class, not of the data.

    ## How it decides
    Cuts train, in file order, into batches of 16, 32, 64 and 128 rows and counts those with one label. The chance of
    such a batch in random order is exact: the sum over classes of C(n_c, b)/C(n, b) (hypergeometric). It is an error
    where at least `share` of the batches of some size hold one label and that many would come up with p < 1e-9
    (Chernoff's bound of the binomial tail). So a data set of 97 % one class raises no alarm at 16 rows. Before the
    data is split it is a warning.
    The batches of a loader are taken as they are, of the first epoch: the chance of each by its own size, the sum of
    them against the number that hold one label (Poisson, p < 1e-9).

    ## What to do
    Shuffle before batches are cut. If BAT101 fires too, mending the order mends this.

    ## When to ignore it
    Your loader shuffles over the whole split, or a sampler builds the batches.

    ## When it cannot tell
    With fewer than two complete batches of 16.
    """

    code: ClassVar[str] = "BAT102"
    name: ClassVar[str] = "single-label-batches"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "fills whole batches with one class"
    tips: ClassVar[tuple[str, ...]] = ("37.10",)

    share: float = option(0.1, "share of the batches of one size that hold one label, from which it is flagged")

    def needs(self) -> tuple[LabelOrder, BatchLog]:
        return (LabelOrder(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        need_order(train.context)
        target = need_classes(train.context)
        line = labels_of(train, target)
        counts = line.count_array()
        if line.many:
            raise NotApplicable("there are more classes than are counted")
        if len(counts) < 2:
            raise NotApplicable("there is one class; LAB102 judges that")
        if train.context.kind == "batches":
            yield self._given(train, target)
            return
        if line.windows[16].whole < 2:
            raise CannotTell("fewer than two complete batches of 16 rows")
        rows: list[list[Any]] = []
        bad = 0
        for size, cut in line.windows.items():
            if not cut.whole:
                continue
            chance = batch_chance(counts, size)
            hit = cut.single >= max(2, self.share * cut.whole) and _tail(cut.single, cut.whole, chance) < 1e-9
            bad = size if hit else bad  # the largest size is the most telling
            rows.append([size, cut.whole, cut.single, percent(cut.single / cut.whole), chance * cut.whole])
        if not bad:
            worst = max(rows, key=lambda r: r[2] / r[1])
            yield Passed(
                f"{worst[2]:,} of {worst[1]:,} batches of {worst[0]} hold one label, chance gives {worst[4]:.1f}"
            )
            return
        cut = line.windows[bad]
        chance = batch_chance(counts, bad) * cut.whole
        ordered = is_sorted(line, SortedByLabel().separation)  # then BAT101 shows the strip
        yield Finding(
            f"{cut.single:,} of {cut.whole:,} batches of {bad} cut from {train.name} in file order hold one label; "
            f"random order would give {'none' if chance < 0.01 else f'about {chance:.2g}'}"
            + ("; mending the order of BAT101 mends this" if ordered else ""),
            splits=(train.name,),
            columns=(target,),
            severity=order_severity(train, len(splits)),
            evidence={
                "table": {
                    "caption": "Batches cut from the file's order",
                    "columns": ["batch size", "batches", "with one label", "share", "expected by chance"],
                    "rows": rows,
                }
            },
            figure=None if ordered else strip_figure(line, f"Labels along the rows of {train.name}"),
            fix=ORDER_FIX,
        )

    def _given(self, train: SplitView, target: Name) -> Finding | Passed:
        """Judge the batches that a loader gave."""
        log = log_of(train)
        epoch = log.epochs[0]
        seen = spread_of(log.epoch(epoch))
        if seen.batches < 2:
            raise CannotTell("fewer than two batches of two rows or more")
        line = labels_of(train, target)
        n = len(seen.single)
        if n < max(2, self.share * seen.batches) or seen.p >= 1e-9:
            return Passed(
                f"{n:,} of {seen.batches:,} batches hold one label, chance gives {seen.expected:.1f}; a batch holds "
                f"{seen.labels:.1f} labels on average, {seen.expected_labels:.1f} in random order"
            )
        rows = [row for b in log.epoch(epoch) if b.number in seen.single for row in range(b.first, b.first + b.rows)]
        ordered = is_sorted(line, SortedByLabel().separation)  # then BAT101 shows the strip
        none = "none" if seen.expected < 0.01 else f"about {seen.expected:.2g}"
        return Finding(
            f"{n:,} of {seen.batches:,} batches of {train.name} hold one label (epoch {epoch}), random order would "
            f"give {none}; a batch holds {seen.labels:.1f} labels on average, {seen.expected_labels:.1f} in random "
            f"order",
            splits=(train.name,),
            columns=(target,),
            rows=capped(rows),
            row_count=len(rows),
            evidence={
                "batches": seen.batches, "with_one_label": n, "expected": round(seen.expected, 6),
                "labels_a_batch": round(seen.labels, 2), "expected_labels_a_batch": round(seen.expected_labels, 2),
                "table": {
                    "caption": "Batches with one label",
                    "columns": ["epoch", "batch", "rows", "label"],
                    "rows": [
                        [epoch, b.number, b.rows, str(log.label(int(b.labels[0])))]
                        for b in log.epoch(epoch) if b.number in seen.single
                    ][:TABLE_ROWS],
                    "total": n,
                },
            },
            figure=None if ordered else strip_figure(line, f"Labels along the first epoch of {train.name}"),
            fix=ORDER_FIX,
        )  # fmt: skip


def _tail(k: int, n: int, p: float) -> float:
    """Return Chernoff's bound on the chance of k or more of n, each with probability p."""
    if p <= 0.0:
        return 0.0 if k else 1.0
    share = k / n
    if share <= p:
        return 1.0
    divergence = share * math.log(share / p) + ((1 - share) * math.log((1 - share) / (1 - p)) if share < 1 else 0.0)
    return math.exp(-n * divergence)
