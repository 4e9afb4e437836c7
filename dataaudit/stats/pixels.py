"""Pictures: channel statistics, and which ones cannot be decoded, hold one colour, or hold NaN."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Chunk, Ints, Picture, Schema
from dataaudit.stats.moments import MomentsState, block_moments
from dataaudit.stats.state import GROUP, saved


@saved
@dataclass(frozen=True)
class Pixels:
    """Ask for the channels of an image array: moments, NaN, infinities, pictures of one value.

    Parameters
    ----------
    cap : int
        Picture positions kept a kind, the first ones.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1000

    def start(self, schema: Schema) -> PixelsState:
        channels = schema.pixels.channels if schema.pixels else 0
        none = np.zeros(0, np.int64)
        return PixelsState(self.cap, 0, MomentsState.zeros(channels), 0, 0, none, none)


@saved
@dataclass
class PixelsState:
    """Channel facts in the values as they are fed.

    Attributes
    ----------
    n_pictures : int
        Pictures seen.
    channels : MomentsState
        Moments over the finite pixels of each channel, shape (channels,).
    missing, infinite : int
        Pixels that are NaN, or infinite.
    missing_rows, infinite_rows : ndarray of int64
        Positions of pictures that hold such pixels; the first `cap`.
    """

    cap: int
    n_pictures: int
    channels: MomentsState
    missing: int
    infinite: int
    missing_rows: Ints
    infinite_rows: Ints

    def observe(self, chunk: Chunk) -> None:
        if chunk.pixels is None or not chunk.n_rows:
            return
        self.n_pictures += chunk.n_rows
        size = chunk.pixels[0].size
        step = max(1, GROUP // max(1, size))
        for first in range(0, chunk.n_rows, step):
            self._observe(chunk.pixels[first : first + step], chunk.start + first)

    def _observe(self, x: NDArray[Any], start: int) -> None:
        flat = np.ascontiguousarray(np.moveaxis(x, -1, 0).reshape(x.shape[-1], -1), dtype=np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            finite = bool(np.isfinite(flat.sum()))
        if finite or np.isfinite(flat).all():
            self.channels = self.channels.merge(block_moments(flat))
            return
        nan, inf = np.isnan(x), np.isinf(x)
        self.missing += int(nan.sum())
        self.infinite += int(inf.sum())
        axes = tuple(range(1, x.ndim))
        self.missing_rows = self._first(self.missing_rows, np.flatnonzero(nan.any(axis=axes)) + start)
        self.infinite_rows = self._first(self.infinite_rows, np.flatnonzero(inf.any(axis=axes)) + start)
        for j, line in enumerate(flat):
            known = line[np.isfinite(line)]
            if known.size:
                self.channels.add(slice(j, j + 1), block_moments(known[None]))

    def _first(self, rows: Ints, more: NDArray[np.int64]) -> Ints:
        return np.sort(np.concatenate([rows, more]))[: self.cap]

    def merge(self, other: Self) -> Self:
        return type(self)(
            self.cap,
            self.n_pictures + other.n_pictures,
            self.channels.merge(other.channels),
            self.missing + other.missing,
            self.infinite + other.infinite,
            self._first(self.missing_rows, other.missing_rows),
            self._first(self.infinite_rows, other.infinite_rows),
        )


@saved
@dataclass(frozen=True)
class PictureFiles:
    """Ask for the facts of picture files: what cannot be decoded, sizes, modes, brightness levels.

    Parameters
    ----------
    cap : int
        Broken files and different sizes kept.
    """

    rowless: ClassVar[bool] = True
    cap: int = 1000

    def start(self, schema: Schema) -> PictureFilesState:
        return PictureFilesState(self.cap, 0, 0, [], 0, [], {}, {}, {}, np.zeros((3, 256), np.int64))


@saved
@dataclass
class PictureFilesState:
    """Facts of picture files.

    Attributes
    ----------
    n_pictures, n_broken : int
        Files seen, and those among them that could not be decoded.
    broken : list of (int, str, str)
        Position, path and reason; the first `cap`.
    n_misnamed : int
        Files whose suffix names another format than their content has.
    misnamed : list of (int, str, str)
        Position, path and the content's format; the first `cap`.
    sizes : dict of (width, height) to int
        Decoded pictures a size; the first `cap` sizes in ascending order are kept.
    modes, formats : dict of str to int
        Pillow's names.
    levels : ndarray of int64, shape (3, 256)
        Pixels of each 8-bit level in red, green and blue; grey counts in all three, alpha is left out.
    """

    cap: int
    n_pictures: int
    n_broken: int
    broken: list[tuple[int, str, str]]
    n_misnamed: int
    misnamed: list[tuple[int, str, str]]
    sizes: dict[tuple[int, int], int]
    modes: dict[str, int]
    formats: dict[str, int]
    levels: Ints

    def observe(self, chunk: Chunk) -> None:
        for i, picture in enumerate(chunk.pictures):
            self.n_pictures += 1
            if picture.pixels is None:
                self.n_broken += 1
                self.broken.append((chunk.start + i, picture.path, picture.error or "unreadable"))
                continue
            if not _suffix_fits(picture):
                self.n_misnamed += 1
                self.misnamed.append((chunk.start + i, picture.path, picture.format))
            self.sizes[picture.width, picture.height] = self.sizes.get((picture.width, picture.height), 0) + 1
            self.modes[picture.mode] = self.modes.get(picture.mode, 0) + 1
            self.formats[picture.format] = self.formats.get(picture.format, 0) + 1
            self.levels += _levels(picture)
        self._trim()

    def _trim(self) -> None:
        self.broken = sorted(self.broken)[: self.cap]
        self.misnamed = sorted(self.misnamed)[: self.cap]
        self.sizes = dict(sorted(self.sizes.items())[: self.cap])
        self.modes = dict(sorted(self.modes.items()))
        self.formats = dict(sorted(self.formats.items()))

    def merge(self, other: Self) -> Self:
        joined = type(self)(
            self.cap,
            self.n_pictures + other.n_pictures,
            self.n_broken + other.n_broken,
            [*self.broken, *other.broken],
            self.n_misnamed + other.n_misnamed,
            [*self.misnamed, *other.misnamed],
            dict(Counter(self.sizes) + Counter(other.sizes)),
            dict(Counter(self.modes) + Counter(other.modes)),
            dict(Counter(self.formats) + Counter(other.formats)),
            self.levels + other.levels,
        )
        joined._trim()
        return joined


_SUFFIXES = {
    "jpg": {"JPEG", "MPO"}, "jpeg": {"JPEG", "MPO"}, "png": {"PNG"}, "gif": {"GIF"}, "bmp": {"BMP"},
    "webp": {"WEBP"}, "tif": {"TIFF"}, "tiff": {"TIFF"}, "ppm": {"PPM"}, "pgm": {"PPM"}, "pbm": {"PPM"},
}  # fmt: skip
"""Pillow's formats by suffix; MPO is what cameras write under .jpg."""


def _suffix_fits(picture: Picture) -> bool:
    suffix = picture.path.rsplit(".", 1)[-1].lower()
    return suffix not in _SUFFIXES or picture.format in _SUFFIXES[suffix]


def _levels(picture: Picture) -> Ints:
    pixels = picture.pixels
    assert pixels is not None
    if pixels.dtype != np.uint8:
        pixels = (pixels >> 8).astype(np.uint8) if pixels.dtype == np.uint16 else pixels.astype(np.uint8)
    if pixels.shape[2] < 3:
        return np.repeat(np.bincount(pixels[..., 0].ravel(), minlength=256)[None, :], 3, axis=0).astype(np.int64)
    return np.stack([np.bincount(pixels[..., c].ravel(), minlength=256) for c in range(3)]).astype(np.int64)
