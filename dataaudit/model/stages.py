"""The nouns of a pipeline: what each stage of preprocessing made of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model.words import Floats, Ints, Name

Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class StageFacts:
    """The rows of one stage.

    Attributes
    ----------
    name : str
        As the user called it.
    what : str
        What it holds, in words: "pictures of 32 × 32 × 3, uint8".
    n_rows : int
        Rows.
    columns : tuple of Name
        Numeric input columns; channels of pictures.
    picture : tuple of int or None
        Height, width and channels, where all pictures have one size.
    low, high, mean, std : ndarray of float64, shape (n_columns,)
        Of the finite values of each column or channel.
    missing, infinite : int
        Input values that are NaN, or infinite.
    zero_rows, plain_rows : int
        Rows whose inputs are all zero; pictures of one colour among the rows looked at.
    labels : ndarray of uint64, shape (n_rows,), or None
        A word for each row's target.
    numeric_labels : bool
        Whether those words are numbers' bits.
    looked_at : ndarray of int64, shape (n,)
        Positions of the rows that are compared one by one.
    sketch : ndarray of float64, shape (n, d)
        What they look like: small grey copies of pictures, standardised one by one; columns of tables, standardised.
    colours : ndarray of float64, shape (n, 3, d) or None
        The same for each of three channels.
    levels : float
        Distinct values a row looked at, on average.
    at_ends : tuple of float
        Shares of the values looked at that equal the lowest, and the highest of all.
    shown : tuple of mapping
        The first rows looked at, to be drawn: {"row", "picture"} or {"row", "values"}.
    """

    name: str
    what: str
    n_rows: int
    columns: tuple[Name, ...]
    picture: tuple[int, int, int] | None
    low: Floats = field(repr=False)
    high: Floats = field(repr=False)
    mean: Floats = field(repr=False)
    std: Floats = field(repr=False)
    missing: int
    infinite: int
    zero_rows: int
    plain_rows: int
    labels: Hashes | None = field(repr=False)
    numeric_labels: bool
    looked_at: Ints = field(repr=False)
    sketch: Floats = field(repr=False)
    colours: Floats | None = field(repr=False)
    levels: float
    at_ends: tuple[float, float]
    shown: tuple[Mapping[str, Any], ...] = field(repr=False)
