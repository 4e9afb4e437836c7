"""Mean and mean square of every picture of an image array, a channel: how far channel statistics vary by accident."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from dataaudit.model import Chunk, Schema
from dataaudit.stats.moments import MomentsState, block_moments
from dataaudit.stats.state import GROUP, saved


@saved
@dataclass(frozen=True)
class PictureMeans:
    """Ask for the moments, over pictures, of each picture's channel means; arrays of whole numbers cost nothing."""

    rowless: ClassVar[bool] = True

    def start(self, schema: Schema) -> PictureMeansState:
        layout = schema.pixels
        scaled = layout is not None and layout.dtype.startswith("float")
        return PictureMeansState(MomentsState.zeros(3 * layout.channels if layout and scaled else 0))


@saved
@dataclass
class PictureMeansState:
    """Moments over pictures; ones that hold NaN or infinity are left out.

    Attributes
    ----------
    lines : MomentsState
        Shape (3 * channels,): of the mean of each channel, of its mean square, and of the sum of both.
    """

    lines: MomentsState

    def observe(self, chunk: Chunk) -> None:
        x = chunk.pixels
        if x is None or not len(x) or not self.lines.n.size:
            return
        step = max(1, GROUP // max(1, x[0].size))
        for first in range(0, len(x), step):
            part = x[first : first + step]
            flat = part.reshape(len(part), -1, part.shape[-1]).astype(np.float64)
            with np.errstate(over="ignore", invalid="ignore"):
                mean, square = flat.mean(axis=1).T, (flat * flat).mean(axis=1).T
                lines = np.concatenate([mean, square, mean + square])
            lines = np.ascontiguousarray(lines[:, np.isfinite(lines).all(axis=0)])
            if lines.shape[1]:
                self.lines = self.lines.merge(block_moments(lines))

    def merge(self, other: Self) -> Self:
        return type(self)(self.lines.merge(other.lines))
