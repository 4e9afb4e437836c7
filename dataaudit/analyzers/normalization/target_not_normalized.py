"""NRM109 target-not-normalized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import capital, listing, model_ready, number, of_all, train_of
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments

TABLES = ("frame", "table")
"""Kinds of data whose target has a name and a unit."""


@register
@dataclass(frozen=True)
class TargetNotNormalized:
    """A regression target far from mean 0 and standard deviation 1, or targets of very different spread.

    ## Why it matters
    The squared error grows with the square of the target's scale: a target in the thousands starts with a loss in
    the millions, and its gradients blow up. Of several targets, the one with the largest spread owns the loss.

    ## How it decides
    In train, for regression on data that the network is fed: flagged when the standard deviation is above `scale`
    or below 1/`scale`, or the mean is further than `scale` from 0, unless all values lie within -1..1 and fill at
    least a tenth of it. Several targets are flagged when their deviations differ by more than 100 times. This holds
    for arrays. A table names its target and keeps it in its own unit, so that predictions can be read; there, and
    in raw data, it is a note.

    ## What to do
    Standardise the target with statistics of train and undo it on predictions
    (`sklearn.compose.TransformedTargetRegressor`); take the logarithm of prices and counts.

    ## When to ignore it
    Tree models, a linear model solved in closed form, or a loss that is relative to the target.

    ## When it cannot tell
    With fewer than 10 labelled rows.
    """

    code: ClassVar[str] = "NRM109"
    name: ClassVar[str] = "target-not-normalized"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "starts with a loss far from 1"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    scale: float = option(10.0, "largest std, inverse of the smallest std, and largest |mean| that pass")

    def needs(self) -> tuple[Moments]:
        return (Moments(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        schema = train.schema
        if not schema.targets:
            raise NotApplicable("no target was named")
        if train.context.task is not Task.REGRESSION:
            raise NotApplicable("only the targets of a regression have a scale")
        moments = train.get(Moments())
        names = [n for n in schema.targets if n in schema.number_index]
        lines = [
            (n, float(moments.mean[j]), float(moments.std[j]), float(moments.low[j]), float(moments.high[j]))
            for n in names
            if moments.n[j := schema.number_index[n]] >= 10
        ]
        if not lines:
            raise CannotTell(f"{train.name} has fewer than 10 labelled rows")
        off = [line for line in lines if self._off(*line[1:])]
        spreads = [std for _, _, std, _, _ in lines if std > 0]
        uneven = len(spreads) > 1 and max(spreads) > 100 * min(spreads)
        if not off and not uneven:
            name, mean, std, _, _ = lines[0]
            yield Passed(f"{listing([name])} has mean {number(mean)} and std {number(std)}")
            return
        fed = model_ready(train.context) and train.context.kind not in TABLES
        name, mean, std, low, high = max(off or lines, key=lambda line: max(abs(line[1]), line[2]))
        one = f"{listing([name])} has mean {number(mean)} and std {number(std)} ({number(low)} to {number(high)})"
        if len(lines) == 1:
            message = f"The target {one}" + (", where training expects about 0 and 1" if fed else "")
        elif off:
            message = f"{capital(of_all(len(off), len(lines), 'target'))} far from mean 0 and std 1: {one}"
        else:
            message = f"Of {len(lines):,} targets {one}"
        if uneven:
            message += f"; the largest std is {number(max(spreads) / min(spreads))} times the smallest"
        table = {
            "caption": f"Targets in {train.name}",
            "columns": ["target", "mean", "std", "min", "max"],
            "rows": [list(line) for line in lines[:100]],
            "total": len(lines),
        }
        yield Finding(
            message,
            splits=tuple(splits),
            columns=tuple(line[0] for line in (off or lines)),
            severity=Severity.WARNING if fed else Severity.NOTE,
            evidence={"table": table},
            fix="+ model = TransformedTargetRegressor(model, transformer=StandardScaler())",
        )

    def _off(self, mean: float, std: float, low: float, high: float) -> bool:
        if not std > 0:
            return False
        if low >= -1.0 and high <= 1.0 and high - low >= 0.2:
            return False
        return std > self.scale or std < 1.0 / self.scale or abs(mean) > self.scale
