"""How the numbers of one split differ from train's, column by column, and which differences go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.leakage.changes import (
    ROWS,
    Change,
    Fit,
    Line,
    Scale,
    brought_back,
    different,
    fits,
    line_of,
    rounding,
    scale_between,
)
from dataaudit.model import Floats, Kind, Name, Role, SplitView
from dataaudit.probe.two_samples import ranks
from dataaudit.stats.sample import Sample

LEAST = 10
"""Values of a column in a split below which it is not compared: the least at which p may fall below 1e-6."""
P_VALUE = 1e-6
"""Below it, divided by the number of columns compared, a column differs."""
GAP = 0.25
"""Kolmogorov-Smirnov distance from which a difference is looked into."""
_CALM = 1e-3
"""p-value above which a column is alike, or 0.03 divided by their number: one of thirty honest splits has a column
below."""
_MOST_PAIRS = 60
"""Columns among which those are looked for that changed places."""


@dataclass(frozen=True)
class Column:
    """One column of two splits.

    Attributes
    ----------
    gap, p : float
        Kolmogorov-Smirnov distance and its p-value.
    drifts : bool
        Whether train's own numbers rise or fall along its rows: such a column differs in any later rows.
    """

    name: Name
    train: Line
    other: Line
    gap: float
    p: float
    drifts: bool


@dataclass(frozen=True)
class Diagnosis:
    """Why some columns of a split differ.

    Attributes
    ----------
    said : str
        With {other}, {train} and, for a part of the columns, {columns}.
    columns : tuple of Name
        In the order of the table.
    fits : mapping of Name to (float, float)
        Distance before and after what explains it.
    fix : str
        What to write.
    change : Change or None
        What was found, if it is one of the catalogue.
    loud : bool
        Whether it changes what the model sees, as rounding hardly does.
    """

    said: str
    columns: tuple[Name, ...]
    fits: Mapping[Name, tuple[float, float]]
    fix: str
    change: Change | None = None
    loud: bool = True


def compare(train: SplitView, other: SplitView) -> list[Column]:
    """Return the numeric columns of two splits that hold enough values in both, by the rows of their samples."""
    schema, kinds = train.schema, train.context.kinds
    here, there = train.get(Sample()), other.get(Sample())
    found = []
    order = np.argsort(here.rows[:ROWS], kind="stable")
    for j, column in enumerate(schema.numbers):
        if kinds[column.name] in (Kind.ID, Kind.DATETIME, Kind.EMPTY):
            continue
        if column.role is not Role.FEATURE and not (column.role is Role.TARGET and train.context.task == "regression"):
            continue
        a, b = line_of(here.numbers[j]), line_of(there.numbers[j])
        if min(len(a), len(b)) >= LEAST:
            gap, p = different(a, b)
            drifts = p < _CALM and _drifts(here.numbers[j, :ROWS][order])
            found.append(Column(column.name, a, b, gap, p, drifts))
    return found


def _drifts(line: Floats) -> bool:
    """Return whether numbers rise or fall along the rows: Spearman's correlation beyond 0.25 and 4 of its errors."""
    line = line[np.isfinite(line)]
    n = len(line)
    if n < LEAST or line.min() == line.max():
        return False
    correlation = float(np.corrcoef(ranks(line), np.arange(n))[0, 1])
    return bool(abs(correlation) > max(0.25, 4.0 / np.sqrt(n)))


def diagnose(columns: Sequence[Column], *, by_design: bool) -> list[Diagnosis]:
    """Return what explains the columns that differ; those that nothing explains are drift, not another preprocessing.

    Parameters
    ----------
    columns : sequence of Column
        Of one pair of splits.
    by_design : bool
        Whether the splits were cut by time or by group, so that columns may well differ.
    """
    odd = [c for c in columns if c.p * len(columns) < P_VALUE and c.gap >= GAP]
    calm = min(_CALM, 0.03 / max(1, len(columns)))
    unlike = {c.name for c in columns if c.p < calm}
    found = {c.name: fits(c.train, c.other, c.gap) for c in odd}
    swapped: list[Diagnosis] = []
    if not by_design and not (unlike - {c.name for c in odd}) and len(columns) > len(odd):
        swapped = _swapped(odd)
        odd = [c for c in odd if c.name not in {name for d in swapped for name in d.columns}]
    scales = _scales(odd, columns, unlike)
    changes = _changes(odd, found, columns, unlike, by_design=by_design)
    first, second = scales, changes
    by_change = {name for d in changes for name in d.columns}
    by_scale = {name for d in scales for name in d.columns}
    one_change = max((len(d.columns) for d in changes), default=0) >= 0.8 * max(1, len(by_scale | by_change))
    if one_change or len(by_scale) < 3:
        first, second = changes, scales
    said = [*swapped, *first, *_rest(second, {name for d in first for name in d.columns})]
    explained = {name for d in said for name in d.columns}
    return [*said, *_rounded([c for c in columns if c.name not in explained])]


