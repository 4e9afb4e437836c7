"""Wrong labels are level where models are sure, hard rows are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, hypergeom

from dataaudit.probe.noise import contrast, level, strength
from dataaudit.probe.quality import Quality, review
from tests.probe.test_quality import made


@pytest.mark.parametrize("k", [2, 3, 8])
def test_noise_is_level(k: int) -> None:
    P, y, true = made(1000, k, 0.1)
    found = level(Quality(P, y))
    assert found.level
    assert found.p < 1e-6
    assert found.least == pytest.approx((y != true).mean(), abs=0.05)


def test_certain_models_give_equal_margins() -> None:
    y = np.arange(200) % 2
    P = np.where(np.eye(2)[y] > 0, 0.96, 0.04)
    y = np.where(np.arange(200) < 20, 1 - y, y)
    found = level(Quality(P, y))
    assert found.counts == (20, 20)
    assert found.shares == pytest.approx((1 / 9, 1 / 9))  # of the 180 right labels, drawn anew, as many would be seen
    assert found.level


@pytest.mark.parametrize("seed", range(10))
def test_hard_rows_are_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    logit = rng.normal(0, 3, 1000)
    p = 1 / (1 + np.exp(-logit))
    y = (rng.random(1000) < p).astype(np.int64)
    assert (y != (p > 0.5)).mean() > 0.1
    assert not level(Quality(np.stack([1 - p, p], axis=1), y)).level


def test_the_count_against_the_binomial_distribution() -> None:
    quality = Quality(*made(300, 2, 0.1)[:2])
    at = float(np.quantile(quality.virtual, 0.5)) - 1e-9
    count, power = int((quality.margin >= at).sum()), float((quality.virtual >= at).mean())
    found = level(quality)
    assert found.counts[0] == count
    assert found.shares[0] == pytest.approx(count / 300 / power)
    assert found.p == pytest.approx(binom.sf(count - 1, 300, 0.01 * power))


def test_strength_discounts_wrong_labels() -> None:
    P, y, _ = made(2000, 2, 0.2, sure=6.0)
    quality = Quality(P, y)
    assert strength(quality, 0.0) == pytest.approx(0.6, abs=0.06)
    assert strength(quality, 0.2) == pytest.approx(1.0, abs=0.08)
    assert strength(Quality(np.tile([0.6, 0.4], (100, 1)), np.arange(100) % 2), 0.0) == 0.0


def test_contrast_against_the_hypergeometric_distribution() -> None:
    P, y, true = made(400, 3, 0.3)
    here = np.arange(400) < 200
    y = np.where(here, y, true)
    quality = Quality(P, y)
    marks = [review(quality), quality.margin > 0, quality.margin > np.median(quality.virtual)]
    tails = [hypergeom.sf(m[here].sum() - 1, 400, m.sum(), 200) for m in marks]
    assert contrast(quality, here, marks[0]) == pytest.approx(3 * min(tails), rel=1e-6)
    assert contrast(quality, here, marks[0]) < 1e-10
    assert contrast(quality, ~here, marks[0]) == 1.0
    assert contrast(quality, np.ones(400, dtype=bool), marks[0]) == 1.0
