"""LAB102 single-class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import labels_of, need_classes, plural
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder


@register
@dataclass(frozen=True)
class SingleClass:
    """A split whose labelled rows all have the same label.

    ## Why it matters
    There is nothing to tell apart: the loss falls to zero at once and the model answers with one class for ever.
    In validation or test, every score is that of one class.

    ## How it decides
    Counts the distinct labels of each split exactly; one over at least `rows` labelled rows is an error.

    ## What to do
    Check the filter or the query that made this split, and the column that was taken for the label.

    ## When to ignore it
    One-class learning (novelty detection), where train holds only the normal class on purpose.

    ## When it cannot tell
    With fewer than `rows` labelled rows one class may be chance.
    """

    code: ClassVar[str] = "LAB102"
    name: ClassVar[str] = "single-class"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches the model to answer with one class for ever"
    tips: ClassVar[tuple[str, ...]] = ("37.10",)

    rows: int = option(10, "labelled rows from which one class is no accident")

    def needs(self) -> tuple[LabelOrder]:
        return (LabelOrder(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        target = need_classes(split.context)
        line = labels_of(split, target)
        if len(line.counts) == 1 and line.n < self.rows:
            raise CannotTell(f"{plural(line.n, 'labelled row')}, fewer than {self.rows}")
        if len(line.counts) == 1:
            only = str(next(iter(line.counts)))
            yield Finding(
                f"All {line.n:,} labelled rows of {split.name} have the label {only!r}",
                columns=(target,) if not split.schema.pictures else (),
                evidence={"label": only, "rows": line.n},
                fix="Check the filter that made this split, and that the target is the right column.",
            )
        yield Passed(f"{len(line.counts):,} classes" if not line.many else "more classes than are counted")
