"""NRM108 preset-mismatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import is_altered
from dataaudit.analyzers.common import joined, model_ready, number
from dataaudit.analyzers.normalization.twice import is_standard, twice_normalised
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, option
from dataaudit.presets import PRESETS, Preset, off_by, parse_preset
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.pixels import Pixels


@register
@dataclass(frozen=True)
class PresetMismatch:
    """Pictures on another scale than the one that was declared.

    ## Why it matters
    A pretrained network expects black and white where its own training put them. Another preset shifts and
    stretches every channel; the network still answers, only worse, and nothing fails.

    ## How it decides
    Only where a preset was declared, on data that the network is fed. In each split, the smallest and largest pixel
    of each channel are compared with where each preset puts black and white; pixels beyond these ends count ten
    times, since no picture can be there. It is an error if another preset, or the declared one with its
    channels in reverse, is at most 12 % off and `times` closer than the declared one, which must be 4 % off or more;
    or if pixels lie more than 10 % of the range beyond the declared ends (the whole range where a loader alters its
    inputs at random). "standard" asks for mean 0 and deviation 1 in each channel of the first split (|mean| <= 0.5,
    std 1/3 to 3). A preset of another number of channels is an error too.

    ## What to do
    Apply the declared preset to raw pixels, once; or declare the one that was applied.

    ## When to ignore it
    Random noise or colour changes that leave black..white on purpose.

    ## When it cannot tell
    Where no preset was declared, or pictures reach neither black nor white.
    """

    code: ClassVar[str] = "NRM108"
    name: ClassVar[str] = "preset-mismatch"
    severity: ClassVar[Severity] = Severity.ERROR
    consequence: ClassVar[str] = "feeds a pretrained network another scale than its own"
    tips: ClassVar[tuple[str, ...]] = ("37.14",)

    times: float = option(3.0, "how many times closer another preset must be than the declared one")

    def needs(self) -> tuple[Pixels, BatchLog]:
        return (Pixels(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        first = next(iter(splits.values()))
        if first.schema.pixels is None:
            raise NotApplicable("the data is no array of pictures")
        if first.context.preset is None:
            raise NotApplicable("no preset was declared")
        if not model_ready(first.context):
            raise NotApplicable("the pictures are raw: the preset is still to be applied")
        declared = parse_preset(first.context.preset)
        if twice_normalised(splits, declared) is not None:
            raise NotApplicable("the pictures were normalised twice; NRM103 says how")
        seen = {n: s.get(Pixels()).channels for n, s in splits.items() if s.n_rows}
        seen = {n: c for n, c in seen.items() if (c.n > 0).all()}
        if not seen:
            raise CannotTell("a channel has no finite pixel in any split")
        channels = next(iter(seen.values()))
        if declared is None:
            yield from self._standard(channels, splits)
            return
        if declared.ends(len(channels.n)) is None:
            yield self._channels(declared, len(channels.n), splits)
            return
        names = [name for name, c in seen.items() if not self._fits(declared, c, altered=is_altered(splits[name]))]
        if names:
            yield self._finding(declared, names, seen, splits)
            return
        if all(_distance(declared, c) > 0.5 for c in seen.values()):
            raise CannotTell(f"pixels reach neither black nor white of {declared.label}, nor of any other preset")
        yield Passed(f"pixels lie where {declared.label} puts them (off by {_distance(declared, channels):.1%})")

    def _fits(self, declared: Preset, channels: MomentsState, *, altered: bool) -> bool:
        here = _distance(declared, channels)
        nearest, distance = _nearest(declared, channels)
        if here < 0.04:
            return True
        another = nearest is not None and distance <= 0.12 and here >= self.times * distance
        return not another and here <= (_BEYOND if altered else 1.0)

    def _standard(self, channels: MomentsState, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        if not is_standard(channels):
            near = _nearest(None, channels)
            looks = f"; they are on the scale {near[0].label}" if near[0] is not None and near[1] <= 0.12 else ""
            yield Finding(
                f"Pixels were declared standardised, but channels have mean {_triple(channels.mean)} and std "
                f"{_triple(channels.std)}{looks}",
                splits=tuple(splits),
                evidence=_table(None, channels),
                fix="+ x = (x - mean) / std   # per channel, of train",
            )
        yield Passed(f"channels have mean {_triple(channels.mean)} and std {_triple(channels.std)}")

    def _channels(self, declared: Preset, n: int, splits: Mapping[str, SplitView]) -> Finding:
        return Finding(
            f"The declared preset {declared.label} has {len(declared.mean)} channels, the pictures have {n}",
            splits=tuple(splits),
            fix="Repeat a grey channel three times, or declare the preset of the data.",
        )

    def _finding(
        self, declared: Preset, names: list[str], seen: Mapping[str, MomentsState], splits: Mapping[str, SplitView]
    ) -> Finding:
        channels = seen[names[0]]
        here = _distance(declared, channels)
        nearest, distance = _nearest(declared, channels)
        low, high = float(channels.low.min()), float(channels.high.max())
        where = "" if len(names) == len(splits) else f" of {joined(names)}"
        looks = (
            f"they are on the scale {nearest.label} (off by {distance:.1%})"
            if nearest is not None and distance <= 0.12
            else "they are on no known scale"
        )
        return Finding(
            f"{declared.label} was declared, but pixels{where} run from {number(low)} to {number(high)}, which is "
            f"{_percent(here)} off its ends; {looks}",
            splits=tuple(names),
            evidence={
                "declared": declared.name,
                "nearest": nearest.name if nearest else None,
                **_table(declared, channels),
            },
            figure={
                "kind": "ticks",
                "caption": "Smallest and largest pixel of each channel, and black and white under two presets",
                "axis": "pixel",
                "items": [
                    {"label": "observed", "values": _ends(channels.low, channels.high)},
                    *({"label": p.label, "values": _ends(*ends)} for p in (declared, nearest)
                      if p is not None and (ends := p.ends(len(channels.n))) is not None),
                ],
            },
            fix=f"+ x = (x / 255 - {declared.mean}) / {declared.std}   # of {declared.label}, once, on raw pixels",
        )  # fmt: skip


_BEYOND = 10.0
"""Largest distance of inputs that a loader alters at random: noise reaches as far beyond the ends as the range is wide,
which counts ten times."""


def _distance(preset: Preset, channels: MomentsState) -> float:
    ends = preset.ends(len(channels.n))
    return float("inf") if ends is None else off_by(channels.low, channels.high, *ends)


def _nearest(declared: Preset | None, channels: MomentsState) -> tuple[Preset | None, float]:
    """Return the closest preset other than the declared one, that one with reversed channels among them."""
    others = [
        p
        for p in PRESETS
        if declared is None or (p.mean, p.std, p.scale) != (declared.mean, declared.std, declared.scale)
    ]
    if declared is not None and len(set(zip(declared.mean, declared.std, strict=True))) > 1:
        turned = replace(
            declared, name=f"{declared.name} reversed", label=f"{declared.label} with its channels in reverse",
            mean=declared.mean[::-1], std=declared.std[::-1],
        )  # fmt: skip
        others.append(turned)
    pairs = [(_distance(p, channels), p) for p in others]
    if not pairs:
        return None, float("inf")
    distance, nearest = min(pairs, key=lambda pair: pair[0])
    return (nearest, distance) if np.isfinite(distance) else (None, distance)


def _ends(low: Any, high: Any) -> list[float]:
    return [round(float(v), 4) for v in (*low, *high)]


def _percent(share: float) -> str:
    return "far" if share > 10 else f"{share:.0%}"


def _triple(values: Any) -> str:
    return ", ".join(number(float(v)) for v in values)


def _table(declared: Preset | None, channels: MomentsState) -> dict[str, Any]:
    ends = declared.ends(len(channels.n)) if declared is not None else None
    columns = ["channel", "min", "max", "mean", "std"] + (["black", "white"] if ends is not None else [])
    rows = []
    for c in range(len(channels.n)):
        row = [c, *(float(v[c]) for v in (channels.low, channels.high, channels.mean, channels.std))]
        rows.append(row + ([float(ends[0][c]), float(ends[1][c])] if ends is not None else []))
    return {
        "table": {
            "caption": "Pixels by channel, and where the declared preset puts them",
            "columns": columns,
            "rows": rows,
        }
    }
