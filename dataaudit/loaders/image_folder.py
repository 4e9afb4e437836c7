"""Folders of pictures: `split/class/file`, `class/file`, or flat with a labels file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from dataaudit.errors import NothingReadError, SourceError, did_you_mean
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.columns import codes_of
from dataaudit.loaders.labels_file import Listed, read_labels
from dataaudit.loaders.parts import in_split_order, role_of
from dataaudit.loaders.pictures import read_pictures_of
from dataaudit.loaders.walk import Tree, is_picture, some, walk
from dataaudit.model import (
    Chunk,
    Codes,
    Column,
    Dataset,
    Location,
    Name,
    Role,
    Schema,
    Stage,
    Storage,
)

__all__ = ["PicturePart", "PictureSource", "assemble_pictures", "is_picture", "read_pictures"]

LABEL = "label"
LABELS_FILE = "labels.csv"
CHUNK_PICTURES = 64


@dataclass
class PicturePart:
    """One split of a folder of pictures.

    Attributes
    ----------
    split : str
        Name of the split.
    folder : Path
        What the paths are below.
    files : list of str
        Paths of the pictures, in order.
    labels : list of str or None
        Class of each picture; None where it has none.
    classes : tuple of str
        Classes that were declared, also without pictures.
    """

    split: str
    folder: Path
    files: list[str]
    labels: list[str | None]
    classes: tuple[str, ...]


def read_pictures(folder: Path, split: str, note: Note, labels: Path | None = None) -> list[PicturePart]:
    """Find the pictures of a folder, their classes and splits. No picture is opened.

    Parameters
    ----------
    folder : Path
        Holds `split/class/file`, `class/file`, or files with a `labels.csv` (file, label, and split if wanted).
    split : str
        Name of the split where the folder names none.
    note : callable
        Takes sentences about files that were set aside.
    labels : Path, optional
        The labels file, where it lies elsewhere or is called otherwise.

    Raises
    ------
    SourceError
        If a link leaves the folder, or the labels file cannot be used.
    NothingReadError
        If there is no picture.
    """
    tree = walk(folder)
    if labels is None and LABELS_FILE in tree.strays and tree.pictures and _labels_belong(tree):
        labels = folder / LABELS_FILE
        tree.strays.remove(LABELS_FILE)
    if not tree.pictures:
        beside = f"; it holds {len(tree.strays):,} other files" if tree.strays else ""
        raise NothingReadError(
            f"{folder}: no pictures found{beside}.",
            "Expected split/class/file or class/file, with pictures such as .jpg and .png.",
        )
    if tree.strays:
        note(f"{folder}: not read, since they are no pictures: {some(tree.strays)}.")
    if labels is not None:
        return _labelled(folder, tree, labels, split, note)
    splits = _split_folders(tree)
    if not splits:
        return [_by_class(folder, tree, "", split, note)]
    outside = [p for p in tree.pictures if p.split("/")[0] not in splits]
    if outside:
        note(f"{folder}: not read, since they lie outside the split folders: {some(outside)}.")
    parts = [_by_class(folder, tree, f"{name}/", name, note) for name in in_split_order(splits)]
    empty = [part.split for part in parts if not part.files]
    if empty:
        raise NothingReadError(f"{folder / empty[0]}: the split folder holds no pictures.", "Fill it, or remove it.")
    return parts


def _split_folders(tree: Tree) -> list[str]:
    """Return the folders at the top that are splits: named as such, and not simply classes called "test"."""
    top = [f for f in tree.folders if "/" not in f]
    named = [f for f in top if role_of(f) != "other"]
    deeper = {f.split("/")[0] for f in tree.folders if "/" in f}
    if len(named) == len(top):
        return named
    return named if any(f in deeper for f in named) else []


def _by_class(folder: Path, tree: Tree, below: str, split: str, note: Note) -> PicturePart:
    """Take the first folder below the split as the class of the pictures in it, however deep they lie."""
    files = [p for p in tree.pictures if p.startswith(below)]
    classes = sorted(
        f.removeprefix(below) for f in tree.folders if f.startswith(below) and "/" not in f.removeprefix(below)
    )
    labels: list[str | None] = []
    for path in files:
        first, *rest = path.removeprefix(below).split("/")
        labels.append(first if rest else None)
    loose = [path for path, label in zip(files, labels, strict=True) if label is None]
    if loose and classes:
        note(f"{folder}: without a class, since they lie beside the class folders: {some(loose)}.")
    filled = Counter(label for label in labels if label is not None)
    empty = [f"{below}{name}" for name in classes if name not in filled]
    if empty:
        note(f"{folder}: class folders without pictures: {some(empty)}.")
    nested = sorted({p.rsplit("/", 1)[0] for p in files if p.removeprefix(below).count("/") > 1})
    if nested:
        note(f"{folder}: folders within a class folder count to that class: {some(nested)}.")
    return PicturePart(split, folder, files, labels, tuple(classes))


def _labels_belong(tree: Tree) -> bool:
    """Whether a labels file in the folder says the classes, since the folders do not."""
    splits = {name for name in (p.split("/")[0] for p in tree.pictures) if role_of(name) != "other"}
    depths = {p.count("/") - (p.split("/")[0] in splits) for p in tree.pictures}
    top = {f for f in tree.folders if "/" not in f}
    return min(depths) <= 0 or len(top - splits) == 1


def _labelled(folder: Path, tree: Tree, labels: Path, split: str, note: Note) -> list[PicturePart]:
    """Take classes from a labels file, and splits from it or else from the first folder's name."""
    listed = read_labels(labels, tree, folder, note)
    rows: dict[str, list[Listed]] = {}
    for row in listed:
        first = row.path.split("/")[0] if "/" in row.path else ""
        rows.setdefault(row.split or (first if role_of(first) != "other" else split), []).append(row)
    classes = tuple(sorted({row.label for row in listed if row.label is not None}))
    return [
        PicturePart(name, folder, [row.path for row in rows[name]], [row.label for row in rows[name]], classes)
        for name in in_split_order(rows)
    ]


