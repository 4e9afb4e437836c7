"""Which rows was a standardisation fitted on? Told from means and variances alone, by `closeness`.

Besides mean 0 and std 1, which also power and normal-score transformers leave, there are columns centred and scaled
to a sum of squares of 1 (as scikit-learn's `load_diabetes`), to a std of 0.5 (Gelman 2008, Scaling regression inputs
by dividing by two standard deviations), only centred, or only divided by their std.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import numeric_features
from dataaudit.analyzers.leakage.closeness import Columns, Target, repeats_of
from dataaudit.analyzers.leakage.fits import AMBIGUOUS, Fit, Union, effective_columns, ordered, settle, unions
from dataaudit.analyzers.leakage.rivals import joined_values, repeated
from dataaudit.analyzers.leakage.storage import Storage, storage_of
from dataaudit.model import Bools, CannotTell, Floats, Name, NotApplicable, SplitView
from dataaudit.stats.moments import Moments, MomentsState, pooled
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Distinct

ACCEPT = 1e-8
"""Probability below which a union is taken for the one that was fitted on: one column of 4 decimals and 500 rows
reaches 5e-9. Inexact fits have probability 1 here, and of honest unions no other came below 1e-5
(`benchmarks/leakage_calibration.py`)."""

_NEAR = 0.02
"""Distance from an exact fit, in units of the std, that no storage explains where a fit can still be told."""

FEWEST_CENTRED = 3
"""Columns that must be centred exactly, or divided by their std exactly, before that is taken for a step of its own:
a single mean of 0 has other causes (residuals, differences, an antisymmetric design)."""


@dataclass(frozen=True)
class Step:
    """One way of scaling by mean and variance."""

    key: str
    step: str
    done: str
    leaves: str
    target: Target


STANDARD = Step("standardisation", "standard scaling", "standardised", "mean 0 and std 1", Target())
UNIT_LENGTH = Step(
    "unit length",
    "scaling to a sum of squares of 1",
    "centred and scaled to a sum of squares of 1",
    "mean 0 and a sum of squares of 1",
    Target(std=None, unit_length=True),
)
TWO_SIGMA = Step(
    "two sigma", "scaling by two std", "centred and divided by two std", "mean 0 and std 0.5", Target(std=0.5)
)
CENTRING = Step("centring", "centring", "centred", "mean 0", Target(std=None))
SPREAD = Step("spread", "division by the std", "divided by their std", "std 1", Target(mean=False))


def standardisation(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were standardised on; shared by the rules that ask.

    Raises
    ------
    NotApplicable
        With one split, or without a column that looks standardised.
    CannotTell
        With more than four splits, splits of fewer than 5 rows, or splits that repeat each other's values.
    """
    return _once(STANDARD, splits)


