"""What several rules on classes share: rows of each class over all splits, and where some labels stand."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable

import numpy as np

from dataaudit.analyzers.labels.placeholders import is_placeholder
from dataaudit.model import Ints, Name, SplitView
from dataaudit.stats.labels import LabelLine
from dataaudit.stats.sample import Sample


def class_totals(lines: Iterable[LabelLine]) -> dict[Hashable, int]:
    """Return the rows of each class over all splits, in the order in which classes appear; placeholders left out.

    Parameters
    ----------
    lines : iterable of LabelLine
        The target's facts, split by split.
    """
    totals: dict[Hashable, int] = {}
    for line in lines:
        for label, count in line.class_counts.items():
            if not is_placeholder(label):
                totals[label] = totals.get(label, 0) + count
    return totals


def labelled_rows(split: SplitView, target: Name, labels: Collection[Hashable]) -> Ints:
    """Return the positions of the sampled rows that hold one of some labels, ascending.

    Parameters
    ----------
    split : SplitView
        Needs `Sample`.
    target : Name
        The column of labels.
    labels : collection of Hashable
        As the data has them: numbers for a column of numbers, text for any other.
    """
    sample = split.get(Sample())
    if target in split.schema.number_index:
        hit = np.isin(sample.numbers[split.schema.number_index[target]], np.array(list(labels), dtype=float))
    else:
        wanted = set(labels)
        hit = np.fromiter((v in wanted for v in sample.codes[target]), dtype=bool, count=len(sample.rows))
    return np.sort(sample.rows[hit])
