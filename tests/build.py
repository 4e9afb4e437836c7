"""Builders: data, and its facts as rules see them, made through the real loaders and the real engine."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dataaudit import engine, registry
from dataaudit.loaders import load
from dataaudit.model import Chunk, Codes, Dataset, Outcome, Rule, Schema, SplitView, Stage, Task

# ---------------------------------------------------------------- data


def table(n: int = 200, seed: int = 0) -> pd.DataFrame:
    """Return a table without faults: numbers, whole numbers, text, booleans and times in random order, and a label.

    Columns: `age`, `income`, `rooms`, `city`, `active`, `joined`, and the target `y` ("no", "yes").
    """
    rng = np.random.default_rng(seed)
    age = rng.normal(40.0, 12.0, n)
    return pd.DataFrame(
        {
            "age": age,
            "income": rng.lognormal(10.0, 0.4, n),
            "rooms": rng.integers(1, 7, n),
            "city": rng.choice(["Bern", "Oslo", "Porto", "Graz"], n),
            "active": rng.random(n) < 0.5,
            "joined": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s"),
            "y": np.where(age + rng.normal(0.0, 12.0, n) > 40.0, "yes", "no"),
        }
    )


def images(n: int = 64, size: int = 8, channels: int = 3, seed: int = 0) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return pictures of noise, shape (n, size, size, channels), and labels 0 to 3 in random order."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, size, size, channels), dtype=np.uint8), rng.integers(0, 4, n)


# ---------------------------------------------------------------- chunks


def chunks(
    data: Any, cuts: Iterable[int] = (), *, start: int = 0, split: str = "train", **loading: Any
) -> tuple[Schema, list[Chunk]]:
    """Return the rows of one split as chunks that end where asked.

    Parameters
    ----------
    data : frame, array, (X, y) or path
        As `audit` takes it, small enough for the loader to make one chunk of it (1,000 rows always are).
    cuts : iterable of int
        Positions between rows at which to cut; a position given twice makes a chunk without rows.
    start : int
        Position of the first row within its split.
    split : str
        Name of the split.
    **loading
        `target`, `id`, ..., as `load` takes them.
    """
    source = next(iter(load(data, **loading).sources.values()))
    (whole,) = source.chunks()
    whole.start, whole.split = start, split
    return source.schema, cut(whole, cuts)


def cut(chunk: Chunk, cuts: Iterable[int]) -> list[Chunk]:
    """Return the rows of a chunk as smaller chunks that end at some positions, counted from its first row."""
    edges = [0, *sorted(cuts), chunk.n_rows]
    return [_slice(chunk, first, stop) for first, stop in pairwise(edges)]


def _slice(chunk: Chunk, first: int, stop: int) -> Chunk:
    rows = slice(first, stop)
    pictures = chunk.pictures[rows]
    return Chunk(
        chunk.split,
        chunk.start + first,
        stop - first,
        np.ascontiguousarray(chunk.numbers[:, rows]),
        {name: _used(codes.indices[rows], codes.values) for name, codes in chunk.codes.items()},
        pixels=None if chunk.pixels is None else chunk.pixels[rows],
        pictures=lambda: pictures,
    )


def picked(chunk: Chunk, rows: Sequence[int]) -> Chunk:
    """Return some rows of a chunk by position, in the order asked for."""
    at = np.asarray(rows, dtype=np.int64)
    pictures = [chunk.pictures[i] for i in rows] if chunk.pictures else []
    return Chunk(
        chunk.split,
        0,
        len(at),
        np.ascontiguousarray(chunk.numbers[:, at]),
        {name: _used(codes.indices[at], codes.values) for name, codes in chunk.codes.items()},
        pixels=None if chunk.pixels is None else chunk.pixels[at],
        pictures=lambda: pictures,
    )


def _used(indices: NDArray[np.int32], values: Sequence[Any]) -> Codes:
    """Return codes whose values are those in use, as loaders make them."""
    used, inverse = np.unique(indices, return_inverse=True)
    gaps = int(used.size > 0 and used[0] < 0)
    return Codes((inverse - gaps).astype(np.int32), [values[int(i)] for i in used[gaps:]])


def observed(statistic: Any, schema: Schema, rows: Iterable[Chunk]) -> Any:
    """Return the state of a statistic that has seen some chunks."""
    state = statistic.start(schema)
    for chunk in rows:
        state.observe(chunk)
    return state


# ---------------------------------------------------------------- facts and verdicts


def every_rule() -> list[Rule]:
    """Return every registered rule with its default options."""
    return [rule() for rule in registry.all_rules().values()]


def views(
    train: Any,
    validation: Any = None,
    test: Any = None,
    *,
    rules: Sequence[Rule] | None = None,
    stage: Stage | str | None = None,
    task: Task | str | None = None,
    preset: Any = None,
    seed: int = 0,
    jobs: int = 1,
    **loading: Any,
) -> dict[str, SplitView]:
    """Return every split as rules see it, with the facts that some rules (all of them by default) need."""
    dataset: Dataset = load(train, validation, test, **loading)
    facts = engine.profile(
        dataset,
        engine.plan(every_rule() if rules is None else rules),
        stage=Stage(stage) if stage else dataset.stage,
        jobs=jobs,
    )
    return engine.views(facts, dataset.sources, task=Task(task) if task else None, preset=preset, seed=seed)


def split_view(train: Any, **keywords: Any) -> SplitView:
    """Return one split as rules see it; keywords as for `views`."""
    (view,) = views(train, **keywords).values()
    return view


def judged(rule: Rule, train: Any, validation: Any = None, test: Any = None, **keywords: Any) -> tuple[Outcome, ...]:
    """Return what one rule says of data: one outcome a split, or one over all; keywords as for `views`."""
    return engine.judge([rule], views(train, validation, test, rules=[rule], **keywords))
