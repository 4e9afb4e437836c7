"""NRM102 raw-pixel-range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import joined, model_ready, number, plural, train_of
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.moments import Moments
from dataaudit.stats.pixels import PictureFiles, Pixels

LEAST_COLUMNS = 64
"""Columns from which a table of nothing but pixel values reads as flattened pictures (8 x 8)."""


def is_raw_pixels(split: SplitView) -> bool:
    """Return whether a split's pictures, or flattened pictures, are in 0..255."""
    if split.schema.pixels:
        channels = split.get(Pixels()).channels
        whole = split.schema.pixels.dtype.startswith(("uint", "int"))
        return _bytes(channels.low, channels.high, channels.mean, whole or not channels.n_fraction.any())
    features = [split.schema.number_index[n] for n in split.context.features if n in split.schema.number_index]
    if len(features) < LEAST_COLUMNS or len(features) < len(split.context.features):
        return False
    moments = split.get(Moments())
    if not (moments.n[features] > 0).all() or moments.n_fraction[features].any():
        return False
    low, high = moments.low[features].min(), moments.high[features].max()
    return bool(low >= 0 and 100 < high <= 255)


def _bytes(low: Any, high: Any, mean: Any, whole: bool) -> bool:
    if not np.isfinite(low).all() or low.min() < -0.5 or high.max() > 255.5:
        return False
    return bool(high.max() > (2 if whole else 20) and mean.mean() > (0.5 if whole else 3))


@register
@dataclass(frozen=True)
class RawPixelRange:
    """Pictures fed as 0..255.

    ## Why it matters
    Inputs a hundred times larger than the weights expect saturate the first layer; a pretrained model sees pictures
    a hundred times brighter than any it was trained on and answers with noise.

    ## How it decides
    Arrays and batches of pictures whose pixels all lie in 0..255 and go beyond what any normalised picture reaches:
    whole numbers above 2, or fractions above 20, with a mean above 0.5 or 3. Judged in every split by itself, since
    one split may have missed the step. Tables of at least 64 columns of whole numbers in 0..255, the largest beyond
    100, count as flattened pictures. An error where
    the network is fed this; arrays declared raw and picture folders get a note with the scale to use and the mean
    and standard deviation of train, computed from every pixel.

    ## What to do
    Divide by 255, once; then subtract the mean and divide by the standard deviation that the model expects.

    ## When to ignore it
    The model begins with a rescaling layer (as Keras' EfficientNet does) and wants 0..255.

    ## When it cannot tell
    Pictures that are nearly black may look normalised.
    """

    code: ClassVar[str] = "NRM102"
    name: ClassVar[str] = "raw-pixel-range"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "saturates the first layer with pixels of 0..255"
    tips: ClassVar[tuple[str, ...]] = ("37.14", "11.1")

    note: bool = option(True, "whether raw arrays and picture folders get a note with the scale to use")

    def needs(self) -> tuple[Moments, Pixels, PictureFiles]:
        return (Moments(), Pixels(), PictureFiles())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if first.schema.pictures:
            yield from self._folder(splits)
            return
        wide = sum(n in first.schema.number_index for n in first.context.features) >= LEAST_COLUMNS
        if not first.schema.pixels and not wide:
            raise NotApplicable("the data holds no pictures")
        raw = [s for s in splits.values() if s.n_rows and is_raw_pixels(s)]
        if not raw:
            yield Passed("no split holds pixels in 0..255")
            return
        fed = model_ready(first.context)
        if not fed and not self.note:
            return
        low, high, mean, std = _facts(raw[0])
        rest = [s.name for s in splits.values() if s not in raw]
        where = joined([s.name for s in raw]) if rest else "all splits" if len(splits) > 1 else raw[0].name
        message = (
            f"Pixels of {where} range from {number(low)} to {number(high)} (mean {number(mean)}, std {number(std)})"
        )
        message += f"; {joined(rest)} {'is' if len(rest) == 1 else 'are'} not" if rest else ""
        message += ", where a network expects 0 to 1 or mean 0 and std 1" if fed else ": divide by 255 before feeding"
        yield Finding(
            message,
            splits=tuple(s.name for s in raw),
            severity=Severity.ERROR if fed else Severity.NOTE,
            evidence={"min": low, "max": high, "mean": mean, "std": std, "divided_by_255": [mean / 255, std / 255]},
            fix="+ x = x.astype(np.float32) / 255",
        )

    def _folder(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        levels = train.get(PictureFiles()).levels.astype(np.float64)
        if not levels.sum():
            raise NotApplicable("no picture could be decoded")
        if not self.note:
            yield Passed("picture files hold bytes")
            return
        grid = np.arange(256) / 255.0
        n = levels.sum(axis=1)
        mean = (levels @ grid) / n
        std = np.sqrt(np.maximum((levels @ grid**2) / n - mean**2, 0.0))
        means = ", ".join(f"{v:.4f}" for v in mean)
        stds = ", ".join(f"{v:.4f}" for v in std)
        decoded = train.get(PictureFiles()).n_pictures - train.get(PictureFiles()).n_broken
        yield Finding(
            f"Files hold bytes: divide by 255, then normalise; {train.name} has mean ({means}) and std ({stds}) over "
            f"{plural(decoded, 'picture')}",
            splits=(train.name,),
            severity=Severity.NOTE,
            evidence={"mean": mean.round(6).tolist(), "std": std.round(6).tolist(), "pictures": decoded},
            fix=f"+ transforms.ToTensor(),   # divides by 255\n+ transforms.Normalize(mean=({means}), std=({stds})),",
        )


def _facts(split: SplitView) -> tuple[float, float, float, float]:
    if split.schema.pixels:
        m = split.get(Pixels()).channels
        return float(m.low.min()), float(m.high.max()), float(m.mean.mean()), float(m.std.mean())
    moments = split.get(Moments())
    at = [split.schema.number_index[n] for n in split.context.features]
    mean = float(moments.mean[at].mean())
    spread = float(np.sqrt((moments.variance()[at] + (moments.mean[at] - mean) ** 2).mean()))
    return float(moments.low[at].min()), float(moments.high[at].max()), mean, spread
