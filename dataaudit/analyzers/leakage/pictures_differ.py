"""How the pictures of one split differ from train's: scale, channel order, negatives, grey, size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dataaudit.analyzers.common import model_ready, number, percent, plural
from dataaudit.analyzers.leakage.colour_order import channels_reversed
from dataaudit.analyzers.normalization.raw_pixel_range import is_raw_pixels
from dataaudit.model import Bools, Floats, SplitView
from dataaudit.presets import nearest_presets
from dataaudit.probe.two_samples import distance, kolmogorov_p
from dataaudit.stats.moments import MomentsState
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState
from dataaudit.stats.pixels import Pixels

LEAST = 10
"""Pictures below which a split is not compared."""
_ALL = 0.95
"""Share of a split's pictures from which all of them are meant."""


@dataclass(frozen=True)
class Difference:
    """One way in which the pictures differ.

    Attributes
    ----------
    said : str
        With {other} and {train}.
    table : list of list
        Rows of evidence: what, train, other.
    fix : str
        What to write.
    p : float
        Chance of it, at most.
    told : bool
        Whether another rule says it.
    """

    said: str
    table: list[list[Any]]
    fix: str
    p: float
    told: bool = False


def compare_pictures(train: SplitView, other: SplitView) -> Iterator[Difference]:
    """Yield the differences of two splits of pictures; the scale alone where it differs."""
    a, b = train.get(PictureFacts()), other.get(PictureFacts())
    if min(int(a.decoded.sum()), int(b.decoded.sum())) < LEAST:
        return
    if train.schema.pixels is not None:
        scale = _scale(train, other, a, b)
        if scale is not None:
            told = model_ready(train.context) and is_raw_pixels(train) != is_raw_pixels(other)  # NRM102 says it
            yield replace(scale, told=told)
            return
    yield from _grey(a, b)
    yield from _negative(a, b)
    yield from _size(a, b)
    yield from _order(train, other)


# ---------------------------------------------------------------- scale

_SCALES = (
    ("0..255", 0.0, 255.0, "x.astype(np.float32) / 255"),
    ("0..1", 0.0, 1.0, "x / 255"),
    ("-1..1", -1.0, 1.0, "x / 127.5 - 1"),
    ("-0.5..0.5", -0.5, 0.5, "x / 255 - 0.5"),
)


def _scale(train: SplitView, other: SplitView, a: PictureFactsState, b: PictureFactsState) -> Difference | None:
    here, there = train.get(Pixels()).channels, other.get(Pixels()).channels
    if not ((here.n > 0).all() and (there.n > 0).all()):
        return None
    low_a, high_a, low_b, high_b = (
        float(v) for v in (here.low.min(), here.high.max(), there.low.min(), there.high.max())
    )
    range_a, range_b = high_a - low_a, high_b - low_b
    if not (range_a > 0 and range_b > 0):
        return None
    contrast_a, contrast_b = _median(a, "contrast"), _median(b, "contrast")
    ratio = range_b / range_a
    if contrast_a > 0 and contrast_b > 0:  # a few bright pictures widen a range; all pictures' contrast tells more
        ratio = float(np.sqrt(ratio * contrast_b / contrast_a)) if 0.2 < contrast_b / contrast_a / ratio < 5 else 1.0
    moved = low_b < low_a - 0.35 * range_a or low_b > low_a + 0.35 * range_a
    names = [_named(low, high) for low, high in ((low_a, high_a), (low_b, high_b))]
    words = [n or ("standardised" if _standard(m) else None) for n, m in zip(names, (here, there), strict=True)]
    known = None not in words and words[0] != words[1]
    if not (not 1 / 3 < ratio < 3 or (known and moved and not 0.9 < ratio < 1.1)):
        return _presets(here, there)
    times = f"{ratio:.3g} times" if ratio > 1 else f"1/{1 / ratio:.3g} times"
    exact = _factor(low_a, high_a, low_b, high_b)
    if exact is not None:
        said = f"pixels of {{other}} are {exact} times those of {{train}}"
    elif known:
        said = f"pixels of {{other}} are {_worded(words[1])} where those of {{train}} are {_worded(words[0])}"
    else:
        said = f"pixels of {{other}} are on another scale than those of {{train}}: they spread about {times} as far"
    table = [
        ["smallest pixel", number(low_a), number(low_b)], ["largest pixel", number(high_a), number(high_b)],
        ["channel means", _list(here.mean), _list(there.mean)], ["channel stds", _list(here.std), _list(there.std)],
        ["median contrast of a picture", number(contrast_a), number(contrast_b)],
    ]  # fmt: skip
    fix = next(
        (code for word, _, _, code in _SCALES if word == words[0]), "x = transform(x)   # the same in every split"
    )
    return Difference(said, table, fix, 1e-9)


_ON, _OFF = 0.01, 0.05
"""How close to the ends of a preset pixels are that were normalised for it, and how far from those of another."""


def _presets(here: MomentsState, there: MomentsState) -> Difference | None:
    """Return that two splits were normalised for two presets, where both reach black and white of theirs."""
    close = [nearest_presets(m.low, m.high) for m in (here, there)]
    one, two = (found[0] for found in close)
    names = [found.preset.name for found in (one, two)]
    if names[0] == names[1] or max(one.distance, two.distance) > _ON:
        return None
    crossed = [c.distance for found, name in zip(close, reversed(names), strict=True) for c in found
               if c.preset.name == name]  # fmt: skip
    if min(crossed) < _OFF:
        return None
    table = [
        ["scale", one.preset.label, two.preset.label],
        ["smallest pixels", _list(here.low), _list(there.low)], ["largest pixels", _list(here.high), _list(there.high)],
    ]  # fmt: skip
    said = (
        f"pixels of {{other}} are normalised for {two.preset.label} where those of {{train}} are for {one.preset.label}"
    )
    return Difference(said, table, "x = transform(x)   # the same mean and deviation in every split", 1e-9)


