"""LEA114 target-leak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import capital, listing, train_of
from dataaudit.analyzers.leakage.entities import may_be_entity
from dataaudit.analyzers.leakage.single_input import scaled_balanced_accuracy, score_numbers, score_words, screen
from dataaudit.model import (
    Bools,
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
    Task,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.sample import Sample, SampleState
from dataaudit.stats.values import Values

LEAST_ROWS = 50
LEAST_OF_CLASS = 5
MOST_CLASSES = 100
MOST_TARGETS = 8
ROWS = 5000
"""Rows of the sample on which inputs are judged; a score of .95 then has a standard error of .004."""

CELLS = 1 << 22
JUDGED = 24
"""Inputs, the best by `screen`, whose score is taken out of fold; where more would matter, none stands alone."""

FEW = 4
"""Inputs below which the next one says little of what is usual: it must lie twice as far behind."""

AFFINE = 1e-6
"""Share of the target's variance up to which what is left of a straight line is rounding."""


@dataclass(frozen=True)
class Score:
    """How well one input tells the target.

    Attributes
    ----------
    name : Name
        The input.
    value : float
        0 to 1, out of fold.
    copy : str
        How it is the target itself, such as "one to one"; empty where it is not.
    lag : bool
        Whether it holds the target of other rows, as lags do.
    how : str
        What was tried: the "values", or the "words" of a text.
    many : bool
        Whether it holds so many categories that each stands for few rows.
    alike : bool
        Whether it holds as many categories as there are classes.
    """

    name: Name
    value: float
    copy: str = ""
    lag: bool = False
    how: str = "values"
    many: bool = False
    alike: bool = False


