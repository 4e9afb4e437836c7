"""The parts of the report's document on what loaders fed, and on the stages of a pipeline."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.model import Context, Floats, SplitView, StageFacts
from dataaudit.report.json import jsonable
from dataaudit.stats.batch_codes import sample_codes
from dataaudit.stats.batch_log import BatchLog, BatchLogState, BatchRecord

MOST_LEAVES = 40
MOST_CHANNELS = 16


def loaders(splits: Mapping[str, SplitView]) -> list[dict[str, Any]]:
    """Return what each split's loader fed, epoch by epoch; nothing where the data comes in no batches."""
    found = []
    for name, split in splits.items():
        state = split.states.get(BatchLog())
        if isinstance(state, BatchLogState) and state.batches:
            found.append(_loader(name, split, state))
    return found


def _loader(name: str, split: SplitView, log: BatchLogState) -> dict[str, Any]:
    feeding = split.context.feeding
    said = dict(feeding.found.get(name, {})) if feeding is not None else {}
    codes = sample_codes(split)
    seen = np.zeros(codes.size, dtype=bool)
    epochs = []
    for number in log.epochs:
        here = codes.counts(number) > 0
        new = int(np.count_nonzero(here & ~seen))
        epochs.append(_epoch(number, log.epoch(number), int(np.count_nonzero(here)), new))
        seen |= here
    first = log.epoch(log.epochs[0])[0]
    return {
        "split": name,
        "loader": jsonable({key: value for key, value in said.items() if isinstance(value, str | int | bool)}),
        "leaves": [
            {
                "name": leaf.name,
                "use": "input" if leaf.name in first.inputs else "label" if leaf.name == first.target else "other",
                "shape": None if leaf.shape is None else list(leaf.shape),
                "dtype": leaf.dtype,
            }
            for leaf in first.leaves[:MOST_LEAVES]
        ],
        "epochs": epochs,
    }


def _epoch(number: int, batches: Sequence[BatchRecord], distinct: int, new: int) -> dict[str, Any]:
    sizes = Counter(batch.rows for batch in batches)
    waited = sum(batch.waited for batch in batches)
    return {
        "epoch": number,
        "batches": len(batches),
        "samples": sum(batch.rows for batch in batches),
        "distinct": distinct,
        "new": new,
        "batch_sizes": [[size, count] for size, count in sizes.most_common(4)],
        "seconds": round(waited, 3),
    }


def stages(context: Context) -> list[dict[str, Any]]:
    """Return what each stage of a pipeline holds; nothing where the data was not given in stages."""
    return [_stage(stage) for stage in context.stages]


def _stage(stage: StageFacts) -> dict[str, Any]:
    return {
        "name": stage.name,
        "holds": stage.what,
        "rows": stage.n_rows,
        "columns": jsonable(stage.columns[:MOST_CHANNELS]),
        "low": _least(stage.low, np.nanmin),
        "high": _least(stage.high, np.nanmax),
        "mean": _numbers(stage.mean),
        "std": _numbers(stage.std),
        "missing": stage.missing,
        "infinite": stage.infinite,
        "zero_rows": stage.zero_rows,
        "labels": None if stage.labels is None else len(np.unique(stage.labels)),
        "shown": jsonable(stage.shown),
    }


def _least(values: Floats, choose: Any) -> float | None:
    known = values[np.isfinite(values)]
    return float(choose(known)) if known.size else None


def _numbers(values: Floats) -> list[float | None]:
    return [float(v) if math.isfinite(v) else None for v in values[:MOST_CHANNELS].tolist()]
