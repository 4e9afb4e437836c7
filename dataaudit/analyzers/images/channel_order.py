"""IMG105 channel-order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import number, train_of
from dataaudit.analyzers.images.common import need_pictures
from dataaudit.model import Finding, Floats, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.registry import register
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState

_UNLIKE, _LIKE = 20.5, 15.1
"""Upper 0.1 % and 1 % points of chi-squared with 5 degrees of freedom."""
_NUMBERS = ("red - blue", "tilt", "slope", "rise", "green_gap")
"""Level, deviation, against lightness (shadows are bluish), from bottom to top (skies are blue), against green."""


@dataclass(frozen=True)
class Tilt:
    """How red and blue differ over the pictures of a split.

    Attributes
    ----------
    n : int
        Colour pictures.
    mean : ndarray of float64, shape (5,)
        Of five numbers of a picture that change sign when red and blue are exchanged, `_NUMBERS`.
    error : ndarray of float64, shape (5, 5)
        Covariance of that mean, from one picture to the next.
    """

    n: int
    mean: Floats
    error: Floats


@register
@dataclass(frozen=True)
class ChannelOrder:
    """A split whose red and blue are exchanged, or grey pictures stored as colour.

    ## Why it matters
    Skies turn orange and faces blue. OpenCV reads blue first, Pillow red first: a validation set read by another
    library than train scores a network on colours it never saw, and nothing fails.

    ## How it decides
    Each colour picture gives five numbers that change sign when red and blue are exchanged: red minus blue in level,
    in deviation, along lightness, and from bottom to top, and how much further red is from green than blue is.
    Their means over a split are compared with the reference as it is and with the reference reversed (squared
    Mahalanobis distance with the sampling error over pictures of both splits, and Hotelling's correction for few
    pictures). A split is flagged if it is 20.5 or more from the reference (chi-squared of 5 numbers, p = 0.001), at
    most 15.1 from the reference reversed (p = 0.01), and `margin` nearer to the latter: a likelihood ratio of
    exp(14 / 2), about 1,000. Of 49 clean splits of 20 to 60 photographs none came nearer than -9; of the same
    splits with red and blue exchanged 42 were found. The reference is train; where two or more other splits agree
    against it, train is the one named. Where half of the pictures or more have three equal channels, a note says so.

    ## What to do
    Convert where the pictures are read: `image[..., ::-1]`, or `cv2.cvtColor(image, cv2.COLOR_BGR2RGB)`.

    ## When to ignore it
    The splits show different things (day and night, other cameras) whose colours happen to mirror each other.

    ## When it cannot tell
    With fewer than 20 colour pictures a split; if all splits are reversed alike; where red and blue do not differ.
    """

    code: ClassVar[str] = "IMG105"
    name: ClassVar[str] = "channel-order"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "shows the network other colours in one split than in another"
    tips: ClassVar[tuple[str, ...]] = ("37.1", "37.14")

    margin: float = option(14.0, "how much nearer the reversed reference must be, in squared sampling errors")

    def needs(self) -> tuple[PictureFacts]:
        return (PictureFacts(),)

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        facts = need_pictures(splits)
        coloured = sum(int(_colour(state).sum()) for state in facts.values())
        grey = sum(int((state.grey & ~state.one_value).sum()) for state in facts.values())
        if not coloured and not grey:
            raise NotApplicable("the pictures have one channel")
        if grey >= max(1, coloured):
            yield self._grey(facts, grey, coloured)
        tilts = {name: tilt for name, state in facts.items() if (tilt := _tilt(state)) is not None}
        train = train_of(splits).name
        if len(tilts) >= 2 and train in tilts:
            odd = self._odd(tilts, train)
            if odd:
                yield _swapped(odd, tilts, train)
        levels = ", ".join(f"{name} {number(float(t.mean[0]))}" for name, t in tilts.items())
        yield Passed(f"red minus blue: {levels}" if tilts else f"{coloured:,} colour pictures, too few to compare")

    def _odd(self, tilts: Mapping[str, Tilt], train: str) -> list[str]:
        off = [name for name in tilts if name != train and self._reversed(tilts[name], tilts[train])]
        if len(off) >= 2 and len(off) == len(tilts) - 1:
            return [train]
        return off

    def _reversed(self, one: Tilt, reference: Tilt) -> bool:
        same, turned = _distance(one, reference, 1.0), _distance(one, reference, -1.0)
        return same >= _UNLIKE and turned <= _LIKE and same - turned >= self.margin

    def _grey(self, facts: Mapping[str, PictureFactsState], grey: int, coloured: int) -> Finding:
        head = f"{grey:,} of {grey + coloured:,}" if coloured else f"All {grey:,}"
        return Finding(
            f"{head} pictures are grey but stored in three equal channels: one channel holds the same",
            splits=tuple(facts),
            severity=Severity.NOTE,
            place="grey",
            evidence={"grey": grey, "colour": coloured},
            fix='+ image = image.convert("L")   # or keep three channels for a network pretrained on colour',
        )


def _colour(state: PictureFactsState) -> Any:
    return state.decoded & ~state.grey & np.isfinite(state.fact("red"))


def _tilt(state: PictureFactsState) -> Tilt | None:
    at = _colour(state)
    level = state.fact("red") - state.fact("blue")
    numbers = np.stack([level, *(state.fact(name) for name in _NUMBERS[1:])])[:, at]
    numbers = numbers[:, (np.abs(numbers) < 1e30).all(axis=0)]
    n = numbers.shape[1]
    if n < 20:
        return None
    mean = numbers.sum(axis=1) / n
    return Tilt(n, mean, np.cov(numbers) / n)


def _distance(one: Tilt, reference: Tilt, sign: float) -> float:
    """Return the squared Mahalanobis distance of two means, the reference's taken with a sign; 0 if undefined."""
    gap, error = one.mean - sign * reference.mean, one.error + reference.error
    scale = np.sqrt(np.diag(error))
    if not (scale > 0).all():
        return 0.0
    correlation = error / np.outer(scale, scale)
    roots, axes = np.linalg.eigh(correlation)
    if roots.min() < 1e-9:
        return 0.0
    n, p = min(one.n, reference.n), len(gap)
    squared = float((((gap / scale) @ axes) ** 2 / roots).sum())
    return squared * (n - p) / (n - 1)


