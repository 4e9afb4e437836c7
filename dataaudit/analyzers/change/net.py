"""Rows that were removed or added: what both rules say of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.change.classes import class_names, in_words, tally
from dataaudit.analyzers.change.match import Rows
from dataaudit.analyzers.change.rows import row_changes
from dataaudit.analyzers.change.versions import Change, change_of
from dataaudit.analyzers.common import ROW_CAP, percent, plural, some
from dataaudit.analyzers.leakage.picture_pairs import pictures_figure
from dataaudit.model import Finding, Ints, Name, Passed, Severity, SplitView
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.row_hashes import RowHashes


@dataclass(frozen=True)
class Direction:
    """Which of the two rules speaks.

    Attributes
    ----------
    done : str
        "removed" or "added".
    limit : float
        Share of the base's rows from which on it is a warning.
    """

    done: str
    limit: float

    @property
    def gone(self) -> bool:
        """Whether rows are missing rather than new."""
        return self.done == "removed"


NEEDS = (RowHashes(), LabelOrder())


def judge_rows(direction: Direction, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
    """Yield one finding a split that lost (or gained) rows."""
    change = change_of(splits)
    if (change.base.rows is None or change.head.rows is None) and change.base.views:
        yield from _from_facts(direction, change)
        return
    changes = row_changes(splits)
    rows, places = (changes.base, changes.removed) if direction.gone else (changes.head, changes.added)
    names = class_names(change.base.views if direction.gone else change.head.views)
    for k, name in enumerate(rows.splits):
        here = places[rows.split[places] == k]
        if len(here):
            yield _finding(direction, change, name, rows, here, names, len(changes.same[0]))
    yield Passed(f"{plural(len(changes.same[0]), 'row')} are as they were")


def _finding(
    direction: Direction, change: Change, split: str, rows: Rows, here: Ints, names: dict[int, str] | None, same: int
) -> Finding:
    n_before = int((rows.split == rows.splits.index(split)).sum()) if direction.gone else _before(change, split)
    classes = tally(rows, here, names)
    share = len(here) / n_before if n_before else 1.0
    thing = "picture" if change.of_pictures else "row"
    lost = _without_other(direction, change, classes)
    message = f"{plural(len(here), thing)} of {split} {'is' if len(here) == 1 else 'are'} {_word(direction)}"
    message += f" ({percent(min(1.0, share))} of {n_before:,} before)" if direction.gone and n_before else ""
    message += f", beside {n_before:,} before" if not direction.gone and n_before else ""
    message += in_words(classes)
    if lost:
        them, were = some([repr(name) for name in lost], 4), "was no class" if len(lost) == 1 else "were no classes"
        message += f"; no row of {them} is left" if direction.gone else f"; {them} {were} before"
    loud = share > direction.limit or bool(lost)
    listed = here[np.argsort(rows.row[here], kind="stable")][:ROW_CAP]
    in_head = split in change.head.views
    view = change.base.views.get(change.splits.get(split, split)) if direction.gone else change.head.views.get(split)
    return Finding(
        message,
        splits=(split,) if in_head else (),
        rows=() if direction.gone else tuple(rows.row[listed].tolist()),
        row_count=len(here),
        severity=Severity.WARNING if loud else Severity.NOTE,
        evidence={
            "rows_before": n_before,
            direction.done: len(here),
            "unchanged": same,
            **({"in_base": _names(view, rows.row[listed][:200])} if direction.gone and view is not None else {}),
            "table": {
                "caption": f"{direction.done.capitalize()} by class",
                "columns": ["class", f"{thing}s {direction.done}"],
                "rows": [list(item) for item in classes[:200]],
                "total": len(classes),
            },
        },
        figure=pictures_figure(view, rows.row[listed], f"Pictures of {split} that are {_word(direction)}")
        if view is not None and (view.schema.pictures or view.schema.pixels is not None)
        else None,
        place=direction.done if in_head else f"{direction.done} {split}",
        fix=_fix(direction, thing, none_is_left=not same),
    )


def _fix(direction: Direction, thing: str, *, none_is_left: bool) -> str:
    if none_is_left and thing == "row":
        return (
            "No row at all is as it was: where a column was computed anew and the rows stand in another order, name "
            "the column that tells them apart (--id), so that they can be followed."
        )
    return f"Say in the pull request why these {thing}s {'go' if direction.gone else 'come'}."


def _names(view: SplitView, rows: Ints) -> list[Name]:
    """Return the paths of pictures, or the positions of other rows."""
    return list(view.names(rows.tolist()) or rows.tolist())


def _word(direction: Direction) -> str:
    return "gone" if direction.gone else "new"


def _before(change: Change, split: str) -> int:
    views = change.base.views
    name = change.splits.get(split, split)
    return views[name].n_rows if name in views else 0


def _without_other(direction: Direction, change: Change, classes: list[tuple[str, int]]) -> list[str]:
    """Return classes among some rows that the other version has no row of at all."""
    other = class_names(change.head.views if direction.gone else change.base.views)
    if other is None:
        return []
    known = set(other.values())
    return [name for name, _ in classes if name not in known and name != "another"]


def _from_facts(direction: Direction, change: Change) -> Iterator[Finding | Passed]:
    """Yield what the numbers of rows say where the rows themselves are not at hand."""
    for before, after in change.pairs():
        net = before.n_rows - after.n_rows if direction.gone else after.n_rows - before.n_rows
        if net <= 0:
            continue
        share = net / max(1, before.n_rows)
        yield Finding(
            f"{after.name} has {plural(net, 'row')} {'fewer' if direction.gone else 'more'} than before "
            f"({before.n_rows:,} before, {after.n_rows:,} now); which ones a saved profile does not tell",
            splits=(after.name,),
            row_count=net,
            severity=Severity.WARNING if share > direction.limit else Severity.NOTE,
            evidence={"rows_before": before.n_rows, "rows_now": after.n_rows},
            place=direction.done,
            fix="Compare the data itself to see which rows they are.",
        )
    yield Passed("numbers of rows compared; a saved profile does not tell which rows they are")
