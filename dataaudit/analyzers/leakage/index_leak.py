"""LEA115 index-leak."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.common import capital, listing, train_of
from dataaudit.analyzers.leakage.label_along import (
    LAST_NUMBER,
    LEAST_ROWS,
    Order,
    column_keys,
    correlation,
    order_along,
    ranks_of,
)
from dataaudit.model import (
    CannotTell,
    Column,
    Finding,
    Floats,
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
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

LINKED = 0.15
"""Cramér's V squared from which stretches of the order tell labels; rows half shuffled keep about .25."""

RHO = 0.4
"""Rank correlation of a number with its row's id from which a trend is strong; rows half shuffled keep about .5."""

MOST_IDS = 4
"""Columns that number the rows, the first of which are looked at: each is another test."""
MOST_STEMS = 20
"""Different beginnings of numbered words: "a-12", "b-7"."""

_NUMBERED = re.compile(
    r"(?:row|record|sample|image|img|obs|observation|entry|line|serial)?[ _-]?(?:id|idx|index|number|no|nr|num|nbr)"
    r"|unnamed: ?\d+|row|uuid|guid|(?:file|image|img)(?:[ _-]?(?:path|name))?",
    re.IGNORECASE,
)
"""Names of columns that number the rows, or name their files."""


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
    count once. Of 42 real tables it found ids by class in all, half shuffled in 39, and spoke of no id in random order
    (`benchmarks/leak_policy_calibration.py`).

    ## What to do
    Leave the id out of the inputs, and split at random or by group, not by id. Find out what else follows the order
    of recording.

    ## When to ignore it
    The id is not an input and the splits were drawn at random.

    ## When it cannot tell
    Without a column that numbers the rows (the first four of them are looked at), with fewer than 30 labelled rows, or
    where each split is numbered anew.
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
            tested = [(c.name, column_keys(views, c)) for c in columns]
        said = []
        for name, keys in tested:
            order = order_along(views, keys, schema.targets[0], task)
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
    return found[:MOST_IDS]


def _is_numbered(texts: NDArray[Any]) -> bool:
    """Return whether words are a few stems with a number behind, such as "P-0012"; names sort by what they mean."""
    found = [LAST_NUMBER.match(str(t)) for t in texts.tolist() if t is not None]
    told = [m for m in found if m is not None]
    return len(told) >= 0.9 * max(1, len(found)) and len({m.group(1) for m in told}) <= MOST_STEMS


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
            times = np.concatenate(column_keys(views, column))
            known = np.isfinite(times) & (ranks >= 0)
            if known.sum() >= LEAST_ROWS and abs(correlation(ranks[known], _ranked(times[known]))) >= 0.9:
                return f"it follows '{column.name}', along which labels may drift"
    if len(views) == 1 and schema.by_name[name].role is Role.ID:
        rows = views[0].get(Sample()).rows.astype(np.float64)
        if abs(correlation(ranks, rows)) >= 0.99:
            return "the file stands in its order, which BAT101 and BAT102 judge"
    return ""


def _ranked(line: Floats) -> Floats:
    return np.unique(line, return_inverse=True)[1].astype(np.float64)


def _word(name: Name) -> str:
    return "the order of file names" if name == "" else listing([name])
