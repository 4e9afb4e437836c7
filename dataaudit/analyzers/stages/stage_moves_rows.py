"""BAT117 stage-moves-rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, plural
from dataaudit.analyzers.stages.rows_of import PERMUTATIONS, Places, places
from dataaudit.model import CannotTell, Finding, Ints, NotApplicable, Passed, Severity, SplitView, StageFacts, option
from dataaudit.registry import register


@register
@dataclass(frozen=True)
class StageMovesRows:
    """A stage that loses rows, changes their order, or changes their labels.

    ## Why it matters
    Inputs and labels go separate ways when one of them is filtered, sorted or shuffled without the other: every row
    after that place is learnt with another row's label, and nothing fails.

    ## How it decides
    Between each stage and the next: the numbers of rows; the labels, row by row (a renaming that is the same for
    every row of a class is no change); and which row is which, from what up to 256 of them look like. Small grey copies
    of pictures and columns of the same names are matched one by one: rows that surely (correlation of 0.9 or more, each
    the other's best) resemble another place more than their own, mirrored or turned, have moved. It is an error where
    they are more than `share` of the rows, and a warning where their labels moved with them. Where columns differ, as
    after a projection, the distances between rows are compared with those of 999 random orders (Mantel 1967).

    ## What to do
    Carry inputs and labels through every stage together, in one table or one tuple, and drop rows from both.

    ## When to ignore it
    A stage is meant to leave rows out, and the labels left out with them.

    ## When it cannot tell
    With fewer than eight rows that look different, or a stage after which distances between rows agree no more than
    random orders would: then it may have moved rows, or changed them beyond recognition.
    """

    code: ClassVar[str] = "BAT117"
    name: ClassVar[str] = "stage-moves-rows"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches rows with other rows' labels"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    share: float = option(0.1, "share of the rows looked at that moved, from which it is flagged")

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        view = next(iter(splits.values()))
        stages = stages_of(view)
        unclear: list[str] = []
        clear: list[str] = []
        for before, after in pairwise(stages):
            found = list(self._judge(before, after, view))
            yield from (said for said in found if isinstance(said, Finding))
            if not any(isinstance(said, Finding) for said in found):
                (clear if all(found) else unclear).append(after.name)
        if unclear:
            raise CannotTell(f"rows cannot be recognised from what they look like after: {', '.join(unclear)}")
        if clear:
            yield Passed(f"rows keep their places through {', '.join(clear)}")

    def _judge(self, before: StageFacts, after: StageFacts, view: SplitView) -> Iterator[Finding | bool]:
        """Yield what is wrong between two stages, or whether rows are seen to keep their places."""
        if before.n_rows != after.n_rows:
            yield _lost(before, after, view)
            return
        found = places(before, after, view.context.seed)
        moved = found is not None and len(found.moved) > max(2, self.share * found.n)
        if found is not None and moved:
            follow = _labels_follow(before, after, found)
            yield _moved(before, after, found, view, follow=follow)
            if follow:
                return
        yield from _labels(before, after, view)
        if not moved:
            yield found is not None and (found.own >= 0.5 * found.n or found.p <= 0.01)


def stages_of(view: SplitView) -> tuple[StageFacts, ...]:
    """Return the stages; raise NotApplicable where the data was not given in stages."""
    if not view.context.stages:
        raise NotApplicable("the data was not given in stages")
    return view.context.stages


def _lost(before: StageFacts, after: StageFacts, view: SplitView) -> Finding:
    verb = "loses" if after.n_rows < before.n_rows else "adds"
    return Finding(
        f"The stage {after.name!r} {verb} {plural(abs(before.n_rows - after.n_rows), 'row')}: {before.n_rows:,} in "
        f"{before.name!r}, {after.n_rows:,} in {after.name!r}",
        splits=(view.name,),
        severity=Severity.WARNING if after.labels is not None or before.labels is None else Severity.ERROR,
        evidence={"before": before.n_rows, "after": after.n_rows},
        fix="Drop the same rows from inputs and labels, in the same stage.",
        place=f"{before.name}>{after.name} rows",
    )


def _labels_follow(before: StageFacts, after: StageFacts, found: Places) -> bool:
    """Return whether rows that moved took their labels with them."""
    if before.labels is None or after.labels is None:
        return False
    here, there = found.moved[:, 0], found.moved[:, 1]
    return bool((before.labels[here] == after.labels[there]).mean() >= 0.95) and not np.array_equal(
        before.labels, after.labels
    )


def _moved(before: StageFacts, after: StageFacts, found: Places, view: SplitView, *, follow: bool) -> Finding:
    how = (
        f"every row stands {abs(found.shift):,} {'later' if found.shift > 0 else 'earlier'}"
        if found.shift is not None
        else "their order is another one"
    )
    labels = after.labels is not None
    with_them = ", and their labels with them" if follow else ", without their labels" if labels else ""
    return Finding(
        f"The stage {after.name!r} moves rows{with_them}: {len(found.moved):,} of {found.n:,} looked at stand "
        f"elsewhere than in {before.name!r}; {how}",
        splits=(view.name,),
        rows=tuple(int(row) for row in found.moved[:ROW_CAP, 1]),
        row_count=len(found.moved),
        severity=Severity.WARNING if follow else Severity.ERROR,
        confidence=1.0 - 1.0 / (PERMUTATIONS + 1),
        evidence={
            "shift": found.shift,
            "table": {
                "caption": f"The same rows in {before.name} and {after.name}",
                "columns": [f"row in {before.name}", f"row in {after.name}"],
                "rows": found.moved[:12].tolist(),
            },
        },
        fix="Keep inputs and labels in one structure, and sort or shuffle that.",
        place=f"{before.name}>{after.name} order",
    )


def _labels(before: StageFacts, after: StageFacts, view: SplitView) -> Iterator[Finding]:
    if before.labels is None or after.labels is None or len(before.labels) != len(after.labels):
        return
    changed = changed_labels(before.labels, after.labels)
    if not len(changed):
        return
    same = Counter(before.labels.tolist()) == Counter(after.labels.tolist())
    detail = "the same labels in another order" if same else "some rows of a class got another label than the others"
    yield Finding(
        f"The stage {after.name!r} changes the labels of {plural(len(changed), 'row')} of {before.n_rows:,}: {detail}",
        splits=(view.name,),
        rows=tuple(int(row) for row in changed[:ROW_CAP]),
        row_count=len(changed),
        evidence={"changed": len(changed), "same_counts": same},
        fix="Carry the labels through every stage beside their inputs.",
        place=f"{before.name}>{after.name} labels",
    )


def changed_labels(before: Any, after: Any) -> Ints:
    """Return the rows whose label changed otherwise than by renaming their class.

    Each class is taken to be called what most of its rows are called afterwards; two classes may not share a name.

    Parameters
    ----------
    before, after : ndarray of uint64, shape (n,)
        A word for each label.
    """
    if np.array_equal(before, after):
        return np.zeros(0, np.int64)
    classes, old = np.unique(before, return_inverse=True)
    names, new = np.unique(after, return_inverse=True)
    table = np.zeros((len(classes), len(names)), dtype=np.int64)
    if table.size > 1 << 22:  # numbers rather than classes
        return np.flatnonzero(before != after).astype(np.int64)
    np.add.at(table, (old, new), 1)
    called = table.argmax(axis=1)
    if len(set(called.tolist())) < len(classes) or bool(np.isin(classes, names).all()):
        return np.flatnonzero(before != after).astype(np.int64)
    return np.flatnonzero(called[old] != new).astype(np.int64)
