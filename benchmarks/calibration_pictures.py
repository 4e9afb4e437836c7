"""Faults of three strengths for the rules on pictures, put into tiles of the two photographs that scikit-learn ships.

Each set holds 2 classes of 60 tiles: as files in folders `train/class` and `test/class`, or as an array.
"""

from __future__ import annotations

import io
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

import dataaudit
from dataaudit.model import Finding

Pixels = NDArray[Any]
Generator = np.random.Generator
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
"""ImageNet's."""

SETS = [(size, seed) for size in (96, 128, 160) for seed in range(4)]
"""Sizes of tiles and seeds; smaller tiles are mostly sky, in which there is nothing to see."""


@dataclass(frozen=True)
class Tiles:
    """Pictures of two classes, shape (n, size, size, 3), uint8, and their labels; the last 40 are for test."""

    X: Pixels
    y: NDArray[np.int64]

    @property
    def n_train(self) -> int:
        """Pictures in train."""
        return len(self.y) - 40


def tiles(size: int, seed: int, each: int = 60) -> Tiles:
    """Return tiles cut at random from two photographs."""
    from sklearn.datasets import load_sample_images

    g = np.random.default_rng(seed)
    X, y = [], []
    for label, photo in enumerate(load_sample_images().images):
        for _ in range(each):
            top, left = g.integers(0, photo.shape[0] - size), g.integers(0, photo.shape[1] - size)
            X.append(photo[top : top + size, left : left + size])
            y.append(label)
    order = g.permutation(2 * each)
    return Tiles(np.stack(X)[order], np.array(y, dtype=np.int64)[order])


# ---------------------------------------------------------------- files


def _encoded(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def files(t: Tiles) -> dict[str, bytes]:
    """Return the tiles as files by path."""
    split = np.where(np.arange(len(t.y)) < t.n_train, "train", "test")
    return {
        f"{s}/{('temple', 'flower')[c]}/{i:04d}.jpg": _encoded(x)
        for i, (s, c, x) in enumerate(zip(split, t.y, t.X, strict=True))
    }


FileFault = Callable[[bytes], bytes]


def _picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2]


