"""LEA117 unseen-categories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, capital, listing, percent, plural, some
from dataaudit.analyzers.leakage.entities import apart_by_group, may_be_entity
from dataaudit.analyzers.leakage.pairs import cut_by_time, need_splits
from dataaudit.analyzers.probability import poisson_tail
from dataaudit.analyzers.shares import chance
from dataaudit.analyzers.words import fold
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
    Storage,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.keys import Keys
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import is_in
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Distinct, Values

LEAST_ROWS = 20
MANY = 6
"""Values in either split from which none in common means that the splits were cut by them; fewer may be recoded."""

_STEPS = (1, 2, 4, 8, 16, 32)
"""Rows of a value from which unseen ones are counted together: many rare ones or few frequent ones."""


@dataclass(frozen=True)
class Unseen:
    """Values of one column that one split holds and train does not.

    Attributes
    ----------
    column : Name
        The column.
    values : list of str
        Most frequent first.
    counts : ndarray of int64, shape (k,)
        Rows of each in the other split.
    n : int
        Rows of the other split with any value.
    expected : float
        Such rows that a random split would leave on average.
    p : float
        Probability that a random split leaves as many values of as many rows.
    exact : bool
        Whether all distinct values were compared; else those of a sample of them.
    apart : bool
        Whether no value is in both splits though either has many: then they were cut by it.
    """

    column: Name
    values: list[str]
    counts: Ints
    n: int
    expected: float
    p: float
    exact: bool
    apart: bool

    @property
    def rows(self) -> int:
        """Rows of the other split that hold such a value."""
        return int(self.counts.sum())

    @property
    def share(self) -> float:
        """The same over all rows of the other split."""
        return self.rows / max(1, self.n)


@register
@dataclass(frozen=True)
class UnseenCategories:
    """Categories in another split that train never shows.

    ## Why it matters
    An encoder fitted on train has no column or number for such a value: it fails, or the row is judged as if the
    value were missing. Where a split shows values in bulk that train lacks, it comes from another place or was
    written another way.

    ## How it decides
    For text and category columns (ids, free text and columns that name persons left out) the values of each other
    split are looked up in train. Rare values are left to one side by chance: if all rows were split at random, a
    value of c rows would miss train with the probability that none of the c falls to it, the c-th power of the
    other split's share of the rows of both. The sum of that over all values of at least 1, 2, 4, ..., 32 rows is
    the number to expect (what Good and Turing's estimate says from train's singletons); more than that by
    Poisson's tail, corrected for thresholds, columns and splits, below `p_value` (1e-6) is a warning if it
    concerns `share` of the rows (1 %) or more. It is a note where it is rarer, where splits follow each other in
    time, or where they were cut by group (declared, named so, or a column of six values or more in either split, or
    of 18 in train and two in the other, that share none), since new groups bring new values.

    ## What to do
    Let the encoder handle unknown values (`OneHotEncoder(handle_unknown="ignore")`), gather rare ones in one, and
    find out why train lacks the frequent ones: another spelling, another source, another time.

    ## When to ignore it
    The model is meant to meet new values and encodes them on purpose (hashing, text).

    ## When it cannot tell
    Where train or the other split has fewer than 20 values in every such column.
    """

    code: ClassVar[str] = "LEA117"
    name: ClassVar[str] = "unseen-categories"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "leaves the model without an encoding for values that it is judged on"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    p_value: float = option(1e-6, "p-value, after correction, below which unseen values are more than chance leaves")
    share: float = option(0.01, "share of the other split's rows with such values from which it is a warning")

    def needs(self) -> tuple[Values, Sample, Keys, Moments]:
        return (Values(), Sample(), Keys(), Moments())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = need_splits(splits)
        names = _categories(train)
        if not names:
            raise NotApplicable("no input holds categories as text")
        others = [s for s in splits.values() if s is not train and s.n_rows]
        excuse = ""
        if cut_by_time(splits):
            excuse = "the splits follow each other in time, which brings new values"
        elif train.schema.with_role(Role.GROUP) or apart_by_group(splits):
            excuse = "the splits are cut by group, and new groups bring new values"
        said = []
        for other in others:
            seen = [u for name in names if (u := _unseen(train, other, name)) is not None]
            tests = max(1, len(seen) * len(others))
            cutters = [u.column for u in seen if u.apart]
            why = excuse
            if cutters and not excuse:
                why = f"no value of {listing(cutters)} is in both splits, which seem cut by it"
            for unseen in seen:
                if unseen.rows and unseen.p * tests < self.p_value:
                    loud = unseen.share >= self.share and not why
                    yield _finding(train, other, unseen, unseen.p * tests, why if not loud else "", loud=loud)
            if seen:
                said.append(f"{other.name} {plural(sum(u.rows for u in seen), 'cell')}")
        if not said:
            raise CannotTell(f"no column of categories has {LEAST_ROWS} values in train and in another split")
        yield Passed(f"values that {train.name} never shows: {', '.join(said)}")


def _categories(train: SplitView) -> list[Name]:
    """Return the inputs that hold categories as text, those that name persons or rows left out."""
    kinds = train.context.kinds
    found = []
    for column in train.schema.coded:
        if column.role is not Role.FEATURE or may_be_entity(train, column.name):
            continue
        if kinds[column.name] is Kind.CATEGORICAL or column.storage is Storage.CATEGORY:
            found.append(column.name)
    return found


def _unseen(train: SplitView, other: SplitView, name: Name) -> Unseen | None:
    a, b = train.get(Values()).columns[name], other.get(Values()).columns[name]
    if min(a.n, b.n) < LEAST_ROWS:
        return None
    limit = min(_limit(a), _limit(b))  # below it, both sketches hold every value there is
    mine, theirs = a.hashes <= limit, b.hashes <= limit
    known = is_in(b.hashes[theirs], a.hashes[mine])
    values = [v for v, keep in zip(b.values, theirs, strict=True) if keep]
    gone = np.flatnonzero(~known)
    counts = b.counts[theirs][gone]
    expected, p = _by_chance(
        a.hashes[mine], a.counts[mine], b.hashes[theirs], b.counts[theirs], counts, b.n / (a.n + b.n)
    )
    order = np.argsort(-counts, kind="stable")
    many = min(len(a.values), len(b.values)) >= MANY or (len(a.values) >= 3 * MANY and len(b.values) >= 2)
    apart = many and len(gone) == int(theirs.sum()) and not _spelt_otherwise(values, a.values)
    return Unseen(
        name, [str(values[gone[i]]) for i in order], counts[order], b.n, expected, p, a.exact and b.exact, apart
    )


def _spelt_otherwise(values: Sequence[Any], known: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the values that are known but for how they are written, with the known ones."""
    written = {fold(str(v)): str(v) for v in known}
    return [(str(v), written[fold(str(v))]) for v in values if fold(str(v)) in written]


