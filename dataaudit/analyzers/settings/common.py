"""What the rules on suppressions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dataaudit.analyzers.common import some
from dataaudit.model import NotApplicable, SplitView, Suppression, Use


def uses_of(splits: Mapping[str, SplitView]) -> tuple[Use, ...]:
    """Return what came of each suppression; raise NotApplicable where there is none."""
    uses = next(iter(splits.values())).context.suppressions
    if not uses:
        raise NotApplicable("the settings set no finding aside")
    return uses


def described(suppression: Suppression) -> str:
    """Return a suppression in a few words: its rules and where it looks."""
    parts = [
        (suppression.columns, "columns"),
        (suppression.splits, "splits"),
        (suppression.paths, "paths"),
        (tuple(map(str, suppression.rows)), "rows"),
        ((suppression.fingerprint,) if suppression.fingerprint else (), "fingerprint"),
    ]
    where = [f"{word} {some(names)}" for names, word in parts if names]
    return f"{some(suppression.rules)}{' in ' if where else ''}{', '.join(where)}"


def evidence_of(use: Use) -> dict[str, Any]:
    """Return the suppression as it was written."""
    written = use.suppression
    return {
        "reason": written.reason,
        "until": None if written.until is None else written.until.isoformat(),
        "written in": written.origin,
    }


def place_of(suppression: Suppression) -> str:
    """Return what tells this suppression from others: all of it but the reason, the last day and the file."""
    parts = (suppression.rules, suppression.columns, suppression.splits, suppression.paths, suppression.rows)
    return repr((*parts, suppression.fingerprint))
