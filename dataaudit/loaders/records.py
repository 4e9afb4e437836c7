"""JSON lines and Excel sheets: rows of cells that Python reads where Arrow does not."""

from __future__ import annotations

import contextlib
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note
from dataaudit.loaders.columns import Line
from dataaudit.loaders.frame import column_names, table_lines
from dataaudit.loaders.numpy_files import ZIP_FAULTS
from dataaudit.loaders.objects import object_line, text_array
from dataaudit.loaders.parts import LinesPart
from dataaudit.loaders.text import Places, find_encoding, head_of, open_bytes
from dataaudit.model import Location, Name

_FRACTION = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\.\d")
_BOMB_BYTES = 2 << 30
_BOMB_RATIO = 500  # sheets of repeated numbers pack about a hundredfold


def read_json_lines(path: Path, split: str, note: Note) -> LinesPart:
    """Read a file with one JSON object a line; blank lines are skipped, absent keys are missing values.

    Raises
    ------
    SourceError
        If a line is no JSON object (file and line are named), or a cell holds a list or an object.
    NothingReadError
        If there is no line.
    """
    import pyarrow as pa
    import pyarrow.json

    head = head_of(path)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise NothingReadError(f"{path}: the file is empty.", "Expected one JSON object a line.")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        raise SourceError(
            f"{path}: found a JSON array, expected one JSON object a line.",
            "Write JSON lines, as pandas does with to_json(path, orient='records', lines=True).",
        )
    encoding = find_encoding(path, head)
    if encoding == "utf-8":
        try:
            with open_bytes(path) as file:
                table = pa.json.read_json(file)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            table = None  # Python reads it again: it takes columns of several types, and names the line at fault
        if table is not None and table.num_columns:
            table = _with_fractions(table)
            places = Places(path, table.num_rows, 0, None)
            return LinesPart(split, str(path), table_lines(table, str(path)), table.num_rows, locate=places.locate)
    return _json_by_line(path, encoding, split, note)


def _with_fractions(table: Any) -> Any:
    """Return a table whose columns of times with fractions of a second are times.

    Arrow takes them for text in JSON, though not in delimited files; pandas writes every time so.
    """
    import pyarrow as pa

    for j, field in enumerate(table.schema):
        column = table.column(j)
        if not pa.types.is_string(field.type):
            continue
        filled = column.drop_null()
        if not len(filled) or not _FRACTION.match(filled[0].as_py()):
            continue
        for zone in (None, "UTC"):
            with contextlib.suppress(pa.ArrowInvalid):
                table = table.set_column(j, field.name, column.cast(pa.timestamp("ns", zone)))
                break
    return table


def _json_by_line(path: Path, encoding: str, split: str, note: Note) -> LinesPart:
    columns: dict[str, list[Any]] = {}
    numbers: list[int] = []
    for number, text in _text_lines(path, encoding):
        record = _record(path, number, text)
        for key, value in record.items():
            columns.setdefault(key, [None] * len(numbers)).append(value)
        numbers.append(number)
        for cells in columns.values():
            if len(cells) < len(numbers):
                cells.append(None)
    if not columns:
        raise NothingReadError(f"{path}: its objects have no keys.", "Expected one JSON object with values a line.")
    lines: dict[Name, Line] = {
        name: object_line(text_array(cells), name, str(path), note, lambda i: f"line {numbers[i]:,}")
        for name, cells in columns.items()
    }
    name = path.as_posix()
    return LinesPart(
        split,
        str(path),
        lines,
        len(numbers),
        locate=lambda rows: [Location(name, numbers[i]) for i in rows],
    )


def _text_lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers from 1."""
    number = 0
    with open_bytes(path) as raw:
        text = io.TextIOWrapper(cast("Any", raw), encoding, newline="\n")
        try:
            for number, line in enumerate(text, 1):
                if line.strip():
                    yield number, line.strip()
        except UnicodeDecodeError:
            raise SourceError(
                f"{path}:{number + 1}: bytes that are not {encoding}.", "Write the file as UTF-8."
            ) from None
        finally:
            text.detach()


def _record(path: Path, number: int, text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        detail = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "nested too deep"
        raise SourceError(f"{path}:{number}: not valid JSON ({detail}).", "Expected one JSON object a line.") from None
    if not isinstance(record, dict):
        raise SourceError(
            f"{path}:{number}: found a JSON {_json_word(record)}, expected an object.",
            'Each line is an object such as {"age": 31, "survived": 1}.',
        )
    return record


def _json_word(value: Any) -> str:
    words = {list: "array", str: "string", int: "number", float: "number", bool: "truth value", type(None): "null"}
    return words[type(value)]


# ---------------------------------------------------------------- Excel


def read_excel(path: Path, split: str, note: Note) -> LinesPart:
    """Read the first sheet of an Excel workbook, its first row as the header; formulas count by their saved value.

    Raises
    ------
    SourceError
        If it is no workbook, unpacks to more than 2 GB out of proportion, or two columns have one name.
    NothingReadError
        If the sheet has no rows below its header.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        _refuse_bomb(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which hold no data
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                if not book.worksheets:
                    raise NothingReadError(f"{path}: the workbook has no sheet of cells.")
                sheet = book.worksheets[0]
                rows = [list(row) for row in sheet.iter_rows(values_only=True)]
                title, others = sheet.title, len(book.worksheets) - 1
            finally:
                book.close()
    except PermissionError:
        raise
    except (*ZIP_FAULTS, InvalidFileException, ValueError, SyntaxError, TypeError, AttributeError) as error:
        raise SourceError(f"{path}: not a readable Excel workbook ({error}).", "Save it again as .xlsx.") from None
    if others:
        note(f"{path}: only the first sheet, {title!r}, is read; {others} more are not.")
    return _sheet(path, rows, split, note)


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        size = sum(info.file_size for info in archive.infolist())
    packed = max(1, path.stat().st_size)
    if size > _BOMB_BYTES and size > _BOMB_RATIO * packed:
        raise SourceError(f"{path}: refused: {packed:,} bytes that unpack to {size:,}.", "Export it as csv.")


def _sheet(path: Path, rows: list[list[Any]], split: str, note: Note) -> LinesPart:
    numbers = [i for i, row in enumerate(rows, 1) if any(cell is not None for cell in row)]
    if not numbers:
        raise NothingReadError(f"{path}: the first sheet is empty.", "Expected a header row and rows below it.")
    header, *body = (rows[i - 1] for i in numbers)
    width = max((j for row in (header, *body) for j, cell in enumerate(row, 1) if cell is not None), default=0)
    if not body:
        raise NothingReadError(f"{path}: it has a header and no rows.", "Expected at least one row below the header.")
    cells = [list(row[:width]) + [None] * (width - len(row)) for row in (header, *body)]
    labels = [f"column {j}" if label is None else label for j, label in enumerate(cells[0], 1)]
    names = column_names(labels, str(path))
    lines: dict[Name, Line] = {
        name: object_line(
            text_array([row[j] for row in cells[1:]]), name, str(path), note, lambda i: f"line {numbers[i + 1]:,}"
        )
        for j, name in enumerate(names)
    }
    return LinesPart(split, str(path), lines, len(body))
