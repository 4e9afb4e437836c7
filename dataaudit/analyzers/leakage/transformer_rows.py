"""The rows that the steps of a fitted transformer are fed: the splits as the user holds them, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from dataaudit.analyzers.common import listing, plural
from dataaudit.model import CannotTell, Column, Holder, Name, SplitView, Storage

Union = tuple[str, ...]
"""Names of splits, train first."""

Split = Mapping[str, Any]
"""One thing (inputs, target) a split."""


class Rows:
    """Input of one step, for any union of splits.

    Parameters
    ----------
    make : callable
        Returns the rows of a union.
    joint : bool
        Whether the rows of a union are other than those of its splits put together: what is fitted and applied to the
        same rows by cross-fitting gives them values that depend on which rows there are.
    """

    def __init__(self, make: Callable[[Union], Any], *, joint: bool = False) -> None:
        self._make = make
        self.joint = joint
        self._made: dict[Union, Any] = {}

    def of(self, union: Union) -> Any:
        """Return the rows of some splits, in their order."""
        if self.joint or len(union) == 1:
            if union not in self._made:
                self._made[union] = self._make(union)
            return self._made[union]
        return stacked([self.of((split,)) for split in union])

    def then(self, step: Callable[[Any], Any]) -> Rows:
        """Return what a step that treats each row by itself makes of them."""
        return Rows(lambda union: step(copied(self.of(union))), joint=self.joint)


def copied(rows: Any) -> Any:
    """Return rows that a step may write into without touching the user's."""
    return rows.copy() if hasattr(rows, "copy") else rows


def stacked(parts: Sequence[Any]) -> Any:
    """Return the rows of several parts below each other: frames, sparse matrices, arrays or lists."""
    first = parts[0]
    if hasattr(first, "iloc"):
        import pandas as pd

        return pd.concat(parts, ignore_index=True)
    if hasattr(first, "tocsr"):
        from scipy import sparse

        return sparse.vstack(parts).tocsr()
    return np.concatenate([np.asarray(part) for part in parts])


def picked(rows: Any, key: Any) -> Any:
    """Return some columns: names, positions, a slice or truth values; a single one gives one dimension."""
    if callable(key):
        key = key(rows)
    if hasattr(rows, "iloc"):
        if isinstance(key, slice) and (isinstance(key.start, str) or isinstance(key.stop, str)):
            return rows.loc[:, key]
        named = isinstance(key, str) or (not np.isscalar(key) and any(isinstance(k, str) for k in _listed(key)))
        return rows[key if isinstance(key, str) else list(key)] if named else rows.iloc[:, key]
    return rows[:, key]


def picked_names(names: Sequence[Name], key: Any) -> tuple[Name, ...]:
    """Return the names of some columns, or all of them where the key does not fit."""
    if isinstance(key, str):
        key = [key]
    try:
        if isinstance(key, slice):
            if isinstance(key.start, str) or isinstance(key.stop, str):
                first = 0 if key.start is None else names.index(key.start)
                stop = len(names) if key.stop is None else names.index(key.stop) + 1
                return tuple(names[first:stop])
            return tuple(names[key])
        if np.isscalar(key):
            return (names[int(key)],)  # type: ignore[arg-type]
        listed = _listed(key)
        if any(isinstance(k, str) for k in listed):
            return tuple(k for k in listed if k in names) or tuple(names)
        if listed and all(isinstance(k, bool | np.bool_) for k in listed):
            return tuple(n for n, k in zip(names, listed, strict=True) if k)
        return tuple(names[int(k)] for k in listed)
    except (TypeError, ValueError, IndexError):
        return tuple(names)


def _listed(key: Any) -> list[Any]:
    return [] if isinstance(key, slice) else list(key)


# ---------------------------------------------------------------- what the user holds


def inputs_of(splits: Mapping[str, SplitView], transformer: Any) -> tuple[Rows, Rows | None, tuple[Name, ...]]:
    """Return inputs as the transformer was fed them, the target, and the inputs' names.

    Parameters
    ----------
    splits : mapping of str to SplitView
        Train first.
    transformer : fitted estimator
        Says which columns it knows, by name or number.

    Returns
    -------
    Rows, Rows or None, tuple of Name
        The target is None where no split has one.

    Raises
    ------
    CannotTell
        If the columns that it knows are not in the data, or a saved profile holds no rows.
    """
    whole = {name: _whole(split) for name, split in splits.items()}
    schema = next(iter(splits.values())).schema
    X = {name: _inputs(rows, splits[name], transformer) for name, (rows, _) in whole.items()}
    y = {name: _target(rows, values, splits[name]) for name, (rows, values) in whole.items()}
    first = next(iter(X.values()))
    names = tuple(first.columns) if hasattr(first, "columns") else _held_names(first, schema.features)
    target = None if all(values is None for values in y.values()) else Rows(_target_of(y))
    return Rows(lambda union: X[union[0]]), target, names


def _target_of(y: Split) -> Callable[[Union], Any]:
    def make(union: Union) -> Any:
        if y[union[0]] is None:
            raise CannotTell(f"{union[0]} has no target")
        return y[union[0]]

    return make


