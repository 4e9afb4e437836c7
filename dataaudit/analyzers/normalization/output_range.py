"""NRM111 output-range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, joined, listing, number, plural, train_of
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments


@register
@dataclass(frozen=True)
class OutputRange:
    """What the last layer must be able to produce.

    ## Why it matters
    A sigmoid cannot answer 3, a ReLU cannot answer -1, and 10 outputs cannot name 12 classes. The loss then stops at
    a floor, or the gradient at the edge is zero, and nothing in the code is wrong.

    ## How it decides
    From the target over all splits. Classes: softmax over as many outputs as there are classes, or one sigmoid
    output for two; yes/no labels side by side: a sigmoid each. Regression, in this order: values within 0 to 1 that
    fill at least `fill` of it: sigmoid; within -1 to 1 and filling as much: tanh; none negative: softplus or exp;
    else no activation. A split that goes beyond the range of train is named, since a bounded output cannot follow.

    ## What to do
    Choose the activation, and the loss that belongs to it; or rescale the target to what the network can produce.

    ## When to ignore it
    The bounds are an accident of the sample: a change in price that happened never to be negative.

    ## When it cannot tell
    Whether a bound is a law or chance. It states what was seen.
    """

    code: ClassVar[str] = "NRM111"
    name: ClassVar[str] = "output-range"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "asks the last layer for values it may not be able to produce"
    tips: ClassVar[tuple[str, ...]] = ("11.7",)

    fill: float = option(0.5, "share of 0..1 or -1..1 that a bounded target fills")

    def needs(self) -> tuple[Moments, LabelOrder]:
        return (Moments(), LabelOrder())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        context = train.context
        if not context.schema.targets:
            raise NotApplicable("no target was named")
        if context.task is Task.REGRESSION:
            yield self._regression(splits, train)
        elif context.task is Task.MULTILABEL:
            n = len(context.schema.targets)
            yield Finding(
                f"The target is {n:,} yes/no labels side by side: give {n:,} outputs a sigmoid each, with binary "
                f"cross-entropy",
                splits=tuple(splits),
                columns=context.schema.targets,
                evidence={"outputs": n, "activation": "sigmoid"},
                fix=f"+ Linear(features, {n}), BCEWithLogitsLoss()",
            )
        else:
            yield self._classes(splits, context.schema.targets[0])

    def _classes(self, splits: Mapping[str, SplitView], target: Name) -> Finding:
        lines = [s.get(LabelOrder()).columns[target] for s in splits.values()]
        if any(line.many for line in lines):
            raise NotApplicable("there are more classes than are counted")
        k = len({label for line in lines for label in line.counts})
        if k < 2:
            raise CannotTell("there are fewer than two classes")
        two = " (or 1 with a sigmoid)" if k == 2 else ""
        return Finding(
            f"The target has {k:,} classes: give {k:,} outputs a softmax{two}, with cross-entropy, which starts at "
            f"ln({k:,}) = {math.log(k):.3f}",
            splits=tuple(splits),
            columns=(target,),
            evidence={"outputs": k, "activation": "softmax", "loss_of_chance": round(math.log(k), 6)},
            fix=f"+ Linear(features, {k}), CrossEntropyLoss()   # takes logits: no softmax before it",
        )

    def _regression(self, splits: Mapping[str, SplitView], train: SplitView) -> Finding:
        schema = train.schema
        index = schema.number_index
        rows: list[list[Any]] = []
        beyond: list[str] = []
        for name in schema.targets:
            if name not in index:
                continue
            j = index[name]
            ranges = {}
            for split, view in splits.items():
                moments = view.get(Moments())
                if moments.n[j]:
                    ranges[split] = (float(moments.low[j]), float(moments.high[j]))
            if not ranges:
                continue
            low, high = min(r[0] for r in ranges.values()), max(r[1] for r in ranges.values())
            rows.append([name, low, high, *self._activation(low, high)])
            base = ranges.get(train.name)
            if base is not None:
                beyond += [s for s, r in ranges.items() if (r[0] < base[0] or r[1] > base[1]) and s not in beyond]
        if not rows:
            raise CannotTell("no target has a finite value")
        name, low, high, activation, reason = rows[0]
        one = f"{listing([name])} runs from {number(low)} to {number(high)}: {_advice(activation, reason)}"
        if len(rows) > 1:
            kinds = {row[3] for row in rows}
            one = f"{plural(len(rows), 'target')} need {joined(sorted(kinds))}; {one}"
        bounded = beyond and activation != "none"
        tail = (
            f"; {joined(beyond)} {'goes' if len(beyond) == 1 else 'go'} beyond the range of {train.name}"
            if bounded
            else ""
        )
        return Finding(
            f"{capital(one)}{tail}",
            splits=tuple(splits),
            columns=tuple(row[0] for row in rows),
            evidence={
                "table": {
                    "caption": "Range of each target over all splits, and the last activation",
                    "columns": ["target", "min", "max", "activation", "since it is"],
                    "rows": rows[:200],
                    "total": len(rows),
                }
            },
            fix="+ Linear(features, 1)" + ("" if activation == "none" else f" -> {activation}"),
        )

    def _activation(self, low: float, high: float) -> tuple[str, str]:
        if low >= 0.0 and high <= 1.0 and high - low >= self.fill:
            return "sigmoid", "within 0 to 1"
        if low >= -1.0 and high <= 1.0 and low < 0.0 and high - low >= 2.0 * self.fill:
            return "tanh", "within -1 to 1"
        if low >= 0.0 and high > low:
            return "softplus", "never negative"
        return "none", "on both sides of 0" if low < 0.0 < high else "of one sign and unbounded"


def _advice(activation: str, reason: str) -> str:
    if activation == "none":
        return "give the last layer no activation"
    name = "softplus or exp" if activation == "softplus" else activation
    return f"the last activation must be able to produce that ({name}, since it is {reason}; or none)"
