"""LEA112 group-overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import ROW_CAP, capital, listing, percent, plural
from dataaudit.analyzers.leakage.entities import Entity, entity_of, item_column
from dataaudit.analyzers.leakage.file_groups import FileGroups, groups_of_names
from dataaudit.analyzers.leakage.pairs import cut_by_time, need_splits, pairs_of
from dataaudit.model import CannotTell, Finding, Ints, Name, NotApplicable, Passed, Role, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.hashing import Hashes, hash_texts
from dataaudit.stats.keys import Keys, name_words
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import MISSING, common, distinct, is_in
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values

_FILES = frozenset({"file", "filename", "filepath", "path", "image", "img", "picture", "photo"})

FIX = (
    "- train, test = train_test_split(data, test_size=0.2)\n"
    "+ train, test = next(GroupShuffleSplit(test_size=0.2, random_state=0).split(data, groups=data[{name!r}]))"
)


@register
@dataclass(frozen=True)
class GroupOverlap:
    """Rows of one patient, user or scene in several splits.

    ## Why it matters
    Rows of one source resemble each other in ways that have nothing to do with the label. A model that has seen the
    patient recognises the patient; its score does not hold for the next one (Saeb et al. 2017 found half of the
    published studies with phone and wearable sensors split this way, and their errors half as large).

    ## How it decides
    With a declared group column every value is compared, exactly, whatever the size: an error for each split that
    shares one with train. Without one, a column counts as a group if its name says so (subject, patient, user,
    customer, session, scene, ..., alone or with "id"; or just "id"), its values look like identifiers (5 or more,
    with digits; whole numbers from 8 on, of persons from 5; or 30 or more words), and at least half of the rows have
    a fellow of the same value. Then two shared values or more, or one in 5 % of the rows, are a warning. Between
    validation and test an error is a warning. Ordinary categories (sex, city, store, country) recur by design and
    are never looked at. It is a note where every split follows the one before in time, where rows pair users with
    items (both recur by design), and for validation with test where train already overlaps. Names of picture files,
    and of files that a text column names (in a sample of 20,000 rows a split), count as groups where they say so
    ("patient12_img3.png", "scene004_frame07.png") or where one picture was saved in several versions
    ("cat_aug1.png", "cat_flip.png").

    ## What to do
    Split by group, so that all rows of one group are on one side, and name the group column (`group=`, `--group`).

    ## When to ignore it
    The model will only ever meet the same patients, users or machines again.

    ## When it cannot tell
    Groups that no column and no file name shows.
    """

    code: ClassVar[str] = "LEA112"
    name: ClassVar[str] = "group-overlap"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "rewards recognising the patient, user or scene instead of what is asked"
    tips: ClassVar[tuple[str, ...]] = ("37.15",)

    def needs(self) -> tuple[Keys, Values, Moments, Sample]:
        return (Keys(), Values(), Moments(), Sample())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = need_splits(splits)
        if train.schema.pictures:
            yield from self._files(splits, None)
            return
        declared = train.schema.with_role(Role.GROUP)
        entities = [e for name in declared if (e := entity_of(splits, name, declared=True))]
        if not declared:
            entities = _found(splits)
        files = _file_column(train) if not entities else None
        if files is not None:
            yield from self._files(splits, files)
            return
        if not entities:
            raise NotApplicable("no group column was named, and no column's name and values say whom a row is about")
        excuse = _excuse(splits, entities)
        said = []
        for entity in entities:
            overlap = False
            for left, right in pairs_of(splits):
                with_train = left is train
                shared, rows = _shared(left, right, entity.name)
                said.append(f"{left.name} and {right.name} share {plural(len(shared), 'value')} of '{entity.name}'")
                if not len(shared) or not (entity.declared or _matters(shared, rows, right)):
                    continue
                overlap |= with_train
                quiet = excuse or ("" if with_train or not overlap else "train shares groups with both")
                yield _finding(left, right, entity, shared, rows, quiet)
        yield Passed("; ".join(said[:4]))

    def _files(self, splits: Mapping[str, SplitView], column: Name | None) -> Iterator[Finding | Passed]:
        said = []
        for left, right in pairs_of(splits):
            a, b = _file_names(left, column), _file_names(right, column)
            groups = groups_of_names(list(a.values()), list(b.values()))
            said.append(f"{left.name} and {right.name} share {plural(len(groups.shared), 'group')} of file names")
            if groups.shared:
                rows = [list(b)[i] for i in groups.rows]
                yield _file_finding(left, right, groups, sorted(rows), column)
        yield Passed("; ".join(said))


def _file_column(train: SplitView) -> Name | None:
    """Return the text column that names a file for each row, if there is one."""
    for column in train.schema.coded:
        if column.role in (Role.FEATURE, Role.ID) and any(w in _FILES for w in name_words(column.name)):
            return column.name
    return None


def _file_names(split: SplitView, column: Name | None) -> dict[int, str]:
    """Return the file of each row: of all picture files, or of the sampled rows of a table's column."""
    if column is None:
        names = split.names(range(split.n_rows))
        if names is None:
            raise CannotTell("the saved profile holds no file names")
        return dict(enumerate(names))
    sample = split.get(Sample())
    pairs = zip(sample.rows.tolist(), sample.codes[column].tolist(), strict=True)
    return {row: str(text).replace("\\", "/") for row, text in pairs if text is not None}


