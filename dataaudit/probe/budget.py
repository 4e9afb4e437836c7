"""What fitting costs, and what is done to stay within it: the same on every machine, so that the report is."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

CORES = 1.6
"""Cores' worth of work that two threads get done."""
LEAST_ROWS = 500
"""Rows that no budget takes away."""
LANDMARKS = 300
"""Rows that stand for all others where rows are compared."""
_FOREST, _BOOSTING, _LINEAR = 13e-9, 9e-9, 6e-9
"""Seconds of one core of 2.5 GHz a row and step: a forest's n·log2(n)·features looked at, boosting's n·d, a linear
model's n·d·classes; measured at 16,000 rows of 50 columns, 2 to 100 classes."""


@dataclass(frozen=True)
class Plan:
    """How large the models are.

    Attributes
    ----------
    rows : int
        Rows of all folds.
    trees : int
        Of the forest.
    boosts : int
        Rounds of boosting, 0 for none.
    wide, narrow : int
        Columns that the linear model, and the others, may look at.
    landmarks : int
        Rows that the kernel model compares all others with, 0 for no such model.
    """

    rows: int
    trees: int
    boosts: int
    wide: int
    narrow: int
    landmarks: int = 0


def plan(rows: int, columns: int, outputs: int, folds: int, seconds: float, *, boosting: bool = True) -> Plan:
    """Return the largest models that fit into a time, and as many rows as it allows for.

    Parameters
    ----------
    rows, columns : int
        Of the matrix.
    outputs : int
        Classes, labels, or 1 for a regression.
    folds : int
        Each fitted twice.
    seconds : float
        On two cores of a reference machine.
    boosting : bool
        Whether boosting and the kernel model are among the models.
    """
    fits = 2 * max(1, folds)
    while True:
        sized = _sized(rows, columns, outputs, boosting=boosting)
        if rows <= LEAST_ROWS or fits * cost(sized, outputs) <= CORES * seconds:
            return sized
        rows = max(LEAST_ROWS, int(0.9 * rows))


def _sized(rows: int, columns: int, outputs: int, *, boosting: bool) -> Plan:
    narrow = min(columns, 512)
    wide = min(columns, max(256, int(1.2e7 / max(1, rows))))
    plan = Plan(rows, 80, 0, wide, narrow)
    plan = replace(plan, trees=max(32, min(80, int(80 * 0.9 / max(1e-9, _forest(plan, outputs))))))
    if boosting:
        boosts = min(40, int(40 * 1.7 / max(1e-9, _boosting(replace(plan, boosts=40), outputs))))
        plan = replace(plan, boosts=boosts if boosts >= 15 else 0)
        plan = replace(plan, landmarks=LANDMARKS if _kernel(replace(plan, landmarks=LANDMARKS), outputs) <= 1.0 else 0)
    return plan


def cost(plan: Plan, outputs: int) -> float:
    """Return the seconds of one core that one fit of all models takes."""
    linear = _LINEAR * plan.rows * plan.wide * max(1, outputs - 1)
    return linear + _forest(plan, outputs) + _boosting(plan, outputs) + _kernel(plan, outputs) + 0.1


def _forest(plan: Plan, outputs: int) -> float:
    looked_at = plan.rows * math.log2(plan.rows + 2) * math.sqrt(plan.narrow)
    return _FOREST * plan.trees * looked_at * (1 + outputs / 100)


def _kernel(plan: Plan, outputs: int) -> float:
    return plan.rows * plan.landmarks * (_LINEAR * max(1, outputs - 1) + 1e-10 * (plan.narrow + plan.landmarks) + 1e-8)


def _boosting(plan: Plan, outputs: int) -> float:
    chains = 1 if outputs <= 2 else outputs
    return plan.boosts * chains * (_BOOSTING * plan.rows * plan.narrow + 1e-3)
