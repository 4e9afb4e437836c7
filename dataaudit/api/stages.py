"""Audits of a pipeline's stages: `audit_stages`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit import engine
from dataaudit.analyzers.leakage.picture_pairs import displayed, thumbnail
from dataaudit.api.run import Progress, Run
from dataaudit.errors import ConfigError, SourceError
from dataaudit.loaders import load
from dataaudit.model import Chunk, Dataset, Floats, Ints, Name, Role, Schema, Stage, StageFacts
from dataaudit.profile import SplitFacts
from dataaudit.report.report import Report
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.moments import Moments
from dataaudit.stats.picture_sample import small_copies
from dataaudit.stats.pixels import PictureFiles, Pixels
from dataaudit.stats.row_hashes import RowHashes
from dataaudit.stats.zero_rows import ZeroRows

COMPARED, SHOWN = 256, 6
"""Rows that are compared one by one between stages, and those that are shown."""

SKETCH = 8
"""Sides of the small copies that pictures are compared by."""

SHOWN_COLUMNS = 8
_STATISTICS = (Moments(), Gaps(), Pixels(), PictureFiles(), ZeroRows(), RowHashes())


def audit_stages(
    stages: Mapping[str, Any],
    *,
    target: Any = None,
    task: str | None = None,
    preset: Any = None,
    select: str | Iterable[str] | None = None,
    ignore: Any = None,
    limits: Mapping[str, Mapping[str, Any]] | None = None,
    seed: int = 0,
    jobs: int | None = None,
    progress: Progress | None = None,
    probe: bool = False,
    name: str = "stages",
) -> Report:
    """Audit what each stage of a preprocessing pipeline makes of the same rows, and return the report.

    Parameters
    ----------
    stages : mapping of str to data
        Two stages or more, first to last: {"raw": a, "resized": b, "normalised": c}. Each is what `dataaudit.audit`
        takes as one split (an array, (X, y), a frame, a file, a folder of pictures), the same rows in the same order.
    target : name, optional
        Label column, where the stages are frames or files that hold it.
    task, preset, select, ignore, limits, seed, jobs, progress, probe
        As in `dataaudit.audit`; these rules judge the last stage, as what the network is fed. No models are fitted
        unless `probe` is true.
    name : str
        Title of the report.

    Returns
    -------
    Report
        With a section that shows the stages side by side.

    Raises
    ------
    SourceError
        If a stage cannot be read.
    ConfigError
        If there are fewer than two.
    """
    given: Any = stages
    if not isinstance(given, Mapping) or len(given) < 2:
        raise ConfigError(
            "audit_stages needs two stages or more, by name, first to last.",
            'audit_stages({"raw": a, "normalised": b})',
        )
    run = Run(
        task=task, preset=preset, stage="model-ready", select=select, ignore=ignore, limits=limits, seed=seed,
        jobs=jobs, progress=progress, probe=probe,
    )  # fmt: skip
    found, last = [], None
    for word, thing in ((str(name), stage) for name, stage in stages.items()):
        try:
            dataset = _one_split(load(thing, target=_target(thing, target), name=word), word)
        except SourceError as error:
            raise type(error)(f"stage {word!r}: {error.message}", error.hint) from error
        found.append(stage_facts(word, dataset, jobs))
        last = dataset
    assert last is not None
    source = next(iter(last.sources.values()))
    source.split = word
    data = replace(
        last, name=name, sources={word: source}, roles={word: "train"}, stage=Stage.MODEL_READY, stages=tuple(found)
    )
    return run.report(data)


def _target(thing: Any, target: Any) -> Any:
    """Return the target's name for a stage that holds it as a column, None for others."""
    if isinstance(thing, str | os.PathLike):
        return target
    return target if target in getattr(thing, "columns", ()) else None


def _one_split(dataset: Dataset, stage: str) -> Dataset:
    if len(dataset.sources) != 1:
        raise ConfigError(
            f"The stage {stage!r} holds {len(dataset.sources)} splits ({', '.join(dataset.sources)}).",
            "Pass the same rows of one split in every stage.",
        )
    return dataset


