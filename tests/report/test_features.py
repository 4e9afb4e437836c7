"""The table of features: which come first, and what their lines say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report import features
from tests.report import documents

ROLES = {"train": "train", "validation": "validation", "test": "test"}


def facts(**parts: Any) -> dict[str, Any]:
    return {
        "n": 100, "missing": 0, "mean": None, "std": None, "min": None, "max": None, "distinct": 2,
        "distinct_exact": True, "histogram": None, "top": None, **parts,
    }  # fmt: skip


def feature(name: str, flags: tuple[str, ...] = (), **splits: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "kind": "numeric", "role": "feature", "storage": "float", "dtype": "float64",
        "findings": list(flags), "splits": splits,
    }  # fmt: skip


def table(*listed: dict[str, Any], anchors: dict[tuple[str, Any], tuple[str, str]] | None = None) -> dict[str, Any]:
    document = documents.base(features=list(listed))
    document["dataset"]["splits"] = {name: {"rows": 100, "columns": 2, "role": role} for name, role in ROLES.items()}
    return features.table(document, anchors or {})


def histogram(counts: list[int], start: float = 0.0, width: float = 1.0) -> dict[str, Any]:
    return {"start": start, "width": width, "counts": counts}


def test_flagged_features_come_first_worst_first_then_by_drift() -> None:
    still = facts(histogram=histogram([50, 50]))
    moved = facts(histogram=histogram([90, 10]))
    a_bit = facts(histogram=histogram([60, 40]))
    rows = table(
        feature("still", train=still, test=still),
        feature("moved", train=still, test=moved),
        feature("a bit", train=still, test=a_bit),
        feature("noted", ("NRM110",), train=still, test=still),
        feature("wrong", ("INP102",), train=still, test=still),
        anchors={("INP102", "wrong"): ("error", "INP102"), ("NRM110", None): ("note", "NRM110")},
    )["rows"]
    assert [row["name"] for row in rows] == ["wrong", "noted", "moved", "a bit", "still"]
    assert rows[0]["flags"] == [("INP102", "error", "INP102")]


def test_drift_is_the_largest_gap_between_cumulative_shares() -> None:
    one = feature("x", train=facts(histogram=histogram([10, 20, 70])), test=facts(histogram=histogram([3, 3, 4])))
    assert features.drift(one, ROLES) == pytest.approx(0.3)


def test_drift_of_values_is_their_total_variation() -> None:
    one = feature("x", train=facts(top=[["a", 50], ["b", 50]]), test=facts(top=[["a", 80], ["c", 20]]))
    assert features.drift(one, ROLES) == pytest.approx(0.5)


def test_a_feature_of_one_split_does_not_drift() -> None:
    assert features.drift(feature("x", train=facts(histogram=histogram([1, 2]))), ROLES) == 0.0
    assert features.drift(feature("x", test=facts()), ROLES) == 0.0


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=64),
    st.lists(st.integers(0, 1000), min_size=1, max_size=64),
    st.floats(-1e6, 1e6), st.floats(1e-3, 1e3), st.integers(1, 64),
)  # fmt: skip
def test_common_bins_keep_every_row(a: list[int], b: list[int], start: float, width: float, most: int) -> None:
    both = features.common_bins([histogram(a, 0.0, 1.0), histogram(b, start, width)], most)
    assert len(both[0]) == len(both[1]) <= most
    assert both[0].sum() == pytest.approx(sum(a), rel=1e-6, abs=1e-6)
    assert both[1].sum() == pytest.approx(sum(b), rel=1e-6, abs=1e-6)


def test_bins_with_equal_edges_are_only_added_up() -> None:
    one, two = features.common_bins([histogram([1, 2, 3, 4, 5]), histogram([5, 4, 3, 2, 1])], 3)
    np.testing.assert_array_equal(one, [3, 7, 5])
    np.testing.assert_array_equal(two, [9, 5, 1])


def test_bins_with_other_edges_are_spread_evenly() -> None:
    one, two = features.common_bins([histogram([4, 4], 0.0, 1.0), histogram([8], 1.0, 2.0)], 3)
    np.testing.assert_allclose(one, [4, 4, 0])
    np.testing.assert_allclose(two, [0, 4, 4])


@pytest.mark.parametrize(
    ("base", "other", "text"),
    [
        (facts(mean=1.0, std=2.0), facts(mean=2.0, std=2.0), "+0.50 σ"),
        (facts(mean=1.0, std=2.0), facts(mean=-3.0, std=2.0), "−2.00 σ"),
        (facts(mean=1.0, std=2.0), facts(mean=0.9999, std=2.0), "0.00 σ"),
        (facts(mean=1.0, std=0.0), facts(mean=1.0, std=0.0), "0"),
        (facts(mean=1.0, std=0.0), facts(mean=2.0, std=0.0), "moved"),
        (facts(mean="inf", std=None), facts(mean=2.0, std=0.0), "–"),
        (facts(mean=0.0, std=1e-9), facts(mean=1.0, std=1.0), "+1.0e+09 σ"),
        (facts(top=[["a", 100]]), facts(top=[["a", 75], ["b", 25]]), "25% of rows"),
        (facts(), facts(), "–"),
    ],
)
def test_the_shift_of_a_split_in_words(base: dict[str, Any], other: dict[str, Any], text: str) -> None:
    (row,) = table(feature("x", train=base, test=other))["rows"]
    assert row["shift"] == text


def test_missing_is_the_largest_share_over_the_splits() -> None:
    (row,) = table(feature("x", train=facts(n=75, missing=25), test=facts(n=50, missing=50)))["rows"]
    assert row["missing"] == "50%"
    (row,) = table(feature("x", train=facts(n=0, missing=100)))["rows"]
    assert row["missing"] == "100%"
    (row,) = table(feature("x", train=facts(missing=None)))["rows"]
    assert row["missing"] == "0"


@pytest.mark.parametrize(
    ("seen", "caption"),
    [
        (facts(min=0.42, max=80.0), "0.42 … 80"),
        (facts(min=1013.25, max=1013.2500002), "1013.25 … 1013.2500002"),
        (facts(min=3.0, max=3.0), "3 … 3"),
        (facts(min="2015-01-01T10:00:00", max="2019-12-31T00:00:00"), "2015-01-01 … 2019-12-31"),
        (facts(top=[["male", 60], ["female", 40], ["x", 1]]), "male 60%, female 40%"),
        (facts(top=[[1.0, 75], [-0.5, 25]]), "1 75%, −0.5 25%"),
        (facts(), ""),
    ],
)
def test_the_caption_under_a_drawing(seen: dict[str, Any], caption: str) -> None:
    (row,) = table(feature("x", train=seen))["rows"]
    assert row["caption"] == caption


def test_styles_follow_roles_and_the_first_split_stands_in_for_train() -> None:
    assert features.split_styles(ROLES) == {"train": "s0", "validation": "s1", "test": "s2"}
    assert features.split_styles({"a": "other", "b": "test", "c": "other"}) == {"a": "s0", "b": "s2", "c": "s3"}
    assert list(features.split_styles({str(i): "other" for i in range(9)})) == ["0", "1", "2", "3"]


def test_two_hundred_features_are_shown_and_all_are_counted() -> None:
    found = table(*(feature(str(j), train=facts()) for j in range(500)))
    assert (len(found["rows"]), found["total"]) == (200, 500)
