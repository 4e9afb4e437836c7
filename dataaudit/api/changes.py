"""The part of a report's document that says what changed between two versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from dataaudit.analyzers.change.match import RowChanges
from dataaudit.analyzers.change.rows import row_changes
from dataaudit.analyzers.change.versions import Change
from dataaudit.model import CannotTell, Finding, SplitView
from dataaudit.report.json import jsonable

MOST_LISTED = 200
"""Findings of each sort that are listed; the counts are complete."""


def change_document(change: Change, views: Mapping[str, SplitView]) -> dict[str, Any]:
    """Return what changed as plain JSON: rows by split, columns, and findings that are new, fixed, or as before.

    Parameters
    ----------
    change : Change
        Both versions.
    views : mapping of str to SplitView
        Of the head, as the rules on changes saw them.
    """
    rows, why = None, None
    try:
        rows = _rows(change, row_changes(views))
    except CannotTell as answer:
        why = str(answer)
    found = change.findings
    return {
        "base": jsonable(change.base.name),
        "head": jsonable(change.head.name),
        "rows": rows if rows is not None else _sizes(change),
        "rows_followed": rows is not None,
        "why": why,
        "columns": None if not change.base.views or not change.head.views else {
            "before": len(change.base.schema.columns),
            "now": len(change.head.schema.columns),
            "renamed": [[jsonable(r.before), jsonable(r.after)] for r in change.renamed],
        },
        "counts": None if found is None else {
            "new": len(found.new), "fixed": len(found.fixed), "unchanged": len(found.known),
            "undecided": len(found.undecided),
        },
        "new": [] if found is None else _listed(found.new),
        "fixed": [] if found is None else [jsonable(entry) for entry in found.fixed[:MOST_LISTED]],
        "unchanged": [] if found is None else _listed(found.known),
        "undecided": [] if found is None else _listed(found.undecided),
    }  # fmt: skip


def _listed(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {
            "rule": f.rule, "name": f.name, "severity": str(f.severity), "fingerprint": f.fingerprint,
            "columns": jsonable(f.columns), "splits": jsonable(f.splits), "place": jsonable(f.place),
            "row_count": int(f.row_count),
        }
        for f in list(findings)[:MOST_LISTED]
    ]  # fmt: skip


def _rows(change: Change, changes: RowChanges) -> list[dict[str, Any]]:
    """Return what became of the rows of each split, removed ones counted where they were."""
    lines = []
    for k, name in enumerate(changes.head.splits):

        def count(places: Any, k: int = k, *, base: bool = False) -> int:
            return int(np.count_nonzero((changes.base if base else changes.head).split[places] == k))

        moved = changes.moved[1][changes.head.split[changes.moved[1]] == k]
        lines.append(
            {
                "split": jsonable(name),
                "before": count(slice(None), base=True),
                "now": count(slice(None)),
                "same": count(changes.same[1]),
                "added": count(changes.added),
                "removed": count(changes.removed, base=True),
                "changed": count(changes.edited[1]),
                "relabelled": count(changes.relabelled[1]),
                "moved_in": len(moved),
                "reordered": name in changes.reordered,
            }
        )
    return lines


def _sizes(change: Change) -> list[dict[str, Any]]:
    if not change.base.views or not change.head.views:
        return []
    return [
        {"split": jsonable(after.name), "before": before.n_rows, "now": after.n_rows}
        for before, after in change.pairs()
    ]
