"""What the rules on row order share: how labels would lie if rows were shuffled."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dataaudit.analyzers.probability import changes_by_chance
from dataaudit.model import Context, Ints, NotApplicable, Severity, SplitView
from dataaudit.stats.labels import LabelLine

ORDER_FIX = (
    "- loader = DataLoader(train, batch_size=64)\n"
    "+ loader = DataLoader(train, batch_size=64, shuffle=True)\n"
    "# or once, before writing the file: data = data.sample(frac=1, random_state=0)"
)


@dataclass(frozen=True)
class Runs:
    """Changes of label between neighbouring rows, against random order.

    Attributes
    ----------
    changes, expected : float
        Neighbouring pairs whose labels differ: seen, and on average over all orders of the same labels.
    z : float
        Standard deviations that the count lies below the average.
    """

    changes: int
    expected: float
    z: float

    @property
    def share(self) -> float:
        """Changes as a share of those that random order gives."""
        return self.changes / self.expected if self.expected > 0 else 1.0


def label_runs(line: LabelLine) -> Runs:
    """Return the runs test of a sequence of classes.

    Mean and variance are those over all orders of the same labels (`changes_by_chance`). Where rows without a label lie
    in between, fewer neighbours can be compared: the mean falls with their share, exactly, and the variance goes over
    to that of independent pairs, which is no smaller.
    """
    counts = line.count_array().astype(float)
    n = counts.sum()
    if n < 2:
        return Runs(line.changes, 0.0, 0.0)
    changes, full = changes_by_chance(counts)
    differ = changes / (n - 1)
    compared = line.pairs / (n - 1)
    expected = differ * line.pairs
    variance = compared * (compared * full + (1 - compared) * (n - 1) * differ * (1 - differ))
    z = (expected - line.changes) / math.sqrt(variance) if variance > 1e-9 else 0.0
    return Runs(line.changes, expected, z)


def separation(line: LabelLine) -> float:
    """Return how far the classes lie apart along the rows: 0 when mixed, 1 when each has its own block.

    The share of the variance of row positions that lies between classes, divided by what it would be with the
    classes in blocks, in the order of their mean positions.
    """
    counts, n = line.class_counts, line.n
    sizes = np.array([counts[c] for c in counts], dtype=float)
    means = np.array([line.places[c] / counts[c] for c in counts])
    overall = float((sizes * means).sum() / n)
    between = float((sizes * (means - overall) ** 2).sum())
    order = np.argsort(means, kind="stable")
    ends = np.cumsum(sizes[order])
    best = (ends - sizes[order] / 2) - 0.5
    stretch = max(1.0, _labelled_span(line) / n)  # rows without a label lie in between
    blocks = float((sizes[order] * ((best - (n - 1) / 2) * stretch) ** 2).sum())
    return min(1.0, between / blocks) if blocks > 0 else 0.0


def _span(line: LabelLine) -> float:
    return float(line.ends[-1][1] - line.ends[0][0]) if line.ends else 0.0


def _labelled_span(line: LabelLine) -> float:
    """Return the rows from the first label to the last, to within a bin of the strip where there is one."""
    if not line.strip:
        return _span(line)
    return min(_span(line), float((max(line.strip) - min(line.strip) + 1) << line.strip_level))


def strip_figure(line: LabelLine, caption: str) -> Mapping[str, Any] | None:
    """Return the labels along the rows as a figure: stacked shares, one column a bin."""
    if not line.strip:
        return None
    ranked = sorted(line.class_counts, key=lambda c: -line.counts[c])
    named = sorted(ranked[:10], key=lambda c: (isinstance(c, str), c))
    place: dict[Hashable, int] = {c: i for i, c in enumerate(named)}
    other = len(ranked) > len(named)
    width = len(named) + other
    bins = []
    for number in range(max(line.strip) + 1):
        row = [0] * width
        for label, count in line.strip.get(number, {}).items():
            row[place.get(label, width - 1)] += count
        bins.append(row)
    totals = np.array([line.counts[c] for c in named], dtype=float)
    shares = totals / line.n
    if other:
        shares = np.append(shares, 1 - shares.sum())
    return {
        "kind": "strip",
        "caption": caption,
        "classes": [str(c) for c in named] + (["other"] if other else []),
        "bins": bins,
        "expected": [[round(float(s), 4) for s in shares]],
        "first": "row 0",
        "last": f"row {max(_span(line) - 1, 0):,.0f}",  # rows count from 0
        "bin_rows": 1 << line.strip_level,
    }


def need_order(context: Context) -> None:
    """Raise NotApplicable where rows have no order of their own."""
    if context.schema.pictures:
        raise NotApplicable(
            "a folder of pictures has no order of its own; audit the batches of the loader that reads it"
        )


def order_severity(split: SplitView, n_splits: int) -> Severity | None:
    """Return how bad a bad order is: in train an error, before splitting a warning, elsewhere a note.

    Evaluation does not depend on order. A data set that is not split yet can still be shuffled, and must be.
    """
    if n_splits == 1:
        return None if split.context.kind == "batches" else Severity.WARNING
    return None if split.role == "train" else Severity.NOTE


def batch_chance(counts: Ints, size: int) -> float:
    """Return the probability that a batch drawn from these rows without replacement holds one class only.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_classes,)
        Rows per class.
    size : int
        Rows a batch.

    Returns
    -------
    float
        Sum over classes of C(n_c, size) / C(n, size), exact (hypergeometric).
    """
    n = int(counts.sum())
    if size > n:
        return 0.0
    logs = [_log_choose(int(c), size) - _log_choose(n, size) for c in counts if c >= size]
    return min(1.0, float(sum(math.exp(value) for value in logs)))


def label_chance(counts: Ints, size: int) -> float:
    """Return how many different classes a batch drawn from these rows without replacement holds on average.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_classes,)
        Rows per class.
    size : int
        Rows a batch, at most all.

    Returns
    -------
    float
        Sum over classes of 1 - C(n - n_c, size) / C(n, size), exact (hypergeometric).
    """
    n = int(counts.sum())
    size = min(size, n)
    return float(
        sum(1.0 - math.exp(_log_choose(n - c, size) - _log_choose(n, size)) if n - c >= size else 1.0
            for c in counts.tolist() if c)
    )  # fmt: skip


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
