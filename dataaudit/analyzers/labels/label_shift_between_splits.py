"""LAB104 label-shift-between-splits."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import is_weighted, need_whole_epoch
from dataaudit.analyzers.common import capital, number, percent, plural, train_and_others, train_of
from dataaudit.analyzers.labels.placeholders import is_placeholder
from dataaudit.analyzers.leakage.by_design import groups_apart
from dataaudit.analyzers.shares import ShareTest, chance, compare_shares
from dataaudit.model import (
    CannotTell,
    Finding,
    Floats,
    Ints,
    Name,
    NotApplicable,
    Passed,
    Role,
    Severity,
    SplitView,
    Task,
    option,
)
from dataaudit.probe.two_samples import kolmogorov_p
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.labels import LabelLine, LabelOrder
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

LEAST_ROWS = 20
RARE = 10
"""Rows of a class in train below which LAB105 speaks of it, and its share says nothing."""

STRATIFIED = 20.0
"""How many times the p-value may be larger where other splits agree with train to the row: they were stratified, so
that chance has no part in it. Random splits agree like that in about one of ten (two classes, 100 rows) or fewer."""


@register
@dataclass(frozen=True)
class LabelShiftBetweenSplits:
    """Labels that one split holds in other proportions than train.

    ## Why it matters
    A model learns how common each class is together with how it looks. Where the shares differ, its probabilities
    are off, thresholds chosen on one split do not suit the other, and the scores of both cannot be compared.

    ## How it decides
    For classes, each split against train: every class by Fisher's exact test (1935), corrected for the number of
    classes, and all at once by chi-squared; p below `p_value` (1e-3) divided by the number of comparisons. It must
    matter, too: `moved` (10 %) of the rows would have to change class for the shares to agree, or the share of the
    class that differs most is 1.5 times the other. Where another split agrees with train to the row, as stratified
    splits do, p may be 20 times larger, since nothing was left to chance. Classes that a split lacks are LAB103's,
    classes with fewer than 10 rows in train LAB105's; both are left out here. For numbers: the two-sample
    Kolmogorov-Smirnov statistic D at least `moved` and p (Stephens 1970) below a tenth of `p_value`. With a
    group column, declared or with no value in common between the two splits, rows count as few as if labels were the
    same within each group. With a declared time column it is a
    note: labels drift.

    ## What to do
    Split again, stratified by label. If the change is real, weigh the classes or correct the predicted
    probabilities for the shares that the model will meet.

    ## When to ignore it
    Train was balanced on purpose and validation and test hold the shares of the world; the probabilities need a
    correction then, but the scores are honest.

    ## When it cannot tell
    With fewer than two splits of 20 labelled rows each. Drift over time that no time column declares looks the same.
    Loaders that draw by weights, or show under 85 % of their samples in an epoch.
    """

    code: ClassVar[str] = "LAB104"
    name: ClassVar[str] = "label-shift-between-splits"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "teaches shares of classes that validation or test do not have"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    p_value: float = option(1e-3, "p-value, before it is divided by the number of comparisons, that is flagged")
    moved: float = option(0.1, "share of the rows that would have to change class, from which a shift matters")

    def needs(self) -> tuple[LabelOrder, Sample, Values, BatchLog]:
        return (LabelOrder(), Sample(), Values(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        numbers_only = train.context.task is Task.REGRESSION  # several targets may hold text as well
        targets = [t for t in train.schema.targets if t in train.get(LabelOrder()).columns]
        targets = [t for t in targets if t in train.schema.number_index or not numbers_only]
        if not targets:
            raise NotApplicable("there is no target that can be compared")
        train_and_others(splits)
        for split in splits.values():
            if is_weighted(split):
                raise NotApplicable(f"{split.name} is drawn by weights: its shares are those of the sampler")
            need_whole_epoch(split)
        said = []
        for target in targets:
            others = [s for s in splits.values() if s is not train and _labelled(s, target) >= LEAST_ROWS]
            if not others or _labelled(train, target) < LEAST_ROWS:
                continue
            tests = len(others) * len(targets)
            if numbers_only:
                found = [self._numbers(train, other, target, tests) for other in others]
            else:
                found = self._classes(train, others, target, tests)
            said += [f"{other.name} {percent(moved)}" for other, (_, moved) in zip(others, found, strict=True)]
            yield from (finding for finding, _ in found if finding is not None)
        if not said:
            raise CannotTell(f"fewer than two splits have {LEAST_ROWS} labelled rows")
        yield Passed(f"share of labels that differ from {train.name}'s: {', '.join(said[:6])}")

    # ------------------------------------------------------------ classes

    def _classes(
        self, train: SplitView, others: list[SplitView], target: Name, tests: int
    ) -> list[tuple[Finding | None, float]]:
        lines = [s.get(LabelOrder()).columns[target] for s in (train, *others)]
        if any(line.many for line in lines):
            raise NotApplicable("there are more classes than are counted")
        tables = [_common(lines[0], line) for line in lines[1:]]
        alike = [len(names) > 1 and _to_the_row(a, b) for names, a, b in tables]
        found: list[tuple[Finding | None, float]] = []
        for i, (other, (names, a, b)) in enumerate(zip(others, tables, strict=True)):
            if len(names) < 2 or min(a.sum(), b.sum()) < LEAST_ROWS:
                found.append((None, 0.0))
                continue
            test = compare_shares(_fewer(a, train), _fewer(b, other))
            stratified = any(alike[:i] + alike[i + 1 :])
            limit = self.p_value * (STRATIFIED if stratified else 1.0) / tests
            matters = test.moved >= self.moved or _ratio(a, b, test.worst) >= 1.5
            hit = test.p < limit and matters
            if hit and (groups := groups_apart(train, other)):
                test = compare_shares(_fewer(a, train, groups), _fewer(b, other, groups))
                hit = test.p < limit
            found.append((self._shift(train, other, target, names, a, b, test) if hit else None, test.moved))
        return found

    def _shift(
        self, train: SplitView, other: SplitView, target: Name, names: list[Hashable], a: Ints, b: Ints, test: ShareTest
    ) -> Finding:
        in_train, here = a / a.sum(), b / b.sum()
        worst = test.worst
        fair = round(float(in_train[worst] * b.sum()))
        message = (
            f"class {str(names[worst])!r} makes up {percent(here[worst])} of {other.name} and "
            f"{percent(in_train[worst])} of {train.name}: {plural(int(b[worst]), 'row')}, where {train.name}'s shares "
            f"would give {fair:,} ({chance(test.p)})"
        )
        if a.max() - a.min() <= 1 and len(set(b.tolist())) > 1:
            message += f"; {train.name} holds every class equally often, as after balancing"
        order = np.argsort(-np.abs(here - in_train), kind="stable")
        return _finding(
            message,
            train,
            other,
            target,
            test.p,
            {
                "p": test.p,
                "moved": round(test.moved, 4),
                "table": {
                    "caption": f"Classes by how much their shares differ, {train.name} and {other.name}",
                    "columns": ["class", train.name, other.name, f"share in {train.name}", f"share in {other.name}"],
                    "rows": [
                        [str(names[i]), int(a[i]), int(b[i]), percent(in_train[i]), percent(here[i])]
                        for i in order[:100]
                    ],
                    "total": len(names),
                },
            },
            {
                "kind": "bars",
                "caption": f"Rows a class in {other.name}, and as many as {train.name}'s shares would give",
                "unit": "rows",
                "items": [
                    {
                        "label": str(names[i]),
                        "value": int(b[i]),
                        "expected": round(float(in_train[i] * b.sum()), 1),
                    }
                    for i in order[:20]
                ],
            },
        )

    # ------------------------------------------------------------ numbers

    def _numbers(self, train: SplitView, other: SplitView, target: Name, tests: int) -> tuple[Finding | None, float]:
        a, b = _sampled(train, target), _sampled(other, target)
        if min(len(a), len(b)) < LEAST_ROWS:
            return None, 0.0
        distance, at = _largest_gap(a, b)
        p = kolmogorov_p(distance, len(a) / _design_effect(train), len(b) / _design_effect(other))
        if p * tests < self.p_value / 10 and distance >= self.moved and (groups := groups_apart(train, other)):
            fewer = [len(line) / _design_effect(split, groups) for line, split in ((a, train), (b, other))]
            p = kolmogorov_p(distance, *fewer)
        if p * tests >= self.p_value / 10 or distance < self.moved:
            return None, distance
        below, below_train = float((b <= at).mean()), float((a <= at).mean())
        which = "the target" if isinstance(target, int) or len(train.schema.targets) == 1 else f"'{target}'"
        return _finding(
            f"{which} is at most {number(at)} in {percent(below)} of {other.name} and in {percent(below_train)} of "
            f"{train.name} (mean {number(float(b.mean()))} against {number(float(a.mean()))}, {chance(p)})",
            train,
            other,
            target,
            p,
            {
                "p": p,
                "moved": round(distance, 4),
                "table": {
                    "caption": "The target in both splits",
                    "columns": ["split", "rows", "mean", "std", "5 %", "median", "95 %"],
                    "rows": [
                        [s.name, _labelled(s, target), float(v.mean()), float(v.std()), *map(float, _ends(v))]
                        for s, v in ((train, a), (other, b))
                    ],
                },
            },
            None,
        ), distance


def _common(train: LabelLine, other: LabelLine) -> tuple[list[Hashable], Ints, Ints]:
    """Return the classes that both hold, and that train holds often enough, with their rows in either."""
    names = [c for c, n in train.class_counts.items() if n >= RARE and c in other.counts and not is_placeholder(c)]
    a, b = (np.array([side.counts[c] for c in names], np.int64) for side in (train, other))
    return names, a, b


def _finding(
    message: str,
    train: SplitView,
    other: SplitView,
    target: Name,
    p: float,
    evidence: Mapping[str, Any],
    figure: Mapping[str, Any] | None,
) -> Finding:
    timed = bool(train.schema.with_role(Role.TIME))
    return Finding(
        capital(message) + ("; splits cut by time may drift like this" if timed else ""),
        splits=(train.name, other.name),
        columns=() if train.schema.pictures else (target,),
        severity=Severity.NOTE if timed else None,
        confidence=1.0 - p,
        evidence=evidence,
        figure=figure,
        fix="Judge the model on the newest rows, and retrain as labels drift."
        if timed
        else "+ train, test = train_test_split(data, stratify=data[target], random_state=0)",
    )


def _labelled(split: SplitView, target: Name) -> int:
    return split.get(LabelOrder()).columns[target].n


def _to_the_row(a: Ints, b: Ints) -> bool:
    """Return whether each class has as many rows in both as a stratified split gives it, roundings apart."""
    expected = (a + b) * (b.sum() / (a.sum() + b.sum()))
    return bool((np.abs(b - expected) <= 1.0).all())


def _ratio(a: Ints, b: Ints, at: int) -> float:
    x, y = a[at] / a.sum(), b[at] / b.sum()
    return float(max(x, y) / max(min(x, y), 1e-12))


def _design_effect(split: SplitView, groups: Sequence[Name] = ()) -> float:
    """Return how many rows count as one where labels are the same within a group: sum(m²)/sum(m).

    Groups are those of the declared columns and of some others.
    """
    effect = 1.0
    for name in (*split.schema.with_role(Role.GROUP), *groups):
        sizes = split.get(Values()).columns[name].counts.astype(float)
        if sizes.size:
            effect = max(effect, float((sizes**2).sum() / sizes.sum()))
    return effect


def _fewer(counts: Ints, split: SplitView, groups: Sequence[Name] = ()) -> Ints:
    effect = _design_effect(split, groups)
    return counts if effect == 1.0 else np.rint(counts / effect).astype(np.int64)


def _sampled(split: SplitView, target: Name) -> Floats:
    sample = split.get(Sample())
    line = sample.numbers[split.schema.number_index[target]]
    return np.sort(line[np.isfinite(line)])


def _ends(line: Floats) -> Floats:
    return np.quantile(line, [0.05, 0.5, 0.95])


def _largest_gap(a: Floats, b: Floats) -> tuple[float, float]:
    """Return the Kolmogorov-Smirnov distance of two sorted samples, and the value at which it is reached."""
    values = np.concatenate([a, b])
    gaps = np.abs(np.searchsorted(a, values, side="right") / len(a) - np.searchsorted(b, values, side="right") / len(b))
    at = int(np.argmax(gaps))
    return float(gaps[at]), float(values[at])