def _limit(sketch: Distinct) -> np.uint64:
    return np.uint64(0xFFFFFFFFFFFFFFFF) if sketch.exact else np.uint64(sketch.hashes[-1])


def _by_chance(
    mine: np.ndarray[tuple[int], np.dtype[np.uint64]],
    of_mine: Ints,
    theirs: np.ndarray[tuple[int], np.dtype[np.uint64]],
    of_theirs: Ints,
    gone: Ints,
    q: float,
) -> tuple[float, float]:
    """Return the rows that a random split would leave unseen on average, and how improbable it is to leave these.

    Parameters
    ----------
    mine, theirs : ndarray of uint64
        Hashes of the values in train and in the other split, ascending.
    of_mine, of_theirs : ndarray of int64
        Rows of each.
    gone : ndarray of int64
        Rows of the values that train lacks.
    q : float
        The other split's share of the rows.
    """
    values = np.concatenate([mine, theirs])
    _, place = np.unique(values, return_inverse=True)
    total: Floats = np.bincount(place, weights=np.concatenate([of_mine, of_theirs])).astype(np.float64)
    misses: Floats = np.power(q, total)
    tails = [poisson_tail(int((gone >= least).sum()), float(misses[total >= least].sum())) for least in _STEPS]
    return float((total * misses).sum()), min(1.0, min(tails) * len(_STEPS))


def _finding(train: SplitView, other: SplitView, unseen: Unseen, p: float, excuse: str, *, loud: bool) -> Finding:
    name = unseen.column
    word = listing([name])
    shown = some([repr(v) for v in unseen.values])
    twins = _spelt_otherwise(unseen.values, train.get(Values()).columns[name].values)
    message = (
        f"{word} of {other.name} holds {shown}, which {train.name} never shows: {plural(unseen.rows, 'row')} "
        f"({percent(unseen.share)}), where a random split leaves about {unseen.expected:.2g} ({chance(p)})"
    )
    if twins:
        message += f"; {twins[0][0]!r} is written {twins[0][1]!r} in {train.name}"
    column = other.get(Sample()).codes[name]
    wanted = set(unseen.values)
    held = np.array([v is not None and str(v) in wanted for v in column.tolist()], dtype=bool)
    rows = np.sort(other.get(Sample()).rows[held])
    return Finding(
        capital(message) + (f"; {excuse}" if excuse else ""),
        splits=(train.name, other.name),
        columns=(name,),
        rows=tuple(rows[:ROW_CAP].tolist()),
        row_count=max(unseen.rows, len(rows)),
        severity=None if loud else Severity.NOTE,
        confidence=1.0 - p,
        evidence={
            "p": p,
            "expected_rows": round(unseen.expected, 2),
            "all_values_compared": unseen.exact,
            "table": {
                "caption": f"Values of {word} that {train.name} never shows",
                "columns": ["value", f"rows in {other.name}"],
                "rows": [[v, int(c)] for v, c in zip(unseen.values[:100], unseen.counts[:100], strict=True)],
                "total": len(unseen.values),
            },
        },
        fix='OneHotEncoder(handle_unknown="ignore")   # or: gather rare values in one before encoding',
    )
