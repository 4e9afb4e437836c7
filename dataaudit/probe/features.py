"""A matrix of numbers out of sampled rows, each of its lines traced back to the column it came from.

What is learnt here (medians, spreads, categories, word directions) never looks at a target, so that it may be learnt
from all rows; models and encodings that do look at one belong into folds, on top of this.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Floats, Ints, Kind, Name, Role, Schema
from dataaudit.stats.hashing import hash_texts
from dataaudit.stats.sample import SampleState

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
class Rows:
    """Sampled rows of one or several splits, one after the other.

    Attributes
    ----------
    splits : tuple of str
        Their names.
    split : ndarray of int64, shape (n,)
        Which split each row is of.
    position : ndarray of int64, shape (n,)
        Where it stands within its split.
    numbers : mapping of Name to ndarray of float64, shape (n,)
        NaN where missing.
    texts : mapping of Name to ndarray of object, shape (n,)
        None where missing.
    """

    splits: tuple[str, ...]
    split: Ints
    position: Ints
    numbers: Mapping[Name, Floats]
    texts: Mapping[Name, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.split)


def gather(samples: Mapping[str, SampleState], schema: Schema, most: int = 20_000) -> Rows:
    """Return the rows of some samples, no more than `most` in all, taken as evenly from the splits as they allow.

    Parameters
    ----------
    samples : mapping of str to SampleState
        By split. Rows of a sample come in random order, so its first ones are a sample as well.
    schema : Schema
        Of all of them.
    most : int
        Rows in all.
    """
    sizes = _shares([len(s.rows) for s in samples.values()], most)
    states = list(samples.values())
    none: list[Ints] = [np.zeros(0, np.int64)]
    return Rows(
        tuple(samples),
        np.repeat(np.arange(len(states), dtype=np.int64), sizes),
        np.concatenate([s.rows[:k] for s, k in zip(states, sizes, strict=True)] or none),
        {
            c.name: np.concatenate([s.numbers[j, :k] for s, k in zip(states, sizes, strict=True)])
            for j, c in enumerate(schema.numbers)
        },
        {
            c.name: np.concatenate([s.codes[c.name][:k] for s, k in zip(states, sizes, strict=True)])
            for c in schema.coded
        },
    )


def _shares(sizes: Sequence[int], most: int) -> list[int]:
    """Return how many rows each gives: all it has, or an equal part of what the smaller ones leave."""
    taken = [0] * len(sizes)
    left = most
    for waiting, i in enumerate(sorted(range(len(sizes)), key=lambda i: sizes[i])):
        taken[i] = min(sizes[i], left // (len(sizes) - waiting))
        left -= taken[i]
    return taken


# ---------------------------------------------------------------- the matrix


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


@dataclass(frozen=True)
class Features:
    """Numbers that a model can be fitted on.

    Attributes
    ----------
    matrix : ndarray of float32, shape (n_rows, n_features)
        Finite; about -8 to 8.
    names : tuple of Feature
        What each line of it is.
    """

    matrix: Matrix
    names: tuple[Feature, ...]

    def of(self, column: Name) -> list[int]:
        """Return the lines that come from a column."""
        return [i for i, f in enumerate(self.names) if f.column == column]

    def without(self, columns: Sequence[Name]) -> Features:
        """Return the features that do not come from some columns."""
        dropped = set(columns)
        keep = [i for i, f in enumerate(self.names) if f.column not in dropped]
        return Features(self.matrix[:, keep], tuple(self.names[i] for i in keep))

    @property
    def columns(self) -> tuple[Name, ...]:
        """The columns that any line comes from, in order."""
        return tuple(dict.fromkeys(f.column for f in self.names))


class Part(Protocol):
    """What was learnt about one column, and the lines it gives."""

    @property
    def names(self) -> tuple[Feature, ...]:
        """What each line is."""
        ...

    def lines(self, rows: Rows) -> Matrix:
        """Return the lines, shape (n_features, n_rows)."""
        ...


@dataclass(frozen=True)
class Encoder:
    """What was learnt about all columns."""

    parts: tuple[Part, ...]

    @property
    def names(self) -> tuple[Feature, ...]:
        """What each line of the matrix is."""
        return tuple(name for part in self.parts for name in part.names)

    def transform(self, rows: Rows) -> Features:
        """Return the matrix of some rows, those it was learnt from or others."""
        names = self.names
        matrix = np.zeros((len(rows), len(names)), dtype=np.float32)
        at = 0
        for part in self.parts:
            width = len(part.names)
            if width and len(rows):
                matrix[:, at : at + width] = part.lines(rows).T
            at += width
        return Features(matrix, names)


def inputs(schema: Schema, kinds: Mapping[Name, Kind]) -> list[Name]:
    """Return the columns that a model may learn from: inputs, without ids and without empty ones."""
    left_out = (Kind.ID, Kind.EMPTY)
    return [c.name for c in schema.columns if c.role is Role.FEATURE and kinds[c.name] not in left_out]


def learn(
    rows: Rows, kinds: Mapping[Name, Kind], columns: Sequence[Name], *, most: int = 4096, seed: int = 0
) -> Encoder:
    """Return an encoder of some columns. No target is looked at.

    Parameters
    ----------
    rows : Rows
        What to learn from.
    kinds : mapping of Name to Kind
        What each column means.
    columns : sequence of Name
        Those to encode.
    most : int
        Features in all; in a table with more, each column keeps its first ones only.
    seed : int
        For the directions of texts.

    Notes
    -----
    Numbers: distance from the median in spreads (a quarter-to-three-quarters range brought to that of a normal
    distribution, or the deviation where it is zero), clipped to 8; a missing one is 0 and has a line of its own, so
    has an infinite one. Codes: their value, and a line each. Categories: a line each for the 20 most frequent, the
    others share 16 lines by hash, and all have their frequency. Times: as numbers, and around the clock, the week
    and the year. Texts: length, words, share of digits, and 16 directions of their character trigrams.
    """
    share = max(1, most // max(1, len(columns)))
    parts = [part for name in columns for part in _learn(name, kinds[name], rows, seed)]
    return Encoder(tuple(_cut(parts, share) if sum(len(p.names) for p in parts) > most else parts))


def encode(
    samples: Mapping[str, SampleState],
    schema: Schema,
    kinds: Mapping[Name, Kind],
    *,
    most_rows: int = 20_000,
    most: int = 4096,
    seed: int = 0,
) -> tuple[Rows, Features]:
    """Return sampled rows of some splits, and the matrix of their inputs: `gather`, `learn` and `transform` at once."""
    rows = gather(samples, schema, most_rows)
    return rows, learn(rows, kinds, inputs(schema, kinds), most=most, seed=seed).transform(rows)


def _learn(name: Name, kind: Kind, rows: Rows, seed: int) -> list[Part]:
    if name in rows.numbers:
        line = rows.numbers[name]
        value = _learn_number(name, line)
        if kind is Kind.DATETIME:
            return [value, *_learn_times(name, line)]
        if kind is Kind.INTEGER_CODE:
            return [value, *_learn_categories(name, _as_texts(line))]
        return [value]
    texts = rows.texts[name]
    if kind is Kind.TEXT:
        return [_learn_text(name, texts, seed)]
    return _learn_categories(name, texts)


def _cut(parts: list[Part], share: int) -> list[Part]:
    left: Counter[Name] = Counter()
    kept: list[Part] = []
    for part in parts:
        column = part.names[0].column if part.names else None
        room = share - left[column] if column is not None else 0
        if room > 0 and column is not None:
            kept.append(part if len(part.names) <= room else _First(part, room))
            left[column] += min(room, len(part.names))
    return kept


@dataclass(frozen=True)
class _First:
    """The first lines of a part."""

    part: Part
    most: int

    @property
    def names(self) -> tuple[Feature, ...]:
        return self.part.names[: self.most]

    def lines(self, rows: Rows) -> Matrix:
        return self.part.lines(rows)[: self.most]


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


def _learn_number(name: Name, line: Floats) -> _Number:
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


def _learn_times(name: Name, line: Floats) -> list[Part]:
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
        texts = _as_texts(rows.numbers[self.column]) if self.column in rows.numbers else rows.texts[self.column]
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


def _learn_categories(name: Name, texts: NDArray[Any]) -> list[Part]:
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


def _as_texts(line: Floats) -> NDArray[Any]:
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


def _learn_text(name: Name, texts: NDArray[Any], seed: int) -> _Text:
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
