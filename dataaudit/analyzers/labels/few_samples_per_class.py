"""LAB105 few-samples-per-class."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar

from dataaudit.analyzers.batches.common import need_whole_epoch
from dataaudit.analyzers.common import labels_of, listing, need_classes, plural, train_of
from dataaudit.analyzers.labels.label_alias import LabelAlias
from dataaudit.analyzers.labels.placeholders import is_placeholder
from dataaudit.analyzers.words import aliases
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelOrder

PICTURES = 1000
"""Pictures a class that networks trained from scratch are usually given (ImageNet has about 1,300)."""

FOLDS = 5
"""The usual number of folds, scikit-learn's default."""

ALIAS_CAP = 2000
"""Classes up to which spellings are compared; beyond, every label counts as a class."""


@register
@dataclass(frozen=True)
class FewSamplesPerClass:
    """A class with too few rows in train to be learnt, or to be cross-validated.

    ## Why it matters
    From a handful of rows a model learns those rows, not the class; with fewer rows than folds, cross-validation has
    folds without the class, and its score is noise.

    ## How it decides
    Counts the rows of each class in train (in all rows, while the data is not split). A class with fewer than `rows`
    is a warning: below 10, ten-fold cross-validation leaves a fold without it, and one row more or less moves its
    recall by 10 points. Where it is no rarer than the others (half the median class or more) the whole data set is
    small, and it is a note down to 5 rows, the usual number of folds. Placeholders such as "?" are no classes,
    and rare spellings of another class are LAB108's. For pictures, the smallest class is also held against 1,000,
    which is what networks trained from scratch are usually given: as information, never as a finding.

    ## What to do
    Collect more of the class, merge it with one like it, or leave it out and say so. Start from a model trained
    elsewhere.

    ## When to ignore it
    Few-shot learning and retrieval, where few rows a class are the task. Whole numbers that are a quantity: declare
    the task as regression.

    ## When it cannot tell
    Without labels; with more than 10,000 classes; an epoch of a loader that shows under 85 % of its samples.
    """

    code: ClassVar[str] = "LAB105"
    name: ClassVar[str] = "few-samples-per-class"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "asks for classes of which there are too few rows to learn"
    tips: ClassVar[tuple[str, ...]] = ("37.9",)

    rows: int = option(10, "rows of a class in train below which it is flagged")

    def needs(self) -> tuple[LabelOrder, BatchLog]:
        return (LabelOrder(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        target = need_classes(train.context)
        need_whole_epoch(train)
        line = labels_of(train, target)
        if line.many:
            raise NotApplicable("there are more classes than are counted")
        counts = _classes(line.class_counts)
        if len(counts) < 2:
            raise NotApplicable("there is one class; LAB102 judges that")
        few = sorted((c for c in counts if counts[c] < self.rows), key=lambda c: (counts[c], str(c)))
        thing = "picture" if train.schema.pictures or train.schema.pixels else "row"
        if not few:
            smallest = min(counts.values())
            beside = (
                f"; networks trained from scratch are usually given {PICTURES:,}"
                if thing == "picture" and smallest < PICTURES
                else ""
            )
            yield Passed(f"the smallest of {len(counts):,} classes has {plural(smallest, thing)}{beside}")
            return
        yield Finding(
            self._message(few, counts, train, thing),
            splits=(train.name,),
            columns=() if train.schema.pictures else (target,),
            severity=self._severity(few, counts),
            evidence={
                "classes": len(counts),
                "few": len(few),
                "table": {
                    "caption": f"Classes with fewer than {self.rows} {thing}s",
                    "columns": ["class", *splits],
                    "rows": [[str(c), *(_count(s, target, c) for s in splits.values())] for c in few[:100]],
                    "total": len(few),
                },
            },
            figure={
                "kind": "bars",
                "caption": f"The smallest classes of {train.name}, and the fewest {thing}s to learn from",
                "unit": f"{thing}s",
                "items": [{"label": str(c), "value": counts[c], "expected": self.rows} for c in few[:20]],
            },
            fix="Collect more of these classes, merge them with others, or leave them out and say so.",
        )

    def _severity(self, few: list[Any], counts: Mapping[Hashable, int]) -> Severity:
        """Return a note where all classes are about as small, and none too small for the usual cross-validation."""
        least = counts[few[0]]
        small_set = 2 * least >= median(counts.values()) and least >= FOLDS
        return Severity.NOTE if small_set else Severity.WARNING

    def _message(self, few: list[Any], counts: Mapping[Hashable, int], train: SplitView, thing: str) -> str:
        least = counts[few[0]]
        if len(few) == len(counts) and counts[few[-1]] <= 2:
            return (
                f"None of the {len(few):,} classes has more than {plural(counts[few[-1]], thing)} in {train.name}: "
                "is the target an id or a text?"
            )
        folds = f"{least}-fold cross-validation is the most" if least > 1 else "cross-validation is impossible"
        if len(few) == 1:
            return (
                f"Class {str(few[0])!r} has {plural(least, thing)} in {train.name}, too few to learn; "
                f"stratified {folds}"
            )
        return (
            f"{len(few):,} of {len(counts):,} classes have fewer than {self.rows} {thing}s in {train.name}: "
            f"{listing([str(c) for c in few])}; the smallest has {least:,}, so that stratified {folds}"
        )


def _classes(counts: Mapping[Hashable, int]) -> dict[Hashable, int]:
    """Return the rows of each class, without placeholders and with rare spellings counted to their class."""
    classes = {c: n for c, n in counts.items() if not is_placeholder(c)}
    words = {c: n for c, n in classes.items() if isinstance(c, str)}
    if len(words) <= ALIAS_CAP:
        for alias in aliases(words, ratio=LabelAlias().ratio):
            usual, *others = alias.words
            classes[usual] += sum(classes.pop(word) for word in others)
    return classes


def _count(split: SplitView, target: Any, label: Hashable) -> int:
    return split.get(LabelOrder()).columns[target].counts.get(label, 0)