def _named(low: float, high: float) -> str | None:
    """Return the scale whose ends some pixels come near, white or black within a twentieth."""
    for name, left, right, _ in _SCALES:
        slack = 0.05 * (right - left)
        if left - 1e-6 <= low <= left + slack and right - slack <= high <= right + 1e-6 * right:
            return name
    return None


def _standard(channels: MomentsState) -> bool:
    return bool((np.abs(channels.mean) <= 0.5).all() and ((channels.std > 0.4) & (channels.std < 2.0)).all())


def _factor(low_a: float, high_a: float, low_b: float, high_b: float) -> str | None:
    if not (abs(low_a) <= 0.02 * high_a and abs(low_b) <= 0.02 * high_b):
        return None
    for factor, shown in ((255.0, "255"), (1 / 255.0, "1/255"), (256.0, "256"), (257.0, "257")):
        if abs(high_b / high_a / factor - 1) < 0.002:
            return shown
    return None


def _worded(word: str | None) -> str:
    return "standardised" if word == "standardised" else f"in {word}"


def _median(facts: PictureFactsState, name: str) -> float:
    line = facts.fact(name)
    line = line[np.isfinite(line)]
    return float(np.median(line)) if line.size else 0.0


def _list(values: Floats) -> str:
    return ", ".join(number(float(v)) for v in values[:4])


# ---------------------------------------------------------------- grey, negative, size


def _coloured(facts: PictureFactsState) -> Bools:
    found: Bools = facts.decoded & ~facts.grey & np.isfinite(facts.fact("red"))
    return found


def _grey(a: PictureFactsState, b: PictureFactsState) -> Iterator[Difference]:
    share = [float(_coloured(f).sum()) / int(f.decoded.sum()) for f in (a, b)]
    for grey, colour, said in ((0, 1, "in colour where those of {train} are grey"),
                               (1, 0, "grey where those of {train} are in colour")):  # fmt: skip
        if share[grey] == 0.0 and share[colour] >= _ALL:
            table = [["pictures in colour", *(percent(s) for s in share)]]
            n = min(int(f.decoded.sum()) for f in (a, b))
            yield Difference(
                f"pictures of {{other}} are {said}", table, 'image = image.convert("RGB")   # the same in every split',
                0.05 ** min(n, 20),
            )  # fmt: skip


def _negative(a: PictureFactsState, b: PictureFactsState) -> Iterator[Difference]:
    """Yield whether dark and light are exchanged: 255 - x, or 1 - x."""
    if b.grey.any() != a.grey.any() and (b.grey.all() or a.grey.all()):
        return
    light = [np.sort(f.fact("brightness")[f.decoded & np.isfinite(f.fact("brightness"))]) for f in (a, b)]
    deep = [np.sort(f.fact("contrast")[f.decoded & np.isfinite(f.fact("contrast"))]) for f in (a, b)]
    if min(map(len, [*light, *deep])) < LEAST:
        return
    top = 255.0 if max(float(v[-1]) for v in light) > 2.0 else 1.0
    if min(float(v[0]) for v in light) < 0:
        top = 0.0
    n, m = len(light[0]), len(light[1])
    before, after = distance(light[0], light[1]), distance(light[0], np.sort(top - light[1]))
    same = kolmogorov_p(distance(deep[0], deep[1]), n, m)
    if before >= 0.6 and kolmogorov_p(before, n, m) < 1e-9 and after <= before / 3 and same >= 1e-4:
        table = [["median brightness", *(number(float(np.median(v))) for v in light)]]
        yield Difference(
            "pictures of {other} are negatives of those of {train}: dark and light are exchanged", table,
            f"x = {top:g} - x", kolmogorov_p(before, n, m),
        )  # fmt: skip


def _size(a: PictureFactsState, b: PictureFactsState) -> Iterator[Difference]:
    """Yield whether all pictures have one size in train, and another one in the other split."""
    common = []
    for facts in (a, b):
        width, height = (facts.values[side][facts.decoded].tolist() for side in ("width", "height"))
        sizes = Counter(zip(width, height, strict=True))
        size, count = sizes.most_common(1)[0]
        if count < _ALL * int(facts.decoded.sum()):
            return
        common.append(size)
    if common[0] != common[1]:
        table = [["width and height", *(f"{w} x {h}" for w, h in common)]]
        shown = [f"{w} x {h}" for w, h in common]
        yield Difference(
            f"pictures of {{other}} are {shown[1]} where those of {{train}} are {shown[0]}", table,
            f"image = image.resize(({common[0][0]}, {common[0][1]}))", 0.05**10,
        )  # fmt: skip


# ---------------------------------------------------------------- channel order


def _order(train: SplitView, other: SplitView) -> Iterator[Difference]:
    found = channels_reversed(train, other)
    if found is None:
        return
    same, turned = found
    table = [
        ["squared sampling errors from train's colours", 0, round(same, 1)],
        ["with channels reversed", 0, round(turned, 1)],
    ]
    yield Difference(
        f"red and blue are exchanged in {{other}} (BGR): its colours are {same:.0f} squared sampling errors from those "
        f"of {{train}}, and {turned:.0f} once the channels are reversed", table,
        "image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)", 1e-4,
    )  # fmt: skip


def pictures_compared(train: SplitView, other: SplitView) -> str:
    """Return how many pictures were compared."""
    n = [int(s.get(PictureFacts()).decoded.sum()) for s in (train, other)]
    return f"{plural(n[1], 'picture')} with {n[0]:,} of {train.name}"