def halved(data: bytes) -> bytes:
    """Return a picture of half the width."""
    picture = _picture(data)
    return _encoded(np.asarray(picture.resize((picture.width // 2, picture.height))))


def blank(data: bytes) -> bytes:
    return _encoded(np.full_like(np.asarray(_picture(data)), 127))


def dark(data: bytes) -> bytes:
    return _encoded((np.asarray(_picture(data)) * 0.15).astype(np.uint8))


def blurred(data: bytes) -> bytes:
    return _encoded(np.asarray(_picture(data).filter(ImageFilter.GaussianBlur(6))))


FILES: dict[str, tuple[str, FileFault, tuple[int, int, int]]] = {
    "IMG101": ("truncated files of 80", truncated, (1, 3, 10)),
    "IMG102": ("files of 80 with half the width", halved, (1, 3, 8)),
    "IMG103": ("files of 80 in one colour", blank, (1, 3, 10)),
    "IMG104": ("dark files of 80", dark, (1, 3, 8)),
}

# ---------------------------------------------------------------- arrays

ArrayFault = Callable[[Tiles, Any, Generator], tuple[Pixels, str | None]]


def _fed(X: Pixels) -> Pixels:
    fed: Pixels = ((X / 255.0 - MEAN) / STD).astype(np.float32)
    return fed


def raw_range(t: Tiles, factor: float, g: Generator) -> tuple[Pixels, str | None]:
    return (t.X * factor).astype(np.float32), None


def zeros(t: Tiles, rows: int, g: Generator) -> tuple[Pixels, str | None]:
    X = _fed(t.X)
    X[g.choice(t.n_train, rows, replace=False)] = 0.0
    return X, "imagenet"


def twice(t: Tiles, way: int, g: Generator) -> tuple[Pixels, str | None]:
    """Normalise 1 by halves twice, 2 for ImageNet twice, 3 by 255 twice."""
    if way == 1:
        return ((t.X / 127.5 - 1.0) * 2 - 1).astype(np.float32), None
    return (((_fed(t.X) - MEAN) / STD) if way == 2 else t.X / 65025.0).astype(np.float32), None


def other_preset(t: Tiles, way: int, g: Generator) -> tuple[Pixels, str | None]:
    """Feed pictures 1 for CIFAR-10, 2 in -1..1, 3 in 0..1 where ImageNet's scale is declared."""
    if way == 1:
        return ((t.X / 255.0 - [0.4914, 0.4822, 0.4465]) / [0.2470, 0.2435, 0.2616]).astype(np.float32), "imagenet"
    return (t.X / 127.5 - 1.0 if way == 2 else t.X / 255.0).astype(np.float32), "imagenet"


def swapped(t: Tiles, share: float, g: Generator) -> tuple[Pixels, str | None]:
    """Swap red and blue in the test split, or in a share of train."""
    X = t.X.copy()
    at = np.arange(t.n_train, len(t.y)) if share == 1 else g.choice(t.n_train, round(share * t.n_train), replace=False)
    X[at] = X[at][..., ::-1]
    return _fed(X), "imagenet"


ARRAYS: dict[str, tuple[str, ArrayFault, tuple[Any, Any, Any]]] = {
    "INP103": ("pictures of 80 all zero", zeros, (1, 3, 10)),
    "NRM102": ("0..255 times", raw_range, (0.5, 0.9, 1.0)),
    "NRM103": ("by halves, for ImageNet, by 255 twice", twice, (1, 2, 3)),
    "NRM108": ("CIFAR-10's, -1..1, 0..1 for ImageNet's", other_preset, (1, 2, 3)),
    "IMG105": ("share of train with red and blue swapped, or all of test", swapped, (0.1, 0.5, 1)),
}

# ---------------------------------------------------------------- asking


def of_files(held: dict[str, bytes], codes: list[str]) -> list[Finding]:
    """Return what rules say of files in folders."""
    with tempfile.TemporaryDirectory() as folder:
        for path, data in held.items():
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return _asked(folder, select=codes)


def of_array(t: Tiles, X: Pixels, preset: str | None, codes: list[str]) -> list[Finding]:
    """Return what rules say of arrays that a network is fed."""
    train, test = ((X[part], t.y[part]) for part in (slice(0, t.n_train), slice(t.n_train, None)))
    return _asked(train, test=test, select=codes, preset=preset, task="classification")


def _asked(data: Any, **keywords: Any) -> list[Finding]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(dataaudit.audit(data, jobs=1, **keywords).findings)


def clean(t: Tiles, codes: list[str]) -> list[Finding]:
    """Return what rules say of tiles without a fault, as files and as what a network is fed."""
    return of_files(files(t), codes) + of_array(t, _fed(t.X), "imagenet", codes)


def spoilt_files(t: Tiles, code: str, dose: int, g: Generator) -> list[Finding]:
    """Return what a rule says of files with its fault in train."""
    held = files(t)
    train = [path for path in held if path.startswith("train")]
    for path in g.choice(train, dose, replace=False):
        held[str(path)] = FILES[code][1](held[str(path)])
    return of_files(held, [code])


def spoilt_array(t: Tiles, code: str, dose: Any, g: Generator) -> list[Finding]:
    """Return what a rule says of an array with its fault."""
    X, preset = ARRAYS[code][1](t, dose, g)
    return of_array(t, X, preset, [code])


def detected(
    code: str, sets: list[Tiles], said: list[list[Finding]], loud: Callable[[list[Finding]], list[Finding]]
) -> list[tuple[int, int]]:
    """Return in how many sets a rule finds its fault, and in how many it was asked, dose by dose.

    `said` is what rules say of the clean sets; where the rule speaks already, it is not asked.
    """
    silent = [i for i, findings in enumerate(said) if not any(f.rule == code for f in findings)]
    spoilt = spoilt_files if code in FILES else spoilt_array
    held = []
    for dose in (FILES[code] if code in FILES else ARRAYS[code])[2]:
        found = sum(bool(loud(spoilt(sets[i], code, dose, np.random.default_rng(i)))) for i in silent)
        held.append((found, len(silent)))
    return held
