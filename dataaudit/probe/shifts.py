"""Whether labels fit the inputs of other rows, a fixed number of rows away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Floats, Ints

LEAST_ROWS = 40
"""Rows in a row below which no lag is looked for: there are as many lags as rows."""
DIRECTIONS = 64
"""Directions of the inputs that are kept, no more than a quarter of the rows."""
_PROJECTED = 512
"""Inputs beyond which random mixtures of them are taken."""
SPIKE = 0.5
"""Share of a lag's excess that its neighbours and its mirror image must not reach. In rows whose neighbours are alike
(sorted, grouped, measured over time) they reach most of it; in rows in random order, none."""
LEAST_Z = 5.5
"""Robust deviations that a lag is followed up from. Without association the largest of 20,000 lags reaches 4.2."""
LEAST_T = 4.5
"""Deviations by which labels at a lag must fit better than in place, over the stretch where they do so most."""
ALL_T = 3.5
"""The same where that stretch is all rows, so that it was not chosen: few lags are tried, each at one chance in 4,000.
Of labels of 150 rows that inputs tell little of (diabetes), all rolled, one time in ten fits between the two."""
_CUTS = ((0.0, 0.5), (0.25, 0.75), (0.5, 1.0), (0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0), (0.25, 1.0), (0.0, 0.75))
"""Parts of a sequence that are looked at by themselves."""
_SHORT = 5_000
"""Rows beyond which these parts are not: a shift of a part stands out among all of them."""
_TRIED = 6
"""Lags of each of them that are followed up."""


@dataclass(frozen=True)
class Shift:
    """Labels that stand some rows away from their inputs.

    Attributes
    ----------
    lag : int
        Rows that the label stands below its inputs: that of row i is in row i + lag. Negative above.
    start, stop : int
        Rows whose labels are found there, as places in the sequence.
    z : float
        Robust deviations that the lag's association stands out by, among all lags.
    t : float
        Deviations by which labels at the lag fit better than those of the row itself, over these rows.
    here, there : float
        Mean agreement of inputs with the label of the row itself, and with that at the lag, over these rows; 1 for
        labels as they are fitted best, 0 for none.
    """

    lag: int
    start: int
    stop: int
    z: float
    t: float
    here: float
    there: float


@dataclass(frozen=True)
class Lags:
    """Association of inputs with labels at every lag.

    Attributes
    ----------
    lags : ndarray of int64, shape (m,)
        From the most negative to the largest.
    excess : ndarray of float64, shape (m,)
        Squared cross-correlation over all directions and labels, less its median.
    z : ndarray of float64, shape (m,)
        Robust deviations of its cube root (Wilson and Hilferty 1931: nearly normal where there is no association).
    """

    lags: Ints
    excess: Floats
    z: Floats


def whitened(X: NDArray[np.float32], seed: int = 0) -> Floats:
    """Return the strongest directions of the inputs, uncorrelated and of unit spread, shape (n, r)."""
    n = len(X)
    if n < 4 or not X.shape[1]:
        return np.zeros((n, 0))
    with np.errstate(all="ignore"):
        lines = X - X.mean(axis=0, dtype=np.float64)
        lines = lines / lines.std(axis=0)
    lines = lines[:, np.isfinite(lines).all(axis=0)]
    if not lines.shape[1]:
        return np.zeros((n, 0))
    if lines.shape[1] > _PROJECTED:
        rng = np.random.default_rng(seed)
        lines = lines @ rng.choice((-1.0, 1.0), (lines.shape[1], _PROJECTED))
    size, directions = np.linalg.eigh(lines.T @ lines / n)
    keep = np.flatnonzero(size > 1e-6 * size[-1])[::-1][: min(DIRECTIONS, n // 4)]
    result: Floats = lines @ (directions[:, keep] / np.sqrt(size[keep]))
    return result


def correlate(parts: Sequence[tuple[Floats, Floats]]) -> Lags:
    """Return the association at every lag of some stretches of rows, those of all of them added up.

    Parameters
    ----------
    parts : sequence of (ndarray of shape (n, r), ndarray of shape (n, k))
        Directions of the inputs and centred labels of consecutive rows. Each stretch is taken for a ring, so that
        labels rolled from one end to the other are found, and labels cut off cost their few rows only.
    """
    from scipy.fft import irfft, rfft

    reach = min(len(W) for W, _ in parts) // 2
    lags = np.arange(-((min(len(W) for W, _ in parts) - 1) // 2), reach + 1)
    total = np.zeros(len(lags))
    for W, Y in parts:
        n = len(W)
        waves = np.conj(rfft(W, axis=0))
        power = np.zeros(n)
        for column in Y.T:
            cross = irfft(waves * rfft(column)[:, None], n, axis=0)
            power += (cross**2).sum(axis=1)
        total += power[lags % n] / n
    excess = total - np.median(total)
    root = np.cbrt(total)
    middle = np.median(root)
    spread = 1.4826 * float(np.median(np.abs(root - middle)))
    z = (root - middle) / spread if spread > 0 else np.zeros(len(root))
    return Lags(lags, excess, z)


def find_shifts(
    parts: Sequence[tuple[Floats, Floats]], *, least_z: float = LEAST_Z, least_t: float = LEAST_T
) -> list[Shift]:
    """Return the lags at which labels fit the inputs better than in place, the longest stretch first.

    Parameters
    ----------
    parts : sequence of (ndarray, ndarray)
        As `correlate` takes them; places are counted through all of them.
    least_z, least_t : float
        Evidence that is asked for.
    """
    parts = [(W, Y) for W, Y in parts if len(W) >= LEAST_ROWS and W.shape[1] and Y.shape[1]]
    if not parts:
        return []
    tried: dict[int, float] = {}
    for window in _windows(parts):
        seen = correlate(window)
        stands_out = np.flatnonzero((seen.z >= least_z) & spikes(seen) & (seen.lags != 0))
        for at in stands_out[np.argsort(-seen.z[stands_out], kind="stable")][:_TRIED]:
            lag = int(seen.lags[at])
            tried[lag] = max(tried.get(lag, 0.0), float(seen.z[at]))
    n = sum(len(W) for W, _ in parts)
    found = _clear([at_lag(parts, lag, z) for lag, z in tried.items()], least_t, n)
    lags = [shift.lag for shift in found]
    alone = _clear([at_lag(parts, s.lag, s.z, [lag for lag in lags if lag != s.lag]) for s in found], least_t, n)
    return _told_apart([next((a for a in alone if a.lag == s.lag), s) for s in found])


def _clear(found: Sequence[Shift | None], least_t: float, n: int) -> list[Shift]:
    """Return those of n rows' shifts that fit better by enough: the less is asked where no stretch was chosen."""
    of_all = min(least_t, ALL_T)
    return [s for s in found if s is not None and s.t >= (of_all if s.stop - s.start == n else least_t)]


