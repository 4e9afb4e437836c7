"""What fills by the mean and by the median leave in columns: how improbably near each union of splits comes to it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.fits import Union, complete
from dataaudit.analyzers.leakage.spikes import OUTNUMBERS, Spike, same_mean_by_accident
from dataaudit.model import Bools, Floats, SplitView
from dataaudit.stats.moments import Moments, MomentsState, pooled
from dataaudit.stats.sample import Sample


@dataclass(frozen=True)
class Told:
    """What the columns say of one union, shape (d,) each; p is 1 where the union cannot be the one."""

    p: Floats
    off: Floats


class MeanFills:
    """Filled with the mean."""

    step, done, what = "mean imputation", "filled with the mean", "mean − fill"
    leaves = "a mean that equals the fill"

    def __init__(self, found: Sequence[Spike], splits: Mapping[str, SplitView]) -> None:
        at = [next(iter(splits.values())).schema.number_index[s.column] for s in found]
        self.spikes, self.names = found, list(splits)
        self.own = {n: s.get(Moments()).of(at) for n, s in splits.items()}
        self.exact = complete(splits)
        share = np.array([s.counts / np.maximum(s.rows, 1) for s in found])
        cells = np.array([self.own[n].n for n in self.names]).T
        self.measured = cells - (np.array([s.counts for s in found]) if self.exact else np.round(share * cells))
        self.pooled = self._moments(frozenset(self.names))

    def _moments(self, union: Union) -> MomentsState:
        return pooled([self.own[n] for n in self.names if n in union])

    def _n(self, union: Union) -> Floats:
        """Return the rows that were not filled, shape (d,)."""
        return np.asarray(self.measured[:, [n in union for n in self.names]].sum(axis=1), dtype=np.float64)

    def tell(self, union: Union, rivals: Sequence[Union]) -> Told:
        """Return how improbable it is that a union comes this close, a rival being the one."""
        from scipy.special import erf

        here, n_s = self._moments(union), np.maximum(self._n(union), 1.0)
        filled = here.n / n_s
        value = np.array([s.value for s in self.spikes])
        off = ((here.pivot - value) + here.rest) * filled
        n_all = np.maximum(self._n(frozenset(self.names)), 1.0)
        sigma = np.sqrt(self.pooled.variance() * self.pooled.n / n_all)
        fits = np.abs(off) <= 2.0 * filled * np.array([s.resolution for s in self.spikes])
        p = np.zeros(len(value))
        for rival in rivals:
            n_t = np.maximum(self._n(rival), 1.0)
            f = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * self._n(union & rival) / (n_s * n_t), 1e-300))
            near = erf((np.abs(off) + 1e-17) / (sigma * f * math.sqrt(2.0)))
            floor = self._floor(n_s, n_t) / (n_s * sigma * f)
            p = np.maximum(p, np.minimum(1.0, np.maximum(near, floor)))
        return Told(np.where(fits, p, 1.0), off / sigma)

    def _floor(self, n_s: Floats, n_t: Floats) -> Floats:
        """Return the steps of the grid within which sums of measurements on a grid agree by accident."""
        steps = []
        for spike, a, b in zip(self.spikes, n_s, n_t, strict=True):
            rare = same_mean_by_accident(int(a), int(b)) if self.exact and not spike.on_grid else 1.0
            steps.append(spike.grid * rare)
        return np.array(steps)

    def odd(self) -> Bools:
        """Return the columns whose fill could not be a natural mode by its look: no measurement holds it."""
        off = [s.grid > 0 and not s.on_grid and s.resolution < 1e-3 * s.grid for s in self.spikes]
        return np.array(off, dtype=bool)

    def excluded(self, union: Union) -> list[bool]:
        """Return the columns whose fill the union cannot have given, whatever was rounded."""
        here = self._moments(union)
        filled = here.n / np.maximum(self._n(union), 1.0)
        value = np.array([s.value for s in self.spikes])
        off = np.abs((here.pivot - value) + here.rest) * filled
        limits = 6.0 * filled * np.array([s.resolution for s in self.spikes])
        return [bool(far) for far in off > limits]


class MedianFills:
    """Filled with the median; from sampled rows, so told where the sample holds all of them.

    With an odd number of measured cells the fill is one of them and the others balance; with an even number it lies
    midway between two of them, and all balance. Ties shift the balance by as many rows, less one.
    """

    step, done, what = "median imputation", "filled with the median", "share below − share above"
    leaves = "as many rows below the fill as above it"

    def __init__(self, found: Sequence[Spike], splits: Mapping[str, SplitView]) -> None:
        self.spikes, self.names = found, list(splits)
        self.below = np.array([s.below for s in found])
        self.above = np.array([s.above for s in found])
        self.slack = np.array([s.ties - 1 for s in found]) * np.array([s.on_grid for s in found])
        at = [next(iter(splits.values())).schema.number_index[s.column] for s in found]
        self.lines = {n: s.get(Sample()).numbers[at] for n, s in splits.items()}

    def _sums(self, union: Union) -> tuple[Floats, Floats]:
        chosen = [n in union for n in self.names]
        below, above = self.below[:, chosen].sum(axis=1), self.above[:, chosen].sum(axis=1)
        return (below - above).astype(np.float64), np.maximum(below + above, 1).astype(np.float64)

    def tell(self, union: Union, rivals: Sequence[Union]) -> Told:
        """Return how improbable it is that a union comes this close, a rival being the one."""
        from scipy.special import erf

        balance, n_s = self._sums(union)
        p = np.zeros(len(balance))
        for rival in rivals:
            n_t, both = self._sums(rival)[1], self._sums(union & rival)[1] if union & rival else 0.0
            f = np.sqrt(np.maximum(1 / n_s + 1 / n_t - 2 * both / (n_s * n_t), 1e-300))
            # with one row a value only even numbers of rows can balance, which half of all unions have
            within = np.where(self.slack > 0, self.slack + 0.5, 0.5)
            p = np.maximum(p, np.minimum(1.0, erf(within / (n_s * f * math.sqrt(2.0)))))
        fits = np.abs(balance) <= self.slack
        for j in np.flatnonzero(fits).tolist():
            near = midway(self.spikes[j], [self.lines[n][j] for n in self.names if n in union])
            fits[j] = self.spikes[j].on_grid or near < 1.0  # no measurement, so it lies between two
            p[j] *= near
        p = np.where(fits, p, 1.0)
        return Told(p, balance / n_s)

    def odd(self) -> Bools:
        """Return the columns whose fill is a measurement like others, not a round one, and no mode among several."""
        alone = [s.counts.sum() >= OUTNUMBERS * s.second for s in self.spikes]
        odd = [s.grid > 0 and s.on_grid and not s.round for s in self.spikes]
        both: Bools = np.array(odd, dtype=bool) & np.array(alone, dtype=bool)
        return both

    def excluded(self, union: Union) -> list[bool]:
        """Return the columns whose fill the union cannot have given."""
        balance, _ = self._sums(union)
        return [bool(far) for far in np.abs(balance) > 2 * self.slack + 4]


def midway(spike: Spike, lines: Sequence[Floats]) -> float:
    """Return the share of places between its neighbours as near the middle as a fill is; 1 if it is not the middle.

    Measurements lie midway between their neighbours as often as they do: on a grid, often.
    """
    line = np.concatenate(lines)
    below = line[line < spike.value].max(initial=-np.inf)
    above = line[line > spike.value].min(initial=np.inf)
    gap = above - below
    if not np.isfinite(gap) or abs((below + above) / 2.0 - spike.value) > 2.0 * spike.resolution:
        return 1.0
    held = np.unique(line[line != spike.value])
    middle = np.abs((held[:-2] + held[2:]) / 2.0 - held[1:-1]) <= 2.0 * spike.resolution
    usual = float(middle.mean()) if len(middle) else 1.0
    return min(1.0, max(usual, float((4.0 * spike.resolution + spike.grid) / gap)))
