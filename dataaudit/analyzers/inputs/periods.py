"""What is periodic by its name or its range: angles, hours, months; and whether a seam lies within data."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.model import Floats, Name

_ANGLES = (
    "angle", "angles", "heading", "bearing", "azimuth", "azi", "direction", "dir", "orientation", "yaw", "roll",
    "rotation", "theta", "phi", "hue", "aspect", "course", "deg", "degree", "degrees", "rad", "radian", "radians",
    "longitude", "lon", "lng", "long", "rot", "winddir", "compass", "phase",
)  # fmt: skip
_TURN = 2.0 * math.pi

_CALENDAR: dict[int, tuple[str, ...]] = {
    24: ("hour", "hours", "hr", "hod"),
    12: ("month", "mnth", "mon", "moy"),
    7: ("weekday", "dow", "wday"),
    60: ("minute", "second"),
    52: ("week", "woy"),
    365: ("doy", "yday", "dayofyear"),
    31: ("dom", "mday"),
    4: ("quarter", "qtr"),
}  # fmt: skip
_PHRASES = {
    ("day", "of", "week"): 7, ("day", "week"): 7, ("day", "of", "year"): 365, ("day", "year"): 365,
    ("day", "of", "month"): 31, ("minute", "of", "day"): 1440, ("second", "of", "day"): 86400,
    ("week", "of", "year"): 52, ("time", "of", "day"): 24,
}  # fmt: skip

NEAR = 1.0 / 12.0
"""Share of a period that counts as near its end: an hour of twelve, 30 degrees of 360."""

SEAM = 0.05
"""Largest gap across the seam, as a share of the period, at which the data goes on behind it."""


@dataclass(frozen=True)
class Seam:
    """How a column's values lie around the end of a period.

    Attributes
    ----------
    low, period : float
        The period starts at `low`.
    unit : str
        What the period is, for messages: "a full turn", "24 hours".
    below, above : float
        Shares of the values in the last and in the first twelfth of the period.
    gap : float
        Empty stretch across the seam, as a share of the period.
    inside : bool
        Whether the data goes on behind the seam.
    hollow : float
        Largest empty stretch elsewhere, as a share of the period.
    """

    low: float
    period: float
    unit: str
    below: float
    above: float
    gap: float
    inside: bool
    hollow: float


def words_of(name: Name) -> list[str]:
    """Return the words of a column's name in lower case: "windDir_10m" gives wind, dir, 10, m."""
    if not isinstance(name, str):
        return []
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return [part.lower() for part in parts]


def calendar_period(name: Name) -> int | None:
    """Return how many steps a calendar quantity has by its name (24 for "hour"), None for anything else."""
    words = words_of(name)
    for phrase, steps in _PHRASES.items():
        if any(tuple(words[i : i + len(phrase)]) == phrase for i in range(len(words))):
            return steps
    return next((steps for steps, names in _CALENDAR.items() if set(words) & set(names)), None)


def is_angle(name: Name) -> bool:
    """Return whether a name says angle, direction or longitude."""
    return bool(set(words_of(name)) & set(_ANGLES))


def is_circle_part(name: Name) -> bool:
    """Return whether a name says that it is a sine or cosine already."""
    return bool({"sin", "cos", "sine", "cosine"} & set(words_of(name)))


def candidates(name: Name, values: Floats, distinct: Sequence[float] | None) -> list[tuple[float, float, str]]:
    """Return the periods that a column may have by its name, as (start, length, what it is).

    Parameters
    ----------
    name : Name
        The column's.
    values : ndarray of float64
        Finite values.
    distinct : sequence of float, or None
        All distinct values in ascending order, where they are few.
    """
    steps = calendar_period(name)
    if steps is not None:
        return _of_calendar(steps, values, distinct)
    return turns(values) if is_angle(name) else []


def turns(values: Floats) -> list[tuple[float, float, str]]:
    """Return the full turns, in degrees or radians, that hold all values."""
    units = ((0.0, _TURN, "2π radians"), (-math.pi, _TURN, "2π radians"), (0.0, 360.0, "360°"), (-180.0, 360.0, "360°"))
    return [unit for unit in units if _holds(values, unit[0], unit[1])]


def _of_calendar(steps: int, values: Floats, distinct: Sequence[float] | None) -> list[tuple[float, float, str]]:
    unit = {24: "24 hours", 12: "12 months", 7: "7 days", 365: "a year", 60: "60 steps", 52: "52 weeks"}.get(
        steps, f"{steps:,} steps"
    )
    found = [(low, float(steps), unit) for low in (0.0, 1.0) if _holds(values, low, steps + (steps in (52, 365)))]
    if distinct is not None and len(distinct) == steps:  # scaled perhaps, but its steps are still there
        gaps = np.diff(np.asarray(distinct))
        if gaps.max() <= 1.001 * gaps.min():
            found.append((float(distinct[0]), float(gaps.mean()) * steps, f"{unit}, scaled"))
    return found


def _holds(values: Floats, low: float, period: float) -> bool:
    slack = 1e-6 * period
    return bool(values.min() >= low - slack and values.max() <= low + period + slack)


def seam(values: Floats, low: float, period: float, unit: str, share: float = 0.005) -> Seam:
    """Return how values lie around the seam of a period.

    The data goes on behind the seam if at least three values, and `share` of them, lie in the first and in the last
    twelfth of the period, and the gap across the seam is at most 5 % of the period, or one step of whole numbers. An
    end value that more than a quarter of the rows hold is a limit (a study of 52 weeks), not the end of a period.
    """
    place = np.sort(np.clip((values - low) / period, 0.0, 1.0))
    gaps = np.diff(place)
    steps = gaps[gaps > 1e-9]
    step = float(steps.min()) if len(steps) else 1.0
    lattice = bool(len(steps)) and float(np.abs(steps / step - np.round(steps / step)).max()) < 1e-3 and step > 1e-3
    gap = float(place[0] + 1.0 - place[-1])
    near = max(NEAR, step) if lattice else NEAR
    above, below = float((place <= near).mean()), float((place >= 1.0 - near - 1e-9).mean())
    enough = max(3.0, share * len(values)) / len(values)
    narrow = gap <= (max(SEAM, 1.01 * step) if lattice else SEAM)
    hollow = float(gaps.max()) if len(gaps) else 1.0
    ends = max(float((place == place[0]).mean()), float((place == place[-1]).mean()))
    limit = ends > max(0.25, 2.0 * step if lattice else 0.0)
    return Seam(low, period, unit, below, above, gap, narrow and not limit and min(above, below) >= enough, hollow)
