"""Data standardised on rows that are known, and what the three rules say of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit import engine
from dataaudit.analyzers.leakage.scaler import ScalerFitOnAll, ScalerFitOnTest, ScalerFitPerSplit
from dataaudit.loaders import load
from dataaudit.model import Outcome, Stage, Status

Array = NDArray[Any]
RULES: tuple[Any, ...] = (ScalerFitOnAll(), ScalerFitPerSplit(), ScalerFitOnTest())
PLAN = engine.plan(RULES)

STORES: dict[str, Callable[[Array], Array]] = {
    "float64": lambda x: x,
    "float32": lambda x: x.astype(np.float32),
    "float16": lambda x: x.astype(np.float16),
    "4 decimals": lambda x: x.round(4),
}

TRUTH = {
    "train": None,
    "all": "LEA101",
    "train and validation": "LEA101",
    "each": "LEA102",
    "validation": "LEA103",
    "test": "LEA103",
    "validation and test": "LEA103",
}


def split(x: Array, n_splits: int, seed: int = 0) -> list[Array]:
    """Return train and test (4:1), or train, validation and test (3:1:1), drawn at random."""
    x = x[np.random.default_rng(seed).permutation(len(x))]
    cuts = [int(0.8 * len(x))] if n_splits == 2 else [int(0.6 * len(x)), int(0.8 * len(x))]
    return np.split(x, cuts)


def standardised(parts: Sequence[Array], by: Array) -> list[Array]:
    """Return the parts scaled by the statistics of some rows, as scikit-learn's StandardScaler does."""
    std = by.std(axis=0)
    return [(p - by.mean(axis=0)) / np.where(std > 0, std, 1.0) for p in parts]


def fitted_on(parts: Sequence[Array], where: str) -> list[Array]:
    """Return the parts scaled by the statistics of the splits of that name."""
    if where == "each":
        return [standardised([p], p)[0] for p in parts]
    if where == "all":
        return standardised(parts, np.concatenate(parts))
    names = ("train", "test") if len(parts) == 2 else ("train", "validation", "test")
    return standardised(parts, np.concatenate([parts[names.index(word)] for word in where.split(" and ")]))


def outcomes(parts: Sequence[Array]) -> tuple[Outcome, ...]:
    """Return what the three rules say of train and test, or of train, validation and test."""
    validation = parts[1] if len(parts) == 3 else None
    facts = engine.profile(load(parts[0], validation, parts[-1]), PLAN, stage=Stage.MODEL_READY, jobs=1)
    said = engine.judge(RULES, engine.views(facts))
    assert not [o.reason for o in said if o.status is Status.CRASHED]
    return said


def accused(said: Sequence[Outcome]) -> list[str]:
    """Return the codes of the rules that found something."""
    return [o.rule for o in said if o.findings]
