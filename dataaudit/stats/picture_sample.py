"""A bounded sample of small copies of pictures, the same rows as a sample of the table beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Chunk, Floats, Ints, Picture, Schema
from dataaudit.stats.hashing import Hashes, hash_rows
from dataaudit.stats.picture_prints import averaged, turned
from dataaudit.stats.pictures import alike, spaced, thinned
from dataaudit.stats.state import GROUP, saved

SIDE = 32
"""Most pixels a side of a copy: those of CIFAR-10, at which models tell things apart, in 3 KB a picture."""

FINE = 128
"""Pixels a side that are looked at, evenly spaced where a picture has more: sixteen for each of a copy's."""

_Part = tuple[Hashes, Ints, NDArray[np.uint8], Floats, NDArray[np.int32], Bools]
_NAMES = ("hashes", "rows", "pictures", "ends", "sizes", "seen")


@saved
@dataclass(frozen=True)
class PictureSample:
    """Ask for small copies of the pictures whose places have the smallest hashes.

    Without a target nothing is kept, since nobody would learn from it.

    Parameters
    ----------
    size : int
        Most pictures; 62 MB at 20,000.
    seed : int
        Changes which ones. Those of `Sample` with the same seed, in the same order.
    """

    rowless: ClassVar[bool] = False
    size: int = 20_000
    seed: int = 0

    def start(self, schema: Schema) -> PictureSampleState:
        layout = schema.pixels
        height, width, channels = SIDE, SIDE, 3
        if layout is not None:
            height, width = min(layout.height, SIDE), min(layout.width, SIDE)
            channels = 3 if layout.channels >= 3 else 1
        wanted = bool(schema.targets) and (schema.pictures or layout is not None)
        return PictureSampleState(self.size if wanted else 0, self.seed, (height, width, channels), ())


@saved
@dataclass(init=False)
class PictureSampleState:
    """Sampled pictures in the order of their hashes: a uniform sample without replacement.

    Attributes
    ----------
    cap : int
        Most pictures kept.
    seed : int
        Of the hashes.
    shape : tuple of int
        Height, width and channels of each copy: as the array's pictures, 32 a side at most; files 32 × 32 × 3.
    hashes : ndarray of uint64, shape (k,)
        Of the pictures' places, ascending.
    rows : ndarray of int64, shape (k,)
        Positions within the split.
    pictures : ndarray of uint8, shape (k, height, width, channels)
        Copies: turned upright, averaged over equal cells, without alpha.
    ends : ndarray of float64, shape (k, 2)
        What 0 and 255 stand for in each picture: 0 and 255 for bytes, its smallest and largest value otherwise.
    sizes : ndarray of int32, shape (k, 2)
        Height and width before, upright.
    seen : ndarray of bool, shape (k,)
        Whether there is a copy: not of a file that cannot be decoded, nor of pixels that are NaN or infinite.
    """

    cap: int
    seed: int
    shape: tuple[int, int, int]
    hashes: Hashes
    rows: Ints
    pictures: NDArray[np.uint8]
    ends: Floats
    sizes: NDArray[np.int32]
    seen: Bools

    ceiling = np.uint64(0xFFFFFFFFFFFFFFFF)
    """Hash from which on nothing is kept: where an earlier sample, to be merged, would drop it anyway."""

    def __init__(self, cap: int, seed: int, shape: tuple[int, int, int], parts: Sequence[_Part]) -> None:
        # parts are put in order when they are as many as two samples or when they are asked for, so that taking in
        # a chunk, and merging, cost little however many there were
        self.cap, self.seed, self.shape = cap, seed, shape
        self._parts = list(parts)
        self._size = sum(len(part[0]) for part in self._parts)
        self._shrink()

    def __getattr__(self, name: str) -> Any:
        if name not in _NAMES:
            raise AttributeError(name)
        part = self._settled()
        for each, values in zip(_NAMES, part, strict=True):
            setattr(self, each, values)
        return self.__dict__[name]

    def observe(self, chunk: Chunk) -> None:
        if not self.cap or not chunk.n_rows:
            return
        hashes = hash_rows(chunk.split, chunk.start, chunk.n_rows, self.seed)
        at = np.flatnonzero(hashes < self.ceiling)
        if len(at) > self.cap:
            at = np.sort(at[np.argpartition(hashes[at], self.cap - 1)[: self.cap]])
        if not len(at):
            return
        if chunk.pixels is not None:
            height, width = chunk.pixels.shape[1:3]
            copies, ends, seen = small_copies(list(chunk.pixels[at]), self.shape)
            sizes = np.full((len(at), 2), (height, width), np.int32)
        else:
            copies, ends, seen, sizes = _of_files([chunk.pictures[i] for i in at.tolist()], self.shape)
        for name in _NAMES:
            self.__dict__.pop(name, None)
        self._parts.append((hashes[at], chunk.start + at.astype(np.int64), copies, ends, sizes, seen))
        self._size += len(at)
        self._shrink()

    def _shrink(self) -> None:
        if self._size > 2 * self.cap:
            self._settled()

    def _settled(self) -> _Part:
        if len(self._parts) != 1 or self._size > self.cap or not _ascends(self._parts[0][0]):
            self._parts = [_smallest(self._parts, self.cap, self.shape)]
            self._size = len(self._parts[0][0])
        if self.cap and self._size >= self.cap:
            self.ceiling = min(self.ceiling, self._parts[0][0][-1])
        return self._parts[0]

    def prune(self, by: Self) -> None:
        """Keep nothing that the merge with an earlier state would drop."""
        self.ceiling = min(self.ceiling, by.ceiling)

    def merge(self, other: Self) -> Self:
        merged = type(self)(self.cap, self.seed, self.shape, [*self._parts, *other._parts])
        merged.ceiling = min(merged.ceiling, self.ceiling)
        return merged


