"""BAT101 sorted-by-label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dataaudit.analyzers.common import capital, labels_of, percent, plural
from dataaudit.analyzers.order.common import ORDER_FIX, label_runs, need_order, order_severity, separation, strip_figure
from dataaudit.model import CannotTell, Finding, Name, NotApplicable, Passed, Role, Severity, SplitView, Task, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelLine, LabelOrder

LEAST_ROWS = 20


def is_sorted(line: LabelLine, limit: float) -> bool:
    """Return whether classes lie in blocks one after another, some disorder allowed."""
    runs = label_runs(line)
    return len(line.counts) > 1 and runs.z > 5.0 and separation(line) >= limit


@register
@dataclass(frozen=True)
class SortedByLabel:
    """Rows ordered by their label.

    ## Why it matters
    Read in this order, the network sees one class for a long time, then another: gradients follow one class at a
    time, batch normalisation never sees the mix, and a split cut from the end holds classes of its own.

    ## How it decides
    For classes: the share of the variance of row positions that lies between classes, against what blocks of one
    class each would give, from `separation` on (default 0.4; random order gives about (K-1)/n, a sorted file with
    30 % of its rows moved anywhere about 0.49), together with a runs test (z > 5, p < 3e-7). For numbers: at
    most 2 % of the steps between neighbouring rows go against the others. An error in train, a warning where the
    data is not split yet (it can still be shuffled), a note in other splits, whose order changes no score, and for
    numbers that rise along a declared time column, as trends do.

    ## What to do
    Shuffle: once before writing the file and splitting, and every epoch in the loader.

    ## When to ignore it
    Your loader shuffles over the whole split, not within a small buffer.

    ## When it cannot tell
    With fewer than 20 labelled rows, or more than 10,000 classes.
    """

    code: ClassVar[str] = "BAT101"
    name: ClassVar[str] = "sorted-by-label"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "shows the network one class at a time"
    tips: ClassVar[tuple[str, ...]] = ("37.7",)

    separation: float = option(0.4, "share of a fully sorted order's separation from which rows count as sorted")

    def needs(self) -> tuple[LabelOrder]:
        return (LabelOrder(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        need_order(first.context)
        target = _one_target(first)
        said = []
        for split in splits.values():
            line = split.get(LabelOrder()).columns[target]
            if line.n < LEAST_ROWS:
                continue
            said.append(split.name)
            yield from self._judge(split, target, len(splits))
        if not said:
            labels_of(first, target)
            raise CannotTell(f"no split has {LEAST_ROWS} labelled rows")
        yield Passed(f"labels are mixed along the rows of {', '.join(said)}")

    def _judge(self, split: SplitView, target: Name, n_splits: int) -> Iterator[Finding]:
        line = split.get(LabelOrder()).columns[target]
        columns = (target,)
        severity = order_severity(split, n_splits)
        if split.context.task is Task.REGRESSION:
            steps = line.up + line.down
            against = min(line.up, line.down)
            if steps >= LEAST_ROWS and against <= 0.02 * steps:
                way = "rises" if line.up > line.down else "falls"
                timed = bool(split.schema.with_role(Role.TIME))
                yield Finding(
                    f"The target {way} along the rows of {split.name}: {plural(against, 'step')} of {steps:,} "
                    f"{'goes' if against == 1 else 'go'} the other way, where random order gives half"
                    + (", as a trend over time does" if timed else ""),
                    splits=(split.name,),
                    columns=columns,
                    severity=Severity.NOTE if timed else severity,
                    evidence={"up": line.up, "down": line.down},
                    fix=ORDER_FIX,
                )
            return
        if line.many or not is_sorted(line, self.separation):
            return
        runs, apart = label_runs(line), separation(line)
        yield Finding(
            f"{capital(split.name)} is ordered by label, which changes {plural(runs.changes, 'time')} in {line.n:,} "
            f"rows; in random order it would change about {plural(round(runs.expected), 'time')}",
            splits=(split.name,),
            columns=columns,
            severity=severity,
            evidence={
                "changes": runs.changes, "expected_changes": round(runs.expected, 1), "z": round(runs.z, 1),
                "separation": percent(apart),
            },
            figure=strip_figure(line, "Labels along the rows; shuffled, every column would look like the one below"),
            fix=ORDER_FIX,
        )  # fmt: skip


def _one_target(split: SplitView) -> Name:
    targets = split.schema.targets
    if not targets:
        raise NotApplicable("no target was named, so there are no labels")
    if len(targets) > 1:
        raise NotApplicable("several targets have no one order")
    return targets[0]
