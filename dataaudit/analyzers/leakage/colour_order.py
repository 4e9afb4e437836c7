"""Whether red and blue are exchanged in one split, what is shown in the pictures being accounted for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dataaudit.analyzers.batches.common import is_altered
from dataaudit.analyzers.order.batches_common import feeder_of
from dataaudit.errors import SourceError
from dataaudit.model import CannotTell, Chunk, Floats, Ints, SplitView, Task
from dataaudit.presets import Preset, nearest_presets
from dataaudit.stats.picture_facts import PictureFacts, PictureFactsState
from dataaudit.stats.pixels import Pixels
from dataaudit.stats.sample import Sample

_UNLIKE, _LIKE, _MARGIN = 20.5, 15.1, 14.0
"""Upper 0.1 % and 1 % points of chi-squared with 5 degrees of freedom; a likelihood ratio of exp(14 / 2)."""
_LEAST = 20
_LEAST_OF_CLASS = 4
_MOST, _AT_ONCE = 2_048, 256
"""Pictures that are looked at without their preset, and how many at once."""
_NUMBERS = ("tilt", "slope", "rise", "green_gap")


@dataclass(frozen=True)
class Colours:
    """Five numbers of each colour picture that change sign when red and blue are exchanged.

    Attributes
    ----------
    numbers : ndarray of float64, shape (5, n)
        Red minus blue in level, in deviation, along lightness, from top to bottom, and against green.
    label : ndarray of int64 or object, shape (n,)
        Class of each picture; one class where labels are not known.
    """

    numbers: Floats
    label: NDArray[np.object_]


def colours(split: SplitView) -> Colours | None:
    """Return the colours of a split's pictures; None where fewer than 20 have any."""
    return _colours(split, split.get(PictureFacts()))


def _colours(split: SplitView, facts: PictureFactsState) -> Colours | None:
    level = facts.fact("red") - facts.fact("blue")
    numbers = np.stack([level, *(facts.fact(name) for name in _NUMBERS)])
    with np.errstate(invalid="ignore"):
        good = facts.decoded & ~facts.grey & (np.abs(numbers) < 1e30).all(axis=0)
    if int(good.sum()) < _LEAST:
        return None
    return Colours(numbers[:, good], _labels(split, facts.positions)[good])


def _labels(split: SplitView, positions: Ints) -> NDArray[np.object_]:
    none = np.full(len(positions), "", dtype=object)
    targets = split.schema.targets
    if split.context.task is not Task.CLASSIFICATION or len(targets) != 1:
        return none
    sample = split.get(Sample())
    if targets[0] in split.schema.number_index:
        values = sample.numbers[split.schema.number_index[targets[0]]].astype(object)
    else:
        values = sample.codes[targets[0]]
    known = dict(zip(sample.rows.tolist(), (str(v) for v in values), strict=True))
    return np.array([known.get(p, "") for p in positions.tolist()], dtype=object)


def channels_reversed(train: SplitView, other: SplitView) -> tuple[float, float] | None:
    """Return how far a split's colours are from train's, and from train's reversed, where they are the latter.

    Returns
    -------
    (float, float) or None
        Squared Mahalanobis distances in sampling errors, as they are and reversed; None unless it is 20.5 or more
        as they are, at most 15.1 reversed, and 14 less. Means are taken class by class, weighed by the other
        split's classes, so that what is shown does not count; both splits' sampling errors within classes do. Where
        pixels are on the scale of a preset with statistics of its own for each channel, they are compared once more
        without it: exchanged before they were normalised, channels are not each other's mirror image any more.
    """
    preset = _coloured_preset(train, other)
    for look in (colours, lambda split: _before(split, preset)) if preset is not None else (colours,):
        a, b = look(train), look(other)
        if a is None or b is None:
            return None
        same, turned = distances(a, b)
        if same >= _UNLIKE and turned <= _LIKE and same - turned >= _MARGIN:
            return same, turned
    return None


