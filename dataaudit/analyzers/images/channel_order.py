"""IMG105 channel-order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.common import joined, plural, train_of
from dataaudit.analyzers.images.common import need_pictures
from dataaudit.analyzers.leakage.colour_order import channels_reversed
from dataaudit.model import Finding, NotApplicable, Passed, Severity, SplitView
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample


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
    Their means over a split, class by class, are compared with train's as they are and reversed (squared Mahalanobis
    distance with the sampling error over pictures of both splits, and Hotelling's correction for few pictures). A
    split is flagged if it is 20.5 or more from train (chi-squared of 5 numbers, p = 0.001), at most 15.1 from train
    reversed (p = 0.01), and 14 nearer to the latter: a likelihood ratio of exp(14 / 2), about 1,000. Red and blue
    exchanged in 20, 40 and 100 small photographs were found in 17, 38 and 40 of 40 (`benchmarks/drift_calibration.py`).
    Pixels that both splits have on the scale of a preset with statistics of its own for each channel (ImageNet, CLIP,
    CIFAR-10) are looked at a second time without it, 2,048 pictures at most: exchanged before normalisation, one
    channel is not the other's mirror image any more (of 24 samples of CIFAR-10's test pictures exchanged so, 60 to 300
    each, 23 were found, and none of 24 that were not).
    Where two or more other splits agree against train, train is the one named. LEA104 looks at the same numbers:
    where it runs, it is the one that reports. Where half of the pictures or more have three equal channels, a note
    says so.

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

    def needs(self) -> tuple[PictureFacts, Sample, Pixels, BatchLog]:
        return (PictureFacts(), Sample(), Pixels(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        facts = need_pictures(splits)
        coloured = sum(int(_colour(state).sum()) for state in facts.values())
        grey = sum(int((state.grey & ~state.one_value).sum()) for state in facts.values())
        if not coloured and not grey:
            raise NotApplicable("the pictures have one channel")
        if grey >= max(1, coloured):
            yield self._grey(facts, grey, coloured)
        train = train_of(splits)
        odd = {s.name: apart for s in splits.values() if s is not train and (apart := channels_reversed(train, s))}
        if odd and not train.context.runs("LEA104"):
            yield _swapped(odd, train.name, len(splits))
        told = f"; red and blue are exchanged in {joined(list(odd))}, which LEA104 reports" if odd else ""
        yield Passed(f"{plural(coloured, 'colour picture')}{told}")

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


def _swapped(odd: Mapping[str, tuple[float, float]], train: str, n_splits: int) -> Finding:
    """Return what is exchanged: the splits that differ from train, or train where two or more agree against it."""
    same, turned = max(odd.values())
    is_train = len(odd) >= 2 and len(odd) == n_splits - 1
    where, reference = ([train], joined(list(odd))) if is_train else (list(odd), train)
    return Finding(
        f"Red and blue are exchanged in {joined(where)}: its colours are {same:.0f} squared sampling errors from "
        f"those of {reference}, and {turned:.0f} once the channels are reversed (15 or less is chance)",
        splits=tuple(where),
        confidence=1.0 - 1e-4,
        evidence={
            "table": {
                "caption": f"How far each split's colours are from those of {train}, in squared sampling errors",
                "columns": ["split", "as they are", "channels reversed"],
                "rows": [[name, round(apart[0], 1), round(apart[1], 1)] for name, apart in odd.items()],
            },
        },
        fix="- image = cv2.imread(path)\n+ image = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)",
    )
