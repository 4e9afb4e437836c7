"""The input scales that picture models are commonly fed, and how close data is to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dataaudit.errors import ConfigError, did_you_mean
from dataaudit.model import Floats


@dataclass(frozen=True)
class Preset:
    """A scale: pixels from 0 to 255 become (pixel * scale - mean) / std.

    Attributes
    ----------
    name : str
        As `preset=` takes it.
    label : str
        As reports show it.
    mean, std : tuple of float
        One number, or one a channel (red, green, blue).
    scale : float
        1/255 where pixels are first brought to 0..1.
    """

    name: str
    label: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    scale: float = 1.0 / 255.0

    def ends(self, channels: int) -> tuple[Floats, Floats] | None:
        """Return what black and white become, each of shape (channels,); None for another number of channels."""
        if len(self.mean) not in (1, channels):
            return None
        mean = np.broadcast_to(np.array(self.mean), channels)
        std = np.broadcast_to(np.array(self.std), channels)
        return (0.0 - mean) / std, (255.0 * self.scale - mean) / std


PRESETS: tuple[Preset, ...] = (
    Preset("unit", "[0, 1]", (0.0,), (1.0,)),
    Preset("signed-unit", "[-1, 1]", (0.5,), (0.5,)),
    Preset("bytes", "0..255", (0.0,), (1.0,), 1.0),
    Preset("imagenet", "ImageNet", (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    Preset("clip", "CLIP", (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    Preset("caffe", "Caffe (BGR means)", (103.939, 116.779, 123.68), (1.0, 1.0, 1.0), 1.0),
    Preset("cifar10", "CIFAR-10", (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    Preset(
        "cifar10-per-image", "CIFAR-10 (std of single pictures)", (0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)
    ),
    Preset("mnist", "MNIST", (0.1307,), (0.3081,)),
)
"""Sources: torchvision's model weights (ImageNet), OpenAI CLIP, Caffe's VGG models, Keras' Inception and ViT
preprocessing ([-1, 1]); the popular CIFAR-10 deviations .2023/.1994/.2010 are the mean over single pictures."""

ALIASES = {"half": "signed-unit", "0..1": "unit", "0..255": "bytes"}
KNOWN = (*(p.name for p in PRESETS), *ALIASES, "standard")


def parse_preset(preset: str | tuple[Sequence[float], Sequence[float]] | None) -> Preset | None:
    """Return a declared preset; None where none was declared, or "standard" (mean 0, std 1 a feature).

    Raises
    ------
    ConfigError
        If the name is unknown, or mean and std are no numbers or not positive.
    """
    if preset is None or preset == "standard":
        return None
    if isinstance(preset, str):
        name = ALIASES.get(preset.lower(), preset.lower())
        for known in PRESETS:
            if known.name == name:
                return known
        raise ConfigError(f"There is no preset {preset!r}.", did_you_mean(preset, KNOWN))
    try:
        mean, std = (tuple(float(v) for v in np.atleast_1d(part)) for part in preset)
    except (TypeError, ValueError):
        raise ConfigError(
            f"preset is {preset!r}, expected a name or (mean, std).",
            "Such as ((.485, .456, .406), (.229, .224, .225)).",
        ) from None
    if not mean or len(mean) != len(std) or not np.isfinite([*mean, *std]).all() or min(std) <= 0:
        raise ConfigError(
            f"preset has the means {mean} and the deviations {std}: expected as many of each, finite, and deviations "
            "above 0.",
            "One number each, or one a channel.",
        )
    return Preset("given", f"mean {mean}, std {std}", mean, std)


@dataclass(frozen=True)
class Closeness:
    """How far the ends of the data are from a preset's black and white.

    Attributes
    ----------
    distance : float
        Largest difference over channels and ends, as a share of the preset's range. Data outside of black..white
        counts ten times, since no picture can be there; data that stops short of an end may simply hold no black
        or white.
    """

    preset: Preset
    distance: float

    @property
    def fits(self) -> bool:
        """Whether the data could be pictures on this scale: inside its ends and reaching near them."""
        return self.distance <= 0.12


def undivided(low: Floats, high: Floats) -> Preset | None:
    """Return the preset whose statistics, made for 0..1, were applied to pixels of 0..255; None where none fits.

    Parameters
    ----------
    low, high : ndarray of float64, shape (channels,)
        Smallest and largest pixel of each channel.
    """
    close = []
    for preset in PRESETS:
        ends = replace(preset, scale=1.0).ends(len(low))
        if ends is None or preset.scale == 1.0 or preset.name == "unit":
            continue
        black, white = ends
        off = np.maximum(np.abs(low - black), np.abs(high - white)) / (white - black)
        close.append((float(off.max()), preset))
    off_by, nearest = min(close, key=lambda pair: pair[0])
    return nearest if off_by <= 0.05 else None


def nearest_presets(low: Floats, high: Floats) -> list[Closeness]:
    """Return all presets by how close the data is to each, the closest first.

    Parameters
    ----------
    low, high : ndarray of float64, shape (channels,)
        Smallest and largest pixel of each channel.
    """
    known = [(preset, preset.ends(len(low))) for preset in PRESETS]
    found = [Closeness(preset, off_by(low, high, *ends)) for preset, ends in known if ends is not None]
    return sorted(found, key=lambda c: c.distance)


def off_by(low: Floats, high: Floats, black: Floats, white: Floats) -> float:
    """Return how far pixels are from black and white, as a share of their range; beyond them counts ten times.

    Parameters
    ----------
    low, high, black, white : ndarray of float64, shape (channels,)
        Smallest and largest pixel of each channel, and where a scale puts black and white.
    """
    size = white - black
    beyond = np.maximum(np.maximum(black - low, high - white), 0.0) / size
    short = np.maximum(np.maximum(low - black, white - high), 0.0) / size
    return float(max(10.0 * beyond.max(), short.max()))
