"""Labels of rows with missing cells against counting them with pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.stats.missing_by_label import MissingByLabel
from tests.build import chunks, observed


def _table(labels: Any, n: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"a": rng.normal(size=n), "t": rng.choice(["u", "v"], n), "full": rng.normal(size=n), "y": labels}
    )
    data.loc[rng.random(n) < 0.2, "a"] = np.nan
    data.loc[rng.random(n) < 0.1, "t"] = None
    return data


@pytest.mark.parametrize("cuts", [[], [50], [1, 2, 77, 199]])
def test_classes(cuts: list[int]) -> None:
    labels = np.random.default_rng(1).choice(np.array(["cat", "dog", None]), 200, p=[0.5, 0.4, 0.1])
    data = _table(labels)
    state = observed(MissingByLabel(), *chunks(data, cuts, target="y"))
    assert state.totals == data["y"].value_counts().to_dict()
    assert state.counts == {c: data.loc[data[c].isna(), "y"].value_counts().to_dict() for c in ("a", "t")}


def test_numbers() -> None:
    data = _table(np.random.default_rng(1).normal(size=200))
    state = observed(MissingByLabel(cap=50), *chunks(data, [90], target="y"))
    assert state.many
    assert (state.totals, state.counts) == ({}, {})
    for i, name in enumerate(("a", "t", "full")):
        y = data.loc[data[name].isna(), "y"]
        assert state.numbers.n[i] == len(y)
        if len(y):
            assert state.numbers.mean[i] == pytest.approx(y.mean(), rel=1e-12)
            assert state.numbers.variance(1)[i] == pytest.approx(y.var(), rel=1e-12)


def test_infinite_inputs_are_not_missing_and_infinite_targets_have_no_mean() -> None:
    data = pd.DataFrame({"a": [np.inf, np.nan, np.nan, 1.0], "y": [1.5, np.inf, 2.5, 3.5]})
    state = observed(MissingByLabel(), *chunks(data, target="y"))
    assert state.counts == {"a": {np.inf: 1, 2.5: 1}}
    assert state.numbers.n.tolist() == [1]


@pytest.mark.parametrize("target", [None, ["a", "y"]])
def test_without_one_target_nothing_is_counted(target: Any) -> None:
    state = observed(MissingByLabel(), *chunks(_table(["x", "y"] * 100), target=target))
    assert (state.totals, state.counts, state.numbers.n.sum()) == ({}, {}, 0)
