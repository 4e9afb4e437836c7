"""A few numbers about every single picture: its size, its light, its sharpness, what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Bools, Chunk, Floats, Ints, Picture, Schema
from dataaudit.stats.pictures import LUMA, Part, Parts, alike
from dataaudit.stats.state import GROUP, saved

MODES = (
    "", "1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "LA", "PA", "RGBX", "RGBa", "La",
    "I;16", "I;16L", "I;16B", "I;16N",
)  # fmt: skip
"""Pillow's modes; the first stands for pictures of an array and for modes that are not listed."""
LARGEST = 128
"""Side in pixels above which light is measured on every k-th pixel, and sharpness on the middle of a picture."""
_FIELDS: dict[str, Any] = {
    "width": np.int32, "height": np.int32, "mode": np.int8, "turn": np.int8, "flags": np.int8,
    "brightness": np.float32, "contrast": np.float32, "sharpness": np.float32, "information": np.float32,
    "red": np.float32, "green": np.float32, "blue": np.float32, "tilt": np.float32,
    "slope": np.float32, "rise": np.float32, "green_gap": np.float32,
}  # fmt: skip
_DECODED, _GREY, _ONE_VALUE, _ZERO = 1, 2, 4, 8
_NONE = (np.zeros(0, np.int64), *(np.zeros(0, dtype) for dtype in _FIELDS.values()))


@saved
@dataclass(frozen=True)
class PictureFacts:
    """Ask for the facts of every picture, of files and of arrays: 63 bytes a picture, its position among them."""

    rowless: ClassVar[bool] = False

    def start(self, schema: Schema) -> PictureFactsState:
        return PictureFactsState(())


@saved
@dataclass(init=False)
class PictureFactsState:
    """Facts of every picture, in the order of rows.

    Light is in the values of the picture: 0 to 255 for files (deeper ones brought to 8 bits), as fed for arrays.

    Attributes
    ----------
    positions : ndarray of int64, shape (n,)
        Position of each picture in its split, ascending.
    values : dict of str to ndarray, shape (n,) each
        The facts by name, as `fact` has them; and "flags".
    """

    positions: Ints
    values: dict[str, NDArray[Any]]

    def __init__(self, parts: Iterable[Part]) -> None:
        self._parts = Parts(_NONE, parts)

    def __getattr__(self, name: str) -> Any:  # the fields are made when they are asked for
        if name not in ("positions", "values"):
            raise AttributeError(name)
        self.positions, *values = self._parts.whole()
        self.values = dict(zip(_FIELDS, values, strict=True))
        return self.__dict__[name]

    def _take(self, start: int, facts: dict[str, NDArray[Any]]) -> None:
        self.__dict__.pop("positions", None)
        self.__dict__.pop("values", None)
        n = len(facts["flags"])
        self._parts.take((np.arange(start, start + n, dtype=np.int64), *(facts[name] for name in _FIELDS)))

    def observe(self, chunk: Chunk) -> None:
        if chunk.pixels is not None:
            self._observe_array(chunk.pixels, chunk.start)
        elif chunk.pictures:
            pictures = chunk.pictures
            facts = _headers(pictures)
            for at in alike(pictures).values():
                _measure_into(facts, at, [cast("NDArray[Any]", pictures[i].pixels) for i in at])
            self._take(chunk.start, facts)

    def _observe_array(self, pixels: NDArray[Any], start: int) -> None:
        n = len(pixels)
        facts = {name: np.zeros(n, dtype) for name, dtype in _FIELDS.items()}
        facts["height"][:], facts["width"][:] = pixels.shape[1:3]
        facts["turn"][:] = 1
        if pixels.size:
            _measure_into(facts, list(range(n)), list(pixels))
        self._take(start, facts)

    def merge(self, other: Self) -> Self:
        return type(self)([*self._parts.pieces, *other._parts.pieces])

    def _flag(self, bit: int) -> Bools:
        found: Bools = (self.values["flags"] & bit) != 0
        return found

    def fact(self, name: str) -> Floats:
        """Return one fact of every picture as float64, shape (n,).

        Parameters
        ----------
        name : str
            "width", "height" (pixels as stored), "mode" (position in `MODES`), "turn" (EXIF orientation, 1 is
            upright), "brightness" (mean of grey), "contrast" (largest standard deviation of a channel), "sharpness"
            (variance of the Laplacian of grey), "information" (entropy of 8-bit grey in bits; NaN for other
            values), "red", "green", "blue" (channel means); and what changes sign when red and blue are exchanged:
            "tilt" (std of red minus std of blue), "slope" (covariance of red minus blue with lightness, over the
            deviation of lightness), "rise" (red minus blue of the upper third minus that of the lower) and
            "green_gap" (mean |red - green| minus mean |blue - green|), NaN without three channels.
            Those of light are NaN where the picture could not be decoded or holds NaN.
        """
        return self.values[name].astype(np.float64)

    @property
    def decoded(self) -> Bools:
        """Whether each picture has pixels, shape (n,)."""
        return self._flag(_DECODED)

    @property
    def grey(self) -> Bools:
        """Whether each picture has three channels that are all equal, shape (n,)."""
        return self._flag(_GREY)

    @property
    def one_value(self) -> Bools:
        """Whether each channel of a picture holds a single value (alpha left out), shape (n,)."""
        return self._flag(_ONE_VALUE)

    @property
    def all_zero(self) -> Bools:
        """Whether each picture is all zero (alpha left out), shape (n,)."""
        return self._flag(_ZERO)


