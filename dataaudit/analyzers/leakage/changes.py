"""What turns the numbers of one split into those of another: units, angles, logarithms, signs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.lines import Line
from dataaudit.model import Floats
from dataaudit.probe.two_samples import distance_between, kolmogorov_p

Map = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Change:
    """One way in which the numbers of a split may differ from those of train.

    Attributes
    ----------
    said : str
        What is wrong, with {other} and {train} for the names of the splits.
    back : callable
        Brings the other split's numbers to train's scale.
    rare : bool
        Whether no drift does it: numbers tens of times as large, radians for degrees.
    telling : bool
        Whether it takes rounded numbers to ones that look unrounded, so that meeting train's values proves it.
    fix : str
        What to write, {x} standing for the column of the other split.
    scales : bool
        Whether a step that treats all columns alike may do it, such as a division by 255.
    """

    said: str
    back: Map
    rare: bool
    telling: bool
    fix: str
    scales: bool = False


def _times(factor: float, what: str, *, rare: bool | None = None) -> Iterator[Change]:
    """Yield a factor and its inverse."""
    rare = factor >= 20 if rare is None else rare
    telling = math.log10(factor) % 1 != 0
    shown = f"{factor:g}"
    for up in (True, False):
        yield Change(
            f"{{other}} holds {shown if up else f'1/{shown}'} times what {{train}} holds ({what})",
            (lambda x: x / factor) if up else (lambda x: x * factor),
            rare,
            telling,
            f"{{x}} {'/' if up else '*'} {shown}",
            factor in (10.0, 100.0, 255.0, 1000.0),
        )


def _either(there: str, here: str, forward: Map, back: Map, code: str, code_back: str, *, rare: bool) -> list[Change]:
    """Return a change and its inverse: train holds `there`, the other split `here`; and the other way round."""
    return [
        Change(f"{{other}} holds {here} where {{train}} holds {there}", back, rare, not rare, code_back, ".." in here),
        Change(f"{{other}} holds {there} where {{train}} holds {here}", forward, rare, not rare, code, ".." in here),
    ]


def _complement(x: Floats) -> Floats:
    """Return one minus shares; NaN for numbers that are none."""
    return np.where((x >= 0) & (x <= 1), 1 - x, np.nan)


def _catalogue() -> tuple[Change, ...]:
    changes = [
        *_times(255.0, "pixels of 0..255 against 0..1"),
        *_times(100.0, "percent against shares, or cents against whole units"),
        *_times(1000.0, "thousands, such as metres against kilometres or grams against kilograms"),
        *_times(1e6, "millions"),
        *_times(1e9, "nanoseconds against seconds"),
        *_times(25.4, "millimetres against inches"),
        *_times(28.349523125, "grams against ounces"),
        *_times(60.0, "seconds against minutes, or minutes against hours"),
        *_times(3600.0, "seconds against hours"),
        *_times(86400.0, "seconds against days"),
        *_times(1440.0, "minutes against days"),
        *_times(365.25, "days against years"),
        *_times(453.59237, "grams against pounds"),
        *_times(180.0 / math.pi, "degrees against radians"),
        *_times(10.0, "tens, such as millimetres against centimetres", rare=False),
        *_times(2.54, "centimetres against inches"),
        *_times(30.48, "centimetres against feet"),
        *_times(2.2046226218, "pounds against kilograms"),
        *_times(1.609344, "kilometres against miles"),
        *_times(3.280839895, "feet against metres"),
        *_times(3.785411784, "litres against gallons"),
        *_times(4.184, "joules against calories"),
        *_times(12.0, "months against years, or inches against feet"),
        *_times(24.0, "hours against days", rare=False),
        *_times(7.0, "days against weeks"),
        *_times(3.6, "km/h against m/s"),
        *_either("°C", "°F", lambda c: c * 1.8 + 32, lambda f: (f - 32) / 1.8,
                 "{x} * 1.8 + 32", "({x} - 32) / 1.8", rare=False),
        *_either("°C", "kelvin", lambda c: c + 273.15, lambda k: k - 273.15, "{x} + 273.15", "{x} - 273.15",
                 rare=False),
        *_either("°F", "kelvin", lambda f: (f + 459.67) / 1.8, lambda k: k * 1.8 - 459.67,
                 "({x} + 459.67) / 1.8", "{x} * 1.8 - 459.67", rare=False),
        *_either("0..1", "-1..1", lambda x: 2 * x - 1, lambda x: (x + 1) / 2, "2 * {x} - 1", "({x} + 1) / 2",
                 rare=False),
        *_either("0..255", "-1..1", lambda x: x / 127.5 - 1, lambda x: (x + 1) * 127.5,
                 "{x} / 127.5 - 1", "({x} + 1) * 127.5", rare=True),
        *_either("numbers", "their natural logarithms", np.log, np.exp, "np.log({x})", "np.exp({x})", rare=True),
        *_either("numbers", "their decimal logarithms", np.log10, lambda x: 10.0**x, "np.log10({x})", "10 ** {x}",
                 rare=True),
        *_either("numbers", "log(1 + x) of them", np.log1p, np.expm1, "np.log1p({x})", "np.expm1({x})", rare=True),
        *_either("numbers", "their square roots", np.sqrt, np.square, "np.sqrt({x})", "np.square({x})", rare=False),
        *_either("miles a gallon", "litres a 100 km", lambda x: 235.214583 / x, lambda x: 235.214583 / x,
                 "235.214583 / {x}", "235.214583 / {x}", rare=False)[:1],
        Change("{other} holds the values of {train} with the sign turned", np.negative, False, False, "-{x}"),
        Change("{other} holds one minus the values of {train}", _complement, False, False, "1 - {x}"),
        Change("{other} counts from one where {train} counts from zero", lambda x: x - 1, False, False, "{x} - 1"),
        Change("{other} counts from zero where {train} counts from one", lambda x: x + 1, False, False, "{x} + 1"),
    ]  # fmt: skip
    return tuple(changes)


CHANGES = _catalogue()


@dataclass(frozen=True)
class Fit:
    """How well a change explains a column.

    Attributes
    ----------
    before, after : float
        Kolmogorov-Smirnov distance from train, as it is and brought back.
    p : float
        Of the distance after.
    proven : bool
        Whether the numbers, brought back, meet train's own values as no accident would.
    """

    change: Change
    before: float
    after: float
    p: float
    proven: bool


def fits(train: Line, other: Line, before: float, among: tuple[Change, ...] = CHANGES) -> list[Fit]:
    """Return the changes that explain how a column differs, the best first.

    Codes of few values fit many of them by accident: from three values on they may count from another number, from
    eight on all changes are tried.
    """
    least = min(len(train.distinct), len(other.distinct))
    if least < 8:
        among = tuple(c for c in among if "counts from" in c.said) if least >= 3 else ()
    found = []
    for change in among:
        with np.errstate(all="ignore"):
            rough = np.sort(change.back(other.quantiles))
        if not _near(train, rough):
            continue
        after, p = brought_back(train, other, change)
        if after <= before / 2 and (p >= 1e-3 or after <= before / 8):
            found.append(Fit(change, before, after, p, change.telling and _meets(train, other, change)))
    return sorted(found, key=lambda fit: (not fit.proven, fit.after))


def _near(train: Line, rough: Floats) -> bool:
    """Return whether quantiles lie where train's do, roughly: quick, so that most changes need no more."""
    if not np.isfinite(rough).all():
        return False
    width, here = train.quantiles[4] - train.quantiles[0], rough[4] - rough[0]
    if not width or not here:
        return bool(abs(rough[2] - train.quantiles[2]) <= train.width)
    return bool(0.3 < here / width < 3.3 and abs(rough[2] - train.quantiles[2]) <= 0.7 * width)


