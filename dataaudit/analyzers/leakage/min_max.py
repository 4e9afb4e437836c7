"""Which rows was a min-max or max-abs scaling fitted on? Told from the ends that each split attains or passes.

A min-max scaler puts the smallest and the largest value of each column, over the rows it was fitted on, exactly on two
ends that all columns share, 0 and 1 by default. Only rows that attain both ends in every such column can have been
fitted on. Train attaining them all is how it should be. Where train misses some that other splits attain, the scaler
knew those splits, unless the ends are bounds by nature: then they are round numbers on a round grid, or attained by
many rows, or left unattained by some columns, none of which a scaler leaves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np

from dataaudit.analyzers.common import plural
from dataaudit.analyzers.leakage.ends import Columns, Marks, between, largest
from dataaudit.analyzers.leakage.fits import Fit, Match, Union, ordered, unions
from dataaudit.analyzers.leakage.quantile import quantile
from dataaudit.analyzers.leakage.rivals import answered, with_fractions
from dataaudit.model import Bools, CannotTell, Floats, Name, NotApplicable, SplitView

ACCEPT = 1e-4
"""Odds against bounds by nature, or against ties at the ends, from which a scaler is accepted."""

AN_END = 0.3
"""Odds that an end by nature is attained exactly, by a row or two, in a column that is on no round grid: a guess on the
safe side, so that eight such ends (four columns) are needed; a column that stays inside its bounds outweighs one."""

FEW = 2
"""Rows at an end from which on it may be a bound by nature, where values hardly repeat."""

MISSED = 2
"""Ends that train has to miss: one may have gone with a row that was dropped, or be a bound by nature."""

TIES = 0.05
"""Odds of ties below which splits that attain every end, as train does, leave it open which were fitted on."""


def min_max(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were min-max or max-abs scaled on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without inputs that share their ends.
    CannotTell
        With more than four splits, or splits of fewer than 5 rows.
    """
    return answered("min-max scaling", splits, lambda: _decide(splits))


