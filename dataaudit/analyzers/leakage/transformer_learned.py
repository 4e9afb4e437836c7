"""What an estimator has learnt, as arrays that can be compared, and whether two of them are equal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Learned = dict[str, NDArray[Any]]
"""Arrays of numbers, or of objects, by attribute: "mean_", "categories_[0]", "estimator_.coef_"."""

TOLERANCE = 1e-6
"""Largest relative difference of two equal numbers: sums of the same rows in another order differ by 1e-12 at most,
and so do statistics of ill-conditioned columns by 1e-8; a row more or less changes a mean by its share, 1e-5 or so."""

LOOSE = {"PowerTransformer": 1e-3}
"""Its exponent is where a search stopped: Brent's method ends within 1e-5 of the optimum, which moves with order."""

COUNTS = ("n_samples_seen_", "n_samples_", "n_samples_fit_")
MIXED = frozenset(
    {"components_", "covariance_", "mixing_", "precision_", "rotation_", "scalings_", "whitening_", "_whitening"}
)
"""Attributes whose lines are directions: rounding is as large in their small entries as in their large ones."""

_DROPPED = (
    "embedding_", "feature_names_in_", "inertia_", "labels_", "mean_fit_time_", "n_components_", "n_features_",
    "n_features_in_", "n_features_out_", "n_iter_", "n_output_features_",
)  # fmt: skip
"""Attributes that follow from the parameters, or hold one value a row."""

ROWS_IN_ANY_ORDER = ("_fit_X", "X_fit_", "cluster_centers_")
"""Attributes that hold rows, of which the order says nothing."""

_DEPTH = 4


def learned(estimator: Any) -> Learned:
    """Return what a fitted estimator has learnt, by attribute.

    Attributes end in an underscore; estimators within it are looked into. Rows kept as they are (by KNNImputer) are
    sorted, since the order of rows says nothing.
    """
    found: Learned = {}
    _collect(estimator, "", found, _DEPTH)
    return found


def _collect(estimator: Any, prefix: str, found: Learned, depth: int) -> None:
    for name, value in sorted(getattr(estimator, "__dict__", {}).items()):
        public = name.endswith("_") and not name.startswith("_")
        if name in _DROPPED or not (public or name in ROWS_IN_ANY_ORDER or (name[:1] == "_" and _is_fitted(value))):
            continue
        _flatten(value, f"{prefix}{name}", name, found, depth)


def _flatten(value: Any, path: str, name: str, found: Learned, depth: int) -> None:
    if value is None or depth == 0:
        return
    if hasattr(value, "tocoo") and hasattr(value, "toarray"):
        dense = value.tocoo()
        found[path] = np.concatenate([dense.data.astype(float), dense.row, dense.col])
    elif type(value).__name__ == "BSpline":
        found[f"{path}.t"] = np.asarray(value.t)
    elif _is_fitted(value):
        _collect(value, f"{path}.", found, depth - 1)
    elif isinstance(value, Mapping):
        if all(isinstance(v, int | np.integer) for v in value.values()):  # a vocabulary: places follow the words
            found[path] = _objects(sorted(value, key=str))
        else:
            for key in sorted(value, key=str):
                _flatten(value[key], f"{path}[{key!r}]", name, found, depth - 1)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and _is_nested(value)):
        plain = [v for v in value if np.isscalar(v) or v is None]
        if len(plain) == len(value):
            found[path] = np.asarray(value) if _all_numbers(plain) else _objects(value)
        else:
            for k, item in enumerate(value):
                _flatten(item, f"{path}[{k}]", name, found, depth - 1)
    elif isinstance(value, np.ndarray) or hasattr(value, "to_numpy"):
        array = np.asarray(value)
        found[path] = _sorted_rows(array) if name in ROWS_IN_ANY_ORDER else array
    elif np.isscalar(value):
        found[path] = np.atleast_1d(np.asarray(value))
    elif not callable(value) or hasattr(value, "__dict__"):
        digest = _digest(value)
        if digest:
            found[path] = _objects([digest])


def _digest(value: Any) -> str | None:
    """Return a hash of an object of a kind not known here, such as a tree: equal ones are equal, others may be."""
    import joblib

    try:
        return str(joblib.hash(value))
    except Exception:  # noqa: BLE001 - an object of the user's own may refuse to be pickled in any way it likes
        return None


def _is_fitted(value: Any) -> bool:
    return hasattr(value, "get_params") and hasattr(value, "fit") and not isinstance(value, type)


def _is_nested(array: NDArray[Any]) -> bool:
    return array.dtype == object and array.ndim == 1 and any(isinstance(v, np.ndarray) for v in array)


def _all_numbers(values: list[Any]) -> bool:
    return all(isinstance(v, int | float | np.number) for v in values)


def _objects(values: Any) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = list(values)
    return array


def _sorted_rows(array: NDArray[Any]) -> NDArray[Any]:
    if array.ndim != 2 or not array.size or array.dtype == object:
        return array
    return array[np.lexsort(array.T[::-1])]


# ---------------------------------------------------------------- equality


def is_number(array: NDArray[Any]) -> bool:
    """Whether an array holds numbers or truth values."""
    return array.dtype.kind in "biuf"


def as_numbers(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array of objects as numbers where all of them are, missing ones as NaN; else the array."""
    if is_number(array):
        return array
    try:
        return np.array([np.nan if _missing(v) else v for v in array.ravel()], dtype=float).reshape(array.shape)
    except (TypeError, ValueError):
        return array


def equal(a: NDArray[Any], b: NDArray[Any], tolerance: float, noise: NDArray[Any] | float = 0.0) -> bool:
    """Whether two learned attributes are the same.

    Parameters
    ----------
    a, b : ndarray
        Numbers, or objects, of which missing ones are equal.
    tolerance : float
        Largest relative difference.
    noise : float or ndarray of float64, shape of a
        Difference that rounding explains, besides.
    """
    if a.shape != b.shape:
        return False
    a, b = as_numbers(a), as_numbers(b)
    if is_number(a) and is_number(b):
        off, here = difference(a, b)
        return bool((off <= tolerance * here + noise).all())
    if is_number(a) != is_number(b):
        return False
    return all(_same(x, y) for x, y in zip(a.ravel(), b.ravel(), strict=True))


def difference(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return |a − b| and max(|a|, |b|), elementwise; both zero where both are NaN or the same infinity."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(x - y)
        size = np.maximum(np.abs(x), np.abs(y))
    same = (np.isnan(x) & np.isnan(y)) | (x == y)
    off = np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))
    return off, np.where(np.isfinite(size), size, 0.0)


def _same(x: Any, y: Any) -> bool:
    if _missing(x) or _missing(y):
        return _missing(x) and _missing(y)
    return bool(x == y) or str(x) == str(y)


def _missing(value: Any) -> bool:
    return value is None or bool(np.isscalar(value) and value != value) or type(value).__name__ in ("NAType", "NaTType")
