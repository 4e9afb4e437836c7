"""What states share: visiting columns in cache-sized groups, and JSON that brings a state back."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import numpy as np

_CLASSES: dict[str, type] = {}
C = TypeVar("C", bound=type)

GROUP = 1 << 17
"""Numbers visited at once: 1 MiB of float64, within a core's second cache; smaller groups cost more calls."""


def saved(cls: C) -> C:
    """Let a dataclass (a statistic, a state or a part of one) be written to and read from a profile."""
    _CLASSES[cls.__name__] = cls
    return cls


def groups(n_columns: int, n_rows: int) -> Iterator[slice]:
    """Yield slices of columns that together hold about `GROUP` numbers."""
    step = max(1, GROUP // max(1, n_rows))
    for first in range(0, n_columns, step):
        yield slice(first, min(n_columns, first + step))


_PLAIN = frozenset((int, str, bool, type(None)))
"""What JSON holds as it is: long lists of these are not gone through one by one."""

Pack = Callable[[np.ndarray[Any, Any]], Any]


def encode(thing: Any, pack: Pack | None = None) -> Any:
    """Return JSON-able data from which `decode` rebuilds an equal object.

    Floats keep every bit (Python writes the shortest text that reads back the same);
    NaN and infinities become text, since JSON has none.

    Parameters
    ----------
    thing : object
        A statistic, a state, or what stands in one.
    pack : callable, optional
        What is written for an array instead of its values; then nothing can be rebuilt.
    """
    match thing:
        case None | bool() | int() | str():
            return thing
        case float():
            return thing if math.isfinite(thing) else {"float": repr(float(thing))}
        case np.ndarray():
            return {"array": thing.dtype.str, "shape": list(thing.shape), "data": (pack or _encode_array)(thing)}
        case np.generic():
            return encode(thing.item(), pack)
        case tuple():
            return {"tuple": [encode(item, pack) for item in thing]}
        case list():
            return thing if _PLAIN.issuperset(map(type, thing)) else [encode(item, pack) for item in thing]
        case dict():
            # in the order of keys, so that equal facts give equal text whatever came first
            keys = sorted(thing, key=lambda key: (type(key).__name__, key if isinstance(key, int | str) else repr(key)))
            return {"pairs": [[encode(key, pack), encode(thing[key], pack)] for key in keys]}
    kind = type(thing)
    if _CLASSES.get(kind.__name__) is not kind:
        raise TypeError(f"{kind.__name__} cannot be saved in a profile")
    fields = {f.name: encode(getattr(thing, f.name), pack) for f in dataclasses.fields(thing)}
    return {"type": kind.__name__, "fields": fields}


def array_digest(array: np.ndarray[Any, Any]) -> str:
    """Return a hash of an array's values, 32 hex digits; all NaN count as one."""
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.nan, array)
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:32]


def _encode_array(array: np.ndarray[Any, Any]) -> list[Any]:
    flat = array.ravel().tolist()
    if array.dtype.kind == "f":
        return [v if math.isfinite(v) else repr(v) for v in flat]
    return flat


def decode(data: Any) -> Any:
    """Rebuild what `encode` wrote.

    Raises
    ------
    ValueError
        If the data names a type that no statistic registered.
    """
    if isinstance(data, list):
        return data if _PLAIN.issuperset(map(type, data)) else [decode(item) for item in data]
    if not isinstance(data, dict):
        return data
    if "float" in data:
        return float(data["float"])
    if "array" in data:
        dtype = np.dtype(data["array"])
        if dtype.kind == "O":
            raise ValueError("object arrays are never saved")
        values = [float(v) for v in data["data"]] if dtype.kind == "f" else data["data"]
        return np.array(values, dtype=dtype).reshape(data["shape"])
    if "tuple" in data:
        return tuple(decode(item) for item in data["tuple"])
    if "pairs" in data:
        return {decode(key): decode(value) for key, value in data["pairs"]}
    if data.get("type") not in _CLASSES:
        raise ValueError(f"unknown type {data.get('type')!r}")
    cls = _CLASSES[data["type"]]
    names = {f.name for f in dataclasses.fields(cls)}
    if set(data["fields"]) != names:
        raise ValueError(f"{data['type']} has fields {sorted(names)}, the file has {sorted(data['fields'])}")
    return cls(**{name: decode(value) for name, value in data["fields"].items()})
