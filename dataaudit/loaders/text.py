"""Text files: their encoding, delimiter, and the lines of their rows."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from dataaudit.errors import SourceError
from dataaudit.model import Ints, Location

_BOMS = (  # the four-byte marks first: UTF-32 little endian begins with UTF-16's mark
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a zip archive, such as .xlsx or .npz"),
    (b"ARROW1", "a Feather (Arrow) file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"SQLite format 3", "an SQLite database"),
)
_DELIMITERS = (",", "\t", ";", "|")
PACKED_SUFFIXES = (".gz", ".bz2", ".zst")
_HEAD_BYTES = 1 << 18
_HEAD_RECORDS = 64
_BLOCK_BYTES = 1 << 20


def really_is(head: bytes) -> str | None:
    """Return what a file is by its first bytes, or None where they say nothing."""
    return next((what for magic, what in _MAGIC if head.startswith(magic)), None)


@contextmanager
def open_bytes(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, through gzip, bzip2, xz or zstd where its suffix says so.

    Raises
    ------
    SourceError
        If the compressed data is broken.
    """
    import pyarrow as pa

    suffix = path.suffix.lower()
    try:
        if suffix == ".gz":
            with gzip.open(path, "rb") as unzipped:
                yield cast("IO[bytes]", unzipped)
        elif suffix in (".bz2", ".zst"):
            with pa.input_stream(str(path), compression="detect") as stream:
                yield cast("IO[bytes]", stream)
        else:
            with path.open("rb") as plain:
                yield plain
    except (EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and (error.errno is not None or suffix not in PACKED_SUFFIXES):
            raise  # the system's own: not found, not allowed
        raise SourceError(
            f"{path}: the compressed file is broken ({error}).", "Compress or download it again."
        ) from None


@dataclass(frozen=True)
class Dialect:
    """How a delimited text file is written.

    Attributes
    ----------
    encoding : str
        A Python codec.
    delimiter : str
        One character.
    quotes : bool
        Whether a double quote was seen anywhere.
    """

    encoding: str
    delimiter: str
    quotes: bool


def head_of(path: Path) -> bytes:
    """Return the first 256 KB of a file, unzipped."""
    with open_bytes(path) as file:
        return bytes(file.read(_HEAD_BYTES))


def find_encoding(path: Path, head: bytes) -> str:
    """Return the encoding of a text file: by its byte order mark, UTF-8 if valid, else Windows-1252 or Latin-1.

    Raises
    ------
    SourceError
        If it is no text: it has NUL bytes, or the first bytes of another format.
    """
    what = really_is(head)
    if what is not None:
        raise SourceError(f"{path}: named as a text file, but it is {what}.", "Rename it with its true suffix.")
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return encoding
    return _without_mark(path)


def _without_mark(path: Path) -> str:
    """Decide over the whole file, in blocks: one pass, no copy kept."""
    possible = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
    at = 0
    with open_bytes(path) as file:
        while block := file.read(_BLOCK_BYTES):
            if b"\0" in block:
                offset = at + block.index(b"\0")
                raise SourceError(
                    f"{path}: not a text file (NUL byte at offset {offset:,}).",
                    "Expected delimited text in UTF-8, UTF-16 with a byte order mark, or Windows-1252.",
                )
            at += len(block)
            if not block.isascii() or "utf-8" not in possible or possible["utf-8"].getstate()[0]:
                _drop_unfit(possible, block)
    if "utf-8" in possible:
        try:
            possible["utf-8"].decode(b"", final=True)
        except UnicodeDecodeError:
            del possible["utf-8"]
    return next(iter(possible), "latin-1")


def _drop_unfit(possible: dict[str, codecs.IncrementalDecoder], block: bytes) -> None:
    for name, decoder in list(possible.items()):
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            del possible[name]


def find_delimiter(path: Path, text: str) -> str:
    r"""Return the delimiter whose fields are most regular over the first lines, quotes honoured.

    Parameters
    ----------
    path : Path
        For its suffix, which breaks ties.
    text : str
        The beginning of the file; its last line may be cut off.

    Examples
    --------
    >>> find_delimiter(Path("a.csv"), 'a;b\n1,5;"x;y"\n2,5;z\n')
    ';'
    """
    best, best_score = ",", (0.0, 0)
    order = _DELIMITERS if not path.name.lower().removesuffix(".gz").endswith(".tsv") else ("\t", ",", ";", "|")
    for delimiter in order:
        with unlimited_fields():
            counts = _field_counts(text, delimiter)
        if not counts or counts[0] < 2:
            continue
        share = sum(n == counts[0] for n in counts) / len(counts)
        score = (share, 1)
        if score > best_score or (share == best_score[0] and counts[0] > best_score[1]):
            best, best_score = delimiter, (share, counts[0])
    return best


def _field_counts(text: str, delimiter: str) -> list[int]:
    cut = max(text.rfind("\n"), text.rfind("\r")) + 1
    complete = text if len(text) < _HEAD_BYTES // 4 or not cut else text[:cut]  # shorter: the file ends here
    counts: list[int] = []
    try:
        for record in csv.reader(io.StringIO(complete, newline=""), delimiter=delimiter):
            if record:
                counts.append(len(record))
            if len(counts) == _HEAD_RECORDS:
                break
    except csv.Error:
        return []
    return counts


@contextmanager
def unlimited_fields() -> Iterator[None]:
    """Lift the csv module's limit on the length of a field for a while."""
    before = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def has_quotes(path: Path) -> bool:
    """Whether a file has a double quote anywhere, in any of the encodings that are read."""
    with open_bytes(path) as file:
        while block := file.read(_BLOCK_BYTES):
            if b'"' in block:
                return True
    return False


def records(path: Path, dialect: Dialect) -> Generator[tuple[int, list[str]], None, None]:
    """Yield each record of a delimited file with the line it starts on, from 1; blank lines are skipped."""
    with open_bytes(path) as raw, unlimited_fields():
        text = io.TextIOWrapper(cast("Any", raw), dialect.encoding, errors="replace", newline="")
        reader = csv.reader(text, delimiter=dialect.delimiter)
        line = 1
        for record in reader:
            if record:
                yield line, record
            line = reader.line_num + 1
        text.detach()


# ---------------------------------------------------------------- where rows are


@dataclass
class Places:
    """Finds the lines of a text file's rows, when first asked.

    Parameters
    ----------
    path : Path
        The file, as the user named it.
    n_rows : int
        Rows that were read.
    header : int
        Lines before the first row: 1 for delimited text, 0 for JSON lines.
    dialect : Dialect or None
        None for JSON lines, whose rows are lines.
    """

    path: Path
    n_rows: int
    header: int
    dialect: Dialect | None

    def locate(self, rows: Sequence[int]) -> list[Location]:
        """Return the file and line of some rows; empty if the file is gone or was changed."""
        try:
            starts = self._found
        except (OSError, SourceError):
            return []
        if starts is not None and len(starts) != self.n_rows:
            return []
        name = self.path.as_posix()
        return [Location(name, i + 1 + self.header if starts is None else int(starts[i])) for i in rows]

    @cached_property
    def _found(self) -> Ints | None:
        """Lines of all rows, or None where row i simply stands on line i + 1 + header."""
        if self._one_line_each():
            return None
        if self.dialect is None:
            return np.fromiter(self._filled_lines(), dtype=np.int64)
        starts = np.fromiter((line for line, _ in records(self.path, self.dialect)), dtype=np.int64)
        return starts[self.header :]

    def _one_line_each(self) -> bool:
        if self.dialect is not None and self.dialect.encoding in ("utf-16", "utf-32"):
            return False
        newlines, last = 0, b"\n"
        with open_bytes(self.path) as file:
            while block := file.read(_BLOCK_BYTES):
                newlines += block.count(b"\n")
                last = block[-1:]
        return newlines + (last != b"\n") == self.n_rows + self.header

    def _filled_lines(self) -> Iterator[int]:
        with open_bytes(self.path) as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number


def first_ragged(path: Path, dialect: Dialect) -> tuple[int, int, int] | None:
    """Return line, fields found and fields expected of the first record not as wide as the header, or None."""
    expected = 0
    for line, record in records(path, dialect):
        expected = expected or len(record)
        if len(record) != expected:
            return line, len(record), expected
    return None


def unclosed_quote(path: Path, dialect: Dialect) -> int | None:
    """Return the line of the last record if the file ends within a quoted field of it, else None."""
    starts = deque((line for line, _ in records(path, dialect)), maxlen=1)
    if not starts:
        return None
    last = starts[0]
    with open_bytes(path) as raw, unlimited_fields():
        text = io.TextIOWrapper(cast("Any", raw), dialect.encoding, errors="replace", newline="")
        try:
            for _ in csv.reader(islice(text, last - 1, None), delimiter=dialect.delimiter, strict=True):
                pass
        except csv.Error as error:
            return last if "end of data" in str(error) else None
        finally:
            text.detach()
    return None
