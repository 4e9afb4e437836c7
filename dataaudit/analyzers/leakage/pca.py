"""LEA107 pca-fit-on-all: components that are uncorrelated over more rows than train's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, joined, listing
from dataaudit.analyzers.leakage.components import components
from dataaudit.analyzers.leakage.fits import Fit, Union
from dataaudit.model import Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

FIX = (
    "- pca = PCA(n_components=8).fit(X)            # before the split\n"
    "+ pca = PCA(n_components=8).fit(X_train)      # after it\n"
    "+ X_train, X_val, X_test = map(pca.transform, (X_train, X_val, X_test))"
)


@register
@dataclass(frozen=True)
class PcaFitOnAll:
    """Components decorrelated or whitened over more rows than train's.

    ## Why it matters
    The directions were chosen with the rows that the model is to be judged on, so the test score is no unbiased
    estimate. Fitted anew on each split, the same column even means something else in each of them.

    ## How it decides
    Principal components have mean 0 and no correlation with each other on exactly the rows they were fitted on, and
    so have whitened and independent components. For each union of splits the rule asks how improbable it is that
    its means and correlations come this close to 0 if the components had been fitted on any other union: a
    correlation is then random with a standard deviation of F = sqrt(1/n_S + 1/n_T - 2 n_(S and T)/(n_S n_T)), widened
    for columns with heavy tails. The hardest rival counts. At most as many correlations as there are components count
    as independent, and both means and correlations must speak: the larger of their probabilities counts. A union is
    accepted below 1e-9; another one below 1e-3 that the accepted one does not imply leaves the question open.
    Columns that hold repeated values (a tenth or more), as designed experiments do, are left out, and so are those
    behind the first 128 of mean 0. False accusations and what is found
    were measured with `benchmarks/leakage_families.py`.

    ## What to do
    Split first, fit on train, apply to all splits. A scikit-learn Pipeline does this by itself.

    ## When to ignore it
    Where the data come as components from their publisher and the split is your own: nothing can be done any more,
    but the score stays that of components that knew the test rows.

    ## When it cannot tell
    No two inputs are uncorrelated more exactly than chance allows; rows were dropped since; more than 20,000 rows a
    split, of which only a sample is at hand; two components written with 2 decimals. Components of a truncated SVD,
    which are not centred, leave no trace that it looks for.
    """

    code: ClassVar[str] = "LEA107"
    name: ClassVar[str] = "pca-fit-on-all"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "inflates the test score, since test rows shaped the components"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Any, ...]:
        return (Moments(), Values(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        fit = components(splits)
        found = fit.decided()
        if frozenset([fit.train]) in found and not fit.per_split:
            yield Passed(fit.measured(), fit.trace())
            return
        columns = fit.columns
        yield Finding(
            _message(fit, found),
            splits=fit.splits,
            columns=columns,
            confidence=fit.confidence(found),
            evidence=fit.evidence() | {"components": len(columns)},
            figure=_figure(fit, found[0]),
            fix=FIX,
            place=fit.step,
            trace=fit.trace(),
        )


def _message(fit: Fit, found: Sequence[Union]) -> str:
    columns = listing(fit.columns)
    if fit.per_split:
        names = [n for n in fit.splits if frozenset([n]) in found]
        return f"{capital(joined(names))} each have components of their own: {columns}"
    rows = fit.name(found[0])
    if any(fit.train in u for u in found):
        return (
            f"{len(fit.columns)} components were fitted on {rows} together, not on {fit.train} alone: {columns} are "
            f"uncorrelated over all of these rows (largest r {_largest(fit, found[0]):.1g}), but not over {fit.train} "
            f"({_largest(fit, frozenset([fit.train])):.2f})"
        )
    return f"{len(fit.columns)} components were fitted on {rows}, without {fit.train}: {columns}"


def _largest(fit: Fit, union: Union) -> float:
    return float(np.max(fit.match(union).off["largest r"]))


def _figure(fit: Fit, hit: Union) -> dict[str, Any]:
    figure = fit.figure(hit)
    figure["caption"] = (
        "Over which rows are the components uncorrelated, with mean 0? PCA leaves both where it was fitted"
    )
    return figure
