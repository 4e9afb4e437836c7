"""Rows whose set of labels deserves a second look, as LAB106 lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, percent, plural
from dataaudit.model import CannotTell, Finding, Ints, Passed, Severity, SplitView
from dataaudit.probe.doubts import FEWEST
from dataaudit.probe.label_sets import LabelSets, label_sets
from dataaudit.probe.run import probe_run

_WEAK = 0.3
"""Kappa below which contradictions mean nothing."""
_SURE = 1.5
"""Margin in nats that rows merely hard seldom reach."""
_TABLE = 5000


def judge_sets(splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
    """Yield, for each split, the rows with a label that models contradict; raise CannotTell where they know too little.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Of a multilabel task.
    """
    found = label_sets(probe_run(splits))
    if found.kappa < _WEAK:
        raise CannotTell("the inputs say too little about the labels for contradictions to mean anything")
    measured = []
    split_of, position = found.run.rows.split[found.at], found.run.rows.position[found.at]
    for name, split in splits.items():
        here = np.flatnonzero(split_of == found.run.rows.splits.index(name))
        if len(here) < FEWEST:
            continue
        some = here[found.doubted[here].any(axis=1)]
        some = some[np.lexsort((position[some], -found.score[some]))]
        if len(some):
            yield _finding(found, split, some, len(here))
        else:
            measured.append(f"{name}: none to look at among {len(here):,}")
    if measured:
        yield Passed("; ".join(measured))


def _finding(found: LabelSets, split: SplitView, some: Ints, n_judged: int) -> Finding:
    positions = [int(row) for row in found.run.rows.position[found.at[some]]]
    n = len(some)
    by_label = found.doubted[some].sum(axis=0)
    message = (
        f"{plural(n, 'set')} of labels of {n_judged:,} in {split.name} ({percent(n / n_judged)}) "
        f"{'deserves' if n == 1 else 'deserve'} a second look: models fitted on other rows contradict a label of "
        f"{'it' if n == 1 else 'each'}; how many are wrong is not estimated for several labels, only the ranking may "
        "be trusted"
    )
    if n_judged < split.n_rows:
        message += f" ({n_judged:,} of {split.n_rows:,} rows were judged)"
    return Finding(
        message,
        columns=tuple(split.schema.targets) if split.context.kind != "images" else (),
        rows=tuple(positions[:ROW_CAP]),
        row_count=n,
        splits=(split.name,),
        severity=Severity.NOTE,
        evidence={
            "review": n,
            "judged": n_judged,
            "kappa": round(found.kappa, 3),
            "labels judged": f"{len(found.judged)} of {len(found.run.classes)}",
            "by_label": {str(found.run.classes[j]): int(by_label[k]) for k, j in enumerate(found.judged.tolist())},
            "table": _table(found, split, some, positions),
        },
        fix="Look at the first rows of the list; --labels-csv FILE writes all of them with what the models suggest.",
        place="sets",
    )


def _table(found: LabelSets, split: SplitView, some: Ints, positions: list[int]) -> dict[str, Any]:
    names: list[Any] = list(split.names(positions[:_TABLE]) or positions[:_TABLE])
    rows = []
    for name, i in zip(names, some.tolist(), strict=False):
        given, doubted, margin = found.given[i], found.doubted[i], float(found.score[i])
        tier = "strong" if margin > _SURE else "review"
        rows.append([name, _said(found, given), _said(found, given ^ doubted), round(margin, 2), tier])
    return {
        "caption": "Sets of labels that deserve a second look, the most doubtful first (strength: nats by which the "
        "opposite of a label is more probable)",
        "columns": ["row", "given", "suggested", "strength", "tier"],
        "rows": rows,
        "total": len(some),
    }


def _said(found: LabelSets, chosen: Any) -> str:
    return ", ".join(map(str, found.names(chosen))) or "none"
