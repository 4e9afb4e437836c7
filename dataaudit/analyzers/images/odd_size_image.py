"""IMG102 odd-size-image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import percent, plural
from dataaudit.analyzers.images.common import fact_table, need_pictures, picture_rows
from dataaudit.model import Bools, CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.picture_facts import MODES, PictureFacts, PictureFactsState

Size = tuple[int, int]
"""Width and height."""
Limits = tuple[tuple[float, float], tuple[float, float]]
"""Least and largest shorter side, least and largest aspect ratio."""


@register
@dataclass(frozen=True)
class OddSizeImage:
    """A few pictures whose size, shape, colour mode or turn is unlike all others.

    ## Why it matters
    A batch of unequal pictures cannot be stacked, or each is stretched to fit: a turned or swapped picture shows
    its object lying on its side, and a grey one among colours has no second and third channel.

    ## How it decides
    Over all splits together, on decoded files. If one size holds all but `share` of the pictures, the others are
    odd; width and height exchanged is named as such, unless more than a tenth are: cameras are held both ways, and
    then both are usual. Photographs of natural, varying size have no such majority:
    there a picture is odd only if its shorter side, or its aspect ratio, lies beyond a gap of `gap` times that
    separates at most 5 % of the pictures from the rest. The same share holds for the colour mode (grey among RGB,
    16 bits among 8, alpha, palette). An EXIF turn that the file asks for is reported wherever it is set: decoders
    such as Pillow and OpenCV's IMREAD_UNCHANGED hand out the picture unturned.

    ## What to do
    Look at these files. Turn what is turned (`PIL.ImageOps.exif_transpose`), convert modes (`convert("RGB")`), and
    resize with the aspect ratio kept, or crop.

    ## When to ignore it
    The loader crops or resizes every picture, applies the EXIF turn, and converts modes.

    ## When it cannot tell
    With fewer than 10 pictures; swapped sides among photographs that come both upright and lying.
    """

    code: ClassVar[str] = "IMG102"
    name: ClassVar[str] = "odd-size-image"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "stretches, turns or drops pictures on the way into a batch"
    tips: ClassVar[tuple[str, ...]] = ("37.1",)

    share: float = option(0.15, "largest share of pictures that counts as a few among many alike")
    gap: float = option(3.0, "factor in side or aspect ratio that separates odd from natural sizes")

    def needs(self) -> tuple[PictureFacts]:
        return (PictureFacts(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        if not next(iter(splits.values())).schema.pictures:
            raise NotApplicable("the rows are no picture files; pictures of an array have one size")
        facts = need_pictures(splits)
        n = sum(int(state.decoded.sum()) for state in facts.values())
        if n < 10:
            raise CannotTell(f"{plural(n, 'picture')} could be decoded, fewer than 10")
        sizes = Counter(size for state in facts.values() for size in _sizes(state))
        modes = Counter(mode for state in facts.values() for mode in _modes(state))
        (size, n_size), (mode, n_mode) = sizes.most_common(1)[0], modes.most_common(1)[0]
        usual = self._usual(sizes, n)
        limits = None if usual else _natural_limits(facts, self.gap)
        usual_mode = mode if n_mode >= (1 - self.share) * n else None
        for name, state in facts.items():
            reasons = _reasons(state, usual, limits, usual_mode)
            odd = np.array([bool(reason) for reason in reasons], dtype=bool)
            if odd.any():
                yield self._finding(name, state, odd, reasons, size if usual else None)
        yield Passed(
            f"{plural(len(sizes), 'size')}, most often {size[0]} x {size[1]} ({percent(n_size / n)}); "
            f"{plural(len(modes), 'mode')}, most often {mode}"
        )

    def _usual(self, sizes: Counter[Size], n: int) -> frozenset[Size]:
        """Return the size that nearly all pictures have, and the same lying where many lie; none if sizes vary."""
        size, n_size = sizes.most_common(1)[0]
        lying = size[::-1]
        if lying != size and sizes[lying] > 0.1 * n:
            found, n_size = frozenset({size, lying}), n_size + sizes[lying]
        else:
            found = frozenset({size})
        return found if n_size >= (1 - self.share) * n else frozenset()

    def _finding(
        self, name: str, state: PictureFactsState, odd: Bools, reasons: list[list[str]], usual: Size | None
    ) -> Finding:
        n = int(odd.sum())
        kinds = Counter(reason for found in reasons for reason in found)
        said = "; ".join(f"{count:,} {kind}" for kind, count in kinds.most_common(4))
        said += f"; and {len(kinds) - 4:,} other ways" if len(kinds) > 4 else ""
        rest = f", where the others are {usual[0]} x {usual[1]}" if usual else ""
        columns = {
            "width": state.fact("width").astype(int).tolist(),
            "height": state.fact("height").astype(int).tolist(),
            "mode": [MODES[int(m)] for m in state.fact("mode")],
            "EXIF turn": state.fact("turn").astype(int).tolist(),
            "odd in": ["; ".join(found) for found in reasons],
        }
        turned = any("EXIF" in kind for kind in kinds)
        return Finding(
            f"{plural(n, 'picture')} of {len(odd):,} in {name} {'is' if n == 1 else 'are'} unlike the rest"
            f"{rest}: {said}",
            splits=(name,),
            rows=picture_rows(state, odd),
            row_count=n,
            evidence={"table": fact_table("Odd pictures", state, odd, columns)},
            fix="+ image = ImageOps.exif_transpose(image)"
            if turned
            else "Look at these files; resize, turn or convert.",
        )


def _sizes(state: PictureFactsState) -> list[Size]:
    at = state.decoded
    widths, heights = state.fact("width")[at], state.fact("height")[at]
    return [(int(w), int(h)) for w, h in zip(widths, heights, strict=True)]


def _modes(state: PictureFactsState) -> list[str]:
    return [MODES[int(m)] or "another mode" for m in state.fact("mode")[state.decoded]]


def _reasons(
    state: PictureFactsState,
    usual: frozenset[Size],
    limits: Limits | None,
    usual_mode: str | None,
) -> list[list[str]]:
    """Return in what each picture is odd, nothing where it is not."""
    found: list[list[str]] = []
    facts = (state.fact(name).astype(int).tolist() for name in ("width", "height", "mode", "turn"))
    for decoded, width, height, mode, turn in zip(state.decoded.tolist(), *facts, strict=True):
        found.append([])
        if not decoded:
            continue
        if usual and (width, height) not in usual:
            swapped = (height, width) in usual
            found[-1].append("with width and height swapped" if swapped else f"of {width} x {height}")
        if limits is not None and not _is_natural(width, height, limits):
            found[-1].append(f"of {width} x {height}")
        if usual_mode is not None and (MODES[mode] or "another mode") != usual_mode:
            found[-1].append(f"in mode {MODES[mode] or 'unknown'} instead of {usual_mode}")
        if 2 <= turn <= 8:
            found[-1].append(f"with an EXIF turn ({_TURNS[turn]}) that is not applied")
    return found


def _is_natural(width: int, height: int, limits: Limits) -> bool:
    side, aspect = limits
    return side[0] <= min(width, height) <= side[1] and aspect[0] <= width / height <= aspect[1]


_TURNS = {2: "mirrored", 3: "180°", 4: "flipped", 5: "mirrored, 90°", 6: "90°", 7: "mirrored, 270°", 8: "270°"}
"""EXIF orientation: what must be done to see the picture upright."""


def _natural_limits(facts: Mapping[str, PictureFactsState], gap: float) -> Limits:
    """Return within which shorter sides and aspect ratios natural pictures lie."""
    sizes = np.array([size for state in facts.values() for size in _sizes(state)], dtype=np.float64)
    return _between_gaps(sizes.min(axis=1), gap), _between_gaps(sizes[:, 0] / sizes[:, 1], gap)


def _between_gaps(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], gap: float) -> tuple[float, float]:
    """Return the ends of the bulk: what is left when at most 5 % beyond a gap on either side are taken away."""
    ordered = np.sort(values)
    n, few = len(ordered), int(0.05 * len(ordered))
    jumps = np.flatnonzero(ordered[1:] >= gap * ordered[:-1])
    low = max((int(j) + 1 for j in jumps if j + 1 <= few), default=0)
    high = min((int(j) for j in jumps if n - 1 - j <= few), default=n - 1)
    return float(ordered[low]), float(ordered[high])
