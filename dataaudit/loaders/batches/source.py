"""The batches of one epoch, as a source of rows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from dataaudit.errors import DataauditError, NothingReadError, SourceError
from dataaudit.loaders.batches.columns import Plan, plan_of
from dataaudit.loaders.batches.failures import failed
from dataaudit.loaders.batches.opened import Opened
from dataaudit.loaders.batches.reading import Reader
from dataaudit.loaders.batches.samples import draw, files_of
from dataaudit.loaders.batches.trial import worker_trial
from dataaudit.model import Chunk, Codes, Fed, Floats, Ints, Location, Name, Schema

KEPT_BYTES = 1 << 27
"""Of each epoch's first batches, kept whole: to compare samples, and to show them."""

JOINED_ROWS, JOINED_BYTES = 4096, 1 << 24
"""Most rows, and bytes, of batches that are counted together: merging the counts of a small batch costs more than it
holds."""

PEEKED = 3
"""Batches read before the columns are settled, so that one odd batch does not settle them."""

MOST_TIMES = 3
"""An epoch is ended when the loader gives more than this many times the batches, or samples, that it should have."""


class Stream:
    """The batches of a loader, epoch after epoch, read once each.

    Parameters
    ----------
    opened : Opened
        The loader.
    target, index : str, optional
        Leaves of labels and sample numbers, as declared.
    most : int, optional
        Batches read of an epoch.
    rows : int, optional
        Samples that the split has, as declared.
    dataset : object, optional
        The data set below the loader, where that does not name it.
    """

    def __init__(
        self, opened: Opened, target: str | None = None, index: str | None = None, most: int | None = None,
        rows: int | None = None, dataset: Any = None,
    ) -> None:  # fmt: skip
        self.opened = opened
        self.notes: list[str] = []
        self.kept: list[Fed] = []
        self.rows = rows
        self.reader = Reader(target, index)
        self._dataset = dataset
        self._most = most

    @property
    def dataset(self) -> Any:
        """The data set below the loader, or None."""
        return getattr(self.opened.loader, "dataset", None) if self._dataset is None else self._dataset

    def batches(self, epoch: int) -> Iterator[Fed] | None:
        """Return the batches of an epoch, or None where the loader can be read only once."""
        found = self.opened.epoch(epoch)
        return None if found is None else self._read(found, epoch)

    def _read(self, batches: Iterator[Any], epoch: int) -> Iterator[Fed]:
        number = first = kept = 0
        left = time.perf_counter()
        while self._most is None or number < self._most:
            began = time.perf_counter()
            where = f"{self.opened.split} loader, epoch {epoch}, batch {number}"
            try:
                batch = next(batches)
            except StopIteration:
                return
            except DataauditError:
                raise
            except Exception as error:
                raise failed(error, where, self.opened.loader, number) from error
            came = time.perf_counter()
            fed = self.reader.read(batch, where, (epoch, number, first), (came - began, began - left))
            del batch
            left = came  # the copy is ours, and so is the time that it takes
            if kept + fed.nbytes <= KEPT_BYTES:
                kept += fed.nbytes
                self.kept.append(fed)
            else:
                kept = KEPT_BYTES
            yield fed
            number, first = number + 1, first + fed.rows
            if self._endless(number, first):
                self.notes.append(
                    f"The {self.opened.split} loader gave {number:,} batches ({first:,} samples) in epoch {epoch}, "
                    f"{MOST_TIMES} times what it should hold; reading stopped there."
                )
                return

    def _endless(self, number: int, rows: int) -> bool:
        if self.rows is not None:
            return rows >= MOST_TIMES * max(1, self.rows)
        length = self.opened.length
        return length is not None and number >= MOST_TIMES * max(1, length)