def _windows(parts: Sequence[tuple[Floats, Floats]]) -> list[Sequence[tuple[Floats, Floats]]]:
    """Return all rows, and parts of them, in which a shift that begins or ends half-way stands out more."""
    windows: list[Sequence[tuple[Floats, Floats]]] = [parts]
    if len(parts) > 1:
        windows += [[part] for part in parts]
    elif len(parts[0][0]) <= _SHORT:
        W, Y = parts[0]
        n = len(W)
        for first, last in _CUTS:
            rows = slice(int(first * n), int(last * n))
            if rows.stop - rows.start >= LEAST_ROWS:
                windows.append([(W[rows], Y[rows])])
    return windows


def _told_apart(found: list[Shift]) -> list[Shift]:
    """Keep, of lags that say the same of the same rows (labels that come in turns), the nearest."""
    kept: list[Shift] = []
    for shift in sorted(found, key=lambda s: (-round((s.stop - s.start) * s.there, 6), abs(s.lag))):
        rival = next((k for k in kept if _overlap(k, shift)), None)
        if rival is None:
            kept.append(shift)
        elif abs(shift.lag) < abs(rival.lag) and shift.there > 0.9 * rival.there and shift.t > 0.9 * rival.t:
            kept[kept.index(rival)] = shift
    return kept


