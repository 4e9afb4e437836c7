"""Categories and missing values that one split writes in another way than train."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from dataaudit.analyzers.common import number, percent
from dataaudit.analyzers.shares import compare_shares
from dataaudit.model import Kind, Name, Role, SplitView, Task
from dataaudit.stats.values import Distinct, Values

LEAST = 10
"""Rows below which the words of a split are not compared."""
_MOST = 0.05
"""Share of a split's rows whose words train knows, up to which they count as other words."""
_TWO_WORDS = ({"yes", "true", "y", "t", "1", "1.0"}, {"no", "false", "n", "f", "0", "0.0"})
"""Ways to write yes and no."""
_MISSING_P = 1e-6
"""p-value below which shares of missing values differ."""


@dataclass(frozen=True)
class Words:
    """Why the words of a column differ: one way for all of `columns`.

    Attributes
    ----------
    said : str
        With {other} and {train}.
    columns : tuple of Name
        In the order of the table.
    examples : tuple of (Name, str, str)
        Column, what train holds, what the other split holds.
    fix : str
        What to write.
    """

    said: str
    columns: tuple[Name, ...]
    examples: tuple[tuple[Name, str, str], ...]
    fix: str


def compare_words(train: SplitView, other: SplitView) -> list[Words]:
    """Return the text columns whose words differ in how they are written, not in what they say."""
    found: dict[str, list[tuple[Name, str, str, str]]] = {}
    schema, kinds = train.schema, train.context.kinds
    for column in schema.coded:
        target = column.role is Role.TARGET and train.context.task is Task.CLASSIFICATION
        if not (column.role is Role.FEATURE or target) or kinds[column.name] is Kind.EMPTY:
            continue
        a, b = train.get(Values()).columns[column.name], other.get(Values()).columns[column.name]
        said = _written(a, b)
        if said is not None:
            found.setdefault(said[0], []).append((column.name, *said[1:]))
    return [
        Words(said, tuple(n for n, *_ in hits), tuple((n, x, y) for n, x, y, _ in hits), hits[0][3])
        for said, hits in found.items()
    ]


def _written(a: Distinct, b: Distinct) -> tuple[str, str, str, str] | None:
    """Return how the words of the second differ, an example of each, and what to do; None where they do not."""
    if not (a.exact and b.exact) or min(a.n, b.n) < LEAST:
        return None
    here, there = (dict(zip(map(str, d.values), d.counts.tolist(), strict=True)) for d in (a, b))
    known = sum(n for word, n in there.items() if word in here)
    if known > _MOST * b.n:
        return None
    for said, plain, fix in _PLAIN:
        origin = {plain(word): word for word in here}
        if len(origin) == len(here) and _carries({w: plain(w) for w in there}, origin, there):
            word = max(there, key=lambda w: (there[w], w))
            return said, origin.get(plain(word), next(iter(here))), word, fix
    opened = _opened(here, there)
    if opened is not None:
        return opened
    numbered = [all(map(_is_number, words)) for words in (here, there)]
    if numbered[0] != numbered[1] and min(len(here), len(there)) >= 2 and _alike(here, there):
        most = [max(words, key=lambda w: (words[w], w)) for words in (here, there)]
        text = "{other} holds codes where {train} holds words" if numbered[1] else (
            "{other} holds words where {train} holds codes"
        )  # fmt: skip
        return text, most[0], most[1], "Encode every split with one encoder, fitted on train."
    return None


def _carries(to: Mapping[str, str], origin: Mapping[str, str], counts: Mapping[str, int]) -> bool:
    """Return whether all but a twentieth of the rows lead to a word that train knows."""
    hits = sum(n for word, n in counts.items() if to[word] in origin)
    return hits >= 0.95 * sum(counts.values())


def _case(word: str) -> str:
    return word.casefold()


def _blanks(word: str) -> str:
    return " ".join(word.split())


