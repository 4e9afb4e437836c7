"""Fit a step again: with its own parameters, on other rows, without a trace in the step that was given."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from dataaudit.analyzers.leakage.transformer_learned import Learned, equal, learned
from dataaudit.analyzers.leakage.transformer_rows import copied


def refit(estimator: Any, X: Any, y: Any, tolerance: float) -> Learned:
    """Return what an estimator learns from some rows; what differs with the seed is left out where none was set."""
    drawn = _unseeded(estimator)
    first = learned(_fitted(estimator, X, y, drawn, 0))
    if not drawn:
        return first
    again = learned(_fitted(estimator, X, y, drawn, 1))
    return {a: value for a, value in first.items() if a in again and equal(value, again[a], tolerance, 1e-12)}


def _fitted(estimator: Any, X: Any, y: Any, drawn: Sequence[str], seed: int) -> Any:
    from sklearn.base import clone

    fresh = clone(estimator, safe=False)
    if drawn:
        fresh.set_params(**dict.fromkeys(drawn, seed))
    if y is None:
        fresh.fit(copied(X))
    else:
        fresh.fit(copied(X), y)
    return fresh


def _unseeded(estimator: Any) -> list[str]:
    """Return the parameters that leave a draw to chance."""
    if not hasattr(estimator, "get_params"):
        return []
    params = estimator.get_params()
    return [p for p, v in params.items() if p.split("__")[-1] == "random_state" and not isinstance(v, int | np.integer)]


def takes_target(estimator: Any) -> bool:
    """Whether the step's fit takes a target beside the rows."""
    try:
        names = list(inspect.signature(estimator.fit).parameters)
    except (TypeError, ValueError):
        return True
    return len(names) > 1 and names[1] in ("y", "Y", "args", "target")


def needs_target(estimator: Any) -> bool:
    """Whether the step cannot be fitted without a target."""
    parameters = list(inspect.signature(estimator.fit).parameters.values())
    if parameters[1].default is inspect.Parameter.empty and parameters[1].kind is not inspect.Parameter.VAR_POSITIONAL:
        return True
    tags = getattr(estimator, "__sklearn_tags__", None)
    return bool(tags is not None and tags().target_tags.required)


def turned_around(rows: Any) -> Any:
    """Return rows in reverse order."""
    return rows.iloc[::-1] if hasattr(rows, "iloc") else rows[::-1]
