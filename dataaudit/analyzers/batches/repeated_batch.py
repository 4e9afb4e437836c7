"""BAT106 repeated-batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.batches.common import wheres
from dataaudit.analyzers.batches.repeats import Again, repeated_batches
from dataaudit.analyzers.common import capital, percent, plural
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, capped, log_of
from dataaudit.model import Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog

_FIX = "- for step in range(steps):\n-     x, y = next(iter(loader))\n+ for step, (x, y) in enumerate(loader):"


@register
@dataclass(frozen=True)
class RepeatedBatch:
    """The same batch again and again within an epoch.

    ## Why it matters
    The network fits the batch it is shown and never sees the rest: the loss falls fast, and means nothing. The cause
    is mostly an iterator that is made anew for every step, or an index that does not move.

    ## How it decides
    Two batches of an epoch are the same where they hold the same samples, in any order: by the samples' numbers
    where the loader gives them, else by hashes of the inputs. Batches with rows that hold NaN or zeros alone are left
    to BAT110 and BAT111. If samples were drawn anew for each batch of b from n, b!/n^b of the pairs of batches
    would be equal; where this makes 1e-6 or more of them, as with batches of one or two, it is silent. It is an error
    in any split. Where every batch comes equally often, the whole epoch is shown several times, which BAT109 judges.

    ## What to do
    Make the iterator once an epoch, and take the next batch from it in every step.

    ## When to ignore it
    Training on one batch on purpose, to see whether the network can fit it at all.

    ## When it cannot tell
    Where inputs are changed at random and samples have no numbers: then no two batches are equal.
    """

    code: ClassVar[str] = "BAT106"
    name: ClassVar[str] = "repeated-batch"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "fits one batch and leaves others out"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        found = [again for again in repeated_batches(split) if not again.whole]
        if found:
            yield self._finding(split, found)
            return
        if any(again.whole for again in repeated_batches(split)):
            yield Passed("every batch comes equally often, which BAT109 judges")
            return
        yield Passed(f"no two of {plural(len(log.epoch(log.epochs[0])), 'batch', 'batches')} of an epoch are the same")

    def _finding(self, split: SplitView, found: list[Again]) -> Finding:
        first = found[0]
        batches = log_of(split).epoch(first.epoch)
        worst = max(first.groups, key=len)
        rows = [row for b in first.later for row in range(b.first, b.first + b.rows)]
        n, of = len(first.later), len(batches)
        message = (
            f"All {of:,} batches of epoch {first.epoch} of {split.name} are the same one"
            if first.distinct == 1
            else f"{capital(wheres(first.later))} of {split.name} {'repeats' if n == 1 else 'repeat'} an earlier one: "
            f"batch {worst[0].number} comes {len(worst):,} times, and {of - n:,} of {of:,} batches are different "
            f"({percent((of - n) / of)})"
        )
        later = [again.epoch for again in found[1:]]
        if later:
            message += "; so it is in epoch " + ", ".join(map(str, later)) if len(later) < 4 else "; so it is later on"
        return Finding(
            message,
            rows=capped(rows),
            row_count=len(rows),
            evidence={
                "batches": of,
                "different": first.distinct,
                "table": {
                    "caption": "Batches that hold the samples of an earlier one",
                    "columns": ["epoch", "batch", "the same as batch", "rows"],
                    "rows": [
                        [again.epoch, b.number, group[0].number, b.rows]
                        for again in found
                        for group in again.groups
                        for b in group[1:]
                    ][:TABLE_ROWS],
                    "total": sum(len(again.later) for again in found),
                },
            },
            fix=_FIX,
        )
