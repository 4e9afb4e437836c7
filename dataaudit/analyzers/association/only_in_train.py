"""ASC104 association-only-in-train."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.association.evidence import Evidence, evidence_of
from dataaudit.analyzers.association.no_association import shifted, table_of
from dataaudit.analyzers.common import capital, joined, number, train_of
from dataaudit.model import (
    Bools,
    CannotTell,
    Finding,
    Floats,
    Ints,
    NotApplicable,
    Passed,
    Severity,
    SplitView,
    Task,
    option,
)
from dataaudit.probe.agreement import Agreement, agreement
from dataaudit.probe.outcomes import ranks_of
from dataaudit.probe.separation import separate
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample

_BINS = 10
_STRONG = 0.3
"""Correlation of predictions with labels in train from which it is asked of the others: a tenth of the variance."""
_SOME = 0.02
"""p-value up to which a split holds an association of its own."""
_LEAST = 50.0
"""Rows of train that are like those of the other split, each by its weight, from which they stand for them."""


@register
@dataclass(frozen=True)
class AssociationOnlyInTrain:
    """What train's inputs say about the labels does not hold in another split.

    ## Why it matters
    The score on that split is worth nothing: it measures labels that were shuffled, joined to the wrong rows or coded
    otherwise, and a good model is thrown away for it, or a bad one chosen.

    ## How it decides
    Compares the correlation of the probe's out-of-fold predictions with the labels in train and in each other split.
    Only where train's, at the lower end of its interval, is 0.3 or more. It is an error where the other split's, at
    the upper end of its 99 % interval, is below `share` (half) of what train lets expect, and a permutation test within
    the split sees no association (p > 0.02). Where the split holds one of its own, so that labels may mean something
    else there, the limit is two thirds of that. What train lets expect is the smallest of: its own correlation; that
    with train's rows weighted so that classes, or tenths of the target, are as frequent as in the other split; that
    with train's rows weighted so that they look like the other split's (in tenths of the score of models that tell the
    splits apart).

    ## What to do
    Check how that split's labels were joined, and whether their codes mean the same as in train.

    ## When to ignore it
    The relation is known to have changed between the splits (another year, another machine), and the score is to show
    it.

    ## When it cannot tell
    Where train holds no clear association, the other split has fewer than 30 labelled rows or too few for an interval
    that narrow, or hardly any row of train is like the other split's.
    """

    code: ClassVar[str] = "ASC104"
    name: ClassVar[str] = "association-only-in-train"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "judges the model by labels that do not belong to their inputs"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    share: float = option(0.5, "share of the association expected from train, below which it has not carried over")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        if len(splits) < 2:
            raise NotApplicable("there is one split only")
        seen = evidence_of(splits)
        shifted(splits)
        train = train_of(splits).name
        if train not in seen.fits or seen.fits[train].lower() < _STRONG or seen.tests[train].p > _SOME:
            raise CannotTell(f"{train} holds no clear association that could carry over")
        others = [name for name in splits if name != train and name in seen.fits]
        if not others:
            raise CannotTell("the other splits have too few labelled rows")
        found = {name: expected for name in others if (expected := self._missing(seen, train, name)) is not None}
        for none in (True, False):
            names = [n for n in found if (seen.tests[n].p > _SOME) is none]
            if names:
                yield self._finding(seen, train, names, found, splits, none=none)
        if found:
            return
        said = [f"{n} {seen.fits[n].r:.2f} ± {seen.fits[n].deviation:.2f}" for n in (train, *others)]
        unsure = [n for n in others if self._unsure(seen, train, n)]
        if len(unsure) == len(others):
            raise CannotTell(f"too few rows to compare with {train} ({', '.join(said)})")
        yield Passed(f"correlation of predictions with labels: {', '.join(said)}")

    def _unsure(self, seen: Evidence, train: str, name: str) -> bool:
        """Return whether the interval is so wide that no association at all would have passed."""
        return 2.33 * seen.fits[name].deviation > self.share * seen.fits[train].r and (
            seen.fits[name].lower(2.33) < self.share * seen.fits[train].r
        )

    def _missing(self, seen: Evidence, train: str, name: str) -> float | None:
        """Return the correlation that train lets expect where the split's falls short of it, else None."""
        other = seen.fits[name]
        limit = self.share if seen.tests[name].p > _SOME else self.share * 2.0 / 3.0
        if other.upper(2.33) >= limit * seen.fits[train].r:
            return None
        expected = _expected(seen, train, name)
        if expected is None or expected.lower() < _STRONG or other.upper(2.33) >= limit * expected.r:
            return None
        return expected.r

    def _finding(
        self,
        seen: Evidence,
        train: str,
        names: list[str],
        expected: Mapping[str, float],
        splits: Mapping[str, SplitView],
        *,
        none: bool,
    ) -> Finding:
        schema = next(iter(splits.values())).schema
        worst = max(names, key=lambda n: seen.fits[n].r)
        message = (
            f"what inputs say about the labels in {train} does not hold in {joined(names)}: predictions and labels "
            f"correlate by {seen.fits[worst].r:.2f} there, where {train} lets expect {expected[worst]:.2f}"
        )
        if none:
            message += f"; labels permuted at random fit as well (p = {number(seen.tests[worst].p)})"
        else:
            message += "; they have relations of their own" if len(names) > 1 else "; it has a relation of its own"
        return Finding(
            capital(message),
            splits=tuple(names),
            columns=() if schema.pictures else schema.targets,
            confidence=0.99,
            evidence={
                "expected": {n: round(expected[n], 3) for n in names},
                "table": table_of(seen, [train, *(n for n in seen.fits if n != train)]),
            },
            fix="Join labels and inputs of that split by a key, and code its labels by train's codes:\n"
            "- test['label'] = labels['label'].values\n+ test = test.merge(labels, on='id', validate='one_to_one')",
        )