def stage_facts(name: str, dataset: Dataset, jobs: int | None = None) -> StageFacts:
    """Return the facts of one stage; its rows are read once, and some of them again.

    Parameters
    ----------
    name : str
        The stage.
    dataset : Dataset
        Of one split.
    jobs : int, optional
        Threads.
    """
    facts = engine.profile(dataset, _STATISTICS, stage=Stage.RAW, jobs=jobs)
    split, source = next(iter(facts.splits.values())), next(iter(dataset.sources.values()))
    schema = dataset.schema
    n = split.n_rows
    rows = np.unique(np.linspace(0, n - 1, min(n, COMPARED)).astype(np.int64))
    chunk = source.fetch(rows.tolist())
    pictures = _pictures(chunk)
    sketch, colours, values = _looks(chunk, schema, pictures)
    columns, numbers = _numbers(schema, split)
    hashes: Any = split.states[RowHashes()]
    first = rows[:SHOWN].tolist()
    targets = schema.targets
    return StageFacts(
        name,
        _what(schema, pictures, len(columns)),
        n,
        columns,
        _size(pictures),
        *numbers,
        *_gaps(schema, split),
        _zero_rows(split),
        sum(bool(np.all(x == x[:1, :1])) for x in pictures),
        hashes.targets if targets else None,
        all(schema.by_name[t].storage.is_number for t in targets),
        rows,
        sketch,
        colours,
        float(np.mean([len(np.unique(line)) for line in values])) if len(values) else 0.0,
        _at_ends(values),
        _shown(source.fetch(first), schema, first),
    )


# ---------------------------------------------------------------- facts of all rows


def _numbers(schema: Schema, split: SplitFacts) -> tuple[tuple[Name, ...], tuple[Floats, Floats, Floats, Floats]]:
    """Return the columns, and the lowest, highest, mean and deviation of each."""
    if schema.pictures:
        levels = np.asarray(split.states[PictureFiles()].levels, dtype=np.float64)  # type: ignore[attr-defined]
        at = np.arange(256.0)
        total = np.maximum(levels.sum(axis=1), 1)
        mean = levels @ at / total
        std = np.sqrt(np.maximum(levels @ at**2 / total - mean**2, 0))
        seen = levels > 0
        low = np.where(seen.any(axis=1), seen.argmax(axis=1), np.nan)
        high = np.where(seen.any(axis=1), 255 - seen[:, ::-1].argmax(axis=1), np.nan)
        return ("red", "green", "blue"), (low.astype(float), high.astype(float), mean, std)
    state: Any = split.states[Pixels()].channels if schema.pixels else split.states[Moments()]  # type: ignore[attr-defined]
    if schema.pixels:
        names: tuple[Name, ...] = tuple(f"channel {c}" for c in range(schema.pixels.channels))
        return names, (state.low, state.high, state.mean, state.std)
    used = [j for j, c in enumerate(schema.numbers) if c.role is Role.FEATURE]
    names = tuple(schema.numbers[j].name for j in used)
    return names, (state.low[used], state.high[used], state.mean[used], state.std[used])


def _gaps(schema: Schema, split: SplitFacts) -> tuple[int, int]:
    pixels: Any = split.states[Pixels()]
    if schema.pixels:
        return pixels.missing, pixels.infinite
    gaps: Any = split.states[Gaps()]
    inputs = schema.features
    return sum(gaps.missing[c] for c in inputs), sum(gaps.infinite[c] for c in inputs)


def _zero_rows(split: SplitFacts) -> int:
    state: Any = split.states[ZeroRows()]
    return int(state.n_zero)


# ---------------------------------------------------------------- some rows, one by one


def _pictures(chunk: Chunk) -> list[NDArray[Any]]:
    """Return the pictures of a chunk, those that can be decoded; none for tables."""
    if chunk.pixels is not None:
        return list(chunk.pixels)
    return [p.pixels for p in chunk.pictures if p.pixels is not None]


def _size(pictures: list[NDArray[Any]]) -> tuple[int, int, int] | None:
    shapes = {x.shape for x in pictures}
    return next(iter(shapes)) if len(shapes) == 1 else None