def _adjacent(column: Column) -> bool:
    """Return whether one split's numbers begin where the other's end, as in data that was sorted and then cut."""
    a, b = column.train.values, column.other.values
    gap = max(float(b[0] - a[-1]), float(a[0] - b[-1]))
    return 0 <= gap <= 0.1 * float(a[-1] - a[0] + b[-1] - b[0])


def _rest(diagnoses: list[Diagnosis], taken: set[Name]) -> list[Diagnosis]:
    left = []
    for d in diagnoses:
        names = tuple(n for n in d.columns if n not in taken)
        if names:
            left.append(Diagnosis(d.said, names, {n: d.fits[n] for n in names}, d.fix, d.change, d.loud))
    return left


def _changes(
    odd: Sequence[Column],
    found: Mapping[Name, list[Fit]],
    columns: Sequence[Column],
    unlike: set[Name],
    *,
    by_design: bool,
) -> list[Diagnosis]:
    """Return the changes of the catalogue that are beyond doubt.

    What no drift does (a thousand times, radians) needs a good fit, and numbers 5 times as wide or as narrow. What a
    drift might do (2.54 times) must meet train's rounded values, or be the one thing that differs in splits that are
    otherwise alike, or be one scale for most columns.
    """
    votes = Counter(fit.change for fits_ in found.values() for fit in fits_)
    best = {}
    for column in odd:
        if found[column.name]:
            best[column.name] = min(found[column.name], key=lambda f: (not f.proven, -votes[f.change], f.after))
    groups: dict[Change, list[Column]] = {}
    for column in odd:
        if column.name in best:
            groups.setdefault(best[column.name].change, []).append(column)
    accepted = []
    for change, members in groups.items():
        others = [c for c in columns if c not in members]
        alone = len(others) >= 2 and not any(c.name in unlike for c in others)
        most = change.scales and len(members) >= 3 and len(members) >= 0.8 * len(columns)
        for column in members:
            fit = best[column.name]
            times = column.other.width / column.train.width if column.train.width else 1.0
            far = not 0.2 < times < 5.0
            sure = fit.proven or (change.rare and far and column.gap >= 0.5 and not column.drifts)
            likely = (alone or most) and column.gap >= 0.4 and not (column.drifts or by_design or _adjacent(column))
            if sure or likely:
                accepted.append((change, column, fit))
    said = []
    for change in groups:
        mine = {c.name: (f.before, f.after) for g, c, f in accepted if g is change}
        if len(mine) >= 3:  # beyond doubt: columns that show it less, such as those that are mostly zero, belong to it
            taken = {c.name for g, c, _ in accepted if g is not change}
            for column in columns:
                if column.name in unlike and column.name not in taken | set(mine):
                    after, p = brought_back(column.train, column.other, change)
                    if p >= 1e-3:
                        mine[column.name] = (column.gap, after)
        if mine:
            names = tuple(c.name for c in columns if c.name in mine)
            said.append(Diagnosis(change.said, names, mine, change.fix, change))
    return said


# ---------------------------------------------------------------- scaled here, raw there


def _scaled(line: Line) -> str | None:
    """Return how a column was scaled, by what it leaves; None if it shows none."""
    values = line.values
    if (np.rint(values) == values).all():
        return None
    slack = 0.15 + 2.0 / np.sqrt(len(values))
    mean, std = float(values.mean()), float(values.std())
    if abs(mean) <= slack and abs(std - 1) <= slack:
        return "standardised"
    if values[0] == 0.0 and abs(values[-1] - 1.0) < 1e-6:
        return "scaled to 0..1"
    q = line.quantiles
    if abs(q[2]) <= 0.1 and abs(q[3] - q[1] - 1.0) <= slack:
        return "scaled by median and quartiles"
    return None


def _scales(odd: Sequence[Column], columns: Sequence[Column], unlike: set[Name]) -> list[Diagnosis]:
    """Return the columns that are scaled in one split and not in the other."""
    by_name = {c.name: c for c in columns if c in odd or c.name in unlike}
    lines = {}
    for c in by_name.values():
        scale = scale_between(c.train, c.other)
        if scale is not None and _fits(c, scale):
            lines[c.name] = scale
    far = {c.name: c for c in odd if c.name in lines and _far(lines[c.name], c)}
    extreme = [n for n in far if not 1 / 8 < lines[n].slope < 8]
    said: list[Diagnosis] = []
    for here, there in (("train", "other"), ("other", "train")):
        how = {c.name: kind for c in columns if (kind := _scaled(getattr(c, here))) is not None}
        mine = [n for n in far if n in how and _scaled(getattr(far[n], there)) is None]
        strong = [n for n in mine if n in extreme or _written(far[n], here, there)]
        if (
            len(mine) >= 3 and 2 * len(mine) >= len(how) and 2 * len(strong) >= len(mine)
        ):  # beyond doubt: those that moved less belong to them
            mine = [n for n in lines if n in how and (n in far or _scaled(getattr(by_name[n], there)) is None)]
        else:
            mine = strong
        mine = [n for n in mine if n not in {m for d in said for m in d.columns}]
        if not mine or (len(mine) < 3 and any(n in unlike for n in (c.name for c in columns if c.name not in far))):
            continue
        word = Counter(how[n] for n in mine).most_common(1)[0][0]
        what = _unscaled(mine, by_name, lines, there)
        said.append(
            Diagnosis(
                f"{{{there}}} is {what} where {{{here}}} is {word}",
                tuple(mine),
                {n: (by_name[n].gap, lines[n].after) for n in mine},
                "X[columns] = scaler.transform(X[columns])   # the scaler fitted on train, once, in every split",
            )
        )
    rest = [n for n in extreme if n not in {m for d in said for m in d.columns}]
    alone = len(columns) - len(far) >= 2 and not any(c.name in unlike for c in columns if c.name not in far)
    if rest and (alone or (len(rest) >= 3 and len(far) >= 0.8 * len(columns))):
        times = [lines[n].slope for n in rest]
        said.append(
            Diagnosis(
                "{other} is on another scale than {train}: numbers spread "
                + (f"{min(times):.3g} to {max(times):.3g}" if len(times) > 1 else f"{times[0]:.3g}")
                + " times as far",
                tuple(rest),
                {n: (far[n].gap, lines[n].after) for n in rest},
                "Run every split through the same steps.",
            )
        )
    return said


