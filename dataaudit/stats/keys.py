"""The values of a few columns that tell which rows belong together, row by row: groups, times, ids of persons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Column, Floats, Ints, Name, Role, Schema, Storage
from dataaudit.stats.hashing import Hashes, hash_texts
from dataaudit.stats.row_hashes import MISSING
from dataaudit.stats.state import saved

PERSONS = frozenset({
    "subject", "subj", "subjects", "patient", "pat", "participant", "person", "user", "customer", "client",
    "respondent", "volunteer", "donor", "speaker", "writer", "signer", "student", "pupil", "employee",
    "household", "family", "individual", "animal", "mouse", "rat", "driver", "rider", "player", "visitor",
    "borrower", "applicant", "mrn", "ssn", "uid", "pid",
})  # fmt: skip
"""Words for whom rows are about."""

RECORDINGS = frozenset(
    {"session", "recording", "scene", "video", "clip", "episode", "specimen", "slide", "biopsy", "account", "device"}
)
"""Words for what rows were cut from."""

_TAGS = frozenset({
    "id", "ids", "no", "nr", "number", "code", "key", "identifier", "uuid", "guid", "hash", "index", "idx",
    "name", "ref", "anon", "anonymous", "anonymised", "unique", "study", "original", "src", "source", "global",
})  # fmt: skip
"""Words that may stand beside one of those without changing what the column names."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def name_words(name: Name) -> tuple[str, ...]:
    """Return the words of a column's name in lower case: "patientId" and "PATIENT_ID" give ("patient", "id")."""
    return tuple(w.lower() for w in _WORD.findall(str(name))) if isinstance(name, str) else ()


def entity_rank(name: Name) -> int | None:
    """Return 0 for a column that by its name says whom a row is about, 1 what it was cut from, 2 for a bare id.

    None for all others: "patient" and "user_id" name someone, "patient_age" and "store" do not.
    """
    words = name_words(name)
    known = [w for w in words if w in PERSONS or w in RECORDINGS]
    if known:
        if any(w not in _TAGS for w in words if w not in known):
            return None
        return 0 if any(w in PERSONS for w in known) else 1
    return 2 if words in (("id",), ("uuid",), ("guid",)) else None


@saved
@dataclass(frozen=True)
class Keys:
    """Ask for the words of 64 bits of columns in the role of a group, a time or an id, or named like an entity.

    Eight bytes a row and column; nothing for tables without such a column.

    Parameters
    ----------
    most : int
        Columns kept, declared ones first.
    """

    rowless: ClassVar[bool] = False
    most: int = 4

    def start(self, schema: Schema) -> KeysState:
        declared = [c for c in schema.columns if c.role in (Role.GROUP, Role.TIME, Role.ID)]
        named = [c for c in schema.columns if c.role is Role.FEATURE and _may_name(c)]
        named.sort(key=lambda c: entity_rank(c.name) or 0)
        columns = [c.name for c in (declared + named)[: self.most]]
        return KeysState(columns, dict(schema.number_index), [])


def _may_name(column: Column) -> bool:
    return column.storage not in (Storage.BOOLEAN, Storage.DATETIME) and entity_rank(column.name) is not None


@saved
@dataclass
class KeyRun:
    """Words of consecutive rows from row `start` on, shape (n_columns, n)."""

    start: int
    words: Hashes


@saved
@dataclass
class KeysState:
    """Words of each row, in the order of rows.

    Attributes
    ----------
    columns : list of Name
        Columns kept.
    number_index : dict of Name to int
        Where the numeric ones stand in `Chunk.numbers`.
    runs : list of KeyRun
        In the order of rows; neighbours are joined, so that there is one when all rows were seen.
    """

    columns: list[Name]
    number_index: dict[Name, int]
    runs: list[KeyRun]

    def words(self, name: Name) -> Hashes:
        """Return the words of one column, shape (n,): a number's own bits, a text's hash, or `MISSING`."""
        at = self.columns.index(name)
        return np.concatenate([np.zeros(0, np.uint64), *(r.words[at] for r in self.runs)])

    def numbers(self, name: Name) -> Floats:
        """Return the values of a numeric column, NaN where missing, shape (n,)."""
        return self.words(name).view(np.float64)

    @property
    def rows(self) -> Ints:
        """Positions within the split, shape (n,)."""
        parts = [np.arange(r.start, r.start + r.words.shape[1], dtype=np.int64) for r in self.runs]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def observe(self, chunk: Chunk) -> None:
        if not chunk.n_rows or not self.columns:
            return
        words = np.empty((len(self.columns), chunk.n_rows), dtype=np.uint64)
        for i, name in enumerate(self.columns):
            if name in self.number_index:
                line = chunk.numbers[self.number_index[name]] + 0.0
                words[i] = line.view(np.uint64)
                words[i, np.isnan(line)] = MISSING
            else:
                codes = chunk.codes[name]
                words[i] = np.append(hash_texts(codes.values), MISSING)[codes.indices]
        self.runs = _joined([*self.runs, KeyRun(chunk.start, words)])

    def merge(self, other: Self) -> Self:
        return type(self)(self.columns, self.number_index, _joined([*self.runs, *other.runs]))


def _joined(runs: list[KeyRun]) -> list[KeyRun]:
    groups: list[list[KeyRun]] = []
    for run in sorted(runs, key=lambda r: r.start):
        if groups and groups[-1][-1].start + groups[-1][-1].words.shape[1] == run.start:
            groups[-1].append(run)
        else:
            groups.append([run])
    return [g[0] if len(g) == 1 else KeyRun(g[0].start, np.concatenate([r.words for r in g], axis=1)) for g in groups]
