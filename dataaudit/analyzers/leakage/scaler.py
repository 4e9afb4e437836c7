"""LEA101 scaler-fit-on-all, LEA102 scaler-fit-per-split, LEA103 scaler-fit-on-test: one answer, three faults."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, joined, listing, plural
from dataaudit.analyzers.leakage.standardisation import ACCEPT, Standardisation, Union, standardisation
from dataaudit.model import Finding, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

FIX = (
    "- scaler = StandardScaler().fit(X)            # before the split\n"
    "+ scaler = StandardScaler().fit(X_train)      # after it\n"
    "+ X_train, X_val, X_test = map(scaler.transform, (X_train, X_val, X_test))"
)


def needs() -> tuple[Moments, Values, Sample]:
    """Return the facts that tell which rows a standardisation was fitted on."""
    return (Moments(), Values(), Sample())


def confidence(answer: Standardisation, unions: tuple[Union, ...]) -> float:
    """Return one minus the largest probability that one of the unions fits by accident."""
    return 1.0 - math.exp(max(answer.match(u).log_p for u in unions))


def passed(answer: Standardisation) -> Passed:
    """Return what was measured where train alone fits, or another rule names the fault."""
    unions = answer.decided()
    names = ", ".join(answer.name(u) for u in unions)
    worst = max(answer.match(u).log_p for u in unions)
    return Passed(f"fitted on {names}, over {plural(len(answer.columns), 'column')} (p {_power(worst)})")


def evidence(answer: Standardisation) -> dict[str, Any]:
    """Return the numbers behind the answer, by union."""
    return {
        "splits": list(answer.splits),
        "columns_judged": len(answer.columns),
        "fitted_on": [sorted(u) for u in answer.accepted],
        "log10_p": {answer.name(m.union): round(m.log_p / math.log(10), 1) for m in answer.matches},
        "accepted_below": ACCEPT,
    }


def matrix(answer: Standardisation, hit: tuple[Union, ...]) -> dict[str, Any]:
    """Return the leakage matrix: for each union, how far its columns are from mean 0 and std 1."""
    unions = [m.union for m in answer.matches]
    strongest = np.argsort(answer.match(hit[0]).column_p, kind="stable")[:5]
    rows: list[dict[str, Any]] = []
    for j in strongest:
        name = answer.columns[j]
        label = f"column {name}" if isinstance(name, int) else str(name)
        rows.append({"label": f"{label}: mean", "cells": [_off(float(answer.match(u).mean[j])) for u in unions]})
        rows.append({"label": f"{label}: std − 1", "cells": [_off(float(answer.match(u).std[j]) - 1) for u in unions]})
    rows.append({"label": "by accident", "cells": [_power(answer.match(u).log_p) for u in unions]})
    return {
        "kind": "matrix",
        "caption": "Which rows have mean 0 and std 1? A scaler leaves them on the rows it was fitted on",
        "columns": [answer.name(u) for u in unions],
        "rows": rows,
        "hit": unions.index(hit[0]),
        "want": 0,
    }


def finding(message: str, answer: Standardisation, unions: tuple[Union, ...]) -> Finding:
    """Return the finding of one of the three rules."""
    columns = [c for c in answer.columns if any(c in answer.matched_columns(u) for u in unions)]
    return Finding(
        message,
        splits=answer.splits,
        columns=tuple(columns or answer.columns),
        confidence=confidence(answer, unions),
        evidence=evidence(answer),
        figure=matrix(answer, unions),
        fix=FIX,
    )


def _off(value: float) -> str:
    if abs(value) < 5e-7:
        return "equal"
    return f"{value:+.4f}" if abs(value) >= 5e-5 else f"{value:+.0e}"


def _power(log_p: float) -> str:
    exponent = log_p / math.log(10)
    return "below 1e-99" if exponent < -99 else f"{math.exp(log_p):.2g}" if exponent > -3 else f"1e{exponent:.0f}"


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
    counts, columns are combined by Fisher's method scaled to the effective number of columns, and also by order
    statistics (for few scaled columns among many). Mean and variance must both speak for a union: of their two
    p-values the larger counts, squared. A union is accepted below 1e-9; another one below 1e-3 that the accepted one
    does not imply leaves the question open. Lattices, repeated values, skewness and kurtosis are taken into account.
    Of 13,334 clean synthetic data sets none was accused (`benchmarks/leakage_calibration.py`).

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

    def needs(self) -> tuple[Moments, Values, Sample]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        answer = standardisation(splits)
        train = answer.splits[0]
        mixed = tuple(u for u in answer.decided() if train in u and len(u) > 1)
        if mixed and frozenset([train]) not in answer.accepted:
            union = mixed[0]
            columns = answer.matched_columns(union) or answer.columns
            yield finding(
                f"{plural(len(columns), 'input')} {'was' if len(columns) == 1 else 'were'} standardised with "
                f"statistics of {answer.name(union)} together, not of {train} alone: {listing(columns)}",
                answer,
                (union,),
            )
        yield passed(answer)


@register
@dataclass(frozen=True)
class ScalerFitPerSplit:
    """Each split standardised by its own statistics.

    ## Why it matters
    The same measurement becomes another number in each split, so the model is scored on inputs that it was not
    trained for; and what differs between the splits, which the score should show, is scaled away.

    ## How it decides
    As LEA101: each split by itself has mean 0 and variance 1 more exactly than chance allows (p < 1e-9).

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

    def needs(self) -> tuple[Moments, Values, Sample]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        answer = standardisation(splits)
        answer.decided()
        if answer.per_split:
            unions = tuple(u for u in answer.accepted if len(u) == 1)
            columns = [c for c in answer.columns if all(c in answer.matched_columns(u) for u in unions)]
            names = [n for n in answer.splits if frozenset([n]) in unions]
            yield finding(
                f"{capital(joined(names))} were each standardised by their own statistics: "
                f"{listing(columns or answer.columns)}",
                answer,
                unions,
            )
        yield passed(answer)


@register
@dataclass(frozen=True)
class ScalerFitOnTest:
    """Standardised with statistics of splits that do not include train.

    ## Why it matters
    Train is scaled by numbers taken from the rows it is to be judged on, and the split that sets the scale is not
    the one that the model learns from.

    ## How it decides
    As LEA101: a union of splits without train has mean 0 and variance 1 more exactly than chance allows
    (p < 1e-9), and train does not.

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

    def needs(self) -> tuple[Moments, Values, Sample]:
        return needs()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        answer = standardisation(splits)
        train = answer.splits[0]
        unions = answer.decided()
        if not any(train in u for u in unions):
            columns = answer.matched_columns(unions[0]) or answer.columns
            yield finding(
                f"{plural(len(columns), 'input')} of all splits {'was' if len(columns) == 1 else 'were'} standardised "
                f"with statistics of {answer.name(unions[0])}, without {train}: {listing(columns)}",
                answer,
                unions,
            )
        yield passed(answer)
