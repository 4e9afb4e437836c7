"""Delimited text (csv, tsv): read by Arrow, its dialect found, its faults named by file and line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.arrow import ArrowLine
from dataaudit.loaders.columns import Line
from dataaudit.loaders.frame import column_names
from dataaudit.loaders.parts import LinesPart
from dataaudit.loaders.text import (
    Dialect,
    Places,
    find_delimiter,
    find_encoding,
    first_ragged,
    has_quotes,
    head_of,
    open_bytes,
    records,
    unclosed_quote,
)
from dataaudit.model import Name

NULLS = ["", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "Null", "None", "<NA>", "#N/A", "NaT"]
"""Cells that stand for a missing value in a column whose other cells are numbers, dates or truth values."""
_DECIMAL_COMMA = r"^\s*[+-]?\d+(,\d+)?\s*$"
_WORDS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma"}
_LARGE = 1 << 30
_BLOCK_BYTES = 1 << 20
_WIDEST_ROW = 1 << 29


@dataclass(frozen=True)
class _Layout:
    """What was found before the rows are read: the header stands in line `line`, counted from 1."""

    path: Path
    dialect: Dialect
    line: int
    names: tuple[Name, ...]


def read_delimited(path: Path, split: str, note: Note) -> LinesPart:
    """Read a delimited text file with a header line.

    Parameters
    ----------
    path : Path
        The file; gzip, bzip2 and zstd are unpacked by suffix.
    split : str
        Name of the split.
    note : callable
        Takes sentences about what was found: encoding, delimiter.

    Returns
    -------
    LinesPart
        Numbers, dates and truth values where every cell of a column reads as such, else text.

    Raises
    ------
    NothingReadError
        If the file is empty or ends after its header.
    SourceError
        If it is no text, a line has more or fewer fields than the header, or two columns have one name.

    Notes
    -----
    The table is held in memory, as Arrow has it; it costs about the size of the file.
    """
    head = head_of(path)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise NothingReadError(f"{path}: the file is empty.", "Expected a header line and rows below it.")
    encoding = find_encoding(path, head)
    text = head.decode(encoding, errors="ignore").removeprefix("\ufeff")
    dialect = Dialect(encoding, find_delimiter(path, text), has_quotes(path))
    _say(path, dialect, note)
    layout = _header(path, dialect, note)
    table, decimal = _table(layout)
    _refuse_open_quote(layout, table)
    if decimal != ".":
        note(f"{path}: numbers are written with a decimal comma.")
    lines: dict[Name, Line] = {
        name: ArrowLine(table.column(j), blank_is_missing=True) for j, name in enumerate(layout.names)
    }
    places = Places(path, table.num_rows, 1, dialect)
    return LinesPart(
        split,
        str(path),
        lines,
        table.num_rows,
        locate=places.locate,
        reread=partial(_as_text, layout),
    )


def _say(path: Path, dialect: Dialect, note: Note) -> None:
    found = []
    if dialect.encoding != "utf-8":
        found.append(f"encoding {dialect.encoding}")
    if dialect.delimiter != ",":
        found.append(f"delimiter {_WORDS[dialect.delimiter]}")
    if found:
        note(f"{path}: {' and '.join(found)} found.")
    if path.stat().st_size > _LARGE:
        note(f"{path}: larger than 1 GB; text is read whole. Parquet is read piece by piece.")


def _header(path: Path, dialect: Dialect, note: Note) -> _Layout:
    """Return the line of the header and the columns' names; raise NothingReadError if no row follows."""
    beginning = records(path, dialect)
    line, fields = next(beginning, (0, []))
    if not fields:
        raise NothingReadError(f"{path}: the file is empty.", "Expected a header line and rows below it.")
    if next(beginning, None) is None:
        raise NothingReadError(f"{path}: it has a header and no rows.", "Expected at least one row below the header.")
    beginning.close()
    if fields:
        fields[0] = fields[0].removeprefix("\ufeff")
    names = [name if name.strip() else _free(f"column {j}", fields) for j, name in enumerate(fields, 1)]
    blank = [j for j, name in enumerate(fields, 1) if not name.strip()]
    if blank:
        listed = ", ".join(map(str, blank[:5]))
        note(f"{path}: the header names no column at position {listed}; called {names[blank[0] - 1]!r} and so on.")
    if len(names) > 1 and all(_is_number(name) for name in fields):
        note(f"{path}: the first line holds only numbers; it is taken as the header.")
    return _Layout(path, dialect, line, tuple(column_names(names, str(path))))


