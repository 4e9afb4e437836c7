"""INP113: copies and sums of other inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


def base(n: int = 300, seed: int = 0) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 4)), columns=list("abcd"))


@pytest.mark.parametrize(
    "copy",
    [lambda d: d.a, lambda d: -3 * d.a + 7, lambda d: d.a * 1e12, lambda d: d.a * 1e-12 + 1e-9, lambda d: d.a.round(2)],
)
def test_copies(copy: Any) -> None:
    data = base().assign(e=copy)
    finding = ask("INP113", data).finding
    assert (finding.severity, finding.columns) == ("note", ("a", "e"))
    assert finding.evidence["table"]["rows"][0][:2] == ["a", "'e'"]


@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 0.2))
def test_pairs_are_noted_where_numpy_says_so(noise: float) -> None:
    data = base()
    data["e"] = data.a + noise * np.random.default_rng(1).normal(size=300)
    r = np.corrcoef(data.a, data.e)[0, 1]
    answer = ask("INP113", data)
    assert bool(answer.findings) == (r >= 0.999)
    if not answer.findings:
        assert answer.measured == f"5 inputs; the highest correlation of a pair is {r:.3f}"


def test_a_sum_of_others() -> None:
    data = base().assign(total=lambda d: 2 * d.a - 0.5 * d.c + 10)
    finding = ask("INP113", data).finding
    assert finding.columns == ("total",)
    assert finding.message == "'total' is a linear combination of 'a' and 'c'"
    assert finding.evidence["table"]["rows"][0][1] == "2 * a - 0.5 * c"


def test_a_sum_with_a_little_noise_is_none() -> None:
    data = base().assign(total=lambda d: d.a + d.b + 0.01 * np.random.default_rng(1).normal(size=300))
    assert ask("INP113", data).status is Status.CLEAN
    assert ask("INP113", data, options={"explained": 0.999}).finding.columns == ("total",)
    assert ask("INP113", base().assign(e=lambda d: d.a + 0.2 * d.b), options={"correlation": 0.95}).finding.columns == (
        "a", "e",
    )  # fmt: skip


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_natural_correlations(load: Any) -> None:
    assert ask("INP113", load(as_frame=True).frame, target="target").status is Status.CLEAN


def test_dummies_add_up_by_design() -> None:
    data = pd.concat([base(), pd.get_dummies(table(300).city, dtype=float)], axis=1)
    assert ask("INP113", data).status is Status.CLEAN


def test_categories_in_other_words() -> None:
    data = table(200)
    data["code"] = data.city.str[:2]
    finding = ask("INP113", data, target="y").finding
    assert finding.columns == ("city", "code")
    assert finding.message == "'city' and 'code' say the same"
    data.loc[0, "code"] = "xx"
    assert ask("INP113", data, target="y").status is Status.CLEAN


def test_gaps_and_constants_are_left_out() -> None:
    data = base().assign(e=lambda d: d.a, constant=1.0, gone=np.nan)
    data.loc[::10, "e"] = np.nan
    data.loc[0, "b"] = np.inf
    assert ask("INP113", data).finding.columns == ("a", "e")


def test_groups_of_copies() -> None:
    data = base().assign(e=lambda d: d.a, f=lambda d: -d.a, g=lambda d: d.b * 2)
    finding = ask("INP113", data).finding
    assert finding.columns == ("a", "e", "f", "b", "g")
    assert finding.evidence["table"]["total"] == 2


def test_more_columns_than_rows_combine_by_nature() -> None:
    rng = np.random.default_rng(0)
    assert ask("INP113", rng.normal(size=(40, 60))).status is Status.CLEAN


@pytest.mark.parametrize("scale", [1e300, 1.7e308, 5e-324, 2.3e-308])
def test_extreme_sizes(scale: float) -> None:
    X = np.random.default_rng(0).integers(-1, 2, (50, 4)) * scale
    assert ask("INP113", X).status is Status.CLEAN


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (table(50)[["age", "y"]], Status.NOT_APPLICABLE),
        (table(5)[["age", "income", "y"]], Status.SKIPPED),
    ],
)
def test_when_it_says_nothing(data: pd.DataFrame, status: Status) -> None:
    assert ask("INP113", data, target="y").status is status


def test_wide_data() -> None:
    X = np.random.default_rng(0).normal(size=(2000, 250))
    finding = ask("INP113", np.concatenate([X, X], axis=1)).finding
    assert len(finding.columns) == 500
    assert finding.evidence["table"]["total"] == 250
    assert len(finding.evidence["table"]["rows"]) == 200