def _coloured_preset(train: SplitView, other: SplitView) -> Preset | None:
    """Return the preset whose scale both splits are on, where it treats channels differently; else None.

    Random changes may take a loader's training pixels off the scale; then that of the other split counts.
    """
    if train.schema.pixels is None or train.schema.pixels.channels != 3:
        return None
    found = []
    for split in (train, other):
        channels = split.get(Pixels()).channels
        near = nearest_presets(channels.low, channels.high)[0]
        found.append(near.preset if near.fits else None)
    fitting = found[1] if found[0] is None and is_altered(train) else found[0]
    if fitting is None or fitting != found[1] or len(set(zip(fitting.mean, fitting.std, strict=True))) == 1:
        return None
    return fitting


def _before(split: SplitView, preset: Preset) -> Colours | None:
    """Return the colours of at most `_MOST` pictures as they were before they were normalised for a preset."""
    n = split.n_rows
    feeder = feeder_of(split)
    if feeder is not None:  # the first batches are kept; what they can be asked for ends there
        n = min(n, sum(fed.rows for fed in feeder.kept if fed.epoch == 0))
    facts = PictureFactsState(())
    try:
        for first in range(0, min(n, _MOST), _AT_ONCE):
            pixels = split.fetch(list(range(first, min(n, _MOST, first + _AT_ONCE)))).pixels
            assert pixels is not None
            plain = pixels * np.array(preset.std, np.float32) + np.array(preset.mean, np.float32)
            facts.observe(Chunk(split.name, first, len(plain), np.zeros((0, len(plain))), {}, pixels=plain))
    except (SourceError, CannotTell):  # batches of another form have no rows, and a saved profile has none at all
        return None
    return _colours(split, facts)


def distances(a: Colours, b: Colours) -> tuple[float, float]:
    """Return the squared distance of the second's mean colours from the first's, and from the first's reversed."""
    shared = [c for c in sorted(set(b.label.tolist())) if _many(a, c) and _many(b, c)]
    inside = sum(int((b.label == c).sum()) for c in shared)
    if inside < 0.8 * len(b.label) or inside < _LEAST:  # other classes, or too few of each: taken together
        return _apart(*_moments(a.numbers), *_moments(b.numbers), min(a.numbers.shape[1], b.numbers.shape[1]))
    mean_a, mean_b, error_a, error_b = np.zeros(5), np.zeros(5), np.zeros((5, 5)), np.zeros((5, 5))
    for c in shared:
        here, there = a.numbers[:, a.label == c], b.numbers[:, b.label == c]
        weight = there.shape[1] / inside
        for numbers, mean, error in ((here, mean_a, error_a), (there, mean_b, error_b)):
            one, its_error = _moments(numbers)
            mean += weight * one
            error += weight**2 * its_error
    n = min(sum(int((x.label == c).sum()) for c in shared) for x in (a, b)) - len(shared) + 1
    return _apart(mean_a, error_a, mean_b, error_b, n)


def _many(colours_: Colours, label: object) -> bool:
    return int((colours_.label == label).sum()) >= _LEAST_OF_CLASS


def _moments(numbers: Floats) -> tuple[Floats, Floats]:
    n = numbers.shape[1]
    return numbers.sum(axis=1) / n, np.cov(numbers) / n


def _apart(mean_a: Floats, error_a: Floats, mean_b: Floats, error_b: Floats, n: int) -> tuple[float, float]:
    """Return squared Mahalanobis distances with Hotelling's correction for few pictures; zeros where undefined."""
    error = error_a + error_b
    scale = np.sqrt(np.diag(error))
    if not (scale > 0).all() or n <= 6:
        return 0.0, 0.0
    roots, axes = np.linalg.eigh(error / np.outer(scale, scale))
    if roots.min() < 1e-9:
        return 0.0, 0.0
    shrink = (n - 5) / (n - 1)
    same, turned = (float(((((mean_b - sign * mean_a) / scale) @ axes) ** 2 / roots).sum()) for sign in (1, -1))
    return shrink * same, shrink * turned
