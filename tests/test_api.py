"""The entry points, as a program calls them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.errors import ConfigError, SourceError


def frame(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "word": rng.choice(["a", "b"], rows)})


def test_a_regression_of_words_is_refused() -> None:
    with pytest.raises(SourceError, match="'word' holds text; a regression needs numbers"):
        dataaudit.audit(frame(), target="word", task="regression")


def test_a_task_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="regression"):
        dataaudit.audit(frame(), target="x", task="regresion")


def test_the_digest_of_the_data_does_not_depend_on_its_name(tmp_path: Path) -> None:
    data = frame()
    for name in ("one.csv", "two.csv"):
        data.to_csv(tmp_path / name, index=False)
    first = dataaudit.profile_of(tmp_path / "one.csv", target="word")
    second = dataaudit.profile_of(tmp_path / "two.csv", target="word")
    assert first.name != second.name
    assert first.digest == second.digest
    data["x"] = data["x"] + np.where(data.index == 3, 1e-9, 0.0)
    data.to_csv(tmp_path / "two.csv", index=False)
    assert dataaudit.profile_of(tmp_path / "two.csv", target="word").digest != first.digest


def test_the_input_arrays_are_left_as_they_were() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    x[3, 1] = np.nan
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    dataaudit.audit((x, y))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_unknown_roles_of_a_profile_are_refused() -> None:
    with pytest.raises(TypeError, match="grp"):
        dataaudit.profile_of(frame(), target="word", grp="x")
