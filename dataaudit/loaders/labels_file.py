"""A labels file beside a flat folder of pictures: csv with file, label, and split if wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dataaudit.errors import SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.delimited import read_delimited
from dataaudit.loaders.paths import existing
from dataaudit.loaders.walk import Tree, some
from dataaudit.model import Codes, Name

_FILE_WORDS = ("file", "filename", "file_name", "path", "image", "image_path", "id")
_LABEL_WORDS = ("label", "class", "target", "category", "y")


@dataclass(frozen=True)
class Listed:
    """One row of a labels file: a picture's path below the folder, its label and its split, None where not said."""

    path: str
    label: str | None
    split: str | None


def read_labels(labels: Path, tree: Tree, folder: Path, note: Note) -> list[Listed]:
    """Read a labels file.

    Parameters
    ----------
    labels : Path
        A csv whose columns are called file (or filename, path, image, id) and label (or class, target, category);
        a column called split is taken too.
    tree : Tree
        What the folder holds; a file may be listed by its path below the folder, or by its name alone, and without
        its suffix, where that says which one is meant.
    folder : Path
        For messages.
    note : callable
        Takes a sentence about pictures that are not listed.

    Raises
    ------
    SourceError
        If a column is missing, a file is listed twice, leads out of the folder, or has no name; line and file are
        named. A listed file that is not there is kept: it is a row whose picture cannot be read.
    """
    table = read_delimited(existing(labels), "labels", note)
    file_column = _column(table.lines, _FILE_WORDS, labels, "file")
    label_column = _column(table.lines, _LABEL_WORDS, labels, "label")
    split_column = next((name for name in table.lines if str(name).strip().lower() == "split"), None)
    table.as_text(frozenset((file_column, label_column)))
    everything = slice(0, table.rows)
    files = _texts(table.lines[file_column].codes(everything))
    values = _texts(table.lines[label_column].codes(everything))
    splits = [None] * table.rows if split_column is None else _texts(table.lines[split_column].codes(everything))
    if split_column is not None and None in splits:
        i = splits.index(None)
        raise SourceError(f"{labels}:{_line(table, i)}: the split of {files[i]!r} is empty.", "Name its split.")
    paths = _matched(files, tree, folder, labels, table)
    unlisted = sorted(set(tree.pictures) - set(paths))
    if unlisted:
        note(f"{folder}: not read, since {labels.name} does not list them: {some(unlisted)}.")
    return [Listed(*row) for row in zip(paths, values, splits, strict=True)]


def _short_names(paths: Sequence[str]) -> dict[str, str]:
    """Return paths by shorter names (without suffix, folder, or both) that mean one path alone."""
    shorter = [
        (name, path)
        for path in paths
        for name in {path.rsplit(".", 1)[0], PurePosixPath(path).name, PurePosixPath(path).stem} - {path}
    ]
    counts = Counter(name for name, _ in shorter)
    return {name: path for name, path in shorter if counts[name] == 1}


def _texts(codes: Codes) -> list[str | None]:
    return [None if k < 0 else str(codes.values[k]) for k in codes.indices.tolist()]


def _line(table: Any, row: int) -> int:
    places = table.locate([row])
    return places[0].line if places else row + 2


def _column(lines: Mapping[Name, Any], words: Sequence[str], labels: Path, what: str) -> Name:
    by_word = {str(name).strip().lower(): name for name in lines}
    for word in words:
        if word in by_word:
            return by_word[word]
    listed = ", ".join(repr(name) for name in list(lines)[:8])
    raise SourceError(f"{labels}: no column {what!r}; found {listed}.", "Expected the columns file and label.")


def _matched(files: Sequence[str | None], tree: Tree, folder: Path, labels: Path, table: Any) -> list[str]:
    """Return each listed file as a path below the folder; a name without its suffix is found too."""
    present = set(tree.pictures)
    short = _short_names(tree.pictures)
    matched: list[str] = []
    seen: dict[str, int] = {}
    for i, name in enumerate(files):
        if name is None:
            raise SourceError(f"{labels}:{_line(table, i)}: the file's name is empty.", "Name a file in every line.")
        path = PurePosixPath(name.replace("\\", "/")).as_posix()
        if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]:
            raise SourceError(
                f"{labels}:{_line(table, i)}: {name!r} leads out of the folder {folder}.",
                "List files by their path below the folder.",
            )
        path = path if path in present else short.get(path, path)
        if path in seen:
            raise SourceError(
                f"{labels}:{_line(table, i)}: {name!r} is listed twice (first in line {_line(table, seen[path])}).",
                "List every file once.",
            )
        seen[path] = i
        matched.append(path)
    return matched
