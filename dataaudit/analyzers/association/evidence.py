"""What links inputs and labels in each split, worked out once for all rules that ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.model import Bools, CannotTell, Floats, NotApplicable, SplitView
from dataaudit.probe.agreement import Agreement, agreement, target_lines
from dataaudit.probe.outcomes import outcome_lines
from dataaudit.probe.permutation import Permutation, grouped_test
from dataaudit.probe.run import ProbeRun, probe_run

LEAST_ROWS = 30
"""Rows of a split below which nothing is said of it."""
LEAST_GROUPS = 10
"""Groups of rows (equal rows, or those declared) below which resampling them gives no interval to rely on. A split in
another unit is cut to one value by the probe's inputs, and is one group."""
OF_ALL, OF_A_SPLIT = 399, 199
"""Permutations: the smallest p-value is one over one more, well below what is judged by."""


@dataclass(frozen=True)
class Evidence:
    """Permutation tests, and agreement of out-of-fold predictions with labels.

    Attributes
    ----------
    run : ProbeRun
        The predictions.
    P, Y : ndarray of float64, shape (n, k)
        Predictions and target, as `target_lines` returns them.
    test : Permutation
        Of all splits, labels permuted within each.
    fit : Agreement
        Of all splits.
    tests, fits : mapping of str to Permutation or Agreement
        Of each split with rows enough.
    """

    run: ProbeRun
    P: Floats
    Y: Floats
    test: Permutation
    fit: Agreement
    tests: Mapping[str, Permutation]
    fits: Mapping[str, Agreement]

    def rows_of(self, split: str) -> Bools:
        """Return which rows of the sample are of a split and took part."""
        of_split: Bools = self.run.rows.split == self.run.rows.splits.index(split)
        return self.run.used & of_split


def evidence_of(splits: Mapping[str, SplitView]) -> Evidence:
    """Return the evidence, gathered for the first rule that asks.

    Raises
    ------
    NotApplicable, CannotTell
        As `probe_run`.
    """
    context = next(iter(splits.values())).context
    answer = context.once("association", lambda: _answer(splits))
    if isinstance(answer, Evidence):
        return answer
    raise type(answer)(str(answer))


def _answer(splits: Mapping[str, SplitView]) -> Evidence | NotApplicable | CannotTell:
    try:
        run = probe_run(splits)
    except (NotApplicable, CannotTell) as reason:
        return reason
    seed = next(iter(splits.values())).context.probe.seed
    P, Y = target_lines(run)
    of = run.rows.split

    def test(rows: Bools, permutations: int = OF_A_SPLIT) -> Permutation:
        at = np.flatnonzero(rows)
        lines = outcome_lines(run.y[at], run.task, np.ones(len(at), np.bool_))
        return grouped_test(run.X[at], lines, run.groups[at], strata=of[at], permutations=permutations, seed=seed)

    def fit(rows: Bools) -> Agreement:
        return agreement(P, Y, rows, strata=of, groups=run.groups, seed=seed)

    parts = {name: run.used & (of == s) for s, name in enumerate(run.rows.splits)}
    parts = {
        name: rows
        for name, rows in parts.items()
        if rows.sum() >= LEAST_ROWS and len(np.unique(run.groups[rows])) >= LEAST_GROUPS
    }
    every, together = test(run.used, OF_ALL), fit(run.used)
    if len(splits) == 1:
        return Evidence(run, P, Y, every, together, dict.fromkeys(parts, every), dict.fromkeys(parts, together))
    return Evidence(
        run, P, Y, every, together, {n: test(r) for n, r in parts.items()}, {n: fit(r) for n, r in parts.items()}
    )
