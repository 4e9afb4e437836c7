"""LEA115 index-leak."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import capital, percent, train_of
from dataaudit.analyzers.leakage.entities import may_be_entity
from dataaudit.model import (
    CannotTell,
    Column,
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
    Task,
    option,
)
from dataaudit.registry import register
from dataaudit.stats.keys import entity_rank
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

LEAST_ROWS = 30
LEAST_SAVED = 10
"""Changes of label fewer than expected, below which the runs test's z is not normal."""

STRETCHES = 10
LINKED = 0.15
"""Cramér's V squared from which stretches of the order tell labels; rows half shuffled keep about .25."""

RHO = 0.4
"""Rank correlation of a number with its row's id from which a trend is strong; rows half shuffled keep about .5."""

MOST_STEMS = 20
"""Different beginnings of numbered words: "a-12", "b-7"."""

_NUMBERED = re.compile(
    r"(?:row|record|sample|image|img|obs|observation|entry|line|serial)?[ _-]?(?:id|idx|index|number|no|nr|num|nbr)"
    r"|unnamed: ?\d+|row|uuid|guid|(?:file|image|img)(?:[ _-]?(?:path|name))?",
    re.IGNORECASE,
)
"""Names of columns that number the rows, or name their files."""

_LAST_NUMBER = re.compile(r"^(.*?)(\d+)(\D*)$", re.DOTALL)


@dataclass(frozen=True)
class Order:
    """Labels in the order of an id.

    Attributes
    ----------
    n : int
        Rows.
    z : float
        Standard deviations by which neighbours agree more often than by chance.
    share : float
        Changes of label between neighbours over those of random order; for numbers 1 less their rank correlation.
    linked : float
        Cramér's V squared of label and stretch of the order, 0 to 1; 0 for numbers.
    said : str
        What was seen, in words.
    trend : float
        Rank correlation of a number with the id; 1 for classes.
    bins : list of list of int, or None
        Rows of each class along the id, for the drawing.
    classes : list of str
        Their names.
    """

    n: int
    z: float
    share: float
    linked: float
    said: str
    trend: float = 1.0
    bins: list[list[int]] | None = None
    classes: tuple[str, ...] = ()


@register
@dataclass(frozen=True)
class IndexLeak:
    """An id, a row number or a file name whose order predicts the label.

    ## Why it matters
    Records were numbered class by class, or day by day while the label drifted. A model that is given the id learns
    that, and nothing that holds for new records; and cuts made by id do not hold the same classes.

    ## How it decides
    Rows of all splits together (a sample of up to 20,000 of each) are put in the order of the id: of its number, or
    of its text, numbers within it by size. Classes: the runs test of Barton and David (1957) compares how often
    neighbours differ with random order, and chi-squared how the shares of labels differ between ten stretches; a
    warning where one exceeds `z` (5) standard deviations and changes are at most `share` (0.85) of what chance gives,
    or Cramér's V squared is at least 0.15; a note above 4. Over 4,000 shuffles of 40 to 1,000 rows and 2 to 30 classes
    the largest z was 3.6. For numbers the rank correlation of neighbours times the square root of the number of rows
    is z; it is a warning only if the target also rises or falls along the id (rank correlation 0.4). It is a note
    where the id follows a time column, where one unsplit file stands in the order of a declared id (BAT101 speaks
    then), and for names of picture files. Neighbours of one declared group, or of one person by the column's name,
    count once.

    ## What to do
    Leave the id out of the inputs, and split at random or by group, not by id. Find out what else follows the order
    of recording.

    ## When to ignore it
    The id is not an input and the splits were drawn at random.

    ## When it cannot tell
    Without a column that numbers the rows, with fewer than 30 labelled rows, or where each split is numbered anew.
    """

    code: ClassVar[str] = "LEA115"
    name: ClassVar[str] = "index-leak"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "lets the model read the label off the order in which rows were recorded"
    tips: ClassVar[tuple[str, ...]] = ("37.7",)

    z: float = option(5.0, "standard deviations of the runs test from which order predicts the label")
    share: float = option(0.85, "changes of label along the id, over those of random order, up to which it matters")

    def needs(self) -> tuple[Sample, Values]:
        return (Sample(), Values())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        schema, task = train.schema, train.context.task
        if not schema.targets:
            raise NotApplicable("no target was named")
        if len(schema.targets) > 1:
            raise NotApplicable("several targets have no one order")
        views = [s for s in splits.values() if s.n_rows]
        if schema.pictures:
            tested: list[tuple[Name, list[NDArray[Any]]]] = [("", _file_keys(views))]
        else:
            columns = _numbering(train)
            if not columns:
                raise NotApplicable("no column numbers the rows; BAT101 judges the order of the rows themselves")
            tested = [(c.name, _column_keys(views, c)) for c in columns]
        said = []
        for name, keys in tested:
            order = _order(views, keys, schema.targets[0], task)
            if order is None:
                continue
            said.append(f"{_word(name)}: z {order.z:.1f} over {order.n:,} rows")
            if order.z > 4:
                yield self._finding(splits, views, name, keys, order)
        if not said:
            raise CannotTell(f"fewer than {LEAST_ROWS} labelled rows with an id of their own")
        yield Passed("; ".join(said[:3]))

    def _finding(
        self,
        splits: Mapping[str, SplitView],
        views: list[SplitView],
        name: Name,
        keys: list[NDArray[Any]],
        order: Order,
    ) -> Finding:
        excuse = _excuse(views, name, keys)
        matters = order.share <= self.share or order.linked >= LINKED
        loud = order.z > self.z and matters and order.trend >= RHO and not excuse
        weak = "" if loud or excuse else "; it tells little of a single label"
        return Finding(
            f"{capital(_word(name))} predicts the label: {order.said} (z {order.z:.1f}; chance alone stays below 4)"
            + (f"; {excuse}" if excuse else weak),
            splits=tuple(splits),
            columns=(name,) if name in views[0].schema.by_name else (),
            severity=None if loud else Severity.NOTE,
            confidence=1.0 - math.erfc(order.z / math.sqrt(2)) / 2,
            evidence={"z": round(order.z, 2), "share_of_random_changes": round(order.share, 4), "rows": order.n},
            figure=_strip(order, _word(name)),
            fix=f"- X = data.drop(columns=[target])\n+ X = data.drop(columns=[target, {name!r}])" if name else "",
        )