def _decide(splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    ranked = _ranked(splits)
    names = [n for n in _inputs(splits, order) if n not in ranked]
    if not names:
        raise NotApplicable("no input shares both its ends with another")
    columns = Columns.of(splits, order, names)
    found = [_fit(columns, between(columns, ends), ends) for ends in columns.shared_ends()]
    found.append(_fit(columns, largest(columns), (0.0, 1.0)))
    fits = [fit for fit in found if fit is not None]
    if not fits:
        raise NotApplicable("no two inputs share ends that all of them attain, as min-max scaling leaves them")
    # at equal odds the first: ends of 0 and 1 are a largest size of 1, too
    best = min(fits, key=lambda fit: min(m.log_p for m in fit.matches))
    if not best.accepted:
        raise CannotTell(
            f"{best.step}: {plural(len(best.columns), 'input')} with common ends are too few, or attain them too "
            "often, to tell a scaler from bounds by nature",
            best.trace(),
        )
    return best


def _ranked(splits: Mapping[str, SplitView]) -> tuple[Name, ...]:
    """Return the inputs that a quantile transformation explains: it attains 0 and 1 too."""
    try:
        fit = quantile(splits)
    except (CannotTell, NotApplicable):
        return ()
    return fit.columns if fit.accepted else ()


def _inputs(splits: Mapping[str, SplitView], order: Sequence[str]) -> list[Name]:
    """Return the inputs with fractions, of several values in each split."""
    # a scaler leaves numbers of a moderate size; the range of huge ones is beyond floats
    return [
        name
        for name, at in with_fractions(splits, order)
        if (at.low.min() > -1e100 and at.high.max() < 1e100 and (at.low < at.high).all())
    ]


def _fit(columns: Columns, marks: Marks, ends: tuple[float, float]) -> Fit | None:
    """Return the answer for one set of marks; None if fewer than two inputs speak for it."""
    order, everything = columns.order, columns.everything
    train = frozenset([order[0]])
    attained = {u: marks.attained(u) for u in unions(order)}
    scaled = np.any(list(attained.values()), axis=0)
    if scaled.sum() < 2:  # nearly always, and told without a look at the values
        return None
    coarse = columns.coarse(ends)
    scaled = np.asarray(scaled & ~coarse)
    if scaled.sum() < 2:
        return None
    against = float((marks.inside & ~scaled & ~coarse).sum()) * -len(marks.rows[everything]) * math.log(AN_END)
    log_p = {
        u: min(0.0, _by_nature(columns, marks.rows[u], scaled) + against) if (attained[u] | ~scaled).all() else 0.0
        for u in unions(order)
    }
    apart = _per_split(columns, marks, scaled)
    accepted, ambiguous = _told(order, log_p, marks, scaled, apart)
    # inputs too coarse to speak that attain the same ends were scaled along with the others, it seems
    keep = scaled | np.all([attained[u] for u in accepted or (train,)], axis=0)
    matches = tuple(
        Match(u, log_p[u], np.full(int(keep.sum()), AN_END), {k: v[keep] for k, v in marks.off[u].items()}, 1.0)
        for u in unions(order)
    )
    names = tuple(n for n, kept in zip(columns.names, keep, strict=True) if kept)
    return Fit(*marks.words, names, order, matches, accepted, ambiguous, ACCEPT)


def _by_nature(columns: Columns, rows: Sequence[Floats], scaled: Bools) -> float:
    """Return the logarithm of the odds that inputs have these ends by nature, from the rows that hold them."""
    repeats = np.array([d.n / max(1, d.n_distinct) for d in columns.values])  # where values repeat, so may ends
    few = [(r <= FEW * repeats) & scaled for r in rows]
    return float(np.sum(few)) * math.log(AN_END)


def _per_split(columns: Columns, marks: Marks, scaled: Bools) -> tuple[tuple[str, ...], float]:
    """Return the splits that attain every end by themselves, and the log odds that ties with train explain it."""
    alone = [n for n in columns.order if (marks.attained(frozenset([n])) | ~scaled).all()]
    if len(alone) < 2 or columns.order[0] not in alone:
        return (), 0.0
    n = np.array([columns.by_union[frozenset([s])].n[scaled] for s in alone], dtype=float)
    share = n / n.sum(axis=0)
    log_p = 0.0
    for end in range(len(marks.rows[columns.everything])):
        ties = np.sum([marks.rows[frozenset([s])][end][scaled] for s in alone], axis=0)
        # that no split lacks the end, had the rows that hold it been dealt out at random: by inclusion and exclusion
        nowhere = np.zeros_like(ties)
        for r in range(1, len(alone)):
            for without in combinations(range(len(alone)), r):
                nowhere += (-1.0) ** (r + 1) * (1.0 - share[list(without)].sum(axis=0)) ** ties
        log_p += float(np.log(np.clip(1.0 - nowhere, 1e-9, 1.0)).sum())
    return tuple(alone), log_p


def _told(
    order: Sequence[str],
    log_p: Mapping[Union, float],
    marks: Marks,
    scaled: Bools,
    apart: tuple[tuple[str, ...], float],
) -> tuple[tuple[Union, ...], tuple[Union, ...]]:
    """Return the unions that were fitted on, and those that leave it open."""
    train = frozenset([order[0]])
    sure = [u for u, p in log_p.items() if p < math.log(ACCEPT)]
    if train in sure:
        alone = tuple(frozenset([n]) for n in apart[0] if n != order[0])
        if apart[1] < math.log(ACCEPT):
            return (train, *alone), ()
        return (train,), alone if apart[1] < math.log(TIES) else ()
    missed = sum(int(((np.abs(off) > marks.tie) & scaled).sum()) for off in marks.off[train].values())
    if not sure or missed < MISSED:
        return (), ()
    least = [u for u in sure if not any(v < u for v in sure)]
    chosen = min(least, key=lambda u: (order[0] not in u, len(u)))
    if order[0] in chosen or (len(least) == 1 and (marks.beyond[train] & scaled).any()):
        return (chosen,), ()
    # a train within the ends may have been fitted on too, and happen to hold none of them
    return (chosen,), tuple(u for u in least if u != chosen) or (frozenset(order),)