def _free(name: str, taken: list[str]) -> str:
    return name if name not in taken else _free(f"{name}_", taken)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _table(layout: _Layout) -> tuple[Any, str]:
    """Return the table and the decimal point; a comma only where it turns whole columns of text into numbers."""
    table = _read(layout)
    if layout.dialect.delimiter == "," or not _has_decimal_commas(table):
        return table, "."
    return _read(layout, decimal=","), ","


def _has_decimal_commas(table: Any) -> bool:
    """Whether a column of text holds only numbers with decimal commas, and no column has decimal points."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if any(pa.types.is_floating(kind) for kind in table.schema.types):
        return False
    for column in table.columns:
        if not pa.types.is_string(column.type):
            continue
        filled = column.filter(pc.not_equal(column, ""))
        if len(filled) and pc.all(pc.match_substring_regex(filled, _DECIMAL_COMMA)).as_py():
            return True
    return False


def _read(
    layout: _Layout,
    *,
    decimal: str = ".",
    text: frozenset[Name] = frozenset(),
    block_bytes: int = _BLOCK_BYTES,
) -> Any:
    import pyarrow as pa
    import pyarrow.csv

    dialect = layout.dialect
    names = [str(name) for name in layout.names]
    try:
        with open_bytes(layout.path) as file:
            return pa.csv.read_csv(
                file,
                read_options=pa.csv.ReadOptions(
                    column_names=names,
                    skip_rows=layout.line - 1,
                    skip_rows_after_names=1,
                    encoding={"utf-8-sig": "utf-8"}.get(dialect.encoding, dialect.encoding),
                    block_size=block_bytes,
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=dialect.delimiter, newlines_in_values=dialect.quotes, ignore_empty_lines=True
                ),
                convert_options=pa.csv.ConvertOptions(
                    null_values=NULLS,
                    strings_can_be_null=False,
                    decimal_point=decimal,
                    column_types={str(name): pa.string() for name in text},
                    include_columns=[name for name in names if name in text] or None,
                ),
            )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        if "straddling" in str(error) and block_bytes < _WIDEST_ROW:  # a row that is longer than a block
            return _read(layout, decimal=decimal, text=text, block_bytes=_WIDEST_ROW)
        raise _fault(layout, error) from None


def _fault(layout: _Layout, error: Exception) -> SourceError:
    """Return the error that names the line; Arrow counts rows, not lines, and not always."""
    path = layout.path
    fault = _open_quote(layout) if layout.dialect.quotes else None
    if fault is not None:
        return fault
    ragged = first_ragged(path, layout.dialect)
    if ragged is not None:
        line, found, expected = ragged
        fields = "field" if found == 1 else "fields"
        return SourceError(
            f"{path}:{line}: {found} {fields}, expected {expected}.",
            "Quote fields that hold the delimiter, or complete the line; the header says how many fields there are.",
        )
    return SourceError(f"{path}: cannot be read as delimited text ({str(error).splitlines()[0]}).")


def _refuse_open_quote(layout: _Layout, table: Any) -> None:
    """Raise SourceError if the last cell is a quote that never ends: all lines below it would be part of it."""
    import pyarrow as pa

    column = table.column(table.num_columns - 1)
    if not layout.dialect.quotes or not pa.types.is_string(column.type) or "\n" not in (column[-1].as_py() or ""):
        return
    fault = _open_quote(layout)
    if fault is not None:
        raise fault


def _open_quote(layout: _Layout) -> SourceError | None:
    line = unclosed_quote(layout.path, layout.dialect)
    if line is None:
        return None
    return SourceError(
        f"{layout.path}:{line}: a quote opens here and is never closed, so that all lines below it are one cell.",
        "Close it, or double quotes that belong to the text.",
    )


def _as_text(layout: _Layout, wanted: frozenset[Name]) -> Mapping[Name, Line]:
    table = _read(layout, text=wanted)
    return {name: ArrowLine(table.column(str(name)), blank_is_missing=True) for name in layout.names if name in wanted}
