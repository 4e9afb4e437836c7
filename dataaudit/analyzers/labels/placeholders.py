"""Words and codes that stand for "no label"."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

WORDS = frozenset(
    (
        *("", "?", "??", "???", "-", "--", ".", "n/a", "na", "nan", "none", "null", "nil", "<na>", "#n/a"),
        *("missing", "unknown", "undefined", "unassigned", "not available", "tbd", "todo", "to do"),
        *("unlabeled", "unlabelled", "not labeled", "not labelled", "no label", "no_label", "nolabel"),
    )
)
"""In lower case, without blanks around them."""

CLASS_SHARE = 0.25
"""Share of the labels above which a word or a code for "no label" is likely a class with that name."""

NEGATIVE = frozenset((-1, -100, -99, -999, -9999))
"""Codes for "no label" that no class from 0 on can have: -1 is scikit-learn's, -100 PyTorch's."""


def is_placeholder(label: Hashable) -> bool:
    """Return whether a text label says that there is none: empty, "?", "N/A", "unknown" and their like.

    Examples
    --------
    >>> is_placeholder(" N/A "), is_placeholder("nap"), is_placeholder(0)
    (True, False, False)
    """
    return isinstance(label, str) and label.strip().casefold() in WORDS


def no_label_codes(counts: Mapping[Hashable, int], most: float = CLASS_SHARE) -> dict[Hashable, int]:
    """Return the negative codes that can only mean "no label", with their rows.

    Beside two classes or more that are numbered from 0 or 1 on without a hole; but -1 beside two of them may be a
    class (negative, neutral, positive).

    Parameters
    ----------
    counts : mapping of label to int
        Rows a label.
    most : float
        Largest share of the rows that such codes may hold.

    Examples
    --------
    >>> no_label_codes({0: 30, 1: 31, 2: 29, -1: 4}), no_label_codes({0: 30, 1: 31, -1: 4})
    ({-1: 4}, {})
    """
    marks: dict[Hashable, int] = {c: n for c, n in counts.items() if c in NEGATIVE}
    classes = sorted(c for c in counts if isinstance(c, int) and c >= 0)
    if not marks or len(marks) + len(classes) < len(counts) or sum(marks.values()) > most * sum(counts.values()):
        return {}
    gapless = len(classes) > 1 and classes[0] <= 1 and classes[-1] - classes[0] == len(classes) - 1
    may_be_a_class = len(classes) == 2 and set(marks) == {-1}
    return dict(marks) if gapless and not may_be_a_class else {}
