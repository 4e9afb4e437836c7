"""The classes of rows that changed, told from the hashes of their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dataaudit.analyzers.change.match import Rows
from dataaudit.analyzers.common import joined, plural
from dataaudit.model import Ints, SplitView, Task
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.row_hashes import MISSING, target_word

MOST_NAMED = 4
"""Classes that a message lists."""


def class_names(views: Mapping[str, SplitView]) -> dict[int, str] | None:
    """Return each class by the word that stands for it in row hashes; None where there are no classes of one target."""
    context = next(iter(views.values())).context
    if context.task is not Task.CLASSIFICATION or len(context.schema.targets) != 1:
        return None
    target = context.schema.targets[0]
    is_number = context.schema.by_name[target].storage.is_number
    names = {int(MISSING): "no label"}
    for view in views.values():
        line = view.get(LabelOrder()).columns[target]
        if line.many:
            return None
        names |= {int(target_word(label, is_number=is_number)): str(label) for label in line.counts}
    return names


def tally(rows: Rows, places: Ints, names: Mapping[int, str] | None) -> list[tuple[str, int]]:
    """Return the classes of some rows with their number, the commonest first; empty where there are no classes."""
    if names is None:
        return []
    words, counts = np.unique(rows.targets[places], return_counts=True)
    found = [(names.get(int(w), "another"), int(c)) for w, c in zip(words, counts, strict=True)]
    return sorted(found, key=lambda item: (-item[1], item[0]))


def in_words(classes: Sequence[tuple[str, int]]) -> str:
    """Return ": 12 of class 'cat', 3 of 'dog' and 5 of 2 others"; nothing where there are no classes."""
    if not classes:
        return ""
    words = [f"{n:,} of {name!r}" if name != "no label" else f"{n:,} without a label" for name, n in classes]
    if len(words) > MOST_NAMED + 1:
        rest = classes[MOST_NAMED:]
        words = [*words[:MOST_NAMED], f"{sum(n for _, n in rest):,} of {plural(len(rest), 'other')}"]
    return f": {joined(words)}"
