"""npy and npz files: never unpickled, and checked before memory is taken for them."""

from __future__ import annotations

import lzma
import re
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.memory import Held, hold

_KEY = re.compile(r"(?P<what>[Xx]|[Yy])(?:_(?P<split>.+))?")
_BOMB_BYTES = 4 << 30
_BOMB_RATIO = 200
ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, LookupError, NotImplementedError,
    RuntimeError, MemoryError, OverflowError, UnicodeDecodeError,
)  # fmt: skip
"""What Python's zip reader raises on a damaged archive."""
_EXPECTED = "Expected X, y or X_train, y_train, X_val, y_val, X_test, y_test."


def read_npy(path: Path, split: str, note: Note) -> dict[str, Held]:
    """Read an npy file as the inputs of one split, mapped into memory rather than read.

    Raises
    ------
    SourceError
        If it holds pickled objects, is cut off, or is no npy file.
    """
    try:
        with path.open("rb") as file:
            shape, dtype = _header(file, str(path))
            _check_size(path.stat().st_size - file.tell(), shape, dtype, str(path))
        with _unwarned():
            array = np.load(path, mmap_mode="r" if shape and 0 not in shape else None, allow_pickle=False)
    except ValueError as error:
        raise SourceError(f"{path}: not a readable npy file ({error}).") from None
    return {split: hold(array, str(path), note)}


def read_npz(path: Path, split: str, note: Note) -> dict[str, Held]:
    """Read an npz file: `X, y`, or `X_train, y_train, X_val, ...`, in either letter case.

    Returns
    -------
    dict of str to Held
        One entry a split, named as the keys spell it; `split` for plain `X, y`.

    Raises
    ------
    SourceError
        If the keys are others (the message lists them), an array is pickled, cut off or too large to be true.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name.removesuffix(".npy"): name for name in archive.namelist()}
            wanted = _by_split(members, path, split)
            arrays = {key: _member(archive, members[key], path) for keys in wanted.values() for key in keys}
    except PermissionError:
        raise
    except ZIP_FAULTS as error:
        raise SourceError(f"{path}: not a readable npz file ({error}).", "Save it again with numpy.savez.") from None
    held: dict[str, Held] = {}
    for name, keys in wanted.items():
        where = f"{path} ({', '.join(keys)})"
        values = tuple(arrays[key] for key in keys)
        held[name] = hold(values if len(values) == 2 else values[0], where, note)
    unused = sorted(set(members) - set(arrays))
    if unused:
        note(f"{path}: not read: {', '.join(repr(key) for key in unused[:8])}.")
    return held


def _by_split(keys: Iterable[str], path: Path, split: str) -> dict[str, tuple[str, ...]]:
    """Return the keys of inputs and target for each split."""
    inputs: dict[str, str] = {}
    targets: dict[str, str] = {}
    found = list(keys)
    for key in found:
        match = _KEY.fullmatch(key)
        if match:
            side = inputs if match["what"] in "Xx" else targets
            side.setdefault(match["split"] or split, key)
    if not found:
        raise NothingReadError(f"{path}: the archive is empty.", _EXPECTED)
    if not inputs:
        if len(found) == 1:
            return {split: (found[0],)}
        listed = ", ".join(repr(key) for key in sorted(found)[:12])
        raise SourceError(f"{path}: found the arrays {listed}, and no inputs among them.", _EXPECTED)
    lone = sorted(set(targets) - set(inputs))
    if lone:
        raise SourceError(f"{path}: found {targets[lone[0]]!r} without its inputs 'X_{lone[0]}'.", _EXPECTED)
    return {name: (key, targets[name]) if name in targets else (key,) for name, key in inputs.items()}


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> NDArray[Any]:
    where = f"{path} ({name.removesuffix('.npy')})"
    info = archive.getinfo(name)
    if info.file_size > _BOMB_BYTES and info.file_size > _BOMB_RATIO * max(1, info.compress_size):
        raise SourceError(
            f"{where}: refused: {info.compress_size:,} bytes that unpack to {info.file_size:,}.",
            "Save it without compression if the data is real.",
        )
    try:
        with archive.open(name) as file:
            shape, dtype = _header(file, where)
            _check_size(info.file_size - file.tell(), shape, dtype, where)
        with archive.open(name) as file, _unwarned():
            array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            return array
    except ValueError as error:
        raise SourceError(f"{where}: not a readable array ({error}).") from None


@contextmanager
def _unwarned() -> Iterator[None]:
    """Keep NumPy from warning of headers that Python 2 wrote: they are read all the same."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _header(file: IO[bytes], where: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy.read_magic(file)
    readers: dict[tuple[int, int], Any] = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in readers and version != (3, 0):
        raise ValueError(f"version {version} of the format is unknown")
    read = readers.get(version, npy.read_array_header_2_0)  # version 3 differs in the header's encoding alone
    try:
        with _unwarned():
            shape, _, dtype = read(file)
    except (tokenize.TokenError, SyntaxError, TypeError, LookupError, RecursionError, MemoryError) as error:
        raise ValueError(f"its header is damaged: {error}") from None
    if dtype.hasobject:
        raise SourceError(
            f"{where}: refused: it holds pickled objects, which can run code.",
            "Save plain numbers or fixed-length text: numpy.savez(path, X=X.astype(float), y=y.astype(str)).",
        )
    return shape, dtype


def _check_size(present: int, shape: tuple[int, ...], dtype: np.dtype[Any], where: str) -> None:
    declared = dtype.itemsize
    for length in shape:
        declared *= int(length)
    if declared != present and (declared > present or declared < 0):
        raise SourceError(
            f"{where}: its header declares {declared:,} bytes (shape {shape}, {dtype}), but {present:,} are there.",
            "The file is cut off or its header is damaged: write it again.",
        )