# ---------------------------------------------------------------- rows


class PictureSource:
    """The pictures of one split, decoded by the worker that looks at them.

    Parameters
    ----------
    part : PicturePart
        Files and labels in order.
    schema : Schema
        The label's column where there are classes, and the declared classes.
    """

    def __init__(self, part: PicturePart, schema: Schema) -> None:
        self.split = part.split
        self.schema = schema
        self._part = part

    @property
    def n_rows(self) -> int | None:
        """Number of pictures."""
        return len(self._part.files)

    def chunks(self) -> Iterator[Chunk]:
        """Yield 64 pictures at a time."""
        n = len(self._part.files)
        for start in range(0, n, CHUNK_PICTURES):
            yield self._chunk(range(start, min(start + CHUNK_PICTURES, n)), start)

    def _chunk(self, rows: Sequence[int], start: int) -> Chunk:
        files, labels = self._part.files, self._part.labels
        codes: dict[Name, Codes] = {LABEL: codes_of([labels[i] for i in rows])} if self.schema.columns else {}
        return Chunk(
            self.split,
            start,
            len(rows),
            np.empty((0, len(rows))),
            codes,
            pictures=partial(read_pictures_of, self._part.folder, [files[i] for i in rows]),
        )

    def fetch(self, rows: Sequence[int]) -> Chunk:
        """Return some pictures by position, in the order asked for, decoded again."""
        return self._chunk(rows, 0)

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return nothing: pictures have no lines."""
        return []

    def row_names(self, rows: Sequence[int]) -> list[str] | None:
        """Return the paths of some pictures below the folder."""
        return [self._part.files[i] for i in rows]


def assemble_pictures(
    parts: Sequence[PicturePart], name: str, notes: Sequence[str], target: Sequence[Name] = ()
) -> Dataset:
    """Return folders of pictures as a data set; the class is the column "label".

    Raises
    ------
    SourceError
        If another target than "label" is named.
    """
    if any(column != LABEL for column in target):
        raise SourceError(
            f"{parts[0].folder}: there is no column {target[0]!r} (target).", did_you_mean(str(target[0]), [LABEL])
        )
    classes = tuple(sorted({c for part in parts for c in part.classes}))
    columns = (Column(LABEL, Storage.CATEGORY, "category", Role.TARGET),) if classes else ()
    schema = Schema(columns, None, True, classes)
    sources = {part.split: PictureSource(part, schema) for part in parts}
    return Dataset(name, "images", sources, {split: role_of(split) for split in sources}, Stage.RAW, tuple(notes))
