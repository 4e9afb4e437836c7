"""Lines of numbers out of one column: a number, a time, categories, a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, Name
from dataaudit.probe.rows import Rows
from dataaudit.stats.hashing import hash_texts

Matrix = NDArray[np.float32]

CLIP = 8.0
"""Spreads from the median beyond which a number is taken for that far: a few wild values must not hide the rest."""
ONE_HOT = 20
"""Categories that get a line of their own; the largest are served first."""
BUCKETS = 16
"""Lines that the remaining categories share, by hash and sign (Weinberger et al. 2009, Feature hashing)."""
TOPICS = 16
"""Directions kept of the character trigrams of a text column."""
_TRIGRAMS = 1 << 12
_CHARACTERS = 400
"""Characters of a text that are read."""
_LEARN = 4096
"""Rows from which medians, spreads and word directions are learnt; sampled rows come in random order."""
_DAY = 86_400.0
_PERIODS = (("time of day", _DAY), ("weekday", 7 * _DAY), ("time of year", 365.2425 * _DAY))


@dataclass(frozen=True)
class Feature:
    """One line of the matrix.

    Attributes
    ----------
    column : Name
        Where it comes from.
    part : str
        What of it: "value", "missing", "infinite", "= Oslo", "time of day (sin)", "topic 3", …
    """

    column: Name
    part: str


class Part(Protocol):
    """What was learnt about one column, and the lines it gives."""

    @property
    def names(self) -> tuple[Feature, ...]:
        """What each line is."""
        ...

    def lines(self, rows: Rows) -> Matrix:
        """Return the lines, shape (n_features, n_rows)."""
        ...


# ---------------------------------------------------------------- numbers


@dataclass(frozen=True)
class _Number:
    """A number: distance from the median in spreads, and what was no number."""

    column: Name
    median: float
    spread: float
    missing: bool
    infinite: bool

    @property
    def names(self) -> tuple[Feature, ...]:
        parts = ["value", *["missing"] * self.missing, *["infinite"] * self.infinite]
        return tuple(Feature(self.column, part) for part in parts)

    def lines(self, rows: Rows) -> Matrix:
        line = rows.numbers[self.column]
        with np.errstate(over="ignore", invalid="ignore"):
            value = np.clip((line - self.median) / self.spread, -CLIP, CLIP)
        found = [np.where(np.isnan(line), 0.0, value)]
        if self.missing:
            found.append(np.isnan(line))
        if self.infinite:
            found.append(np.isinf(line))
        return np.stack(found).astype(np.float32)


def learn_number(name: Name, line: Floats) -> _Number:
    """Return what was learnt of numbers: their median and spread, and whether some are missing or infinite."""
    missing, infinite = bool(np.isnan(line).any()), bool(np.isinf(line).any())
    known = line[np.isfinite(line)][:_LEARN]
    if not known.size:
        return _Number(name, 0.0, 1.0, missing, infinite)
    with np.errstate(over="ignore", invalid="ignore"):
        first, median, third = np.quantile(known, (0.25, 0.5, 0.75))
        spread = (third - first) / 1.349
        if not np.isfinite(spread) or spread <= 4 * np.spacing(abs(median)):  # most values are the same one
            spread = known.std()
        if not np.isfinite(spread) or spread <= 0:
            spread = max(abs(float(known.max()) / 2 - float(known.min()) / 2), 1.0)
    return _Number(name, float(median), float(spread), missing, infinite)


@dataclass(frozen=True)
class _Cycle:
    """A time around the clock, the week or the year."""

    column: Name
    part: str
    period: float

    @property
    def names(self) -> tuple[Feature, ...]:
        return Feature(self.column, f"{self.part} (sin)"), Feature(self.column, f"{self.part} (cos)")

    def lines(self, rows: Rows) -> Matrix:
        turn = _turn(rows.numbers[self.column], self.period)
        known = np.isfinite(turn)
        angle = 2 * np.pi * np.where(known, turn, 0.0)
        return np.where(known, np.stack([np.sin(angle), np.cos(angle)]), 0.0).astype(np.float32)


def _turn(line: Floats, period: float) -> Floats:
    known = np.isfinite(line)
    turn: Floats = np.where(known, np.mod(np.where(known, line, 0.0), period) / period, np.nan)
    return turn


def learn_times(name: Name, line: Floats) -> list[Part]:
    """Return the cycles that times turn in: those they cover half of, and in which they differ."""
    known = line[np.isfinite(line)]
    if not known.size:
        return []
    reach = float(known.max() - known.min())
    turning = [(part, period) for part, period in _PERIODS if reach > period / 2]
    return [_Cycle(name, part, period) for part, period in turning if np.ptp(_turn(known, period)) > 0]


# ---------------------------------------------------------------- categories


@dataclass(frozen=True)
class _Categories:
    """Categories: a line for each frequent one, shared lines for the others, and how frequent each is."""

    column: Name
    known: tuple[str, ...]
    counts: Mapping[str, int]
    missing: bool

    @property
    def names(self) -> tuple[Feature, ...]:
        parts = [f"= {value}" for value in self.known] + ["missing"] * self.missing
        if self.more:
            parts += ["frequency", *(f"hash {i}" for i in range(BUCKETS))]
        return tuple(Feature(self.column, part) for part in parts)

    @property
    def more(self) -> bool:
        """Whether there are more categories than have a line."""
        return len(self.counts) > len(self.known)

    def lines(self, rows: Rows) -> Matrix:
        texts = as_texts(rows.numbers[self.column]) if self.column in rows.numbers else rows.texts[self.column]
        values, code = _coded(texts)
        place = {value: i for i, value in enumerate(self.known)}
        width = len(self.names)
        table = np.zeros((len(values) + 1, width), dtype=np.float32)  # a row for each value, the last for none
        for i, value in enumerate(values):
            if value in place:
                table[i, place[value]] = 1.0
        if self.missing:
            table[-1, len(self.known)] = 1.0
        if self.more:
            at = len(self.known) + self.missing
            total = max(1, sum(self.counts.values()))
            table[:-1, at] = [np.log1p(self.counts.get(v, 0)) - np.log(total / len(self.counts)) for v in values]
            rare = [i for i, v in enumerate(values) if v not in place]
            hashes = hash_texts([values[i] for i in rare])
            bucket = (hashes % np.uint64(BUCKETS)).astype(np.int64)
            sign = np.where((hashes >> np.uint64(32)) & np.uint64(1), 1.0, -1.0)
            table[rare, at + 1 + bucket] = sign
        return np.ascontiguousarray(np.clip(table, -CLIP, CLIP)[code].T)


def learn_categories(name: Name, texts: NDArray[Any]) -> list[Part]:
    """Return what was learnt of categories, nothing where there is none; the most frequent ones come first."""
    values, code = _coded(texts)
    counts = np.bincount(code[code >= 0], minlength=len(values)).tolist()
    if not values:
        return []
    ordered = sorted(zip(values, counts, strict=True), key=lambda item: (-item[1], item[0]))
    known = tuple(value for value, _ in ordered[:ONE_HOT])
    return [_Categories(name, known, dict(ordered), bool((code < 0).any()))]


def _coded(texts: NDArray[Any]) -> tuple[list[str], Ints]:
    """Return the distinct texts in order, and the position of each row's among them, -1 where missing."""
    values = sorted({str(v) for v in texts.tolist() if v is not None})
    place = {value: i for i, value in enumerate(values)}
    return values, np.array([-1 if v is None else place[str(v)] for v in texts.tolist()], dtype=np.int64)