def _expected(seen: Evidence, train: str, name: str) -> Agreement | None:
    """Return the agreement that train lets expect of another split, None where no row of train is like its rows."""
    run = seen.run
    ours, theirs = seen.rows_of(train), seen.rows_of(name)
    weights = [np.ones(len(run.used)), _by_cell(_cells_of_target(seen), ours, theirs)]
    both = np.flatnonzero(ours | theirs)
    apart = separate(run.X[both], theirs[both], groups=run.groups[both], seed=0)
    if apart.auc > 0.55 and apart.p < 0.05:
        score = np.zeros(len(run.used), np.int64)
        score[both] = np.minimum((apart.scores * _BINS).astype(np.int64), _BINS - 1)
        weights.append(_by_cell(score, ours, theirs))
    found = []
    for w in weights:
        of = w[ours]
        if not of.any() or of.sum() ** 2 / (of**2).sum() < _LEAST:
            return None
        found.append(agreement(seen.P, seen.Y, ours, strata=run.rows.split, groups=run.groups, weights=w))
    return min(found, key=lambda a: a.r)


def _cells_of_target(seen: Evidence) -> Ints:
    run = seen.run
    cells = np.zeros(len(run.used), np.int64)
    if run.task is Task.CLASSIFICATION:
        cells[run.used] = run.y[run.used]
    elif run.task is Task.REGRESSION:
        ranks = ranks_of(run.y[run.used].astype(np.float64)) + 0.5
        cells[run.used] = np.minimum((ranks * _BINS).astype(np.int64), _BINS - 1)
    return cells


def _by_cell(cells: Ints, ours: Bools, theirs: Bools) -> Floats:
    """Return weights that make cells as frequent among our rows as among theirs."""
    size = int(cells.max(initial=0)) + 1
    here, there = (np.bincount(cells[rows], minlength=size) / max(1, int(rows.sum())) for rows in (ours, theirs))
    ratio: Floats = np.divide(there, here, out=np.zeros(size), where=here > 0)
    return ratio[cells]
