"""DIF101 schema-changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.change.versions import Change, Version, change_of
from dataaudit.analyzers.common import capital, joined, listing, plural
from dataaudit.model import Column, Finding, Name, Passed, Severity, SplitView, Storage
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.picture_facts import MODES, PictureFacts
from dataaudit.stats.values import Values

_NUMBERS = (Storage.INTEGER, Storage.FLOAT, Storage.BOOLEAN)
_WORDS = (Storage.TEXT, Storage.CATEGORY)


@dataclass(frozen=True)
class _Line:
    """One thing that is other than before."""

    what: str
    before: Name
    after: Name
    severity: Severity
    detail: str


@register
@dataclass(frozen=True)
class SchemaChanged:
    """Columns, their types or roles, or the form of the pictures are other than before.

    ## Why it matters
    Code that was written for the earlier version selects columns by name or by position and counts on their types. A
    column that is gone or renamed stops it; one that is stored otherwise may go through and be read as something else.

    ## How it decides
    Exact, column by column. An error for columns that are gone or have another name, numbers that became text or
    times (and the reverse), another role, and pictures of another shape or mode. A warning for new columns and for
    numbers of another kind (whole numbers that now have fractions). A note where only the type is another (int32 and
    int64, whole numbers as floats, texts as categories), and where the columns stand in another order.

    A column has another name, and is not another column, if the values of the smallest hashes agree: at least 80 %
    of the distinct values of both, or every value with the same number of rows where there are fewer than ten.
    Of picture files, sizes and modes that nine in ten pictures of the base share are compared: a folder of 224 × 224
    RGB in which most pictures now are 256 × 256 or grey.

    ## What to do
    If it is meant, change the code that reads the data in the same pull request. If not, restore the column.

    ## When to ignore it
    New columns that nothing reads yet.

    ## When it cannot tell
    Whether a column without a counterpart was renamed and filled anew at once. Against a saved report, which holds no
    columns. Sizes and modes of picture files need the pictures, not a saved profile.
    """

    code: ClassVar[str] = "DIF101"
    name: ClassVar[str] = "schema-changed"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "reads columns that are no longer what they were"
    tips: ClassVar[tuple[str, ...]] = ()

    def needs(self) -> tuple[Values, Moments, PictureFacts]:
        return (Values(), Moments(), PictureFacts())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        change = change_of(splits)
        lines = [*_columns(change), *_pictures(change)]
        for severity in Severity:
            here = [line for line in lines if line.severity is severity]
            if here:
                yield _finding(here, severity)
        n = len(change.head.schema.columns)
        yield Passed(f"{plural(n, 'column')} compared with those of {change.base.name}")


def _columns(change: Change) -> Iterator[_Line]:
    before, after = change.base.schema, change.head.schema
    kept = {a.name for a, _ in change.columns}
    known = {b.name for _, b in change.columns}
    for renamed in change.renamed:
        yield _Line("renamed", renamed.before, renamed.after, Severity.ERROR, "the same values under another name")
    for column in before.columns:
        if column.name not in kept:
            yield _Line("removed", column.name, "", Severity.ERROR, f"it held {column.dtype}")
    for column in after.columns:
        if column.name not in known:
            yield _Line("added", "", column.name, Severity.WARNING, f"it holds {column.dtype}")
    for a, b in change.columns:
        yield from _column(a, b, fractions=_fractions(change.base, a) or _fractions(change.head, b))
    if [a.name for a, _ in change.columns] != [a.name for a, _ in sorted(change.columns, key=_place(after.columns))]:
        yield _Line("in another order", "", "", Severity.NOTE, "the columns that both have stand in another order")


def _place(columns: Sequence[Column]) -> Any:
    places = {column.name: i for i, column in enumerate(columns)}
    return lambda pair: places[pair[1].name]


def _fractions(version: Version, column: Column) -> bool:
    """Return whether a column holds numbers that are not whole."""
    j = version.schema.number_index.get(column.name)
    return j is not None and any(bool(view.get(Moments()).n_fraction[j]) for view in version.views.values())


def _column(a: Column, b: Column, *, fractions: bool) -> Iterator[_Line]:
    if a.role is not b.role:
        yield _Line("of another role", a.name, b.name, Severity.ERROR, f"{a.role} before, {b.role} now")
    if a.storage is b.storage:
        if a.dtype != b.dtype:
            yield _Line("of another width", a.name, b.name, Severity.NOTE, f"{a.dtype} before, {b.dtype} now")
        return
    akin = any(a.storage in family and b.storage in family for family in (_NUMBERS, _WORDS))
    as_before = a.storage in _WORDS or ({a.storage, b.storage} == {Storage.INTEGER, Storage.FLOAT} and not fractions)
    severity = Severity.ERROR if not akin else Severity.NOTE if as_before else Severity.WARNING
    yield _Line("of another type", a.name, b.name, severity, f"{a.storage} before, {b.storage} now")


def _pictures(change: Change) -> Iterator[_Line]:
    before, after = change.base.schema, change.head.schema
    if (before.pixels, before.pictures) == (None, False) and (after.pixels, after.pictures) == (None, False):
        return
    if (before.pixels is None, before.pictures) != (after.pixels is None, after.pictures):
        yield _Line("of another form", "pictures", "pictures", Severity.ERROR, "pictures in one version alone")
    elif before.pixels is not None and after.pixels is not None and before.pixels != after.pixels:
        shapes = [f"{p.height} × {p.width} × {p.channels} {p.dtype}" for p in (before.pixels, after.pixels)]
        yield _Line("of another form", "pictures", "pictures", Severity.ERROR, f"{shapes[0]} before, {shapes[1]} now")
    elif before.pictures and change.base.rows is not None and change.head.rows is not None:
        for what, of in (("size", _sizes), ("mode", _modes)):
            usual = [_usual(of, version) for version in (change.base.views, change.head.views)]
            if usual[0] is not None and usual[0] != usual[1]:
                now = usual[1] or f"of several {what}s"
                yield _Line(
                    f"of another {what}", "pictures", "pictures", Severity.ERROR, f"{usual[0]} before, {now} now"
                )


def _sizes(view: SplitView) -> list[str]:
    facts = view.get(PictureFacts())
    size = zip(facts.fact("width").astype(int).tolist(), facts.fact("height").astype(int).tolist(), strict=True)
    return [f"{w} × {h}" for w, h in size if w]


def _modes(view: SplitView) -> list[str]:
    return [MODES[m] for m in view.get(PictureFacts()).fact("mode").astype(int).tolist() if MODES[m]]


def _usual(of: Any, views: Mapping[str, SplitView]) -> str | None:
    """Return what nine in ten pictures of a version share, or None."""
    seen = [word for view in views.values() for word in of(view)]
    words, counts = np.unique(np.array(seen, dtype=str), return_counts=True)
    most = int(np.argmax(counts)) if len(counts) else 0
    return str(words[most]) if len(counts) and counts[most] >= 0.9 * len(seen) else None


def _finding(lines: Sequence[_Line], severity: Severity) -> Finding:
    groups: dict[str, list[_Line]] = {}
    for line in lines:
        groups.setdefault(line.what, []).append(line)
    words = [_words(what, group) for what, group in groups.items()]
    columns = tuple(dict.fromkeys(n for line in lines if (n := line.after if line.after != "" else line.before) != ""))
    return Finding(
        capital(joined(words)),
        columns=tuple(name for name in columns if name != "pictures"),
        severity=severity,
        evidence={
            "table": {
                "caption": "What is other than before",
                "columns": ["change", "before", "now", "in words"],
                "rows": [[line.what, line.before, line.after, line.detail] for line in lines[:200]],
                "total": len(lines),
            }
        },
        place=" ".join(groups),
        fix="Change the code that reads these columns in the same pull request, or restore them."
        if severity is not Severity.NOTE
        else "Nothing, if the code selects columns by name.",
    )


def _words(what: str, lines: Sequence[_Line]) -> str:
    if what == "in another order":
        return "the columns stand in another order"
    first = lines[0]
    if what == "renamed":
        pairs = [f"{listing([line.before])} is now {listing([line.after])}" for line in lines[:3]]
        more = [f"{len(lines) - 3:,} more have another name"] if len(lines) > 3 else []
        return joined([*pairs, *more])
    names = listing([line.before if line.before != "" else line.after for line in lines])
    if first.before == "pictures":
        return f"the pictures are {what}: {first.detail}"
    verb = "is" if len(lines) == 1 else "are"
    if what in ("removed", "added"):
        return f"{names} {verb} {'gone' if what == 'removed' else 'new'}"
    return f"{names} {verb} {what}" + (f": {first.detail}" if len(lines) == 1 else "")
