"""Files and folders: what a path holds, by its suffix and first bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from dataaudit.errors import NothingReadError, SourceError, nearest
from dataaudit.loaders.parts import role_of

TEXT_SUFFIXES = (".csv", ".tsv", ".txt", ".tab", ".psv")
PARQUET_SUFFIXES = (".parquet", ".pq")
ARROW_SUFFIXES = (".feather", ".arrow", ".ipc")
JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, *PARQUET_SUFFIXES, *ARROW_SUFFIXES, *JSON_SUFFIXES, *EXCEL_SUFFIXES)
_COMPRESSED = (".gz", ".bz2", ".zst")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a Path keeps one of an address's two slashes; C:/ has one letter
READABLE = (
    "Readable: csv, tsv, parquet, feather, arrow, jsonl, xlsx, npy, npz, and folders of pictures or parquet files."
)


def given_path(given: str | os.PathLike[str], where: str) -> Path:
    """Return what a user named; raise SourceError for a name without letters, which would be the current folder."""
    if not os.fspath(given).strip():
        raise SourceError(f"{where}: the path is empty.", "Give the name of a file or a folder.")
    return Path(given)


def existing(path: Path) -> Path:
    """Return a path that exists.

    Raises
    ------
    SourceError
        If it does not; the message names the nearest file of that folder.
    """
    if "\0" in str(path):
        raise SourceError(f"{str(path)!r}: not a usable path (it has a NUL character).")
    if _URL.match(str(path)):
        address = str(path).replace(":/", "://", 1)
        raise SourceError(
            f"{address}: an address, expected a file or folder.", "Nothing is fetched: download it first."
        )
    try:
        if path.exists():
            return path
        if path.is_symlink():
            raise SourceError(f"{path}: a link that points nowhere, or to itself.", "Remove it, or link to the data.")
        folder = path.parent
        if not folder.is_dir():
            hint = "Write the home folder out: ~ is the shell's word for it." if str(path).startswith("~") else None
            raise SourceError(f"{path}: no such file; the folder {folder} does not exist either.", hint)
        close = nearest(path.name, (entry.name for entry in folder.iterdir()))
    except PermissionError as error:
        raise SourceError(f"{path}: not allowed to read it.", "Check the permissions.") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"{str(path)!r}: not a usable path ({error}).") from error
    raise SourceError(f"{path}: no such file or folder.", f"Did you mean {str(folder / close)!r}?" if close else None)


def suffix_of(path: Path) -> str:
    """Return a file's suffix in lower case, that of the packed file where it is compressed.

    Examples
    --------
    >>> suffix_of(Path("a/Train.CSV.gz"))
    '.csv'
    """
    name = Path(path.name.lower())
    return Path(name.stem).suffix if name.suffix in _COMPRESSED else name.suffix


def title_of(path: Path) -> str:
    """Return a short name for titles: the file's stem, or its folder's where the file is called train.

    Examples
    --------
    >>> title_of(Path("/data/wine/train.csv.gz"))
    'wine'
    """
    path = path.absolute()
    if path.is_dir():
        return path.name or "data"
    stem = path.name
    while Path(stem).suffix.lower() in (*_COMPRESSED, suffix_of(path)) and Path(stem).suffix:
        stem = Path(stem).stem
    return (path.parent.name or stem) if role_of(stem) != "other" else stem


def refuse_empty(path: Path) -> None:
    """Raise NothingReadError if a file has no bytes."""
    if path.stat().st_size == 0:
        raise NothingReadError(f"{path}: the file is empty.", "Expected data; check how it was written.")
