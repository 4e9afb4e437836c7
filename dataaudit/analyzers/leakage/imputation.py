"""LEA105 imputer-fit-on-all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import joined, listing, number, plural
from dataaudit.analyzers.leakage.fills import Apart, Imputed, imputations, per_split
from dataaudit.analyzers.leakage.fits import Fit, Union, complete, ordered, power
from dataaudit.analyzers.leakage.spikes import Spike
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

SURE = 1e-4
"""Probability of an accident below which a fill is an error, and not a warning."""


FIX = (
    "- imputer = SimpleImputer().fit(X)            # before the split\n"
    "+ imputer = SimpleImputer().fit(X_train)      # after it\n"
    "+ X_train, X_val, X_test = map(imputer.transform, (X_train, X_val, X_test))"
)


@register
@dataclass(frozen=True)
class ImputerFitOnAll:
    """Missing cells filled with a statistic of train together with validation or test.

    ## Why it matters
    The fills of train carry what the model must not know: the mean of rows it is to be judged on. With many missing
    cells and small splits the score moves; in production no such mean exists.

    ## How it decides
    A column of more than 15 different values is looked at where one inside its range lies off the grid of the others,
    or is held by three times as many rows as any of its twenty neighbouring values, at least five. Mean: the rows whose
    mean was taken still have that mean, fills included, and no other rows do. For each union of splits the rule asks
    how improbable it is to come this close if another union had been used (as LEA101; measurements on a grid agree more
    easily). Median: as many rows below the fill as above it, up to as many as its neighbours have ties. A union is
    accepted below 1e-9 over all columns. Failing that, all rows together are named where train alone is out of the
    question (its mean is six times further off than storage allows; its balance off by more than twice the ties, plus
    four) and the accident has a probability below 1e-4, or 0.005 where the fill is a mean between the steps of the
    measurements, which is no natural mode; as a warning below 0.05 where the fill is a measurement like
    others, no round number, and held by three times as many rows as any other value (those at either end aside). Filled
    split by split: each split repeats a value of its own, three rows or more, equal to its mean or median; an accident
    below 1e-3 is a warning, below 1e-4 an error. Measured with `benchmarks/leakage_fills.py`.

    ## What to do
    Split first, fit the imputer on train, apply it to all splits. A scikit-learn Pipeline does this by itself.

    ## When to ignore it
    The fill is a constant that was chosen beforehand and happens to be the mean of all rows.

    ## When it cannot tell
    No value stands out; the fill was rounded or lies among many equal measurements; more rows than are sampled
    (medians only); neighbours or models gave the fills (k-NN, iterative); text columns: their most frequent value is
    nearly always the same in all unions of splits. Rows dropped since move train's mean: then it says that there is
    no trace, or rarely, with medians, names all rows wrongly.
    """

    code: ClassVar[str] = "LEA105"
    name: ClassVar[str] = "imputer-fit-on-all"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "inflates the test score, since test rows gave the values that fill train's gaps"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Any, ...]:
        return (Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        order = ordered(splits)
        filled = {name: splits[name] for name in order}
        apart = per_split(filled)
        if apart:
            yield _each(apart, filled)
        try:
            answers = imputations(splits)
        except (NotApplicable, CannotTell):
            if apart:
                return
            raise
        told = [a for a in answers if a.fit.accepted and not a.fit.ambiguous]
        for answer in told:
            if frozenset(order[:1]) not in answer.fit.accepted:
                yield _finding(answer, filled)
            else:
                yield Passed(_measured(answer), answer.fit.trace())
        if not told and not apart:
            raise CannotTell(_no_trace(answers, complete(filled)))  # a natural mode is no step of the leakage matrix


def _no_trace(answers: Sequence[Imputed], whole: bool) -> str:
    columns = answers[0].fit.columns
    text = (
        f"{plural(len(columns), 'input')} {'repeats' if len(columns) == 1 else 'repeat'} one value "
        f"({listing(columns)}), and no set of splits alone has it for its mean"
    )
    return text + (" or median" if whole else "; medians are told up to the number of rows sampled")


def _measured(answer: Imputed) -> str:
    p = answer.chance if answer.chance is not None else math.exp(answer.fit.match(answer.fit.accepted[0]).log_p)
    return f"{answer.fit.step} fitted on {answer.fit.train}: {listing(answer.columns)} (by accident {power(_log(p))})"


def _log(p: float) -> float:
    return math.log(max(p, 1e-300))


def _finding(answer: Imputed, splits: Mapping[str, SplitView]) -> Finding:
    fit, columns = answer.fit, answer.columns
    hit = fit.accepted[0]
    what = "means" if fit.step.startswith("mean") else "medians"
    message = (
        f"cells of {plural(len(columns), 'input')} were filled with {what} of {joined_union(fit, hit)}, not of "
        f"{fit.train} alone: {listing(columns)}"
    )
    chance = answer.chance if answer.chance is not None else math.exp(fit.match(hit).log_p)
    shown = [s for s in answer.spikes if s.column in columns]
    evidence = {**fit.evidence(), "chance": chance, "table": _table(shown, fit, hit, splits)}
    return Finding(
        message,
        splits=fit.splits,
        columns=columns,
        confidence=1.0 - chance,
        evidence=evidence,
        figure=fit.figure(hit),
        severity=Severity.ERROR if answer.chance is None or answer.chance < SURE else Severity.WARNING,
        fix=FIX,
        place=fit.step,
        trace=fit.trace(),
    )


def joined_union(fit: Fit, union: Union) -> str:
    """Return "train, validation and test together"."""
    names = [n for n in fit.splits if n in union]
    return joined(names) + (" together" if len(names) > 1 else "")


def _table(shown: Sequence[Spike], fit: Fit, hit: Union, splits: Mapping[str, SplitView]) -> dict[str, Any]:
    mean = fit.step.startswith("mean")
    rows = []
    for spike in shown[:100]:
        j = splits[fit.train].schema.number_index[spike.column]
        lines = {n: s.get(Sample()).numbers[j] for n, s in splits.items()}
        kept = {n: line[np.isfinite(line) & (line != spike.value)] for n, line in lines.items()}
        both = np.concatenate([kept[n] for n in fit.splits if n in hit])
        middle = [float(np.mean(x) if mean else np.median(x)) for x in (kept[fit.train], both)]
        rows.append([spike.column, number(spike.value), int(spike.counts.sum()), *map(number, middle)])
    word = "mean" if mean else "median"
    return {
        "caption": f"Filled columns: the fill, and the {word} of the other values",
        "columns": ["column", "fill", "rows", f"{word} in {fit.train}", f"{word} in {fit.name(hit)}"],
        "rows": rows,
        "total": len(shown),
    }


def _each(apart: Apart, splits: Mapping[str, SplitView]) -> Finding:
    names = list(splits)
    columns = tuple(fills[0].column for fills in apart.fills)
    return Finding(
        f"cells of {plural(len(columns), 'input')} were filled with another {apart.word} in each split, its own: "
        f"{listing(columns)}",
        splits=tuple(names),
        columns=columns,
        confidence=1.0 - apart.chance,
        evidence={
            "chance": apart.chance,
            "table": {
                "caption": f"Fills by split, each the {apart.word} of its own rows; {names[0]}'s should be in all",
                "columns": ["column", *(f"fill in {n}" for n in names), *(f"rows in {n}" for n in names)],
                "rows": [
                    [s[0].column, *(number(x.value) for x in s), *(int(x.counts[i]) for i, x in enumerate(s))]
                    for s in apart.fills[:100]
                ],
                "total": len(apart.fills),
            },
        },
        severity=Severity.ERROR if apart.chance < SURE else Severity.WARNING,
        fix=FIX,
        place="per split",
    )