@register
@dataclass(frozen=True)
class TargetLeak:
    """One input that all but is the target.

    ## Why it matters
    Such an input is mostly the label in other words, or was recorded after the outcome. It will be missing or empty
    when the model is used, and the score, which rests on it, goes with it.

    ## How it decides
    Every input of train by itself, in a sample of 5,000 rows, is given to a tree of depth four (numbers; for a
    number as target also to the mean of the nearest six rows, and the better counts) or to the
    usual label of each value (categories), out of fold; the score is the balanced accuracy, scaled so that guessing
    is 0 and telling all is 1 (for numbers as target the share of variance explained). Free text is searched for the
    names of the classes. Where a number is missing, ASC106 asks whether that tells the label; here only present
    values count. An error where input and target are one to one on 50 rows or more (each class one value; for numbers
    a straight line, or one after a logarithm, to a millionth of the variance). A warning where the score is at least
    `score` (0.95) and `gap` (0.1) above the next input, or twice that with fewer than four inputs; for classes
    also from 0.90 with twice the gap, or the gap alone if the input holds as many categories as there are classes; two
    inputs together from 0.97 with twice the gap. A note from 0.90.
    Honest inputs reach: iris' petal length .92 (petal width .91), breast cancer .80, wine .65; the fares of taxis .90
    by distance, diamonds' prices .89 by weight. A lag, whose values are targets of other rows, is a note.

    ## What to do
    Find out when the value becomes known. Drop it if that is after the outcome, or if it was computed from it.

    ## When to ignore it
    It is known when the model predicts. Then one rule may do instead of a network.

    ## When it cannot tell
    Leaks below about 0.9 look like any good input. Fewer than 50 labelled rows, more than 100 classes, pictures.
    """

    code: ClassVar[str] = "LEA114"
    name: ClassVar[str] = "target-leak"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "teaches the model to read the label off an input that will not be there"
    tips: ClassVar[tuple[str, ...]] = ("37.4",)

    score: float = option(0.95, "score of one input from which it stands for the target")
    gap: float = option(0.1, "how far the next input's score must lie below")

    def needs(self) -> tuple[Sample, Values]:
        return (Sample(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        schema = train.schema
        if not schema.targets:
            raise NotApplicable("no target was named")
        if schema.pictures or schema.pixels:
            raise NotApplicable("the inputs are pictures; no pixel stands for a label by itself")
        names = _inputs(train)
        if not names:
            raise NotApplicable("there is no input that could be judged by itself")
        said = []
        for target in schema.targets[:MOST_TARGETS]:
            scores = _scores(train, splits, target, names)
            if not scores:
                continue
            said.append(f"'{scores[0].name}' tells '{target}' best, {scores[0].value:.2f} of 1")
            yield from self._judge(train, target, scores)
        if not said:
            raise CannotTell(
                f"fewer than {LEAST_ROWS} rows with a label and values, or more than {MOST_CLASSES} classes"
            )
        yield Passed("; ".join(said[:3]))

    def _judge(self, train: SplitView, target: Name, scores: list[Score]) -> Iterator[Finding]:
        copies = [s for s in scores if s.copy]
        for copy in copies:
            yield _finding(train, target, [copy], scores, f"it is the target itself, {copy.copy}", Severity.ERROR)
        rest = [s for s in scores if not s.copy]
        able = [s for s in rest if not s.lag and not s.many]
        alone = 0
        if len(rest) > 1:
            classes = train.context.task is not Task.REGRESSION
            alone = _leaders(able, rest, self.score, self.gap, classes=classes)
        if alone:
            others = [s for s in rest if s not in able[:alone]]
            beside = f"the next best, {listing([others[0].name])}, {others[0].value:.2f}" if others else "no other does"
            yield _finding(train, target, able[:alone], scores, beside, Severity.WARNING)
        high = [s for s in rest if s.value >= 0.9 and s not in able[:alone]]
        if high and not alone and not copies:
            why = "it holds targets of other rows, as lags do" if high[0].lag else "confirm that it is known by then"
            yield _finding(train, target, high[:3], scores, why, Severity.NOTE)


def _leaders(able: list[Score], rest: list[Score], least: float, gap: float, *, classes: bool) -> int:
    """Return how many inputs, 0 to 2, stand for the target while the others are far behind."""
    wide = 2 * gap
    ways = [(1, least, wide if len(rest) < FEW else gap), (2, max(least, 0.97), wide)]
    if classes and able:
        ways.append((1, 0.9, gap if able[0].alike else wide))
    for k, score, behind in ways:
        if len(able) < k or len(rest) <= k:
            continue
        following = max(s.value for s in rest if s not in able[:k])
        if able[k - 1].value >= score and able[k - 1].value - following >= behind:
            return k
    return 0


# ---------------------------------------------------------------- scores


def _inputs(train: SplitView) -> list[Name]:
    """Return the inputs that can be judged: no ids, no times, nobody's name."""
    kinds = train.context.kinds
    left_out = (Kind.DATETIME, Kind.EMPTY)
    found = []
    for column in train.schema.columns:
        kind = kinds[column.name]
        numbered = kind is Kind.ID and column.storage.is_number
        if (
            column.role is Role.FEATURE
            and kind not in left_out
            and not numbered
            and not may_be_entity(train, column.name)
        ):
            found.append(column.name)
    return found


def _scores(train: SplitView, splits: Mapping[str, SplitView], target: Name, names: Sequence[Name]) -> list[Score]:
    """Return the scores of the inputs, the best first; nothing where the target cannot be judged."""
    sample, index = train.get(Sample()), train.schema.number_index
    n = min(len(sample.rows), max(500, min(ROWS, CELLS // max(1, len(names)))))
    classes = train.context.task is not Task.REGRESSION
    if not classes and target not in index:
        return []
    labels, y, n_classes = _target(sample, index, target, n, classes=classes)
    known = np.isfinite(y) if not classes else y >= 0
    if known.sum() < LEAST_ROWS or (classes and not 2 <= n_classes <= MOST_CLASSES):
        return []
    rough: list[tuple[float, Name, Bools, Any]] = []
    for name in names:
        if name in index:
            x = sample.numbers[index[name]][:n]
            here = known & np.isfinite(x)
            if _enough(y[here], classes=classes):
                first = screen(x[here], y[here], n_classes if classes else None)
                rough.append((first, name, here, x))
        else:
            codes = _coded(sample.codes[name][:n])
            here = known & (codes >= 0)
            if _enough(y[here], classes=classes):
                rough.append((1.0, name, here, codes))
    rough.sort(key=lambda r: -r[0])
    total = n_classes if classes else None
    found = []
    for _, name, here, x in rough[:JUDGED]:
        if name in index:
            found.append(_number(name, x[here], y[here], total, splits, target))
        else:
            texts = sample.codes[name][:n][here]
            found.append(_words(name, x[here], y[here], total, texts, labels))
    return sorted(found, key=lambda s: -s.value)


def _target(
    sample: SampleState, index: Mapping[Name, int], target: Name, n: int, *, classes: bool
) -> tuple[list[str], NDArray[Any], int]:
    """Return the classes as text, each row's class (-1 where missing or rare), or its number, and how many classes."""
    if not classes:
        return [], sample.numbers[index[target]][:n], 0
    if target in index:
        line = sample.numbers[index[target]][:n]
        values, codes = np.unique(line, return_inverse=True)
        codes = np.where(np.isfinite(line), codes, -1)
        labels = [f"{v:g}" for v in values.tolist()]
    else:
        column = sample.codes[target][:n]
        codes = _coded(column)
        labels = [""] * (int(codes.max(initial=-1)) + 1)
        for text, code in zip(column.tolist(), codes.tolist(), strict=True):
            if code >= 0:
                labels[code] = str(text)
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    kept = np.flatnonzero(counts >= LEAST_OF_CLASS)
    place = np.full(len(labels) + 1, -1, dtype=np.int64)
    place[kept] = np.arange(len(kept))
    return [labels[i] for i in kept], place[codes], len(kept)


def _coded(column: NDArray[Any]) -> Ints:
    """Return a text column as codes in the order of first appearance, -1 where missing."""
    places: dict[Any, int] = {}
    return np.array([-1 if v is None else places.setdefault(v, len(places)) for v in column.tolist()], dtype=np.int64)


def _enough(y: NDArray[Any], *, classes: bool) -> bool:
    """Return whether there are 50 rows, and ten of a second class, or numbers that differ."""
    if len(y) < LEAST_ROWS:
        return False
    if classes:
        counts = np.bincount(y)
        return int((counts >= 10).sum()) >= 2
    return bool(y.min() < y.max())


def _number(
    name: Name, x: Floats, y: NDArray[Any], n_classes: int | None, splits: Mapping[str, SplitView], target: Name
) -> Score:
    value = score_numbers(x, y, n_classes)
    if n_classes is not None:
        codes = np.unique(x, return_inverse=True)[1].astype(np.int64)
        return Score(name, value, "one to one" if _one_to_one(codes, y) else "")
    copy = ""
    if _affine(x, y):
        copy = "on one straight line"
    elif (x > 0).all() and _affine(np.log(x), y):
        copy = "on one straight line after its logarithm"
    elif (y > 0).all() and _affine(x, np.log(y)):
        copy = "on one straight line after the target's logarithm"
    return Score(name, value, copy, lag=value >= 0.9 and not copy and _is_lag(x, y, splits, target))


def _words(
    name: Name, codes: Ints, y: NDArray[Any], n_classes: int | None, texts: NDArray[Any], labels: list[str]
) -> Score:
    codes = np.unique(codes, return_inverse=True)[1].astype(np.int64)
    n_words = int(codes.max()) + 1
    value = score_words(codes, y, n_classes)
    many = n_words > max(20, 2 * (n_classes or 0))
    if n_classes is None:
        return Score(name, value, many=many)
    if _one_to_one(codes, y):
        return Score(name, value, "one to one")
    if many:
        named = _names_class(texts, labels)
        within = scaled_balanced_accuracy(named, y, n_classes)
        if within > value or within >= 0.9:
            return Score(name, within, how="words")
    return Score(name, value, many=many, alike=n_words == n_classes)


def _one_to_one(codes: Ints, y: Ints) -> bool:
    """Return whether each value has one class and each class one value."""
    pairs = np.unique(np.stack([codes, y]), axis=1).shape[1]
    return len(y) >= LEAST_ROWS and pairs == len(np.unique(codes)) == len(np.unique(y)) >= 2


def _affine(x: Floats, y: Floats) -> bool:
    """Return whether many different numbers lie on one straight line."""
    if len(np.unique(x)) < LEAST_ROWS or len(np.unique(y)) < LEAST_ROWS:
        return False
    with np.errstate(all="ignore"):
        a, b = (x - x.mean()) / x.std(), (y - y.mean()) / y.std()
        r = float((a * b).mean())
    return 1.0 - r * r < AFFINE


def _is_lag(x: Floats, y: Floats, splits: Mapping[str, SplitView], target: Name) -> bool:
    """Return whether an input holds the targets of other rows: nearly all its values occur there, few in their row."""
    index = next(iter(splits.values())).schema.number_index
    all_y = np.concatenate([s.get(Sample()).numbers[index[target]] for s in splits.values()])
    return len(np.unique(x)) >= LEAST_ROWS and float(np.isin(x, all_y).mean()) >= 0.8 and float((x == y).mean()) < 0.5


def _names_class(texts: NDArray[Any], labels: list[str]) -> Ints:
    """Return the class whose name stands in each text as a word of its own, -1 where none or several do."""
    told = np.full(len(texts), -1, dtype=np.int64)
    words = {label.casefold(): i for i, label in enumerate(labels) if re.search(r"[^\W\d_]{3}", label)}
    if not words:
        return told
    longest = sorted(words, key=len, reverse=True)
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, longest)) + r")(?!\w)")
    for i, text in enumerate(texts.tolist()):
        found = set(pattern.findall(str(text).casefold()))
        if len(found) == 1:
            told[i] = words[found.pop()]
    return told


# ---------------------------------------------------------------- words


def _finding(
    train: SplitView, target: Name, leaks: list[Score], scores: list[Score], beside: str, severity: Severity
) -> Finding:
    names = [s.name for s in leaks]
    what = "balanced accuracy" if train.context.task is not Task.REGRESSION else "share of variance"
    how = "the class is named in its text, which reaches" if leaks[0].how == "words" else "it reaches"
    each = " and ".join(f"{s.value:.2f}" for s in leaks)
    whom = "the target" if len(train.schema.targets) == 1 else listing([target])
    return Finding(
        f"{capital(listing(names))} alone {'tells' if len(leaks) == 1 else 'tell'} {whom}: "
        f"{how if len(leaks) == 1 else 'they reach'} {each} of 1 ({what} out of fold); {beside}",
        splits=(train.name,),
        columns=tuple(names),
        severity=severity,
        place=str(target),
        evidence={
            "target": target,
            "score": round(leaks[0].value, 4),
            "table": {
                "caption": f"How well each input alone tells {whom}, from 0 (guessing) to 1",
                "columns": ["input", "score"],
                "rows": [[str(s.name), round(s.value, 3)] for s in scores],
                "total": len(scores),
            },
        },
        figure={
            "kind": "bars",
            "caption": f"How well single inputs tell {whom}: 0 is guessing, 1 is always right",
            "unit": "",
            "items": [{"label": str(s.name), "value": round(s.value, 3)} for s in scores[:10]],
        },
        fix=f"- X = data.drop(columns=[target])\n+ X = data.drop(columns=[target, {', '.join(map(repr, names))}])"
        f"   # unless known when the model predicts",
    )
