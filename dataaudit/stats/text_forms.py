"""What the cells of text columns look like: numbers in several notations, dates in several formats, words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Ints, Name, Schema, Storage
from dataaudit.stats.state import saved

_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*|(?=\.\d)|0(?=\.))(?:\.\d*)?(?:[eE][+-]?\d{1,3})?")
_PADDED_CODE = re.compile(r"0\d+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[, '\u00a0\u202f]\d{3})+(?:\.\d+)?")
_COMMA = re.compile(r"[+-]?\d+,\d+|[+-]?\d{1,3}(?:[. '\u00a0\u202f]\d{3})+,\d+|[+-]?\d{1,3}(?:\.\d{3}){2,}")
_SEPARATORS = re.compile(r"[. '\u00a0\u202f]")
_PERCENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s?%")
_CURRENCY = re.compile(
    r"[+-]?(?:[$€£¥]|USD|EUR|GBP|CHF)\s?\d[\d.,' ]*|[+-]?\d[\d.,' ]*\s?(?:[$€£¥]|USD|EUR|GBP|CHF)", re.IGNORECASE
)
_UNIT = re.compile(r"([+-]?\d+(?:[.,]\d+)?)\s?([^\W\d_][\w/²³]{0,6}|°[CF]?|µ[gmls]|\")")
_UNITS = frozenset(
    (
        *("kg", "g", "mg", "ug", "µg", "lb", "lbs", "oz", "t", "km", "m", "cm", "mm", "um", "µm", "nm", "in", "inch"),
        *("inches", "ft", "feet", "yd", "mi", "mile", "miles", "s", "sec", "secs", "seconds", "ms", "us", "ns", "min"),
        *("mins", "minutes", "h", "hr", "hrs", "hour", "hours", "d", "day", "days", "week", "weeks", "month", "months"),
        *("y", "yr", "yrs", "year", "years", "l", "ml", "cl", "dl", "ul", "gal", "°", "°c", "°f", "c", "f", "k"),
        *("kb", "mb", "gb", "tb", "hz", "khz", "mhz", "ghz", "w", "kw", "mw", "wh", "kwh", "v", "mv", "kv", "a", "ma"),
        *("pa", "hpa", "kpa", "bar", "mbar", "psi", "mmhg", "mph", "kmh", "km/h", "m/s", "kn", "kt", "rpm", "px", "pt"),
        *("pcs", "ccm", "cc", "cm3", "cm²", "cm³", "m2", "m3", "m²", "m³", "km²", "sqft", "ha", "hp", "ps", "ppm"),
        *(
            "ppb",
            "bpm",
            "cal",
            "kcal",
            "j",
            "kj",
            "mg/l",
            "mg/dl",
            "g/l",
            "mmol",
            "mmol/l",
            "kg/m2",
            "kg/m³",
            "db",
            '"',
        ),
        *("n", "nm/s", "kn/m", "pts", "x", "gr", "kgs", "gram", "grams", "units", "l/min", "mpg"),
    )
)
"""In lower case. Letters that are no unit make a code, such as the house number 12b."""

_MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
_CLOCK = r"(?:[T ,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
_YEAR_FIRST = re.compile(r"\d{4}([-/.])(\d{1,2})\1(\d{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(?:\d{4}|\d{2})" + _CLOCK)
_MONTH_NAMED = re.compile(r"\d{1,2}(?:st|nd|rd|th)?[ .-]+([A-Za-z]{3,9})\.?[ ,-]+\d{2,4}" + _CLOCK)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}" + _CLOCK)
_FIRST_SIGNS = frozenset("0123456789+-.$€£¥ \t\u00a0")

WORDS = frozenset(
    (
        *("?", "??", "???", "-", "--", "---", ".", "..", "n/a", "na", "n.a.", "n.a", "nan", "none", "null", "nil"),
        *("<na>", "#n/a", "#na", "nat", "missing", "unknown", "unk", "undefined", "not available", "not known"),
        *("tbd", "#value!", "#ref!", "#div/0!", "#name?", "(null)", "\\n", "no data", "n.d."),
    )
)
"""What people write for "there is none", in lower case."""


@saved
@dataclass(frozen=True)
class TextForms:
    """Ask how the cells of each text column are written.

    Parameters
    ----------
    cap : int
        Row positions kept a column and form, the first ones; fewer in tables of many text columns.
    """

    rowless: ClassVar[bool] = False  # it quotes single cells, with their rows
    cap: int = 1000

    def start(self, schema: Schema) -> TextFormsState:
        names = [c.name for c in schema.columns if c.storage is Storage.TEXT]
        cap = min(self.cap, max(20, (1 << 18) // max(1, len(names))))
        return TextFormsState(cap, {name: Forms(0, {}, {}, {}) for name in names})


@saved
@dataclass
class Forms:
    """The forms of one column's cells.

    Attributes
    ----------
    n : int
        Cells with any text.
    counts : dict of str to int
        Cells a form: "number", "decimal comma", "thousands", "unit", "percent", "currency", "leading zero",
        "padded", "blank", "word", "code" (letters and digits), "text", or a date format such as "YYYY-MM-DD".
    rows : dict of str to ndarray of int64
        Positions of cells of each form but "number"; the first ones, ascending.
    samples : dict of str to str
        The text of the first such cell, cut to 40 characters.
    """

    n: int
    counts: dict[str, int] = field(default_factory=dict)
    rows: dict[str, Ints] = field(default_factory=dict)
    samples: dict[str, str] = field(default_factory=dict)

    def rows_of(self, forms: list[str]) -> Ints:
        """Return the rows of several forms, ascending."""
        found = [self.rows[form] for form in forms if form in self.rows]
        return np.sort(np.concatenate(found)) if found else np.zeros(0, np.int64)

    def merge(self, other: Self, cap: int) -> Self:
        """Return the forms of both."""
        counts = {
            form: self.counts.get(form, 0) + other.counts.get(form, 0) for form in {**self.counts, **other.counts}
        }
        none = np.zeros(0, np.int64)
        rows, samples = {}, {}
        for form in {**self.rows, **other.rows}:
            mine, theirs = self.rows.get(form, none), other.rows.get(form, none)
            rows[form] = np.sort(np.concatenate([mine, theirs]))[:cap]
            mine_first = len(mine) and rows[form][0] == mine[0]
            samples[form] = (self if mine_first else other).samples[form]
        return type(self)(self.n + other.n, counts, rows, samples)


@saved
@dataclass
class TextFormsState:
    """Forms by column."""

    cap: int
    columns: dict[Name, Forms]

    def observe(self, chunk: Chunk) -> None:
        for name, line in self.columns.items():
            codes = chunk.codes.get(name)
            if codes is not None and chunk.n_rows:
                self.columns[name] = line.merge(_forms(codes.values, codes.indices, chunk.start, self.cap), self.cap)

    def merge(self, other: Self) -> Self:
        return type(self)(self.cap, {n: line.merge(other.columns[n], self.cap) for n, line in self.columns.items()})


def _forms(values: object, indices: np.ndarray[tuple[int], np.dtype[np.int32]], start: int, cap: int) -> Forms:
    texts = [str(v) for v in values]  # type: ignore[attr-defined]
    known: dict[str, int] = {}
    kinds = np.array([known.setdefault(form_of(t), len(known)) for t in texts] + [-1], dtype=np.int32)
    cells = kinds[indices]  # position -1, where nothing is, holds -1
    found = Forms(int(np.count_nonzero(cells >= 0)))
    for form, k in known.items():
        hit = cells == k
        n = int(np.count_nonzero(hit))
        if not n:
            continue
        found.counts[form] = n
        if form != "number":
            at = np.flatnonzero(hit)[:cap].astype(np.int64)
            found.rows[form] = start + at
            found.samples[form] = texts[int(indices[at[0]])][:40]
    return found


@lru_cache(maxsize=16_384)  # the same words come in chunk after chunk
def form_of(text: str) -> str:
    """Return the form of a cell.

    Examples
    --------
    >>> [form_of(t) for t in ("4.5", "4,5", "2.035,00", "1,234", "12 kg", "007", "A12", "red", "?", "31/12/2024")]
    ['number', 'decimal comma', 'decimal comma', 'thousands', 'unit', 'leading zero', 'code', 'text', 'word', 'D/M/Y']
    """
    return parse(text)[0]


def parse(text: str) -> tuple[str, float]:
    """Return the form of a cell and its value, NaN unless it is a number in some notation."""
    if text[:1] in _FIRST_SIGNS and text:
        if _NUMBER.fullmatch(text):
            return "number", float(text)
        form = _padded(text)
        return form, _value(text.strip(), form)
    if not text:
        return "blank", math.nan
    return _worded(text), math.nan


def _padded(text: str) -> str:
    bare = text.strip()
    if not bare:
        return "blank"
    return "padded" if bare != text and _NUMBER.fullmatch(bare) else _other_form(bare)


def _value(text: str, form: str) -> float:
    """Return the value of a number that is not written plainly."""
    if form == "padded":
        return float(text)
    if form == "unit":
        match = _UNIT.fullmatch(text)
        return float(match[1].replace(",", ".")) if match else math.nan
    if form == "decimal comma":
        return float(_SEPARATORS.sub("", text).replace(",", "."))
    return float(re.sub(r"[, '\u00a0\u202f]", "", text)) if form == "thousands" else math.nan


def _worded(text: str) -> str:
    if len(text) <= 24:
        bare = text.strip()
        if bare.casefold() in WORDS:
            return "word"
        if bare[:3].casefold() in _MONTHS and _MONTH_FIRST.fullmatch(bare):
            return "Mon D, Y"
        if _CURRENCY.fullmatch(bare):
            return "currency"
        if _NUMBER.fullmatch(bare):
            return "padded"
    return "code" if any(c in "0123456789" for c in text) else "text"


def _other_form(text: str) -> str:
    if _PADDED_CODE.fullmatch(text):
        return "leading zero"
    for form, pattern in (("thousands", _THOUSANDS), ("decimal comma", _COMMA), ("percent", _PERCENT)):
        if pattern.fullmatch(text):
            return form
    unit = _UNIT.fullmatch(text)
    if unit and unit[2].casefold() in _UNITS:
        return "unit"
    if _CURRENCY.fullmatch(text):
        return "currency"
    return _date_form(text) or _worded_number(text)


def _worded_number(text: str) -> str:
    if text.casefold() in WORDS:
        return "word"
    return "code" if any(c in "0123456789" for c in text) else "text"


def _date_form(text: str) -> str | None:
    year_first = _YEAR_FIRST.fullmatch(text)
    if year_first:
        sign, month, day = year_first[1], int(year_first[2]), int(year_first[3])
        return f"Y{sign}M{sign}D" if 1 <= month <= 12 and 1 <= day <= 31 else None
    year_last = _YEAR_LAST.fullmatch(text)
    if year_last:
        first, sign, second = int(year_last[1]), year_last[2], int(year_last[3])
        if 12 < first <= 31 and 1 <= second <= 12:
            return f"D{sign}M{sign}Y"
        if 12 < second <= 31 and 1 <= first <= 12:
            return f"M{sign}D{sign}Y"
        return f"?{sign}?{sign}Y" if 1 <= first <= 12 and 1 <= second <= 12 else None
    named = _MONTH_NAMED.fullmatch(text)
    return "D Mon Y" if named and named[1][:3].casefold() in _MONTHS else None


DATES = frozenset(
    [f"{a}{s}{b}{s}{c}" for s in "-/." for a, b, c in ("YMD", "DMY", "MDY", "??Y")] + ["Mon D, Y", "D Mon Y"]
)
"""Forms that are dates; "?/?/Y" reads as day first or month first."""