def _swapped(odd: list[str], tilts: Mapping[str, Tilt], train: str) -> Finding:
    reference = next(name for name in tilts if name not in odd) if train in odd else train
    one = tilts[odd[0]]
    same, turned = _distance(one, tilts[reference], 1.0), _distance(one, tilts[reference], -1.0)
    rows = [
        [
            name,
            t.n,
            *(
                f"{number(float(m))} ± {number(float(e))}"
                for m, e in zip(t.mean, np.sqrt(np.diag(t.error)), strict=True)
            ),
        ]
        for name, t in tilts.items()
    ]
    return Finding(
        f"Red and blue are exchanged in {' and '.join(odd)}: its colours are {same:.0f} squared sampling errors from "
        f"those of {reference}, and {turned:.0f} once the channels are reversed (15 or less is chance)",
        splits=tuple(odd),
        confidence=1.0 - 1e-4,
        evidence={
            "distance": same,
            "distance_reversed": turned,
            "table": {
                "caption": "What tells red from blue, mean over the pictures of each split and standard error",
                "columns": ["split", "colour pictures", *_NUMBERS],
                "rows": rows,
            },
        },
        figure={
            "kind": "ticks",
            "caption": "Red minus blue of each split",
            "axis": "red minus blue",
            "items": [{"label": name, "values": [round(float(t.mean[0]), 4)]} for name, t in tilts.items()],
        },
        fix="- image = cv2.imread(path)\n+ image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)",
    )
