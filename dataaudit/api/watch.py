"""Batches audited while a network trains on them: `watch`."""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from dataaudit.api.run import Run
from dataaudit.errors import ConfigError
from dataaudit.loaders.batches import Reader, watched_data
from dataaudit.loaders.batches.described import described
from dataaudit.loaders.batches.opened import length_of
from dataaudit.model import Dataset, Fed, Feeding
from dataaudit.profile import Profile
from dataaudit.report.lines import line
from dataaudit.report.report import Report
from dataaudit.report.words import tally
from dataaudit.stats.batch_intake import Intake
from dataaudit.stats.batch_log import BatchLog, BatchLogState

KEPT_ROWS, KEPT_BYTES = 1024, 1 << 25
"""First rows of the first epoch that the ordinary rules judge, and most bytes of them."""

SHOWN = 5
"""Findings told at the end of an epoch."""


class Watcher:
    """Takes in batches as they are fed, and judges at the end of each epoch.

    Parameters
    ----------
    split : {"train", "val"}
        What they are used for.
    feeding : Feeding
        What is known of the loader.
    length : int or None
        Batches of an epoch.
    target, index : str, optional
        Keys of labels and sample numbers in a batch.
    select, ignore, limits
        As in `dataaudit.audit`.
    """

    def __init__(
        self,
        split: str = "train",
        *,
        feeding: Feeding | None = None,
        length: int | None = None,
        target: str | None = None,
        index: str | None = None,
        select: str | Iterable[str] | None = None,
        ignore: str | Iterable[str] | None = None,
        limits: Mapping[str, Mapping[str, Any]] | None = None,
        preset: Any = None,
        name: str = "loader",
    ) -> None:
        if split not in ("train", "val"):
            raise ConfigError(f"split is {split!r}, expected train or val.", "It says how the batches are used.")
        self.split, self.name = split, name
        self.feeding = feeding or Feeding()
        self._run = Run(probe=False, select=select, ignore=ignore, limits=limits, preset=preset)
        self._data: Dataset | None = None
        self._facts: Profile | None = None
        self._reader = Reader(target, index)
        self._length = length
        self._log = BatchLogState([])
        self._epoch = Intake(self._log.names)
        self._kept: list[Fed] = []
        self._rows = self._number = 0

    def see(self, batch: Any, waited: float = 0.0, between: float = 0.0) -> None:
        """Take in a batch: it is read once, and copied only while the first rows are kept.

        Parameters
        ----------
        batch : object
            As the loader gave it.
        waited, between : float
            Seconds until the loader gave it, and seconds that passed before it was asked for.
        """
        keep = self._number == 0 and sum(fed.rows for fed in self._kept) < KEPT_ROWS
        keep = keep and sum(fed.nbytes for fed in self._kept) < KEPT_BYTES
        where = f"{self.split} loader, epoch {self._number}, batch {len(self._epoch)}"
        place = self._number, len(self._epoch), self._rows
        fed = self._reader.read(batch, where, place, (waited, between), copy=keep)
        self._epoch.take(fed)
        self._rows += fed.rows
        if keep:
            self._kept.append(fed)

    def forget_epoch(self) -> None:
        """Drop what was seen of the present epoch: it was not read to its end."""
        self._epoch.clear()
        self._rows = 0
        self._kept = [] if self._number == 0 else self._kept

    def end_epoch(self) -> Report | None:
        """Judge the epoch that just ended, and those before it; None where it had no batch."""
        if not len(self._epoch):
            return None
        past = [b for b in self._log.batches if b.epoch in (0, self._number - 1)]
        self._log = BatchLogState([*past, *self._epoch.records()], self._log.names)
        if self._data is None:
            self._data = watched_data(self.split, self._kept, self.feeding, self._length, self.name)
        data = self._data
        if self._facts is None:
            self._facts = self._run.facts(data)
        facts = self._facts.with_states(self.split, {BatchLog(): self._log})
        report = self._run.report(data, facts=facts, notes=[_note(self._kept, self._number)])
        self._epoch.clear()
        self._rows, self._number = 0, self._number + 1
        return report


def _note(kept: list[Fed], epoch: int) -> str:
    rows = sum(fed.rows for fed in kept)
    return (
        f"Watched while it was used, up to epoch {epoch}: every batch was looked at for order, shape, ends and values "
        f"that are not finite; means are of some rows of each, and the other rules judge the first {rows:,} rows."
    )


