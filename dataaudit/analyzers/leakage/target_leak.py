"""LEA114 target-leak."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import capital, joined, listing, train_of
from dataaudit.analyzers.leakage.input_scores import (
    FEWEST_ROWS,
    LEAST_ROWS,
    MOST_CLASSES,
    ROWS,
    Score,
    input_scores,
    judged_inputs,
)
from dataaudit.model import (
    CannotTell,
    Finding,
    Name,
    NotApplicable,
    Passed,
    Severity,
    SplitView,
    Task,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

MOST_TARGETS = 8
FEW = 4
"""Inputs below which the next one says little of what is usual: it must lie twice as far behind."""


@register
@dataclass(frozen=True)
class TargetLeak:
    """One input that all but is the target.

    ## Why it matters
    Such an input is mostly the label in other words, or was recorded after the outcome. It will be missing or empty
    when the model is used, and the score, which rests on it, goes with it.

    ## How it decides
    Every input of train by itself, in a sample of 5,000 rows, is given to a tree of depth four (numbers; for a
    number as target also to the mean of the nearest six rows, and the better counts) or to the
    usual label of each value (categories), out of fold; the score is the balanced accuracy, scaled so that guessing
    is 0 and telling all is 1 (for numbers as target the share of variance explained). Free text is searched for the
    names of the classes. Where a number is missing, ASC106 asks whether that tells the label; here only present
    values count. An error where input and target are one to one on 50 rows or more (each class one value; for numbers
    a straight line, or one after a logarithm, to a millionth of the variance). A warning where the score is at least
    `score` (0.95) and `gap` (0.1) above the next input, or twice that with fewer than four inputs; for classes
    also from 0.90 with three times the gap, or the gap alone if the input holds as many categories as there are
    classes; with fewer than 50 rows only with twice the gap; two inputs together from 0.97 with twice the gap; for
    classes a score counts less its standard error. A note from 0.90.
    Honest inputs reach: iris' petal length .92 (petal width .91), breast cancer .80, wine .65; the fares of taxis .90
    by distance, diamonds' prices .89 by weight. A lag, whose values are targets of other rows, is a note. On 75 real
    tables split at random it spoke on 12, each time of an input that holds or follows from the target
    (`benchmarks/leak_policy_calibration.py`).

    ## What to do
    Find out when the value becomes known. Drop it if that is after the outcome, or if it was computed from it.

    ## When to ignore it
    It is known when the model predicts. Then one rule may do instead of a network.

    ## When it cannot tell
    Leaks below about 0.9 look like any good input. Fewer than 36 labelled rows (50 for numbers), more than 100
    classes, targets behind the eighth, pictures.
    """

    code: ClassVar[str] = "LEA114"
    name: ClassVar[str] = "target-leak"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "teaches the model to read the label off an input that will not be there"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    score: float = option(0.95, "score of one input from which it stands for the target")
    gap: float = option(0.1, "how far the next input's score must lie below")

    def needs(self) -> tuple[Sample, Values]:
        return (Sample(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        schema = train.schema
        if not schema.targets:
            raise NotApplicable("no target was named")
        if schema.pictures or schema.pixels:
            raise NotApplicable("the inputs are pictures; no pixel stands for a label by itself")
        names = judged_inputs(train)
        if not names:
            raise NotApplicable("there is no input that could be judged by itself")
        said = []
        for target in schema.targets[:MOST_TARGETS]:
            scores = input_scores(train, splits, target, names)
            if not scores:
                continue
            said.append(f"'{scores[0].name}' tells '{target}' best, {scores[0].text} of 1")
            yield from self._judge(train, target, scores)
        if not said:
            least = LEAST_ROWS if train.context.task is Task.REGRESSION else FEWEST_ROWS
            raise CannotTell(f"fewer than {least} rows with a label and values, or more than {MOST_CLASSES} classes")
        yield Passed("; ".join(said[:3]))

    def _judge(self, train: SplitView, target: Name, scores: list[Score]) -> Iterator[Finding]:
        copies = [s for s in scores if s.copy]
        for copy in copies:
            yield _finding(train, target, [copy], scores, f"it is the target itself, {copy.copy}", Severity.ERROR)
        rest = [s for s in scores if not s.copy]
        able = [s for s in rest if not s.lag and not s.many]
        alone = 0
        if len(rest) > 1:
            classes = train.context.task is not Task.REGRESSION
            alone = _leaders(able, rest, self.score, self.gap, min(train.n_rows, ROWS), classes=classes)
        if alone:
            others = [s for s in rest if s not in able[:alone]]
            beside = f"the next best, {listing([others[0].name])}, {others[0].text}" if others else "no other does"
            yield _finding(train, target, able[:alone], scores, beside, Severity.WARNING)
        high = [s for s in rest if s.value >= 0.9 and s not in able[:alone]]
        if high and not alone and not copies:
            why = (
                "it holds targets of other rows, as lags do"
                if high[0].lag
                else "confirm that this is known when it predicts"
            )
            yield _finding(train, target, high[:3], scores, why, Severity.NOTE)


def _leaders(able: list[Score], rest: list[Score], least: float, gap: float, n: int, *, classes: bool) -> int:
    """Return how many inputs, 0 to 2, stand for the target while the others are far behind, by what n rows can tell."""
    wide = 2 * gap
    ways = [(1, least, wide if len(rest) < FEW or n < LEAST_ROWS else gap), (2, max(least, 0.97), wide)]
    if classes and able:
        ways.append((1, 0.9, gap if able[0].alike else 3 * gap))
    for k, score, behind in ways:
        if len(able) < k or len(rest) <= k:
            continue
        following = max(s.value for s in rest if s not in able[:k])
        value = able[k - 1].value
        error = math.sqrt(value * (1.0 - value) / n) if classes and 0.0 < value < 1.0 else 0.0
        if classes and n < LEAST_ROWS:
            error = math.sqrt(n + 1.0) / (n + 2.0) ** 1.5  # one row told wrong, and one right, more
        if value - error >= score and value - following >= behind:
            return k
    return 0


def _finding(
    train: SplitView, target: Name, leaks: list[Score], scores: list[Score], beside: str, severity: Severity
) -> Finding:
    names = [s.name for s in leaks]
    what = "balanced accuracy" if train.context.task is not Task.REGRESSION else "share of variance"
    how = "the class is named in its text, which reaches" if leaks[0].how == "words" else "it reaches"
    each = joined([f"{s.value:.2f}" for s in leaks])
    whom = "the target" if len(train.schema.targets) == 1 else listing([target])
    return Finding(
        f"{capital(listing(names))} alone {'tells' if len(leaks) == 1 else 'tell'} {whom}: "
        f"{how if len(leaks) == 1 else 'they reach'} {each} of 1 ({what} out of fold); {beside}",
        splits=(train.name,),
        columns=tuple(names),
        severity=severity,
        place=str(target),
        evidence={
            "target": target,
            "score": round(leaks[0].value, 4),
            "table": {
                "caption": f"How well each input alone tells {whom}, from 0 (guessing) to 1",
                "columns": ["input", "score"],
                "rows": [[str(s.name), s.text if s.guess else round(s.value, 3)] for s in scores[:100]],
                "total": len(scores),
            },
        },
        figure={
            "kind": "bars",
            "caption": f"How well single inputs tell {whom}: 0 is guessing, 1 is always right",
            "unit": "",
            "items": [{"label": str(s.name), "value": round(s.value, 3)} for s in scores[:10]],
        },
        fix=f"- X = data.drop(columns=[target])\n+ X = data.drop(columns=[target, {', '.join(map(repr, names))}])"
        f"   # unless known when the model predicts",
    )