class KeptBatches:
    """Rows that can be asked for again, from batches that are kept whole.

    Parameters
    ----------
    split : str
        Name of the split.
    plan : Plan
        How its batches are read.
    """

    kept: list[Fed]
    """The first batches of each epoch, whole."""

    length: int | None
    """Batches of an epoch as the loader's own `len` has it."""

    def __init__(self, split: str, plan: Plan) -> None:
        self.split = split
        self.known: dict[Hashable, Any] = {}
        self.follow(plan)

    def follow(self, plan: Plan) -> None:
        """Read batches by another plan: that of the split that they are held against."""
        self.plan = plan
        self.schema: Schema = plan.schema

    def chunk(self, fed: Fed, start: int, batches: Sequence[Fed] = ()) -> Chunk:
        """Return a batch, or several joined to one, as rows; with those of them that are still to be logged."""
        return Chunk(
            self.split, start, fed.rows, partial(self.plan.numbers, fed), partial(self.plan.codes, fed),
            pixels=self.plan.pixels(fed), batches=batches,
        )  # fmt: skip

    def joined(self, batches: Sequence[Fed]) -> Fed:
        """Return batches that fit the plan as one, of those leaves that it reads; a single one as it is."""
        first = batches[0]
        if len(batches) == 1:
            return first
        names = [name for name in first.leaves if name in self.plan.shapes]
        leaves = {name: np.concatenate([fed.leaves[name] for fed in batches]) for name in names}
        rows = sum(fed.rows for fed in batches)
        return Fed(first.epoch, first.number, first.first, rows, leaves, first.inputs, first.target)

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return nothing: batches have no lines."""
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return None: rows are known by their position in the epoch."""
        return None

    def samples(self, index: Sequence[int]) -> list[str] | None:
        """Return None: nothing names the samples."""
        return None

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some rows of the first epoch by position, in the order asked for.

        Raises
        ------
        SourceError
            If one is beyond the batches that are kept, or in one of another form.
        """
        wanted = np.asarray(rows, dtype=np.int64)
        kept = [fed for fed in self.kept if fed.epoch == 0 and fed.rows and self.plan.fits(fed)]
        firsts = np.array([fed.first for fed in kept] or [0], dtype=np.int64)
        stops = np.array([fed.first + fed.rows for fed in kept] or [0], dtype=np.int64)
        batch = np.searchsorted(firsts, wanted, side="right") - 1
        beyond = wanted[(batch < 0) | (wanted >= stops[batch])]
        if len(beyond):
            total = int((stops - firsts).sum())
            raise SourceError(f"Row {int(beyond[0]):,} is not among the {total:,} rows that are kept.")
        parts = [self._picked(kept[b], wanted[batch == b] - firsts[b]) for b in np.unique(batch).tolist()]
        back = np.argsort(np.argsort(batch, kind="stable"), kind="stable")
        numbers = np.concatenate([p.numbers for p in parts] or [np.zeros((len(self.schema.numbers), 0))], axis=1)
        codes = {c.name: _joined([p.codes[c.name] for p in parts], back) for c in self.schema.coded}
        pixels = [p.pixels for p in parts if p.pixels is not None]
        return Chunk(
            self.split, 0, len(wanted), numbers[:, back], codes, pixels=np.concatenate(pixels)[back] if pixels else None
        )  # fmt: skip

    def _picked(self, fed: Fed, rows: Ints) -> Chunk:
        leaves = {name: leaf[rows] for name, leaf in fed.leaves.items()}
        picked = Fed(fed.epoch, fed.number, fed.first, len(rows), leaves, fed.inputs, fed.target)
        return self.chunk(picked, 0)


def settled(batches: Sequence[Fed]) -> Plan:
    """Return how batches are read, by the layout that most of the first `PEEKED` have."""
    first = batches[:PEEKED]
    common = Counter(fed.layout for fed in first).most_common(1)[0][0]
    return plan_of(next(fed for fed in first if fed.layout == common), first)


class BatchSource(KeptBatches):
    """The rows of a loader's first epoch, batches in a row joined to chunks of up to `JOINED_ROWS` and `JOINED_BYTES`.

    The columns are settled by the first batches. A batch that does not fit them counts no rows, so that one odd batch
    ends nothing; its chunk still carries the batch. Rows are known by their position in the epoch, those of odd batches
    left free.

    Raises
    ------
    NothingReadError
        If the loader gives no batch.
    """

    def __init__(self, split: str, stream: Stream) -> None:
        batches = stream.batches(0)
        first = [] if batches is None else list(islice(batches, PEEKED))
        if not first:
            raise NothingReadError(
                f"The {stream.opened.split} loader gave no batches.",
                "Check the sampler and the length of its data set; an iterator that was read before gives nothing.",
            )
        super().__init__(split, settled(first))
        self.kept = stream.kept
        self.length = stream.opened.length
        self._stream = stream
        self._batches: Iterator[Fed] | None = chain(first, batches or ())

    @property
    def n_rows(self) -> int | None:
        """Samples, where it was declared how many there are."""
        return self._stream.rows

    @property
    def notes(self) -> Sequence[str]:
        """What a reader should know of the reading so far."""
        return [*self.plan.notes, *self._stream.notes]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the rows once, in order."""
        batches, self._batches = self._batches, None
        if batches is None:
            raise SourceError("A loader's batches are read once; audit it again to read them again.")
        waiting: list[Fed] = []
        rows = size = 0
        for fed in batches:
            fits = self.plan.fits(fed)
            if waiting and (not fits or rows + fed.rows > JOINED_ROWS or size + fed.nbytes > JOINED_BYTES):
                yield self.chunk(self.joined(waiting), waiting[0].first, waiting)
                waiting, rows, size = [], 0, 0
            if fits:
                waiting.append(fed)
                rows, size = rows + fed.rows, size + fed.nbytes
            else:
                yield bare(self.split, self.schema, fed, fed.first)
        if waiting:
            yield self.chunk(self.joined(waiting), waiting[0].first, waiting)

    def trial(self) -> dict[str, Any] | None:
        """Ask two workers for the same few samples; None where the loader has no workers to try."""
        return worker_trial(self._stream.opened.loader)

    def samples(self, index: Sequence[int]) -> list[str] | None:
        """Return the files of some samples by their index, where the data set names them, else None."""
        return files_of(self._stream.dataset, index)

    def drawn(self, most: int) -> Iterator[tuple[int, Fed]] | None:
        """Yield each sample's number and the sample as a batch of one, the first one twice; None beyond `most`."""
        return draw(self._stream.dataset, self._stream.opened.loader, self._stream.reader, most)


