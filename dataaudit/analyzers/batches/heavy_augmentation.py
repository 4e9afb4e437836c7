"""BAT115 heavy-augmentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.batches.augmented import pairs_of_rows
from dataaudit.analyzers.batches.common import known_again
from dataaudit.analyzers.batches.fed_rows import FedRows, fed_rows
from dataaudit.analyzers.batches.twins import nearest
from dataaudit.analyzers.common import percent, train_of
from dataaudit.analyzers.order.batches_common import epochs_of
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchLogState
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample

LEAST_ROWS = 40
"""Rows of a split below which its accuracy says nothing."""


@dataclass(frozen=True)
class _Known:
    """How well a split's classes are known.

    Attributes
    ----------
    right, guess : float
        Share of rows predicted right, and the share of the commonest class.
    low, high : float
        Of the way from guessing to knowing all, with two standard errors.
    rows : int
        How many.
    """

    right: float
    guess: float
    low: float
    high: float
    rows: int


@register
@dataclass(frozen=True)
class HeavyAugmentation:
    """Training inputs augmented so heavily that their classes cannot be told any more.

    ## Why it matters
    A network can learn no more than its inputs still show. Augmentation that hides the class is label noise.

    ## How it decides
    The probe learns from train and validation rows together and predicts each from rows it was not fitted on. A warning
    where all of this holds: it knows validation rows well (at least `known` of the way from guessing the commonest
    class to knowing all, two standard errors below included); it is no better than guessing on augmented train rows (at
    most `unknown` of that way, two standard errors above included); and the same samples in two epochs are no nearer to
    each other (at least `lost` of the distance) than to other samples, so that it is the augmentation that hides the
    class and not wrong labels.

    ## What to do
    Look at the pictures below, and make the changes smaller, or rarer, until you can name the class yourself.

    ## When to ignore it
    Labels are not what is learnt (contrastive learning), or inputs are mixed on purpose along with their labels.

    ## When it cannot tell
    Without a validation loader, with one epoch, with fewer than 40 rows of either, where the probe does not know the
    validation rows, or where too few batches were kept to hold the same samples twice.
    """

    code: ClassVar[str] = "BAT115"
    name: ClassVar[str] = "heavy-augmentation"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "feeds inputs that no longer show their class"
    tips: ClassVar[tuple[str, ...]] = ("37.13",)

    known: float = option(0.5, "of the way from guessing to knowing all, from which validation rows are known well")

    unknown: float = option(0.25, "of the same way, up to which train rows are not known")

    lost: float = option(0.9, "distance of the same sample in two epochs, as a share of that to the next other sample")

    def needs(self) -> tuple[BatchLog, Sample, PictureSample]:
        return BatchLog(), Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        log = epochs_of(train)
        if known_again(train) > 0.5:
            raise NotApplicable("training inputs do not change at random")
        others = [split for split in splits.values() if split.role != "train"]
        if not others:
            raise CannotTell("there is no validation loader, whose inputs are not augmented")
        run = probe_run(splits)
        if run.task is not Task.CLASSIFICATION:
            raise NotApplicable(f"the task is {run.task}, which has no classes to recognise")
        here, there = _known(run, train.name), _known(run, others[0].name)
        both = (
            f"{percent(here.right)} of {here.rows:,} {train.name} rows and {percent(there.right)} of {there.rows:,} "
            f"{others[0].name} rows are predicted right (guessing: {percent(here.guess)} and {percent(there.guess)})"
        )
        if here.high > self.unknown:
            yield Passed(f"the probe still knows the classes of augmented rows: {both}")
            return
        if there.low < self.known:
            raise CannotTell(f"the probe does not know the classes of {others[0].name} rows well enough: {both}")
        rows = fed_rows(train)
        apart, pairs = _apart(rows, log)
        if apart < self.lost:
            yield Passed(
                f"the same sample in two epochs is at {apart:.2f} of the distance to the next other one: {both}"
            )
            return
        yield Finding(
            f"the probe knows the classes of {others[0].name}, but not those of augmented {train.name} rows: {both}; "
            f"a sample's two versions are {apart:.2f} times as far apart as two samples",
            splits=(train.name,),
            confidence=0.95,
            evidence={
                "train_right": round(here.right, 4),
                "validation_right": round(there.right, 4),
                "distance": round(apart, 4),
            },
            figure=pairs_of_rows(train, rows, pairs, ["nearest"] * len(pairs), "Rows of two epochs, nearest first"),
            fix="Look at what is fed, and make the random changes smaller or rarer until the class can be seen.",
        )


def _known(run: ProbeRun, split: str) -> _Known:
    mine = run.used & (run.rows.split == run.rows.splits.index(split))
    n = int(mine.sum())
    if n < LEAST_ROWS:
        raise CannotTell(f"{n:,} rows of {split} have a label, and it takes {LEAST_ROWS}")
    right = float((run.P[mine].argmax(axis=1) == run.y[mine]).mean())
    guess = float(np.bincount(run.y[mine]).max() / n)
    error = 2 * float(np.sqrt(max(right * (1 - right), 1 / n) / n))
    low, high = ((right + e - guess) / max(1 - guess, 1e-9) for e in (-error, error))
    return _Known(right, guess, low, high, n)


def _apart(rows: FedRows, log: BatchLogState) -> tuple[float, list[tuple[int, int]]]:
    """Return how far a sample's nearest row of the other epoch is, as a share of the nearest of its own, and pairs."""
    for number, epoch in enumerate(log.epochs[:2]):
        if int((rows.epoch == number).sum()) * rows.positions < 0.8 * len(log.samples(epoch)):
            raise CannotTell("too few batches were kept to hold the same samples in both epochs")
    there, across, own = nearest(rows)
    later = np.flatnonzero(np.repeat(rows.epoch == 1, rows.positions))
    pairs = [(int(there[i]), int(later[i])) for i in np.argsort(across, kind="stable")[:12]]
    return float(np.median(across) / max(float(np.median(own)), 1e-30)), pairs
