"""NRM101 not-normalized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from dataaudit.analyzers.batches.common import is_altered
from dataaudit.analyzers.common import (
    capital,
    listing,
    model_ready,
    number,
    numeric_features,
    of_all,
    percent,
    plural,
    train_of,
)
from dataaudit.analyzers.normalization.raw_pixel_range import LEAST_COLUMNS, is_raw_pixels
from dataaudit.analyzers.normalization.scales import Scale, is_heavy, scales
from dataaudit.analyzers.normalization.twice import is_standard
from dataaudit.model import CannotTell, Finding, NotApplicable, Passed, Severity, SplitView, Storage, option
from dataaudit.presets import PRESETS, Closeness, Preset, nearest_presets, undivided
from dataaudit.registry import register
from dataaudit.stats.batch_log import BatchLog
from dataaudit.stats.moments import Moments, MomentsState
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample


@register
@dataclass(frozen=True)
class NotNormalized:
    """Inputs that are fed on a scale that no network starts well on.

    ## Why it matters
    Weights are initialised for inputs of mean 0 and standard deviation 1. Far from it, the first layer saturates or
    its gradients explode, and columns of large numbers drown the rest.

    ## How it decides
    Looks at what is fed: arrays, and tables declared model-ready. A column is on a known scale when, in train, it
    holds small codes (whole numbers from -3 to 3), is standardised (|mean| <= 0.5, std 1/3 to 3), lies within 0 to 1
    or -1 to 1 and fills it, was divided by its largest size, is robustly scaled (median near 0, interquartile range
    0.5 to 2), centred with std 0.01 to 30, or mostly zero and within -1 to 1 (the corner of pictures in 0 to 1). The
    data is flagged when a column on no known scale is also far off: a value beyond 10, std below 0.1, or mean beyond
    5 std (logarithms of counts stay below that); then all columns on no known scale are named. Raw tables are not
    wrong for being raw: they get a note that names the scaler to use.
    For pictures the channels' smallest and largest values are compared with what black and white become under each
    preset (unit, signed unit, ImageNet, CLIP, Caffe, CIFAR-10, MNIST); the nearest two are named with their
    distance, as a share of the preset's range; what the statistics of a preset make of 0..255 is named.
    Flattened pictures, 64 columns or more of which half share one smallest value, are judged by all columns together.
    Standardised pictures pass as well; from a loader, which may add noise and colour changes, those with |mean| <=
    1. Where a loader changes its inputs at random, pixels may leave a preset's black..white by `beyond` of its range,
    with a mean and a deviation that pictures have (0.1 to 0.9, and 0.1 to 0.45, of the range).

    What a loader feeds as whole numbers may be codes for an embedding: where these alone are far off, it is a note.

    ## What to do
    Fit a scaler on train and apply it to all splits.

    ## When to ignore it
    Tree models, which do not mind; a network whose first layer is a normalisation.

    ## When it cannot tell
    With fewer than 10 rows, or without numeric inputs.
    """

    code: ClassVar[str] = "NRM101"
    name: ClassVar[str] = "not-normalized"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "starts the network on inputs of the wrong scale"
    tips: ClassVar[tuple[str, ...]] = ("37.12", "11.1")

    columns: int = option(1, "columns far off any known scale, from which model-ready data is flagged")

    beyond: float = option(0.35, "share of a preset's range by which random changes may leave it")

    def needs(self) -> tuple[Moments, Sample, Pixels, BatchLog]:
        return (Moments(), Sample(), Pixels(), BatchLog())

    def judge_across(self, splits: Mapping[str, SplitView]) -> Iterator[Finding | Passed]:
        train = train_of(splits)
        if train.schema.pictures:
            raise NotApplicable("picture files are bytes until a loader scales them; NRM102 says how")
        if train.schema.pixels:
            yield from self._pixels(train)
            return
        if train.n_rows < 10:
            raise CannotTell(f"{train.name} has {plural(train.n_rows, 'row')}, fewer than 10")
        if is_raw_pixels(train):
            raise NotApplicable("the rows are flattened pictures in 0..255; NRM102 judges them")
        found = list(scales(train))
        if not found:
            raise NotApplicable("no numeric input varies")
        off = [s for s in found if s.kind is None]
        fed = [s for s in off if _is_float(train, s)]  # what a loader gives as whole numbers may be codes
        off = fed if any(s.far for s in fed) else off
        far = [s for s in off if s.far]
        if far and (what := _flat_pictures(train)):
            yield Passed(f"{plural(len(found), 'column')} of flattened pictures, {what}")
            return
        if len(far) < self.columns:
            kinds = Counter(s.kind or "near a known scale" for s in found)
            yield Passed(", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common()))
            return
        yield self._finding(off, len(found), train, splits)

    def _finding(self, off: list[Scale], n_columns: int, train: SplitView, splits: Mapping[str, SplitView]) -> Finding:
        fed = model_ready(train.context)
        off = sorted(off, key=lambda s: -max(abs(s.mean), s.std, 1 / s.std))
        worst = off[0]
        scaler = "RobustScaler" if sum(map(is_heavy, off)) > len(off) / 2 else "StandardScaler"
        scale = f"{listing([worst.name])} has mean {number(worst.mean)} and std {number(worst.std)}"
        head = capital(of_all(len(off), n_columns, "numeric input"))
        message = (
            f"{head} fed on no known scale: {scale}, expected 0 and 1"
            if fed
            else f"{head} raw: {scale}; scale before feeding a network, with statistics of {train.name} alone"
        )
        table = {
            "caption": f"Scale of each input in {train.name}; standardised data has mean 0 and std 1",
            "columns": ["column", "mean", "std", "min", "max", "scaler"],
            "rows": [
                [s.name, s.mean, s.std, s.low, s.high, "RobustScaler" if is_heavy(s) else "StandardScaler"]
                for s in off[:200]
            ],
            "total": len(off),
        }
        return Finding(
            message,
            splits=tuple(splits),
            columns=tuple(s.name for s in off),
            severity=Severity.WARNING if fed and any(_is_float(train, s) for s in off) else Severity.NOTE,
            evidence={"table": table},
            fix=f"+ scaler = {scaler}().fit(X_train)\n+ X_train, X_test = map(scaler.transform, (X_train, X_test))",
        )

    def _pixels(self, train: SplitView) -> Iterator[Finding | Passed]:
        channels = train.get(Pixels()).channels
        if is_raw_pixels(train):
            raise NotApplicable("pixels are in 0..255; NRM102 judges that")
        if not (channels.n > 0).all():
            raise CannotTell("a channel has no finite pixel")
        near = nearest_presets(channels.low, channels.high)
        two = " and ".join(f"{c.preset.label} ({_off(c.distance)})" for c in near[:2])
        # noise and colour changes leave a preset's ends
        standard = is_standard(channels, 1.0 if train.context.kind == "batches" else 0.5)
        if near[0].fits or standard:
            what = near[0].preset.label if near[0].fits else "standardised"
            yield Passed(f"pixels on the scale {what}; nearest presets: {two}")
            return
        if is_altered(train) and (altered := _altered(channels, self.beyond)) is not None:
            yield Passed(f"pixels on the scale {altered.label}, but for random changes; nearest presets: {two}")
            return
        undone = undivided(channels.low, channels.high)
        told = "" if undone is None else f": the statistics of {undone.label}, made for 0..1, applied to 0..255"
        yield Finding(
            f"Pixels range from {number(float(channels.low.min()))} to {number(float(channels.high.max()))} with mean "
            f"{number(float(channels.mean.mean()))} and std {number(float(channels.std.mean()))}, which fits no known "
            f"scale{told or f'; the nearest are {two}'}",
            splits=(train.name,),
            severity=Severity.WARNING if model_ready(train.context) else Severity.NOTE,
            evidence=_channel_evidence(channels, near),
            figure={
                "kind": "ticks",
                "caption": "Mean of each channel, and what the nearest presets turn mid-grey into",
                "axis": "channel mean",
                "items": [
                    {"label": "observed", "values": [round(float(v), 4) for v in channels.mean]},
                    *({"label": c.preset.label, "values": _grey(c, len(channels.n))} for c in near[:2]),
                ],
            },
            fix="+ x = x.astype(np.float32) / 255   # once\n+ x = (x - mean) / std   # per channel, of train",
        )


def _flat_pictures(split: SplitView) -> str:
    """Return how flattened pictures were scaled, all columns by the same numbers; "" where there are none."""
    names = numeric_features(split.context)
    moments, index = split.get(Moments()), split.schema.number_index
    at = np.array([index[name] for name in names], dtype=np.int64)
    at = at[moments.n[at] > 0]
    if len(at) < LEAST_COLUMNS:
        return ""
    n, mean, low = moments.n[at], moments.mean[at], moments.low[at]
    ground, shared = np.unique(low.astype(np.float32), return_counts=True)
    if float(ground[shared.argmax()]) > float(low.min()) + 1e-6 or shared.max() < len(at) / 2:
        return ""  # of a table's columns, each has an end of its own
    middle = float(np.average(mean, weights=n))
    spread = float(np.sqrt(np.average(moments.std[at] ** 2 + (mean - middle) ** 2, weights=n)))
    near = nearest_presets(low.min(keepdims=True), moments.high[at].max(keepdims=True))[0]
    if near.fits and near.preset.name != "bytes":
        return f"on the scale {near.preset.label}"
    return "standardised together" if abs(middle) <= 0.5 and 1 / 3 <= spread <= 3.0 else ""


_NEAR_END, _MEAN, _STD = 0.15, (0.1, 0.9), (0.1, 0.45)
"""Of a preset's range: how near pictures come to black and white, and what mean and deviation they have."""


