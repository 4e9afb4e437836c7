"""LAB101 class-imbalance."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import labels_of, need_classes, number, percent, plural, train_of
from dataaudit.analyzers.probability import chi2_tail
from dataaudit.model import CannotTell, Finding, Ints, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.labels import LabelOrder


def effective_classes(counts: Ints) -> float:
    """Return the number of equally common classes with the same entropy.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_classes,)
        Rows per class; zeros allowed.

    Returns
    -------
    float
        exp of the Shannon entropy in nats, from 1 (one class) to n_classes (balanced).

    Raises
    ------
    ValueError
        If counts has a negative entry or sums to zero.

    References
    ----------
    Hill (1973), Diversity and evenness, Ecology 54(2), 427-432.

    Examples
    --------
    >>> round(effective_classes(np.array([50, 50])), 3)
    2.0
    """
    return math.exp(prior_entropy(counts))


def prior_entropy(counts: Ints) -> float:
    """Return the Shannon entropy of the class shares in nats: the loss of guessing by the shares.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_classes,)
        Rows per class; zeros allowed.

    Raises
    ------
    ValueError
        If counts has a negative entry or sums to zero.
    """
    if (counts < 0).any() or counts.sum() == 0:
        raise ValueError("counts must be non-negative and hold at least one row")
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


FEW, A_THIRD = 4, 1.0 / 3.0
"""Classes up to which a share says more than a ratio, and what a rare one holds of an equal share, at most."""


@register
@dataclass(frozen=True)
class ClassImbalance:
    """One class many times as common as another.

    ## Why it matters
    A model that always answers with the common class looks good by accuracy and has learnt nothing; the gradient
    of the rare class drowns.

    ## How it decides
    Takes the ratio of the largest to the smallest class in train. From `ratio` on (default 8, just below one in
    ten for two classes) it is a warning, provided the counts differ from equal ones beyond chance (chi-squared,
    p < 1e-4), so that many classes with few rows each raise no alarm. So is, with three or four classes, one that
    holds at most `share` of the rows (10 %) and a third of an equal share: beside two others of one size its ratio is
    4.5. A small share alone is none: in 20 balanced classes each has 5 %. The message states the ratio, the accuracy of
    always guessing the majority, the effective number of classes exp(H) (Hill 1973), the loss at chance ln(K), the
    entropy H of the shares (the loss that a
    model reaches by learning the shares alone) and the class weights n/(K n_c), as scikit-learn's "balanced".

    ## What to do
    Weigh the loss by class, or sample classes evenly, in train only; judge by balanced accuracy or per-class
    recall, not by accuracy. Check that the first loss is near ln(K).

    ## When to ignore it
    The shares are those of the world, and the metric and the loss already take them into account.

    ## When it cannot tell
    Without labels, with one class, or with fewer than 20 labelled rows.
    """

    code: ClassVar[str] = "LAB101"
    name: ClassVar[str] = "class-imbalance"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "rewards a model that ignores the rare class"
    tips: ClassVar[tuple[str, ...]] = ("37.8", "37.17")

    ratio: float = option(8.0, "rows of the largest class for each row of the smallest, from which it is flagged")

    share: float = option(0.1, "share of the rows up to which one of three or four classes is rare")

    def needs(self) -> tuple[LabelOrder]:
        return (LabelOrder(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        target = need_classes(train.context)
        line = labels_of(train, target)
        counts = line.count_array()
        if line.many:
            raise NotApplicable("there are more classes than are counted")
        if len(counts) < 2:
            raise NotApplicable("there is one class; LAB102 judges that")
        if line.n < 20:
            raise CannotTell(f"{train.name} has {plural(line.n, 'labelled row')}, fewer than 20")
        ratio = float(counts.max() / counts.min())
        facts = self._facts(list(line.class_counts), counts)
        smallest = float(counts.min() / counts.sum())
        rare = 3 <= len(counts) <= FEW and smallest <= self.share and smallest * len(counts) <= A_THIRD
        if (ratio < self.ratio and not rare) or _chi2_p(counts) >= 1e-4:
            yield Passed(
                f"largest to smallest class {number(ratio)}:1, majority guess {percent(facts['majority_accuracy'])}, "
                f"loss at chance {facts['chance_loss']:.3f}"
            )
            return
        names = list(line.class_counts)
        least, common = str(names[int(counts.argmin())]), str(names[int(counts.argmax())])
        order = np.argsort(-counts, kind="stable")
        yield Finding(
            f"Class {common!r} has {number(ratio)} rows for each row of class {least!r} "
            f"({counts.max():,} against {counts.min():,}); always guessing {common!r} is right "
            f"{percent(facts['majority_accuracy'])} of the time",
            splits=(train.name,),
            columns=(target,) if not train.schema.pictures else (),
            evidence={
                **facts,
                "table": {
                    "caption": "Classes and the weights that balance them",
                    "columns": ["class", "rows", "share", "weight"],
                    "rows": [
                        [names[i], int(counts[i]), percent(counts[i] / line.n), facts["class_weights"][str(names[i])]]
                        for i in order[:100]
                    ],
                    "total": len(names),
                },
            },
            figure={
                "kind": "bars",
                "caption": f"Rows a class in {train.name}, and as many as balance would give",
                "unit": "rows",
                "items": [
                    {"label": str(names[i]), "value": int(counts[i]), "expected": round(line.n / len(names), 1)}
                    for i in order[:20]
                ],
            },
            fix="+ weight = torch.tensor(class_weights)   # the table's last column\n"
            "+ loss = torch.nn.CrossEntropyLoss(weight=weight)",
        )

    def _facts(self, names: list[Any], counts: Ints) -> dict[str, Any]:
        n, k = int(counts.sum()), len(counts)
        return {
            "ratio": float(counts.max() / counts.min()),
            "effective_classes": round(effective_classes(counts), 4),
            "majority_accuracy": float(counts.max() / n),
            "chance_loss": round(math.log(k), 4),
            "prior_entropy": round(prior_entropy(counts), 4),
            "class_weights": {str(c): round(n / (k * int(m)), 4) for c, m in zip(names, counts, strict=True)},
        }


def _chi2_p(counts: Ints) -> float:
    even = counts.sum() / len(counts)
    return chi2_tail(float(((counts - even) ** 2).sum() / even), len(counts) - 1)
