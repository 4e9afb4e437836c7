"""Audits of what a network is fed: `audit_batches`."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dataaudit.api.run import Ignored, Progress, Run
from dataaudit.config import whole
from dataaudit.loaders.batches import load_batches
from dataaudit.loaders.batches.source import BatchSource
from dataaudit.model import Feeding
from dataaudit.report.report import Report


def audit_batches(
    loader: Any,
    validation: Any = None,
    *,
    epochs: int = 2,
    max_batches: int | None = None,
    dataset: Any = None,
    target: str | None = None,
    index: str | None = None,
    batch_size: int | None = None,
    rows: int | None = None,
    validation_rows: int | None = None,
    classes: int | None = None,
    augmented: bool | None = None,
    sampler: str | None = None,
    drop_last: bool | None = None,
    task: str | None = None,
    preset: str | tuple[Sequence[float], Sequence[float]] | None = None,
    select: str | Iterable[str] | None = None,
    ignore: Ignored | None = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    baseline: Any = None,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
    probe: bool = True,
    sample: int = 20_000,
    folds: int = 5,
    embed: Any = None,
    probe_seconds: float = 60.0,
    name: str | None = None,
    command: str | None = None,
) -> Report:
    """Audit what a loader feeds, batch by batch and epoch by epoch, and return the report.

    Parameters
    ----------
    loader : iterable of batches, or function that returns one
        A torch DataLoader, tf.data.Dataset, Keras Sequence, or any iterable of (x, y), (x, y, index), dicts or arrays.
        A function may take `epoch` and `split` ("train" or "val") and is called with them.
    validation : like `loader`, optional
        The validation loader; a function that takes `split` is asked for it.
    epochs : int
        Epochs read: order, identity and random augmentation are judged by comparing two.
    max_batches : int, optional
        Batches read of each epoch; whole epochs if not given.
    dataset : object, optional
        The data set below the loader, `dataset[i]` for i < len(dataset); the loader's own where it has one.
    target, index : str, optional
        Keys of the labels, and of the samples' numbers, in a batch; found by their usual names if not given.
    batch_size, rows, validation_rows, classes : int, optional
        What it should be: rows of a batch, samples of each split, outputs of the network.
    augmented : bool, optional
        Whether training inputs are changed at random.
    sampler : str, optional
        "weighted" if samples are drawn again on purpose; recognised in torch's own samplers.
    drop_last : bool, optional
        Whether a last, smaller batch is left out.
    task, preset, select, ignore, limits, baseline, seed, jobs, progress, command
        As in `dataaudit.audit`.
    probe, sample, folds, embed, probe_seconds
        As in `dataaudit.audit`.
    name : str, optional
        Title of the report.

    Returns
    -------
    Report

    Raises
    ------
    SourceError
        If a thing is no loader, or its batches cannot be read.
    NothingReadError
        If a loader gives no batch.
    ConfigError
        If a setting makes no sense.
    """
    run = Run(
        select=select, ignore=ignore, limits=limits, baseline=baseline, task=task, preset=preset, seed=seed,
        jobs=jobs, progress=progress, command=command, probe=probe, sample=sample, folds=folds, embed=embed,
        probe_seconds=probe_seconds,
    )  # fmt: skip
    declared = {
        "batch_size": batch_size, "rows": rows, "validation_rows": validation_rows, "classes": classes,
    }  # fmt: skip
    for word, value in declared.items():
        if value is not None:
            whole(word, value, 1, hint="Leave it out where it is not known.")
    epochs = whole("epochs", epochs, 1, hint="The default is 2: two can be compared.")
    if max_batches is not None:
        max_batches = whole("max_batches", max_batches, 1, hint="Leave it out to read whole epochs.")
    counts = {split: n for split, n in (("train", rows), ("val", validation_rows)) if n is not None}
    feeding = Feeding(batch_size, counts, classes, augmented, sampler, drop_last, epochs)
    data = load_batches(
        loader, validation, feeding=feeding, max_batches=max_batches, target=target, index=index,
        name=name or _title(loader), dataset=dataset,
    )  # fmt: skip
    data = replace(data, files=_files(loader, data.sources))
    sources = [source for source in data.sources.values() if isinstance(source, BatchSource)]
    config = {**declared, "epochs": epochs, "max_batches": max_batches, "augmented": augmented, "sampler": sampler,
              "drop_last": drop_last}  # fmt: skip

    def late() -> list[str]:
        return list(dict.fromkeys(note for source in sources for note in source.notes))

    return run.report(data, late_notes=late, config=config)


def _files(loader: Any, splits: Iterable[str]) -> dict[str, str]:
    """Return the file that a loader's function is written in, for each split: where findings about it can be shown."""
    code = getattr(inspect.unwrap(loader) if callable(loader) else None, "__code__", None)
    if code is None or not Path(code.co_filename).is_file():
        return {}
    path = Path(code.co_filename)
    inside = path.is_relative_to(Path.cwd())
    return dict.fromkeys(splits, (path.relative_to(Path.cwd()) if inside else path).as_posix())


def _title(loader: Any) -> str:
    own = getattr(loader, "__name__", None)
    return own if isinstance(own, str) else type(loader).__name__
