"""LAB109 missing-labels."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, labels_of, listing, percent, plural
from dataaudit.analyzers.labels.common import labelled_rows
from dataaudit.analyzers.labels.placeholders import CLASS_SHARE, is_placeholder, no_label_codes
from dataaudit.model import Finding, Name, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class MissingLabels:
    """Rows without a label: empty, NaN, or a word such as "?" or a code such as -1 in its place.

    ## Why it matters
    NaN as a label makes the loss NaN; a placeholder becomes a class of its own that the model learns to predict.

    ## How it decides
    Counts empty labels exactly. Text labels that say "none here" in themselves ("", "?", "-", "N/A", "nan", "none",
    "null", "missing", "unlabeled", "unknown", "tbd" and their like, in any letter case) count too, unless such a
    word makes up more than `class_share` of the labels: then it is likely a class with that name. So do -1, -99,
    -100, -999 and -9999, up to the same share, beside classes that are numbered from 0 or 1 on without a hole: as a
    warning where there is nothing else, since a loss may be told to ignore them. -1 beside two classes is left to
    LAB110: it may be a class (negative, neutral, positive). A split other than train without any label at all is
    unlabelled, not faulty.

    ## What to do
    Label these rows or leave them out; do not let them become a class.

    ## When to ignore it
    Semi-supervised training that expects unlabelled rows, or a class that is truly called "unknown".

    ## When it cannot tell
    Other codes that mean "no label", such as 255 or -1 beside two classes, may be classes (see LAB110). Positions of
    placeholders are listed from a sample of 20,000 rows; their count is exact. Loaders mark what the loss is to
    ignore by such codes: there they are LAB110's.
    """

    code: ClassVar[str] = "LAB109"
    name: ClassVar[str] = "missing-labels"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "feeds rows whose label is missing to the loss"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    class_share: float = option(CLASS_SHARE, "share of the labels above which a placeholder is taken for a class")

    def needs(self) -> tuple[LabelOrder, Gaps, Sample]:
        return (LabelOrder(), Gaps(), Sample())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        targets = split.schema.targets
        if not targets:
            raise NotApplicable("no target was named, so there are no labels")
        lines = split.get(LabelOrder()).columns
        labelled = [t for t in targets if t in lines and lines[t].n]
        if not labelled:
            if split.role == "train" and all(t in lines for t in targets):
                yield self._none(split)
                return
            labels_of(split, targets[0])
        for target in labelled:
            yield from self._target(split, target)
        yield Passed(f"all {split.n_rows:,} rows have a label")

    def _none(self, split: SplitView) -> Finding:
        """Return that train, whose target was named, holds no label at all."""
        targets, n = split.schema.targets, split.n_rows
        return Finding(
            f"No row of {split.name} has a label: {listing(targets)} {'is' if len(targets) == 1 else 'are'} empty in "
            f"all {plural(n, 'row')}",
            columns=targets if not split.schema.pictures else (),
            rows=tuple(range(min(n, ROW_CAP))),
            row_count=n,
            evidence={"empty": n, "placeholders": {}},
            fix="Look at how the labels were joined to the rows; name another target, or none for unlabelled data.",
        )

    def _target(self, split: SplitView, target: Name) -> Iterator[Finding]:
        gaps, line = split.get(Gaps()), split.get(LabelOrder()).columns[target]
        empty = gaps.missing[target]
        words = {
            str(c): n for c, n in line.counts.items() if is_placeholder(c) and n <= self.class_share * (line.n + empty)
        }
        codes: dict[Hashable, int] = {}
        if split.context.task is Task.CLASSIFICATION and split.context.kind != "batches" and not line.many:
            codes = no_label_codes(line.counts, self.class_share)
        if not empty and not words and not codes:
            return
        rows = gaps.missing_rows[target]
        if codes or (words and target in split.get(Sample()).codes):
            rows = np.union1d(rows, labelled_rows(split, target, words or codes))
        total = empty + sum(words.values()) + sum(codes.values())
        parts = [f"{empty:,} empty"] if empty else []
        parts += [f"{n:,} {word!r}" for word, n in sorted(words.items())]
        parts += [f"{n:,} {code}" for code, n in codes.items()]
        which = "" if len(split.schema.targets) == 1 else f" for {listing([target])}"
        yield Finding(
            f"{plural(total, 'row')} of {split.n_rows:,} ({percent(total / split.n_rows)}) "
            f"{'has' if total == 1 else 'have'} no label{which}: {', '.join(parts)}",
            columns=(target,) if not split.schema.pictures else (),
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=total,
            severity=None if empty or words else Severity.WARNING,
            evidence={"empty": empty, "placeholders": words | {str(c): n for c, n in codes.items()}},
            fix=f"+ data = data[data[{target!r}] >= 0]   # or label these rows"
            if codes
            else f"+ data = data[data[{target!r}].notna()]   # or label these rows",
        )
