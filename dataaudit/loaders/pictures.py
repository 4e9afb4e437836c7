"""One picture file: decoded, or the reason why it could not be."""

from __future__ import annotations

import logging
import os
import re
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dataaudit.model import Picture

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 2 * (1024 * 1024 * 1024 // 4 // 3)
"""Twice Pillow's own limit for its warning, where it raises: 178,956,970 pixels."""
_ORIENTATION = 0x0112
_KEPT = {"L", "LA", "RGB", "RGBA", "I", "F", "I;16"}
_AS_MODE = {"1": "L", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "I;16B": "I;16", "I;16L": "I;16", "I;16N": "I;16"}
_FAULTS = (
    OSError, SyntaxError, ValueError, TypeError, EOFError, LookupError, ArithmeticError, MemoryError, RuntimeError,
    AttributeError, struct.error, zlib.error, Warning,
)  # fmt: skip
"""What Pillow's decoders raise on damaged files; a Warning where the caller turned warnings into errors."""


def read_picture(path: Path, name: str) -> Picture:
    """Decode a picture file.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        Its path below the folder, which stands in the report.

    Returns
    -------
    Picture
        Pixels as stored, shape (height, width, channels): grey 1, grey with alpha 2, RGB 3, RGBA 4 channels;
        palettes, CMYK and other colour spaces as RGB; uint8, or uint16, int32 and float32 where the file has more.
        Without pixels, and with the reason, where it is empty, damaged, no picture, or has more than 178 million
        pixels (which is decided on its header).
    """
    try:
        with path.open("rb") as file:
            picture = Picture(name, n_bytes=os.fstat(file.fileno()).st_size)
            if picture.n_bytes == 0:
                return replace(picture, error="the file is empty")
            return _decoded(file, picture)
    except FileNotFoundError:
        return Picture(name, error="the file does not exist")
    except OSError as error:
        return Picture(name, error=f"the file cannot be opened ({error.strerror or type(error).__name__})")


def read_pictures_of(folder: Path, names: Sequence[str]) -> list[Picture]:
    """Decode some files below a folder; no warning of Pillow's escapes."""
    with _quiet():
        return [read_picture(folder / name, name) for name in names]


def _decoded(file: IO[bytes], picture: Picture) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(file)
    except UnidentifiedImageError:
        file.seek(0)
        return replace(picture, error=f"not a picture in any known format (it begins with {_beginning(file)})")
    except Image.DecompressionBombError as error:
        size = re.search(r"\d+", str(error))
        return replace(picture, error=_refusal(int(size[0]) if size else MOST_PIXELS + 1))
    except _FAULTS as error:
        return replace(picture, error=f"damaged header ({_reason(error)})")
    with image:
        picture = replace(picture, width=image.width, height=image.height, mode=image.mode, format=image.format or "")
        if image.width * image.height > MOST_PIXELS:
            return replace(picture, error=_refusal(image.width * image.height))
        try:
            pixels = _pixels(image)
            return replace(picture, pixels=pixels, orientation=_orientation(image))
        except _FAULTS as error:
            return replace(picture, error=_reason(error))


def _pixels(image: Image.Image) -> NDArray[Any]:
    image.load()
    if image.mode not in _KEPT:
        image = image.convert(_AS_MODE.get(image.mode, "RGB"))
    array = np.asarray(image)
    if array.dtype.byteorder == ">":
        array = array.astype(array.dtype.newbyteorder("="))
    return array[..., np.newaxis] if array.ndim == 2 else array


def _orientation(image: Image.Image) -> int:
    """Return the EXIF turn, 1 to 8; 1 where there is none or it cannot be read."""
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except _FAULTS:
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _refusal(n_pixels: int) -> str:
    return f"refused: {n_pixels:,} pixels declared, more than {MOST_PIXELS:,} (decompression bomb)"


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:200] if text else type(error).__name__


def _beginning(file: IO[bytes]) -> str:
    return repr(file.read(12).decode("ascii", "backslashreplace"))


# ---------------------------------------------------------------- silence

_lock = threading.Lock()
_inside = 0
_saved: list[Any] = []


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Pillow's warnings and log lines from the user's terminal while any worker decodes.

    The filters of `warnings` are one for all threads: the first worker in changes them, the last one out puts them
    back, where each on its own would put back what another had set.
    """
    global _inside
    logger = logging.getLogger("PIL")
    with _lock:
        _inside += 1
        if _inside == 1:
            caught, handler = warnings.catch_warnings(), logging.NullHandler()
            caught.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
            logger.addHandler(handler)
            _saved[:] = [caught, handler]
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                caught, handler = _saved
                logger.removeHandler(handler)
                caught.__exit__(None, None, None)
                _saved.clear()
