"""Which files belong together: train.csv, val.csv and test.csv of one folder are the splits of one data set."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from dataaudit.loaders.parts import role_of
from dataaudit.loaders.paths import suffix_of

Key = tuple[Path, tuple[str, ...]]


def data_sets(files: Iterable[Path], *, alone: bool = False) -> list[dict[str, Path]]:
    """Return the data sets that some files are part of, each once, in the order of the files.

    A file whose name holds the name of one split (`train.csv`, `iris-test.csv`) belongs with the files of its folder
    that are named alike but for that word, if there is one for train and no two for the same split.

    Parameters
    ----------
    files : iterable of Path
        Some files of the data sets; the others are looked for in their folders.
    alone : bool
        Whether each file is a data set of its own.

    Returns
    -------
    list of dict of str to Path
        Files by role, "train" first, then "validation" and "test" where they are there.
    """
    found: dict[tuple[Path, ...], dict[str, Path]] = {}
    for path in files:
        group = {"train": path} if alone else _splits(path)
        found.setdefault(tuple(group.values()), group)
    return list(found.values())


def _splits(path: Path) -> dict[str, Path]:
    role, key = _read(path)
    if key is None or not path.parent.is_dir():
        return {"train": path}
    by_role: dict[str, list[Path]] = {}
    for other in sorted(path.parent.iterdir()):
        other_role, other_key = _read(other)
        if other_key == key and other.is_file():
            by_role.setdefault(other_role, []).append(other)
    if "train" not in by_role or any(len(paths) > 1 for paths in by_role.values()) or path not in by_role.get(role, []):
        return {"train": path}
    return {role: by_role[role][0] for role in ("train", "validation", "test") if role in by_role}


def _read(path: Path) -> tuple[str, Key | None]:
    """Return the split that a file's name tells, and what else the name says; no key where it tells none or several."""
    words = re.split(r"([^A-Za-z]+)", path.name.lower().partition(".")[0])
    hits = [i for i, word in enumerate(words) if role_of(word) != "other"]
    if len(hits) != 1:
        return "other", None
    rest = (*words[: hits[0]], "", *words[hits[0] + 1 :], suffix_of(path))
    return role_of(words[hits[0]]), (path.parent, rest)
