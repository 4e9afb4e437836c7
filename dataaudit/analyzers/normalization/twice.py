"""What data looks like after it went through a normalisation twice."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.model import Bools, Floats, Name, SplitView
from dataaudit.presets import PRESETS, Preset, nearest_presets, off_by
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample

MOST_COLUMNS = 256
"""Columns of a wide table that are tested, evenly spread; all that look alike are named."""
MOST_VALUES = 2000
"""Distinct values of a column that are tested."""


def is_standard(channels: MomentsState, most: float = 0.5) -> bool:
    """Return whether each channel has mean 0 and std 1, roughly: a mean of size `most` at most, a std of 1/3 to 3."""
    mean, std = np.abs(channels.mean), channels.std
    return bool((mean <= most).all() and (std >= 1 / 3).all() and (std <= 3.0).all())


# ---------------------------------------------------------------- pictures


@dataclass(frozen=True)
class Twice:
    """Two steps, one after the other, that should not follow on each other.

    Attributes
    ----------
    label : str
        What was done, for the message.
    black, white : ndarray of float64, shape (channels,)
        What black and white become.
    tolerance : float
        Largest `off_by` at which data is taken to have gone through both.
    """

    label: str
    black: Floats
    white: Floats
    tolerance: float

    def distance(self, low: Floats, high: Floats) -> float:
        """Return how far data is from this."""
        return off_by(low, high, self.black, self.white)


def _again(preset: Preset, value: Floats, scale: float) -> Floats:
    mean, std = (np.broadcast_to(np.array(part), len(value)) for part in (preset.mean, preset.std))
    again: Floats = (value * scale - mean) / std
    return again


def combinations(n_channels: int, declared: Preset | None = None) -> Iterator[Twice]:
    """Yield the ways in which pictures are normalised twice.

    The same mean and deviation applied again; pictures in 0..1 fed to a step that divides by 255 first, or that
    takes away means made for 0..255; and, where several channels must agree, any two known presets.
    """
    known = [*PRESETS, *([declared] if declared else [])]
    unit = np.ones(n_channels)
    for preset in known:
        ends = preset.ends(n_channels)
        if ends is None or preset.name == "bytes":
            continue
        black, white = ends
        if preset.name == "unit":
            yield Twice("divided by 255 twice", 0.0 * unit, unit / 255.0, 0.97)
            continue
        name = preset.label
        again = (_again(preset, 0.0 * unit, preset.scale), _again(preset, unit, preset.scale))
        yield Twice(f"in 0..1 before the step for 0..255 ({name}) was applied", *again, 0.4)
        if preset.scale == 1.0:
            continue
        for other in known:
            same = other.mean == preset.mean and other.std == preset.std
            if other.ends(n_channels) is None or other.name in ("unit", "bytes", "caffe"):
                continue
            if not same and n_channels == 1:
                continue
            label = f"normalised for {name} twice" if same else f"normalised for {name}, then for {other.label}"
            tolerance = 0.03 if n_channels == 1 else 0.1 if same else 0.05
            yield Twice(label, _again(other, black, 1.0), _again(other, white, 1.0), tolerance)


def twice_normalised(splits: Mapping[str, SplitView], declared: Preset | None) -> tuple[Twice, list[str]] | None:
    """Return by which two steps pictures were normalised, and in which splits; None where that is not so."""
    found: list[tuple[float, Twice]] = []
    ends = {}
    for name, split in splits.items():
        channels = split.get(Pixels()).channels
        if split.n_rows and (channels.n > 0).all() and (channels.high > channels.low).any():
            ends[name] = channels
    for channels in ends.values():
        if is_standard(channels) or nearest_presets(channels.low, channels.high)[0].fits:
            continue
        for way in (*combinations(len(channels.n), declared), *_own(channels)):
            distance = way.distance(channels.low, channels.high)
            if distance <= way.tolerance:
                found.append((distance / way.tolerance, way))
    if not found:
        return None
    best = min(found, key=lambda pair: (pair[0], pair[1].label))[1]
    limit = max(best.tolerance, 0.3)
    return best, [name for name, c in ends.items() if best.distance(c.low, c.high) <= limit and not is_standard(c)]


def _own(channels: MomentsState) -> Iterator[Twice]:
    """Yield the data's own mean and deviation applied twice, as far as what they leave behind tells them.

    z = (x - m) / s twice leaves mean -m/s and deviation 1/s; going back must give pixels in 0..1 or 0..255.
    """
    n = channels.n.astype(np.float64)
    mean = float((channels.mean * n).sum() / n.sum())
    std = math.sqrt(float(((channels.variance() + (channels.mean - mean) ** 2) * n).sum() / n.sum()))
    both = ((channels.mean, channels.std), (np.full_like(n, mean), np.full_like(n, std)))
    for means, stds in both:
        if not ((means < -0.5) & (stds > 0)).all():
            continue
        for top, name in ((1.0, "0..1"), (255.0, "0..255")):
            black, white = (((x * stds + means) * stds + means) for x in (np.zeros(len(n)), np.full(len(n), top)))
            yield Twice(f"standardised twice with its own mean and deviation (from {name})", black, white, 0.03)


# ---------------------------------------------------------------- tables


@dataclass(frozen=True)
class Columns:
    """Columns of a table that were standardised twice.

    Attributes
    ----------
    names : list of Name
        All that were.
    proved : list of Name
        Those that become plain decimals again when both steps are undone.
    tested : int
        Columns with enough distinct values to be tested.
    step : str
        "mean and std" or "median and interquartile range".
    centre, spread : dict of Name to float
        What was taken away and divided by, each time.
    """

    names: list[Name]
    proved: list[Name]
    tested: int
    step: str
    centre: dict[Name, float]
    spread: dict[Name, float]


def twice_standardised(split: SplitView, moments: MomentsState) -> Columns | None:
    """Return which columns were standardised twice with the statistics of the raw values; None if none were.

    Parameters
    ----------
    split : SplitView
        The rows that are looked at.
    moments : MomentsState
        Of the rows whose statistics may have been used: this split's, or those of all splits.

    Notes
    -----
    z = (x - m) / s twice leaves a column with mean -m/s and deviation 1/s, so both steps can be undone from what is
    there. Measurements are written with few decimals: if undoing gives whole multiples of a power of ten in most
    columns, that is no accident.
    """
    sample, index = split.get(Sample()), split.schema.number_index
    names = [n for n in numeric_features(split.context) if moments.n[index[n]] > 1 and moments.std[index[n]] > 0]
    spaced = names[:: max(1, -(-len(names) // MOST_COLUMNS))]
    lines = {name: _distinct(sample.numbers[index[name]]) for name in spaced}
    lines = {name: line for name, line in lines.items() if len(line) >= 12}
    if not lines:
        return None
    for step in ("mean and std", "mean and std of n - 1", "median and interquartile range"):

        def left(name: Name, step: str = step) -> tuple[float, float]:
            return _left(step, moments, index[name], sample.numbers[index[name]])

        proved = [name for name, line in lines.items() if _is_decimal_again(line, *left(name))]
        enough = len(proved) >= 2 or (len(proved) == 1 and len(lines) == 1 and len(lines[proved[0]]) >= 30)
        if enough and 2 * len(proved) >= len(lines):
            now = {name: left(name) for name in names}
            known = [n for n in names if now[n][1] > 0 and (n in proved or not _is_unit(*now[n]))]
            centre = {n: -now[n][0] / now[n][1] for n in known}
            return Columns(known, proved, len(lines), step, centre, {n: 1.0 / now[n][1] for n in known})
    return None


def _left(step: str, moments: MomentsState, j: int, line: Floats) -> tuple[float, float]:
    """Return the centre and the spread that a column has now."""
    if step.startswith("median"):
        low, median, high = np.quantile(line[np.isfinite(line)], (0.25, 0.5, 0.75))
        return float(median), float(high - low)
    return float(moments.mean[j]), math.sqrt(float(moments.variance(1 if step.endswith("1") else 0)[j]))


def _is_unit(centre: float, spread: float) -> bool:
    return abs(centre) < 0.05 and abs(spread - 1.0) < 0.05


def _distinct(line: Floats) -> Floats:
    values = np.unique(line[np.isfinite(line)])
    return values[:: max(1, -(-len(values) // MOST_VALUES))]


def _is_decimal_again(values: Floats, centre: float, spread: float) -> bool:
    """Return whether undoing both steps gives whole multiples of 1, 0.1, ..., or 0.000001, all different.

    Remainders of arbitrary numbers have a root mean square of 0.29; 0.1 or less from 12 values on has p < 1e-6. The
    values as they are must need more digits: whole numbers divided by 4 twice are decimals as well.
    """
    if not spread > 0 or _is_unit(centre, spread):
        return False
    with np.errstate(all="ignore"):
        digits = _digits(((values - centre) / spread - centre) / spread)
    now = _digits(values)
    return digits is not None and (now is None or now > digits)


def _digits(values: Floats) -> int | None:
    """Return how many decimals write distinct values down, up to 6; None where none do."""
    for digits in range(7):
        with np.errstate(all="ignore"):
            scaled = values * 10.0**digits
            if not np.isfinite(scaled).all() or np.abs(scaled).max() > 1e12:
                return None
            whole = np.rint(scaled)
            rest = float(np.sqrt(np.mean((scaled - whole) ** 2)))
        if rest <= 0.1 and len(np.unique(whole)) >= 0.9 * len(values):
            return digits
    return None


def looks_undone(split: SplitView, names: Sequence[Name]) -> bool:
    """Return whether a table has the marks that twice standardised positive measurements leave, without proof.

    Means are negative (-m/s): three quarters below -1, none 0.5 or more. Deviations (1/s) are of very different size,
    30 times and more, and in nine columns of ten no undone value is negative.
    """
    if len(names) < 4:
        return False
    moments, index = split.get(Moments()), split.schema.number_index
    at = np.array([index[n] for n in names])
    mean, std, low = moments.mean[at], moments.std[at], moments.low[at]
    if not (std > 0).all():
        return False
    with np.errstate(over="ignore"):
        positive: Bools = (low - mean) / std >= mean * (1 + 1e-6)
    return bool(
        (mean < -1.0).mean() >= 0.75
        and (mean < 0.5).all()
        and (positive.mean() >= 0.9)
        and std.max() >= 30.0 * std.min()
        and (std > 1.0).any()
    )
