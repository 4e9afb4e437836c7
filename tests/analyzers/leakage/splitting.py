"""Splits that share rows, and splits that do not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd


def split(data: pd.DataFrame, seed: int = 0, shares: tuple[float, float] = (0.6, 0.2)) -> list[pd.DataFrame]:
    """Return train, validation and test, drawn at random, each counted from 0."""
    order = np.random.default_rng(seed).permutation(len(data))
    cuts = [int(shares[0] * len(data)), int(shares[0] * len(data)) + int(shares[1] * len(data))]
    return [data.iloc[rows].reset_index(drop=True) for rows in np.split(order, cuts)]


def copied(to: pd.DataFrame, source: pd.DataFrame, rows: Mapping[int, int]) -> pd.DataFrame:
    """Return `to` with some of its rows replaced by rows of `source`: position by position copied from."""
    to = to.copy()
    for row, of in rows.items():
        to.iloc[row] = source.iloc[of]
    return to


def drawn(n: int, to: pd.DataFrame, source: pd.DataFrame, seed: int = 0) -> dict[int, int]:
    """Return n rows of `to` and which rows of `source` they are to copy, in ascending order of rows."""
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(len(to), n, replace=False)).tolist()
    return dict(zip(rows, rng.choice(len(source), n, replace=False).tolist(), strict=True))
