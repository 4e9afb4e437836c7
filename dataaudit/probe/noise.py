"""Whether contradicted labels are wrong ones or hard rows: what tells the two apart, and what does not.

Where rows are merely hard, labels are contradicted where the models are unsure, and hardly ever where they are sure.
Wrong labels do not care how sure the models are: the share of contradicted rows stays level up to where the models
are surest. A level share of contradictions is therefore what speaks for wrong labels, as far as the inputs determine
the label at all: an outcome that depends on chance (who survives) looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, Floats
from dataaudit.probe.draws import hypergeometric_tails
from dataaudit.probe.quality import Quality

DEPTHS = (0.5, 0.3, 0.2)
"""Shares of labels drawn anew that would be contradicted as strongly: from the surer half on, ever surer."""

_ROWS_AT_DEPTH = 60
"""Rows, times depth, that a share needs for its level to be looked at."""
_TIE = 1e-9
_COMMON = 0.01
"""Share of wrong labels that is nothing to report by itself."""


@dataclass(frozen=True)
class Level:
    """How often labels are contradicted where the models are ever surer.

    Attributes
    ----------
    counts : tuple of int
        Rows contradicted more strongly than a share of `DEPTHS` of labels drawn anew would be.
    shares : tuple of float
        What share of wrong labels would explain each count.
    p : float
        Probability of the first count or more, were one label in a hundred drawn anew.
    level : bool
        Whether the shares stay level.
    """

    counts: tuple[int, ...]
    shares: tuple[float, ...]
    p: float
    level: bool

    @property
    def least(self) -> float:
        """The smallest share of wrong labels that explains the counts at all depths."""
        return min(self.shares)


def level(quality: Quality, *, next_to: bool = False) -> Level:
    """Return how the share of contradicted labels behaves as the models grow surer.

    Parameters
    ----------
    quality : Quality
        Of some rows.
    next_to : bool
        Take wrong labels to be of the class next to the right one, rather than drawn anew from all classes.
    """
    return _level(quality, quality.nearest if next_to else quality.virtual)


def _level(quality: Quality, drawn: Floats) -> Level:
    from scipy.special import bdtrc

    n = len(quality.y)
    depths = [d for d in DEPTHS if d == DEPTHS[0] or n * d >= _ROWS_AT_DEPTH]
    at = np.maximum(np.quantile(drawn, [1 - d for d in depths]) - _TIE, _TIE)  # certain models give equal margins
    counts = (quality.margin[None, :] >= at[:, None]).sum(axis=1)
    power = 1.0 - np.searchsorted(drawn, at, side="left") / len(drawn)
    shares = [float(k / n / f) if f > 0 else 0.0 for k, f in zip(counts, power, strict=True)]
    p = float(bdtrc(counts[0] - 1, n, power[0] * _COMMON)) if counts[0] > 0 and power[0] > 0 else 1.0
    flat = min(shares) >= max(_COMMON, _LEVEL * shares[0])
    return Level(tuple(int(k) for k in counts), tuple(shares), p, flat)


_LEVEL = 0.4
"""Part of the share at the first depth that the others must keep. Of real tables without noise, those with a hard
border between classes keep .0 to .6 (of very few rows), of those with noise .45 to 1.4."""


def strength(quality: Quality, wrong: float) -> float:
    """Return how much of what guessing the largest class leaves open the models get right, wrong labels discounted.

    Parameters
    ----------
    quality : Quality
        Of rows in several classes.
    wrong : float
        Share of wrong labels: were the others all predicted, that many would still be contradicted. Counted up to
        a quarter, beyond which it might as well be the inputs that say little.

    Returns
    -------
    float
        At most 1; 0 or less where the models do no better than guessing.
    """
    n, k = len(quality.y), int(quality.P.shape[1])
    right = float((quality.margin <= 0).mean())
    guess = int(np.bincount(quality.y, minlength=k).max()) / n
    reach = 1.0 - min(wrong, 0.25) * k / (k - 1)
    return min(1.0, (right - guess) / max(1e-9, 1.0 - guess) / reach)


def contrast(quality: Quality, here: Bools, reviewed: Bools) -> float:
    """Return the probability that one split is contradicted so much more than the others by accident.

    Parameters
    ----------
    quality : Quality
        Of the rows of all splits.
    here : ndarray of bool, shape (n,)
        Rows of the split.
    reviewed : ndarray of bool, shape (n,)
        Rows that deserve a second look.

    Returns
    -------
    float
        The smallest of three hypergeometric tails, times three: rows reviewed, rows predicted otherwise, and rows
        contradicted more strongly than half of labels drawn anew.
    """
    n, drawn = len(here), int(here.sum())
    if not 0 < drawn < n:
        return 1.0
    half = max(0.0, float(np.median(quality.virtual)))
    marks = (reviewed, quality.margin > 0, quality.margin > half)
    tails = [hypergeometric_tails(int(mark[here].sum()), n, int(mark.sum()), drawn)[1] for mark in marks]
    return min(1.0, 3 * min(tails))
