"""Which samples a loader showed in each epoch: told by their numbers, or by their inputs where those recur."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from dataaudit.analyzers.order.batches_common import cut_short, feeding_of, found_of, log_of
from dataaudit.model import Bools, Ints, SplitView
from dataaudit.stats.batch_codes import sample_codes, sample_numbers
from dataaudit.stats.batch_log import BatchLogState, blank_words
from dataaudit.stats.hashing import Hashes

RECUR = 0.9
"""Share of one epoch's inputs that the other holds, from which inputs stand for samples though nothing was declared."""

UNEVEN = 0.3
"""Showings of repeated inputs that one epoch has more than another, as a share of them, from which the loader repeats
them: rows that are equal in the data come equally often, but for a last batch that is left out."""

BEYOND = 1.02
"""Distinct inputs of all epochs, over the number of samples, up to which inputs stand for samples."""


@dataclass(frozen=True)
class Shown:
    """Which samples came when.

    Attributes
    ----------
    ids : mapping of int to ndarray of int64, shape (n,)
        By epoch: a number for each row's sample, the same in every epoch; -1 where it cannot be known, as of rows that
        hold NaN or nothing, or of a batch in another form.
    by : str
        "index" or "input".
    steady : bool
        Whether equal numbers are the same sample, and different ones are not: inputs that are changed at random differ
        from epoch to epoch.
    n : int or None
        Samples that an epoch should show, as declared or as the data set says.
    cap : ndarray of int64, shape (n_ids,)
        How often each sample is in the data: more than once where rows of the data are the same.
    short : frozenset of int
        Epochs whose reading was stopped early, as asked for.
    """

    ids: Mapping[int, Ints]
    by: str
    steady: bool
    n: int | None
    cap: Ints
    short: frozenset[int]

    @cached_property
    def counts(self) -> dict[int, Ints]:
        """By epoch: how often each sample came, shape (n_ids,)."""
        return {epoch: _counted(ids, len(self.cap)) for epoch, ids in self.ids.items()}

    def rows(self, epoch: int) -> int:
        """Return the rows of an epoch."""
        return len(self.ids[epoch])

    def distinct(self, epoch: int) -> int:
        """Return the samples of an epoch, those that cannot be told apart taken for different ones."""
        unknown = int((self.ids[epoch] < 0).sum())
        if not self.steady:
            return self.rows(epoch)
        return int(np.minimum(self.counts[epoch], self.cap).sum()) + unknown

    @property
    def all(self) -> int | None:
        """Samples there are: as known, else as many as came in all epochs together; None where inputs change."""
        if self.n is not None:
            return self.n
        if not self.steady or len(self.ids) < 2:
            return None
        return int(self.cap[self.ever].sum())

    @cached_property
    def ever(self) -> Bools:
        """Which samples came at all, shape (n_ids,)."""
        seen: Bools = np.any([line > 0 for line in self.counts.values()], axis=0)
        return seen

    def missing(self, epoch: int) -> int:
        """Return how many samples an epoch leaves out, 0 where that is not known."""
        everything = self.all
        return 0 if everything is None else max(0, everything - self.distinct(epoch))

    def extra(self, epoch: int) -> Bools:
        """Return which rows show a sample that the epoch has shown already, shape (n,)."""
        found = np.zeros(self.rows(epoch), dtype=bool)
        if not self.steady:
            return found
        ids = self.ids[epoch]
        known = np.flatnonzero(ids >= 0)
        order = known[np.argsort(ids[known], kind="stable")]
        ranked = ids[order]
        starts = np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]]))
        sizes = np.diff(np.append(starts, len(ranked)))
        place = np.arange(len(ranked)) - np.repeat(starts, sizes)
        found[order] = place >= self.cap[ranked]
        return found


def shown(split: SplitView) -> Shown:
    """Return which samples a split's loader showed; worked out once for all rules."""
    return split.context.once(("samples shown", split.name), lambda: _shown(split))


