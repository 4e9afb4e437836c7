"""The files of a folder: links that leave it refused, what is no picture set aside."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataaudit.errors import SourceError

PICTURE_SUFFIXES = frozenset(
    (".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm")
)
_IGNORED = frozenset(("__MACOSX", "Thumbs.db", "thumbs.db", "desktop.ini"))


def is_picture(path: Path | str) -> bool:
    """Whether a file's suffix is that of a picture."""
    return Path(path).suffix.lower() in PICTURE_SUFFIXES


def some(names: Sequence[str], shown: int = 5) -> str:
    """Return the first names of a list for a message, and how many more there are."""
    listed = ", ".join(repr(name) for name in names[:shown])
    return f"{listed} and {len(names) - shown:,} more" if len(names) > shown else listed


@dataclass
class Tree:
    """What a folder holds, paths below it with forward slashes.

    Attributes
    ----------
    pictures : list of str
        Files with a picture's suffix, sorted.
    strays : list of str
        Other files, sorted.
    folders : list of str
        Folders, sorted; empty ones among them.
    """

    pictures: list[str] = field(default_factory=list)
    strays: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)


def walk(folder: Path) -> Tree:
    """List the files and folders below a folder; hidden ones are left out.

    Raises
    ------
    SourceError
        If a link leads out of the folder, or round in a circle, or a name is not valid text; the message names it.
    """
    tree = Tree()
    root = Path(os.path.realpath(folder))
    pending = [(folder, "")]
    while pending:
        here, below = pending.pop()
        with os.scandir(here) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            if entry.name.startswith(".") or entry.name in _IGNORED:
                continue
            _refuse_unprintable(entry.name, folder, below)
            name = f"{below}{entry.name}"
            if entry.is_symlink():
                _check_link(Path(entry.path), folder / name, root)
            if entry.is_dir():
                tree.folders.append(name)
                pending.append((Path(entry.path), f"{name}/"))
            elif is_picture(entry.name) and (entry.is_file() or entry.is_symlink()):
                tree.pictures.append(name)
            else:
                tree.strays.append(name)
    tree.pictures.sort()
    tree.strays.sort()
    tree.folders.sort()
    return tree


def _check_link(link: Path, shown: Path, root: Path) -> None:
    """Raise SourceError unless a link leads to a file within the folder; no link to a folder is followed."""
    try:
        real = Path(os.path.realpath(link, strict=True))
    except FileNotFoundError:
        real = Path(os.path.realpath(link))
    except OSError:
        raise SourceError(f"{shown}: a link that leads round in a circle.", "Remove the link.") from None
    if real.is_dir() and Path(os.path.realpath(link.parent)).is_relative_to(real):
        raise SourceError(f"{shown}: a link that leads back to a folder it lies in.", "Remove the link.")
    if not real.is_relative_to(root):
        raise SourceError(
            f"{shown}: a link that leaves the folder (to {real}).",
            "Copy the data into the folder, or pass the folder that the link leads to.",
        )
    if real.is_dir():
        raise SourceError(
            f"{shown}: a link to another folder of the data, whose files would count twice.",
            "Remove the link, or copy the files.",
        )


def _refuse_unprintable(name: str, folder: Path, below: str) -> None:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        raise SourceError(
            f"{folder / below}: a file name that is not valid UTF-8: {name.encode('utf-8', 'backslashreplace')!r}.",
            "Rename the file.",
        ) from None
