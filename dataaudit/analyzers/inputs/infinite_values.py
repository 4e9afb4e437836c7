"""INP102 infinite-values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, at_least, listing, plural
from dataaudit.model import Finding, NotApplicable, Passed, Role, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.pixels import Pixels


@register
@dataclass(frozen=True)
class InfiniteValues:
    """Inputs or targets that are plus or minus infinity.

    ## Why it matters
    One infinity makes the mean infinite and the standard deviation NaN, so a scaler fitted on it turns the whole
    column into NaN; fed as it is, it makes the loss NaN.

    ## How it decides
    Counts infinite values exactly, in every numeric column and every picture array; more than `allowed` cells in a
    split are an error. There is no tolerance to tune: no measurement is infinite.

    ## What to do
    Look at where they come from: a division by zero, a logarithm of zero, an overflow of float16. Mend that step;
    where the value is truly unknown, make it missing.

    ## When to ignore it
    Infinity is a code in your data (such as "never") and the pipeline replaces it behind this point.

    ## When it cannot tell
    Overflow that was clipped to the largest number of its type looks finite. What a loader feeds is left to BAT110,
    which places infinities by batch.
    """

    code: ClassVar[str] = "INP102"
    name: ClassVar[str] = "infinite-values"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "turns the loss into NaN"
    tips: ClassVar[tuple[str, ...]] = ("37.37",)

    allowed: int = option(0, "infinite cells that are tolerated in a split")

    def needs(self) -> tuple[Gaps, Pixels]:
        return (Gaps(), Pixels())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if split.schema.pictures:
            raise NotApplicable("pixels of picture files are whole numbers")
        if split.context.kind == "batches" and split.context.runs("BAT110"):
            raise NotApplicable("BAT110 places the infinities of loaders, by batch")
        gaps, pixels = split.get(Gaps()), split.get(Pixels())
        hit = [c.name for c in split.schema.numbers if gaps.infinite[c.name]]
        cells = sum(gaps.infinite[n] for n in hit) + pixels.infinite
        if cells <= self.allowed:
            yield Passed("no infinite value")
            return
        if pixels.infinite:
            yield Finding(
                f"{plural(pixels.infinite, 'pixel')} {'is' if pixels.infinite == 1 else 'are'} infinite, in "
                f"{at_least(len(pixels.infinite_rows), 'picture')}",
                rows=tuple(pixels.infinite_rows.tolist()),
                fix="Find the division by zero or the overflow among the transforms.",
            )
        if hit:
            rows = np.unique(np.concatenate([gaps.infinite_rows[n] for n in hit]))
            targets = [n for n in hit if split.schema.by_name[n].role is Role.TARGET]
            note = " (the target)" if targets else ""
            table = {
                "caption": "Infinite cells by column",
                "columns": ["column", "infinite cells", "first row"],
                "rows": [[n, gaps.infinite[n], int(gaps.infinite_rows[n][0])] for n in hit[:200]],
                "total": len(hit),
            }
            yield Finding(
                f"{plural(sum(gaps.infinite[n] for n in hit), 'infinite value')} in {listing(hit)}{note}",
                columns=tuple(hit),
                rows=tuple(rows[:ROW_CAP].tolist()),
                row_count=gaps.rows_with_infinite,
                evidence={"table": table},
                fix="+ X = X.replace([np.inf, -np.inf], np.nan)   # then impute, once the cause is understood",
            )
