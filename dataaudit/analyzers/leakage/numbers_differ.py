"""How the numbers of one split differ from train's, column by column, and which differences go together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from dataaudit.analyzers.common import some
from dataaudit.analyzers.leakage.changes import Change, Fit, brought_back, fits
from dataaudit.analyzers.leakage.compared import CALM, Column, Diagnosis
from dataaudit.analyzers.leakage.lines import different, rounding
from dataaudit.analyzers.leakage.scales_differ import scales_differ
from dataaudit.model import Name

P_VALUE = 1e-6
"""Below it, divided by the number of columns compared, a column differs."""
GAP = 0.25
"""Kolmogorov-Smirnov distance from which a difference is looked into."""
_MOST_PAIRS = 60
"""Columns among which those are looked for that changed places."""


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
    calm = min(CALM, 0.03 / max(1, len(columns)))
    unlike = {c.name for c in columns if c.p < calm}
    found = {c.name: fits(c.train, c.other, c.gap) for c in odd}
    swapped: list[Diagnosis] = []
    if not by_design and not (unlike - {c.name for c in odd}) and len(columns) > len(odd):
        swapped = _swapped(odd)
        odd = [c for c in odd if c.name not in {name for d in swapped for name in d.columns}]
    scales = scales_differ(odd, columns, unlike)
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
    groups: dict[Change, dict[Name, Fit]] = {}
    for column in odd:
        if found[column.name]:
            best = min(found[column.name], key=lambda f: (not f.proven, -votes[f.change], f.after))
            groups.setdefault(best.change, {})[column.name] = best
    by_name = {c.name: c for c in odd}
    accepted: dict[Change, dict[Name, tuple[float, float]]] = {}
    for change, members in groups.items():
        others = [c.name for c in columns if c.name not in members]
        alone = len(others) >= 2 and unlike.isdisjoint(others)
        most = change.scales and len(members) >= 3 and len(members) >= 0.8 * len(columns)
        accepted[change] = {
            name: (fit.before, fit.after)
            for name, fit in members.items()
            if _sure(by_name[name], fit) or ((alone or most) and _likely(by_name[name], by_design=by_design))
        }
    said = []
    for change, mine in accepted.items():
        if len(mine) >= 3:  # beyond doubt: columns that show it less, such as those that are mostly zero, belong to it
            taken = {name for names in accepted.values() for name in names}
            mine |= _along([c for c in columns if c.name in unlike - taken], change)
        if mine:
            ordered = tuple(c.name for c in columns if c.name in mine)
            said.append(Diagnosis(change.said, ordered, mine, change.fix, change))
    return said


def _sure(column: Column, fit: Fit) -> bool:
    """Return whether a change is proven, or one that no drift makes."""
    times = column.other.width / column.train.width if column.train.width else 1.0
    far = not 0.2 < times < 5.0
    return fit.proven or (fit.change.rare and far and column.gap >= 0.5 and not column.drifts)


def _likely(column: Column, *, by_design: bool) -> bool:
    """Return whether a column differs by more than a drift or the cut between the splits may explain."""
    return column.gap >= 0.4 and not (column.drifts or by_design or _adjacent(column))


def _along(columns: Sequence[Column], change: Change) -> dict[Name, tuple[float, float]]:
    """Return the columns that a change makes alike, with their distances before and after."""
    back = {c.name: brought_back(c.train, c.other, change) for c in columns}
    return {c.name: (c.gap, back[c.name][0]) for c in columns if back[c.name][1] >= 1e-3}


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
    shown = some([f"'{n}' is train's '{s}'" for n, (s, _) in source.items()], 4)
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