def _held_names(rows: Any, features: tuple[Name, ...]) -> tuple[Name, ...]:
    name = getattr(rows, "name", None)
    if name is not None:
        return (name,)
    width = rows.shape[1] if getattr(rows, "ndim", 1) == 2 else 1
    return features if width == len(features) else tuple(range(width))


def _whole(split: SplitView) -> tuple[Any, Any]:
    if split.source is None:
        raise CannotTell("the saved profile holds no rows to fit the steps on again")
    held = split.source.held() if isinstance(split.source, Holder) else None
    return (_read(split), None) if held is None else held


def _read(split: SplitView) -> Any:
    """Return the columns of a split that was read from a file as a frame, typed as pandas would type them."""
    import pandas as pd

    assert split.source is not None  # for the type checker: `_whole` has refused
    numbers: dict[Name, list[Any]] = {c.name: [] for c in split.schema.numbers}
    words: dict[Name, list[Any]] = {c.name: [] for c in split.schema.coded}
    for chunk in split.source.chunks():
        for name, line in zip(numbers, chunk.numbers, strict=True):
            numbers[name].append(line)
        for name in words:
            codes = chunk.codes[name]
            values = np.array([*codes.values, np.nan], dtype=object)  # position -1, the missing one, is the last
            words[name].append(values[codes.indices])
    columns: dict[Name, Any] = {}
    for column in split.schema.columns:
        parts = numbers.get(column.name) or words.get(column.name) or [np.empty(0)]
        values = np.concatenate(parts)
        columns[column.name] = _typed(values, column) if column.storage.is_number else pd.Series(values.tolist())
    return pd.DataFrame(columns)


def _typed(values: Any, column: Column) -> Any:
    missing = np.isnan(values)
    if column.storage is Storage.DATETIME:
        return (values * 1e9).astype("int64").astype("datetime64[ns]") if not missing.any() else values
    if column.storage is Storage.BOOLEAN:
        return values.astype(bool) if not missing.any() else np.where(missing, np.nan, values != 0).astype(object)
    if column.storage is Storage.INTEGER and not missing.any():
        return values.astype(np.int64)
    return values.astype(column.dtype) if column.dtype in ("float16", "float32") else values


def _target(rows: Any, values: Any, split: SplitView) -> Any:
    if values is not None:
        return values
    names = split.schema.targets
    if not names or not hasattr(rows, "columns") or any(name not in rows.columns for name in names):
        return None
    found = rows[names[0]] if len(names) == 1 else rows[list(names)]
    return None if bool(np.all(found.isna())) else found


def _inputs(rows: Any, split: SplitView, transformer: Any) -> Any:
    known = getattr(transformer, "feature_names_in_", None)
    width = getattr(transformer, "n_features_in_", None)
    features = split.schema.features
    if not hasattr(rows, "columns"):
        return _array_inputs(rows, known, width, transformer)
    if known is not None:
        lacking = [name for name in known if name not in rows.columns]
        if lacking:
            raise CannotTell(
                f"the transformer was fitted on {plural(len(known), 'column')}, of which the data lacks "
                f"{listing(lacking, 5)}: give the splits as they were before it"
            )
        return rows[list(known)]
    inputs = [name for name in rows.columns if name in features]
    if width is None:
        return _one_text(rows, inputs) if takes_text(transformer) else rows[inputs]
    if width not in (len(inputs), len(rows.columns)):
        raise CannotTell(
            f"the transformer was fitted on {plural(int(width), 'column')} without names, but the data has "
            f"{plural(len(inputs), 'input')}"
        )
    chosen = rows[inputs] if width == len(inputs) else rows
    return chosen.to_numpy() if all(isinstance(name, str) for name in chosen.columns) else chosen


def _array_inputs(rows: Any, known: Any, width: Any, transformer: Any) -> Any:
    if rows.ndim == 1:
        return rows if takes_text(transformer) else rows.reshape(-1, 1)
    if width is not None and width != rows.shape[1]:
        raise CannotTell(
            f"the transformer was fitted on {plural(int(width), 'column')}, but the data has {rows.shape[1]:,}"
        )
    if takes_text(transformer) and rows.shape[1] == 1:
        return rows[:, 0]
    if known is None:
        return rows
    import pandas as pd

    return pd.DataFrame(rows, columns=list(known))  # an array has no names: its order is all there is


def _one_text(rows: Any, inputs: list[Any]) -> Any:
    """Return the one column of text that a text vectorizer was fed."""
    texts = [name for name in inputs if rows[name].dtype.kind not in "biufcmM"]
    if len(texts) != 1:
        raise CannotTell(
            f"the transformer takes one column of text, and the data has {len(texts)}: give only the one it was fed"
        )
    return rows[texts[0]]


def takes_text(estimator: Any) -> bool:
    """Whether the first step takes a list of texts instead of a table."""
    while getattr(estimator, "steps", None):
        estimator = estimator.steps[0][1]
    if getattr(estimator, "transformer_list", None):
        return takes_text(estimator.transformer_list[0][1])
    return hasattr(estimator, "build_analyzer")