def _what(schema: Schema, pictures: list[NDArray[Any]], n_columns: int) -> str:
    if pictures:
        shapes = {x.shape for x in pictures}
        size = " × ".join(map(str, next(iter(shapes)))) if len(shapes) == 1 else f"{len(shapes)} sizes"
        return f"pictures of {size}, {pictures[0].dtype}"
    kinds = {c.dtype for c in schema.numbers if c.role is Role.FEATURE}
    texts = sum(c.role is Role.FEATURE for c in schema.coded)
    words = f"{n_columns:,} numeric columns" + (f" ({next(iter(kinds))})" if len(kinds) == 1 else "")
    return words + (f", {texts:,} of text" if texts else "")


def _looks(chunk: Chunk, schema: Schema, pictures: list[NDArray[Any]]) -> tuple[Floats, Floats | None, NDArray[Any]]:
    """Return what rows look like, the same by colour, and their plain values, shape (n, n_values)."""
    if len(pictures) == chunk.n_rows and pictures:
        small = np.stack([_small(x) for x in pictures])
        grey = _standardised(small.mean(axis=-1).reshape(len(small), -1))
        colours = None
        if small.shape[-1] == 3:
            colours = np.stack([_standardised(small[..., c].reshape(len(small), -1)) for c in range(3)], axis=1)
        flat = [x.ravel() for x in pictures]
        same = len({len(x) for x in flat}) == 1
        return grey, colours, np.stack(flat) if same else np.zeros((0, 0))
    wanted = [j for j, c in enumerate(schema.numbers) if c.role is Role.FEATURE]
    values = chunk.numbers[wanted].T
    return _standardised(values.T).T if values.size else np.zeros((chunk.n_rows, 0)), None, values


def _small(picture: NDArray[Any]) -> Floats:
    """Return a small copy, shape (8, 8, 1 or 3)."""
    depth = 3 if picture.shape[2] >= 3 else 1
    copies, ends, _ = small_copies([picture], (SKETCH, SKETCH, depth))
    low, high = ends[0]
    found: Floats = low + copies[0] * ((high - low) / 255.0)
    return found


def _standardised(lines: Floats) -> Floats:
    """Return lines of mean 0 and deviation 1; zeros where a line is constant, and for what is not finite."""
    with np.errstate(all="ignore"):
        known = np.where(np.isfinite(lines), lines, np.nan)
        filled = np.asarray(np.isfinite(known).any(axis=1))
        centred = np.where(filled[:, None], known, 0.0)
        centred = centred - np.nanmean(centred, axis=1, keepdims=True)
        spread = np.nanstd(centred, axis=1, keepdims=True)
        found: Floats = np.nan_to_num(centred / np.where(spread > 0, spread, np.inf))
    return found


def _at_ends(values: NDArray[Any]) -> tuple[float, float]:
    """Return the shares of values that equal the lowest, and the highest."""
    if not values.size or not np.isfinite(values.astype(np.float64)).any():
        return 0.0, 0.0
    low, high = np.nanmin(values), np.nanmax(values)
    return (float((values == low).mean()), float((values == high).mean())) if low < high else (0.0, 0.0)


def _shown(chunk: Chunk, schema: Schema, rows: Ints | list[int]) -> tuple[dict[str, Any], ...]:
    if chunk.pixels is not None or chunk.pictures:
        pictures = displayed(chunk)
        return tuple(
            {"row": int(row), "picture": None if x is None else thumbnail(x)}
            for row, x in zip(rows, pictures, strict=True)
        )
    names = [c.name for c in schema.columns if c.role is Role.FEATURE][:SHOWN_COLUMNS]
    found = []
    for i, row in enumerate(rows):
        cells: dict[str, Any] = {}
        for name in names:
            if name in schema.number_index:
                cells[str(name)] = float(chunk.numbers[schema.number_index[name], i])
            else:
                code = int(chunk.codes[name].indices[i])
                cells[str(name)] = None if code < 0 else str(chunk.codes[name].values[code])
        found.append({"row": int(row), "values": cells})
    return tuple(found)