def _altered(channels: MomentsState, beyond: float) -> Preset | None:
    """Return a preset whose pixels random changes may have made these of, None where there is none."""
    for preset in PRESETS:
        ends = preset.ends(len(channels.n))
        if ends is None or preset.name == "bytes":
            continue
        black, size = ends[0], ends[1] - ends[0]
        low, high, mean = ((v - black) / size for v in (channels.low, channels.high, channels.mean))
        reaches = -beyond <= low.min() and low.max() <= _NEAR_END and high.min() >= 1 - _NEAR_END
        shaped = ((mean >= _MEAN[0]) & (mean <= _MEAN[1])).all()
        spread = channels.std / size
        if reaches and high.max() <= 1 + beyond and shaped and _STD[0] <= spread.min() and spread.max() <= _STD[1]:
            return preset
    return None


def _is_float(split: SplitView, scale: Scale) -> bool:
    return split.context.kind != "batches" or split.schema.by_name[scale.name].storage is Storage.FLOAT


def _off(distance: float) -> str:
    return f"off by {percent(distance)}" if distance <= 1.0 else "far off"


def _grey(near: Closeness, n_channels: int) -> list[float]:
    ends = near.preset.ends(n_channels)
    return [] if ends is None else [round(float(v), 4) for v in (ends[0] + ends[1]) / 2]


def _channel_evidence(channels: MomentsState, near: list[Closeness]) -> dict[str, Any]:
    return {
        "nearest_presets": [{"preset": c.preset.name, "distance": round(c.distance, 4)} for c in near[:4]],
        "table": {
            "caption": "Pixels by channel",
            "columns": ["channel", "mean", "std", "min", "max"],
            "rows": [
                [c, float(channels.mean[c]), float(channels.std[c]), float(channels.low[c]), float(channels.high[c])]
                for c in range(len(channels.n))
            ],
        },
    }