def _bare(word: str) -> str:
    """Return a word without case, accents, blanks and punctuation."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in plain if c.isalnum())


def _whole(word: str) -> str:
    return word[:-2] if word.endswith(".0") and _is_number(word) else word


def _two(word: str) -> str:
    low = word.strip().casefold()
    return "yes" if low in _TWO_WORDS[0] else "no" if low in _TWO_WORDS[1] else low


_PLAIN: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("{other} writes the words of {train} in other case", _case, "X[c] = X[c].str.casefold()   # in every split"),
    ("{other} writes the words of {train} with other blanks", _blanks, "X[c] = X[c].str.strip()   # in every split"),
    ("{other} writes codes as 1.0 where {train} writes 1, or the other way round", _whole,
     "Read codes with one dtype in every split: dtype={column: 'Int64'}."),
    ("{other} writes yes and no in other words than {train}", _two, "Map both to booleans in every split."),
    ("{other} writes the words of {train} with other case, accents or punctuation", _bare,
     "Clean the words of every split by the same function."),
)  # fmt: skip


def _opened(here: Mapping[str, int], there: Mapping[str, int]) -> tuple[str, str, str, str] | None:
    """Return whether the words of one split are the first letters of the other's, each of one word."""
    for short, long, said in ((there, here, "shortens the words of {train}"),
                              (here, there, "writes out the words that {train} shortens")):  # fmt: skip
        sources = beginnings(short, long)
        if sources is not None and len(short) >= 2 and not any(map(_is_number, short)):
            word = max(there, key=lambda w: (there[w], w))
            pair = (sources[word], word) if short is there else (
                next((s for s, source in sources.items() if source == word), next(iter(here))), word
            )  # fmt: skip
            return f"{{other}} {said}", *pair, "Map both to the same words in every split."
    return None


def beginnings(short: Iterable[str], long: Iterable[str]) -> dict[str, str] | None:
    """Return the one word of `long` that each word of `short` begins; None where one begins none, several or another's.

    What begins with a word stands behind it, in one piece, in the order of the alphabet: no pair is compared.
    """
    ordered = sorted((_bare(word), word) for word in long)
    bare = [plain for plain, _ in ordered]
    sources = {}
    for word in short:
        plain = _bare(word)
        at = bisect_left(bare, plain)
        if not plain or at == len(bare) or not bare[at].startswith(plain):
            return None
        if at + 1 < len(bare) and bare[at + 1].startswith(plain):
            return None
        sources[word] = ordered[at][1]
    return sources if len(set(sources.values())) == len(sources) else None


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _alike(here: Mapping[str, int], there: Mapping[str, int]) -> bool:
    """Return whether both have about as many words, with about the same shares: what codes of the words have."""
    if abs(len(here) - len(there)) > 1 + 0.2 * max(len(here), len(there)):
        return False
    size = max(len(here), len(there))
    a, b = (np.sort(np.array([*w.values(), *[0] * (size - len(w))], float))[::-1] for w in (here, there))
    moved = float(np.abs(a / a.sum() - b / b.sum()).sum()) / 2
    return moved <= 0.1 + math.sqrt(size / min(a.sum(), b.sum()))


# ---------------------------------------------------------------- missing values


def compare_missing(train: SplitView, other: SplitView) -> list[Words]:
    """Return the columns whose missing values one split leaves empty and the other fills with one value."""
    found: dict[str, list[tuple[Name, str, str]]] = {}
    for column in train.schema.columns:
        if column.role is not Role.FEATURE or train.context.kinds[column.name] in (Kind.EMPTY, Kind.ID):
            continue
        a, b = train.get(Values()).columns[column.name], other.get(Values()).columns[column.name]
        if min(a.n, b.n) < LEAST:
            continue
        holes = [1.0 - d.n / max(1, s.n_rows) for d, s in ((a, train), (b, other))]
        if abs(holes[0] - holes[1]) < 0.02:
            continue
        counts = [np.array([d.n, s.n_rows - d.n], np.int64) for d, s in ((a, train), (b, other))]
        if compare_shares(counts[0], counts[1]).p >= _MISSING_P:
            continue
        full, empty, empty_name = (b, a, "train") if holes[0] > holes[1] else (a, b, "other")
        gap, rows = abs(holes[0] - holes[1]), (other if full is b else train).n_rows
        known = {str(v): c for v, c in zip(list(empty.values), empty.counts.tolist(), strict=True)}
        value = next(
            (
                v
                for v, count in full.top(20)
                if 0.6 * gap <= count / rows <= 1.5 * gap + 0.05
                and known.get(str(v), 0) <= 0.2 * count / rows * max(1, empty.n)
            ),
            None,
        )
        if value is None:
            continue
        shown = number(value) if isinstance(value, float) else repr(str(value))
        full_name = "other" if empty_name == "train" else "train"
        said = f"{{{full_name}}} holds {shown} where {{{empty_name}}} leaves values empty"
        pair = (f"{percent(holes[0])} empty", f"{percent(holes[1])} empty")
        found.setdefault(said, []).append((column.name, *pair))
    fix = "Mark what is missing in one way in every split, and fill it by one imputer, fitted on train."
    return [Words(said, tuple(n for n, *_ in hits), tuple(hits), fix) for said, hits in found.items()]