class Watch:
    """A loader that is audited while it is used: iterate over it as over the loader.

    Everything else (its length, its attributes) is the loader's own.
    """

    def __init__(self, loader: Any, watcher: Watcher, on_epoch: Callable[[Report], None]) -> None:
        self._loader = loader
        self._watcher = watcher
        self._on_epoch = on_epoch
        self.report: Report | None = None
        """The report of the last whole epoch."""

    def __iter__(self) -> Iterator[Any]:
        self._watcher.forget_epoch()
        batches = iter(self._loader)
        left = time.perf_counter()
        while True:
            began = time.perf_counter()
            try:
                batch = next(batches)
            except StopIteration:
                break
            came = time.perf_counter()
            self._watcher.see(batch, came - began, began - left)
            left = time.perf_counter()
            yield batch
        report = self._watcher.end_epoch()
        if report is not None:
            self.report = report
            self._on_epoch(report)

    def __len__(self) -> int:
        return len(self._loader)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)


def watch(
    loader: Any,
    *,
    split: str = "train",
    on_epoch: Callable[[Report], None] | None = None,
    fail_on: str = "never",
    target: str | None = None,
    index: str | None = None,
    classes: int | None = None,
    augmented: bool | None = None,
    sampler: str | None = None,
    preset: Any = None,
    select: str | Iterable[str] | None = None,
    ignore: str | Iterable[str] | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
) -> Watch:
    """Return a loader that is audited while a network trains on it.

    ``for x, y in dataaudit.watch(loader): ...`` feeds the same batches in the same order. Each is read once, for
    numbers that are not finite, for its layout, and to know its samples again; at the end of every epoch the verdict
    is told on standard error. No model is fitted.

    Parameters
    ----------
    loader : iterable of batches
        As in `dataaudit.audit_batches`.
    split : {"train", "val"}
        What it is used for.
    on_epoch : callable, optional
        Given the report of every whole epoch, instead of telling its verdict.
    fail_on : {"never", "error", "warning", "note"}
        Raise FindingsError at the end of an epoch with findings from this severity on.
    target, index, classes, augmented, sampler, preset, select, ignore, limits
        As in `dataaudit.audit_batches`.

    Returns
    -------
    Watch
        Its `report` is that of the last whole epoch. Watching the same loader again in the same way goes on where the
        last epoch ended, so that the call may stand within the loop over epochs.

    Raises
    ------
    ConfigError
        If a setting makes no sense.
    """
    check_fail_on(fail_on)
    settings: dict[str, Any] = {
        "split": split, "target": target, "index": index, "select": select, "ignore": ignore, "limits": limits,
        "preset": preset,
    }  # fmt: skip
    declared: dict[str, Any] = {"classes": classes, "augmented": augmented, "sampler": sampler}
    watcher = _known(loader, {**settings, **declared})
    if watcher is None:
        feeding = Feeding(**declared, epochs=1, watched=True, found={split: described(loader)})
        watcher = Watcher(feeding=feeding, length=length_of(loader), name=type(loader).__name__, **settings)
        _remember(loader, {**settings, **declared}, watcher)

    def tell(report: Report) -> None:
        (on_epoch or verdict_line)(report)
        report.raise_for_findings(fail_on)

    return Watch(loader, watcher, tell)


_watched: weakref.WeakKeyDictionary[Any, tuple[dict[str, Any], Watcher]] = weakref.WeakKeyDictionary()
"""Loaders that were watched before, how, and by whom; those that cannot be referred to weakly start anew."""


def _known(loader: Any, settings: dict[str, Any]) -> Watcher | None:
    try:
        found = _watched.get(loader)
    except TypeError:
        return None
    return found[1] if found is not None and found[0] == settings else None


def _remember(loader: Any, settings: dict[str, Any], watcher: Watcher) -> None:
    with contextlib.suppress(TypeError):
        _watched[loader] = settings, watcher


def verdict_line(report: Report) -> None:
    """Tell the verdict of a report, and its worst findings, on standard error."""
    lines = [f"dataaudit: {report.verdict.upper()}  {report.document['headline']}: {tally(report.document)}"]
    worse = [finding for finding in report.document["findings"] if finding["severity"] != "note"]
    lines += [f"  {line(finding, report.document)}" for finding in worse[:SHOWN]]
    if len(worse) > SHOWN:
        lines.append(f"  and {len(worse) - SHOWN} more; watch(...).report holds them all")
    if sys.stderr is not None:
        sys.stderr.write("\n".join(lines) + "\n")


def check_fail_on(fail_on: str) -> None:
    """Refuse what is no severity to stop at; raise ConfigError."""
    if fail_on not in ("never", "error", "warning", "note"):
        raise ConfigError(f"fail_on is {fail_on!r}.", 'One of "never", "error", "warning" and "note".')
