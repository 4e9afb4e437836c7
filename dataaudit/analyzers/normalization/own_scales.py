"""What scaling by a batch's own statistics leaves behind in every batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dataaudit.analyzers.batches.common import kept_batch
from dataaudit.model import Floats, SplitView
from dataaudit.stats.batch_log import BatchRecord, LeafLog

Hit = tuple[BatchRecord, LeafLog]

LEAST_BATCHES = 3
LEAST_ROWS = 8
NEAR = 1e-3
"""How far a batch may be from mean 0 and deviation 1: single precision, added up over a hundred thousand pixels, is off
by up to 6e-4. A batch of 32 independent rows comes that close to mean 0 with probability 2e-3 * sqrt(32) * 0.4, about
5e-3, and to deviation 1 with about 6e-3; three batches come that close to both with 1e-14."""
NEAR_ZERO = 1e-4
"""How far from mean 0, in deviations, columns may be that were centred alone: three batches of 32 independent rows come
that close with 1e-10."""
_EXACT = 1e-5
"""How far from the ends a scaled column may stop: a small number is often added to what is divided by."""


def own_scale(split: SplitView, hits: Sequence[Hit]) -> str:
    """Return what every batch has by itself, "" where nothing shows that batches were scaled by their own statistics.

    Parameters
    ----------
    split : SplitView
        Whose loader it is.
    hits : sequence of (BatchRecord, LeafLog)
        One input of floats in every batch of every epoch; batches of fewer than 8 rows do not count.

    Returns
    -------
    str
        Such as "mean 0 and deviation 1".
    """
    whole = [hit for hit in hits if hit[0].rows >= LEAST_ROWS]
    if len(whole) < LEAST_BATCHES:
        return ""
    for way, fits in _FROM_MOMENTS.items():
        if all(fits(leaf, batch.rows) for batch, leaf in whole):
            values = _kept(split, whole[0])
            return "" if values is None or _row_by_row(values) or not _is_varied(values) else way
    shape = whole[0][1].shape
    if shape is None or len(shape) != 1:
        return ""
    reached = [(abs(leaf.low), abs(leaf.high)) for _, leaf in whole]
    to_one = all(abs(max(ends) - 1) <= _EXACT for ends in reached)
    if not to_one and not all(leaf.low < 0 < leaf.high for _, leaf in whole):
        return ""
    batches = [values for hit in whole if (values := _kept(split, hit)) is not None]
    if len(batches) < LEAST_BATCHES:
        return ""
    return _by_ends(batches) if to_one else "median 0 and interquartile range 1" if _is_robust(batches) else ""


def _is_standard(leaf: LeafLog, rows: int) -> bool:
    varies = leaf.std > 1e-6
    return bool(varies.any()) and _is_one(leaf.mean[varies], leaf.std[varies], rows)


def _is_standard_together(leaf: LeafLog, rows: int) -> bool:
    mean = float(leaf.mean.mean())
    with np.errstate(over="ignore", invalid="ignore"):
        std = np.sqrt(np.mean(leaf.std**2) + np.var(leaf.mean))
    return leaf.mean.size > 1 and _is_one(np.array([mean]), np.array([std]), rows * leaf.mean.size)


def _is_one(mean: Floats, std: Floats, n: int) -> bool:
    corrected = std * np.sqrt(n / (n - 1))
    return bool((np.abs(mean) <= NEAR).all()) and any(bool((np.abs(s - 1) <= NEAR).all()) for s in (std, corrected))


def _is_centred(leaf: LeafLog, rows: int) -> bool:
    varies = leaf.std > 1e-6
    near = NEAR_ZERO if leaf.axis == 0 and len(leaf.shape or ()) == 1 else NEAR
    finite = bool((leaf.std < np.inf).all())  # beyond the range of floats everything is near zero
    return finite and bool(varies.any()) and bool((np.abs(leaf.mean[varies]) <= near * leaf.std[varies]).all())


_FROM_MOMENTS: dict[str, Callable[[LeafLog, int], bool]] = {
    "mean 0 and deviation 1": _is_standard,
    "mean 0 and deviation 1 over all their numbers": _is_standard_together,
    "mean 0": _is_centred,
}


def _kept(split: SplitView, hit: Hit) -> Floats | None:
    fed = kept_batch(split, hit[0])
    return None if fed is None else fed.leaves[hit[1].name].astype(np.float64)


def _row_by_row(values: Floats) -> bool:
    """Return whether each row, or each channel of each row, has mean 0 by itself."""
    if values.ndim < 2:
        return False
    size = NEAR * max(1.0, float(values.std()))
    own = values.reshape(len(values), -1).mean(axis=1)
    if values.ndim == 4:
        first = values.shape[1] in (1, 3, 4) and values.shape[3] not in (1, 3, 4)
        channels = values.mean(axis=(2, 3) if first else (1, 2))
        return bool((np.abs(own) <= size).all() or (np.abs(channels) <= size).all())
    return bool((np.abs(own) <= size).all())


def _is_varied(values: Floats) -> bool:
    """Return whether some column holds many values: codes may add up to 0 in batches that are balanced on purpose."""
    columns = values.reshape(len(values), -1)[:, :256]
    return any(len(np.unique(column)) > len(values) / 2 for column in columns.T)


def _by_ends(batches: Sequence[Floats]) -> str:
    """Return between which ends every column lies in each batch, with one row at each in four fifths of them."""
    for way, ends in (("exactly 0 to exactly 1", (0.0, 1.0)), ("exactly -1 to exactly 1", (-1.0, 1.0))):
        low, high = (np.array([(np.abs(values - end) <= _EXACT).sum(axis=0) for values in batches]) for end in ends)
        if _is_once(low) and _is_once(high):
            return way
    largest = np.array([(np.abs(np.abs(values) - 1) <= _EXACT).sum(axis=0) for values in batches])
    inside = all(bool((np.abs(values) <= 1 + _EXACT).all()) for values in batches)
    return "a largest number of exactly 1 in every column" if inside and _is_once(largest) else ""


def _is_once(reached: Floats) -> bool:
    """Return whether an end is reached in every batch, and by one row in four fifths of them for some column."""
    return bool((reached > 0).all()) and bool(((reached == 1).mean(axis=0) >= 0.8).any())


def _is_robust(batches: Sequence[Floats]) -> bool:
    """Return whether every column that varies has median 0 and interquartile range 1 in each batch."""
    for values in batches:
        q1, middle, q3 = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
        varies = np.ptp(values, axis=0) > 1e-6
        if not varies.any() or np.abs(middle[varies]).max() > _EXACT or np.abs(q3 - q1 - 1)[varies].max() > _EXACT:
            return False
    return True