def _written(column: Column, scaled: str, raw: str) -> bool:
    """Return whether a column is rounded where it would be raw, and not where it was scaled."""
    there: Line = getattr(column, raw)
    here: Line = getattr(column, scaled)
    return there.decimals is not None and there.decimals <= 4 and (here.decimals is None or here.decimals > 6)


def _fits(column: Column, scale: Scale) -> bool:
    return scale.p >= 1e-3 or scale.after <= column.gap / 4


def _far(scale: Scale, column: Column) -> bool:
    """Return whether a scale is one that drift hardly makes; less will do where the decimals speak of raw numbers."""
    spread = float(column.train.values.std())
    moved = abs((scale.slope - 1) * float(column.train.values.mean()) + scale.offset)
    written = _written(column, "train", "other") or _written(column, "other", "train")
    return not 1 / 3 < scale.slope < 3 or (
        moved > spread if written else moved > 3 * spread and abs(np.log(scale.slope)) > 0.1
    )


def _unscaled(names: Sequence[Name], far: Mapping[Name, Column], lines: Mapping[Name, Scale], side: str) -> str:
    """Return "raw", or "scaled twice" where numbers are unrounded, small, and on both sides of zero."""
    raw = 0
    for name in names:
        line: Line = getattr(far[name], side)
        slope = lines[name].slope if side == "other" else 1 / lines[name].slope
        raw += line.decimals is not None or slope > 1 or line.values[0] >= 0
    return "raw" if 2 * raw >= len(names) else "scaled twice"


# ---------------------------------------------------------------- places, decimals


def _swapped(odd: Sequence[Column]) -> list[Diagnosis]:
    """Return columns that changed places: each one's numbers are another's of train, and not its own in other units."""
    odd = [c for c in odd if c.gap >= 0.5 and not c.drifts]
    if not 2 <= len(odd) <= _MOST_PAIRS:
        return []
    source: dict[Name, tuple[Name, float]] = {}
    for column in odd:
        near = [
            (gap, str(c.name), c.name)
            for c in odd
            if c is not column
            for gap, p in [different(c.train, column.other)]
            if p >= 1e-3 and gap <= column.gap / 2
        ]
        if near:
            gap, _, name = min(near)
            source[column.name] = (name, gap)
    while set(source) != {name for name, _ in source.values()}:  # keep closed chains only
        ends = {name for name, _ in source.values()}
        left = {n: s for n, s in source.items() if s[0] in source and n in ends}
        if len(left) == len(source):
            return []
        source = left
    if len(source) < 2:
        return []
    gaps = {c.name: c.gap for c in odd}
    shown = ", ".join(f"'{n}' is train's '{s}'" for n, (s, _) in list(source.items())[:4])
    return [
        Diagnosis(
            f"columns of {{other}} changed places ({shown})",
            tuple(source),
            {n: (gaps[n], gap) for n, (_, gap) in source.items()},
            "X = X[columns_of_train]   # the same order in every split",
        )
    ]


def _rounded(columns: Sequence[Column]) -> list[Diagnosis]:
    groups: dict[tuple[str, int], list[Column]] = {}
    for c in columns:
        for who, a, b in (("other", c.train, c.other), ("train", c.other, c.train)):
            found = rounding(a, b)
            if found is not None and found[1] * len(columns) < 1e-9:
                groups.setdefault((who, found[0]), []).append(c)
    said = []
    for (who, k), members in groups.items():
        against = "train" if who == "other" else "other"
        what = "whole numbers" if k == 0 else f"{k} decimal{'s' if k > 1 else ''}"
        said.append(
            Diagnosis(
                f"{{{who}}} is rounded to {what} where {{{against}}} is not",
                tuple(c.name for c in members),
                {c.name: (c.gap, c.gap) for c in members},
                "Write every split with the same number of decimals.",
                loud=False,
            )
        )
    return said