# ---------------------------------------------------------------- which ids


def _numbering(train: SplitView) -> list[Column]:
    """Return the columns that number the rows: in the role of an id, of that kind, or named so."""
    found = []
    for column in train.schema.columns:
        if column.storage in (Storage.BOOLEAN, Storage.DATETIME):
            continue
        by_kind = train.context.kinds[column.name] is Kind.ID
        by_name = isinstance(column.name, str) and _NUMBERED.fullmatch(column.name.strip()) is not None
        numbered = column.storage.is_number or _is_numbered(train.get(Sample()).codes[column.name])
        if column.role is Role.ID or (column.role is Role.FEATURE and (by_kind or by_name) and numbered):
            found.append(column)
    return found[:4]


def _is_numbered(texts: NDArray[Any]) -> bool:
    """Return whether words are a few stems with a number behind, such as "P-0012"; names sort by what they mean."""
    found = [_LAST_NUMBER.match(str(t)) for t in texts.tolist() if t is not None]
    told = [m for m in found if m is not None]
    return len(told) >= 0.9 * max(1, len(found)) and len({m.group(1) for m in told}) <= MOST_STEMS


def _column_keys(views: Sequence[SplitView], column: Column) -> list[NDArray[Any]]:
    """Return each split's ids as sampled: numbers, or text; None or NaN where missing."""
    index = views[0].schema.number_index
    if column.name in index:
        return [s.get(Sample()).numbers[index[column.name]] for s in views]
    return [s.get(Sample()).codes[column.name] for s in views]


def _file_keys(views: Sequence[SplitView]) -> list[NDArray[Any]]:
    """Return each sampled picture's file name without its folders, in which the class stands by design."""
    keys = []
    for split in views:
        rows = split.get(Sample()).rows.tolist()
        names = split.names(rows)
        if names is None:
            raise CannotTell("the saved profile holds no file names")
        line = np.empty(len(rows), dtype=object)
        line[:] = [n.rpartition("/")[2] for n in names]
        keys.append(line)
    return keys


def ranks_of(keys: NDArray[Any]) -> Ints:
    """Return the rank of each id, equal ones alike, -1 where missing: numbers in text count by their size.

    Examples
    --------
    >>> ranks_of(np.array(["P-2", "P-10", None], dtype=object)).tolist()
    [0, 1, -1]
    """
    if keys.dtype.kind == "f":
        known = np.isfinite(keys)
        ranks = np.full(len(keys), -1, dtype=np.int64)
        ranks[known] = np.unique(keys[known], return_inverse=True)[1]
        return ranks
    parts = {key: _parts(str(key)) for key in set(keys.tolist()) if key is not None}
    place = {key: i for i, key in enumerate(sorted(parts, key=lambda k: (parts[k], str(k))))}
    return np.array([-1 if key is None else place[key] for key in keys.tolist()], dtype=np.int64)


