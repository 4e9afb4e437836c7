"""Labels that stand some rows away from their inputs, looked for once for all rules that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import CannotTell, Name, NotApplicable, Role, SplitView
from dataaudit.probe.sequences import Sequence, sequences
from dataaudit.probe.shifts import LEAST_ROWS, LEAST_Z, Lags, Shift, at_lag, correlate, find_shifts
from dataaudit.stats.sample import Sample

_COPIED, _TARGETS = 0.9, 20
"""Share of the rows that must hold another row's target to the digit, and values that such a target has at least."""
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
    lagged : mapping of int to Name
        Lags at which labels fit because an input holds the target of another row, and that input.
    """

    moved: tuple[Moved, ...]
    lags: Mapping[str, Lags]
    lagged: Mapping[int, Name]

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
    seen = {(s.split, shift.lag) for s in rows for shift in found[s.split]}
    lagged = {lag: name for split, lag in sorted(seen) if (name := _lagged(splits[split], lag)) is not None}
    found = {name: [shift for shift in shifts if shift.lag not in lagged] for name, shifts in found.items()}
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
    return Scan(tuple(moved), lags, lagged)


def _lagged(split: SplitView, lag: int) -> Name | None:
    """Return the input that holds in each row the target of the row `lag` further on, None if none does."""
    schema, sample = split.schema, split.get(Sample())
    targets = [name for name in schema.targets if name in schema.number_index]
    both, here, there = np.intersect1d(sample.rows + lag, sample.rows, assume_unique=True, return_indices=True)
    if split.schema.pictures or split.schema.pixels or len(targets) != 1 or len(both) < LEAST_ROWS:
        return None
    y = sample.numbers[schema.number_index[targets[0]]][there]
    if len(np.unique(y[np.isfinite(y)])) < _TARGETS:
        return None
    columns = (c.name for c in schema.numbers if c.role is Role.FEATURE)
    lines = ((name, sample.numbers[schema.number_index[name]][here]) for name in columns)
    return next((name for name, line in lines if (line == y).mean() >= _COPIED), None)


def _same(s: Sequence, seen: Lags, lag: int) -> Shift | None:
    at = np.flatnonzero(seen.lags == lag)
    if not len(at):
        return None
    z = float(seen.z[at[0]])
    shift = at_lag(s.parts, lag, z)
    return shift if shift is not None and shift.t >= _SAME_T and z >= _SAME_Z else None