def _joined(parts: Sequence[Codes], back: Ints) -> Codes:
    values: dict[Any, int] = {}
    columns = []
    for part in parts:
        places = np.array([values.setdefault(v, len(values)) for v in part.values] + [-1], dtype=np.int32)
        columns.append(places[part.indices])
    joined = np.concatenate([np.zeros(0, np.int32), *columns])
    return Codes(joined[back], tuple(values))


class EpochSource:
    """The batches of a later epoch: they are compared with the first, and count no rows."""

    def __init__(self, first: BatchSource, stream: Stream, number: int) -> None:
        self.split = first.split
        self.schema = first.schema
        self._first = first
        self._stream = stream
        self._number = number

    @property
    def n_rows(self) -> int | None:
        """Samples, where it was declared how many there are."""
        return self._stream.rows

    def chunks(self) -> Iterator[Chunk]:
        """Yield the batches; none where the loader can be read only once."""
        for fed in self._stream.batches(self._number) or ():
            yield bare(self.split, self.schema, fed, 0)

    locate = BatchSource.locate
    row_names = BatchSource.row_names

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return rows of the first epoch."""
        return self._first.fetch(rows)


def bare(split: str, schema: Schema, fed: Fed, start: int) -> Chunk:
    """Return a chunk without rows that carries a batch."""
    numbers: Callable[[], Floats] = partial(np.zeros, (len(schema.numbers), 0))
    codes: Mapping[Name, Codes] = {c.name: Codes(np.zeros(0, np.int32), ()) for c in schema.coded}
    layout = schema.pixels
    pixels = None if layout is None else np.zeros((0, layout.height, layout.width, layout.channels), layout.dtype)
    return Chunk(split, start, 0, numbers, codes, pixels=pixels, batches=(fed,))
