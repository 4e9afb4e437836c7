"""Data that the user holds: arrays, frames, (X, y), a scikit-learn Bunch."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.arrays import Note, array_lines, picture_view, target_lines
from dataaudit.loaders.columns import Line
from dataaudit.loaders.frame import (
    arrow_line,
    arrow_table,
    column_names,
    is_pandas,
    pandas_line,
    pandas_lines,
    speaks_arrow,
    table_lines,
)
from dataaudit.loaders.objects import text_array
from dataaudit.loaders.parts import LinesPart
from dataaudit.model import Name, PixelLayout

ACCEPTED = (
    "Accepted: a path, a NumPy array, (X, y), a pandas or polars DataFrame, an Arrow table, a scikit-learn Bunch."
)


@dataclass
class Held:
    """The inputs of one split, and the targets beside them.

    Attributes
    ----------
    where : str
        What a message calls the split.
    kind : str
        "frame", "array" or "image array".
    lines : dict of Name to Line
        Input columns; empty for pictures.
    targets : dict of Name to Line
        Target columns that came apart from the inputs.
    rows : int
        Number of rows.
    inputs : DataFrame or ndarray, optional
        The inputs as the user holds them, where a fitted transformer could take them as they are.
    values : object, optional
        The target as the user holds it, where it came apart from the inputs.
    """

    where: str
    kind: str
    lines: dict[Name, Line]
    rows: int
    targets: dict[Name, Line] = field(default_factory=dict)
    pixels: PixelLayout | None = None
    images: NDArray[Any] | None = None
    inputs: Any = field(default=None, repr=False)
    values: Any = field(default=None, repr=False)

    def part(self, split: str, target_names: Sequence[Name]) -> LinesPart:
        """Return it as a split, the targets under the names that the first split gave them."""
        targets = dict(zip(target_names, self.targets.values(), strict=False))
        held = None if self.inputs is None else (self.inputs, self.values)
        return LinesPart(split, self.where, {**self.lines, **targets}, self.rows, self.pixels, self.images, held=held)


def hold(thing: Any, where: str, note: Note) -> Held:
    """Recognise an object that holds rows, and return its columns.

    Parameters
    ----------
    thing : object
        An array, a frame, an (X, y) pair or a Bunch.
    where : str
        What messages call it.
    note : callable
        Takes sentences for the reader.

    Raises
    ------
    SourceError
        If it is of another type, X and y differ in length, or a column cannot be used.
    NothingReadError
        If it holds no rows or no columns.
    """
    if isinstance(thing, tuple):
        if len(thing) != 2:
            raise SourceError(f"{where}: found a tuple of length {len(thing)}, expected two items: (X, y).", ACCEPTED)
        X, y = thing
        held = _inputs(X, where, note)
        if y is None:
            return held
        note_other_index(X, y, where, note)
        return with_target(held, y, note)
    if isinstance(thing, Mapping) and "data" in thing and "target" in thing:
        return _bunch(thing, where, note)
    return _inputs(thing, where, note)


def with_target(held: Held, y: Any, note: Note) -> Held:
    """Return the inputs with a target beside them; raise SourceError if their lengths differ."""
    held.targets, n = _targets(y, held, note)
    if n != held.rows:
        raise SourceError(
            f"{held.where}: X has {held.rows:,} rows and y has {n:,}.",
            "Every row needs its target: check that both come from the same rows.",
        )
    held.values = y
    return held


def note_other_index(X: Any, y: Any, where: str, note: Note) -> None:
    """Note that two pandas objects have different indexes: rows are matched by position, as scikit-learn does."""
    pandas_X = is_pandas(X, "DataFrame") or is_pandas(X, "Series")
    pandas_y = is_pandas(y, "DataFrame") or is_pandas(y, "Series")
    if pandas_X and pandas_y and len(X) == len(y) and not X.index.equals(y.index):
        note(f"{where}: X and y have different indexes; their rows are matched by position.")


def _bunch(bunch: Mapping[str, Any], where: str, note: Note) -> Held:
    data = bunch["data"]
    held = _inputs(data, where, note)
    names = bunch.get("feature_names")
    if held.kind == "array" and names is not None and len(names) == len(held.lines):
        held.lines = dict(zip(column_names([str(n) for n in names], where), held.lines.values(), strict=True))
    return held if bunch["target"] is None else with_target(held, bunch["target"], note)


def _inputs(thing: Any, where: str, note: Note) -> Held:
    if is_pandas(thing, "DataFrame"):
        held = Held(where, "frame", pandas_lines(thing, where, note), len(thing), inputs=thing)
    elif is_pandas(thing, "Series"):
        name = thing.name if isinstance(thing.name, str | int) else 0
        held = Held(where, "frame", {name: pandas_line(thing, name, where, note)}, len(thing))
    elif not isinstance(thing, np.ndarray) and speaks_arrow(thing):
        if _is_column(thing):
            name, values = getattr(thing, "name", None) or 0, _arrow_column(thing)
            return _checked(Held(where, "frame", {name: arrow_line(values, name, where)}, len(values)))
        table = _arrow(thing, where)
        held = Held(where, "frame", table_lines(table, where), table.num_rows)
    else:
        held = _array_inputs(as_array(thing, where), where, note)
    return _checked(held)


def _checked(held: Held) -> Held:
    if held.rows == 0:
        raise NothingReadError(
            f"{held.where}: it holds no rows.", "There is nothing to audit; check how it was selected."
        )
    if not held.lines and held.images is None:
        raise NothingReadError(f"{held.where}: it holds no columns.", "There is nothing to audit.")
    return held


def _is_column(thing: Any) -> bool:
    """Whether an object that speaks Arrow is one column (a Series, an Array), and no table."""
    return not any(hasattr(thing, name) for name in ("columns", "column_names", "schema"))


def _arrow_column(thing: Any) -> Any:
    import pyarrow as pa

    if isinstance(thing, pa.ChunkedArray):
        return thing
    return pa.chunked_array([thing]) if isinstance(thing, pa.Array) else pa.chunked_array(thing)


def _array_inputs(X: NDArray[Any], where: str, note: Note) -> Held:
    if X.ndim in (3, 4):
        images, layout = picture_view(X, where)
        return Held(where, "image array", {}, len(X), pixels=layout, images=images)
    if X.ndim > 4:
        raise SourceError(
            f"{where}: found an array of shape {X.shape}, expected at most four dimensions.",
            "Audit single pictures or frames: X.reshape(-1, *X.shape[-3:]).",
        )
    lines = array_lines(X, where, note)
    return Held(where, "array", lines, len(X), inputs=None if np.ma.isMaskedArray(X) else X)


def _arrow(thing: Any, where: str) -> Any:
    import pyarrow as pa

    try:
        return arrow_table(thing)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise SourceError(f"{where}: {type(thing).__name__} gave no Arrow table ({error}).", ACCEPTED) from error


def as_array(thing: Any, where: str) -> NDArray[Any]:
    """Return an array, tensor or list as a NumPy array; masked arrays stay masked.

    Raises
    ------
    SourceError
        If it is no array and cannot be turned into one.
    """
    if isinstance(thing, np.ndarray):
        return thing
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(thing, torch.Tensor):
        found: NDArray[Any] = thing.detach().cpu().numpy()
        return found
    if hasattr(thing, "toarray") and hasattr(thing, "nnz"):
        raise SourceError(
            f"{where}: found a sparse matrix ({type(thing).__name__}, shape {thing.shape}), expected a dense array.",
            "Pass X.toarray() where it fits in memory, or a part of its columns.",
        )
    if hasattr(thing, "collect_schema") and hasattr(thing, "collect"):
        raise SourceError(
            f"{where}: found a {type(thing).__name__}, which is not computed yet, expected a frame.",
            "Pass the result of its .collect().",
        )
    if isinstance(thing, list):
        return _from_list(thing, where)
    if hasattr(thing, "__array__"):
        return np.asarray(thing)
    raise SourceError(f"{where}: cannot read an object of type {type(thing).__name__}.", ACCEPTED)


def _from_list(thing: list[Any], where: str) -> NDArray[Any]:
    if all(v is None or isinstance(v, str) for v in thing):
        if thing and all(v and os.path.exists(v) for v in thing):  # noqa: PTH110 - Path refuses long texts
            raise SourceError(
                f"{where}: found a list of {len(thing):,} paths, expected one.",
                "Give one file or folder for each split: the first one, validation= and test=.",
            )
        return text_array(thing)
    try:
        array = np.asarray(thing)
    except ValueError:
        raise SourceError(f"{where}: found a list whose rows differ in length or type, expected equal rows.") from None
    if array.dtype.kind in "US" and array.ndim == 1:  # NumPy has turned numbers among text into text
        return text_array(thing)
    return array


def _targets(y: Any, held: Held, note: Note) -> tuple[dict[Name, Line], int]:
    where = held.where
    if is_pandas(y, "DataFrame"):
        return pandas_lines(y, f"{where} target", note), len(y)
    if is_pandas(y, "Series"):
        name = _free_name(y.name, held)
        return {name: pandas_line(y, name, where, note)}, len(y)
    if not isinstance(y, np.ndarray) and speaks_arrow(y):
        return _arrow_target(y, held)
    array = as_array(y, f"{where} target")
    if array.ndim == 0:
        raise SourceError(f"{where}: found a single value as target, expected one value for each row.")
    return target_lines(array, str(_free_name(None, held)), where, note), len(array)


def _arrow_target(y: Any, held: Held) -> tuple[dict[Name, Line], int]:
    if not _is_column(y):
        table = _arrow(y, held.where)
        return table_lines(table, f"{held.where} target"), table.num_rows
    name = _free_name(getattr(y, "name", None), held)
    values = _arrow_column(y)
    return {name: arrow_line(values, name, held.where)}, len(values)


def _free_name(wanted: Any, held: Held) -> Name:
    """Return the target's own name if it has one that no input has, else "y"."""
    candidates = [wanted] if isinstance(wanted, str) and wanted else []
    return next(name for name in (*candidates, "y", "target", "the target") if name not in held.lines)
