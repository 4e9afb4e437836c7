"""How well every input alone tells the target, and in what way an input may be the target itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.leakage.entities import may_be_entity
from dataaudit.analyzers.leakage.single_input import scaled_balanced_accuracy, score_numbers, score_words, screen
from dataaudit.model import Bools, Floats, Ints, Kind, Name, Role, SplitView, Task
from dataaudit.stats.sample import Sample, SampleState

LEAST_ROWS = 50
FEWEST_ROWS = 36
"""Rows from which classes are judged at all: telling each of them right leaves a standard error of 0.03."""
LEAST_OF_CLASS = 5
MOST_CLASSES = 100
ROWS = 5000
"""Rows of the sample on which inputs are judged; a score of .95 then has a standard error of .004."""

CELLS = 1 << 22
JUDGED = 12
"""Inputs, the best by `screen`, whose score is taken out of fold; where more would matter, none stands alone."""

PROMISING = 0.7
"""Guess below which an input is not looked at more closely: it cannot stand for the target, nor stand in its way."""

BLOCK = 64
"""Inputs that are sorted together."""

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
    guess : bool
        Whether the value is what it reaches within the sample, where no more is needed: its score is no higher.
    """

    name: Name
    value: float
    copy: str = ""
    lag: bool = False
    how: str = "values"
    many: bool = False
    alike: bool = False
    guess: bool = False

    @property
    def text(self) -> str:
        """The score as messages show it."""
        return f"at most {self.value:.2f}" if self.guess else f"{self.value:.2f}"


def judged_inputs(train: SplitView) -> list[Name]:
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


def input_scores(train: SplitView, splits: Mapping[str, SplitView], target: Name, names: Sequence[Name]) -> list[Score]:
    """Return the scores of the inputs, the best first; nothing where the target cannot be judged."""
    sample, index = train.get(Sample()), train.schema.number_index
    n = min(len(sample.rows), max(500, min(ROWS, CELLS // max(1, len(names)))))
    classes = train.context.task is not Task.REGRESSION
    if not classes and target not in index:
        return []
    labels, y, n_classes = _target(sample, index, target, n, classes=classes)
    known = np.isfinite(y) if not classes else y >= 0
    if known.sum() < (FEWEST_ROWS if classes else LEAST_ROWS) or (classes and not 2 <= n_classes <= MOST_CLASSES):
        return []
    total = n_classes if classes else None
    numbers, words = [name for name in names if name in index], [name for name in names if name not in index]
    guesses = _guesses(sample.numbers, [index[name] for name in numbers], y, known, total)
    rough = sorted(((g, name) for g, name in zip(guesses, numbers, strict=True) if g >= 0), key=lambda r: -r[0])
    found = []
    for place, (guess, name) in enumerate(rough):
        if guess < PROMISING or place >= JUDGED:
            found.append(Score(name, guess, guess=True))
            continue
        x = sample.numbers[index[name]][:n]
        here = known & np.isfinite(x)
        found.append(_number(name, x[here], y[here], total, splits, target))
    for name in words:
        texts = sample.codes[name][:n]
        codes = _coded(texts)
        here = known & (codes >= 0)
        if _enough(y[here], classes=classes):
            found.append(_words(name, codes[here], y[here], total, texts[here], labels))
    return sorted(found, key=lambda s: (s.guess, -s.value))


def _guesses(numbers: Floats, at: list[int], y: NDArray[Any], known: Bools, total: int | None) -> list[float]:
    """Return an upper guess of each number's score; -1 where too few rows have it."""
    guesses = np.full(len(at), -1.0)
    n = len(known)
    gaps = np.zeros(len(at), dtype=bool)
    for first in range(0, len(at), BLOCK):
        block = numbers[at[first : first + BLOCK]][:, :n][:, known]
        whole = np.isfinite(block).all(axis=1)
        gaps[first : first + BLOCK] = ~whole
        if whole.any() and _enough(y[known], classes=total is not None):
            guesses[first : first + BLOCK][whole] = screen(block[whole], y[known], total)
    for i in np.flatnonzero(gaps):
        x = numbers[at[i]][:n]
        here = known & np.isfinite(x)
        if _enough(y[here], classes=total is not None):
            guesses[i] = screen(x[here][None], y[here], total)[0]
    return [max(0.0, float(g)) if g != -1.0 else -1.0 for g in guesses]


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
    """Return whether there are enough rows, and ten of a second class, or numbers that differ."""
    if len(y) < (FEWEST_ROWS if classes else LEAST_ROWS):
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