def _found(splits: Mapping[str, SplitView]) -> list[Entity]:
    """Return the one column that says best whom rows are about, if any."""
    train = next(iter(splits.values()))
    columns = [n for n in train.get(Keys()).columns if train.schema.by_name[n].role in (Role.FEATURE, Role.ID)]
    entities = [e for name in columns if (e := entity_of(splits, name, declared=False))]
    return sorted(entities, key=lambda e: (e.rank, e.n_distinct))[:1]


def _excuse(splits: Mapping[str, SplitView], entities: list[Entity]) -> str:
    """Return why shared groups are no fault here; empty where they are."""
    if cut_by_time(splits):
        return "the splits follow each other in time, where groups recur by design"
    item = item_column(splits, entities[0].name)
    if item is not None and not entities[0].declared:
        return f"rows pair it with '{item}', as in recommendations, where both recur by design"
    return ""


def _matters(shared: Hashes, rows: Ints, right: SplitView) -> bool:
    """Return whether more is shared than a stray id or two."""
    return len(shared) >= 2 or len(rows) >= 0.05 * right.n_rows


def _shared(left: SplitView, right: SplitView, name: Name) -> tuple[Hashes, Ints]:
    """Return the values in both splits, and the rows of the right one that hold them."""
    a, b = left.get(Keys()).words(name), right.get(Keys()).words(name)
    both = common(a, b)
    both = both[both != MISSING]
    return both, right.get(Keys()).rows[is_in(b, both)]


def _finding(left: SplitView, right: SplitView, entity: Entity, shared: Hashes, rows: Ints, quiet: str) -> Finding:
    name = entity.name
    there = right.get(Keys()).words(name)
    n_groups = len(distinct(there[there != MISSING]))
    values, counts = np.unique(there[is_in(there, shared)], return_counts=True)
    order = np.argsort(-counts, kind="stable")[:100]
    here = left.get(Keys()).words(name)
    few, in_left = np.unique(here[is_in(here, np.sort(values[order]))], return_counts=True)
    texts = _texts((left, right), name)
    table = [
        [texts.get(int(values[i]), "?"), int(in_left[np.searchsorted(few, values[i])]), int(counts[i])] for i in order
    ]
    word = listing([name])
    message = (
        f"{plural(len(shared), 'value')} of {word} {'is' if len(shared) == 1 else 'are'} in {left.name} and in "
        f"{right.name}, of {n_groups:,} that {right.name} has: {plural(len(rows), 'row')} of {right.name} "
        f"({percent(len(rows) / right.n_rows)}) {'has' if len(rows) == 1 else 'have'} relatives in {left.name}"
    )
    severity = Severity.NOTE if quiet else Severity.ERROR if entity.declared else Severity.WARNING
    if left.role == "validation" and severity is Severity.ERROR:
        severity = Severity.WARNING
    return Finding(
        message + (f"; {quiet}" if quiet else "" if entity.declared else f"; {entity.why}"),
        splits=(left.name, right.name),
        columns=(name,),
        rows=tuple(np.sort(rows)[:ROW_CAP].tolist()),
        row_count=len(rows),
        severity=severity,
        evidence={
            "declared": entity.declared,
            "groups_shared": len(shared),
            f"groups_in_{right.role}": n_groups,
            "table": {
                "caption": f"Groups in both {left.name} and {right.name}",
                "columns": [str(name), f"rows in {left.name}", f"rows in {right.name}"],
                "rows": table,
                "total": len(shared),
            },
        },
        fix=FIX.format(name=name),
    )


def _texts(views: tuple[SplitView, ...], name: Name) -> dict[int, Any]:
    """Return the values of a column by their words, as far as they were kept."""
    texts: dict[int, Any] = {}
    for view in views:
        values = view.get(Values()).columns[name].values
        if isinstance(values, list):
            texts.update(zip(hash_texts(values).tolist(), values, strict=True))
        else:
            words = (np.asarray(values, dtype=np.float64) + 0.0).view(np.uint64).tolist()
            plain = [int(v) if float(v).is_integer() else float(v) for v in values]
            texts.update(zip(words, plain, strict=True))
    return texts


def _file_finding(
    left: SplitView, right: SplitView, groups: FileGroups, rows: list[int], column: Name | None
) -> Finding:
    names = sorted(groups.shared, key=lambda g: (-groups.shared[g][1], g))
    what = "files of the same original" if groups.versions else "files of the same source"
    return Finding(
        f"{capital(what)} are in {left.name} and in {right.name}, as their names say: "
        f"{plural(len(names), 'group')}, {plural(len(rows), 'file')} of {right.name} "
        f"({percent(len(rows) / right.n_rows)}), such as {listing(names)}",
        splits=(left.name, right.name),
        columns=() if column is None else (column,),
        rows=tuple(rows[:ROW_CAP]),
        row_count=len(rows),
        severity=Severity.WARNING,
        evidence={
            "table": {
                "caption": "Groups of file names in both splits",
                "columns": ["group", f"files in {left.name}", f"files in {right.name}"],
                "rows": [[g, *groups.shared[g]] for g in names[:100]],
                "total": len(names),
            }
        },
        fix="Split by the part of the file name that names the source, and only then augment train.",
    )
