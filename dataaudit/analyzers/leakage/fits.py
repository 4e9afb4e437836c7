"""Which union of splits was a preprocessing step fitted on? What every family of steps answers, and how it is told.

A family (standard scaling, min-max scaling, mean imputation, …) measures for every union of the splits how improbable
it is that the step's statistics fit that union as well as they do by accident, the step having been fitted on any
other union. What follows from these probabilities is the same for all: one is accepted, several are, or none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dataaudit.analyzers.common import plural, train_of
from dataaudit.analyzers.probability import log_gamma_tail
from dataaudit.model import CannotTell, Floats, Name, NotApplicable, SplitView, Trace
from dataaudit.stats.sample import Sample

Union = frozenset[str]

ACCEPT = 1e-9
"""Probability below which a union is taken for the one that was fitted on."""

AMBIGUOUS = 1e-3
"""Probability below which another union, not implied by the accepted one, leaves the question open."""

MOST_SPLITS = 4
"""More splits have more unions than are told apart."""


@dataclass(frozen=True)
class Match:
    """How well one union of splits fits.

    Attributes
    ----------
    union : frozenset of str
        Splits.
    log_p : float
        Natural logarithm of the probability that it fits this well by accident.
    column_p : ndarray of float64, shape (d,)
        Probability a column.
    off : mapping of str to ndarray of float64, shape (d,)
        How far each column is from what a fit on this union leaves: {"mean": …, "std − 1": …}; 0 is an exact fit.
    speaks_below : float
        Probability below which a column is named as one that fits; 1 where only exact fits have less.
    """

    union: Union
    log_p: float
    column_p: Floats
    off: Mapping[str, Floats]
    speaks_below: float = 0.01


@dataclass(frozen=True)
class Fit:
    """The answer of one family for one data set.

    Attributes
    ----------
    step : str
        "standard scaling".
    done : str
        What was done to the columns: "standardised".
    leaves : str
        What the step leaves on the rows it was fitted on: "mean 0 and std 1".
    columns : tuple of Name
        The ones judged.
    splits : tuple of str
        Train first.
    matches : tuple of Match
        Every union, in the order of `unions`.
    accepted : tuple of frozenset of str
        Unions that were fitted on, none implied by others; empty when there is no trace.
    ambiguous : tuple of frozenset of str
        Unions that fit nearly as improbably well without being implied.
    accept : float
        Probability below which a union was accepted.
    one : str
        What a column is called: "input", or "channel" of an image array.
    """

    step: str
    done: str
    leaves: str
    columns: tuple[Name, ...]
    splits: tuple[str, ...]
    matches: tuple[Match, ...]
    accepted: tuple[Union, ...]
    ambiguous: tuple[Union, ...]
    accept: float = ACCEPT
    one: str = "input"

    @property
    def train(self) -> str:
        """The split that should be the only one fitted on."""
        return self.splits[0]

    @property
    def thing(self) -> str:
        """What is counted where columns are meant: "column", or "channel"."""
        return "column" if self.one == "input" else self.one

    @property
    def per_split(self) -> tuple[str, ...]:
        """Splits, besides train, that were fitted on by themselves while another was by itself too."""
        alone = [next(iter(u)) for u in self.accepted if len(u) == 1]
        return tuple(n for n in alone if n != self.train) if len(alone) > 1 else ()

    def decided(self) -> tuple[Union, ...]:
        """Return the unions that were fitted on, at least one.

        Raises
        ------
        CannotTell
            If there is no trace of any, or more than one explanation.
        """
        if not self.accepted:
            raise CannotTell(
                f"{self.step} left no trace: no union of splits has {self.leaves} more exactly than chance allows, "
                f"over {plural(len(self.columns), self.thing)}; fitted elsewhere, or rows were dropped since",
                self.trace(),
            )
        if self.ambiguous:
            names = ", ".join(self.name(u) for u in (*self.accepted, *self.ambiguous))
            raise CannotTell(f"{self.step}: several unions of splits fit alike: {names}", self.trace())
        return self.accepted

    def name(self, union: Union) -> str:
        """Return "train + test"."""
        return " + ".join(n for n in self.splits if n in union)

    def match(self, union: Union) -> Match:
        """Return how well a union fits."""
        return next(m for m in self.matches if m.union == union)

    def matched_columns(self, union: Union) -> tuple[Name, ...]:
        """Return the columns that speak for the union by themselves."""
        match = self.match(union)
        return tuple(c for c, p in zip(self.columns, match.column_p, strict=True) if p < match.speaks_below)

    def trace(self) -> Trace:
        """Return the line of the leakage matrix."""
        log10 = {self.name(m.union): round(m.log_p / math.log(10), 1) for m in self.matches}
        fitted = tuple(self.name(u) for u in self.accepted)
        if not fitted:
            verdict, said = "none", f"no split, nor several together, has {self.leaves} exactly: cannot tell"
        elif self.ambiguous:
            verdict, said = "ambiguous", "several sets of rows fit alike: cannot tell"
        elif self.accepted == (frozenset([self.train]),):
            verdict, said = "train", f"fitted on {self.train} alone, as it should be"
        elif frozenset([self.train]) in self.accepted and not self.per_split:
            verdict, said = "train", f"fitted on {self.train}; {' and '.join(fitted)} fit"
        else:
            verdict, said = "leak", f"fitted on {' and on '.join(fitted)}, not on {self.train} alone"
        return Trace(self.step, self.columns, self.splits, log10, fitted, verdict, said)

    def evidence(self) -> dict[str, Any]:
        """Return the numbers behind the answer, by union."""
        return {
            "step": self.step,
            "splits": list(self.splits),
            "columns_judged": len(self.columns),
            "fitted_on": [sorted(u) for u in self.accepted],
            "log10_p": {self.name(m.union): round(m.log_p / math.log(10), 1) for m in self.matches},
            "accepted_below": self.accept,
        }

    def figure(self, hit: Union) -> dict[str, Any]:
        """Return the drawing of one step: for each union, how far its columns are from what the step leaves."""
        unions = [m.union for m in self.matches]
        strongest = np.argsort(self.match(hit).column_p, kind="stable")[:5]
        rows: list[dict[str, Any]] = []
        for j in strongest:
            name = self.columns[j]
            label = f"column {name}" if isinstance(name, int) else str(name)
            for what in self.match(hit).off:
                cells = [off_by(float(self.match(u).off[what][j])) for u in unions]
                rows.append({"label": f"{label}: {what}", "cells": cells})
        rows.append({"label": "by accident", "cells": [power(self.match(u).log_p) for u in unions]})
        return {
            "kind": "matrix",
            "caption": f"Which rows have {self.leaves}? The step leaves it on the rows it was fitted on",
            "columns": [self.name(u) for u in unions],
            "rows": rows,
            "hit": unions.index(hit),
            "want": 0,
        }

    def confidence(self, found: Sequence[Union]) -> float:
        """Return one minus the largest probability that one of some unions fits by accident."""
        return 1.0 - math.exp(max(self.match(u).log_p for u in found))

    def measured(self) -> str:
        """Return what was measured where train alone fits, or another rule names the fault."""
        found = self.decided()
        names = ", ".join(self.name(u) for u in found)
        worst = max(self.match(u).log_p for u in found)
        return f"{self.step} fitted on {names}, over {plural(len(self.columns), self.thing)} (p {power(worst)})"

    def about(self, found: Sequence[Union]) -> tuple[Name, ...]:
        """Return the columns that all of some unions fit, or all that were judged."""
        both = [c for c in self.columns if all(c in self.matched_columns(u) for u in found)]
        either = [c for c in self.columns if any(c in self.matched_columns(u) for u in found)]
        return tuple(both or either or self.columns)


Family = Callable[[Mapping[str, SplitView]], Fit]
"""Answers for one kind of step; raises NotApplicable or CannotTell with the reason. Cached by `Context.once`."""


def ordered(splits: Mapping[str, SplitView]) -> tuple[str, ...]:
    """Return the names of the splits that hold rows, train first.

    Raises
    ------
    NotApplicable
        With one split, or picture files.
    CannotTell
        With more than four splits, or splits of fewer than 5 rows.
    """
    filled = {name: s for name, s in splits.items() if s.n_rows}
    if len(filled) < 2:
        raise NotApplicable("there is one split, so nothing was split after preprocessing")
    train = train_of(filled)
    if train.schema.pictures:
        raise NotApplicable("picture files hold no preprocessed numbers")
    if len(filled) > MOST_SPLITS:
        raise CannotTell(f"{plural(len(filled), 'split')} have more unions than are told apart")
    if min(s.n_rows for s in filled.values()) < 5:
        raise CannotTell("a split has fewer than 5 rows")
    return (train.name, *(n for n in filled if n != train.name))


def complete(splits: Mapping[str, SplitView]) -> bool:
    """Return whether the samples hold all rows, so that counts are exact."""
    return all(len(s.get(Sample()).rows) == s.n_rows for s in splits.values())


def unions(order: Sequence[str]) -> list[Union]:
    """Return every non-empty union of splits: single ones first, train's before the others."""
    return [frozenset(c) for r in range(1, len(order) + 1) for c in combinations(order, r)]


