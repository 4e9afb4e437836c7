"""The samples of the data set below a loader, one by one: their numbers, their files, and what they hold."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.loaders.batches.described import base_of
from dataaudit.loaders.batches.reading import Reader
from dataaudit.loaders.batches.trial import states_kept
from dataaudit.model import Fed

log = logging.getLogger("dataaudit")

LISTS = ("samples", "imgs", "files", "paths", "filenames")
"""Attributes by which data sets list their files."""


def files_of(dataset: Any, index: Sequence[int]) -> list[str] | None:
    """Return the files of some samples by their number in the data set below any subsets; None where it lists none."""
    base = base_of(dataset)[0]
    for word in LISTS:
        listed = getattr(base, word, None)
        if not isinstance(listed, list) or not all(0 <= i < len(listed) for i in index):
            continue
        names = [listed[i][0] if isinstance(listed[i], tuple | list) and listed[i] else listed[i] for i in index]
        if all(isinstance(name, str) or hasattr(name, "__fspath__") for name in names):
            return [str(name) for name in names]
    return None


def draw(dataset: Any, loader: Any, reader: Reader, most: int) -> Iterator[tuple[int, Fed]] | None:
    """Yield each sample of a data set with its number, the first one twice, as the loader's batch of one would hold it.

    The random states of torch, NumPy and Python are put back at the end.

    Parameters
    ----------
    dataset : object
        With `len` and positions. Where it is a subset, numbers are those of the data set below.
    loader : object
        Whose `collate_fn` makes batches; without one, a sample's parts are given an axis of rows.
    reader : Reader
        That of the loader, which knows what each part of a batch is for.
    most : int
        Samples beyond which nothing is drawn.

    Returns
    -------
    iterator of (int, Fed), or None
        None where there is no such data set. It ends at the first sample that cannot be read.
    """
    if not hasattr(dataset, "__getitem__") or not hasattr(dataset, "__len__") or not 0 < len(dataset) <= most:
        return None
    _, chosen = base_of(dataset)
    collate = getattr(loader, "collate_fn", None)

    def samples() -> Iterator[tuple[int, Fed]]:
        with states_kept(sys.modules.get("torch")):
            for i in (0, *range(len(dataset))):
                number = i if chosen is None else chosen[i]
                try:
                    sample = dataset[i]
                    batch = collate([sample]) if callable(collate) else _with_axis(sample)
                    fed = reader.read(batch, f"sample {number}")
                except Exception as error:  # noqa: BLE001 - the user's own code; names are no must
                    log.debug("sample %d cannot be drawn: %s", number, error)
                    return
                yield number, fed

    return samples()


def _with_axis(sample: Any) -> Any:
    """Return a sample as a batch of one."""
    if isinstance(sample, dict):
        return {key: _with_axis(part) for key, part in sample.items()}
    if isinstance(sample, tuple | list):
        return tuple(_with_axis(part) for part in sample)
    plain = sample.numpy() if hasattr(sample, "numpy") else np.asarray(sample)
    if plain.dtype.hasobject:
        raise SourceError(f"A sample holds a {type(sample).__name__}, which is no array.")
    return plain[np.newaxis]
