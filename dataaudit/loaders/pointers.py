"""Small files that stand for large ones: pointers of Git LFS and of DVC, filled from what is at hand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from dataaudit.errors import SourceError

_LFS = b"version https://git-lfs.github.com/spec/"
_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
_MD5 = re.compile(r"^\s*(?:-\s*)?md5:\s*['\"]?([0-9a-f]{32}(?:\.dir)?)['\"]?\s*$", re.MULTILINE)
_CACHE = re.compile(r"^\s*dir\s*=\s*(\S.*?)\s*$", re.MULTILINE)
_LARGEST = 1024
"""Bytes of a pointer of Git LFS, at most, as its specification says."""


def is_dvc(path: Path) -> bool:
    """Return whether a file is a pointer of DVC by its name."""
    return path.suffix == ".dvc" and bool(path.stem)


def lfs_pointer(path: Path) -> str | None:
    """Return the hash that a pointer of Git LFS names; None for any other file."""
    if not path.is_file() or path.stat().st_size > _LARGEST:
        return None
    content = path.read_bytes()
    match = _OID.search(content)
    return match[1].decode() if content.startswith(_LFS) and match else None


def fill_pointers(files: Iterable[Path], top: Path, named: str) -> None:
    """Replace pointers of Git LFS by their content.

    Parameters
    ----------
    files : iterable of Path
        Copies that may be written to.
    top : Path
        Of the repository whose store is looked in.
    named : str
        What the user asked for, for messages.

    Raises
    ------
    SourceError
        If the content is not in the store.
    """
    store: Path | None = None
    for file in files:
        oid = lfs_pointer(file)
        if oid is None:
            continue
        store = store or _lfs_store(top)
        content = store / oid[:2] / oid[2:4] / oid
        if not content.is_file():
            raise SourceError(
                f"{named}: {file.name} is a pointer of Git LFS, and its content (sha256 {oid[:12]}…) is not here.",
                "Fetch it first: git lfs fetch --all.",
            )
        _copy(content, file)


def _lfs_store(top: Path) -> Path:
    found = subprocess.run(
        ["git", "rev-parse", "--path-format=absolute", "--git-common-dir"], cwd=top, capture_output=True, check=False
    )
    folder = Path(os.fsdecode(found.stdout).strip()) if not found.returncode else top / ".git"
    return folder / "lfs" / "objects"


def _copy(content: Path, file: Path) -> None:
    file.unlink(missing_ok=True)
    try:
        os.link(content, file)  # on one disk nothing is copied
    except OSError:
        shutil.copyfile(content, file)


def write_dvc(pointer: Path, top: Path, named: str) -> Path:
    """Write the file or folder that a pointer of DVC stands for beside it, and return its path.

    Parameters
    ----------
    pointer : Path
        `train.csv.dvc`; `train.csv` is written.
    top : Path
        Of the repository whose cache is looked in.
    named : str
        What the user asked for, for messages.

    Raises
    ------
    SourceError
        If it is no pointer, or the content is not in the cache.
    """
    match = _MD5.search(pointer.read_text(encoding="utf-8", errors="replace"))
    if match is None:
        raise SourceError(f"{named}: {pointer.name} names no md5, so it is no pointer of DVC that can be followed.")
    target, digest = pointer.with_suffix(""), match[1]
    content = _in_cache(digest, top, named, pointer.name)
    if not digest.endswith(".dir"):
        _copy(content, target)
        return target
    try:
        listed = [(entry["md5"], entry["relpath"]) for entry in json.loads(content.read_text(encoding="utf-8"))]
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{named}: the list of files of {target.name} in the cache of DVC is damaged.") from error
    for md5, below in listed:
        file = target / below
        if not file.resolve().is_relative_to(target.resolve()) or not re.fullmatch("[0-9a-f]{32}", md5):
            raise SourceError(f"{named}: {below!r} would be written outside of the folder {target.name}.")
        file.parent.mkdir(parents=True, exist_ok=True)
        _copy(_in_cache(md5, top, named, f"{target.name}/{below}"), file)
    return target


def _in_cache(digest: str, top: Path, named: str, name: str) -> Path:
    """Return the file of a hash in the cache of DVC: version 3 keeps it in files/md5, earlier ones right below."""
    cache = top / ".dvc" / "cache"
    for settings in (top / ".dvc" / "config", top / ".dvc" / "config.local"):
        if settings.is_file():
            text = settings.read_text(encoding="utf-8", errors="replace")
            section = re.search(r"^\s*\[cache\]\s*$(.*?)(?=^\s*\[|\Z)", text, re.MULTILINE | re.DOTALL)
            if section and (match := _CACHE.search(section[1])):
                cache = settings.parent / match[1]
    for folder in (cache / "files" / "md5", cache):
        found = folder / digest[:2] / digest[2:]
        if found.is_file():
            return found
    raise SourceError(
        f"{named}: {name} is kept by DVC, and its content (md5 {digest[:12]}…) is not in the cache here.",
        "Fetch it first: dvc fetch --all-commits.",
    )