def settle(matches: Sequence[Match], accept: float = ACCEPT) -> tuple[tuple[Union, ...], tuple[Union, ...]]:
    """Return the unions that were fitted on, and those that leave it open."""
    sure = [m.union for m in matches if m.log_p < math.log(accept)]
    atoms = [u for u in sure if not _is_union_of(u, [v for v in sure if v < u])]
    implied = set(_all_unions(atoms))
    open_ = [m.union for m in matches if m.log_p < math.log(AMBIGUOUS) and m.union not in implied]
    return tuple(atoms), tuple(open_)


def _is_union_of(union: Union, parts: Sequence[Union]) -> bool:
    return bool(parts) and frozenset().union(*parts) == union


def _all_unions(atoms: Sequence[Union]) -> Iterator[Union]:
    for r in range(1, len(atoms) + 1):
        for chosen in combinations(atoms, r):
            yield frozenset().union(*chosen)


# ---------------------------------------------------------------- probabilities of several columns


def combine(p: Floats, d_eff: float, resolution: Floats | None = None) -> float:
    """Return the logarithm of the joint probability of all columns.

    Parameters
    ----------
    p : ndarray of float64, shape (d,)
        Probability a column.
    d_eff : float
        Number of independent columns that the correlated ones are worth, from 1 to d.
    resolution : ndarray of float64, shape (d,), optional
        Smallest probability that each column can be expected to reach (coarse ones hardly any), whatever its data say.

    Returns
    -------
    float
        At most 0: the best of Fisher's method, of order statistics (few columns among many, or all of them) and of
        all columns being equally near the best they can reach, corrected for the number of looks.
    """
    d = len(p)
    p = np.maximum(p, 1e-300)
    looks = [log_gamma_tail(float(-np.log(p).sum() * d_eff / d), d_eff)]
    if resolution is not None:
        best = np.maximum(resolution, 1e-300)
        looks.append(float(np.log(np.minimum(best * (p / best).max(), 1.0)).sum()) * d_eff / d)
    if d > 1:
        p = np.sort(p)
        for r in sorted({2**k for k in range(d.bit_length()) if 2**k <= d} | {d}):
            choose = math.lgamma(d + 1) - math.lgamma(r + 1) - math.lgamma(d - r + 1)
            looks.append(choose + max(1.0, r * d_eff / d) * math.log(p[r - 1]))
    # one column's looks are one and the same
    return min(0.0, min(looks) + (math.log(len(looks)) if d > 1 else 0.0))


