"""BAT118 stage-spoils-values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from dataaudit.analyzers.common import plural, some
from dataaudit.analyzers.stages.stage_moves_rows import stages_of
from dataaudit.model import Finding, Floats, Passed, Severity, SplitView, StageFacts, option
from dataaudit.registry import register

Told = tuple[str, str, Severity, str]
"""What a stage did, in words and in a word, how bad it is, and what to do."""


@register
@dataclass(frozen=True)
class StageSpoilsValues:
    """A stage that loses what the inputs held: NaN, zeros, few levels, cut-off values, exchanged axes or channels.

    ## Why it matters
    A pipeline fails silently: the batch that the network is fed has the right shape and type, and no longer holds the
    picture.

    ## How it decides
    Between each stage and the next: values that are not finite and were (error); rows of zeros that were not (error
    from `share` of the rows on, else a warning), or else pictures of one colour that were not (warning); at most four
    distinct values a row where there were sixteen or more, as casting 0…1 to whole numbers leaves (error, unless rows
    or pictures are blank anyway); `clipped` of all values, or more, at the very lowest or highest, and five times as
    many as before (warning); columns that became constant (warning); values 100 to 1,000 times smaller than those of a
    stage that already lay within 0…1 (warning). Where levels went, neither ends nor scale are judged. Pictures
    are compared by small copies of up to 256 of them, and of four at least: a transposed copy that resembles the stage
    before more than the copy itself says that width and height were exchanged; the first channel resembling the last
    more than the first says the same of RGB and BGR. Both are warnings where nine in ten of the pictures that tell the
    two apart say so (correlations of 0.9 that differ by 0.005), one in twenty of all and four at least.

    ## What to do
    Look at the pictures beside each other, and mend the stage that is named.

    ## When to ignore it
    The stage is meant to do it: a mask of two levels, a histogram that is cut off, a model that wants BGR.

    ## When it cannot tell
    It always can, for what it looks at: data given in stages.
    """

    code: ClassVar[str] = "BAT118"
    name: ClassVar[str] = "stage-spoils-values"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "feeds inputs that a stage has spoilt"
    tips: ClassVar[tuple[str, ...]] = ("37.1", "37.14")

    share: float = option(0.01, "share of the rows that became blank, from which it is an error")
    clipped: float = option(0.05, "share of values at the very lowest or highest that counts as cut off")

    def needs(self) -> tuple[()]:
        return ()

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        view = next(iter(splits.values()))
        stages = stages_of(view)
        for before, after in pairwise(stages):
            for said, word, severity, fix in (*self._values(before, after), *_pictures(before, after)):
                yield Finding(
                    f"The stage {after.name!r} {said}",
                    splits=(view.name,),
                    severity=severity,
                    evidence={"before": _facts(before), "after": _facts(after)},
                    fix=fix,
                    place=f"{before.name}>{after.name} {word}",
                )
        yield Passed(f"{plural(len(stages), 'stage')} keep what the inputs hold")

    def _values(self, before: StageFacts, after: StageFacts) -> Iterator[Told]:
        yield from _not_finite(before, after)
        blank = list(self._blank(before, after))
        yield from blank
        if before.levels >= 16 and after.levels <= 4:
            if not blank:
                yield (
                    f"leaves {after.levels:.2g} distinct values a row where {before.name!r} has {before.levels:,.0f}",
                    "levels",
                    Severity.ERROR,
                    "Scale to 0…255 before a cast to bytes, or stay with floats.",
                )
            return
        for end, now, was in zip(("lowest", "highest"), after.at_ends, before.at_ends, strict=True):
            if now >= max(self.clipped, 5 * was):
                yield (
                    f"puts {now:.0%} of the values at the {end} one, where {before.name!r} has {was:.1%}",
                    f"clipped {end}",
                    Severity.WARNING,
                    "Look at its clipping, and at the range that it takes the values to have.",
                )
        yield from _scaled_away(before, after)

    def _blank(self, before: StageFacts, after: StageFacts) -> Iterator[Told]:
        zeros, plain = after.zero_rows - before.zero_rows, after.plain_rows - before.plain_rows
        if zeros > 0:
            yield (
                f"makes {plural(zeros, 'row')} all zero that were not",
                "zeros",
                Severity.ERROR if zeros >= self.share * after.n_rows else Severity.WARNING,
                "Look at what it divides by, and at casts to whole numbers.",
            )
        elif plain > 0:
            yield (
                f"makes {plural(plain, 'picture')} of {len(after.looked_at):,} looked at one colour",
                "plain",
                Severity.WARNING,
                "Look at the crop, and at casts to whole numbers.",
            )


def _not_finite(before: StageFacts, after: StageFacts) -> Iterator[Told]:
    for word, more in (("NaN", after.missing - before.missing), ("infinity", after.infinite - before.infinite)):
        if more > 0:
            yield (
                f"makes {plural(more, 'value')} {word} that {'was' if more == 1 else 'were'} not",
                word,
                Severity.ERROR,
                "Look for a division by zero, a logarithm of zero, or an overflow of half precision.",
            )


def _scaled_away(before: StageFacts, after: StageFacts) -> Iterator[Told]:
    flat = _became_constant(before, after)
    if flat:
        yield (
            f"makes {plural(len(flat), 'column')} constant: {some([str(name) for name in flat], 5)}",
            "constant",
            Severity.WARNING,
            "Look at what it divides by and at missing categories.",
        )
    ratio = _shrunk(before, after)
    if ratio:
        yield (
            f"makes values {ratio:,.0f} times smaller, which lay within 0…1 in {before.name!r} already",
            "divided twice",
            Severity.WARNING,
            "Divide by 255 once: ToTensor() and read functions of many libraries have done so before.",
        )


def _facts(stage: StageFacts) -> dict[str, object]:
    return {
        "stage": stage.name, "holds": stage.what, "rows": stage.n_rows, "missing": stage.missing,
        "infinite": stage.infinite, "rows of zeros": stage.zero_rows, "levels": round(stage.levels, 1),
    }  # fmt: skip


def _became_constant(before: StageFacts, after: StageFacts) -> list[object]:
    was = dict(zip(before.columns, before.std.tolist(), strict=True))
    return [
        name
        for name, std in zip(after.columns, after.std.tolist(), strict=True)
        if std == 0 and was.get(name, 0.0) > 0 and after.n_rows > 1
    ]


def _shrunk(before: StageFacts, after: StageFacts) -> float:
    """Return by how much a stage made values smaller that lay within 0…1, 0.0 where it did not."""
    if not len(before.high) or not len(after.high) or before.picture is None:
        return 0.0
    was, now = float(np.nanmax(before.high)), float(np.nanmax(after.high))
    if not (0.05 < was <= 1.0 and np.nanmin(before.low) >= 0 and np.nanmin(after.low) >= 0 and now > 0):
        return 0.0
    return was / now if 100 <= was / now <= 1000 else 0.0


# ---------------------------------------------------------------- pictures


def _pictures(before: StageFacts, after: StageFacts) -> Iterator[Told]:
    n = min(len(before.sketch), len(after.sketch))
    if before.picture is None or after.picture is None or n < 4 or before.n_rows != after.n_rows:
        return
    side = round(np.sqrt(after.sketch.shape[1]))
    turned = after.sketch.reshape(-1, side, side).swapaxes(1, 2).reshape(len(after.sketch), -1)
    straight, across = _likeness(before.sketch[:n], after.sketch[:n]), _likeness(before.sketch[:n], turned[:n])
    if _clearly(across, straight):
        yield (
            "exchanges width and height: its pictures, transposed, resemble those before more",
            "transposed",
            Severity.WARNING,
            "Arrays are (height, width); Pillow's sizes are (width, height).",
        )
    if before.colours is None or after.colours is None:
        return
    same = _likeness(before.colours[:n, 0], after.colours[:n, 0])
    other = _likeness(before.colours[:n, 0], after.colours[:n, 2])
    back = _likeness(before.colours[:n, 2], after.colours[:n, 0])
    if _clearly(np.minimum(other, back), same):
        yield (
            f"exchanges red and blue: its first channel is the last one of {before.name!r}",
            "channels",
            Severity.WARNING,
            "OpenCV reads BGR: x[..., ::-1] brings it back to RGB.",
        )


def _likeness(left: Floats, right: Floats) -> Floats:
    """Return the correlation of each row's two looks, shape (n,)."""
    found: Floats = (left * right).mean(axis=1)
    return found


def _clearly(one: Floats, other: Floats) -> bool:
    """Return whether pictures are surely more alike in one way than in another.

    Most pictures are nearly as alike either way (sky is as blue in any channel): those that tell the two ways apart
    have to agree, nine in ten of them, and to be one in twenty at least.
    """
    telling = np.abs(one - other) > _APART
    n = int(telling.sum())
    return n >= max(4, 0.05 * len(one)) and bool(((one > other) & (one > _ALIKE))[telling].mean() >= 0.9)


_APART, _ALIKE = 0.005, 0.9
"""Differences of correlation that resizing does not make, and the least correlation of what is the same picture."""
