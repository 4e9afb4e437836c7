"""BAT114 val-augmented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.batches.augmented import Difference, difference, pairs_of_rows
from dataaudit.analyzers.batches.fed_rows import FedRows, fed_rows
from dataaudit.analyzers.batches.padding import fresh_but_for_padding
from dataaudit.analyzers.batches.twins import Twins, nearest, twins
from dataaudit.analyzers.common import joined, percent
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, batch_at, capped, epochs_of, samples_at
from dataaudit.model import CannotTell, Finding, Ints, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchLogState

COMPARED = 48
"""Pairs of versions that are compared number by number."""

LEAST_CHANGED = 3


@register
@dataclass(frozen=True)
class ValAugmented:
    """Random augmentation in the validation loader.

    ## Why it matters
    A score on inputs that change at random is another one each time, and lower than the model's own: early stopping
    and the choice of models then follow the noise.

    ## How it decides
    Compares two epochs of each loader that is not train's. Samples are known to be the same by their index, by labels
    in the same order (by chance in fewer than one of 1,000,000 cases), or because each epoch has as many different
    samples as there are. A warning where at least `share` of them, and three or more, differ. Two versions of a sample
    are then compared number by number, to say what was done to it. Where none differs by more than `rounding` of its
    largest number, it is a note: sums in another order do that, augmentation does not. What comes again
    elsewhere in the epoch, or padded to another length, does not differ.

    ## What to do
    Give the validation loader its own transforms: those of train without the random ones.

    ## When to ignore it
    The score is meant to be averaged over random changes (test-time augmentation).

    ## When it cannot tell
    With one epoch; where samples are drawn anew each epoch and no index tells them apart; and where augmentation was
    done once and is the same in every epoch, as that is a data set like any other.
    """

    code: ClassVar[str] = "BAT114"
    name: ClassVar[str] = "val-augmented"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "scores the model on inputs that change at random"
    tips: ClassVar[tuple[str, ...]] = ("37.13",)

    share: float = option(0.05, "share of samples that differ between two epochs, from which it is flagged")

    rounding: float = option(1e-5, "largest difference, as a share of the largest number, that is rounding")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        if split.role == "train":
            raise NotApplicable("training inputs may change at random")
        log = epochs_of(split)
        first, second = log.epochs[:2]
        n = len(log.samples(second))
        fresh = ~np.isin(log.samples(second), log.samples(first))
        if not fresh.any():
            yield Passed(f"all {n:,} samples of epoch {second} were fed in epoch {first}, bit for bit")
            return
        fresh = fresh_but_for_padding(split, fresh)
        if not fresh.any():
            yield Passed(f"all {n:,} samples of epoch {second} were fed in epoch {first}, but for their padding")
            return
        same = twins(split, log)
        if same is None:
            raise CannotTell(
                f"{int(fresh.sum()):,} of {n:,} samples of epoch {second} were not fed in epoch {first}, and nothing "
                "says whether they are the same samples"
            )
        changed, of = _changed(log, same, fresh)
        n = len(same.first) or n
        if len(changed) < max(LEAST_CHANGED, self.share * n):
            yield Passed(f"{len(changed):,} of {n:,} samples differ between two epochs, fewer than {self.share:.0%}")
            return
        yield self._finding(split, log, same, changed, of, n)

    def _finding(
        self, split: SplitView, log: BatchLogState, same: Twins, changed: Ints, of: Ints, n: int
    ) -> Finding:  # fmt: skip
        first, second = log.epochs[:2]
        pairs, looks, rows = _versions(split, same, changed, of)
        kinds = Counter(look.kind for look in looks)
        by_rounding = bool(looks) and max(look.relative for look in looks) <= self.rounding
        said = joined([f"{kind} ({count} of {len(looks)} compared)" for kind, count in kinds.most_common(3)])
        if by_rounding:
            said = f"by no more than {max(look.relative for look in looks):.1g} of their largest number: rounding"
        message = (
            f"{len(changed):,} of {n:,} samples of {split.name} ({percent(len(changed) / n)}) differ between epochs "
            f"{first} and {second}, though they are the same samples, known {same.known_by}"
        )
        there = of if len(of) else changed
        batch, position = batch_at(log, first, there[:TABLE_ROWS]) if len(of) else batch_at(log, second, changed)
        names = samples_at(split, first, there[:TABLE_ROWS]) if len(of) else None
        where = first if len(of) else second
        table = [
            [where, b, p, *([] if names is None else [names[i]])]
            for i, (b, p) in enumerate(zip(batch[:TABLE_ROWS].tolist(), position[:TABLE_ROWS].tolist(), strict=True))
        ]
        figure = None if rows is None else pairs_of_rows(
            split, rows, pairs, [look.kind for look in looks], "The same samples in two epochs"
        )  # fmt: skip
        return Finding(
            message + (f": {said}" if said else ""),
            rows=capped(np.sort(of[of < split.n_rows])),
            row_count=len(changed),
            severity=Severity.NOTE if by_rounding else None,
            evidence={
                "changed": len(changed),
                "samples": n,
                "kinds": dict(kinds),
                "table": {
                    "caption": "Samples that differ in the other epoch",
                    "columns": ["epoch", "batch", "position", *([] if names is None else ["sample"])],
                    "rows": table,
                    "total": len(changed),
                },
            },
            figure=figure,
            fix="Give the validation loader transforms of its own, without the random ones.",
        )


def _changed(log: BatchLogState, same: Twins, fresh: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> tuple[
    Ints, Ints
]:  # fmt: skip
    """Return where samples that differ stand in the second epoch, and in the first where that is known."""
    if not len(same.first):
        return np.flatnonzero(fresh), same.first
    first, second = log.epochs[:2]
    differ = (log.samples(first)[same.first] != log.samples(second)[same.second]) & fresh[same.second]
    return same.second[differ], same.first[differ]


def _versions(
    split: SplitView, same: Twins, changed: Ints, of: Ints
) -> tuple[Sequence[tuple[int, int]], Sequence[Difference], FedRows | None]:
    """Return pairs of versions among the rows that are kept, and how they differ; nothing where none are kept."""
    try:
        rows = fed_rows(split)
    except CannotTell:
        return [], [], None
    if not (rows.epoch == 1).any():
        return [], [], None
    if len(of):
        place = {
            (int(rows.epoch[b]), int(rows.first[b]) + p): b * rows.positions + p
            for b in range(len(rows.batch))
            for p in range(rows.positions)
        }
        kept = [(place.get((0, a)), place.get((1, b))) for a, b in zip(of.tolist(), changed.tolist(), strict=True)]
        pairs = [(a, b) for a, b in kept if a is not None and b is not None][:COMPARED]
    else:
        there, far, _ = nearest(rows)
        later = np.flatnonzero(np.repeat(rows.epoch == 1, rows.positions))
        closest = np.argsort(far, kind="stable")
        pairs = [(int(there[i]), int(later[i])) for i in closest if far[i] > 0][:COMPARED]
    spread = float(rows.values.std())
    looks = [difference(rows.values[a], rows.values[b], spread) for a, b in pairs]
    return pairs, looks, rows