def brought_back(train: Line, other: Line, change: Change) -> tuple[float, float]:
    """Return the distance that is left of a column once a change is undone, within its rounding, and its p-value."""
    after = _distance_back(train, other, change)
    return after, kolmogorov_p(after, len(train), len(other))


def _distance_back(train: Line, other: Line, change: Change) -> float:
    half = min(other.half, 0.05 * other.width)
    with np.errstate(all="ignore"):
        one, two = change.back(other.values - half), change.back(other.values + half)
        exact = np.sort(change.back(other.values))
    if not np.isfinite(exact).all():
        return 1.0
    ends = np.nan_to_num(np.stack([one, two]), nan=0.0)
    slack = 1e-9 * np.abs(train.values)
    mine = min(train.half, 0.05 * train.width) if train.decimals is not None and other.decimals is None else 0.0
    low, high = np.sort(np.minimum(ends.min(axis=0), exact)), np.sort(np.maximum(ends.max(axis=0), exact))
    return distance_between(train.values - mine - slack, train.values + mine + slack, low, high)


def _meets(train: Line, other: Line, change: Change) -> bool:
    """Return whether the distinct numbers, brought back, are train's own ones as no accident makes them.

    Train must be rounded, coarsely enough that a number laid at random seldom meets one of its values.
    """
    if train.decimals is None or len(train.distinct) < 8 or len(other.distinct) < 8:
        return False
    step = 10.0**-train.decimals
    raw = float((np.abs(other.values / step - np.rint(other.values / step)) < 1e-4).mean())
    with np.errstate(all="ignore"):
        back = change.back(other.distinct)
        slope = np.abs(change.back(other.distinct + other.half) - back)
    reach = np.maximum(slope, 1e-7 * np.abs(back)) * 1.05
    if not np.isfinite(back).all() or (reach > 0.15 * step).any():
        return False
    on_lattice = np.abs(back - np.rint(back / step) * step) <= reach
    by_chance = float((2 * reach / step).mean())
    hits, n = int(on_lattice.sum()), len(back)
    return hits >= 0.97 * n and raw < 0.9 and n * math.log(max(by_chance, 1e-6)) < math.log(1e-9)
