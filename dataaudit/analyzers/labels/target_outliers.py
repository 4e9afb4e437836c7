"""LAB112 target-outliers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, number, percent, plural
from dataaudit.analyzers.labels.second_look import TABLE_ROWS
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.model import (
    Bools,
    CannotTell,
    Finding,
    Floats,
    Ints,
    NotApplicable,
    Passed,
    Severity,
    SplitView,
    Task,
    option,
)
from dataaudit.probe.regressors import local_z
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample

_FEWEST = 50
_WIDE = 1.5


@register
@dataclass(frozen=True)
class TargetOutliers:
    """Numbers to predict that models fitted on the other rows contradict.

    ## Why it matters
    Squared losses follow the few rows that are far off: a slipped decimal point outweighs a hundred honest rows.

    ## How it decides
    A few models are cross-validated on a sample of all splits; rows that the first round contradicts are left out of
    the second. A row is listed if its residual is more than `local` median absolute residuals (brought to standard
    deviations) of the hundred rows predicted closest, and more than `overall` of those of all rows. With errors put
    into real tables this ranking had an average precision of .84, and listed 16 rows of tables without errors, where
    cleanlab 2.9.0 had .78 and 125.

    Many targets have heavy tails by nature. It is a warning only where residuals outrun a log-normal through their
    median and 90 % quantile, whose tail is far heavier than that of normal errors: at some row of the twentieth with
    the largest, as many rows with as large residuals had a probability below `p_value` (Poisson, times the rows
    tried). Where the target's own distances
    from its median do so as well, or spread over orders of magnitude (a deviation of their logarithms above 1.5: fares
    of ships do), residuals must outrun a power law through their 70 and 90 % quantiles, the
    heaviest of usual tails. Else the rows are a note.

    ## What to do
    Look at the rows in the order of the list (`--labels-csv FILE` writes it); correct slips of unit and decimal point.
    If they are right, use an absolute or a Huber loss, or predict the logarithm.

    ## When to ignore it
    Rare large values are what the model is for, and the loss was chosen for them.

    ## When it cannot tell
    Where there are fewer than 50 rows, or half of the targets are predicted exactly.
    """

    code: ClassVar[str] = "LAB112"
    name: ClassVar[str] = "target-outliers"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets a few wrong numbers decide what is learnt"
    tips: ClassVar[tuple[str, ...]] = ("37.6",)

    local: float = option(4.0, "deviations of the rows predicted closest from which a residual is listed")
    overall: float = option(3.0, "deviations of all rows that it must exceed, too")
    p_value: float = option(1e-4, "probability of residuals as large below which it is a warning")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        context = next(iter(splits.values())).context
        if not context.schema.targets:
            raise NotApplicable("no target was named, so there are no numbers to predict")
        if context.task is not Task.REGRESSION:
            raise NotApplicable(f"the task is {context.task}, which LAB106 judges")
        run = probe_run(splits)
        used = run.used & np.isfinite(run.P[:, 0]) & np.isfinite(np.asarray(run.y, np.float64))
        at = np.flatnonzero(used)
        if len(at) < _FEWEST:
            raise CannotTell(f"{plural(len(at), 'row')} can be judged, fewer than {_FEWEST}")
        y, predicted = np.asarray(run.y, np.float64)[at], run.P[at, 0]
        size = np.abs(y - predicted)
        middle = float(np.median(size))
        if middle <= 1e-9 * max(1.0, float(np.abs(y).max())):
            raise CannotTell("half of the targets are predicted exactly, so any residual is large beside them")
        z, g = local_z(y, predicted), size / (1.4826 * middle)
        listed = (z > self.local) & (g > self.overall)
        own = np.abs(y - np.median(y))
        heavy = lognormal_spread(own) > _WIDE or beyond_lognormal(own, self.p_value).any()
        beyond = beyond_power_law if heavy else beyond_lognormal
        strong = listed & beyond(np.minimum(z, g), self.p_value)
        measured = []
        for name, split in splits.items():
            here = run.rows.split[at] == run.rows.splits.index(name)
            some = np.flatnonzero(here & listed)
            if not len(some):
                measured.append(f"{name}: none among {int(here.sum()):,}")
                continue
            order = some[np.lexsort((run.rows.position[at[some]], -(z + g)[some], ~strong[some]))]
            yield self._finding(split, run, at, order, y, predicted, z, strong, int(here.sum()))
        if measured:
            yield Passed(f"targets far from what models predict: {'; '.join(measured)}")

    def _finding(
        self,
        split: SplitView,
        run: ProbeRun,
        at: Ints,
        order: Ints,
        y: Floats,
        predicted: Floats,
        z: Floats,
        strong: Bools,
        n_judged: int,
    ) -> Finding:
        n, n_strong = len(order), int(strong[order].sum())
        is_loud = n_strong > 0
        rows = [int(r) for r in run.rows.position[at[order]]]
        first = int(order[0])
        message = (
            f"{plural(n, 'target')} of {n_judged:,} in {split.name} ({percent(n / n_judged)}) "
            f"{'deserves' if n == 1 else 'deserve'} a second look: models fitted on other rows predict them far off; "
            f"row {rows[0]} has {number(float(y[first]))}, where {number(float(predicted[first]))} is expected "
            f"({number(float(z[first]))} deviations)"
        )
        message += "" if is_loud else "; such residuals are no more than heavy tails bring"
        some = order[:TABLE_ROWS]
        names: list[Any] = list(split.names(rows[:TABLE_ROWS]) or rows[:TABLE_ROWS])
        lines = [
            [name, _plain(y[i]), _plain(predicted[i]), round(float(z[i]), 2), "strong" if strong[i] else "review"]
            for i, name in zip(some.tolist(), names, strict=True)
        ]
        return Finding(
            message,
            columns=(run.target,) if split.context.kind != "images" else (),
            rows=tuple(rows[:ROW_CAP]),
            row_count=n,
            splits=(split.name,),
            severity=Severity.WARNING if is_loud else Severity.NOTE,
            evidence={
                "strong": n_strong,
                "review": n,
                "judged": n_judged,
                "limited": run.limited or "",
                "table": {
                    "caption": "Targets far from what models predict, the most doubtful first (strength: deviations "
                    "of the rows predicted closest)",
                    "columns": ["row", "given", "suggested", "strength", "tier"],
                    "rows": lines,
                    "total": n,
                },
            },
            fix="Look at these rows first; --labels-csv FILE writes them all with what the models expect.",
            place="targets",
        )


def lognormal_spread(sizes: Floats) -> float:
    """Return the deviation of the logarithm in a log-normal through median and 90 % quantile, 0 where there is none.

    Distances from the median have .70 in a normal distribution and .94 in an exponential one.
    """
    middle, high = np.quantile(sizes, (0.5, 0.9))
    if not 0 < middle < high:
        return 0.0
    return float(np.log(high / middle) / 1.2815515655446004)  # by the 90 % quantile of the normal distribution


def beyond_lognormal(sizes: Floats, p_value: float) -> Bools:
    """Return the rows whose sizes outrun a log-normal through their median and 90 % quantile.

    Parameters
    ----------
    sizes : ndarray of float64, shape (n,)
        Not negative.
    p_value : float
        Probability, the rows tried taken into account, below which they do.

    Returns
    -------
    ndarray of bool, shape (n,)
        The largest rows, down to the last at which more are as large than the distribution makes.
    """
    from scipy.special import ndtr

    spread, middle = lognormal_spread(sizes), float(np.median(sizes))
    if not spread:
        return np.zeros(len(sizes), dtype=bool)
    order = _largest(sizes)
    tail = ndtr(-np.log(np.maximum(sizes[order], middle) / middle) / spread)
    return _more_than(len(sizes), order, tail, p_value)


def beyond_power_law(sizes: Floats, p_value: float) -> Bools:
    """Return the rows whose sizes outrun a power law through their 70 and 90 % quantiles; as `beyond_lognormal`."""
    low, high = np.quantile(sizes, (0.7, 0.9))
    if not 0 < low < high:
        return np.zeros(len(sizes), dtype=bool)
    power = np.log(3.0) / np.log(high / low)
    order = _largest(sizes)
    return _more_than(len(sizes), order, 0.1 * (np.maximum(sizes[order], high) / high) ** -power, p_value)


def _largest(sizes: Floats) -> Ints:
    """Return the twentieth of rows with the largest sizes, in order: more are no outliers."""
    return np.argsort(-sizes, kind="stable")[: max(1, len(sizes) // 20)]


def _more_than(n: int, order: Ints, tail: Floats, p_value: float) -> Bools:
    surprising = [j for j, p in enumerate(tail.tolist()) if poisson_tail(j + 1, n * p) * len(order) < p_value]
    out = np.zeros(n, dtype=bool)
    out[order[: max(surprising, default=-1) + 1]] = True
    return out


def _plain(value: float) -> Any:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(f"{float(value):.6g}")