def effective_columns(rows: Floats, most: int = 5000) -> float:
    """Return (sum of eigenvalues)^2 / (sum of their squares) of the correlation matrix.

    Parameters
    ----------
    rows : ndarray of float64, shape (d, n)
        Values, NaN where missing; the first `most` rows are used.
    """
    d = len(rows)
    if d == 1:
        return 1.0
    rows = rows[:, :most]
    rows = np.where(np.isfinite(rows), rows, np.nan)
    centred = np.nan_to_num(rows - np.nanmean(rows, axis=1, keepdims=True))
    norm = np.linalg.norm(centred, axis=1)
    unit = centred / np.where(norm > 0, norm, 1.0)[:, None]
    correlation = unit @ unit.T
    return float(np.clip(np.trace(correlation) ** 2 / (correlation**2).sum(), 1.0, d))


# ---------------------------------------------------------------- words


def were(columns: Sequence[Name], one: str = "input") -> str:
    """Return "1 input was" or "6 inputs were"."""
    return f"{plural(len(columns), one)} {'was' if len(columns) == 1 else 'were'}"


def off_by(value: float) -> str:
    """Return how far a statistic is from what an exact fit leaves."""
    if abs(value) < 5e-7:
        return "equal"
    return f"{value:+.4f}" if abs(value) >= 5e-5 else f"{value:+.0e}"


def power(log_p: float) -> str:
    """Return a probability given as natural logarithm."""
    exponent = log_p / math.log(10)
    return "below 1e-99" if exponent < -99 else f"{math.exp(log_p):.2g}" if exponent > -3 else f"1e{exponent:.0f}"
