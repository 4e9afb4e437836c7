"""LEA110 duplicates-across-splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, listing, number, percent, plural, train_and_others
from dataaudit.analyzers.leakage.pairs import pairs_of
from dataaudit.analyzers.leakage.resampling import is_explained
from dataaudit.analyzers.leakage.shared_rows import (
    Shared,
    chance_across,
    is_pictures,
    natural_pictures,
    shared_rows,
    split_tail,
    without_numbering,
)
from dataaudit.analyzers.leakage.side_by_side import figure_of_pairs, verified
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.model import Finding, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.row_hashes import RowHashes, hashed_columns
from dataaudit.stats.sample import Sample

CERTAIN = 1e-6
"""Probability below which coarse rows shared by two splits are too many for a random split to have put there."""

RELABELLED = 0.1
"""Share of shared rows with another label above which rows that repeat within train as often are no copies."""


@dataclass(frozen=True)
class _Weight:
    """What chance says of shared rows: a verdict, with the numbers behind it.

    Attributes
    ----------
    severity : Severity
        Error: copied; warning: copies that were there before the split; note: as chance makes.
    expected : float
        Rows that chance would make.
    p : float
        How probable as many are by chance.
    p_split : float
        How probable as many across are if all pairs were there before a random split.
    """

    severity: Severity
    expected: float
    p: float
    p_split: float


@register
@dataclass(frozen=True)
class DuplicatesAcrossSplits:
    """The same row, or the same picture, in train and in another split.

    ## Why it matters
    The model is scored on rows that it was trained on. What it learnt by heart counts as skill, and the score is one
    that no new row will reach.

    ## How it decides
    Hashes the inputs of every row (64 bits; columns in the role of an id, or named like one, are left out; missing
    equals missing) and every picture as decoded. Train is compared with each other split, and validation with test.
    All shared rows are found, at any size; up to 1,000 are read again and compared cell by cell. Columns whose values
    number the rows, whatever their name, are left out as well, within the sample of 20,000 rows a split.

    Coarse measurements repeat by chance: 17 % of the Titanic's test rows are in train after any random split. How
    often is estimated as for INP107, from rows of both splits that agree in all parts of the columns but one, two or
    three, doubled; only shared rows without such a neighbour count against it, and once more with the target as a
    further column, for rows that share it too. More of them with p < `p_value` / (2 x pairs of splits) (Poisson) are
    an error; where the splits' own repeats explain them (inputs that occur twice: binomial, p >= 0.01) the copies
    were there before the data was split: a warning. Where train repeats too (p >= 1e-6) and more than a tenth of the
    shared rows have another label, chance made them: a rotation hides how coarse columns are. Where neighbours abound
    it is still an error if the rows are too many for chance and for a random split of such repeats (both below that
    limit; or the latter below 1e-6). Else it is a note that states both rates. Pictures never repeat by chance, but
    where each occurs three times or more on average they are drawn from a small set: a note. So are copies that
    oversampling before the split made, which LEA118 tells of. A single such row, or 0.5 % of the split, is not worth a
    note. Between validation and test an error is a warning. Blank pictures and empty rows are no copies.

    ## What to do
    Drop the copies from train, or from the split that scores; then find out how they came there. Drop duplicates
    before splitting.

    ## When to ignore it
    The splits share rows on purpose, as when the final model is fitted on everything and only its format is checked.

    ## When it cannot tell
    In tables of a few coarse columns a handful of copies hides among natural twins. Rows that were rounded or
    edited, and pictures saved anew, are LEA111's. Facts from a saved profile hold no rows.
    """

    code: ClassVar[str] = "LEA110"
    name: ClassVar[str] = "duplicates-across-splits"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "scores the model on rows it was trained on"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    p_value: float = option(1e-3, "p-value below which more rows are shared than chance makes")

    def needs(self) -> tuple[RowHashes, Sample]:
        return (RowHashes(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train_and_others(splits)
        first = next(iter(splits.values()))
        if not is_pictures(first) and not hashed_columns(first.schema):
            raise NotApplicable("there are no inputs")
        thing = "picture" if is_pictures(first) else "row"
        pairs = list(pairs_of(splits))
        if not pairs:
            raise NotApplicable("there is one split with rows, and nothing to compare it with")
        said, coarse = [], False
        in_train: dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
        for left, right in pairs:
            shared, without = self._shared(left, right)
            if left is not pairs[0][0]:  # rows of train are told of once
                shared = shared.only(~np.isin(shared.rows, in_train.get(right.name, ())))
            else:
                in_train[right.name] = shared.rows
            if not len(shared.rows):
                said.append(f"none of {right.name}'s {plural(right.n_rows, thing)} is in {left.name}")
                continue
            weight = self._weigh(shared, without, self.p_value / (2 * len(pairs)))
            coarse |= weight.severity is Severity.NOTE
            if coarse and left is not pairs[0][0]:  # what train and the others share by nature, these share, too
                weight = replace(weight, severity=Severity.NOTE)
            if weight.severity is Severity.NOTE and len(shared.rows) < max(2, 0.005 * right.n_rows):
                share = plural(len(shared.rows), thing)
                said.append(f"{share} of {right.name} in {left.name}, as chance makes in data this coarse")
                continue
            by_oversampling = is_explained(splits, shared)
            if by_oversampling:
                weight = replace(weight, severity=Severity.NOTE)
            yield self._finding(
                shared, weight, without, thing, main=left is pairs[0][0], by_oversampling=by_oversampling
            )
        if said:
            yield Passed("; ".join(said))

    def _shared(self, left: SplitView, right: SplitView) -> tuple[Shared, list[Name]]:
        """Return the shared rows, and the numbering columns that had to be left out to see them."""
        shared = shared_rows(left, right)
        if not is_pictures(left):
            told = without_numbering(left, right)
            if told is not None and len(told[0].rows) > len(shared.rows):
                return told
        return shared, []

    def _weigh(self, shared: Shared, without: list[Name], limit: float) -> _Weight:
        left, right = shared.left, shared.right
        p_split = split_tail(shared.twice[0], shared.twice[1], left.n_rows, right.n_rows, shared.twice[2])
        if is_pictures(left):
            natural = natural_pictures(shared)
            return _Weight(
                Severity.NOTE if natural else Severity.ERROR, float("inf") if natural else 0.0, float(natural), p_split
            )
        before = shared.twice[0] + shared.twice[2] > 0 and p_split >= 0.01
        at_home = shared.twice[0] > 0 and p_split >= CERTAIN
        if at_home and shared.relabelled.mean() > RELABELLED:  # rotated coarse columns look fine, their labels do not
            return _Weight(Severity.NOTE, float(len(shared.rows)), 1.0, p_split)
        names = [c.name for c in hashed_columns(left.schema) if c.name not in without]
        targets = list(left.schema.targets)
        found = [(shared.rows, names)]
        if targets and not shared.relabelled.all():  # chance seldom repeats a fine target as well
            found.append((shared.rows[~shared.relabelled], [*names, *targets]))
        weighed = []
        for rows, columns in found:
            chance = chance_across(left, right, columns)
            p = poisson_tail(chance.lonely(rows), chance.expected)
            if p < limit:
                return _Weight(Severity.WARNING if before else Severity.ERROR, chance.expected, p, p_split)
            too_many = max(p_split, poisson_tail(len(rows), chance.expected)) < limit
            weighed.append(_Weight(Severity.ERROR if too_many else Severity.NOTE, chance.expected, p, p_split))
        if shared.twice[0] > 0 and p_split < CERTAIN:
            return replace(weighed[0], severity=Severity.ERROR)
        return next((w for w in weighed if w.severity is Severity.ERROR), weighed[0])

    def _finding(
        self, shared: Shared, weight: _Weight, without: list[Name], thing: str, *, main: bool, by_oversampling: bool
    ) -> Finding:
        left, right = shared.left, shared.right
        columns = [c for c in hashed_columns(left.schema) if c.name not in without]
        shared, compared = verified(shared, columns)
        n, relabelled = len(shared.rows), int(shared.relabelled.sum())
        severity = weight.severity
        if severity is Severity.ERROR and not main:
            severity = Severity.WARNING
        labels = [
            "" if not left.schema.targets else "another label" if other else "the same label"
            for other in shared.relabelled[:12].tolist()
        ]
        pairs = list(zip(shared.of.tolist(), shared.rows.tolist(), strict=True))
        return Finding(
            _message(shared, weight, without, thing, by_oversampling=by_oversampling),
            splits=(left.name, right.name),
            rows=tuple(shared.rows[:ROW_CAP].tolist()),
            row_count=n,
            severity=severity,
            confidence=None if severity is Severity.NOTE or weight.p == 0.0 else 1.0 - min(weight.p, weight.p_split),
            evidence={
                "shared": n,
                "share": round(n / max(1, right.n_rows), 6),
                "other_label": relabelled if left.schema.targets else None,
                "compared_again": compared,
                "expected_by_chance": round(weight.expected, 3) if np.isfinite(weight.expected) else None,
                "p": weight.p,
                "p_if_split_at_random": weight.p_split,
                "twice_within_across_within": list(shared.twice),
                "share_repeated_within": round(shared.left_repeats, 6),
                "left_out": [str(name) for name in without],
                "table": {
                    "caption": f"Which {thing} of {right.name} is which of {left.name} (positions from 0)",
                    "columns": [f"row of {right.name}", f"row of {left.name}"],
                    "rows": [[b, a] for a, b in pairs[:200]],
                    "total": n,
                },
            },
            figure=figure_of_pairs(
                left, right, pairs, labels, f"The same {thing} in {left.name} and in {right.name}", columns
            ),
            place=thing,
            fix=_fix(left, thing),
        )


def _message(shared: Shared, weight: _Weight, without: list[Name], thing: str, *, by_oversampling: bool) -> str:
    left, right = shared.left, shared.right
    n, relabelled = len(shared.rows), int(shared.relabelled.sum())
    message = (
        f"{plural(n, thing)} of {right.name} {'is' if n == 1 else 'are'} in {left.name} as well "
        f"({percent(n / right.n_rows)} of {right.name})"
    )
    if without:
        message += f", but for {listing(without)}, which {'number' if len(without) > 1 else 'numbers'} the rows"
    if relabelled:
        message += (
            f"; {plural(relabelled, 'pair')} of them {'disagrees' if relabelled == 1 else 'disagree'} on the label"
        )
    if by_oversampling:
        return f"{message}: copies of a class that was filled up before the split (LEA118)"
    if weight.severity is Severity.NOTE:
        if thing == "picture":
            return f"{message}: they are drawn from a small set of pictures"
        within = percent(shared.left_repeats)
        return f"{message}, as chance makes in columns this coarse: {within} of {left.name} repeat within it"
    if weight.severity is Severity.WARNING:
        return f"{message}; {left.name} repeats as often within itself: the copies were there before the split"
    if thing == "picture":
        return message
    if weight.p >= weight.p_split:
        return f"{message}; rows that repeat by chance would lie within {left.name} as often"
    chance = "fewer than 1" if weight.expected < 1 else f"at most {number(round(weight.expected))}"
    return f"{message}; chance would make {chance}"


def _fix(left: SplitView, thing: str) -> str:
    if left.schema.pictures:
        return "Keep one file of each, before the data is split."
    if thing == "picture":
        return "+ _, keep = np.unique(X.reshape(len(X), -1), axis=0, return_index=True)   # before the split"
    return "+ data = data.drop_duplicates()   # before the data is split"
