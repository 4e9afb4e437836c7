"""LEA116 split-drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import capital, joined, listing, percent, train_and_others
from dataaudit.analyzers.leakage.by_design import by_design
from dataaudit.analyzers.leakage.other_scaler import compare_scalers
from dataaudit.analyzers.leakage.pictures_differ import compare_pictures
from dataaudit.analyzers.leakage.preprocessed_differently import NEEDS, numbers_of
from dataaudit.analyzers.leakage.words_differ import compare_missing, compare_words
from dataaudit.analyzers.shares import chance, compare_shares
from dataaudit.model import (
    CannotTell,
    Finding,
    Floats,
    Ints,
    Kind,
    Name,
    NotApplicable,
    Passed,
    Role,
    Severity,
    SplitView,
    option,
)
from dataaudit.probe.encoders import Matrix
from dataaudit.probe.features import inputs, learn
from dataaudit.probe.rows import Rows, gather
from dataaudit.probe.separation import Separation, separate
from dataaudit.probe.two_samples import distance, kolmogorov_p
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.moments import Moments
from dataaudit.stats.picture_facts import PictureFacts
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

LEAST = 20
"""Rows of a split below which it is not compared: seven in each fold."""
NOTED = 0.65
"""Area under the ROC curve from which a note is worth it: two of three pairs in the right order."""
_TELLING, _TELLING_P = 0.15, 1e-3
"""Difference of a column by itself, and its p-value over all columns, from which it gives a split away."""
_CELLS = 1 << 23
"""Numbers in the matrix that models are fitted on, at most: rows are fewer where the table is wide."""
_LIGHT = ("brightness", "contrast", "sharpness", "information", "red", "green", "blue", "slope", "rise", "green_gap")


@dataclass(frozen=True)
class Effect:
    """How one column differs by itself.

    Attributes
    ----------
    column : str or int
        Its name; for pictures, what was measured of them.
    size : float
        Largest gap between the two distributions, or share of rows that would have to change category: 0 to 1.
    p : float
        Before it is corrected for the number of columns.
    train, other : str
        What stands there.
    """

    column: Name
    size: float
    p: float
    train: str
    other: str


@dataclass(frozen=True)
class Drift:
    """What tells a split from train."""

    separation: Separation
    effects: tuple[Effect, ...]
    reason: str | None
    n: tuple[int, int]
    looked_at: int


@register
@dataclass(frozen=True)
class SplitDrift:
    """A model can tell rows of one split from rows of train.

    ## Why it matters
    A score measures what it is meant to where the test rows come from where the training rows come from. If a model
    can tell which is which, they do not: the score says little about either, and early stopping and thresholds are
    tuned to other data than the model learns from.

    ## How it decides
    A classifier two-sample test (Lopez-Paz and Oquab 2017): a linear discriminant and a small gradient boosting
    learn, on up to `rows` sampled rows (12,000), to tell a split from train by its inputs: numbers, what is missing,
    categories, texts, times of day, or brightness, colours and sharpness of pictures. Ids, dates, targets and columns
    that LEA104 explains are left out. Judged out of fold by the area under the ROC curve, with twice the mean of the
    folds' permutation p-values. A warning at an area of `auc` (0.75: three of four pairs in the right order, what a
    shift by one standard deviation of one column gives) or more with p of `p_value` (1e-3) or less; a note from 0.65.
    The columns that give it away are those that differ by themselves: Kolmogorov-Smirnov distance, or share of rows
    that would have to change category, at least 0.15, with p below 1e-3 divided by the number of columns.

    A note, not a warning, where the split was cut that way on purpose: a time or group column is declared; a date or
    number ends in one split where it begins in the other; a column of groups has no value in common; or train's own
    rows drift along their order. Of 198 random, stratified and standardised splits of eleven real tables and 120 of
    photographs none was warned of (`benchmarks/drift_calibration.py`); on numbers of pure chance p is 0.05 or less in
    at most one of twenty by construction.

    ## What to do
    Find out how the split was made. If by accident (files in order, one source each), split again at random or by
    group. If the future does differ, keep it, and report that the score is one under drift.

    ## When to ignore it
    Splits by time, by site or by device, made to test whether a model stands the change.

    ## When it cannot tell
    With fewer than 20 rows in a split, and without the rows' sample (a saved profile). Drift that needs more rows to
    be learnt than there are. Validation and test are each compared with train, not with each other.
    """

    code: ClassVar[str] = "LEA116"
    name: ClassVar[str] = "split-drift"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "is scored on rows from elsewhere"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    auc: float = option(0.75, "area under the ROC curve, out of fold, that is flagged")
    p_value: float = option(1e-3, "largest p-value of that area that is flagged")
    rows: int = option(12_000, "most rows that are learnt from, both splits together")

    def needs(self) -> tuple[Sample, Values, Moments, Pixels, PictureFacts, BatchLog]:
        return NEEDS

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train, others = train_and_others(splits)
        if train.context.kind == "batches":
            raise NotApplicable("a loader may draw and alter its training rows at random, and other splits' not")
        pictures = bool(train.schema.pixels or train.schema.pictures)
        said = []
        for other in others:
            drift = self._pictures(train, other) if pictures else self._table(train, other, splits)
            if drift is None:
                continue
            said.append(f"{other.name} {drift.separation.auc:.2f}")
            finding = self._finding(drift, train, other, pictures=pictures)
            if finding is not None:
                yield finding
        if not said:
            raise CannotTell(f"no split has {LEAST} rows to compare with as many of {train.name}")
        yield Passed(f"area under the ROC curve of telling from {train.name}: {', '.join(said)} (0.5 is chance)")

    # ------------------------------------------------------------ tables

    def _table(self, train: SplitView, other: SplitView, splits: Mapping[str, SplitView]) -> Drift | None:
        samples = {s.name: s.get(Sample()) for s in (train, other)}
        if min(len(s.rows) for s in samples.values()) < LEAST:
            return None
        kinds = train.context.kinds
        taken = numbers_of(train, other).explained
        rewritten = (*compare_words(train, other), *compare_missing(train, other), *compare_scalers(train, other))
        taken |= {n for words in rewritten for n in words.columns}
        names = [n for n in inputs(train.schema, kinds) if kinds[n] is not Kind.DATETIME and n not in taken]
        if not names:
            return None
        most = max(200, min(self.rows, _CELLS // len(names)))
        rows = gather(samples, train.schema, most)
        features = learn(rows, kinds, names, most=max(len(names), 512), seed=train.context.seed).transform(rows)
        second = rows.split == 1
        separation = separate(features.matrix, second, groups=_groups(rows, train), seed=train.context.seed)
        effects: list[Effect] = []
        reason = None
        if separation.auc >= NOTED and separation.p <= self.p_value:
            effects = [e for n in names if (e := _effect(n, rows, kinds[n])) is not None]
            reason = by_design(train, other, rows, separation.scores, splits)
        n = int((~second).sum()), int(second.sum())
        return Drift(separation, _telling(effects, len(names)), reason, n, len(names))

    # ------------------------------------------------------------ pictures

    def _pictures(self, train: SplitView, other: SplitView) -> Drift | None:
        one, two = _light(train, self.rows // 2), _light(other, self.rows // 2)
        if min(len(one), len(two)) < LEAST or next(compare_pictures(train, other), None) is not None:
            return None
        both = np.concatenate([one, two])
        second = np.arange(len(both)) >= len(one)
        order = np.sort(both, axis=0)
        matrix: Matrix = np.stack(
            [np.searchsorted(order[:, j], both[:, j]) / len(both) * 4 - 2 for j in range(both.shape[1])], axis=1
        ).astype(np.float32)
        separation = separate(matrix, second, seed=train.context.seed)
        effects = []
        for j, what in enumerate(_LIGHT):
            a, b = np.sort(one[:, j]), np.sort(two[:, j])
            gap = distance(a, b)
            effects.append(Effect(what, gap, kolmogorov_p(gap, len(a), len(b)), *_medians(a, b)))
        declared = train.schema.with_role(Role.TIME) or train.schema.with_role(Role.GROUP)
        reason = f"the splits were cut by {listing(declared)}" if declared else None
        return Drift(separation, _telling(effects, len(_LIGHT)), reason, (len(one), len(two)), len(_LIGHT))

    # ------------------------------------------------------------ words

    def _finding(self, drift: Drift, train: SplitView, other: SplitView, *, pictures: bool) -> Finding | None:
        area, p = drift.separation.auc, drift.separation.p
        if p > self.p_value or area < min(self.auc, NOTED):
            return None
        loud = area >= self.auc and drift.reason is None
        names = [e.column for e in drift.effects]
        if pictures:
            away = f"by {joined([str(n) for n in names[:3]])}" if names else "by several measures together"
        else:
            away = f"by {listing(names)}" if names else "by several columns together, none alone"
        things = "pictures" if pictures else "rows"
        message = (
            f"a model tells {things} of {other.name} from {things} of {train.name}: of two {things}, one of each, it "
            f"picks the right one in {percent(area)} of cases, where chance gives 50 % ({chance(p)}), {away}"
        )
        if drift.reason is not None:
            message += f"; {drift.reason}, so that is to be expected"
        return Finding(
            capital(message),
            splits=(train.name, other.name),
            columns=() if pictures else tuple(names),
            severity=Severity.WARNING if loud else Severity.NOTE,
            confidence=1.0 - p,
            evidence={
                "auc": round(area, 4),
                "p": p,
                "rows": list(drift.n),
                "columns_looked_at": drift.looked_at,
                "table": {
                    "caption": f"What differs by itself, the most telling first: 0 is no difference from {train.name}, "
                    "1 is nothing in common",
                    "columns": ["measured" if pictures else "column", "difference", "p", train.name, other.name],
                    "rows": [[e.column, round(e.size, 3), float(f"{e.p:.2g}"), e.train, e.other]
                             for e in drift.effects[:200]],
                    "total": len(drift.effects),
                },
            },
            figure={
                "kind": "bars",
                "caption": f"How much each column of {other.name} differs from {train.name} by itself, 0 to 1",
                "unit": "difference",
                "items": [{"label": str(e.column), "value": round(e.size, 3)} for e in drift.effects[:20]],
            } if drift.effects else None,
            fix="Keep the split, and report the score as one under drift."
            if drift.reason
            else "+ train, test = train_test_split(data, random_state=0)   # at random, or by group",
        )  # fmt: skip


def _telling(effects: Sequence[Effect], n: int) -> tuple[Effect, ...]:
    found = [e for e in effects if e.size >= _TELLING and e.p * n < _TELLING_P]
    return tuple(sorted(found, key=lambda e: (-e.size, str(e.column))))


def _effect(name: Name, rows: Rows, kind: Kind) -> Effect | None:
    """Return how a column differs by itself, its missing values among it."""
    second = rows.split == 1
    if name in rows.numbers:
        line = rows.numbers[name]
        holes = np.isnan(line)
        found = _missing(name, holes, second)
        a, b = np.sort(line[~second & ~holes]), np.sort(line[second & ~holes])
        if not len(a) or not len(b):
            return found
        gap = distance(a, b)
        alone = Effect(name, gap, kolmogorov_p(gap, len(a), len(b)), *_medians(a, b))
        return max((e for e in (found, alone) if e is not None), key=lambda e: e.size * (e.p < 1e-3))
    texts = rows.texts[name]
    if kind is Kind.TEXT:
        lengths = np.array([0 if v is None else len(str(v)) for v in texts.tolist()], dtype=np.float64)
        a, b = np.sort(lengths[~second]), np.sort(lengths[second])
        gap = distance(a, b)
        return Effect(name, gap, kolmogorov_p(gap, len(a), len(b)), *(f"{s} characters" for s in _medians(a, b)))
    words = sorted({str(v) for v in texts.tolist() if v is not None})
    place = {w: i for i, w in enumerate(words)}
    code = np.array([len(words) if v is None else place[str(v)] for v in texts.tolist()], dtype=np.int64)
    counts = [np.bincount(code[at], minlength=len(words) + 1).astype(np.int64) for at in (~second, second)]
    test = compare_shares(counts[0], counts[1])
    word = "missing" if test.worst == len(words) else repr(words[test.worst])
    shown = [f"{word} {percent(float(c[test.worst] / max(1, c.sum())))}" for c in counts]
    expected = _by_chance(counts[0], counts[1])
    return Effect(name, max(0.0, test.moved - expected), test.p, *shown)


def _by_chance(a: Ints, b: Ints) -> float:
    """Return about how many rows would have to change category between two samples of the same rows."""
    share = (a + b) / max(1, int(a.sum() + b.sum()))
    error = np.sqrt(share * (1 - share) * (1 / max(1, a.sum()) + 1 / max(1, b.sum())))
    return float(0.5 * np.sqrt(2 / np.pi) * error.sum())


def _missing(name: Name, holes: Any, second: Any) -> Effect | None:
    if not holes.any():
        return None
    counts = [np.array([int((~holes[at]).sum()), int(holes[at].sum())], np.int64) for at in (~second, second)]
    test = compare_shares(counts[0], counts[1])
    shown = [f"{percent(float(c[1] / max(1, c.sum())))} missing" for c in counts]
    return Effect(name, test.moved, test.p, shown[0], shown[1])


def _medians(a: Floats, b: Floats) -> tuple[str, str]:
    """Return the middle values of two sorted samples: values that do occur, whose sum cannot overflow."""
    return f"median {a[len(a) // 2]:.4g}", f"median {b[len(b) // 2]:.4g}"


def _groups(rows: Rows, train: SplitView) -> Ints | None:
    """Return the declared group of each row, numbered; None where none is declared."""
    declared = train.schema.with_role(Role.GROUP)
    if not declared:
        return None
    name = declared[0]
    values = rows.numbers[name].astype(object) if name in rows.numbers else rows.texts[name]
    words = np.array([str(v) for v in values], dtype=object)
    keys = np.array([f"{s}/{w}" for s, w in zip(rows.split.tolist(), words, strict=True)])
    _, inverse = np.unique(keys, return_inverse=True)
    return inverse.astype(np.int64)


def _light(split: SplitView, most: int) -> Floats:
    """Return what was measured of each picture, shape (n, measures); those that are not known are 0."""
    facts = split.get(PictureFacts())
    table = np.stack([facts.fact(name) for name in _LIGHT], axis=1)[facts.decoded]
    table = np.where(np.isfinite(table), table, 0.0)
    if len(table) > most:
        table = table[np.linspace(0, len(table) - 1, most).astype(int)]
    return table
