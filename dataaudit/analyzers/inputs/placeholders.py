"""Numbers that stand for "missing", told from real values by where they stand and how often."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.inputs.cells import Cells
from dataaudit.model import Floats, Ints

_NINES = [float("9" * k) for k in range(1, 10)]
_FRACTIONS = [99.9, 999.9, 9999.9, 9.99, 99.99, 999.99, 9999.99, 99999.99]
_SURVEY = [77.0, 88.0, 777.0, 888.0, 7777.0, 8888.0, 88888.0]
_BOUNDS = [2.0**k - 1 for k in (7, 15, 16, 31, 32, 63)] + [2.0**31, 2.0**63, float(np.finfo(np.float32).max)]
_BOUNDS += [float(np.finfo(np.float64).max), 65504.0]
_ROUND = [1e5, 1e6, 1e9, 1e10, 1e12, 1e15, 1e16, 1e18, 1e20, 1e30, 1e31, 1e32, 1e33, 1e34, 1e35, 1e36, 1e37, 1e38]
KNOWN = frozenset([v for v in (*_NINES, *_FRACTIONS, *_SURVEY, *_BOUNDS, *_ROUND) for v in (v, -v)])
"""Numbers that are used for "missing" (fill values of NetCDF, SPSS, R, Fortran and survey codes; bounds of types)."""
_LONG_NINES = frozenset(_NINES[2:])
"""Numbers of three nines or more: one alone, far off, is no coincidence."""
KNOWN_LOW = frozenset([-1.0, -2.0, -8.0, -99.0, -128.0, -32768.0, -100.0, -1000.0, -10000.0]) | KNOWN

_DAYS = {
    -2208988800.0: "1900-01-01", -2209075200.0: "1899-12-31", -2209161600.0: "1899-12-30", 0.0: "1970-01-01",
    -6847804800.0: "1753-01-01", -62135596800.0: "0001-01-01", 253402214400.0: "9999-12-31", 253402300799.0:
    "9999-12-31 23:59:59", 4102358400.0: "2099-12-31", 4102444800.0: "2100-01-01", -5364662400.0: "1800-01-01",
    32503593600.0: "2999-12-31", 946684800.0: "2000-01-01", 32503680000.0: "3000-01-01",
    7258032000.0: "2199-12-31", 9214560000.0: "2261-12-31", 32472144000.0: "2999-01-01",
}  # fmt: skip
"""Days that software writes where a date is missing, in seconds since 1970."""


@dataclass(frozen=True)
class Placeholder:
    """A value that stands for "missing".

    Attributes
    ----------
    value : float
        The value.
    count : int
        Rows that hold it.
    rows : ndarray of int64
        Their positions; the first ones.
    nearest : float
        The nearest real value.
    spans : float
        Distance to it, in spreads of the real values.
    why : str
        What gives it away, as a message says it.
    """

    value: float
    count: int
    rows: Ints
    nearest: float
    spans: float
    why: str


def day_of(seconds: float) -> str:
    """Return a known placeholder date as text."""
    return _DAYS.get(seconds, f"{seconds:,.0f} s since 1970")


def placeholders(cells: Cells, *, is_time: bool = False, gap: float = 1.0, most: float = 0.6) -> list[Placeholder]:
    """Return the numbers of a column that stand for "missing".

    Parameters
    ----------
    cells : Cells
        The column.
    is_time : bool
        Whether the numbers are seconds since 1970.
    gap : float
        Least distance of a known placeholder from the real values, in spreads of these.
    most : float
        Largest share of the column that one placeholder may hold.
    """
    if cells.n < 10 or not cells.has_distinct(3):
        return []
    found: list[Placeholder] = []
    for side, sign in ((cells, 1.0), (cells.mirrored(), -1.0)):
        found += [
            Placeholder(sign * p.value, p.count, p.rows, sign * p.nearest, p.spans, p.why)
            for p in _at_low_end(side, sign, is_time, gap, most)
        ]
    return found


def _at_low_end(cells: Cells, sign: float, is_time: bool, gap: float, most: float) -> list[Placeholder]:
    """Judge the values at the low end, from the outermost inwards; values are true ones times `sign`."""
    ends = np.unique(cells.low)
    if len(ends) < 16 and len(cells.low) < cells.n:  # few values fill the end: look behind them
        ends = np.unique(np.concatenate([ends, cells.counted[0][:16]]))
    found: list[Placeholder] = []
    taken: list[float] = []
    far = 0.2 * (float(cells.known[-1]) - float(cells.known[0]))
    for value, following in zip(ends[:16].tolist(), [*ends[1:17].tolist(), math.inf], strict=False):
        if not _is_known(sign * value, is_time) and not (following - value >= far and _is_repeated(cells, value)):
            continue
        rest = cells.without(np.array([*taken, value]))
        if len(rest.known) < 8 or len(rest.counted[0]) < 2:
            break
        inwards = np.concatenate([rest.low[rest.low > value], rest.known[rest.known > value][:1]])
        if not len(inwards):
            break
        one = _judge(cells, rest, value, float(inwards.min()), sign, is_time, gap, most)
        taken.append(value)
        if one is not None:
            found.append(one)
    return found


def _is_known(value: float, is_time: bool) -> bool:
    if is_time:
        return value in _DAYS
    return value == 0.0 or value in (KNOWN_LOW if value < 0 else KNOWN)


def _is_repeated(cells: Cells, value: float) -> bool:
    return int(np.count_nonzero(cells.low == value)) >= 5


def _judge(
    cells: Cells, rest: Cells, value: float, above: float, sign: float, is_time: bool, gap: float, most: float
) -> Placeholder | None:
    count = _count(cells, value)
    spread = _spread(rest.known)
    distance = above - value
    spans = distance / spread if spread > 0 else math.inf
    rows = np.sort(cells.low_rows[cells.low == value])
    if count > most * cells.n or not distance > 0:
        return None
    why = _why(cells, rest, sign * value, count, distance, spans, sign, is_time, gap)
    return None if why is None else Placeholder(value, count, rows, above, spans, why)


def _why(
    cells: Cells, rest: Cells, value: float, count: int, distance: float, spans: float, sign: float, is_time: bool,
    gap: float,
) -> str | None:  # fmt: skip
    """Return what gives a value away, None if nothing does; `value` is the true one, the rest times `sign`."""
    n_others = len(rest.counted[0])
    if value == 0.0 and not is_time:
        return _zero(rest, count, distance, sign, cells.n)
    if is_time:
        return "a date that software writes where none is known" if count >= 2 and spans >= gap else None
    if _is_known(value, False):
        few = n_others < 10 and abs(value) < 99  # codes or counts, of which 9 may be one more
        if few and count >= max(5, int(rest.counted[1][0])) and spans >= 3.0 * gap and abs(value) >= 9:
            return "a number often written for missing, far from the other codes"
        if not few and count >= 2 and spans >= (gap if n_others >= 10 else 3.0 * gap):
            return "a number often written for missing, far from the rest"
        if n_others >= 10 and abs(value) in _LONG_NINES and spans >= 5.0 * gap:
            return "a number often written for missing, far from the rest"
        sole = value < 0 and float(rest.known[0]) >= 0.0 and sign > 0
        if sole and count >= 1 and spans >= gap and abs(value) >= 99:
            return "a number often written for missing, far from the rest"
        apart = _sticks_out(rest, count, 3, 1.5) or _is_detached(rest, distance)
        if sole and n_others >= 20 and count >= 3 and apart and (spans >= 0.1 * gap or count >= 5):
            return "the only negative number of its column, repeated"
        if count >= 5 and n_others >= 20 and abs(value) >= 99 and spans >= 0.25 * gap and _sticks_out(rest, count):
            return "a number often written for missing, apart from the rest and repeated"
    if count >= max(5, 0.002 * cells.n) and n_others >= 30 and spans >= 5.0 * gap and _sticks_out(rest, count):
        return "one number far from the rest, repeated to the last digit"
    return None


def _zero(rest: Cells, count: int, distance: float, sign: float, n: int) -> str | None:
    """Zero counts only where the rest is positive, far away and never piles up near it."""
    body = np.quantile(rest.known, [0.05, 0.95])
    width = float(body[1] - body[0])
    if sign < 0 or len(rest.counted[0]) < 20 or count < 3 or count > 0.2 * n or not width > 0:
        return None
    if distance < 0.4 * width or not _sticks_out(rest, count):
        return None
    return "zero, where all other values are far above it"


def _sticks_out(rest: Cells, count: int, n_near: int = 10, times: float = 3.0) -> bool:
    """Whether a value comes three times as often as any of the ten values next to it."""
    near = rest.counted[1][:n_near] / max(rest.share_known, 1e-9)
    return count >= max(3.0, times * float(near.max()))


def _is_detached(rest: Cells, distance: float) -> bool:
    """Whether a value stands ten times as far off as the values of the lower half stand from each other."""
    values = rest.counted[0]
    lower = np.diff(values[: max(10, len(values) // 2)])
    return distance >= 10.0 * float(lower.max())


def _count(cells: Cells, value: float) -> int:
    at_end = int(np.count_nonzero(cells.low == value))
    if (at_end < len(cells.low) or at_end == cells.n) and not cells.from_sample:
        return at_end
    known = int(np.count_nonzero(cells.known == value))
    return max(at_end, round(known / max(cells.share_known, 1e-9)))


def _spread(known: Floats) -> float:
    """Return the width of nearly all values; of all where half of them are equal."""
    low, q1, q3, high = np.quantile(known, [0.005, 0.25, 0.75, 0.995])
    return float(high - low) if q3 > q1 else float(known[-1] - known[0])