def _parts(text: str) -> tuple[str, int, str]:
    found = _LAST_NUMBER.match(text)
    if found is None or len(found.group(2)) > 18:
        return (text, 0, "")
    return (found.group(1), int(found.group(2)), found.group(3))


# ---------------------------------------------------------------- order


def _order(views: Sequence[SplitView], keys: list[NDArray[Any]], target: Name, task: Task | None) -> Order | None:
    """Return how labels lie along the ids of all splits; None where they cannot be told."""
    ranks = ranks_of(np.concatenate(keys))
    if _anew(views, ranks):
        views, ranks = views[:1], ranks_of(keys[0])
    index = views[0].schema.number_index
    samples = [s.get(Sample()) for s in views]
    if target in index:
        line = np.concatenate([s.numbers[index[target]] for s in samples])
        known = np.isfinite(line)
        labels: list[Any] = [f"{v:g}" for v in np.unique(line[known]).tolist()]
        codes = np.full(len(line), -1, dtype=np.int64)
        codes[known] = np.unique(line[known], return_inverse=True)[1]
    else:
        texts = np.concatenate([s.codes[target] for s in samples])
        labels = sorted({str(t) for t in texts.tolist() if t is not None})
        place = {t: i for i, t in enumerate(labels)}
        codes = np.array([-1 if t is None else place[str(t)] for t in texts.tolist()], dtype=np.int64)
    known = (codes >= 0) & (ranks >= 0)
    order = np.argsort(ranks[known], kind="stable")
    at = ranks[known][order]
    apart = _first_of_group(views, known, order) & np.concatenate([[True], at[1:] != at[:-1]])[: len(at)]
    codes = codes[known][order][apart]
    unique = int(apart.sum()) >= 0.9 * len(at) or bool(views[0].schema.with_role(Role.GROUP))
    if len(codes) < LEAST_ROWS or not unique:
        return None
    return _numbers_along(codes) if task is Task.REGRESSION else _classes_along(codes, labels)


def _anew(views: Sequence[SplitView], ranks: Ints) -> bool:
    """Return whether every split is numbered for itself: most of the ids of one occur in another."""
    known = ranks[ranks >= 0]
    return len(views) > 1 and len(np.unique(known)) < 0.9 * len(known)


def _first_of_group(views: Sequence[SplitView], known: NDArray[np.bool_], order: Ints) -> NDArray[np.bool_]:
    """Return which rows, in the order of their ids, do not follow one of their own declared or evident group."""
    schema = views[0].schema
    first = np.ones(len(order), dtype=bool)
    if not len(order):
        return first
    for column in schema.columns:
        named = column.role is Role.FEATURE and entity_rank(column.name) in (0, 1)
        if column.role is not Role.GROUP and not (named and may_be_entity(views[0], column.name)):
            continue
        ranks = ranks_of(np.concatenate(_column_keys(views, column)))[known][order]
        first &= np.concatenate([[True], (ranks[1:] != ranks[:-1]) | (ranks[1:] < 0)])
    return first


def _classes_along(codes: Ints, labels: list[str]) -> Order | None:
    counts = np.bincount(codes, minlength=len(labels)).astype(np.float64)
    if (counts > 0).sum() < 2:
        return None
    changes = int((codes[1:] != codes[:-1]).sum())
    n = float(len(codes))
    s2, s3 = float((counts**2).sum()), float((counts**3).sum())
    expected = n - s2 / n  # mean and variance over all orders: Barton & David (1957)
    variance = (s2 * (s2 + n * (n + 1)) - 2 * n * s3 - n**3) / (n * n * (n - 1))
    enough = expected - changes >= LEAST_SAVED and variance > 1e-9  # two rows of a rare class may meet by chance
    z = (expected - changes) / math.sqrt(variance) if enough else min(0.0, changes - expected)
    share = changes / expected if expected > 0 else 1.0
    said = (
        f"in its order the label changes {changes:,} times in {len(codes):,} rows, {percent(share)} of what random "
        f"order gives"
    )
    apart, linked = _stretches(codes, counts)
    if apart > z:
        z, said = (
            apart,
            f"the shares of the labels differ along its order (Cramér's V² {linked:.2f} over ten stretches)",
        )
    return Order(len(codes), z, share, linked, said, 1.0, *_bins(codes, counts, labels))


