"""BAT107 duplicated-augmentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.augmented import pairs_of_rows
from dataaudit.analyzers.batches.common import known_again
from dataaudit.analyzers.batches.echoes import Echo, holds_for_turns, is_fixed_order, strongest_echo
from dataaudit.analyzers.batches.fed_rows import FedRows, fed_rows
from dataaudit.analyzers.batches.looks import PLAIN
from dataaudit.analyzers.common import percent, train_of
from dataaudit.analyzers.order.batches_common import batch_at, capped, feeding_of, found_of, log_of, of_kept
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Trialled, option
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog, BatchLogState

SHOWN = 12
"""Pairs of rows that are listed and drawn."""

SEEDS = (
    "Draw random numbers from a generator that each worker seeds by itself: torch's own, or in `worker_init_fn` one "
    "made from `torch.utils.data.get_worker_info().seed`; never keep one in the data set or at the top of a module."
)
_LOOKS = {
    "numbers": "hold the same rare numbers",
    "patches": "are filled with one value at the same places",
    "grain": "carry the same fine noise",
    "seams": "break at the same lines",
    "residue": "differ from their class in the same way",
    "brightness": "are equally bright",
    "contrast": "have equal contrast",
    "warmth": "have equal colour casts",
    "height": "are moved up or down alike",
    "side": "are moved sideways alike",
    "slant": "are turned alike",
}


@register
@dataclass(frozen=True)
class DuplicatedAugmentation:
    """Random augmentation that repeats: in several workers, or in every epoch.

    ## Why it matters
    Workers that share a random seed make the same augmentations, so that the network sees far fewer than you pay for;
    augmentation that repeats every epoch is a fixed data set.

    ## How it decides
    Judges by what is fed, and asks no source code. Three signs, each enough:

    1. Across batches. Rows at the same position of two batches are different samples; under honest augmentation they
       are no more alike than rows at other positions. Looks that augmentation leaves are compared (equal rare numbers,
       patches of one value, fine noise, seams, brightness and others), for every two batches, for groups of batches as
       2 to 8 workers would share them, and for the same batch of two epochs. An error where the chance of the
       likeness is at most `p_value` (Mantel's statistic, with a chi-square tail heavier than its own) and batches with
       their positions turned round at random never come near. benchmarks/augmentation_workers.py counts
       false alarms.
    2. Across epochs, where training inputs are declared to be augmented: `share` of the second epoch's samples were
       fed in the first, bit for bit.
    3. By trial, for torch loaders with workers: two workers are asked for the same few samples. An error where samples
       differ each time they are asked for, and yet both workers gave the same.

    ## What to do
    Seed each worker's generator by itself. Since torch 1.9 workers reseed torch, random and numpy.random; a generator
    that the data set or a module holds is copied into every worker as it is.

    ## When to ignore it
    The augmentation is meant to be the same along positions.

    ## When it cannot tell
    Where nothing is random; with batches of less than four rows; where both epochs come in the same order and no
    trial can be made; and by batches alone where the augmentation leaves no trace in single rows (mirroring).
    """

    code: ClassVar[str] = "BAT107"
    name: ClassVar[str] = "duplicated-augmentation"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "shows the same random changes again and again"
    tips: ClassVar[tuple[str, ...]] = ("37.3",)

    p_value: float = option(1e-8, "chance of likeness across batches below which it is flagged")

    share: float = option(0.95, "share of samples fed before, bit for bit, from which declared augmentation repeats")

    def needs(self) -> tuple[BatchLog]:
        return (BatchLog(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        log = log_of(train)
        declared = feeding_of(train).augmented
        again = known_again(train) if len(log.epochs) > 1 else None
        if declared and again is not None and again >= self.share:
            yield _repeated_epochs(train, log, again)
            return
        if again is not None and again > 0.5 and not declared:
            raise NotApplicable(f"{percent(again)} of the samples are the same in both epochs: nothing is random")
        said = of_kept(train, self, lambda: self._said(train))
        if isinstance(said, CannotTell):
            raise said.with_traceback(None)
        yield said

    def _said(self, train: SplitView) -> Finding | Passed | CannotTell:
        """Judge the batches that were kept, which stay the same however many epochs are watched."""
        trial = _trial(train)
        equal = bool(trial.get("equal")) and _concerns(found_of(train))
        try:
            rows, echo = _echo(train, found_of(train))
        except CannotTell as answer:
            if equal:
                return _by_trial(train, trial)
            if trial.get("random"):
                return Passed(f"two workers gave different augmentations: {_told(trial)}")
            return answer
        if self._is_loud(echo, rows, train.context.seed):
            return _shared(train, rows, echo, trial)
        if equal:
            return _by_trial(train, trial)
        return Passed(
            f"rows at the same position of {echo.sharing} are no more alike than chance has it "
            f"({echo.z:.1f} standard deviations at most)" + (f"; {_told(trial)}" if trial else "")
        )

    def _is_loud(self, echo: Echo, rows: FedRows, seed: int) -> bool:
        enough = echo.look in PLAIN or echo.effect >= 0.03
        return echo.p <= self.p_value and enough and holds_for_turns(echo, rows.positions, seed)


def _trial(train: SplitView) -> Mapping[str, Any]:
    source: object = train.source
    tried = source.trial() if isinstance(source, Trialled) else None
    return tried or {}


def _concerns(found: Mapping[str, Any]) -> bool:
    """Return whether equal seeds matter with the loader's own number of workers."""
    return int(found.get("workers", 0)) > 1 or not found.get("persistent", False)


def _echo(train: SplitView, found: Mapping[str, Any]) -> tuple[FedRows, Echo]:
    rows = fed_rows(train)
    if is_fixed_order(rows):
        rows = _changes(rows)
        return rows, strongest_echo(rows, found.get("workers"), looks=PLAIN)
    if not (rows.epoch == 1).any() and not found.get("shuffled"):
        raise CannotTell("one epoch was read, and the loader does not say that it shuffles")
    return rows, strongest_echo(rows, found.get("workers"))


def _changes(rows: FedRows) -> FedRows:
    """Return what changed from the first epoch to the second, where both hold the same samples in the same order.

    Such an order may follow the data, as panels do whose length is that of a batch; the samples themselves cancel out.
    """
    size, n = rows.positions, int((rows.epoch == 0).sum())
    later = {int(b): i for i, b in enumerate(rows.batch) if rows.epoch[i] == 1}
    both = [(i, later[int(rows.batch[i])]) for i in range(n) if int(rows.batch[i]) in later]
    pick = np.array([i for i, _ in both], dtype=np.int64)
    first, second = (
        (np.array([pair[k] for pair in both])[:, np.newaxis] * size + np.arange(size)).reshape(-1) for k in (0, 1)
    )
    change = rows.values[second] - rows.values[first]
    return replace(
        rows, values=change, epoch=rows.epoch[pick], batch=rows.batch[pick], first=rows.first[pick],
        label=np.zeros(len(first), np.int64), words=np.arange(len(first), dtype=np.uint64),
    )  # fmt: skip


# ---------------------------------------------------------------- findings


def _repeated_epochs(train: SplitView, log: BatchLogState, again: float) -> Finding:
    second = log.epochs[1]
    known = np.flatnonzero(np.isin(log.samples(second), log.samples(log.epochs[0])))
    before = {int(word): i for i, word in enumerate(log.samples(log.epochs[0]).tolist())}
    of = np.array([before[int(word)] for word in log.samples(second)[known[:SHOWN]].tolist()], dtype=np.int64)
    here, there = batch_at(log, second, known[:SHOWN]), batch_at(log, log.epochs[0], of)
    rows = np.sort(np.flatnonzero(np.isin(log.samples(log.epochs[0]), log.samples(second))))
    return Finding(
        f"{percent(again)} of the {len(log.samples(second)):,} samples of {train.name} in epoch {second} were fed in "
        f"epoch {log.epochs[0]}, bit for bit, although training inputs are declared to be augmented: the augmentation "
        "repeats in every epoch, or is not applied",
        splits=(train.name,),
        rows=capped(rows[rows < train.n_rows]),
        row_count=len(rows),
        evidence={
            "again": round(again, 4),
            "table": {
                "caption": "Samples that came back unchanged",
                "columns": ["epoch", "batch", "position", "before in epoch", "before in batch", "before at position"],
                "rows": [
                    [second, b, p, log.epochs[0], c, q]
                    for b, p, c, q in zip(*(line.tolist() for line in (*here, *there)), strict=True)
                ],
                "total": len(known),
            },
        },
        fix="Draw the augmentation when a sample is asked for, from a generator that goes on between epochs. " + SEEDS,
        place="epochs",
    )


def _shared(train: SplitView, rows: FedRows, echo: Echo, trial: Mapping[str, Any]) -> Finding:
    shown = _clearest(rows, echo)
    batches = np.unique(echo.pairs)
    first = batches[rows.epoch[batches] == 0]
    held = np.sort((rows.first[first][:, np.newaxis] + np.arange(rows.positions)).reshape(-1))
    held = held[held < train.n_rows]
    worked = f"; a trial agrees: {_told(trial)}, both gave the same" if trial.get("equal") else ""
    left, right = rows.place(shown[0][0]), rows.place(shown[0][1])
    return Finding(
        f"rows of {train.name} at the same position of {echo.sharing} {_LOOKS[echo.look]}, {echo.z:.0f} standard "
        f"deviations beyond chance: their random augmentation is shared; the clearest are at position {left[2]} of "
        f"batch {left[1]} in epoch {left[0]} and batch {right[1]} in epoch {right[0]}{worked}",
        splits=(train.name,),
        rows=capped(held),
        row_count=len(held),
        confidence=1.0 - max(echo.p, 1e-12),
        evidence={
            "look": echo.look,
            "batches": echo.sharing,
            "standard_deviations": round(echo.z, 1),
            "likeness": round(echo.effect, 4),
            **_numbers(trial),
            "table": {
                "caption": "Different samples with the same augmentation",
                "columns": ["epoch", "batch", "position", "as in epoch", "as in batch"],
                "rows": [[*rows.place(a), *rows.place(b)[:2]] for a, b in shown],
            },
        },
        figure=pairs_of_rows(
            train, rows, shown, [f"position {rows.place(a)[2]}" for a, _ in shown],
            "Different samples at the same position, with the same random changes",
        ),
        fix=SEEDS,
        place="batches",
    )  # fmt: skip


def _by_trial(train: SplitView, trial: Mapping[str, Any]) -> Finding:
    workers = int(found_of(train).get("workers", 0))
    alone = "" if workers > 1 else "; with one worker, every epoch repeats the last, since its worker starts anew"
    return Finding(
        f"the data set of {train.name} changes its samples at random, but two workers changed them in the same way: "
        f"{_told(trial)}, all pairs equal{alone}",
        splits=(train.name,),
        confidence=1.0,
        evidence={"workers": workers, **_numbers(trial)},
        fix=SEEDS,
        place="trial",
    )


def _numbers(trial: Mapping[str, Any]) -> dict[str, Any]:
    known = ("samples", "equal", "start")
    return {f"trial_{word}": trial[word] for word in known if word in trial}


def _told(trial: Mapping[str, Any]) -> str:
    if "failed" in trial:
        return f"a trial with two workers failed after {trial['seconds']:.1f} s ({trial['failed']})"
    return f"{trial['samples']} samples asked of each of two workers ({trial['start']}) in {trial['seconds']:.1f} s"


def _clearest(rows: FedRows, echo: Echo) -> Sequence[tuple[int, int]]:
    """Return the rows that are most alike at the same position, one pair for each position."""
    size = rows.positions
    a = (echo.pairs[:, :1] * size + np.arange(size)).reshape(-1)
    b = (echo.pairs[:, 1:] * size + np.arange(size)).reshape(-1)
    found: dict[int, tuple[int, int]] = {}
    for i in np.argsort(-echo.likeness[a, b], kind="stable"):
        found.setdefault(int(a[i]) % size, (int(a[i]), int(b[i])))
        if len(found) == SHOWN:
            break
    return list(found.values())
