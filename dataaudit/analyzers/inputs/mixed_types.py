"""INP105 mixed-types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from dataaudit.analyzers.common import ROW_CAP, listing, percent, plural
from dataaudit.model import Finding, Name, NotApplicable, Passed, Role, Severity, SplitView, Storage, Task, option
from dataaudit.registry import register
from dataaudit.stats.text_forms import DATES, Forms, TextForms
from dataaudit.stats.values import Values

NOTATIONS = ("decimal comma", "thousands", "unit", "percent", "currency", "padded")
"""Numbers that are not written as plain numbers."""

_DATES_SHARE = 0.8
"""Share of a text column's cells that are dates, from which the column is one of dates."""
ODD = (*NOTATIONS, "blank", "word", "text", "code", "leading zero")
_WORDING = {
    "decimal comma": "with a decimal comma", "thousands": "with thousands separators", "unit": "with a unit",
    "percent": "with a percent sign", "currency": "with a currency", "padded": "with blanks around them",
    "blank": "of blanks only", "word": "with a word for missing", "text": "of text", "code": "of letters and digits",
    "leading zero": "with leading zeros",
}  # fmt: skip


@register
@dataclass(frozen=True)
class MixedTypes:
    """A column of numbers that is read as text, because some cells are no plain numbers; dates in several formats.

    ## Why it matters
    One "4,5" or "12 kg" turns the whole column into text: it is then encoded as categories, one for each number, or
    dropped, and dates in two formats swap day and month without an error.

    ## How it decides
    Every cell of each text column is told apart by form: plain number, number with decimal comma, thousands
    separators, unit, percent sign or currency, date by format, blank, word for missing, letters with digits, other
    text. A column is one of numbers when at least `share` of its cells in all splits are plain numbers, or when at
    least half are and numbers in other notations, blanks and words for missing make up 95 % with them; every other
    cell is then an error. From half to `share`, the mixture may be meant (sizes 38, 40, S, M) and is a note, as are
    columns in which all numbers carry the same unit or comma. Whole numbers beside codes of letters and digits
    ("12", "12A"; tickets, versions, ranges) are names if these make up more than 2 % of the cells (10 % where some
    numbers have a fraction), and pass, as do columns with leading zeros. A column of which 80 % of the cells are dates
    is an error when they come in two formats or more that cannot be one, and a warning where other cells are among
    them. Columns of fewer than five cells are not judged as numbers.

    On 400 tables that R packages ship, three have an error: each is a column of numbers with other cells in it.

    ## What to do
    Read the column as numbers with the right options (decimal comma, thousands), strip units after converting them
    to one, and make words for missing missing.

    ## When to ignore it
    The column holds names that happen to look like numbers.

    ## When it cannot tell
    "3/4/2024" alone does not say whether the day or the month comes first.
    """

    code: ClassVar[str] = "INP105"
    name: ClassVar[str] = "mixed-types"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "reads a column of numbers as text"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    share: float = option(0.8, "share of plain numbers from which a text column is taken for one of numbers")

    def needs(self) -> tuple[TextForms, Values]:
        return (TextForms(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        texts = [c for c in first.schema.columns if c.storage is Storage.TEXT]
        texts = [c for c in texts if c.role is Role.FEATURE or (c.role is Role.TARGET and _continuous(splits, c.name))]
        if not texts:
            raise NotApplicable("no input is stored as text")
        n_numbers = 0
        for column in texts:
            parts = {name: split.get(TextForms()).columns[column.name] for name, split in splits.items()}
            whole = _joined(list(parts.values()))
            if not whole.n:
                continue
            n_numbers += whole.counts.get("number", 0)
            if _is_dates(whole):
                yield from _dates(column.name, whole, parts)
            else:
                yield from self._numbers(column.name, whole, parts, splits)
        yield Passed(f"{plural(len(texts), 'text column')}, none of them numbers with text among them")

    def _numbers(
        self, name: Name, whole: Forms, parts: Mapping[str, Forms], splits: Mapping[str, SplitView]
    ) -> Iterator[Finding]:
        plain = whole.counts.get("number", 0) / whole.n
        mendable = sum(whole.counts.get(f, 0) for f in (*NOTATIONS, "blank", "word")) / whole.n
        notation, n_same = max(((f, whole.counts.get(f, 0)) for f in NOTATIONS), key=lambda p: p[1])
        if n_same >= self.share * whole.n and plain < 0.5:
            yield _one_notation(name, notation, n_same, whole, tuple(parts))
            return
        odd = [form for form in (*ODD, *sorted(DATES)) if whole.counts.get(form)]
        if not odd or plain < 0.5 or whole.n < 5 or _are_names(name, whole, splits):
            return
        sure = plain >= self.share or (plain >= 0.5 and plain + mendable >= 0.95 and mendable > 0)
        for split, forms in parts.items():
            if any(forms.counts.get(form) for form in odd):
                yield _numbers_finding(name, forms, odd, split, whole, Severity.ERROR if sure else Severity.NOTE)


def _joined(parts: list[Forms]) -> Forms:
    whole = Forms(0)
    for part in parts:
        whole = whole.merge(Forms(part.n, part.counts), 0)
    return whole


def _continuous(splits: Mapping[str, SplitView], name: Name) -> bool:
    """Whether a target that is text may be a quantity: more than twenty different values."""
    context = next(iter(splits.values())).context
    n = max(s.get(Values()).columns[name].n_distinct for s in splits.values())
    return n > 20 and (context.task is not Task.MULTILABEL)


def _are_names(name: Name, whole: Forms, splits: Mapping[str, SplitView]) -> bool:
    """Whether numbers among letters are names: whole numbers, beside more than a few codes or leading zeros."""
    codes = whole.counts.get("code", 0) + whole.counts.get("leading zero", 0)
    if not codes:
        return False
    column = [s.get(Values()).columns[name] for s in splits.values()]
    fraction = any("." in str(v) for c in column for v in c.values if _starts_like_number(str(v)))
    if fraction and whole.counts.get("leading zero", 0) == 0:
        return codes > 0.1 * whole.n
    return codes > 0.02 * whole.n or whole.counts.get("leading zero", 0) > 0


def _starts_like_number(text: str) -> bool:
    return text.replace(".", "", 1).lstrip("+-").isdigit()


def _one_notation(name: Name, form: str, n: int, whole: Forms, splits: tuple[str, ...]) -> Finding:
    return Finding(
        f"{percent(n / whole.n)} of the cells of {listing([name])} are numbers {_WORDING[form]}, so it is read as text",
        columns=(name,),
        splits=splits,
        severity=Severity.NOTE,
        evidence={"forms": dict(whole.counts)},
        fix=_fix(name, [form]),
    )


def _numbers_finding(name: Name, forms: Forms, odd: list[str], split: str, whole: Forms, severity: Severity) -> Finding:
    here = sorted((f for f in odd if forms.counts.get(f)), key=lambda f: -forms.counts[f])
    n_odd = sum(forms.counts[f] for f in here)
    rows = forms.rows_of(here)
    parts = [
        f"{forms.counts[f]:,} {_WORDING.get(f, 'that are dates')} (such as {forms.samples[f]!r})" for f in here[:3]
    ]
    verb = "is" if n_odd == 1 else "are"
    plain = whole.counts["number"] / whole.n
    return Finding(
        f"{plural(n_odd, 'cell')} of {listing([name])} {verb} no plain number, beside {percent(plain)} that are: "
        + ", ".join(parts),
        columns=(name,),
        splits=(split,),
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=n_odd,
        severity=severity,
        evidence={"table": _table(forms), "plain": plain},
        fix=_fix(name, here),
    )


def _table(forms: Forms) -> dict[str, Any]:
    order = sorted(forms.counts, key=lambda f: -forms.counts[f])
    return {
        "caption": "How the cells are written",
        "columns": ["form", "cells", "share", "first row"],
        "rows": [
            [f, forms.counts[f], percent(forms.counts[f] / forms.n), int(forms.rows[f][0]) if f in forms.rows else None]
            for f in order
        ],
        "total": len(order),
    }


def _fix(name: Name, forms: list[str]) -> str:
    column = f"data[{name!r}]"
    lines = []
    if "decimal comma" in forms or "thousands" in forms:
        lines.append(f'# {column}: pd.read_csv(..., decimal=",", thousands=".") if all of it is written so')
    if "unit" in forms or "currency" in forms or "percent" in forms:
        lines.append(f'# {column}: bring all cells to one unit before it is stripped, as .str.extract(r"([-+.\\d]+)")')
    lines.append(f'+ {column} = pd.to_numeric({column}, errors="coerce")   # once every such cell is understood')
    return "\n".join(lines)


# ---------------------------------------------------------------- dates


def _is_dates(whole: Forms) -> bool:
    return sum(whole.counts.get(form, 0) for form in DATES) >= _DATES_SHARE * whole.n


def _dates(name: Name, whole: Forms, parts: Mapping[str, Forms]) -> Iterator[Finding]:
    """Report dates in formats that cannot be one, with the rows that are not in the usual one."""
    seen = sorted((f for f in DATES if whole.counts.get(f)), key=lambda f: (-whole.counts[f], f))
    certain = [f for f in seen if not f.startswith("?")]
    usual = certain[0] if certain else seen[0]
    unsure = {f for f in seen if f.startswith("?") and f[1] == usual[1:2]}  # day and month not told apart
    others = [f for f in seen if f != usual and f not in unsure]
    strange = [f for f in ODD if whole.counts.get(f)] + (["number"] if whole.counts.get("number") else [])
    if not others and not strange:
        return
    for split, forms in parts.items():
        here = [f for f in [*others, *strange] if forms.counts.get(f)]
        if not here:
            continue
        n_odd = sum(forms.counts[f] for f in here)
        shown = [f"{forms.counts[f]:,} {_form_word(f)}" for f in here[:3]]
        rows = forms.rows_of(here)
        yield Finding(
            f"{plural(n_odd, 'cell')} of {listing([name])} {'is' if n_odd == 1 else 'are'} not written as the other "
            f"dates ({_form_word(usual)}): {', '.join(shown)}",
            columns=(name,),
            splits=(split,),
            rows=tuple(rows[:ROW_CAP].tolist()),
            row_count=n_odd,
            severity=Severity.ERROR if others else Severity.WARNING,
            evidence={"table": _table(forms)},
            fix=f'+ data[{name!r}] = pd.to_datetime(data[{name!r}], format="mixed", dayfirst=...)   # say which',
        )


def _form_word(form: str) -> str:
    if form in DATES:
        sign = form[1]
        return (
            f"day or month first, with {sign!r}"
            if form.startswith("?")
            else form.replace("D", "DD").replace("M", "MM").replace("Y", "YYYY")
            if "Mon" not in form
            else form
        )
    return _WORDING.get(form, "plain numbers")
