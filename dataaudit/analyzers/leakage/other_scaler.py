"""Splits that were each scaled by themselves, and by another kind of scaler than train."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.words_differ import Words
from dataaudit.model import Bools, SplitView
from dataaudit.stats.moments import Moments, MomentsState

FEWEST = 3
"""Inputs that must hold one scaler's marks in train and another's in the other split: one may do so by nature."""

_EXACT = 1e-6
"""How far the ends of a split are from 0 and 1 that it was scaled to: single precision."""

_MEAN, _STD = 1e-3, 5e-3
"""How far mean and std of a split are from 0 and 1 that it was standardised to: two or three decimals are stored, and
one of two definitions of the std was used. Both splits hold exact marks, so these need not be sharp."""


def compare_scalers(train: SplitView, other: SplitView) -> list[Words]:
    """Return the inputs that were standardised in one split and min-max scaled in the other, by itself."""
    names = numeric_features(train.context)
    at = [train.schema.number_index[name] for name in names]
    if len(at) < FEWEST or min(train.n_rows, other.n_rows) < FEWEST:
        return []
    here, there = (split.get(Moments()).of(at) for split in (train, other))
    usable = (here.n > FEWEST) & (there.n > FEWEST) & (here.m2 > 0) & (there.m2 > 0)
    found = []
    for (one, left), (two, right) in ((_STANDARD, _UNIT), (_UNIT, _STANDARD)):
        hit = np.flatnonzero(usable & left(here) & right(there) & ~right(here))
        if len(hit) >= FEWEST:
            columns = tuple(names[j] for j in hit)
            said = f"{{other}} was {two} by itself where {{train}} was {one}"
            found.append(Words(said, columns, tuple((c, _MARKS[one], _MARKS[two]) for c in columns), _FIX))
    return found


def _standardised(m: MomentsState) -> Bools:
    found: Bools = (np.abs(m.mean) <= _MEAN) & (np.abs(m.std - 1.0) <= _STD + 0.5 / np.maximum(m.n - 1, 1))
    return found


def _to_unit(m: MomentsState) -> Bools:
    found: Bools = (np.abs(m.low) <= _EXACT) & (np.abs(m.high - 1.0) <= _EXACT)
    return found


_STANDARD: tuple[str, Callable[[MomentsState], Bools]] = ("standardised", _standardised)
_UNIT: tuple[str, Callable[[MomentsState], Bools]] = ("min-max scaled", _to_unit)
_MARKS = {"standardised": "mean 0, std 1", "min-max scaled": "0 to 1"}
_FIX = "Fit one scaler on train, and apply it to every split."
