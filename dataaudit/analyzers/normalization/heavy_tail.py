"""NRM110 heavy-tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, listing, number, numeric_features, plural, train_of
from dataaudit.model import (
    CannotTell,
    Context,
    Finding,
    Floats,
    Kind,
    Name,
    NotApplicable,
    Passed,
    Severity,
    SplitView,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

_LAMBDAS = np.arange(-4, 9) / 2.0
"""Powers tried: -2, -1.5, ..., 4."""
_MOST_ROWS = 2000
_MOST_TRIED = 200
"""Columns for which a transform is sought, the most skewed ones; the others cost nothing."""


@dataclass(frozen=True)
class Cure:
    """The transform that makes a column regular.

    Attributes
    ----------
    name : Name
        The column.
    skewness, left : float
        Before and after, both on the sample.
    transform : str
        Its name in NumPy or scikit-learn.
    """

    name: Name
    skewness: float
    left: float
    transform: str


@register
@dataclass(frozen=True)
class HeavyTail:
    """A skewed input that a logarithm or a power would make regular.

    ## Why it matters
    Standardised, a few values of a heavy tail sit at 20 or 50 and steer every gradient, while the bulk is squeezed
    into a narrow band around zero that the network can hardly tell apart.

    ## How it decides
    In train, numeric inputs that are no codes and no yes/no columns, with 50 filled rows and 20 distinct values or
    more. A column counts if its skewness is beyond `skewness` (2 is that of an exponential distribution) and a
    transform brings it below 1 and to a third of what it was: log1p for values from 0 on, else the power of Yeo and
    Johnson (2000) with the least skewness that is left. Judged on 2,000 sampled rows. Columns that stay skewed
    whatever is done (mostly zeros, a few outliers) are not named.

    ## What to do
    Transform these columns before scaling them.

    ## When to ignore it
    Tree models, which see only the order of values.

    ## When it cannot tell
    With fewer than 50 rows.
    """

    code: ClassVar[str] = "NRM110"
    name: ClassVar[str] = "heavy-tail"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "lets a few large values steer the gradients"
    tips: ClassVar[tuple[str, ...]] = ("11.1",)

    skewness: float = option(2.0, "skewness from which a transform is sought")

    def needs(self) -> tuple[Moments, Sample]:
        return (Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures or train.schema.pixels:
            raise NotApplicable("single pixels are not judged as features")
        names = _quantities(train.context)
        if not names:
            raise NotApplicable("no numeric input is a quantity")
        if train.n_rows < 50:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than 50")
        moments, sample, index = train.get(Moments()), train.get(Sample()), train.schema.number_index
        size = {n: abs(float(moments.skewness[index[n]])) for n in names}
        skewed = sorted((n for n in names if size[n] >= self.skewness), key=lambda n: (-size[n], str(n)))
        cures = [c for n in skewed[:_MOST_TRIED] if (c := self._cure(n, sample.numbers[index[n]])) is not None]
        if cures:
            yield self._finding(cures, len(names), splits, train)
            return
        yield Passed(f"{plural(len(skewed), 'column')} of {len(names):,} skewed beyond {number(self.skewness)}")

    def _cure(self, name: Name, line: Floats) -> Cure | None:
        known = line[np.isfinite(line)][:_MOST_ROWS]
        if len(known) < 50 or len(np.unique(known)) < 20:
            return None
        before = _skewness(known)
        if not abs(before) >= self.skewness:  # a few outliers made the skewness of the whole column
            return None
        tried = [("log1p", _skewness(np.log1p(known)))] if known.min() >= 0 else []
        best = _best(tried, before)
        if best is None:
            scale = float(np.quantile(np.abs(known), 0.5)) or 1.0
            with np.errstate(over="ignore"):
                small = known / scale
            powers = [("Yeo-Johnson", _skewness(yeo_johnson(small, p))) for p in _LAMBDAS]
            best = _best(powers, before)
        return None if best is None else Cure(name, before, best[1], best[0])

    def _finding(self, cures: list[Cure], n: int, splits: Mapping[str, SplitView], train: SplitView) -> Finding:
        cures = sorted(cures, key=lambda c: -abs(c.skewness))
        first = cures[0]
        message = (
            f"{listing([c.name for c in cures])} {'has' if len(cures) == 1 else 'have'} a heavy tail that a transform "
            f"makes regular: {first.transform} brings the skewness of {listing([first.name])} from "
            f"{number(first.skewness)} to {number(first.left)}"
        )
        table = {
            "caption": f"Skewness of {len(cures):,} of {n:,} inputs in {train.name}, before and after",
            "columns": ["column", "skewness", "transform", "skewness after"],
            "rows": [[c.name, c.skewness, c.transform, c.left] for c in cures[:200]],
            "total": len(cures),
        }
        logs = [c.name for c in cures if c.transform == "log1p"]
        lines = [f"+ X[{logs[:5]!r}] = np.log1p(X[{logs[:5]!r}])"] if logs else []
        lines += ["+ PowerTransformer().fit(X_train)   # Yeo-Johnson"] if len(logs) < len(cures) else []
        return Finding(
            capital(message),
            splits=tuple(splits),
            columns=tuple(c.name for c in cures),
            evidence={"table": table},
            fix="\n".join(lines),
        )


def _quantities(context: Context) -> list[Name]:
    return [n for n in numeric_features(context) if context.kinds[n] is Kind.NUMERIC]


def _best(tried: list[tuple[str, float]], before: float) -> tuple[str, float] | None:
    cured = [(t, s) for t, s in tried if abs(s) < 1.0 and abs(s) <= abs(before) / 3.0]
    return min(cured, key=lambda pair: abs(pair[1])) if cured else None


def _skewness(values: Floats) -> float:
    """Return the third standardised moment, NaN where it is not defined."""
    with np.errstate(all="ignore"):
        apart = values - values.mean()
        apart = apart / np.abs(apart).max()
        spread = float(np.mean(apart * apart))
        return float(np.mean(apart**3)) / spread**1.5 if spread > 0 else float("nan")


def yeo_johnson(values: Floats, power: float) -> Floats:
    """Return the Yeo-Johnson transform of some numbers.

    Parameters
    ----------
    values : ndarray of float64
        Any finite numbers.
    power : float
        Called lambda in the paper; 1 changes nothing.

    References
    ----------
    Yeo and Johnson (2000), A new family of power transformations, Biometrika 87(4), 954-959.
    """
    out = np.empty_like(values)
    high = values >= 0
    with np.errstate(over="ignore", invalid="ignore"):
        up, down = np.log1p(values[high]), np.log1p(-values[~high])
        out[high] = up if power == 0 else np.expm1(power * up) / power
        rest = 2.0 - power
        out[~high] = -down if rest == 0 else -np.expm1(rest * down) / rest
    return out
