"""LEA101 scaler-fit-on-all, LEA102 scaler-fit-per-split, LEA103 scaler-fit-on-test: one answer, three faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, joined, listing
from dataaudit.analyzers.leakage.channels import channels
from dataaudit.analyzers.leakage.components import components
from dataaudit.analyzers.leakage.fits import Family, Fit, Union, were
from dataaudit.analyzers.leakage.min_max import min_max
from dataaudit.analyzers.leakage.other_scaler import compare_scalers
from dataaudit.analyzers.leakage.quantile import quantile
from dataaudit.analyzers.leakage.robust import robust
from dataaudit.analyzers.leakage.standardisation import centring, spread, standardisation, two_sigma, unit_length
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.extremes import Extremes
from dataaudit.stats.histogram import Histograms
from dataaudit.stats.moments import Moments
from dataaudit.stats.picture_means import PictureMeans
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

SPARE = 0.2
"""Share of columns that may stay unexplained by components: the last ones, of hardly any variance, are mostly noise."""


def unless_explained(family: Family) -> Family:
    """Return a family that leaves out columns which are components or quantiles: those have mean 0 anyway."""

    def judged(splits: Mapping[str, SplitView]) -> Fit:
        fit = family(splits)
        for other, told_by in ((components, "components: see LEA107"), (quantile, "quantiles")):
            try:
                better = other(splits)
            except (CannotTell, NotApplicable):
                continue
            about = fit.about(fit.accepted) if fit.accepted else fit.columns
            if better.accepted and len(set(about) - set(better.columns)) <= SPARE * len(about):
                raise NotApplicable(f"what {fit.step} would leave follows from {listing(about)} being {told_by}")
        return fit

    return judged


RARE: tuple[Family, ...] = tuple(unless_explained(f) for f in (unit_length, two_sigma, centring, spread))

FAMILIES: tuple[Family, ...] = (unless_explained(standardisation), channels, min_max, robust, quantile, *RARE)
"""Every kind of scaling whose statistics are told from the data."""

QUIET: frozenset[Family] = frozenset([channels, min_max, robust, quantile, *RARE])
"""Rarer kinds: that nothing speaks for them is not worth a word."""

SCALERS = {
    "min-max scaling": "MinMaxScaler",
    "max-abs scaling": "MaxAbsScaler",
    "robust scaling": "RobustScaler",
    "quantile transformation": "QuantileTransformer",
}


def fix(step: str) -> str:
    """Return what to change, in the words of scikit-learn."""
    made = f"scaler = {SCALERS.get(step, 'StandardScaler')}()"
    return (
        f"- {made}.fit(X)            # before the split\n"
        f"+ {made}.fit(X_train)      # after it\n"
        "+ X_train, X_val, X_test = map(scaler.transform, (X_train, X_val, X_test))"
    )


def needs() -> tuple[Any, ...]:
    """Return the facts that tell which rows a scaling was fitted on."""
    return (Moments(), Values(), Sample(), Extremes(), Histograms(), PictureMeans())


def decided(splits: Mapping[str, SplitView]) -> list[Fit]:
    """Return the answers of the families that left a trace, at least one.

    Raises
    ------
    NotApplicable
        If no family applies.
    CannotTell
        If one applies, and none can tell.
    """
    answer = next(iter(splits.values())).context.once("scalers", lambda: _answers(splits))
    if isinstance(answer, Exception):
        raise answer
    return answer


def _answers(splits: Mapping[str, SplitView]) -> list[Fit] | CannotTell | NotApplicable:
    fits: list[Fit] = []
    unknown: list[CannotTell] = []
    foreign: list[str] = []
    for family in FAMILIES:
        try:
            fit = family(splits)
            fit.decided()
            fits.append(fit)
        except CannotTell as answer:
            unknown.append(answer)
        except NotApplicable as answer:
            foreign += [] if family in QUIET else [str(answer)]
    if not fits and unknown:
        return CannotTell("; ".join(dict.fromkeys(map(str, unknown))), unknown[0].trace)
    return fits or NotApplicable("; ".join(dict.fromkeys(foreign)))


def finding(message: str, fit: Fit, found: Sequence[Union]) -> Finding:
    """Return the finding of one of the three rules."""
    return Finding(
        message,
        splits=fit.splits,
        columns=fit.about(found) if fit.one == "input" else (),
        confidence=fit.confidence(found),
        evidence=fit.evidence(),
        figure=fit.figure(found[0]),
        fix=fix(fit.step),
        place=fit.step,
        trace=fit.trace(),
    )


@register
@dataclass(frozen=True)
class ScalerFitOnAll:
    """Standardised with statistics of train together with validation or test.

    ## Why it matters
    Test rows have shaped the inputs that the model is trained on. The test score is then no unbiased estimate, and
    in production, where no future row can be looked at, the model sees inputs on another scale.

    ## How it decides
    A scaler leaves mean 0 and variance 1 on exactly the rows it was fitted on. For each union of splits the rule
    asks how improbable it is to come this close if the scaler had been fitted on any other union; the hardest rival
    counts, or as many rows from elsewhere. A column speaks only if it fits as exactly as its values were stored
    (decimals, digits, half and single floats are recognised), and if mean and variance both do, each measured in what
    storage, repeated values and lattices (scaled whole numbers) let one tell at best. Columns are combined by Fisher's
    method scaled to the effective number of columns, by order statistics (few scaled columns among many), and by all
    being near their best (coarse columns add up). A union is accepted below 1e-8; another one below 1e-3 that the
    accepted one does not imply leaves the question open.

    So are columns with a sum of squares of 1 (as in scikit-learn's `load_diabetes`) and with a std of 0.5; and three
    columns or more that were only centred, or only divided by their std. Residuals of a model fitted on all rows are
    centred over all rows too, which is the same leak.

    Other scalers leave other traces. Min-max and max-abs: only rows that attain both ends in every column that shares
    them can have been fitted on; train misses two of them or more, other splits none. Columns on round grids (three
    decimals, pixels) and ends that many rows attain say nothing, columns that stay inside the ends speak for bounds by
    nature; odds of 1e-4, at 0.3 an end. Robust: median 0 and interquartile range 1, exactly; by accident the counts
    below the three quartiles are right to the row, which is a normal probability of n_S F, joint over all columns by
    their covariance; below 1e-5, an upper bound. Quantiles: mean and variance of even ranks.

    Of 20,004 clean synthetic data sets none was accused (`benchmarks/leakage_calibration.py`).

    ## What to do
    Split first, fit the scaler on train, apply it to all splits. A scikit-learn Pipeline does this by itself.

    ## When to ignore it
    Never for a reported score; it hardly moves one when splits are large and alike.

    ## When it cannot tell
    No column looks standardised; no union fits ("no trace": scaled with other data, or rows dropped since); two
    unions fit alike; two splits hold the same values; one column of few values. Then it says so, and never "clean".
    """

    code: ClassVar[str] = "LEA101"
    name: ClassVar[str] = "scaler-fit-on-all"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "inflates the test score, since test rows shaped the inputs"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Any, ...]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        for fit in decided(splits):
            mixed = tuple(u for u in fit.accepted if fit.train in u and len(u) > 1)
            if mixed and frozenset([fit.train]) not in fit.accepted:
                columns = fit.about(mixed[:1])
                yield finding(
                    f"{were(columns, fit.one)} {fit.done} with statistics of {fit.name(mixed[0])} together, not of "
                    f"{fit.train} alone: {listing(columns)}",
                    fit,
                    mixed[:1],
                )
            yield Passed(fit.measured(), fit.trace())


@register
@dataclass(frozen=True)
class ScalerFitPerSplit:
    """Each split standardised by its own statistics.

    ## Why it matters
    The same measurement becomes another number in each split, so the model is scored on inputs that it was not
    trained for; and what differs between the splits, which the score should show, is scaled away.

    ## How it decides
    As LEA101: each split by itself has mean 0 and variance 1 more exactly than chance allows (p < 1e-8).

    ## What to do
    Fit the scaler on train and apply it, unchanged, to the other splits.

    ## When to ignore it
    Splits that are domains of their own and are standardised so on purpose, also in production.

    ## When it cannot tell
    As LEA101.
    """

    code: ClassVar[str] = "LEA102"
    name: ClassVar[str] = "scaler-fit-per-split"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "scores the model on inputs of another scale than it learnt"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Any, ...]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        for fit in decided(splits):
            if fit.per_split:
                alone = tuple(u for u in fit.accepted if len(u) == 1)
                names = [n for n in fit.splits if frozenset([n]) in alone]
                yield finding(
                    f"{capital(joined(names))} were each {fit.done} by their own statistics: "
                    f"{listing(fit.about(alone))}",
                    fit,
                    alone,
                )
            yield Passed(fit.measured(), fit.trace())


def _of_another_kind(fit: Fit, splits: Mapping[str, SplitView]) -> bool:
    """Return whether train bears the marks of another scaler in most of the columns, so that it never saw this one."""
    columns = set(fit.about(fit.accepted[:1]))
    pairs = [words for name in fit.accepted[0] for words in compare_scalers(splits[fit.train], splits[name])]
    return any(2 * len(columns.intersection(words.columns)) > len(columns) for words in pairs)


@register
@dataclass(frozen=True)
class ScalerFitOnTest:
    """Standardised with statistics of splits that do not include train.

    ## Why it matters
    Train is scaled by numbers taken from the rows it is to be judged on, and the split that sets the scale is not
    the one that the model learns from.

    ## How it decides
    As LEA101: a union of splits without train has mean 0 and variance 1 more exactly than chance allows
    (p < 1e-8), and train does not. Where train bears the marks of another scaler in most of these columns, the splits
    went through two of them, which LEA104 reports.

    ## What to do
    Fit the scaler on train; look for swapped arguments where it was fitted.

    ## When to ignore it
    Never.

    ## When it cannot tell
    As LEA101.
    """

    code: ClassVar[str] = "LEA103"
    name: ClassVar[str] = "scaler-fit-on-test"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "scales train by the rows it is judged on"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Any, ...]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        for fit in decided(splits):
            if not any(fit.train in u for u in fit.accepted) and not _of_another_kind(fit, splits):
                columns = fit.about(fit.accepted[:1])
                yield finding(
                    f"{were(columns, fit.one)} {fit.done} in all splits with statistics of "
                    f"{fit.name(fit.accepted[0])}, without {fit.train}: {listing(columns)}",
                    fit,
                    fit.accepted[:1],
                )
            yield Passed(fit.measured(), fit.trace())
