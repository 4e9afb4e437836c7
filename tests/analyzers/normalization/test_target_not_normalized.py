"""NRM109: the scale of what is predicted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes, load_linnerud

from dataaudit.model import Status
from tests.analyzers.asking import ask

X = np.random.default_rng(0).normal(size=(442, 3))
NORMAL = np.random.default_rng(1).normal(size=442)


def test_a_real_target() -> None:
    y = load_diabetes().target
    said = ask("NRM109", (X, y)).finding
    assert (said.severity, said.columns) == ("warning", ("y",))
    assert said.message == (
        f"The target 'y' has mean {y.mean():.4g} and std {y.std():.4g} ({y.min():.0f} to {y.max():.0f}), "
        "where training expects about 0 and 1"
    )
    (row,) = said.evidence["table"]["rows"]
    np.testing.assert_allclose(row[1:], [y.mean(), y.std(), y.min(), y.max()])


@pytest.mark.parametrize(("std", "found"), [(9.9, False), (10.1, True), (0.101, False), (0.099, True)])
def test_the_scale_where_it_begins(std: float, found: bool) -> None:
    y = (NORMAL - NORMAL.mean()) / NORMAL.std() * std + 3  # beyond -1..1, so that the spread decides
    assert (ask("NRM109", (X, y)).status is Status.FOUND) is found


def test_the_option_moves_the_scale() -> None:
    assert ask("NRM109", (X, NORMAL * 5), options={"scale": 3.0}).status is Status.FOUND
    assert ask("NRM109", (X, NORMAL * 50), options={"scale": 100.0}).status is Status.CLEAN


@pytest.mark.parametrize(
    "y",
    [
        NORMAL,
        NORMAL + 5,
        np.exp(NORMAL),
        np.clip(NORMAL * 0.05 + 0.5, 0, 1),
        np.random.default_rng(0).uniform(-1, 1, 442),
        np.log(np.random.default_rng(0).lognormal(8, 1, 442)),
    ],
    ids=["standardised", "off by five", "lognormal", "narrow shares", "signed unit", "log prices"],
)
def test_targets_that_train_well(y: NDArray[np.float64]) -> None:
    assert ask("NRM109", (X, y)).status is Status.CLEAN


def test_a_table_keeps_its_unit() -> None:
    frame = pd.DataFrame({"x": X[:, 0], "price": NORMAL * 4000 + 20_000})
    for stage in ("raw", "model-ready"):
        assert ask("NRM109", frame, target="price", stage=stage).finding.severity == "note"
    assert ask("NRM109", (X, NORMAL * 4000), stage="raw").finding.severity == "note"


def test_targets_of_different_spread() -> None:
    y = np.column_stack([NORMAL * 5, NORMAL[::-1] * 0.04 + 2.0])
    said = ask("NRM109", (X, y)).finding
    ratio = y[:, 0].std() / y[:, 1].std()
    assert said.message.endswith(f"the largest std is {ratio:.4g} times the smallest")


def test_several_targets() -> None:
    said = ask("NRM109", (load_linnerud().data, load_linnerud().target)).finding
    assert said.columns == ("y0", "y1", "y2")
    assert said.message.startswith("All 3 targets are far from mean 0 and std 1: 'y0' has mean 178.6 and std 24.07")


@pytest.mark.parametrize(
    ("data", "keywords", "status", "reason"),
    [
        (X, {}, "not-applicable", "no target was named"),
        ((X, NORMAL > 0), {}, "not-applicable", "only the targets of a regression have a scale"),
        ((X[:9], NORMAL[:9] * 99), {}, "skipped", "train has fewer than 10 labelled rows"),
    ],
)
def test_reasons(data: Any, keywords: dict[str, Any], status: str, reason: str) -> None:
    answer = ask("NRM109", data, **keywords)
    assert (answer.status, answer.reason) == (status, reason)


def test_class_codes_without_a_gap_are_no_quantity() -> None:
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(100), 3))
    assert ask("NRM109", (np.zeros((300, 1)), y)).status is Status.NOT_APPLICABLE
