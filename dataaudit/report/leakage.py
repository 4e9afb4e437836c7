"""The leakage matrix: which rows each preprocessing step was fitted on, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dataaudit.report.words import cell, clip, count, one_line, plural

STEPS, UNIONS, COLUMNS = 40, 12, 6
Json = Mapping[str, Any]

STRENGTHS = ((-20.0, "certain"), (-9.0, "sure"), (-3.0, "a hint"))
"""Decimal logarithm of the chance of an accident, from which on a fit is called so; weaker ones are left blank."""

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_ICONS = {"train": "clean", "leak": "error", "ambiguous": "skipped", "none": "skipped"}
_WORDS = {"train": "no leak", "leak": "leak", "ambiguous": "cannot tell", "none": "cannot tell"}
_ORDER = ("leak", "ambiguous", "train", "none")


def strength(log10_p: float) -> str:
    """Return how surely a step was fitted on some rows, in a word.

    Examples
    --------
    >>> [strength(p) for p in (-40.0, -12.0, -4.0, -0.3)]
    ['certain', 'sure', 'a hint', '–']
    """
    return next((word for limit, word in STRENGTHS if log10_p <= limit), "–")


def table(steps: Sequence[Json]) -> dict[str, Any] | None:
    """Return the matrix as the page shows it, or None where no step was seen.

    Parameters
    ----------
    steps : sequence of mapping
        The document's `leakage`.

    Returns
    -------
    dict or None
        `unions`, the sets of rows; `rows`, one a step, leaks first; `dropped`, how many steps were beyond the cap.
    """
    if not steps:
        return None
    ranked = sorted(steps, key=lambda step: _ORDER.index(step["verdict"]))[:STEPS]
    shown = _unions(ranked)
    return {
        "unions": [one_line(name, 60) for name in shown],
        "train": 0,
        "rows": [_row(step, shown) for step in ranked],
        "dropped": max(len(steps) - STEPS, 0),
    }


def _unions(steps: Sequence[Json]) -> list[str]:
    """Return the unions that head the columns: single splits, all of them together, and any that a step fits."""
    every = dict.fromkeys(name for step in steps for name in step["log10_p"])
    fits = {n for step in steps for n, p in step["log10_p"].items() if p <= STRENGTHS[-1][0]}
    fits |= {n for step in steps for n in step["fitted_on"]}
    largest = max(every, key=lambda name: name.count(" + "), default="")
    plain = [n for n in every if " + " not in n or n == largest or n in fits]
    return sorted(plain, key=lambda name: name.count(" + "))[:UNIONS]


def _row(step: Json, unions: Sequence[str]) -> dict[str, Any]:
    names = [cell(name) for name in step["columns"][:COLUMNS]]
    more = len(step["columns"]) - len(names)
    train = step["splits"][0] if step["splits"] else ""
    cells = []
    for name in unions:
        fitted = name in step["fitted_on"]
        odds = step["log10_p"].get(name)
        cells.append(
            {
                "word": "" if odds is None else strength(odds),
                "hit": fitted and name != train and step["verdict"] == "leak",
                "fitted": fitted,
                "odds": "" if odds is None or odds > STRENGTHS[-1][0] else f"1 in 10{_raised(-odds)}",
            }
        )
    return {
        "step": one_line(step["step"], 80),
        "columns": ", ".join(names) + (f" and {count(more)} more" if more > 0 else ""),
        "n": plural(len(step["columns"]), "column"),
        "icon": _ICONS[step["verdict"]],
        "verdict": _WORDS[step["verdict"]],
        "said": clip(step["said"], 300),
        "cells": cells,
    }


def _raised(value: float) -> str:
    return f"{min(value, 99):.0f}".translate(_RAISED)