def _measure_into(facts: dict[str, NDArray[Any]], at: list[int], pixels: Sequence[NDArray[Any]]) -> None:
    """Fill in what pixels tell, about as many pictures at once as fit in a core's cache."""
    step = max(1, 4 * GROUP // pixels[0].size)
    for first in range(0, len(at), step):
        for name, values in measure(pixels[first : first + step]).items():
            facts[name][at[first : first + step]] = values


def _headers(pictures: Sequence[Picture]) -> dict[str, NDArray[Any]]:
    """Return the facts of files that their headers tell; those that pixels tell are NaN, and no flag is set."""
    facts = {name: np.full(len(pictures), 0 if np.dtype(t).kind == "i" else np.nan, t) for name, t in _FIELDS.items()}
    facts["width"][:] = [p.width for p in pictures]
    facts["height"][:] = [p.height for p in pictures]
    facts["mode"][:] = [MODES.index(p.mode) if p.mode in MODES else 0 for p in pictures]
    facts["turn"][:] = [p.orientation for p in pictures]
    return facts


def measure(pictures: Sequence[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the facts of some pictures of one shape and type that their pixels tell.

    Parameters
    ----------
    pictures : sequence of ndarray, shape (height, width, channels) each
        Red first; a second or fourth channel is alpha and left out. Above 128 pixels a side light is measured on
        every k-th pixel, and sharpness on the middle of the picture.

    Returns
    -------
    dict of str to ndarray, shape (n,) each
        As `PictureFactsState.fact` has them, and int64 for "flags".
    """
    height, width, channels = pictures[0].shape
    colour = channels >= 3
    pictures = [p[..., :3] if colour else p[..., :1] for p in pictures]
    step = -(-max(height, width) // LARGEST)
    thin = _lines([p[::step, ::step] for p in pictures] if step > 1 else pictures)
    c, n = thin.shape[:2]
    flat = thin.reshape(c, n, -1)
    n_pixels = flat.shape[2]
    with np.errstate(all="ignore"):
        means = flat.sum(axis=2) / n_pixels
        apart = flat - means[..., None]
        np.square(apart, out=apart)
        stds = np.sqrt(apart.sum(axis=2) / n_pixels)
        grey = _grey(thin)
        facts = {
            "brightness": grey.reshape(n, -1).sum(axis=1) / n_pixels,
            "contrast": stds.max(axis=0),
            "sharpness": _sharpness(grey if step == 1 else _grey(_lines([_middle(p) for p in pictures]))),
            "information": np.full(n, np.nan),
            **{name: means[i] if colour else np.full(n, np.nan) for i, name in enumerate(("red", "green", "blue"))},
            "tilt": stds[0] - stds[2] if colour else np.full(n, np.nan),
            **(_exchanged(thin) if colour else dict.fromkeys(("slope", "rise", "green_gap"), np.full(n, np.nan))),
        }
        largest = np.finfo(np.float32).max
        facts = {name: np.clip(values, -largest, largest) for name, values in facts.items()}
    if pictures[0].dtype in (np.uint8, np.uint16):
        facts["information"] = _entropy(grey.reshape(n, -1))
    flags = np.full(n, _DECODED, np.int64)
    if colour:
        flags |= _GREY * ((thin[0] == thin[1]) & (thin[0] == thin[2])).all(axis=(1, 2))
    single = (stds <= 1e-6 * np.abs(means)).all(axis=0)
    for i in np.flatnonzero(single):  # thinning and rounding may hide that there is more
        whole = bool((pictures[i] == pictures[i][0, 0]).all())
        flags[i] |= _ONE_VALUE * whole | _ZERO * (whole and not pictures[i][0, 0].any())
    return {**facts, "flags": flags}


def _lines(pictures: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return pictures as (channels, n, height, width), contiguous, float32 where that holds every value.

    Each picture is then added up by itself, in an order that does not depend on its neighbours.
    """
    kind = pictures[0].dtype
    first = np.stack(pictures) if len(pictures) > 1 else pictures[0][None]
    if kind == np.uint16:
        first = first >> 8
    return np.ascontiguousarray(np.moveaxis(first, -1, 0), np.float32 if kind in (np.uint8, np.uint16) else np.float64)


def _grey(lines: NDArray[Any]) -> NDArray[Any]:
    if len(lines) < 3:
        return cast("NDArray[Any]", lines[0])
    grey = lines[0] * LUMA[0]
    grey += lines[1] * LUMA[1]
    grey += lines[2] * LUMA[2]
    return cast("NDArray[Any]", grey)


def _exchanged(lines: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """Return three numbers of each picture that change sign when red and blue are exchanged, shape (n,) each."""
    if lines[0, 0].size > 4096:
        lines = np.ascontiguousarray(lines[..., ::2, ::2])
    red, green, blue = lines
    n, height = red.shape[:2]
    difference, light = (red - blue).reshape(n, -1), ((red + blue) * 0.5 + green).reshape(n, -1)
    n_pixels = light.shape[1]
    light -= (light.sum(axis=1) / n_pixels)[:, None]
    third = max(1, height // 3) * (n_pixels // height)
    rise = (difference[:, :third].sum(axis=1) - difference[:, -third:].sum(axis=1)) / third
    deviation = np.sqrt((light * light).sum(axis=1) / n_pixels)
    slope = (difference * light).sum(axis=1) / n_pixels / np.where(deviation > 0, deviation, 1.0)
    gap = np.abs(red - green) - np.abs(blue - green)
    return {"slope": slope, "rise": rise, "green_gap": gap.reshape(n, -1).sum(axis=1) / n_pixels}


def _middle(picture: NDArray[Any]) -> NDArray[Any]:
    height, width, _ = picture.shape
    top, left = max(0, (height - LARGEST) // 2), max(0, (width - LARGEST) // 2)
    return picture[top : top + LARGEST, left : left + LARGEST]


def _sharpness(grey: NDArray[Any]) -> NDArray[Any]:
    """Return the variance of the 4-neighbour Laplacian, 0 where a picture is too small for one."""
    n, height, width = grey.shape
    if height < 3 or width < 3:
        return np.zeros(n)
    edges = grey[:, 1:-1, 1:-1] * -4.0
    edges += grey[:, :-2, 1:-1]
    edges += grey[:, 2:, 1:-1]
    edges += grey[:, 1:-1, :-2]
    edges += grey[:, 1:-1, 2:]
    flat = edges.reshape(n, -1)
    mean = flat.sum(axis=1) / flat.shape[1]
    np.square(flat, out=flat)
    variance: NDArray[Any] = np.maximum(flat.sum(axis=1) / flat.shape[1] - mean * mean, 0.0)
    return variance


def _entropy(grey: NDArray[Any]) -> Floats:
    """Return the entropy in bits of the 256 levels of grey of each picture, shape (n,)."""
    levels = (grey + 0.5).astype(np.uint8)
    counts = np.stack([np.bincount(line, minlength=256) for line in levels])
    shares = counts / grey.shape[1]
    bits: Floats = -(shares * np.log2(np.where(counts > 0, shares, 1.0))).sum(axis=1)
    return np.abs(bits)