def _stretches(codes: Ints, counts: Floats) -> tuple[float, float]:
    """Return by how many standard deviations the labels differ between stretches of the order, and Cramér's V squared.

    Pearson's chi-squared over ten stretches of equally many rows, its p-value halved for being the second test, as the
    z of the same tail. It sees blocks that were half shuffled, whose neighbours mostly differ.
    """
    from scipy.special import chdtrc, ndtri

    n = len(codes)
    n_bins = min(STRETCHES, n // 10)
    kept = counts >= 2 * n_bins  # rarer ones count together, so that no cell expects fewer than two
    place = np.where(kept, np.cumsum(kept) - 1, kept.sum())[codes]
    n_classes = int(kept.sum()) + int((~kept[codes]).any())
    if n_classes < 2:
        return 0.0, 0.0
    bins = (np.arange(n) * n_bins) // n
    table = np.bincount(bins * n_classes + place, minlength=n_bins * n_classes).reshape(n_bins, n_classes).astype(float)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    p = max(2.0 * float(chdtrc((n_bins - 1) * (n_classes - 1), chi2)), 1e-300)
    return (float(-ndtri(p)) if p < 0.5 else 0.0), chi2 / (n * (min(n_bins, n_classes) - 1))


def _numbers_along(codes: Ints) -> Order | None:
    """Return the same for numbers, as ranks of their values."""
    ranks = codes.astype(np.float64)
    if ranks.min() == ranks.max():
        return None
    near = _correlation(ranks[1:], ranks[:-1])
    trend = abs(_correlation(ranks, np.arange(len(ranks), dtype=np.float64)))
    said = f"neighbours along it have like targets (rank correlation {near:.2f}; with the id itself {trend:.2f})"
    return Order(len(ranks), near * math.sqrt(len(ranks)), 1.0 - near, 0.0, said, trend)


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0


def _bins(codes: Ints, counts: Floats, labels: list[str]) -> tuple[list[list[int]] | None, tuple[str, ...]]:
    """Return rows of the ten largest classes along the id in at most 128 bins."""
    if len(labels) > 64:
        return None, ()
    named = np.sort(np.argsort(-counts, kind="stable")[:10])
    place = np.full(len(labels), len(named), dtype=np.int64)
    place[named] = np.arange(len(named))
    width = len(named) + (len(labels) > len(named))
    n_bins = min(128, len(codes))
    bins = (np.arange(len(codes)) * n_bins) // len(codes)
    table = np.bincount(bins * width + place[codes], minlength=n_bins * width).reshape(n_bins, width)
    names = [labels[i] for i in named] + (["other"] if width > len(named) else [])
    return table.tolist(), tuple(names)


def _strip(order: Order, word: str) -> Mapping[str, Any] | None:
    if order.bins is None:
        return None
    totals = np.array(order.bins, dtype=np.float64).sum(axis=0)
    return {
        "kind": "strip",
        "caption": f"Labels along {word}; shuffled, every column would look like the one below",
        "classes": list(order.classes),
        "bins": order.bins,
        "expected": [[round(float(v), 4) for v in totals / totals.sum()]],
        "first": "first",
        "last": "last",
        "bin_rows": math.ceil(order.n / len(order.bins)),
    }


def _excuse(views: Sequence[SplitView], name: Name, keys: list[NDArray[Any]]) -> str:
    """Return why the order is no leak, in words; empty where it is."""
    schema = views[0].schema
    if schema.pictures:
        return "file names are no input of a model of pictures"
    ranks = ranks_of(np.concatenate(keys)).astype(np.float64)
    for column in schema.numbers:
        if column.role is Role.TIME or (column.role is Role.FEATURE and column.storage is Storage.DATETIME):
            times = np.concatenate(_column_keys(views, column))
            known = np.isfinite(times) & (ranks >= 0)
            if known.sum() >= LEAST_ROWS and abs(_correlation(ranks[known], _ranked(times[known]))) >= 0.9:
                return f"it follows '{column.name}', along which labels may drift"
    if len(views) == 1 and schema.by_name[name].role is Role.ID:
        rows = views[0].get(Sample()).rows.astype(np.float64)
        if abs(_correlation(ranks, rows)) >= 0.99:
            return "the file stands in its order, which BAT101 and BAT102 judge"
    return ""


def _ranked(line: Floats) -> Floats:
    return np.unique(line, return_inverse=True)[1].astype(np.float64)


def _word(name: Name) -> str:
    return "the order of file names" if name == "" else f"column {name}" if isinstance(name, int) else f"'{name}'"
