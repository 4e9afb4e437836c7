"""INP109 wrap-around-feature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, numeric_features, percent, plural
from dataaudit.analyzers.inputs.periods import Seam, calendar_period, candidates, is_circle_part, seam, turns, words_of
from dataaudit.model import CannotTell, Finding, Floats, Name, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

_FEW = 8
"""Distinct values up to which a periodic quantity is a category that may well be fed as one."""

_FILLED = 0.03
"""Share of the values in each outer twelfth from which a range counts as filled; an even spread has 0.083."""


@register
@dataclass(frozen=True)
class WrapAroundFeature:
    """A periodic quantity fed as a number: it jumps where the period ends.

    ## Why it matters
    359 degrees and 1 degree are neighbours, 23 and 0 hours too, but as numbers nothing is further apart. The network
    must learn the same thing twice and fails at the seam; averaging the two gives the opposite direction.

    ## How it decides
    Looks at a sample of 20,000 rows of each split. A column counts as periodic if its name says so (angle, heading,
    longitude, hour, month, weekday, ...) and its values lie within one period. It is a warning if the data goes on
    behind the seam: at least three values, and `share` of them, lie in the first and in the last twelfth of the
    period, the gap across the seam is at most 5 % of the period, or one step of whole numbers, and no end value is
    held by more than a quarter of the rows, as a limit would be. Without a telling
    name it is a warning only if values fill [0, 360], [-180, 180], [0, 2π] or [-π, π] to both ends within 1 % and
    leave a quarter of it empty elsewhere, with 5 % of the values in each outer twelfth, or if neighbouring rows jump
    by a whole period three times and otherwise move by little; filled ends alone (3 % of more than 50 different values
    in each outer twelfth) are a note, and so are periodic quantities of at most eight values, which are often fed as
    categories. Four neighbouring columns that are unit quaternions (squares sum to 1) with both signs are a warning
    if their names begin with q, rot_q or orientation, since q and -q are the same rotation.

    ## What to do
    Feed sine and cosine of the angle in place of the number; give quaternions one sign, or feed a rotation matrix.

    ## When to ignore it
    The model is a tree, or the column is one-hot encoded behind this point.

    ## When it cannot tell
    Angles that were scaled to another range, and periods that neither name nor range gives away.
    """

    code: ClassVar[str] = "INP109"
    name: ClassVar[str] = "wrap-around-feature"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "tears apart what is next to each other across the end of a period"
    tips: ClassVar[tuple[str, ...]] = ("11.3",)

    share: float = option(0.005, "share of rows near each end of the period from which the seam lies in the data")

    def needs(self) -> tuple[Sample, Values]:
        return (Sample(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if first.schema.pictures or first.schema.pixels:
            raise NotApplicable("single pixels are not judged as features")
        names = numeric_features(first.context)
        if not names:
            raise NotApplicable("there are no numeric inputs")
        if sum(s.n_rows for s in splits.values()) < 20:
            raise CannotTell("fewer than 20 rows in all")
        lines = {name: _pooled(name, splits) for name in names}
        given = {name for name in names if is_circle_part(name)}
        loud: dict[Name, tuple[Seam, str]] = {}
        quiet: dict[Name, tuple[Seam, str]] = {}
        for name in names:
            if name in given or len(lines[name]) < 20:
                continue
            told = self._told(name, lines[name], splits)
            if told is None or _as_circle(name, told[0], lines[name], lines):
                continue
            few = told[1] == "name" and _n_distinct(name, splits) <= _FEW
            (quiet if few or told[1] == "range" else loud)[name] = told
        if loud:
            yield _finding(loud, lines, splits, Severity.WARNING)
        if quiet:
            yield _finding(quiet, lines, splits, Severity.NOTE)
        yield from _quaternions(names, splits)
        yield Passed(f"no seam of a period lies within {plural(len(names), 'numeric input')}")

    def _told(self, name: Name, values: Floats, splits: Mapping[str, SplitView]) -> tuple[Seam, str] | None:
        """Return the seam that lies within a column, and what tells: its name, a hollow, jumps, or only its range."""
        for low, period, unit in candidates(name, values, _distinct(name, splits)):
            at = seam(values, low, period, unit, self.share)
            if at.inside:
                return at, "name"
        for low, period, unit in turns(values):
            if period - float(values.max() - values.min()) > 0.02 * period:
                continue
            at = seam(values, low, period, unit, self.share)
            if not at.inside or max(values.max() - low - period, low - values.min()) < -0.01 * period:
                continue
            if at.hollow >= 0.25 and min(at.above, at.below) >= 0.05:
                return at, "hollow"
            if _jumps(name, at, splits) >= 3:
                return at, "jumps"
            if _n_distinct(name, splits) > 50 and min(at.above, at.below) >= _FILLED:
                return at, "range"
        return None


def _distinct(name: Name, splits: Mapping[str, SplitView]) -> list[float] | None:
    """Return the distinct values of a calendar quantity in ascending order; None for anything else, or for many."""
    sketches = [s.get(Values()).columns[name] for s in splits.values()]
    if calendar_period(name) is None or not all(sketch.exact for sketch in sketches):
        return None
    found: list[float] = np.unique(np.concatenate([s.values for s in sketches])).tolist()
    return found


def _pooled(name: Name, splits: Mapping[str, SplitView]) -> Floats:
    j = next(iter(splits.values())).schema.number_index[name]
    line = np.concatenate([s.get(Sample()).numbers[j] for s in splits.values()])
    finite: Floats = line[np.isfinite(line)]
    return finite


def _n_distinct(name: Name, splits: Mapping[str, SplitView]) -> int:
    return max(s.get(Values()).columns[name].n_distinct for s in splits.values())


def _jumps(name: Name, at: Seam, splits: Mapping[str, SplitView]) -> int:
    """Return how often neighbouring rows jump by about a period in a column that otherwise moves by little."""
    jumps = 0
    for split in splits.values():
        sample = split.get(Sample())
        order = np.argsort(sample.rows)
        line = sample.numbers[split.schema.number_index[name]][order]
        moves = np.abs(np.diff(line))[np.diff(sample.rows[order]) == 1] / at.period
        moves = moves[np.isfinite(moves)]
        if len(moves) >= 20 and float(np.median(moves)) < 0.05 and float((moves > 0.2).mean()) < 0.2:
            jumps += int(np.count_nonzero(moves > 0.8))
    return jumps


def _as_circle(name: Name, at: Seam, values: Floats, lines: Mapping[Name, Floats]) -> bool:
    """Return whether the sine or the cosine of a column is among the inputs already, by name or by value."""
    base = set(words_of(name))
    if base and sum(is_circle_part(other) and bool(base & set(words_of(other))) for other in lines) >= 2:
        return True
    turn = 2.0 * math.pi * values / at.period
    waves = [np.sin(turn), np.cos(turn)]
    return any(
        len(line) == len(values) and bool(np.abs(line).max() <= 1.001) and _same(line, wave)
        for other, line in lines.items()
        if other != name
        for wave in waves
    )


def _same(a: Floats, b: Floats) -> bool:
    return bool(np.abs(a - b).max() < 1e-3)


def _finding(
    told: Mapping[Name, tuple[Seam, str]],
    lines: Mapping[Name, Floats],
    splits: Mapping[str, SplitView],
    severity: Severity,
) -> Finding:
    names = list(told)
    at, how = told[names[0]]
    ends = f"{number(at.low)} and {number(at.low + at.period)}"
    said = (
        f"{listing(names[:1])} has a period of {at.unit} and goes on behind its end: "
        f"{percent(at.below)} of the rows lie in the last twelfth, {percent(at.above)} in the first"
    )
    if how == "jumps":
        said = f"{listing(names[:1])} jumps between {ends} from row to row where it otherwise moves by little"
    if how == "range":
        said = f"{listing(names[:1])} fills {ends} to both ends, as an angle does"
    if len(names) > 1:
        said += f"; so {'does' if len(names) == 2 else 'do'} {listing(names[1:])}"
    table = {
        "caption": "Where values lie around the end of the period, all splits together",
        "columns": ["column", "starts at", "period", "last twelfth", "first twelfth", "empty at the seam", "told by"],
        "rows": [
            [n, number(s.low), s.unit, percent(s.below), percent(s.above), percent(s.gap), by]
            for n, (s, by) in list(told.items())[:200]
        ],
        "total": len(told),
    }  # fmt: skip
    counts, _ = np.histogram(lines[names[0]], bins=36, range=(at.low, at.low + at.period))
    return Finding(
        capital(said),
        splits=tuple(splits),
        columns=tuple(names),
        severity=severity,
        evidence={"table": table},
        figure={
            "kind": "histogram", "caption": f"{listing(names[:1])} over one period: the two ends are neighbours",
            "start": at.low, "width": at.period / 36, "series": {"sampled rows": counts.tolist()},
        },
        place=str(severity),
        fix=_fix(names[0], at),
    )  # fmt: skip


def _fix(name: Name, at: Seam) -> str:
    turn = f"2 * np.pi * x / {at.period:.6g}"
    where = f"data[{name!r}]" if isinstance(name, str) else f"X[:, {name}]"
    return f"x = {where}\n- x\n+ np.sin({turn}), np.cos({turn})"


def _quaternions(names: list[Name], splits: Mapping[str, SplitView]) -> Iterator[Finding]:
    """Yield a finding for each four neighbouring columns that are unit quaternions of both signs."""
    index = next(iter(splits.values())).schema.number_index
    sampled = np.concatenate([s.get(Sample()).numbers for s in splits.values()], axis=1)
    for first in range(len(names) - 3):
        four = names[first : first + 4]
        if not all(
            isinstance(n, str) and n.lower().lstrip("_").startswith(("q", "rot_q", "orientation")) for n in four
        ):
            continue
        q = sampled[[index[n] for n in four]]
        q = q[:, np.isfinite(q).all(axis=0)]
        if q.shape[1] < 20 or float(np.abs((q * q).sum(axis=0) - 1.0).max()) > 1e-2:
            continue
        lead = q[int(np.abs(q).mean(axis=1).argmax())]
        negative = float((lead < 0).mean())
        if 0.005 <= negative <= 0.995 and int(min((lead < 0).sum(), (lead > 0).sum())) >= 3:
            yield Finding(
                f"{listing(four, 4)} are unit quaternions of both signs ({percent(negative)} negative in the largest "
                "part): q and -q are the same rotation",
                splits=tuple(splits),
                columns=tuple(four),
                evidence={"negative": round(negative, 4)},
                place="quaternion",
                fix="+ q = np.where(q[:, :1] < 0, -q, q)   # one sign for each rotation",
            )  # fmt: skip
