"""LAB103 missing-class-in-split."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.batches.common import need_whole_epoch
from dataaudit.analyzers.common import listing, need_classes, plural, train_of
from dataaudit.analyzers.labels.common import class_totals
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelLine, LabelOrder


@register
@dataclass(frozen=True)
class MissingClassInSplit:
    """A class that one split has and another lacks, or that is declared and has no rows at all.

    ## Why it matters
    A class that train lacks can never be predicted. A class that validation or test lacks is never scored, and
    per-class metrics divide by zero.

    ## How it decides
    Compares the sets of labels. A class that train lacks is always an error. A class that another split lacks is an
    error where a random split would hardly ever miss it: the chance that none of its rows falls into that split,
    (1 - n_split/n)^n_class, is below `p_value`; otherwise it is a note. A class folder without pictures counts as
    a class without rows. Empty labels and placeholders such as "?" are LAB109's.

    ## What to do
    Split again, stratified by label. Merge classes too small to be split, or collect more of them.

    ## When to ignore it
    Open-set tests, where test holds classes on purpose that train does not know.

    ## When it cannot tell
    With one split there is nothing to compare, declared classes aside. An epoch of a loader that shows under 85 % of
    its samples.
    """

    code: ClassVar[str] = "LAB103"
    name: ClassVar[str] = "missing-class-in-split"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "leaves classes that are never learnt or never scored"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    p_value: float = option(0.01, "chance that a random split would miss the class, below which it is an error")

    def needs(self) -> tuple[LabelOrder, BatchLog]:
        return (LabelOrder(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        target = need_classes(train.context)
        for split in splits.values():
            need_whole_epoch(split)
        lines = {name: s.get(LabelOrder()).columns[target] for name, s in splits.items()}
        lines = {name: line for name, line in lines.items() if line.n}
        declared = list(train.schema.classes)
        if any(line.many for line in lines.values()):
            raise NotApplicable("there are more classes than are counted")
        if not lines or (len(lines) < 2 and not declared):
            raise NotApplicable("fewer than two splits have labels")
        totals = class_totals(lines.values())
        known = {str(label) for label in totals}
        empty = [label for label in declared if label not in known]
        n_all = sum(line.n for line in lines.values())
        for name, line in lines.items():
            absent = [label for label in totals if label not in line.counts]
            surely = [c for c in absent if name == train.name or self._surely(totals[c], line.n, n_all)]
            chance = [c for c in absent if c not in surely]
            for labels, severity in ((surely, Severity.ERROR), (chance, Severity.NOTE)):
                if labels:
                    yield self._finding(labels, severity, splits[name], totals, lines)
        if empty:
            those = f"Class {listing(empty)} is" if len(empty) == 1 else f"Classes {listing(empty)} are"
            have = "has" if len(empty) == 1 else "have"
            yield Finding(
                f"{those} declared and {have} no {'pictures' if train.schema.pictures else 'rows'} in any split",
                splits=tuple(lines),
                place="declared",
                evidence={"classes": empty[:200], "total": len(empty)},
                fix="Fill the empty class, or remove it, so that the model has no output that nothing trains.",
            )
        yield Passed(f"all {len(totals):,} classes in {plural(len(lines), 'split')}")

    def _surely(self, n_class: int, n_split: int, n_all: int) -> bool:
        return (1 - n_split / n_all) ** n_class < self.p_value

    def _finding(
        self,
        labels: list[Hashable],
        severity: Severity,
        split: SplitView,
        totals: Mapping[Hashable, int],
        lines: Mapping[str, LabelLine],
    ) -> Finding:
        target = split.schema.targets[0]
        what = "Class" if len(labels) == 1 else f"{len(labels):,} classes:"
        quoted = listing([str(c) for c in labels])
        message = f"{what} {quoted} never {'occurs' if len(labels) == 1 else 'occur'} in {split.name}"
        if len(labels) == 1:
            message += f", but in {plural(totals[labels[0]], 'row')} elsewhere"
        if severity is Severity.NOTE:
            message += "; so few rows may be missed by chance"
        return Finding(
            message,
            splits=(split.name,),
            columns=(target,) if not split.schema.pictures else (),
            severity=severity,
            place=str(severity),
            evidence={
                "table": {
                    "caption": "Rows a class in each split",
                    "columns": ["class", *lines],
                    "rows": [[str(c), *(line.counts.get(c, 0) for line in lines.values())] for c in labels[:100]],
                    "total": len(labels),
                }
            },
            fix="+ train, test = train_test_split(data, stratify=data[target], random_state=0)",
        )
