"""Groups that the names of picture files show: patients, scenes, versions of one picture."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

_SOURCE = re.compile(
    r"(?:^|[-_ /])((?:patient|pat|subject|subj|sub|person|user|scene|video|vid|clip|case|slide|seq|sequence|session"
    r"|animal|mouse|specimen|study)[-_ ]?[a-z]?\d+)(?=$|[-_ ./])",
    re.IGNORECASE,
)
"""A word for a source with its number, between separators: "patient12" in "patient12_img3.png"."""

_VERSION = re.compile(
    r"(?:[-_ ](?:aug(?:mented)?|h?v?flip(?:ped)?|mirror(?:ed)?|rot(?:ated?)?|crop(?:ped)?|blur(?:red)?|noisy?|noise"
    r"|bright|dark|contrast|jitter|zoom|shift(?:ed)?|copy|orig(?:inal)?)[-_ ]?\d*"
    r"|\.rf\.[0-9a-f]{16,})+$",
    re.IGNORECASE,
)
"""What tools and hands append to the name of an altered copy."""

LEAST_SHARE = 0.5
"""Share of the files that must be in a group of several before names count as groups."""


@dataclass(frozen=True)
class FileGroups:
    """Groups of files that two splits share.

    Attributes
    ----------
    shared : dict of str to (int, int)
        Files in either split, by group.
    rows : list of int
        Files of the right split in such a group, ascending.
    versions : bool
        Whether they are versions of one picture rather than pictures of one source.
    """

    shared: dict[str, tuple[int, int]]
    rows: list[int]
    versions: bool


def source_of(path: str) -> str | None:
    """Return the source that a path names, its class folder before it; None where it names none.

    Examples
    --------
    >>> source_of("cat/patient12_img3.png"), source_of("cat/0001.png")
    ('cat/patient12', None)
    """
    place = PurePosixPath(path)
    found = _SOURCE.search(place.stem)
    if found is None or found.group(1).casefold() == place.stem.casefold():
        return None  # the word numbers the files themselves
    return _in_class(place, found.group(1).casefold())


def original_of(path: str) -> str:
    """Return a path without its suffix and what an altered copy's name ends with.

    Examples
    --------
    >>> original_of("cat/07_flip.png"), original_of("cat/07.jpg")
    ('cat/07', 'cat/07')
    """
    place = PurePosixPath(path)
    return _in_class(place, _VERSION.sub("", place.stem) or place.stem)


def _in_class(place: PurePosixPath, word: str) -> str:
    """Return a word below its class folder, without the split's folder above."""
    return f"{place.parent.name}/{word}" if place.parent.name else word


def groups_of_names(a: Sequence[str], b: Sequence[str]) -> FileGroups:
    """Return the groups that the names of files in two splits share; rows are places in the second list."""
    sources = _shared([source_of(p) for p in a], [source_of(p) for p in b], LEAST_SHARE)
    if sources.shared:
        return sources
    altered = {original_of(p) for p in (*a, *b) if _VERSION.search(PurePosixPath(p).stem)}
    versions = [[o if (o := original_of(p)) in altered else None for p in paths] for paths in (a, b)]
    found = _shared(versions[0], versions[1], 0.0)
    return FileGroups(found.shared, found.rows, versions=True)


def _shared(a: Sequence[str | None], b: Sequence[str | None], least: float) -> FileGroups:
    mine, theirs = Counter(k for k in a if k is not None), Counter(k for k in b if k is not None)
    both = mine + theirs
    grouped = sum(n for n in both.values() if n >= 2)
    classes = {k.rpartition("/")[0] for k in both}
    few = least > 0 and len(both) <= max(2, len(classes))  # one group a class: the class's own name, not a source
    if few or grouped < least * (len(a) + len(b)):
        return FileGroups({}, [], versions=False)
    shared = {k: (mine[k], theirs[k]) for k in mine.keys() & theirs.keys()}
    return FileGroups(shared, [i for i, k in enumerate(b) if k in shared], versions=False)
