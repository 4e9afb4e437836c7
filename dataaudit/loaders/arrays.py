"""NumPy arrays: tables, pictures, and targets beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import NothingReadError, SourceError
from dataaudit.loaders.columns import Line, MatrixColumn, NumpyLine, ObjectLine, UnusableColumnError
from dataaudit.loaders.objects import object_line, text_array
from dataaudit.model import Name, PixelLayout

Note = Callable[[str], None]
_CHANNELS = (1, 3, 4)


def array_lines(X: NDArray[Any], where: str, note: Note, names: list[Name] | None = None) -> dict[Name, Line]:
    """Return the columns of a one- or two-dimensional array, named by position unless names are given.

    Raises
    ------
    SourceError
        If the array has more dimensions, complex numbers or unusable cells.
    """
    if X.dtype.names is not None:
        return {name: column_line(X[name], name, where, note) for name in X.dtype.names}
    if X.ndim == 0:
        raise SourceError(f"{where}: found a single value, expected an array with one row for each sample.")
    if X.ndim == 1:
        X = X.reshape(-1, 1)
    if X.ndim != 2:
        raise SourceError(f"{where}: found an array of shape {X.shape}, expected two dimensions (rows, columns).")
    named = list(range(X.shape[1])) if names is None else names
    if len(named) != X.shape[1]:
        raise SourceError(f"{where}: found {len(named):,} column names for {X.shape[1]:,} columns.")
    if X.dtype.kind in "fiub":
        mask = _mask(X)
        plain = np.asarray(X)
        return {name: MatrixColumn(plain, j, mask) for j, name in enumerate(named)}
    return {name: column_line(X[:, j], name, where, note) for j, name in enumerate(named)}


def column_line(values: NDArray[Any], name: Name, where: str, note: Note) -> Line:
    """Return a one-dimensional array of any usable type as a line.

    Raises
    ------
    SourceError
        If the values are complex, raw bytes or cells that are no scalars.
    """
    if values.ndim != 1:
        raise SourceError(
            f"{where}: column {name!r} holds arrays of shape {values.shape[1:]}, expected one value a row."
        )
    mask = _mask(values)
    kind = values.dtype.kind
    if kind in "OT":
        cells = np.asarray(values, dtype=object) if mask is None else text_array(values.tolist())
        return object_line(cells, name, where, note)
    if kind in "US":
        cells = np.asarray(values) if mask is None else text_array(values.tolist())
        return ObjectLine(cells, "str")
    try:
        return NumpyLine(np.asarray(values), mask)
    except UnusableColumnError as error:
        raise SourceError(
            f"{where}: column {name!r} {error}, expected real numbers, truth values, dates or text.",
            "Split complex numbers into their real and imaginary parts." if kind == "c" else None,
        ) from None


def target_lines(y: NDArray[Any], name: str, where: str, note: Note) -> dict[Name, Line]:
    """Return a target array as lines: `y`, or `y0`, `y1`, ... where it has several columns.

    Raises
    ------
    SourceError
        If it has more than two dimensions, or unusable cells.
    """
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 1:
        return {name: column_line(y, name, where, note)}
    if y.ndim != 2:
        raise SourceError(
            f"{where}: found a target of shape {y.shape}, expected one value or one row of values for each sample."
        )
    lines = array_lines(y, where, note)
    return {f"{name}{j}": line for j, line in enumerate(lines.values())}


def _mask(values: NDArray[Any]) -> NDArray[np.bool_] | None:
    if not isinstance(values, np.ma.MaskedArray) or values.mask is np.ma.nomask:
        return None
    mask: NDArray[np.bool_] = np.ma.getmaskarray(values)
    return mask if mask.any() else None


# ---------------------------------------------------------------- pictures


def picture_view(X: NDArray[Any], where: str) -> tuple[NDArray[Any], PixelLayout]:
    """Return an array of pictures with the channels last, as a view, and its layout.

    Parameters
    ----------
    X : ndarray, shape (n, height, width), (n, height, width, channels) or (n, channels, height, width)
        Pictures of 1, 3 or 4 channels.
    where : str
        The data it belongs to, for messages.

    Raises
    ------
    SourceError
        If no axis can hold the channels, or the values are no real numbers.
    NothingReadError
        If a picture has no pixels.
    """
    if X.dtype.kind not in "fiub":
        raise SourceError(
            f"{where}: found pictures of type {X.dtype}, expected integers, floats or truth values.",
            "Convert the pixels to uint8 or float32 first.",
        )
    if isinstance(X, np.ma.MaskedArray):
        raise SourceError(f"{where}: found a masked array of pictures, expected plain pixels.", "Fill the mask first.")
    if X.size == 0:
        raise NothingReadError(f"{where}: the array of shape {X.shape} holds no pixels.")
    first = X.ndim == 4 and _channels_first(X.shape, where)
    if X.ndim == 3:
        view = X[..., np.newaxis]
    elif first:
        view = np.moveaxis(X, 1, -1)
    else:
        view = X
    _, height, width, channels = view.shape
    return view, PixelLayout(height, width, channels, first, str(X.dtype))


def _channels_first(shape: tuple[int, ...], where: str) -> bool:
    _, a, b, c = shape
    fits_last, fits_first = c in _CHANNELS, a in _CHANNELS
    if fits_last and fits_first:  # both read as pictures: take the reading whose pictures are less of a ribbon
        return _elongation(b, c) < _elongation(a, b)
    if not fits_last and not fits_first:
        raise SourceError(
            f"{where}: found an array of shape {shape}, expected pictures (n, height, width), "
            "(n, height, width, channels) or (n, channels, height, width) with 1, 3 or 4 channels.",
            "Reshape other data to two dimensions: X.reshape(len(X), -1).",
        )
    return fits_first


def _elongation(height: int, width: int) -> float:
    return max(height, width) / min(height, width)
