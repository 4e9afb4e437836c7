"""Columns that are scaled in one split and not in the other, or on another scale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from dataaudit.analyzers.leakage.compared import Column, Diagnosis
from dataaudit.analyzers.leakage.lines import Line, Scale, scale_between
from dataaudit.model import Name


def scales_differ(odd: Sequence[Column], columns: Sequence[Column], unlike: set[Name]) -> list[Diagnosis]:
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
        beyond_doubt = len(mine) >= 3 and 2 * len(mine) >= len(how) and 2 * len(strong) >= len(mine)
        if beyond_doubt:  # those that moved less belong to them
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
