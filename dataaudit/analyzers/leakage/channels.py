"""Which pictures were the channel constants of an image array computed on? Told as standardised columns are.

A channel's mean and variance over a union of splits vary as the means and mean squares of single pictures do.
Constants written with five decimals or fewer (all popular ones) are exact for no rows: they leave no trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from dataaudit.analyzers.leakage.closeness import Columns, Spreads, Target
from dataaudit.analyzers.leakage.fits import Fit, ordered, settle, unions
from dataaudit.analyzers.leakage.standardisation import ACCEPT
from dataaudit.analyzers.leakage.storage import Storage
from dataaudit.model import NotApplicable, SplitView
from dataaudit.stats.moments import MomentsState, pooled
from dataaudit.stats.picture_means import PictureMeans

_SINGLE, _DOUBLE = 1e-7, 1e-12
"""Error of a channel's mean after (x - mean) / std in single and in double precision: constants are rounded too."""


def channels(splits: Mapping[str, SplitView]) -> Fit:
    """Return which pictures the channels were standardised on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        Where there is no image array of fractions, or no channel looks standardised.
    CannotTell
        With more than four splits, or splits of fewer than 5 pictures.
    """
    first = next(iter(splits.values()))
    answer = first.context.once("channels", lambda: _answer(splits))
    if isinstance(answer, NotApplicable):
        raise answer
    return answer


def _answer(splits: Mapping[str, SplitView]) -> Fit | NotApplicable:
    layout = next(iter(splits.values())).schema.pixels
    if layout is None or not layout.dtype.startswith("float"):
        return NotApplicable("there is no image array of fractions")
    order = ordered(splits)
    lines = {name: splits[name].get(PictureMeans()).lines for name in order}
    if min(int(s.n.min()) for s in lines.values()) < 5:
        return NotApplicable("a split holds fewer than 5 finite pictures")
    c = layout.channels
    by_union = {u: pooled([lines[n] for n in order if n in u]) for u in unions(order)}
    everything = by_union[frozenset(order)]
    seen = {u: _channel_moments(s, c) for u, s in by_union.items()}
    whole = seen[frozenset(order)]
    if not ((np.abs(whole.mean) < 1.0) & (whole.std > 0.3) & (whole.std < 3.0)).all():
        return NotApplicable("no channel looks standardised (mean near 0, std near 1)")
    if any(np.allclose(lines[a].m2, lines[b].m2) for a, b in combinations(order, 2)):
        return NotApplicable("two splits hold the same pictures")
    error = _SINGLE if layout.dtype != "float64" else _DOUBLE
    spreads = Spreads(everything.std[:c], everything.std[c : 2 * c], _tied(everything, c))
    facts = Columns(
        seen,
        frozenset(order),
        order[0],
        (Storage(error, 2.0 * error, 0.0, 0.0, layout.dtype != "float64"),) * c,
        ((np.zeros(0), 1.0, 0.0),) * c,
        np.zeros(c, dtype=bool),
        1.0,  # channels of photographs are hardly independent
        spreads,
    )
    matches = tuple(facts.match(u, Target()) for u in unions(order))
    accepted, ambiguous = settle(matches, ACCEPT)
    names = tuple(f"channel {k}" for k in range(c))
    return Fit(
        "channel scaling", "standardised", "mean 0 and std 1", names, order, matches, accepted, ambiguous, ACCEPT,
        "channel",
    )  # fmt: skip


def _channel_moments(lines: MomentsState, c: int) -> MomentsState:
    """Return mean and variance over all pixels, as moments of as many rows as there are pictures."""
    found = MomentsState.zeros(c)
    found.n = lines.n[:c]
    found.pivot, found.rest = lines.pivot[:c], lines.rest[:c]
    found.m2 = (lines.mean[c : 2 * c] - lines.mean[:c] ** 2) * found.n
    return found


def _tied(lines: MomentsState, c: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the squared correlation between the means and the mean squares of pictures."""
    variance = lines.variance()
    both = (variance[2 * c :] - variance[:c] - variance[c : 2 * c]) / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(both**2 / (variance[:c] * variance[c : 2 * c]))
