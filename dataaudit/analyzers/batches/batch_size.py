"""BAT113 batch-size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.batches.shown import samples_known
from dataaudit.analyzers.common import percent
from dataaudit.analyzers.order.batches_common import cut_short, feeding_of, log_of
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog


@register
@dataclass(frozen=True)
class BatchSize:
    """A batch size that is large beside the data, or other than declared.

    ## Why it matters
    Large batches have little noise in their gradients and lead to solutions that generalise less well (Keskar and
    others, 2017, On large-batch training for deep learning, ICLR); and few batches an epoch are few steps.

    ## How it decides
    Takes the commonest number of rows of the batches of train. A note where it is more than `share` of the epoch's
    samples (default 1/10) or more than `most` rows (default 512), and where it is not what was declared.

    ## What to do
    Try 32 to 128, and a learning rate to match: about in proportion to the batch size.

    ## When to ignore it
    The learning rate was tuned for this size, or the data is so small that any batch is a large part of it.

    ## When it cannot tell
    The share, where an epoch was not read to its end and nothing says how many samples there are.
    """

    code: ClassVar[str] = "BAT113"
    name: ClassVar[str] = "batch-size"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "takes few steps with little noise"
    tips: ClassVar[tuple[str, ...]] = ("37.11", "11.5")

    share: float = option(0.1, "share of the epoch's samples beyond which a batch is large")
    most: int = option(512, "rows beyond which a batch is large")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log = log_of(split)
        if split.role != "train":
            raise NotApplicable("batch size changes nothing where nothing is trained")
        epoch = log.epochs[0]
        batches = log.epoch(epoch)
        size = Counter(batch.rows for batch in batches).most_common(1)[0][0]
        rows = sum(batch.rows for batch in batches)
        known = samples_known(split, rows)
        n = known if known is not None else None if cut_short(split, log, epoch) else rows
        said = [f"{size:,} rows"]
        if n:
            said.append(f"{percent(min(1.0, size / n))} of {n:,} samples")
        declared = feeding_of(split).batch_size
        evidence = {"batch_size": size, "batches": len(batches), "samples": n, "declared": declared}
        if declared is not None and declared != size and len(batches) > 1:
            yield Finding(
                f"Batches of {split.name} hold {size:,} rows, {declared:,} were declared",
                evidence=evidence,
                place="declared",
            )
        elif size > self.most or (n and size > self.share * n):
            yield Finding(f"A batch of {split.name} is large: {', '.join(said)}", evidence=evidence, place="large")
        yield Passed(f"batches of {', '.join(said)}")
