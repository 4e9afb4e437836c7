"""Numbers that are those of before in another unit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from dataaudit.analyzers.change.samples import Line, gap_between
from dataaudit.analyzers.common import number

_FACTORS = {
    2.54: "inches as centimetres", 1 / 2.54: "centimetres as inches", 0.3048: "feet as metres",
    1 / 0.3048: "metres as feet", 1.609344: "miles as kilometres", 1 / 1.609344: "kilometres as miles",
    0.45359237: "pounds as kilograms", 1 / 0.45359237: "kilograms as pounds",
    28.349523125: "ounces as grams", 1 / 28.349523125: "grams as ounces",
    10.0: "", 0.1: "", 100.0: "", 0.01: "", 1e3: "", 1e-3: "", 1e6: "", 1e-6: "", 1e9: "", 1e-9: "",
    60.0: "minutes as seconds", 1 / 60: "seconds as minutes", 3600.0: "hours as seconds", 1 / 3600: "seconds as hours",
    24.0: "days as hours", 1 / 24: "hours as days", 7.0: "weeks as days", 1 / 7: "days as weeks",
    12.0: "years as months", 1 / 12: "months as years", 86400.0: "days as seconds", 1 / 86400: "seconds as days",
    365.25: "years as days", 1 / 365.25: "days as years", 255.0: "", 1 / 255: "", 1024.0: "", 1 / 1024: "",
    math.pi / 180: "degrees as radians", 180 / math.pi: "radians as degrees", -1.0: "the other sign",
}  # fmt: skip
"""What numbers are multiplied by when their unit changes; NIST Special Publication 811 (2008), appendix B."""
_SHIFTS = {
    (1.8, 32.0): "degrees Celsius as Fahrenheit",
    (1 / 1.8, -32 / 1.8): "degrees Fahrenheit as Celsius",
    (1.0, 273.15): "degrees Celsius as kelvins",
    (1.0, -273.15): "kelvins as degrees Celsius",
}
_CLOSE = 0.05
"""Chance of a difference as large as is left in the new unit, from which on nothing is left to explain."""
_Z = 2.24
"""Standard errors that two quantities, tested together, both stay within in 95 of 100 cases."""
_BETTER = 1e-3
"""The same in the old unit, below which there is something to explain."""


@dataclass(frozen=True)
class Unit:
    """The change of unit that explains two distributions.

    Attributes
    ----------
    factor, shift : float
        New number = old number × factor + shift.
    words : str
        "2.54 times what it was, as of inches as centimetres".
    """

    factor: float
    shift: float
    words: str


def other_unit(before: Line, after: Line) -> Unit | None:
    """Return the known change of unit after which two distributions agree, or None.

    Parameters
    ----------
    before, after : Line
        Numbers of the same quantity. They must differ as they are (p below 1e-3) and agree after the change (p of
        0.05 or more, and half the gap at most).

    Returns
    -------
    Unit or None
        The factor that fits best, and a change with a shift only where no factor fits: with few rows several do. The
        cost is about forty comparisons.
    """
    gap, p = gap_between(before, after)
    if p >= _BETTER or before.values[0] == before.values[-1] or after.values[0] == after.values[-1]:
        return None
    for table in ({(f, 0.0): w for f, w in _FACTORS.items()}, _SHIFTS):
        fits = []
        for (factor, shift), words in table.items():
            left, p = gap_between(_changed(before, factor, shift), after)
            if p >= _CLOSE and left < gap / 2:
                fits.append((left, factor, shift, words))
        if fits:
            _, factor, shift, words = min(fits)
            return Unit(factor, shift, _say(factor, shift, words))
    return None


@dataclass(frozen=True)
class Summary:
    """A column as its moments tell it: values, mean, standard deviation, kurtosis (3 for a normal distribution)."""

    n: int
    mean: float
    std: float
    kurtosis: float


def other_unit_of(before: Summary, after: Summary) -> Unit | None:
    """Return the known change of unit after which mean and spread agree, or None; for columns that do differ.

    Parameters
    ----------
    before, after : Summary
        They must agree after the change within what sampling allows (p of 0.05 or more for both together), where the
        standard error of a mean is std / √n and that of a standard deviation std · √((kurtosis - 1) / 4n) (Kendall and
        Stuart, The Advanced Theory of Statistics, volume 1, 10.8), and within a thousandth of the spread, which is
        more than a brief profile rounds away.
    """
    if not (before.std > 0 and after.std > 0):
        return None
    for table in ({(f, 0.0): w for f, w in _FACTORS.items()}, _SHIFTS):
        fits = []
        for (factor, shift), words in table.items():
            size = abs(factor)
            off_mean = abs(before.mean * factor + shift - after.mean) / _error(before, after, size, _of_mean)
            off_std = abs(before.std * size - after.std) / _error(before, after, size, _of_std)
            if max(off_mean, off_std) <= _Z:
                fits.append((off_mean + off_std, factor, shift, words))
        if fits:
            _, factor, shift, words = min(fits)
            return Unit(factor, shift, _say(factor, shift, words))
    return None


def _error(before: Summary, after: Summary, factor: float, of: Callable[[Summary], float]) -> float:
    return math.hypot(factor * of(before), of(after)) + 1e-3 * after.std


def _of_mean(side: Summary) -> float:
    return side.std / math.sqrt(side.n)


def _of_std(side: Summary) -> float:
    kurtosis = side.kurtosis if math.isfinite(side.kurtosis) else 3.0
    return side.std * math.sqrt(max(kurtosis - 1.0, 0.0) / (4 * side.n))


def _changed(line: Line, factor: float, shift: float) -> Line:
    if factor > 0:
        return line.times(factor, shift)
    return Line(line.values[::-1], line.weights[::-1], line.n).times(factor, shift)


def _say(factor: float, shift: float, words: str) -> str:
    if factor == -1.0:
        return "what it was with the other sign"
    size = number(factor) if factor >= 1 else f"1/{number(1 / factor)}"
    if shift:
        return f"{words} (× {number(factor)} {'+' if shift > 0 else '−'} {number(abs(shift))})"
    return f"{size} times what it was" + (f" ({words})" if words else "")
