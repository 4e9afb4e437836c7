"""LAB111 more-data-helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, percent, train_of
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView, Task, option
from dataaudit.probe.curve import Forecast, Measured, forecast, measured
from dataaudit.probe.run import probe_run
from dataaudit.probe.usefulness import train_rows
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class MoreDataHelps:
    """The error of a quick model still falls with the number of rows.

    ## Why it matters
    Where more rows still help, collecting or labelling them may bring more than any change of the model; where they
    do not, they are wasted.

    ## How it decides
    Fits boosted trees to an eighth, a quarter, half and all of the rows outside a fold, and takes their error on that
    fold: the share of rows predicted wrong (classes weighing the same where one holds over 80 % of the rows), the share
    of labels, or for numbers the mean distance as a share of that from the median. A curve a n^-b + c (a and c not
    negative, b from 0.1 to 0.7: Hestness et al. 2017 find 0.07 to 0.5 for networks) is fitted to the four errors, 400
    times with rows drawn anew, and read at twice the rows. A note where doubling takes away `gain` (0.1) of the error
    or more, and nine out of ten fits say that it takes away more than a quarter of that. The range told is that of
    nine out of ten fits: a direction, no promise.

    ## What to do
    Weigh the price of as many rows again against the range. Rows of the classes that are mistaken most help most.

    ## When to ignore it
    There are no more rows to be had, or the model is a pretrained one: it needs fewer than the quick model, and its
    curve is flatter.

    ## When it cannot tell
    With fewer than 200 labelled rows or `errors` (20) wrong ones, where the quick model does no better than guessing
    at any size, or where the range reaches from next to none to twice `gain`. A larger model may go on learning where
    this one has had enough.
    """

    code: ClassVar[str] = "LAB111"
    name: ClassVar[str] = "more-data-helps"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "stops short of what more of the same rows would bring"
    tips: ClassVar[tuple[str, ...]] = ("37.9",)

    gain: float = option(0.1, "share of the error that doubling the rows must take away to be noted")

    errors: int = option(20, "wrong rows below which it is not asked whether they would become fewer")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        run = probe_run(splits)
        train = train_of(splits)
        curve = measured(splits, train)
        if curve.errors[-1] >= 0.97 * curve.guess:
            raise CannotTell("the quick model does no better than guessing, with whatever number of rows")
        wrong = int((curve.losses[-1] > 0).sum())
        if run.task is not Task.REGRESSION and wrong < self.errors:
            yield Passed(
                f"the quick model is wrong in {wrong} of {curve.losses.shape[1]:,} rows: too few to grow fewer"
            )
            return
        mine = run.rows.split == run.rows.splits.index(train.name)
        rows = round(train.n_rows * train_rows(run, train.name).sum() / max(1, int(mine.sum())))
        said = forecast(curve, rows, 2 * rows, train.context.probe.seed)
        if said.gain >= self.gain and said.least >= 0.25 * self.gain:
            yield self._finding(train, rows, curve, said)
            return
        if said.most > 2.0 * self.gain:
            raise CannotTell(f"the curve is too uneven: {_words(rows, curve, said)}")
        yield Passed(f"the curve is nearly flat: {_words(rows, curve, said)}")

    def _finding(self, train: SplitView, rows: int, curve: Measured, said: Forecast) -> Finding:
        points = [(round(n), e) for n, e in zip(curve.sizes.tolist(), curve.errors.tolist(), strict=True)]
        return Finding(
            f"{capital(_words(rows, curve, said))}: more rows still help",
            splits=(train.name,),
            confidence=0.9,
            evidence={
                "rows": rows,
                "error_now": round(said.now, 4),
                "gain": [round(said.least, 4), round(said.most, 4)],
                "error_doubled": [round(said.low, 4), round(said.high, 4)],
                "error_of_guessing": round(curve.guess, 4),
                "table": {
                    "caption": f"Error of a quick model ({curve.unit}) by rows learnt from",
                    "columns": ["rows", "error"],
                    "rows": [
                        *([n, percent(e)] for n, e in points),
                        [f"{2 * rows} (expected)", f"{percent(said.low)} to {percent(said.high)}"],
                    ],
                },
            },
            figure=_figure(points, rows, said),
            fix="Weigh the price of as many rows again against the range; rows of the classes mistaken most help most.",
        )


def _words(rows: int, curve: Measured, said: Forecast) -> str:
    return (
        f"doubling the {rows:,} rows would take away {100 * max(0.0, said.least):.0f} to {100 * said.most:.0f} % of a "
        f"quick model's error, which is about {percent(said.now)} {curve.unit}"
    )


def _figure(points: list[tuple[int, float]], rows: int, said: Forecast) -> dict[str, Any]:
    items = [{"label": f"{n:,} rows", "value": round(e, 4)} for n, e in points]
    items.append({"label": f"{2 * rows:,} rows (expected)", "value": round(said.error, 4)})
    return {"kind": "bars", "caption": "Error of a quick model by rows learnt from", "unit": "error", "items": items}
