"""DIF104 labels-changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.change.classes import MOST_NAMED, class_names
from dataaudit.analyzers.change.match import Pairs, RowChanges, some
from dataaudit.analyzers.change.rows import differ_by_rounding, each_split, row_changes, side_by_side
from dataaudit.analyzers.change.versions import Change, change_of
from dataaudit.analyzers.common import ROW_CAP, joined, number, percent, plural
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import MISSING, RowHashes


@register
@dataclass(frozen=True)
class LabelsChanged:
    """Rows that were there before have another label now.

    ## Why it matters
    A label that changes is either a correction or a slip, and from the file alone nobody sees which: the diff of a
    table of a thousand rows hides a few of them. Each one moves what is learnt, and in test what is measured.

    ## How it decides
    Exact. The same inputs (a hash over the columns that both versions have), or the same name (`--id`, else the same
    place among unchanged rows where the other cells agree), with another label. For pictures the same picture in
    another class folder. Where rows repeat so much that chance would pair one row removed with one added as often
    (probability above 1e-3), nothing is said. Classes that have another name in every row are told as that. A note
    where the target is a number that differs in no row by more than a hundred-thousandth of its spread: it was computed
    or written anew.

    ## What to do
    Look at the rows, which stand side by side in the report, and have whoever changed them say why.

    ## When to ignore it
    Corrections that somebody has checked, such as those that LAB106 asked for.

    ## When it cannot tell
    From a saved profile, which holds no rows; and for rows whose inputs and label changed at once, without a name.
    """

    code: ClassVar[str] = "DIF104"
    name: ClassVar[str] = "labels-changed"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "learns other labels for the same inputs than before"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[RowHashes, LabelOrder]:
        return (RowHashes(), LabelOrder())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        if change.head.views and not (change.head.schema.targets and change.base.schema.targets):
            raise NotApplicable("no target was named in both versions, so there are no labels to compare")
        if not change.comparable_targets:
            raise CannotTell("the target is stored otherwise than before (DIF101), so every label would differ")
        changes = row_changes(splits)
        for name, mine in each_split(changes.head, changes.relabelled[1]):
            pairs = some(changes.relabelled, mine)
            for source, of in each_split(changes.base, pairs[0]):
                yield _finding(change, changes, name, source, some(pairs, of))
        yield Passed(f"the labels of {plural(len(changes.same[0]), 'row')} are as they were")


def _finding(change: Change, changes: RowChanges, split: str, source: str, pairs: Pairs) -> Finding:
    before, after = changes.base.targets[pairs[0]], changes.head.targets[pairs[1]]
    notes, lines = _labels(change, before), _labels(change, after)
    steps = [f"{a} → {b}" for a, b in zip(notes, lines, strict=True)]
    kinds, counts = np.unique(np.array(steps), return_counts=True)
    table = sorted(zip(kinds.tolist(), counts.tolist(), strict=True), key=lambda item: (-item[1], item[0]))
    n = len(pairs[0])
    thing = "picture" if change.of_pictures else "row"
    total = int((changes.head.split == changes.head.splits.index(split)).sum())
    message = f"{plural(n, thing)} of {split} ({percent(n / total)}) {'has' if n == 1 else 'have'} another label than "
    message += f"before{_steps(table)}"
    renamed = _renamed(change, changes, pairs)
    if renamed:
        message += f"; {joined(renamed[:MOST_NAMED])} in every row, so a class has another name"
    shown = side_by_side(change, changes, pairs, steps, "The same inputs, before and now")
    rows = changes.head.row[pairs[1]][:ROW_CAP].tolist()
    targets = change.head.schema.targets
    rounded = _rounded(change, split, before, after)
    return Finding(
        message + ("; by rounding alone" if rounded else ""),
        severity=Severity.NOTE if rounded else Severity.WARNING,
        splits=(split,),
        columns=() if thing == "picture" else targets,
        rows=tuple(rows),
        row_count=n,
        evidence={
            "positions_in_base": changes.base.row[pairs[0]][:200].tolist(),
            **({} if source == split else {"split_before": source}),
            "table": {
                "caption": "From which label to which",
                "columns": ["before", "now", f"{thing}s"],
                "rows": [[*step.split(" → ", 1), count] for step, count in table[:200]],
                "total": len(table),
            },
        },
        figure=shown.figure,
        place="labels" if source == split else f"labels from {source}",
        fix=f"Look at these {thing}s, and say in the pull request why their labels changed.",
    )


def _rounded(change: Change, split: str, before: Hashes, after: Hashes) -> bool:
    """Return whether no label, as the bits of a number, differs by more than rounding."""
    schema = change.head.schema
    if len(schema.targets) != 1 or not schema.by_name[schema.targets[0]].storage.is_number:
        return False
    std = change.head.views[split].get(Moments()).std[schema.number_index[schema.targets[0]]]
    return bool(differ_by_rounding(before.view(np.float64), after.view(np.float64), float(std)).all())


def _steps(table: list[tuple[str, int]]) -> str:
    if len(table) == 1:
        return f": {table[0][0]}"
    words = [f"{n:,} {step}" for step, n in table[:MOST_NAMED]]
    rest = table[MOST_NAMED:]
    more = [f"{sum(n for _, n in rest):,} in {plural(len(rest), 'other way')}"] if rest else []
    return f": {joined([*words, *more])}"


def _labels(change: Change, words: Hashes) -> list[str]:
    names = class_names({**change.base.views}) or {}
    names |= class_names(change.head.views) or {}
    if names:
        return [repr(name) if (name := names.get(int(w), "another")) != "no label" else name for w in words]
    schema = change.head.schema
    if len(schema.targets) != 1 or not schema.by_name[schema.targets[0]].storage.is_number:
        return ["another"] * len(words)
    numbers = words.view(np.float64)
    return ["no label" if w == MISSING else number(float(v)) for w, v in zip(words, numbers, strict=True)]


def _renamed(change: Change, changes: RowChanges, pairs: Pairs) -> list[str]:
    """Return the steps from a class that has no row left to one that had none."""
    names = (class_names(change.base.views) or {}) | (class_names(change.head.views) or {})
    if not names:
        return []
    steps = set(zip(changes.base.targets[pairs[0]].tolist(), changes.head.targets[pairs[1]].tolist(), strict=True))
    old, new = set(changes.base.targets.tolist()), set(changes.head.targets.tolist())
    olds = [a for a, _ in steps]
    return [f"{names.get(a, 'another')!r} is {names.get(b, 'another')!r}" for a, b in sorted(steps)
            if a not in new and b not in old and olds.count(a) == 1]  # fmt: skip
