"""IMG104 low-quality-image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import plural
from dataaudit.analyzers.images.common import fact_table, gathered, need_pictures, picture_rows
from dataaudit.model import Bools, CannotTell, Finding, Floats, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState

_BLANK = 0.02
"""Contrast, as a share of the median, under which a picture is rather blank than poor; IMG103 judges it."""


@register
@dataclass(frozen=True)
class LowQualityImage:
    """Pictures that are dark, bright, blurred or small beside the rest of the set.

    ## Why it matters
    What cannot be seen is learnt as noise, and labelled with less care. If one class has most of the bad pictures,
    the network learns the blur.

    ## How it decides
    Against the set itself, over all splits. Brightness, contrast, and sharpness (variance of the Laplacian over the
    squared contrast, so that a calm picture is no blurred one) are compared with their median in units of the
    median absolute deviation, scaled to a normal distribution: `limit` of them (5: one normal picture in two
    million), on the logarithm for contrast and sharpness, and in addition 8 times less sharp or 4 times flatter than
    the median. Small is a shorter side under a quarter of the median. Blank pictures are IMG103's.

    ## What to do
    Look at these pictures, and at their classes. Keep what the network will meet in use.

    ## When to ignore it
    Night and fog belong to the task.

    ## When it cannot tell
    With fewer than 30 pictures, or where the whole set is of one poor quality.
    """

    code: ClassVar[str] = "IMG104"
    name: ClassVar[str] = "low-quality-image"
    severity: ClassVar[Severity] = Severity.NOTE
    consequence: ClassVar[str] = "learns from pictures in which little can be seen"
    tips: ClassVar[tuple[str, ...]] = ("37.6",)

    limit: float = option(5.0, "median absolute deviations (as normal standard deviations) that are still usual")

    def needs(self) -> tuple[PictureFacts]:
        return (PictureFacts(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        facts = need_pictures(splits)
        n = sum(int(state.decoded.sum()) for state in facts.values())
        if n < 30:
            raise CannotTell(f"{plural(n, 'picture')} could be decoded, fewer than 30")
        usual = {
            "brightness": _centre(gathered(facts, "brightness")),
            "log contrast": _centre(_log(gathered(facts, "contrast"))),
            "log sharpness": _centre(_log(_relative(facts))),
        }
        side = float(np.median(np.minimum(gathered(facts, "width"), gathered(facts, "height"))))
        for name, state in facts.items():
            reasons = self._reasons(state, usual, side)
            bad = np.array([bool(r) for r in reasons], dtype=bool)
            if bad.any():
                yield self._finding(name, state, bad, reasons)
        yield Passed(f"median brightness {usual['brightness'][0]:.3g}, median shorter side {side:,.0f} pixels")

    def _reasons(
        self, state: PictureFactsState, usual: Mapping[str, tuple[float, float]], side: float
    ) -> list[list[str]]:
        level, contrast = state.fact("brightness"), _log(state.fact("contrast"))
        sharp = _log(_sharpness(state))
        small = np.minimum(state.fact("width"), state.fact("height")) < side / 4
        marks: dict[str, Bools] = {
            "dark": self._below(level, usual["brightness"]),
            "bright": self._below(-level, (-usual["brightness"][0], usual["brightness"][1])),
            "flat": self._below(contrast, usual["log contrast"]) & (contrast < usual["log contrast"][0] - np.log(4)),
            "blurred": self._below(sharp, usual["log sharpness"]) & (sharp < usual["log sharpness"][0] - np.log(8)),
            "small": small,
        }
        seen = state.decoded & ~state.one_value & ~(state.fact("contrast") < _BLANK * np.exp(usual["log contrast"][0]))
        return [[word for word, mark in marks.items() if mark[i]] if seen[i] else [] for i in range(len(seen))]

    def _below(self, values: Floats, usual: tuple[float, float]) -> Bools:
        centre, spread = usual
        found: Bools = values < centre - self.limit * spread if spread > 0 else np.zeros(len(values), dtype=bool)
        return found

    def _finding(self, name: str, state: PictureFactsState, bad: Bools, reasons: list[list[str]]) -> Finding:
        counts = Counter(word for found in reasons for word in found)
        said = ", ".join(f"{n:,} {word}" for word, n in counts.most_common())
        n = int(bad.sum())
        columns = {
            "found": ["; ".join(found) for found in reasons],
            "brightness": state.fact("brightness"),
            "contrast": state.fact("contrast"),
            "sharpness": state.fact("sharpness"),
            "width": state.fact("width").astype(int).tolist(),
            "height": state.fact("height").astype(int).tolist(),
        }
        return Finding(
            f"{plural(n, 'picture')} of {len(bad):,} in {name} {'stands' if n == 1 else 'stand'} out from the set as "
            f"poor: {said}",
            splits=(name,),
            rows=picture_rows(state, bad),
            row_count=n,
            evidence={"table": fact_table("Pictures of poor quality, against the set", state, bad, columns)},
            fix="Look at these pictures and their labels; drop those in which a person could not tell the class.",
        )


def _sharpness(state: PictureFactsState) -> Floats:
    """Return the sharpness of each picture as if all had one contrast."""
    contrast = state.fact("contrast")
    with np.errstate(all="ignore"):
        sharp: Floats = state.fact("sharpness") / (contrast * contrast)
    return sharp


def _relative(facts: Mapping[str, PictureFactsState]) -> Floats:
    return np.concatenate([_sharpness(state)[state.decoded] for state in facts.values()])


def _log(values: Floats) -> Floats:
    with np.errstate(all="ignore"):
        logs: Floats = np.log(np.where(values > 0, values, np.nan))
    return logs


def _centre(values: Floats) -> tuple[float, float]:
    """Return the median, and the median absolute deviation scaled to a normal distribution; NaN left out."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 0.0
    median = float(np.median(known))
    with np.errstate(over="ignore"):
        return median, 1.4826 * float(np.median(np.abs(known - median)))