def _overlap(a: Shift, b: Shift) -> bool:
    """Return whether two stretches are the same rows for a tenth or more: where they begin is known to a few rows."""
    shared = min(a.stop, b.stop) - max(a.start, b.start)
    return shared > 0.1 * min(a.stop - a.start, b.stop - b.start)


def spikes(seen: Lags) -> Bools:
    """Return which lags stand above their neighbours and their mirror image; lag 0 is no one's neighbour."""
    excess, zero = seen.excess, int(np.flatnonzero(seen.lags == 0)[0])
    around = np.full(len(excess), -np.inf)
    quiet = excess.copy()
    quiet[zero] = -np.inf
    for step in (1, 2):
        around = np.maximum(around, np.roll(quiet, step))
        around = np.maximum(around, np.roll(quiet, -step))
    mirror = np.full(len(excess), -np.inf)
    inside = 2 * zero - np.arange(len(excess))
    ok = (inside >= 0) & (inside < len(excess)) & (inside != np.arange(len(excess)))
    mirror[ok] = excess[inside[ok]]
    return np.asarray((excess > 0) & (np.maximum(around, mirror) <= SPIKE * excess), np.bool_)


def at_lag(
    parts: Sequence[tuple[Floats, Floats]], lag: int, z: float = float("nan"), rivals: Sequence[int] = ()
) -> Shift | None:
    """Return the stretch over which labels fit at a lag better than in place; None if there is none.

    The relation is estimated from both lags together, each row left out of its own. What labels at rival lags fit
    counts as in place, so that a shift that grows is told apart step by step.
    """
    here, there = _agreement(parts, lag, rivals)
    gain = there - here
    start, stop = _best_stretch(gain)
    if stop - start < 2:
        return None
    part = gain[start:stop]
    norm = float(np.sqrt((part**2).sum()))
    scale = float(np.mean(np.maximum(here, there))) or 1.0
    return Shift(
        lag,
        start,
        stop,
        z,
        float(part.sum()) / norm if norm > 0 else 0.0,
        float(here[start:stop].mean()) / abs(scale),
        float(there[start:stop].mean()) / abs(scale),
    )


def _agreement(parts: Sequence[tuple[Floats, Floats]], lag: int, rivals: Sequence[int]) -> tuple[Floats, Floats]:
    n = sum(len(W) for W, _ in parts)
    relation = sum(W.T @ (Y + np.roll(Y, -lag, axis=0)) for W, Y in parts) / n
    here, there = [], []
    for W, Y in parts:
        fitted, own = W @ relation, (W**2).sum(axis=1) / n
        both = Y + np.roll(Y, -lag, axis=0)
        told = [((fitted - own[:, None] * both) * np.roll(Y, -k, axis=0)).sum(axis=1) for k in (lag, 0, *rivals)]
        there.append(told[0])
        here.append(np.sum(told[1:], axis=0))
    return np.concatenate(here), np.concatenate(there)


def _best_stretch(gain: Floats) -> tuple[int, int]:
    """Return the rows over which the sum is largest, carried to the ends where these do not speak against it."""
    sums = np.concatenate([[0.0], np.cumsum(gain)])
    low = np.minimum.accumulate(sums)
    stop = int(np.argmax(sums - low))
    start = int(np.argmin(sums[: stop + 1]))
    for side in ("left", "right"):
        rest = gain[:start] if side == "left" else gain[stop:]
        norm = float(np.sqrt((rest**2).sum()))
        if not norm or float(rest.sum()) / norm > -2.0:
            start, stop = (0, stop) if side == "left" else (start, len(gain))
    return start, stop
