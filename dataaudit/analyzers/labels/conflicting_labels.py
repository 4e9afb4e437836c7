"""LAB107 conflicting-labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import ROW_CAP, joined, number, percent, plural
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.analyzers.repeats import Groups, chance, from_few, without_void
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.hashing import Hashes
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.row_hashes import MISSING, RowHashes, RowHashesState, distinct, repeated, target_word
from dataaudit.stats.sample import Sample

_NAMED = 10_000
"""Labels whose names are looked up; beyond, rows are listed without them."""


@register
@dataclass(frozen=True)
class ConflictingLabels:
    """The same inputs, or the same picture, with different labels.

    ## Why it matters
    No model can get both right: the loss has a floor, and the weights are pulled back and forth between the labels.

    ## How it decides
    Hashes the inputs of every row, and every picture as decoded, and looks for equal inputs whose labels differ (a
    missing label differs from none). Coarse inputs coincide by chance, and then labels differ by nature: INP107's
    page says how many coincidences chance makes; the share of them with different labels is taken from the pairs of
    rows that differ in one part of the columns only. More conflicts than that with p < `p_value` (Poisson), those of
    rows with a neighbour not counted, are an error; no more are a note. In a regression, repeated measurements of one
    point differ a little: conflicts beyond chance are a warning only where at least `regression_pairs` of them, in at
    most a fifth of the rows, are typically half as far apart as any two targets or more, else a note.

    ## What to do
    Look at each group and keep the right label; drop the group if nobody can tell.

    ## When to ignore it
    Several people labelled the same input and the spread of their answers is what the model is to learn.

    ## When it cannot tell
    Whether an input that the data does not hold would explain the difference.
    """

    code: ClassVar[str] = "LAB107"
    name: ClassVar[str] = "conflicting-labels"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "asks for two answers to one question"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    p_value: float = option(0.01, "p-value below which there are more conflicts than chance makes")
    regression_pairs: int = option(5, "conflicts of regression targets from which their distance is judged")

    def needs(self) -> tuple[RowHashes, Sample, LabelOrder]:
        return (RowHashes(), Sample(), LabelOrder())

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        state = split.get(RowHashes())
        is_pictures = bool(split.schema.pictures or split.schema.pixels)
        if not state.targets_of:
            raise NotApplicable("no target was named, so there are no labels")
        if not state.inputs_of and not is_pictures:
            raise NotApplicable("there are no inputs")
        hashes, rows = without_void(state, state.inputs)
        labels = state.targets[np.searchsorted(state.rows, rows)]
        known = labels != MISSING
        hashes, rows, labels = hashes[known], rows[known], labels[known]
        if not len(rows):
            raise CannotTell("no row of this split has both inputs and a label")
        places, group = repeated(hashes)
        found, theirs = _conflicts(Groups(places, group), labels)
        if not len(found.rows):
            yield Passed(f"{plural(len(distinct(hashes)), 'distinct input')}, each with one label")
            return
        found = Groups(rows[found.rows], found.group)
        expected = _expected(split, hashes, found, is_pictures=is_pictures)
        n = len(found.copies) if is_pictures else chance(split, with_target=False).alone_among(found)
        natural = poisson_tail(n, expected) >= self.p_value
        severity = Severity.NOTE if natural else self._severity(split, found, theirs, labels)
        yield self._finding(split, state, found, theirs, len(rows), expected, severity, natural=natural)

    def _severity(self, split: SplitView, found: Groups, theirs: Hashes, labels: Hashes) -> Severity:
        if split.context.task is not Task.REGRESSION:
            return Severity.ERROR
        if not _one_number(split) or len(found.copies) < self.regression_pairs or 5 * len(found.rows) > len(labels):
            return Severity.NOTE
        apart, anyhow = _distances(found, theirs.view(np.float64), labels.view(np.float64))
        return Severity.WARNING if apart >= 0.5 * anyhow else Severity.NOTE

    def _finding(
        self,
        split: SplitView,
        state: RowHashesState,
        found: Groups,
        theirs: Hashes,
        n_rows: int,
        expected: float,
        severity: Severity,
        *,
        natural: bool,
    ) -> Finding:
        thing = "picture" if split.schema.pictures or split.schema.pixels else "input"
        n_groups, n = int(found.group[-1]) + 1, len(found.rows)
        word = "target" if split.context.task is Task.REGRESSION else "label"
        message = (
            f"{plural(n_groups, thing)} {'has' if n_groups == 1 else 'have'} different {word}s in different rows "
            f"({plural(n, 'row')}, {percent(n / n_rows)})"
        )
        names = _names(split, theirs)
        first = [names[i] for i in np.flatnonzero(found.group == 0)[:4]]
        if any(label is not None for label in first):
            said = joined(list(map(repr, dict.fromkeys(first))))
            at = ", ".join(map(str, found.rows[found.group == 0][:4].tolist()))
            message += f": one is labelled {said}" if thing == "picture" else f": rows {at} say {said}"
        if severity is Severity.NOTE:
            message += "; as chance makes in inputs this coarse" if natural else "; they may be repeated measurements"
        table = {
            "caption": f"Rows with the same {thing} and different {word}s (positions from 0)",
            "columns": ["group", "row", word],
            "rows": [[int(g), int(r), names[i]] for i, (g, r) in enumerate(zip(found.group, found.rows, strict=True))][
                :200
            ],
            "total": n,
        }
        return Finding(
            message,
            columns=state.targets_of if split.context.kind != "images" else (),
            rows=tuple(np.sort(found.rows)[:ROW_CAP].tolist()),
            row_count=n,
            severity=severity,
            evidence={"groups": n_groups, "expected_by_chance": round(expected, 3), "table": table},
            place=thing,
            fix="Look at each group, keep the label that is right, and drop what nobody can decide.",
        )


def _conflicts(groups: Groups, labels: Hashes) -> tuple[Groups, Hashes]:
    """Return the groups whose labels differ, as places, and the label of each of their rows."""
    here = labels[groups.rows]
    if not len(here):
        return groups, here
    first = np.flatnonzero(np.diff(groups.group, prepend=-1))
    differ = here != here[first][groups.group]
    found = groups.only(np.unique(groups.group[differ]))
    return found, labels[found.rows]


def _expected(split: SplitView, hashes: Hashes, found: Groups, *, is_pictures: bool) -> float:
    """Return how many rows would contradict an earlier one by chance, at most."""
    if is_pictures:
        return float(len(found.rows)) if from_few(len(hashes), len(distinct(hashes))) else 0.0
    by_chance = chance(split, with_target=False)
    disagree = 1.0 if split.context.task is Task.REGRESSION else by_chance.disagree
    return by_chance.repeats * disagree


def _one_number(split: SplitView) -> bool:
    targets = split.schema.targets
    return len(targets) == 1 and targets[0] in split.schema.number_index


def _distances(found: Groups, theirs: NDArray[np.float64], labels: NDArray[np.float64]) -> tuple[float, float]:
    """Return how far apart targets typically are within groups, and between any two rows (medians)."""
    first = theirs[np.flatnonzero(np.diff(found.group, prepend=-1))][found.group]
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(theirs - first)
        half = len(labels) // 2
        anyhow = np.abs(labels[:half] - labels[-half:][::-1])
    apart = apart[apart > 0]
    return float(np.median(apart)) if len(apart) else 0.0, float(np.median(anyhow))


def _names(split: SplitView, words: Hashes) -> list[Any]:
    """Return the labels that hashes stand for; None where they are not known."""
    targets = split.schema.targets
    if len(targets) != 1:
        return [None] * len(words)
    if targets[0] in split.schema.number_index:
        return [_plain(v) for v in words.view(np.float64).tolist()]
    counts = split.get(LabelOrder()).columns[targets[0]].counts
    known = {int(target_word(label, is_number=False)): label for label in list(counts)[:_NAMED]}
    return [known.get(int(word)) for word in words.tolist()]


def _plain(value: float) -> Any:
    return int(value) if value.is_integer() and abs(value) < 2**53 else number(value)
