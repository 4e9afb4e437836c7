"""LEA101 to LEA103 on image arrays: which pictures the channel constants come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.analyzers.asking import ask

Pictures = NDArray[np.float64]


def photographs(n: int = 400, seed: int = 0) -> Pictures:
    """Return smooth pictures of 8 bits, whose channels go together, as numbers from 0 to 1."""
    g = np.random.default_rng(seed)
    light = g.beta(2, 2, size=(n, 1, 1, 1)) + 0.1 * g.normal(size=(n, 1, 1, 3))
    ramp = 0.3 * g.normal(size=(n, 1, 1, 1)) * np.linspace(-1, 1, 8)[None, :, None, None]
    x = light + ramp + 0.05 * g.normal(size=(n, 8, 8, 3))
    return np.asarray(np.round(x.clip(0, 1) * 255) / 255)


def by_channel(x: Pictures, by: Pictures) -> Pictures:
    return np.asarray((x - by.mean(axis=(0, 1, 2))) / by.std(axis=(0, 1, 2)))


def said(parts: Any, code: str = "LEA101") -> Any:
    train, test = parts
    label = np.random.default_rng(0).integers(0, 3, 400)
    return ask(code, (train, label[: len(train)]), None, (test, label[: len(test)]))


X = photographs()
TRAIN, TEST = X[:300], X[300:]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("first", [False, True])
def test_constants_of_all_pictures(dtype: type[np.floating], first: bool) -> None:
    parts = [by_channel(p, X).astype(dtype) for p in (TRAIN, TEST)]
    if first:
        parts = [np.moveaxis(p, -1, 1) for p in parts]
    found = said(parts).finding
    assert found.message == (
        "3 channels were standardised with statistics of train + test together, not of train alone: "
        "'channel 0', 'channel 1' and 'channel 2'"
    )
    assert found.columns == ()
    assert found.trace.verdict == "leak"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_constants_of_train_pass(dtype: type[np.floating]) -> None:
    answer = said([by_channel(p, TRAIN).astype(dtype) for p in (TRAIN, TEST)])
    assert answer.status == "clean"
    assert answer.measured.startswith("channel scaling fitted on train, over 3 channels")


def test_each_split_by_its_own() -> None:
    parts = [by_channel(p, p).astype(np.float32) for p in (TRAIN, TEST)]
    assert said(parts, code="LEA102").finding.message.startswith("Train and test were each standardised")


@pytest.mark.parametrize("decimals", [2, 3, 4])
def test_rounded_constants_leave_no_trace(decimals: int) -> None:
    mean, std = X.mean(axis=(0, 1, 2)).round(decimals), X.std(axis=(0, 1, 2)).round(decimals)
    assert said([((p - mean) / std).astype(np.float32) for p in (TRAIN, TEST)]).status == "skipped"


def test_pictures_that_were_not_standardised() -> None:
    assert said((TRAIN, TEST)).status == "not-applicable"
    assert said([(p * 255).astype(np.uint8) for p in (TRAIN, TEST)]).status == "not-applicable"
    imagenet = [(p - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225] for p in (TRAIN, TEST)]
    assert said(imagenet).findings == ()


def test_the_same_pictures_twice_and_broken_ones() -> None:
    x = by_channel(TRAIN, TRAIN)
    assert said((x, x)).status == "not-applicable"
    broken = x.copy()
    broken[5] = np.nan
    assert said((broken, by_channel(TEST, TRAIN))).findings == ()


def test_clean_pictures_are_never_accused() -> None:
    g = np.random.default_rng(1)
    for seed in range(40):
        x = photographs(int(g.integers(20, 120)), seed + 10)
        cut = int(0.8 * len(x))
        by = (x[:cut], photographs(80, seed + 500))[seed % 2]
        parts = [by_channel(p, by).astype((np.float32, np.float64)[seed % 3 == 0]) for p in (x[:cut], x[cut:])]
        for code in ("LEA101", "LEA102", "LEA103"):
            assert said(parts, code=code).findings == ()
