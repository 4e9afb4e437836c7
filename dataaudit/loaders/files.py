"""A path opened: the reader for its kind, and what came of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dataaudit.errors import ConfigError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.delimited import read_delimited
from dataaudit.loaders.frame import table_lines
from dataaudit.loaders.image_folder import PicturePart, is_picture, read_pictures
from dataaudit.loaders.memory import Held
from dataaudit.loaders.numpy_files import read_npy, read_npz
from dataaudit.loaders.parquet import read_parquet
from dataaudit.loaders.parts import LinesPart, Part, in_split_order, role_of
from dataaudit.loaders.paths import (
    ARROW_SUFFIXES,
    EXCEL_SUFFIXES,
    JSON_SUFFIXES,
    PARQUET_SUFFIXES,
    READABLE,
    TABLE_SUFFIXES,
    TEXT_SUFFIXES,
    existing,
    refuse_empty,
    suffix_of,
)
from dataaudit.loaders.records import read_excel, read_json_lines
from dataaudit.loaders.text import head_of, really_is
from dataaudit.loaders.walk import some
from dataaudit.model import Stage


@dataclass
class Found:
    """What one argument held: parts of a table, arrays, or pictures.

    Attributes
    ----------
    kind : str
        "frame", "array", "image array", "table" or "images".
    stage : Stage
        The kind's own default.
    parts : list of Part
        Splits of a table.
    held : dict of str to Held
        Arrays by split.
    pictures : list of PicturePart
        Splits of a folder of pictures.
    where : str
        The path, for messages.
    """

    kind: str
    stage: Stage
    parts: list[Part] = field(default_factory=list)
    held: dict[str, Held] = field(default_factory=dict)
    pictures: list[PicturePart] = field(default_factory=list)
    where: str = ""


def open_path(path: Path, split: str, note: Note, labels: str | os.PathLike[str] | None = None) -> Found:
    """Open a file or folder.

    Parameters
    ----------
    path : Path
        What the user named.
    split : str
        Name of the split it is given as.
    note : callable
        Takes sentences for the reader.
    labels : path, optional
        Labels of a flat folder of pictures.

    Raises
    ------
    SourceError
        If it does not exist, is of no readable kind, or its content is not what its suffix says.
    NothingReadError
        If it holds nothing.
    """
    existing(path)
    try:
        if path.is_dir():
            return _open_folder(path, split, note, labels)
        if labels is not None:
            raise ConfigError("A labels file belongs to a folder of pictures, but the data is a file.")
        if not path.is_file():
            raise SourceError(f"{path}: a pipe or a device, expected a file.", "Write what it gives to a file first.")
        refuse_empty(path)
        return _open_file(path, split, note)
    except PermissionError as error:
        raise SourceError(f"{error.filename or path}: not allowed to read it.", "Check the permissions.") from None
    except IsADirectoryError:
        raise SourceError(f"{path}: a folder, expected a file.", READABLE) from None


def _open_file(path: Path, split: str, note: Note) -> Found:
    suffix = suffix_of(path)
    if suffix in (".npy", ".npz"):
        held = (read_npy if suffix == ".npy" else read_npz)(path, split, note)
        return Found(next(iter(held.values())).kind, Stage.MODEL_READY, held=held, where=str(path))
    part: Part
    if suffix in TEXT_SUFFIXES:
        part = read_delimited(path, split, note)
    elif suffix in PARQUET_SUFFIXES:
        _must_be(path, "a Parquet file")
        part = read_parquet(path, split, note)
    elif suffix in ARROW_SUFFIXES:
        part = _read_arrow(path, split)
    elif suffix in JSON_SUFFIXES:
        part = read_json_lines(path, split, note)
    elif suffix in EXCEL_SUFFIXES:
        _must_be(path, "a zip archive, such as .xlsx or .npz", "an Excel workbook")
        part = read_excel(path, split, note)
    elif is_picture(path):
        raise SourceError(f"{path}: a single picture, expected a folder of pictures.", READABLE)
    else:
        raise SourceError(f"{path}: files of type {suffix or 'no suffix'!r} are not read.", READABLE)
    return Found("table", Stage.RAW, parts=[part], where=str(path))


def _must_be(path: Path, what: str, called: str | None = None) -> None:
    found = really_is(head_of(path)[:16])
    if found != what:
        raise SourceError(
            f"{path}: not {called or what}, although its name says so{f': it is {found}' if found else ''}.",
            "Rename it with its true suffix, or write it again.",
        )


def _read_arrow(path: Path, split: str) -> LinesPart:
    """Map a Feather or Arrow file into memory; streams are read whole."""
    import pyarrow as pa

    table: Any
    try:
        mapped = pa.memory_map(str(path))
        try:
            table = pa.ipc.open_file(mapped).read_all()
        except pa.ArrowInvalid:
            mapped.seek(0)
            table = pa.ipc.open_stream(mapped).read_all()
        table.validate(full=True)  # Arrow trusts the offsets in a file: damaged ones would end the process
        table.schema.names  # noqa: B018 - decodes the names, which a damaged file may have spoilt
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceError(
            f"{path}: not a readable Arrow file ({str(error).splitlines()[0]}).",
            "Write it again, as Feather version 2.",
        ) from None
    return LinesPart(split, str(path), table_lines(table, str(path)), table.num_rows)


def _open_folder(path: Path, split: str, note: Note, labels: str | os.PathLike[str] | None) -> Found:
    if labels is not None:
        return Found("images", Stage.RAW, pictures=read_pictures(path, split, note, Path(labels)), where=str(path))
    tables = sorted(f for f in path.iterdir() if suffix_of(f) in TABLE_SUFFIXES and not f.name.startswith((".", "_")))
    named = {f.name.split(".")[0]: f for f in tables if role_of(f.name.split(".")[0]) != "other"}
    pictures_too = any(is_picture(f) or (f.is_dir() and not f.name.startswith(".")) for f in path.iterdir())
    if named and len(named) == len(tables) and not pictures_too:
        return _open_splits(path, named, note)
    if _holds_parquet(path):
        return Found("table", Stage.RAW, parts=[read_parquet(path, split, note)], where=str(path))
    if tables and not pictures_too:
        raise SourceError(
            f"{path}: a folder of tables ({some([f.name for f in tables])}), expected one file.",
            "Pass one of them, or name the files train, validation and test.",
        )
    return Found("images", Stage.RAW, pictures=read_pictures(path, split, note), where=str(path))


def _open_splits(path: Path, named: Mapping[str, Path], note: Note) -> Found:
    """Read the tables train, validation and test of a folder as its splits."""
    found = Found("table", Stage.RAW, where=str(path))
    for split in in_split_order(named):
        refuse_empty(named[split])
        found.parts += _open_file(named[split], split, note).parts
    others = sorted(f.name for f in path.iterdir() if f not in named.values() and not f.name.startswith("."))
    if others:
        note(f"{path}: not read beside the tables of the splits: {some(others)}.")
    return found


def _holds_parquet(folder: Path) -> bool:
    """Whether the first files found below a folder are Parquet files; links to folders are not followed."""
    for _, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")))
        visible = [f for f in files if not f.startswith((".", "_"))]
        if visible:
            return any(f.lower().endswith(PARQUET_SUFFIXES) for f in visible)
    return False