def unit_length(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were centred and scaled to a sum of squares of 1 on, where they were.

    Raises
    ------
    NotApplicable
        Where nothing speaks for it: unlike std 1, the trace alone makes one think of it.
    """
    return _traced(UNIT_LENGTH, splits)


def two_sigma(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were centred and divided by two standard deviations on, where they were.

    Raises
    ------
    NotApplicable
        Where nothing speaks for it.
    """
    return _traced(TWO_SIGMA, splits)


def centring(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were centred on, and nothing else, where they were.

    Raises
    ------
    NotApplicable
        Where nothing speaks for it, or they were scaled too, or are components that are uncorrelated.
    """
    return _alone(CENTRING, splits)


def spread(splits: Mapping[str, SplitView]) -> Fit:
    """Return which rows the inputs were divided by their standard deviation on, and not centred, where they were.

    Raises
    ------
    NotApplicable
        Where nothing speaks for it, or they were centred too.
    """
    return _alone(SPREAD, splits)


def _once(step: Step, splits: Mapping[str, SplitView]) -> Fit:
    first = next(iter(splits.values()))
    answer = first.context.once(("scaling", step.key), lambda: _answer(step, splits))
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answer(step: Step, splits: Mapping[str, SplitView]) -> Fit | NotApplicable | CannotTell:
    try:
        return _decide(step, splits)
    except (NotApplicable, CannotTell) as reason:
        return reason


def _traced(step: Step, splits: Mapping[str, SplitView]) -> Fit:
    try:
        fit = _once(step, splits)
    except CannotTell as reason:
        raise NotApplicable(str(reason)) from None
    if not fit.accepted:
        raise NotApplicable(f"nothing speaks for {step.step}")
    return fit


def _alone(step: Step, splits: Mapping[str, SplitView]) -> Fit:
    for other in (STANDARD, UNIT_LENGTH, TWO_SIGMA):
        try:
            fit = _once(other, splits)
        except (NotApplicable, CannotTell):
            continue
        if min(m.log_p for m in fit.matches) < np.log(AMBIGUOUS):
            raise NotApplicable(f"{other.step} explains it")
    fit = _traced(step, splits)
    for union in fit.accepted:
        if (fit.match(union).column_p < AMBIGUOUS).sum() < FEWEST_CENTRED:
            raise NotApplicable(f"fewer than {FEWEST_CENTRED} inputs speak for {step.step}")
        if step is CENTRING and _uncorrelated(fit, union, splits):
            raise NotApplicable("the inputs are uncorrelated: components rather than centred columns")
    return fit


def _decide(step: Step, splits: Mapping[str, SplitView]) -> Fit:
    order = ordered(splits)
    filled = {name: splits[name] for name in order}
    columns = _candidates(step.target, filled)
    if not columns:
        raise NotApplicable(f"no input looks {step.done} ({_about(step.target)})")
    twice, index = repeated(filled, order), filled[order[0]].schema.number_index
    columns = tuple(c for c in columns if not twice[index[c]])
    if not columns:
        raise CannotTell("two splits hold the same values, so that what fits one fits the other")
    if step is not STANDARD and not _any_near(step.target, columns, order, filled):
        raise NotApplicable(f"nothing speaks for {step.step}")
    facts = gather(columns, order, filled)
    if step is CENTRING or step is SPREAD:
        kept = [j for j in range(len(columns)) if _free_form(facts, j)]
        if len(kept) < FEWEST_CENTRED:
            raise NotApplicable(f"fewer than {FEWEST_CENTRED} inputs could speak for {step.step}")
        if len(kept) < len(columns):
            columns = tuple(columns[j] for j in kept)
            facts = gather(columns, order, filled)
    matches = tuple(facts.match(union, step.target) for union in unions(order))
    accepted, ambiguous = settle(matches, ACCEPT)
    return Fit(step.step, step.done, step.leaves, columns, order, matches, accepted, ambiguous, ACCEPT)


def _any_near(target: Target, columns: Sequence[Name], order: Sequence[str], splits: Mapping[str, SplitView]) -> bool:
    """Return whether some union comes so near with some column that it is worth a closer look, which costs more."""
    own = moments_of(columns, order, splits)
    for union in unions(order):
        here = pooled([own[n] for n in order if n in union])
        want = target.variance(here.n.astype(float))
        near = np.abs(here.mean) < _NEAR * (np.sqrt(want) if target.scales else here.std)
        if not target.mean:
            near = np.ones_like(near)
        if target.scales:
            near &= np.abs(here.variance() / want - 1.0) < 2.0 * _NEAR + 1.5 / here.n
        if near.any():
            return True
    return False


def _about(target: Target) -> str:
    if target.unit_length:
        return "mean near 0, sum of squares near 1"
    if target.std is None:
        return "mean near 0"
    return f"mean near 0, std near {target.std:g}" if target.mean else "std near 1"


def _candidates(target: Target, splits: Mapping[str, SplitView]) -> tuple[Name, ...]:
    """Return the inputs that come near: |mean| below a std, and a std of 0.3 to 3 times what is left.

    A scaled column stays within these bounds however the splits differ. Whole numbers were not scaled, and designs
    of -1 and 1 are no measurements.
    """
    states = {name: s.get(Moments()) for name, s in splits.items()}
    train = next(iter(splits.values()))
    joined = pooled(list(states.values()))
    fewest = np.min([s.n for s in states.values()], axis=0).astype(float)
    found = []
    for name in numeric_features(train.context):
        j = train.schema.number_index[name]
        if fewest[j] < 5 or not joined.n_fraction[j] or not joined.m2[j] > 0:
            continue
        mean, std = joined.mean[j], joined.std[j]
        if target.unit_length:
            low, high = 0.3 / np.sqrt(joined.n[j]), 3.0 / np.sqrt(fewest[j])
        elif target.std is None:
            low, high = 0.0, np.inf
        elif not target.mean:
            low, high = 0.8, 1.25
        else:
            low, high = (0.3, 3.0) if target.std == 1.0 else (0.7 * target.std, 1.4 * target.std)
        near = abs(mean) < (min(1.0, high) if target.std or target.unit_length else 0.3 * std)
        if (near or not target.mean) and low < std < high:
            found.append(name)
    return tuple(found)


def _free_form(facts: Columns, j: int) -> bool:
    """Return whether a column is neither a design nor symmetric: their mean or std may be exact by construction."""
    everything = facts.by_union[facts.everything]
    if facts.stored[j].lattice > 0 or facts.repeats[j][2] > 0.5:
        return False
    if everything.low[j] == -everything.high[j]:
        return False
    return all(not abs(state.skewness[j]) < 1e-5 for state in facts.by_union.values())


def gather(columns: Sequence[Name], order: Sequence[str], splits: Mapping[str, SplitView]) -> Columns:
    """Return the facts of some columns."""
    at = [splits[order[0]].schema.number_index[name] for name in columns]
    own = moments_of(columns, order, splits)
    sketches = joined_values(splits, order, columns)
    context = splits[order[0]].context
    stored: dict[Name, Storage] = context.once(("stored", tuple(order)), dict)  # one step asks after the other
    stored |= {name: storage_of(s) for name, s in zip(columns, sketches, strict=True) if name not in stored}
    return Columns(
        {u: pooled([own[n] for n in order if n in u]) for u in unions(order)},
        frozenset(order),
        order[0],
        tuple(stored[name] for name in columns),
        tuple(repeats_of(s) for s in sketches),
        _two_valued(sketches),
        context.once(("effective", tuple(order), tuple(at)), lambda: _effective(at, order, splits)),
    )


def moments_of(
    columns: Sequence[Name], order: Sequence[str], splits: Mapping[str, SplitView]
) -> dict[str, MomentsState]:
    """Return the moments of some columns by split."""
    at = [splits[order[0]].schema.number_index[name] for name in columns]
    return {name: s.get(Moments()).of(at) for name, s in splits.items()}


def _two_valued(sketches: Sequence[Distinct]) -> Bools:
    return np.array([s.exact and s.n_distinct <= 2 for s in sketches])


def _effective(at: Sequence[int], order: Sequence[str], splits: Mapping[str, SplitView]) -> float:
    """Return how many independent columns some are worth; 1, the least, where a saved profile holds no sample."""
    try:
        samples = [splits[n].get(Sample()).numbers[at] for n in order]
    except CannotTell:
        return 1.0
    return effective_columns(np.concatenate(samples, axis=1))


def _uncorrelated(fit: Fit, union: Union, splits: Mapping[str, SplitView]) -> bool:
    """Return whether columns are uncorrelated on the rows they are centred on, as principal components are."""
    at = [splits[fit.train].schema.number_index[name] for name in fit.matched_columns(union)]
    try:
        rows: Floats = np.concatenate([splits[n].get(Sample()).numbers[at] for n in fit.splits if n in union], axis=1)
    except CannotTell:
        return True  # components cannot be ruled out
    rows = rows[:, np.isfinite(rows).all(axis=0)]
    complete = rows.shape[1] == sum(splits[n].n_rows for n in union)
    correlation = np.atleast_2d(np.corrcoef(rows))
    apart = np.abs(correlation[np.triu_indices(len(at), 1)])
    return bool(apart.max() < (1e-3 if complete else 5.0 / np.sqrt(rows.shape[1])))
