"""Which column says whom a row is about: a patient or a user, not a category that recurs by design."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from dataaudit.analyzers.common import listing, plural
from dataaudit.model import Name, Role, SplitView
from dataaudit.stats.keys import Keys, entity_rank, name_words
from dataaudit.stats.moments import Moments
from dataaudit.stats.row_hashes import MISSING, common
from dataaudit.stats.values import Values

LEAST_GROUPS = 5
"""Values below which a column is a category, whatever its name (visit 1 to 4, user "new" or "old")."""

LEAST_NUMBERS = 8
"""The same for whole numbers, which often count something (session 1 to 6)."""

LEAST_WORDS = 30
"""The same for words without digits ("maths", "physics"; names of persons are many)."""

_ITEMS = frozenset(
    {
        "item",
        "product",
        "movie",
        "film",
        "book",
        "article",
        "song",
        "track",
        "sku",
        "asin",
        "isbn",
        "business",
        "restaurant",
        "anime",
        "game",
    }
)


@dataclass(frozen=True)
class Entity:
    """A column of groups.

    Attributes
    ----------
    name : Name
        The column.
    rank : int
        0 for persons, 1 for recordings, 2 for a bare id.
    n_distinct : int
        Values over all splits; 0 where declared, since nothing hangs on it.
    declared : bool
        Whether the user named it.
    why : str
        What was seen, for the message.
    """

    name: Name
    rank: int
    n_distinct: int
    declared: bool
    why: str = ""


def entity_of(splits: Mapping[str, SplitView], name: Name, *, declared: bool) -> Entity | None:
    """Return a column as groups; None where it names none, or names every row anew.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Need `Keys`, `Values` and `Moments`.
    name : Name
        One of the columns of `Keys`.
    declared : bool
        Whether the user said that it holds groups, which then needs no proof.
    """
    if declared:
        return Entity(name, 0, 0, declared=True)
    words = np.concatenate([s.get(Keys()).words(name) for s in splits.values()])
    words = words[words != MISSING]
    role = next(iter(splits.values())).schema.by_name[name].role
    rank = entity_rank(name)
    if rank is None:
        if role is not Role.ID:
            return None
        rank = 2
    counts = np.unique(words, return_counts=True)[1]
    if not _looks_like_ids(splits, name, len(counts)):
        return None
    fellows = int(counts[counts >= 2].sum())
    within = [_repeats(s, name) for s in splits.values()]
    if 2 * fellows < len(words) or (rank == 2 and not any(within)):
        return None
    each = len(words) / len(counts)
    return Entity(name, rank, len(counts), False, f"{plural(len(counts), 'value')}, {each:.3g} rows each on average")


def _repeats(split: SplitView, name: Name) -> bool:
    """Return whether a value has several rows within the split: else it numbers rows, anew in each split perhaps."""
    words = split.get(Keys()).words(name)
    words = words[words != MISSING]
    return len(np.unique(words)) < 0.9 * len(words)


def _looks_like_ids(splits: Mapping[str, SplitView], name: Name, n_distinct: int) -> bool:
    if n_distinct < LEAST_GROUPS:
        return False
    schema = next(iter(splits.values())).schema
    if name in schema.number_index:
        at = schema.number_index[name]
        whole = all(int(s.get(Moments()).n_fraction[at]) == 0 for s in splits.values())
        return whole and n_distinct >= (LEAST_GROUPS if _says_person(name) else LEAST_NUMBERS)
    texts: list[Any] = [v for s in splits.values() for v in s.get(Values()).columns[name].values]
    coded = sum(bool(re.search(r"\d", str(t))) for t in texts) >= 0.9 * len(texts)
    blanks = sum(len(str(t).split()) > 4 for t in texts)
    return blanks < 0.1 * len(texts) and (coded or n_distinct >= LEAST_WORDS)


def _says_person(name: Name) -> bool:
    return entity_rank(name) == 0


def apart_by_group(splits: Mapping[str, SplitView]) -> str:
    """Return the groups that no two splits share, in words; empty where there are none. Needs what `entity_of` does."""
    first = next(iter(splits.values()))
    return first.context.once("kept apart by groups", lambda: _apart(splits))


def _apart(splits: Mapping[str, SplitView]) -> str:
    """Return the groups that no two splits share, in words; empty where there are none."""
    views = [s for s in splits.values() if s.n_rows]
    schema = views[0].schema
    for name in views[0].get(Keys()).columns:
        declared = schema.by_name[name].role is Role.GROUP
        if schema.by_name[name].role is Role.TIME or entity_of(splits, name, declared=declared) is None:
            continue
        words = [s.get(Keys()).words(name) for s in views]
        if not any(len(common(a, b)) for a, b in combinations(words, 2)):
            return listing([name])
    return ""


def may_be_entity(train: SplitView, name: Name) -> bool:
    """Return whether a column is named like an entity and holds more than a few values: not "student: yes, no"."""
    return entity_rank(name) is not None and train.get(Values()).columns[name].n_distinct >= LEAST_GROUPS


def item_column(splits: Mapping[str, SplitView], name: Name) -> Name | None:
    """Return a column that names items beside one that names users, as in ratings; None where there is none."""
    schema = next(iter(splits.values())).schema
    for column in schema.columns:
        words = name_words(column.name)
        if column.name != name and any(w in _ITEMS for w in words) and ("id" in words or len(words) == 1):
            return column.name
    return None