def _ascends(hashes: Hashes) -> bool:
    return bool((hashes[1:] >= hashes[:-1]).all())


def _smallest(parts: Sequence[_Part], cap: int, shape: tuple[int, int, int]) -> _Part:
    """Return the pictures of the smallest hashes, in their order."""
    none: _Part = (
        np.zeros(0, np.uint64),
        np.zeros(0, np.int64),
        np.zeros((0, *shape), np.uint8),
        np.zeros((0, 2)),
        np.zeros((0, 2), np.int32),
        np.zeros(0, np.bool_),
    )
    every = [none, *parts]
    keep = np.argsort(np.concatenate([part[0] for part in every]), kind="stable")[:cap]
    hashes, rows, pictures, ends, sizes, seen = (np.concatenate([p[k] for p in every])[keep] for k in range(6))
    return hashes, rows, pictures, ends, sizes, seen


# ---------------------------------------------------------------- copies


def small_copies(
    pictures: Sequence[NDArray[Any]], shape: tuple[int, int, int], orientation: int = 1
) -> tuple[NDArray[np.uint8], Floats, Bools]:
    """Return copies of pictures of one shape and type, what 0 and 255 stand for in them, and which could be made.

    Parameters
    ----------
    pictures : sequence of ndarray, shape (height, width, channels) each
        Of any real type.
    shape : tuple of int
        Height, width and channels of a copy. Cells cut through pixels, and pixels are repeated, where needed.
    orientation : int
        How they are turned upright, as EXIF counts, 1 to 8.
    """
    n = len(pictures)
    copies, ends, seen = np.zeros((n, *shape), np.uint8), np.zeros((n, 2)), np.zeros(n, np.bool_)
    if not n or not pictures[0].size:
        return copies, ends, seen
    height, width, depth = pictures[0].shape
    bytes_ = pictures[0].dtype == np.uint8
    colours = [0, 1, 2] if depth >= 3 else [0]  # the last of two or four is alpha
    kind = np.float32 if pictures[0].dtype in (np.uint8, np.uint16, np.float16, np.float32) else np.float64
    rows, columns = spaced(height, FINE), spaced(width, FINE)
    many = max(1, GROUP // (len(rows) * len(columns) * len(colours)))
    wide = shape[0] if orientation < 5 else shape[1], shape[1] if orientation < 5 else shape[0]
    for first in range(0, n, many):
        lot = np.stack([thinned(p, rows, columns)[..., : len(colours)] for p in pictures[first : first + many]])
        small = np.stack([averaged(lot[..., c].astype(kind), *wide) for c in colours], axis=-1)
        if orientation != 1:
            small = np.stack([turned(picture, orientation) for picture in small])
        part = slice(first, first + len(lot))
        copies[part], ends[part], seen[part] = _as_bytes(small, exact=bytes_)
    return copies, ends, seen


def _as_bytes(small: NDArray[Any], *, exact: bool) -> tuple[NDArray[np.uint8], Floats, Bools]:
    """Return values as bytes: rounded where they are bytes already, else from the smallest to the largest."""
    if exact:
        ends = np.tile(np.array([0.0, 255.0]), (len(small), 1))
        return np.clip(np.rint(small), 0, 255).astype(np.uint8), ends, np.ones(len(small), np.bool_)
    flat = small.reshape(len(small), -1).astype(np.float64)
    with np.errstate(all="ignore"):
        low, high = flat.min(axis=1), flat.max(axis=1)
        reach = high - low
        seen = np.isfinite(low) & np.isfinite(high) & np.isfinite(reach)
        steps = np.rint((flat - low[:, None]) * (255.0 / np.where(reach > 0, reach, 1.0))[:, None])
    steps = np.where(seen[:, None] & np.isfinite(steps), np.clip(steps, 0, 255), 0)
    ends = np.where(seen[:, None], np.stack([low, high], axis=1), 0.0)
    return steps.astype(np.uint8).reshape(small.shape), ends, np.asarray(seen, np.bool_)


def _of_files(
    pictures: Sequence[Picture], shape: tuple[int, int, int]
) -> tuple[NDArray[np.uint8], Floats, Bools, NDArray[np.int32]]:
    n = len(pictures)
    copies, ends, seen = np.zeros((n, *shape), np.uint8), np.zeros((n, 2)), np.zeros(n, np.bool_)
    sizes = np.zeros((n, 2), np.int32)
    for i, picture in enumerate(pictures):
        sizes[i] = (picture.height, picture.width) if picture.orientation < 5 else (picture.width, picture.height)
    for (_, _, orientation), at in alike(pictures).items():
        lot = [p for i in at if (p := pictures[i].pixels) is not None]
        copies[at], ends[at], seen[at] = small_copies(lot, shape, orientation)
    return copies, ends, seen, sizes
