"""Loaders: any iterable of batches, epoch after epoch, becomes a data set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dataaudit.errors import ConfigError
from dataaudit.loaders.batches.described import described
from dataaudit.loaders.batches.opened import Opened, takes_split
from dataaudit.loaders.batches.reading import Reader
from dataaudit.loaders.batches.source import BatchSource, EpochSource, Stream
from dataaudit.loaders.batches.watched import watched_data
from dataaudit.model import Dataset, Feeding, Source, Stage

__all__ = ["Opened", "Reader", "load_batches", "watched_data"]


def load_batches(
    train: Any,
    validation: Any = None,
    *,
    feeding: Feeding,
    max_batches: int | None = None,
    target: str | None = None,
    index: str | None = None,
    name: str = "loader",
    dataset: Any = None,
) -> Dataset:
    """Return the data set that loaders feed, ready to be read once.

    Parameters
    ----------
    train : iterable of batches, or function that returns one
        Any iterable of (x, y), (x, y, index), dicts or arrays. A function may take `epoch` and `split`.
    validation : like `train`, optional
        Where `train` is a function that takes `split`, it is asked for "val".
    feeding : Feeding
        What was declared.
    max_batches : int, optional
        Batches read of each epoch.
    target, index : str, optional
        Names of the leaves that hold labels, and the numbers of samples.
    name : str
        For titles.
    dataset : object, optional
        The data set below the training loader, where that does not name it.

    Raises
    ------
    SourceError
        If a thing is no loader, or its batches cannot be read.
    NothingReadError
        If a loader gives no batch.
    """
    if feeding.epochs < 1:
        raise ConfigError(f"epochs is {feeding.epochs}, expected 1 or more.", "The default is 2.")
    if max_batches is not None and max_batches < 1:
        raise ConfigError(f"max_batches is {max_batches}, expected 1 or more.", "Leave it out to read whole epochs.")
    things = {"train": train}
    if validation is None and takes_split(train):
        validation = train
    if validation is not None:
        things["val"] = validation
    sources: dict[str, BatchSource] = {}
    epochs: dict[str, list[Source]] = {}
    found: dict[str, dict[str, Any]] = {}
    for split, thing in things.items():
        opened = Opened(thing, split)
        found[split] = described(opened.loader, dataset if split == "train" else None)
        found[split]["told_epoch"] = opened.takes_epoch
        stream = Stream(
            opened, target, index, max_batches, feeding.rows.get(split), dataset if split == "train" else None
        )
        source = BatchSource(split, stream)
        if sources and source.schema != (first := next(iter(sources.values()))).schema:
            source.follow(replace(first.plan, notes=source.plan.notes))
        sources[split] = source
        epochs[split] = [EpochSource(source, stream, number) for number in range(1, feeding.epochs)]
    roles = {"train": "train", "val": "validation"}
    return Dataset(
        name, "batches", sources, {split: roles[split] for split in sources}, Stage.MODEL_READY,
        epochs=epochs, feeding=replace(feeding, max_batches=max_batches, found=found),
    )  # fmt: skip
