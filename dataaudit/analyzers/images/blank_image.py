"""IMG103 blank-image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import number, percent, plural
from dataaudit.analyzers.images.common import fact_table, need_pictures, picture_rows
from dataaudit.model import Bools, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState
from dataaudit.stats.pixels import Pixels


@register
@dataclass(frozen=True)
class BlankImage:
    """Pictures of one colour, or with next to no information.

    ## Why it matters
    Nothing in a blank picture tells its class: the label is learnt by heart, and standardising such a picture by its
    own deviation divides by zero. Most are failed downloads, placeholders or frames before the shutter opened.

    ## How it decides
    A picture is blank if each channel holds a single value, or if the largest standard deviation of a channel is
    below `contrast` of full scale (0.5 %: what JPEG makes of one colour stays below 0.2 %, the flattest of 300
    photographs has 7 %). Up to 1 %, and up to 4 % with less than 0.3 bits of entropy a pixel (a dot on an empty
    page), it is blank if the median picture has ten times that contrast. Full scale is 255 for files, and the
    widest range of a channel in the split for arrays. Alpha is left out.

    ## What to do
    Fetch these pictures again, or remove them with their labels.

    ## When to ignore it
    Empty pictures are a class of their own (background tiles, closed shutters).

    ## When it cannot tell
    A picture of noise without content is not blank by this measure.
    """

    code: ClassVar[str] = "IMG103"
    name: ClassVar[str] = "blank-image"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "teaches labels that the pictures do not show"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    contrast: float = option(0.005, "standard deviation, as a share of full scale, up to which a picture is blank")
    allowed: int = option(0, "blank pictures that are tolerated in a split")

    def needs(self) -> tuple[PictureFacts, Pixels]:
        return (PictureFacts(), Pixels())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        facts = need_pictures(splits)
        least: list[float] = []
        for name, state in facts.items():
            contrasts = state.fact("contrast")
            contrasts = contrasts[~np.isnan(contrasts)]
            if not len(contrasts):
                continue
            scale, usual = _full_scale(splits[name]), float(np.median(contrasts))
            least.append(float(contrasts.min()))
            blank = self._blank(state, scale, usual)
            if int(blank.sum()) > self.allowed:
                yield self._finding(name, state, blank, scale, usual)
        if not least:
            raise NotApplicable("no picture could be decoded")
        yield Passed(f"the flattest picture has std {number(min(least))}")

    def _blank(self, state: PictureFactsState, scale: float, usual: float) -> Bools:
        contrast = state.fact("contrast")
        flat = contrast < self.contrast * scale
        stands_out = contrast < usual / 10
        empty = (contrast < 8 * self.contrast * scale) & (state.fact("information") < 0.3)
        found: Bools = state.one_value | flat | (stands_out & ((contrast < 2 * self.contrast * scale) | empty))
        return found & state.decoded

    def _finding(self, name: str, state: PictureFactsState, blank: Bools, scale: float, usual: float) -> Finding:
        n, one = int(blank.sum()), int((blank & state.one_value).sum())
        bright = state.fact("brightness")[blank]
        colours = _colours(bright / scale if scale else bright)
        what = "one colour" if one == n else f"one colour to the pixel in {one:,}, all but one colour in the rest"
        what = "next to no contrast" if not one else what
        message = (
            f"{plural(n, 'picture')} of {len(blank):,} in {name} ({percent(n / len(blank))}) "
            f"{'is' if n == 1 else 'are'} blank: {what}, {colours}; the median picture has std {number(usual)}"
        )
        columns = {
            "brightness": state.fact("brightness"),
            "std": state.fact("contrast"),
            "one value": state.one_value.tolist(),
        }
        return Finding(
            message,
            splits=(name,),
            rows=picture_rows(state, blank),
            row_count=n,
            evidence={"median_std": usual, "table": fact_table("Blank pictures", state, blank, columns)},
            fix="Fetch these pictures again, or remove them together with their labels.",
        )


def _full_scale(split: SplitView) -> float:
    """Return the range of pixels: the format's for files, what is there for arrays, each split for itself."""
    if split.schema.pictures:
        return 255.0
    channels = split.get(Pixels()).channels
    with np.errstate(over="ignore", invalid="ignore"):
        widest = float((channels.high - channels.low).max())  # channels may have been moved apart
    return widest if widest > 0 and np.isfinite(widest) else 0.0


def _colours(shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> str:
    counts = {
        "black": int((shares < 0.03).sum()),
        "white": int((shares > 0.97).sum()),
    }
    counts["grey or coloured"] = len(shares) - sum(counts.values())
    named = [f"{count:,} {word}" for word, count in counts.items() if count]
    return named[0].split(" ", 1)[1] if len(named) == 1 else ", ".join(named)
