"""Input scales of picture models, against the arithmetic of their published preprocessing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.errors import ConfigError
from dataaudit.presets import ALIASES, KNOWN, PRESETS, nearest_presets, parse_preset

BY_NAME = {p.name: p for p in PRESETS}


def fed(pixels: Any, name: str) -> Any:
    """Return pixels, channels last, as the published preprocessing of a preset feeds them."""
    x = np.asarray(pixels, dtype=np.float64)
    published = {
        "unit": lambda: x / 255,
        "signed-unit": lambda: x / 127.5 - 1,
        "bytes": lambda: x,
        "imagenet": lambda: (x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
        "clip": lambda: (x / 255 - [0.48145466, 0.4578275, 0.40821073]) / [0.26862954, 0.26130258, 0.27577711],
        "caffe": lambda: x[..., ::-1] - [103.939, 116.779, 123.68],
        "cifar10": lambda: (x / 255 - [0.4914, 0.4822, 0.4465]) / [0.2470, 0.2435, 0.2616],
        "cifar10-per-image": lambda: (x / 255 - [0.4914, 0.4822, 0.4465]) / [0.2023, 0.1994, 0.2010],
        "mnist": lambda: (x / 255 - 0.1307) / 0.3081,
    }
    return published[name]()


@pytest.mark.parametrize("name", BY_NAME)
def test_ends_are_what_black_and_white_become(name: str) -> None:
    ends = BY_NAME[name].ends(3)
    assert ends is not None
    black, white = fed([[0, 0, 0], [255, 255, 255]], name)
    np.testing.assert_allclose(ends[0], black, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ends[1], white, rtol=1e-12, atol=1e-12)
    assert ends[0].shape == ends[1].shape == (3,)


@pytest.mark.parametrize("name", BY_NAME)
def test_each_scale_is_recognised_from_its_pictures(name: str) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (50, 8, 8, 3))
    x = fed(pixels, name)
    found = nearest_presets(x.min(axis=(0, 1, 2)), x.max(axis=(0, 1, 2)))
    assert found[0].preset.name == name
    assert found[0].distance < 1e-9
    assert found[0].fits
    assert len(found) == len(PRESETS)
    assert [c.distance for c in found] == sorted(c.distance for c in found)


def test_one_channel_knows_only_scales_of_one_number() -> None:
    names = {c.preset.name for c in nearest_presets(np.array([0.0]), np.array([1.0]))}
    assert names == {"unit", "signed-unit", "bytes", "mnist"}
    assert BY_NAME["imagenet"].ends(1) is None
    assert BY_NAME["imagenet"].ends(4) is None
    assert BY_NAME["unit"].ends(4) is not None


@pytest.mark.parametrize(
    ("low", "high", "distance", "fits"),
    [
        (0.0, 1.0, 0.0, True),
        (0.1, 0.9, 0.1, True),  # no black, no white: short of each end by a tenth
        (0.12, 1.0, 0.12, True),
        (0.13, 1.0, 0.13, False),
        (-0.01, 1.0, 0.1, True),  # beyond an end counts ten times
        (0.0, 1.02, 0.2, False),
        (0.3, 0.4, 0.6, False),
    ],
)
def test_distance_by_hand(low: float, high: float, distance: float, fits: bool) -> None:
    found = {c.preset.name: c for c in nearest_presets(np.array([low]), np.array([high]))}["unit"]
    assert found.distance == pytest.approx(distance, abs=1e-12)
    assert found.fits is fits


def test_channels_may_be_swapped_and_are_told_apart() -> None:
    """The scale of a channel counts, not that of all of them: ImageNet's with red and blue swapped fits worse."""
    x = fed(np.array([[0, 0, 0], [255, 255, 255]]), "imagenet")
    right, swapped = (
        {c.preset.name: c.distance for c in nearest_presets(y[0], y[1])}["imagenet"] for y in (x, x[:, ::-1])
    )
    assert right < 1e-9 < 0.1 < swapped


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("imagenet", "imagenet"),
        ("ImageNet", "imagenet"),
        ("half", "signed-unit"),
        ("0..1", "unit"),
        ("0..255", "bytes"),
    ],
)
def test_names_and_aliases(word: str, name: str) -> None:
    assert parse_preset(word) == BY_NAME[name]


def test_every_known_name_is_taken() -> None:
    for word in KNOWN:
        found = parse_preset(word)
        assert (found is None) == (word == "standard")
    assert set(ALIASES.values()) <= set(BY_NAME)
    assert parse_preset(None) is None


@pytest.mark.parametrize(
    "given", [((0.5, 0.4, 0.3), (0.2, 0.2, 0.1)), ([0.5], [0.25]), (0.5, 0.25), (np.zeros(3), np.ones(3))]
)
def test_mean_and_std(given: Any) -> None:
    mean, std = (tuple(np.atleast_1d(part).tolist()) for part in given)
    found = parse_preset(given)
    assert found is not None
    assert (found.name, found.mean, found.std, found.scale) == ("given", mean, std, 1 / 255)
    ends = found.ends(3)
    assert ends is not None
    np.testing.assert_allclose(ends[1], np.broadcast_to((1 - np.array(mean)) / np.array(std), 3), rtol=1e-12)


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ("imagnet", "There is no preset 'imagnet'.", "Did you mean 'imagenet'?"),
        ("", "There is no preset ''.", "Known: "),
        (5, "preset is 5, expected a name or (mean, std).", "Such as"),
        ((1, 2, 3), "expected a name or (mean, std).", "Such as"),
        (("a", "b"), "expected a name or (mean, std).", "Such as"),
        ((None, (1.0,)), "expected a name or (mean, std).", "Such as"),
        (((0.5,), (0.5, 0.5)), "preset has the means (0.5,) and the deviations (0.5, 0.5): ", "One number"),
        ((0.5, 0.0), "expected as many of each, finite, and deviations above 0", "One number"),
        ((0.5, -1.0), "expected as many of each", "One number"),
        ((0.5, float("nan")), "expected as many of each", "One number"),
        ((float("nan"), 1.0), "expected as many of each", "One number"),
        ((0.5, float("inf")), "expected as many of each", "One number"),
        (((), ()), "expected as many of each", "One number"),
    ],
)
def test_nonsense_is_one_clear_line(given: Any, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as hit:
        parse_preset(given)
    assert message in hit.value.message
    assert "\n" not in hit.value.message
    assert (hit.value.hint or "").startswith(hint)


def test_presets_have_names_of_their_own() -> None:
    assert len({p.name for p in PRESETS}) == len({p.label for p in PRESETS}) == len(PRESETS)
    assert all(len(p.mean) == len(p.std) in (1, 3) for p in PRESETS)
