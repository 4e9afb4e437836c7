"""LEA106 target-encoding-leak."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import joined, listing, number, percent, plural
from dataaudit.analyzers.leakage.encodings import Encoding, candidates, encodings, targets
from dataaudit.analyzers.leakage.fits import ACCEPT, complete, ordered, power
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample

FIX = (
    "- df['city_enc'] = df.groupby('city')['y'].transform('mean')\n"
    "+ encoder = sklearn.preprocessing.TargetEncoder()\n"
    "+ X_train = encoder.fit_transform(X_train, y_train)   # cross-fitted: no row sees its own target\n"
    "+ X_test = encoder.transform(X_test)"
)


@register
@dataclass(frozen=True)
class TargetEncodingLeak:
    """An input that is the mean of the target per category, over rows that it must not have seen.

    ## Why it matters
    Where a row's own target is part of its input, the model reads the answer off: the smaller the category, the
    more exactly. Where test rows are part of the mean, the test score is read off, too.

    ## How it decides
    An input is the mean of the target per category if its distinct values are: v = (s + m·ȳ)/(n + m) for n rows with
    targets summing to s, one smoothing m for all categories, over the rows of one union of splits. At least 80 % of
    the values and of the rows must agree to the last digit stored, with a probability of an accident below 1e-9.
    Means over validation or test rows are errors. Over train alone every row's own target is in its value; averaged
    over the rows its weight is 1/(n + m), which is also the share of the spread of pure noise that the input would
    explain: an error from `own` (5 %) on, a warning from a fifth of that on, and passed below, as with few large
    categories. Leave-one-out means of a target of two classes are errors: they hold the target by subtraction.
    Of 1,000 clean synthetic data sets none was accused (`benchmarks/leakage_fills.py`).

    ## What to do
    Encode train by cross-fitting (scikit-learn's TargetEncoder.fit_transform does), other splits by all of train.

    ## When to ignore it
    The column is a statistic of the past that was known when the row was recorded.

    ## When it cannot tell
    More rows than are sampled; means of other targets, of other rows, or with noise added; encodings smoothed another
    way than by a number of rows. Cross-fitted columns hold several values a category in train, and leave no trace.
    """

    code: ClassVar[str] = "LEA106"
    name: ClassVar[str] = "target-encoding-leak"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches the model to read the target off an input that holds it"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    own: float = option(0.05, "share of an encoded value that is its own row's target, from which it is an error")

    def needs(self) -> tuple[Any, ...]:
        return (Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        order = _order(splits)
        filled = {name: splits[name] for name in order}
        first = filled[order[0]]
        if len(first.schema.targets) != 1:
            raise NotApplicable("an encoded target is told for one target")
        names = candidates(filled)
        if not names:
            raise NotApplicable("no input with fractions repeats its values, as means per category do")
        if not complete(filled):
            raise CannotTell("there are more rows than are sampled, and means over all of them are told by every row")
        ways = targets(filled)
        passed = []
        for name in names:
            found = [e for e in encodings(name, filled, order, ways) if e.log_p < math.log(ACCEPT)]
            if not found:
                continue
            best = next((e for e in found if e.left_out), found[0])
            hit = self._finding(best, order)
            if hit is None:
                passed.append(f"'{name}' by {order[0]}, own target's share {percent(best.own)}")
            else:
                yield hit
        if passed:
            yield Passed(f"means of the target per category: {'; '.join(passed[:3])}")
        else:
            yield Passed(
                f"{plural(len(names), 'input')} that {'repeats' if len(names) == 1 else 'repeat'} values "
                f"({listing(names)}): none is the mean of the target of any splits' rows"
            )

    def _finding(self, e: Encoding, order: tuple[str, ...]) -> Finding | None:
        of = f"class {e.label!r}" if e.label else "the target"
        smooth = "" if e.smoothing == 0 else f", smoothed by {number(e.smoothing)} rows"
        alone = e.union == frozenset(order[:1])
        where, severity = tuple(n for n in order if n in e.union), Severity.ERROR
        if e.left_out:
            message = (
                f"'{e.column}' is the mean of {of} per category with each row's own target left out: a category has "
                "one value for each class, so the input tells the target"
            )
        elif alone:
            if e.own < self.own / 5.0:
                return None
            severity = Severity.ERROR if e.own >= self.own else Severity.WARNING
            message = (
                f"'{e.column}' is the mean of {of} per category over {order[0]}, each row's own target included: "
                f"{percent(e.own)} of a value is the row's own ({e.groups:,} values agree{smooth})"
            )
        else:
            message = (
                f"'{e.column}' is the mean of {of} per category over {joined(where)}"
                f"{' together' if len(where) > 1 else ''}, each row's own target included "
                f"({e.groups:,} values agree{smooth})"
            )
        return Finding(
            message,
            splits=where,
            columns=(e.column,),
            confidence=1.0 - math.exp(e.log_p),
            evidence={
                "fitted_on": sorted(e.union),
                "smoothing": round(e.smoothing, 6),
                "values_that_agree": e.groups,
                "own_share": round(e.own, 6),
                "log10_p": round(e.log_p / math.log(10), 1),
                "by_accident": power(e.log_p),
            },
            severity=severity,
            fix=FIX,
            place=e.label,
        )


def _order(splits: Mapping[str, SplitView]) -> tuple[str, ...]:
    """Return the names of the splits, train first; one split is enough to see its own targets in it."""
    filled = {n: s for n, s in splits.items() if s.n_rows}
    if len(filled) == 1:
        (only,) = filled.values()
        if only.schema.pictures:
            raise NotApplicable("picture files hold no encoded categories")
        return (only.name,)
    return ordered(splits)
