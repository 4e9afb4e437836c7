"""A batch of any make, as named arrays."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.errors import SourceError

Leaves = dict[str, NDArray[Any]]


def leaves_of(batch: Any, where: str, *, copy: bool = True) -> Leaves:
    """Return the arrays of a batch by name, each with one entry for each row.

    Parameters
    ----------
    batch : array, tensor, tuple, list, mapping, or dataclass of such, nested at will
        As a loader gives it. Names are those of keys, and positions in tuples and lists: "image", "boxes.0", "1".
    where : str
        What messages call the batch.
    copy : bool
        Whether arrays are copied, so that a loader may use its memory again.

    Returns
    -------
    dict of str to ndarray
        Lists of text, and of arrays that differ in shape, are arrays
        of objects.

    Raises
    ------
    SourceError
        If it holds nothing that can be read.
    """
    if type(batch) in (tuple, list) and all(map(_is_array, batch)):  # the usual make, at a third of the cost
        parts: Iterable[tuple[str, Any]] = zip(map(str, range(len(batch))), batch, strict=True)
    else:
        parts = walk(batch, "", _row_counts(batch), top=True)
    found = {name: array for name, thing in parts if (array := as_rows(thing, copy=copy)) is not None}
    if not found:
        raise SourceError(
            f"{where}: found {type(batch).__name__}, expected arrays or tensors with one entry for each row.",
            "A loader yields (x, y), (x, y, index), a dict of arrays, or x alone.",
        )
    return found


def _is_array(part: Any) -> bool:
    torch = sys.modules.get("torch")
    return type(part) is np.ndarray or (torch is not None and type(part) is torch.Tensor)


def _row_counts(batch: Any) -> frozenset[int]:
    """Return how many rows the parts of a batch have that leave no doubt: arrays, and lists of anything else."""
    if isinstance(batch, Mapping):
        parts = list(batch.values())
    else:
        parts = list(batch) if isinstance(batch, list | tuple) else []
    counts = set()
    for part in parts:
        shape = getattr(part, "shape", None)
        if shape is not None and len(shape):
            counts.add(int(shape[0]))
        elif isinstance(part, list) and part and not any(hasattr(v, "shape") or isinstance(v, list) for v in part):
            counts.add(len(part))
    return frozenset(counts)


def walk(thing: Any, name: str, rows: frozenset[int], *, top: bool = False) -> Iterator[tuple[str, Any]]:
    """Yield the parts of a batch that hold rows, by name."""
    if isinstance(thing, Mapping):
        for key, part in thing.items():
            yield from walk(part, _joined(name, key), rows)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from walk(getattr(thing, f.name), _joined(name, f.name), rows)
    elif isinstance(thing, tuple) and hasattr(thing, "_fields"):
        for key, part in zip(thing._fields, thing, strict=True):
            yield from walk(part, _joined(name, key), rows)
    elif isinstance(thing, list | tuple) and (top or _is_structure(thing, rows)):
        for i, part in enumerate(thing):
            yield from walk(part, _joined(name, i), rows)
    elif thing is not None:
        yield name or "0", thing


def _joined(name: str, key: Any) -> str:
    return f"{name}.{key}" if name else str(key)


def _is_structure(thing: Sequence[Any], rows: frozenset[int]) -> bool:
    """Return whether a nested list holds several arrays of rows, rather than one entry for each row.

    What other parts of the batch have decides; else arrays of one length that is not the list's are a structure, the
    planes of pictures aside.
    """
    if not thing or not all(hasattr(part, "shape") for part in thing):
        return any(isinstance(part, list | tuple) and len(part) and hasattr(part[0], "shape") for part in thing)
    lengths = {tuple(part.shape)[:1] for part in thing}
    if len(lengths) != 1 or lengths == {()}:
        return False
    (length,) = next(iter(lengths))
    if rows and (length in rows) != (len(thing) in rows):
        return length in rows
    planes = length in (1, 3, 4) and all(len(part.shape) == 3 for part in thing)
    return len(thing) != length and not planes


def as_rows(thing: Any, *, copy: bool = True) -> NDArray[Any] | None:
    """Return an array of rows as NumPy's; None where the thing has no rows.

    Tensors of torch, TensorFlow, JAX and whatever speaks `__array__` or DLPack are read; a list becomes an array of
    numbers where it holds numbers, and of objects where it holds text, or arrays that differ in shape.
    """
    if isinstance(thing, str | bytes | int | float | bool):
        return None
    if isinstance(thing, list | tuple):
        return _listed(thing)
    array = _plain(thing)
    if array is None or array.ndim == 0:
        return None
    return array.copy() if copy else array


def _plain(thing: Any) -> NDArray[Any] | None:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(thing, torch.Tensor):
        with contextlib.suppress(RuntimeError, TypeError):  # one that NumPy has no form for, or that is elsewhere
            return np.asarray(thing.numpy())
        plain = thing.detach().cpu()
        plain = plain.to_dense() if plain.layout != torch.strided else plain
        plain = plain.float() if plain.dtype == torch.bfloat16 else plain
        return np.asarray(plain.resolve_conj().resolve_neg().numpy())
    if isinstance(thing, np.ndarray):
        return thing
    if hasattr(thing, "numpy") and callable(thing.numpy):
        return np.asarray(thing.numpy())
    if hasattr(thing, "__array__"):
        return np.asarray(thing)
    if hasattr(thing, "__dlpack__"):
        return np.asarray(np.from_dlpack(thing))
    return None


def _listed(thing: Sequence[Any]) -> NDArray[Any] | None:
    parts = [part if isinstance(part, str | bytes | int | float | bool) else _entry(part) for part in thing]
    if parts and all(isinstance(part, bool | int | float | np.generic) for part in parts):
        return np.array(parts)
    shapes = {getattr(part, "shape", None) for part in parts}
    if len(shapes) == 1 and None not in shapes:
        return np.stack(parts)
    cells = np.empty(len(parts), dtype=object)
    cells[:] = parts
    return cells


def _entry(part: Any) -> Any:
    """Return one row of a list: an array where it is one, else the thing itself."""
    if isinstance(part, Mapping | str) or part is None:
        return part
    array = np.array(part) if isinstance(part, list | tuple) and _is_even(part) else _plain(part)
    return part if array is None else array.item() if array.ndim == 0 and array.dtype.kind in "biuf" else array


def _is_even(part: Sequence[Any]) -> bool:
    return all(isinstance(cell, bool | int | float) for cell in part)
