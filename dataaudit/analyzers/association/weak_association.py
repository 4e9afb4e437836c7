"""ASC102 weak-association."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import capital, percent, train_of
from dataaudit.model import CannotTell, Finding, Passed, Severity, SplitView, Task, option
from dataaudit.probe.run import ProbeRun, probe_run
from dataaudit.probe.usefulness import Explained, Share, explained
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class WeakAssociation:
    """The inputs say something about the target, but little.

    ## Why it matters
    The best that any model can reach may be close to guessing. A loss that hardly falls is then no sign of a bug, and
    rows that a model gets wrong are no sign of wrong labels.

    ## How it decides
    Takes the probe's predictions of rows that it was not fitted on, and asks which share of the target they explain:
    for classes and labels the share of the uncertainty (1 - log loss / entropy of the classes' shares, after one
    temperature for all rows), for numbers the share of the variance (R squared), of the values and of their ranks.
    A note where the whole 95 % interval lies above 0 and below `share` (0.13, where Cohen 1988, Statistical power
    analysis, ends a small effect and begins a medium one). Intervals count rows of one group, and equal rows, as one.
    Where association is stronger, the share is told all the same, beside what guessing gives.

    ## What to do
    Look for inputs that tell more: the source may hold columns that were never joined, or finer ones than these. Judge
    models by how far they get from guessing, not from perfection. Check that rows and labels still belong together
    (ASC101, ASC103), and that labels are right (LAB106).

    ## When to ignore it
    The target is uncertain by nature (who clicks, what a price does tomorrow) and a small edge is worth having.

    ## When it cannot tell
    Where the probe does no better than guessing: ASC101 judges whether there is any association at all. With few rows
    the interval is wide and nothing is called weak. A network may see in pictures or texts what the probe does not.
    """

    code: ClassVar[str] = "ASC102"
    name: ClassVar[str] = "weak-association"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "can do little better than guessing"
    tips: ClassVar[tuple[str, ...]] = ("37.5",)

    share: float = option(0.13, "share of the target explained, below which the association is called weak")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        run = probe_run(splits)
        train = train_of(splits)
        found: Explained = train.context.once("share explained", lambda: explained(run))
        if found.share.low <= 0.0 and found.ranked.low <= 0.0:
            raise CannotTell(
                f"the probe does no better than guessing beyond doubt ({_interval(found.share)} of the target "
                "explained); ASC101 judges whether there is any association"
            )
        said = _said(run, found)
        if max(found.share.high, found.ranked.high) >= self.share:
            yield Passed(said)
            return
        yield Finding(
            f"{capital(said)}: the association is weak",
            splits=(train.name,),
            columns=() if train.schema.pictures else (run.target,),
            evidence=_facts(found),
            confidence=0.95,
            fix="Look for inputs that tell more, and check that rows and labels still belong together.",
        )


def _said(run: ProbeRun, found: Explained) -> str:
    who = "the given probabilities explain" if run.given else "the probe explains"
    what = "variance" if run.task is Task.REGRESSION else "uncertainty"
    text = f"{who} {_share(found.share)} of the target's {what} ({_interval(found.share)})"
    if run.task is Task.REGRESSION:
        return f"{text} and {_share(found.ranked)} of that of its ranks ({_interval(found.ranked)})"
    thing = "labels" if run.task is Task.MULTILABEL else "rows"
    text += f"; right for {percent(found.accuracy)} of the {thing}, the most frequent guess {percent(found.majority)}"
    if run.task is Task.CLASSIFICATION:
        text += f"; with classes weighing the same {percent(found.balanced)}, chance {percent(found.chance)}"
    return text


def _facts(found: Explained) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "rows": found.rows,
        "share": round(found.share.value, 4),
        "interval": [round(found.share.low, 4), round(found.share.high, 4)],
        "share_of_ranks": round(found.ranked.value, 4),
    }
    for name in ("accuracy", "majority", "balanced", "chance"):
        value = getattr(found, name)
        if value == value:  # NaN where it has no meaning
            facts[name] = round(value, 4)
    return facts


def _share(share: Share) -> str:
    return percent(max(0.0, share.value))


def _interval(share: Share) -> str:
    return f"{100 * max(0.0, share.low):.1f} to {100 * max(0.0, share.high):.1f} %"