def samples_known(split: SplitView, rows: int) -> int | None:
    """Return how many samples an epoch should show: as declared, else as the data set below the loader says.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    rows : int
        Rows of its first epoch: where processes share the data, a declared number may be of all or of one of them.
    """
    found = found_of(split)
    n = feeding_of(split).rows.get(split.name)
    if n is None:
        n = None if found.get("iterable") else found.get("chosen", found.get("rows"))
    ranks = found.get("ranks", 1)
    share = None if n is None else -(-n // ranks)
    return share if share is not None and rows <= share + ranks else n


def _shown(split: SplitView) -> Shown:
    log = log_of(split)
    epochs = log.epochs
    given = sample_numbers(split)
    by_index = given is not None
    if given is not None:
        numbers, codes = np.unique(np.concatenate([given[e] for e in epochs]), return_inverse=True)
        cuts = np.cumsum([len(given[e]) for e in epochs])[:-1]
        ids, size = dict(zip(epochs, np.split(codes.astype(np.int64), cuts), strict=True)), len(numbers)
    else:
        samples, telling = sample_codes(split), _telling(log)
        ids, size = {e: np.where(telling[e], samples.of[e], -1) for e in epochs}, samples.size
    counts = np.stack([_counted(ids[e], size) for e in epochs])
    short = frozenset(e for e in epochs if cut_short(split, log, e))
    n = samples_known(split, len(ids[epochs[0]]))
    augmented = feeding_of(split).augmented if split.role == "train" else None
    steady = by_index or _steady(ids, counts, n, augmented)
    cap = np.ones(size, dtype=np.int64) if by_index else _capacity(counts, n, max(map(len, ids.values())), _slack(log))
    return Shown(ids, "index" if by_index else "input", steady, n, cap, short)


def _counted(ids: Ints, size: int) -> Ints:
    return np.bincount(ids[ids >= 0], minlength=size).astype(np.int64)


def _telling(log: BatchLogState) -> dict[int, Bools]:
    """Return which rows can be told by their input, by epoch, shape (n,)."""
    rows: Counter[_Form] = Counter()
    blank: dict[_Form, Hashes] = {}
    for batch in log.batches:
        rows[batch.input_shapes] += batch.rows
        if batch.input_types not in blank:
            blank[batch.input_types] = blank_words(batch)
    usual = rows.most_common(1)[0][0]
    nothing = np.concatenate(list(blank.values()))
    found = {}
    for epoch in log.epochs:
        batches = log.epoch(epoch)
        broken = [batch.is_broken for batch in batches]
        few = sum(broken) <= len(batches) / 4  # values that are missing in all batches are part of the data
        fits = [batch.input_shapes == usual and not (odd and few) for batch, odd in zip(batches, broken, strict=True)]
        found[epoch] = np.repeat(fits, [b.rows for b in batches]) & ~np.isin(log.samples(epoch), nothing)
    return found


_Form = tuple[tuple[Hashable, ...], ...]


def _steady(ids: Mapping[int, Ints], counts: Ints, n: int | None, augmented: bool | None) -> bool:
    """Return whether inputs stand for samples, rather than being changed at random."""
    first = counts[0] > 0
    if len(counts) < 2:
        return augmented is False or bool((counts[0] > 1).sum() > 0.02 * max(1, int(first.sum())))
    again = counts[1:].any(axis=0)
    overlap = float((first & again).sum()) / max(1, min(int(first.sum()), int((counts[1] > 0).sum())))
    if n is not None:
        unknown = sum(int((line < 0).sum()) for line in ids.values())
        share = min(1.0, max(map(len, ids.values())) / n)
        return bool((first | again).sum() <= BEYOND * n + unknown + 1 and overlap >= 0.3 * share)
    repeats = 1.0 - float((counts > 0).sum()) / max(1, int(counts.sum()))
    return augmented is False or overlap >= RECUR or (repeats > 0.02 and overlap >= 0.3)


def _slack(log: BatchLogState) -> int:
    """Return how many samples may have been left out because the last batch would not be full."""
    sizes = {batch.rows for batch in log.batches}
    return sizes.pop() - 1 if len(sizes) == 1 else 0


def _capacity(counts: Ints, n: int | None, rows: int, slack: int) -> Ints:
    """Return how often each input is in the data, shape (n_ids,).

    Inputs that come equally often in every epoch are the same rows of the data several times; those that come more
    often in one epoch than in another were shown again.
    """
    once = np.ones(counts.shape[1], dtype=np.int64)
    least: Ints = counts.min(axis=0)
    most: Ints = counts.max(axis=0)
    if n is not None and rows <= n and int(most.sum()) <= n:
        return np.maximum(once, most)
    if len(counts) < 2 and n is None:
        return np.maximum(once, most)  # nothing to hold it against
    several = most > 1
    if int((most - least)[several].sum()) >= UNEVEN * int(most[several].sum()):
        return once
    cap: Ints = np.maximum(once, least)
    if n is None:
        if int(most.sum()) <= rows + slack and len(np.unique(most[most > 0])) > 1:
            return np.maximum(once, most)  # some came less often because the last batch was left out
        alike = bool((most[most > 0] == most.max()).all()) and bool((least[most > 0] == most.max()).all())
        return once if alike else cap
    return once if int(cap.sum()) > n else cap
