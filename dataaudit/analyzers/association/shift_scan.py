"""Labels that stand some rows away from their inputs, looked for once for all rules that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import CannotTell, NotApplicable, SplitView
from dataaudit.probe.sequences import Sequence, sequences
from dataaudit.probe.shifts import LEAST_ROWS, LEAST_Z, Lags, Shift, at_lag, correlate, find_shifts

_SAME_T, _SAME_Z = 3.0, 2.0
"""Deviations that are asked of a split for a lag that another one shows: one lag is tried there, not one a row."""


@dataclass(frozen=True)
class Moved:
    """A stretch of one split whose labels stand some rows away."""

    split: str
    shift: Shift
    first: int
    last: int
    n_rows: int

    @property
    def whole(self) -> bool:
        """Whether it covers the split."""
        return self.first == 0 and self.last >= self.n_rows


@dataclass(frozen=True)
class Scan:
    """What every lag of every split says.

    Attributes
    ----------
    moved : tuple of Moved
        Stretches with a shift.
    lags : mapping of str to Lags
        By split, of those with rows enough.
    """

    moved: tuple[Moved, ...]
    lags: Mapping[str, Lags]

    def by_lag(self) -> dict[int, list[Moved]]:
        """Return the stretches by lag, the one that concerns the most rows first."""
        found: dict[int, list[Moved]] = {}
        for m in self.moved:
            found.setdefault(m.shift.lag, []).append(m)
        return dict(sorted(found.items(), key=lambda item: -sum(m.last - m.first for m in item[1])))


def scan_of(splits: Mapping[str, SplitView], z: float = LEAST_Z) -> Scan:
    """Return the scan, made for the first rule that asks.

    Parameters
    ----------
    splits : mapping of str to SplitView
        All of them.
    z : float
        Robust deviations that a lag must stand out by in one of them.

    Raises
    ------
    NotApplicable, CannotTell
        As `sequences`, and where no split has rows enough.
    """
    context = next(iter(splits.values())).context
    answer = context.once(("shifts", z), lambda: _answer(splits, z))
    if isinstance(answer, Scan):
        return answer
    raise type(answer)(str(answer))


def _answer(splits: Mapping[str, SplitView], z: float) -> Scan | NotApplicable | CannotTell:
    try:
        rows = sequences(splits)
    except (NotApplicable, CannotTell) as reason:
        return reason
    rows = [s for s in rows if all(len(W) >= LEAST_ROWS and W.shape[1] and Y.shape[1] for W, Y in s.parts)]
    if not rows:
        return CannotTell(f"no split has {LEAST_ROWS} labelled rows")
    found = {s.split: find_shifts(s.parts, least_z=z) for s in rows}
    lags = {s.split: correlate(s.parts) for s in rows}
    common = {shift.lag for shifts in found.values() for shift in shifts}
    for s in rows:
        if not found[s.split]:
            found[s.split] = [shift for lag in common if (shift := _same(s, lags[s.split], lag)) is not None][:1]
    moved = []
    for s in rows:
        for shift in sorted(found[s.split], key=lambda shift: shift.start):
            first, last = s.position(shift.start), s.position(shift.stop)
            end = sum(len(W) for W, _ in s.parts)
            moved.append(
                Moved(
                    s.split,
                    shift,
                    0 if shift.start == 0 else first,
                    splits[s.split].n_rows if shift.stop == end else last,
                    splits[s.split].n_rows,
                )
            )
    return Scan(tuple(moved), lags)


def _same(s: Sequence, seen: Lags, lag: int) -> Shift | None:
    at = np.flatnonzero(seen.lags == lag)
    if not len(at):
        return None
    z = float(seen.z[at[0]])
    shift = at_lag(s.parts, lag, z)
    return shift if shift is not None and shift.t >= _SAME_T and z >= _SAME_Z else None
