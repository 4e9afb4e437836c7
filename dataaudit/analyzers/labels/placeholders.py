"""Words that stand for "no label"."""

from __future__ import annotations

from collections.abc import Hashable

WORDS = frozenset(
    (
        *("", "?", "??", "???", "-", "--", ".", "n/a", "na", "nan", "none", "null", "nil", "<na>", "#n/a"),
        *("missing", "unknown", "undefined", "unassigned", "not available", "tbd", "todo", "to do"),
        *("unlabeled", "unlabelled", "not labeled", "not labelled", "no label", "no_label", "nolabel"),
    )
)
"""In lower case, without blanks around them."""


def is_placeholder(label: Hashable) -> bool:
    """Return whether a text label says that there is none: empty, "?", "N/A", "unknown" and their like.

    Examples
    --------
    >>> is_placeholder(" N/A "), is_placeholder("nap"), is_placeholder(0)
    (True, False, False)
    """
    return isinstance(label, str) and label.strip().casefold() in WORDS