def as_texts(line: Floats) -> NDArray[Any]:
    """Return whole numbers as texts, None where there is none."""
    known = np.isfinite(line)
    distinct, inverse = np.unique(line[known], return_inverse=True)
    texts = np.full(len(line), None, dtype=object)
    names = np.array([str(int(v)) if float(v).is_integer() else repr(float(v)) for v in distinct], dtype=object)
    texts[known] = names[inverse] if len(names) else []
    return texts


# ---------------------------------------------------------------- texts


@dataclass(frozen=True)
class _Text:
    """A text: its length, its words, its digits, and where it lies along a few directions of character trigrams."""

    column: Name
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    directions: Matrix | None
    missing: bool

    @property
    def names(self) -> tuple[Feature, ...]:
        topics = 0 if self.directions is None else len(self.directions)
        parts = ["length", "words", "digits", *(f"topic {i}" for i in range(topics)), *["missing"] * self.missing]
        return tuple(Feature(self.column, part) for part in parts)

    def lines(self, rows: Rows) -> Matrix:
        texts = rows.texts[self.column]
        numbers = (_measures(texts) - np.array(self.centre)[:, None]) / np.array(self.spread)[:, None]
        found = [np.clip(numbers, -CLIP, CLIP)]
        if self.directions is not None:
            place = np.asarray(_trigrams(texts) @ self.directions.T).T
            found.append(np.clip(4.0 * place, -CLIP, CLIP))  # lines of length one: brought near a spread of one
        none = np.array([v is None for v in texts.tolist()], dtype=bool)
        lines = np.concatenate(found)
        lines[:, none] = 0.0
        if self.missing:
            lines = np.concatenate([lines, none[None].astype(np.float64)])
        return lines.astype(np.float32)


def learn_text(name: Name, texts: NDArray[Any], seed: int) -> _Text:
    """Return what was learnt of texts: lengths, and the directions of their trigrams."""
    from sklearn.decomposition import TruncatedSVD

    missing = any(v is None for v in texts.tolist())
    known = np.array([v for v in texts.tolist() if v is not None][:_LEARN], dtype=object)
    if not len(known):
        return _Text(name, (0.0,) * 3, (1.0,) * 3, None, missing)
    measures = _measures(known)
    spread = measures.std(axis=1)
    directions = None
    if len(known) > TOPICS:
        counts = _trigrams(known)
        if counts.nnz:
            fitted = TruncatedSVD(TOPICS, random_state=seed, n_iter=4).fit(counts)
            directions = fitted.components_.astype(np.float32)
    return _Text(name, tuple(measures.mean(axis=1)), tuple(np.where(spread > 0, spread, 1.0)), directions, missing)


def _measures(texts: NDArray[Any]) -> Floats:
    """Return the logarithm of length and of words, and the share of digits, shape (3, n)."""
    words = [str(v)[:_CHARACTERS] if v is not None else "" for v in texts.tolist()]
    length = np.array([len(w) for w in words], dtype=np.float64)
    spaces = np.array([len(w.split()) for w in words], dtype=np.float64)
    digits = np.array([sum(c.isdigit() for c in w) for w in words], dtype=np.float64)
    return np.stack([np.log1p(length), np.log1p(spaces), digits / np.maximum(length, 1.0)])


def _trigrams(texts: NDArray[Any]) -> Any:
    """Return how often each character trigram stands in each text, hashed, rows of length one."""
    from sklearn.feature_extraction.text import HashingVectorizer

    words = [str(v)[:_CHARACTERS] if v is not None else "" for v in texts.tolist()]
    maker = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 3), n_features=_TRIGRAMS, dtype=np.float32)
    return maker.transform(words)
