"""BAT108 epoch-misses-samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.drawing import evened_out, on_purpose, with_replacement
from dataaudit.analyzers.batches.repeats import explained
from dataaudit.analyzers.batches.shown import Shown, shown
from dataaudit.analyzers.common import percent, plural
from dataaudit.analyzers.order.batches_common import TABLE_ROWS, feeding_of, found_of, log_of, places_table
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog


@register
@dataclass(frozen=True)
class EpochMissesSamples:
    """An epoch that does not show all samples.

    ## Why it matters
    What is never shown is never learned, and a score on part of the validation data is a score on other data.
    Drawing with replacement leaves out 37 % of the samples in every epoch and shows others twice or more.

    ## How it decides
    Compares the different samples of each epoch with how many there are: as declared (`rows`), else the length of the
    data set below the loader, or what its sampler is limited to, shared among processes; else the samples that came
    in any epoch. Samples are told by their numbers, else by hashes of their inputs. Inputs that come equally often in
    every epoch are rows that are equal in the data, and count as several. Where inputs are changed at random, only the
    number of rows is compared. Rows with NaN, with zeros alone, or of an odd form stand for samples of their own.
    Samples left out because the last batch would not be full are what drop_last is for: nothing where that is
    declared, else a note. Samplers that draw with replacement on purpose (declared, or so named by the loader) are not
    blamed; where classes come equally often though some have fewer samples, a weighted sampler is assumed: a note.

    ## What to do
    Iterate over the whole data set: len(loader) batches, shuffle=True without replacement, drop_last=False in
    validation.

    ## When to ignore it
    An epoch is meant to be part of the data, such as a fixed number of steps of a large stream.

    ## When it cannot tell
    Where nothing says how many samples there are and inputs change at random or one epoch was read; where reading
    was stopped early.
    """

    code: ClassVar[str] = "BAT108"
    name: ClassVar[str] = "epoch-misses-samples"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "never shows the network some of the samples"
    tips: ClassVar[tuple[str, ...]] = ("37.3",)

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge(self, split: SplitView) -> Iterator[Finding | Passed]:
        log, seen = log_of(split), shown(split)
        epochs = [epoch for epoch in log.epochs if epoch not in seen.short]
        if not epochs:
            raise CannotTell("no epoch was read to its end")
        everything = seen.all
        if everything is None:
            raise CannotTell(
                "nothing says how many samples there are, and "
                + ("one epoch was read" if len(log.epochs) < 2 else "the inputs change from epoch to epoch")
            )
        missing = {epoch: seen.missing(epoch) for epoch in epochs}
        worst = max(epochs, key=lambda epoch: missing[epoch])
        if not missing[worst]:
            how = "" if seen.steady else " by count; which ones, inputs that change at random do not say"
            yield Passed(f"every epoch of {split.name} shows {everything:,} samples of {everything:,}{how}")
            return
        told = f"{missing[worst]:,} of {everything:,} samples left out"
        if name := on_purpose(split):
            yield Passed(f"{told}: drawn with replacement on purpose ({name})")
        elif missing[worst] <= explained(split, worst):
            yield Passed(f"{told}, in place of which batches come again: BAT106 judges that")
        elif dropped := self._dropped(split, seen, worst, missing[worst]):
            if dropped == "declared":
                yield Passed(f"{told}, fewer than a batch: drop_last")
            else:
                yield self._finding(split, seen, missing, worst, "dropped")
        else:
            drawn = with_replacement(seen, worst)
            kind = "weighted" if drawn and evened_out(split, worst) else "drawn" if drawn else "missing"
            yield self._finding(split, seen, missing, worst, kind)

    def _dropped(self, split: SplitView, seen: Shown, epoch: int, missing: int) -> str:
        """Return whether the last, smaller batch was left out: "declared", "seen" or nothing."""
        sizes = [batch.rows for batch in log_of(split).epoch(epoch)]
        feeding, found = feeding_of(split), found_of(split)
        workers = max(1, int(found.get("workers", 0))) if found.get("iterable") else 1
        if len(set(sizes)) > 1 or missing >= sizes[0] * workers or seen.extra(epoch).any():
            return ""
        declared = feeding.drop_last if split.role == "train" else None
        return "declared" if declared or found.get("drop_last") else "seen"

    def _finding(self, split: SplitView, seen: Shown, missing: dict[int, int], worst: int, kind: str) -> Finding:
        everything = seen.all or 0
        n = missing[worst]
        again = int(seen.extra(worst).sum())
        share = percent(n / everything)
        message = f"Epoch {worst} of {split.name} leaves out {n:,} of {plural(everything, 'sample')} ({share})"
        if kind == "drawn":
            message += f", as drawing with replacement does: {plural(again, 'row')} show others again"
        elif kind == "weighted":
            message += "; classes come equally often all the same: it seems to draw with weights, on purpose"
        elif kind == "dropped":
            message += ": its last batch would not be full"
        elif again:
            message += f", and shows others again in {plural(again, 'row')}"
        rest = [f"{count:,} in epoch {epoch}" for epoch, count in missing.items() if epoch != worst and count]
        if rest:
            message += f"; it is {', '.join(rest[:3])}"
        evidence: dict[str, Any] = {
            "samples": everything,
            "known_by": seen.by if seen.steady else "count",
            "epochs": [
                {"epoch": epoch, "rows": seen.rows(epoch), "different": seen.distinct(epoch), "missing": count}
                for epoch, count in missing.items()
            ],
        }
        if (never := _never(seen)) is not None:
            message += f"; {never:,} come in no epoch that was read"
            evidence["in_no_epoch"] = never
        elsewhere = _elsewhere(seen, worst)
        if elsewhere:
            table = places_table(
                split, f"Where some samples stand that epoch {worst} leaves out", elsewhere[:TABLE_ROWS]
            )
            evidence["table"] = {**table, "total": len(elsewhere)}
        quiet = kind in ("weighted", "dropped")
        return Finding(
            message,
            row_count=n,
            severity=Severity.NOTE if quiet else None,
            evidence=evidence,
            place="dropped" if kind == "dropped" else "",
            fix={
                "drawn": "- sampler = RandomSampler(train, replacement=True)\n+ sampler = RandomSampler(train)",
                "weighted": '+ audit_batches(loader, sampler="weighted")   # then it counts as meant',
                "dropped": "+ audit_batches(loader, drop_last=True)   # in training; in validation, show every sample",
            }.get(kind, "+ assert sum(len(y) for x, y in loader) == len(loader.dataset)"),
        )


def _never(seen: Shown) -> int | None:
    """Return how many samples came in no epoch, where it is known how many there are and several were read."""
    if seen.n is None or not seen.steady or len(seen.ids) < 2:
        return None
    unknown = max(int((ids < 0).sum()) for ids in seen.ids.values())
    return max(0, seen.n - int(seen.cap[seen.ever].sum()) - unknown)


def _elsewhere(seen: Shown, epoch: int) -> list[tuple[int, int]]:
    """Return epoch and row of samples that other epochs show, and this one does not."""
    if not seen.steady:
        return []
    absent = seen.counts[epoch] == 0
    found: list[tuple[int, int]] = []
    told: Counter[int] = Counter()
    for other, ids in seen.ids.items():
        if other == epoch:
            continue
        for row in np.flatnonzero((ids >= 0) & absent[ids]).tolist():
            told[int(ids[row])] += 1
            if told[int(ids[row])] == 1:
                found.append((other, row))
    return found
