"""ASC101 no-association."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.association.evidence import LEAST_GROUPS, Evidence, evidence_of
from dataaudit.analyzers.association.shift_scan import scan_of
from dataaudit.analyzers.common import capital, joined, number, percent, plural, train_of
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Task, option
from dataaudit.probe.agreement import Agreement
from dataaudit.probe.permutation import Permutation
from dataaudit.registry import register
from dataaudit.stats.picture_sample import PictureSample
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class NoAssociation:
    """Inputs say nothing about the labels.

    ## Why it matters
    A model can only learn such labels by heart. It is what is left when labels were joined to the wrong rows, shuffled
    by themselves, or read from the wrong column; the training loss still falls, which hides it.

    ## How it decides
    Two things must agree. First an exact permutation test: labels are permuted 399 times within each split (groups of
    rows, equal rows among them, as wholes), and three measures that do not depend on a model are compared: squared
    products of all inputs with the labels, those of the most telling input, and how often the 10 nearest rows have
    the same label; their smallest p-value is judged against its own permutations (Westfall and Young 1993), and must
    be above `p_value` (0.02). Second the cross-validated probe: the correlation of its out-of-fold predictions with
    the labels must leave no room, at the upper end of its 95 % interval (one-sided, from resampled rows or groups),
    for more than `explained` (0.1) of the target's variance. The test rejects 5 % of 1,000 tables without association
    at the 5 % level, and no fewer than 95 % of tables with an exclusive-or of two inputs in 300 rows.
    All splits are judged together, and train by itself where another split does hold an association.

    ## What to do
    Look at ten rows, and ask whether their labels can be right. Check the join of labels and inputs: by key, not by
    position. If labels were shifted, that is reported by itself.

    ## When to ignore it
    The task is known to be hard and the rows few: what is wanted is more rows or other inputs.

    ## When it cannot tell
    Where so few rows were looked at that an association of that size could have been missed, and where the probe
    cannot be run.
    """

    code: ClassVar[str] = "ASC101"
    name: ClassVar[str] = "no-association"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "leaves the model nothing to learn but the rows themselves"
    tips: ClassVar[tuple[str, ...]] = ("37.2", "37.5")

    p_value: float = option(0.02, "p-value of the permutation test above which nothing is seen")
    explained: float = option(0.1, "share of the target's variance that inputs may still explain where nothing is seen")

    def needs(self) -> tuple[Sample, PictureSample]:
        return Sample(), PictureSample()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        seen = evidence_of(splits)
        shifted(splits)
        train = train_of(splits).name
        if seen.test.p > self.p_value:
            yield self._judged(seen, tuple(seen.tests) or tuple(splits), seen.test, seen.fit, splits)
            return
        if train in seen.tests and len(splits) > 1 and seen.tests[train].p > self.p_value:
            yield self._judged(seen, (train,), seen.tests[train], seen.fits[train], splits)
            return
        yield Passed(
            f"labels hang together with inputs (p = {number(seen.test.p)}, {seen.test.permutations} permutations): "
            f"out of fold the probe explains {percent(max(seen.fit.r, 0.0) ** 2)} of the target's variance"
        )

    def _judged(
        self,
        seen: Evidence,
        names: tuple[str, ...],
        test: Permutation,
        fit: Agreement,
        splits: Mapping[str, SplitView],
    ) -> Finding:
        most = fit.upper() ** 2
        if most > self.explained or not test.permutations or test.n < LEAST_GROUPS:
            raise CannotTell(
                f"no association is seen among {plural(fit.n, 'row')} (p = {number(test.p)}), too few to rule out one "
                f"that explains {percent(self.explained)} of the target's variance"
            )
        schema = next(iter(splits.values())).schema
        what = "the labels" if schema.pictures else _target(schema.targets)
        thing = "pictures" if schema.pictures else "inputs"
        message = (
            f"{thing} of {joined(list(names))} say nothing about {what}: labels permuted at random fit as well "
            f"(p = {number(test.p)}), and {_score(seen, names)}"
        )
        return Finding(
            capital(message),
            splits=names,
            columns=() if schema.pictures else schema.targets,
            confidence=round(min(0.99, 1.0 - most), 4),
            evidence={
                "p": round(test.p, 4),
                "permutations": test.permutations,
                "explained_at_most": round(most, 4),
                "table": table_of(seen, seen.tests),
            },
            fix="Join labels and inputs by a key, never by position:\n"
            "- data['label'] = labels['label'].values\n+ data = data.merge(labels, on='id', validate='one_to_one')",
        )


def shifted(splits: Mapping[str, SplitView]) -> None:
    """Raise CannotTell where labels stand some rows away from their inputs, which explains what would be said."""
    try:
        moved = scan_of(splits).moved
    except (NotApplicable, CannotTell):
        return
    if moved:
        lag = moved[0].shift.lag
        raise CannotTell(
            f"labels of {joined(list(dict.fromkeys(m.split for m in moved)))} are shifted by "
            f"{plural(abs(lag), 'row')} (ASC103): put that right first"
        )


def table_of(seen: Evidence, names: Any) -> Mapping[str, Any]:
    """Return what each split says as a table."""
    return {
        "caption": "Inputs and labels in each split",
        "columns": ["split", "rows", "p of the permutation test", "correlation of predictions with labels", "±"],
        "rows": [
            [n, seen.fits[n].n, round(seen.tests[n].p, 4), round(seen.fits[n].r, 3), round(seen.fits[n].deviation, 3)]
            for n in names
        ],
    }


def _target(targets: tuple[Any, ...]) -> str:
    return f"'{targets[0]}'" if len(targets) == 1 and isinstance(targets[0], str) else "the target"


def _score(seen: Evidence, names: tuple[str, ...]) -> str:
    run = seen.run
    rows = np.zeros(len(run.used), np.bool_)
    for name in names:
        rows |= seen.rows_of(name)
    if run.task is Task.CLASSIFICATION and rows.any():
        right = float((run.P[rows].argmax(axis=1) == run.y[rows]).mean())
        most = float(np.bincount(run.y[rows]).max() / rows.sum())
        return f"models are right out of fold in {percent(right)} of rows, the most frequent class in {percent(most)}"
    return f"models explain {percent(max(seen.fit.r, 0.0) ** 2)} of its variance out of fold"
