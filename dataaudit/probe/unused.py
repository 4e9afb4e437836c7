"""Which inputs show no sign of association with the target, which do, and of which neither can be said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Context, Floats, Ints, Kind, Name, Task
from dataaudit.probe.column_tests import (
    BINS,
    PAIR_LEVELS,
    Alone,
    alone,
    beside_all,
    gathered,
    given_another,
    named,
    numbered,
    others,
    present,
    rows_for_pairs,
)
from dataaudit.probe.curve import Measured, outputs_of
from dataaudit.probe.joint_trees import Aim, linked
from dataaudit.probe.run import ProbeRun
from dataaudit.probe.two_samples import ranked
from dataaudit.probe.usefulness import train_rows

RATE = 0.05
"""False-discovery rate of signs of association."""
PAIR_P = 0.01
"""P-value, corrected for the number of pairs or lines, below which a column counts together with others."""
MISSED = 3.0
"""Standard errors by which held-out losses must grow when a column is shuffled, so that models count as using it."""
_CELLS = 4e7
"""Cells that columns are tested on; rows beyond are left out of wide tables."""
_TARGET_BINS = 6


@dataclass(frozen=True)
class Use:
    """What a column has to do with the target.

    Attributes
    ----------
    column : Name
        Which.
    p : float
        Of its relation to the target, alone.
    high : float
        Upper end of the share of the target it explains, alone (95 %).
    pair_p : float
        Of its relation to the target given another column.
    partner : Name or None
        That column.
    linear_p : float
        Of its weight in a linear model of all columns.
    missed : float
        By how many standard errors held-out losses grow when it is shuffled; 0 if no tree asks about it.
    used : bool
        Whether there is any sign of association.
    """

    column: Name
    p: float
    high: float
    pair_p: float
    partner: Name | None
    linear_p: float
    missed: float
    used: bool


@dataclass(frozen=True)
class Uses:
    """Of all columns that could be judged.

    Attributes
    ----------
    rows : int
        Rows looked at.
    columns : tuple of Use
        In their order.
    pairs : bool
        Whether pairs of columns were compared.
    """

    rows: int
    columns: tuple[Use, ...]
    pairs: bool


def uses(run: ProbeRun, context: Context, split: str, curve: Measured | None) -> Uses:
    """Return what every input has to do with the target.

    Parameters
    ----------
    run : ProbeRun
        Sampled rows and their target.
    context : Context
        Kinds of the columns.
    split : str
        Whose rows are looked at.
    curve : Measured or None
        Models that the columns are shuffled for, if there are any.
    """
    at = np.flatnonzero(train_rows(run, split))
    names = list(dict.fromkeys(f.column for f in run.features))
    at = at[: max(2000, int(_CELLS / max(1, len(names))))]  # rows of a sample come in random order
    target, ranks = _target(run, at)
    kept: list[Name] = []
    single: list[Alone] = []
    narrow: list[Ints] = []
    for name in names:
        views, line = _views(run, at, name, context.kinds[name])
        if not views or views[0].max(initial=0) == 0:
            continue
        kept.append(name)
        single.append(alone(views, line, target, ranks))
        narrow.append(numbered(line, PAIR_LEVELS) if line is not None else gathered(views[0], PAIR_LEVELS))
    few = gathered(target, PAIR_LEVELS + 2)
    pair_p, partner = given_another(narrow, few)
    missed = _missed(run, curve)
    lines = beside_all(run.X[at], outputs_of(run, at).values)
    linear: dict[Name, float] = {}
    for name in kept:
        mine = [lines[i] for i, f in enumerate(run.features) if f.column == name]
        linear[name] = min(1.0, len(mine) * float(min(mine)))
    found = present(np.array([s.p for s in single]), RATE)
    return Uses(
        len(at),
        tuple(
            Use(
                name,
                single[j].p,
                single[j].high,
                float(pair_p[j]),
                kept[partner[j]] if partner[j] >= 0 else None,
                linear[name],
                missed.get(name, 0.0),
                bool(found[j] or min(pair_p[j], linear[name]) < PAIR_P or missed.get(name, 0.0) > MISSED),
            )
            for j, name in enumerate(kept)
        ),
        len(kept) > 1 and rows_for_pairs(narrow, len(few)) > 0,
    )


def _target(run: ProbeRun, at: Ints) -> tuple[Ints, Floats | None]:
    if run.task is Task.REGRESSION:
        y = run.y[at].astype(np.float64)
        return numbered(y, _TARGET_BINS), ranked(y)
    if run.task is Task.MULTILABEL:
        sets = np.array(["".join(map(str, row)) for row in (run.y[at] == 1).astype(int)], dtype=object)
        return named(sets), None
    return gathered(run.y[at].astype(np.int64), BINS * 3), None


def _views(run: ProbeRun, at: Ints, name: Name, kind: Kind) -> tuple[list[Ints], Floats | None]:
    """Return a column as codes, and as numbers if they have an order; nothing if codes would say too little of it."""
    if kind is Kind.TEXT:
        return [], None
    if name in run.rows.numbers:
        line = run.rows.numbers[name][at]
        views = [numbered(line)]
        if kind is Kind.INTEGER_CODE:
            views.append(named(np.array([None if v != v else v for v in line.tolist()], dtype=object)))
        if kind is Kind.DATETIME:
            lines = [i for i, f in enumerate(run.features) if f.column == name and f.part not in ("value", "missing")]
            views += [numbered(run.X[at, i].astype(np.float64)) for i in lines]
        return views, line
    texts = run.rows.texts.get(name)
    if texts is None or others(texts[at]) > 0.2:
        return [], None
    return [named(texts[at])], None


def _missed(run: ProbeRun, curve: Measured | None) -> dict[Name, float]:
    """Return by how many standard errors held-out losses grow when a column is shuffled."""
    if curve is None:
        return {}
    rng = np.random.default_rng(0)
    sums: dict[int, list[Floats]] = {}
    for fit in curve.fits:
        aim = fit.trees.aim
        bins = fit.trees.bins(run.X[fit.held])
        scores = fit.trees.scores(bins)
        before = _loss(aim, scores, fit.truth)
        for feature, change in fit.trees.changes(bins, rng.permutation(len(bins))):
            sums.setdefault(feature, []).append(_loss(aim, scores + change, fit.truth) - before)
    found: dict[Name, float] = {}
    for feature, parts in sums.items():
        grown = np.concatenate(parts)
        error = float(np.sqrt((grown**2).sum()))
        z = float(grown.sum()) / error if error > 0 else 0.0
        name = run.features[feature].column
        found[name] = max(found.get(name, 0.0), z)
    return found


def _loss(aim: Aim, scores: Floats, truth: Floats) -> Floats:
    if aim is Aim.NUMBER:
        squares: Floats = ((scores - truth) ** 2).sum(axis=1)
        return squares
    chances = np.clip(linked(aim, scores), 1e-6, 1.0 - 1e-6)
    loss = -truth * np.log(chances)
    if aim is Aim.LABELS:
        loss = loss - (1.0 - truth) * np.log(1.0 - chances)
    losses: Floats = loss.sum(axis=1)
    return losses
