"""What an estimator has learnt as arrays, and when two of them are equal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, SplineTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from dataaudit.analyzers.leakage.transformer_evidence import Chance, columns_of
from dataaudit.analyzers.leakage.transformer_learned import difference, equal, learned

X = np.array([[1.0, 5.0], [2.0, 3.0], [4.0, 3.0], [8.0, 9.0]])


def _objects(*values: Any) -> np.ndarray[Any, Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def test_attributes_of_a_scaler() -> None:
    found = learned(StandardScaler().fit(X))
    assert set(found) == {"mean_", "n_samples_seen_", "scale_", "var_"}
    np.testing.assert_array_equal(found["mean_"], [3.75, 5.0])


def test_lists_of_arrays_have_one_entry_each() -> None:
    found = learned(OneHotEncoder().fit(np.array([["a", 1], ["b", 2]], dtype=object)))
    assert [found[f"categories_[{j}]"].tolist() for j in (0, 1)] == [["a", "b"], [1, 2]]
    bins = KBinsDiscretizer(n_bins=2, strategy="uniform").fit(X)
    np.testing.assert_array_equal(learned(bins)["bin_edges_[1]"], [3.0, 6.0, 9.0])
    np.testing.assert_array_equal(learned(SplineTransformer(n_knots=2).fit(X))["bsplines_[0].t"][3:5], [1.0, 8.0])


def test_estimators_within_are_looked_into() -> None:
    found = learned(TfidfVectorizer().fit(["bb aa", "bb cc"]))
    assert found["vocabulary_"].tolist() == ["aa", "bb", "cc"]
    np.testing.assert_allclose(found["_tfidf.idf_"], np.log(3 / np.array([2, 3, 2])) + 1)
    filled = SimpleImputer(add_indicator=True).fit(np.array([[1.0], [np.nan]]))
    assert learned(filled)["indicator_.features_"].tolist() == [0]


def test_rows_that_are_kept_have_no_order() -> None:
    one, other = (learned(KNNImputer().fit(rows))["_fit_X"] for rows in (X, X[::-1]))
    np.testing.assert_array_equal(one, other)


def test_an_object_of_unknown_kind_is_compared_by_its_bytes() -> None:
    y = np.array([0, 1, 0, 1])
    first, again = (learned(DecisionTreeClassifier(random_state=0).fit(X, y))["tree_"] for _ in range(2))
    assert equal(first, again, 1e-6)
    assert not equal(first, learned(DecisionTreeClassifier(random_state=0).fit(X, 1 - y))["tree_"], 1e-6)


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (np.array([1.0, np.nan]), np.array([1.0 + 5e-7, np.nan]), True),
        (np.array([1.0]), np.array([1.0 + 2e-6]), False),
        (np.array([1.0, np.nan]), np.array([1.0, 2.0]), False),
        (np.array([np.inf]), np.array([np.inf]), True),
        (np.array([np.inf]), np.array([-np.inf]), False),
        (np.array([1.0]), np.array([1.0, 1.0]), False),
        (_objects("a", None), _objects("a", np.nan), True),
        (_objects("a", None), _objects("a", "b"), False),
        (_objects(1, None), np.array([1.0, np.nan]), True),
        (_objects("1"), np.array([2.0]), False),
        (_objects("x"), np.array([2.0]), False),
        (np.array([True, False]), np.array([1, 0]), True),
        (np.array([]), np.array([]), True),
    ],
)
def test_equality(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any], same: bool) -> None:
    assert equal(a, b, 1e-6) is same
    assert equal(b, a, 1e-6) is same


def test_what_rounding_explains_is_no_difference() -> None:
    tiny, other = np.array([1e-17, 1.0]), np.array([-3e-17, 1.0])
    assert not equal(tiny, other, 1e-6)
    assert equal(tiny, other, 1e-6, 1e-12 * np.array([4.0, 4.0]))


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=9))
def test_any_numbers_equal_themselves(values: list[float]) -> None:
    array = np.array(values)
    off, size = difference(array, array.copy())
    assert (off == 0).all()
    assert np.isfinite(size).all()
    assert equal(array, array.copy(), 0.0)


# ---------------------------------------------------------------- how improbable


def _chance(kind: str, here: np.ndarray[Any, Any], train: np.ndarray[Any, Any]) -> Chance:
    return Chance(kind, columns_of(here), columns_of(train), 1e-6)


def test_columns() -> None:
    found = columns_of(np.array([[1.0, np.nan], [3.0, np.inf], [-8.0, np.nan]]))
    assert (found.n, found.scale.tolist(), found.gap.tolist()) == (3, [8.0, 0.0], [2.0, 0.0])
    assert columns_of(np.array([["a"], ["b"]], dtype=object)).values == ()


def test_a_mean_of_whole_numbers_takes_steps_of_one_nth() -> None:
    here = np.arange(100.0)[:, None]
    chance = _chance("StandardScaler", here, here[:80])
    mine, rival = here.mean(axis=0), here[:80].mean(axis=0)  # 10 apart, in steps of 1/100
    assert chance.log10_p([(mine, "mean_")], [{"mean_": rival}]) == pytest.approx(-3.0)


def test_a_mean_of_many_digits_counts_by_them_up_to_nine() -> None:
    here = np.random.default_rng(0).normal(size=(100, 1))
    mine, rival = here.mean(axis=0), here[:80].mean(axis=0)
    assert _chance("StandardScaler", here, here[:80]).log10_p([(mine, "mean_")], [{"mean_": rival}]) < -4


def test_a_median_that_train_could_give_too_proves_little() -> None:
    train = np.array([[1.0], [2.0], [3.0], [4.0], [5.0]])
    mine, rival = np.array([4.0]), np.array([3.0])
    assert _chance("SimpleImputer", train, train).log10_p([(mine, "statistics_")], [{"statistics_": rival}]) == 0.0


def test_each_word_counts_half() -> None:
    chance = _chance("OneHotEncoder", X, X)
    mine, rival = _objects("a", "b", "c", "d"), _objects("a", "b")
    assert chance.log10_p([(mine, "categories_[0]")], [{"categories_[0]": rival}]) == pytest.approx(2 * np.log10(0.5))


def test_the_hardest_rival_counts_and_no_rival_proves_nothing() -> None:
    chance = _chance("StandardScaler", X, X)
    near, far = {"n_samples_seen_": np.array([4])}, {"n_samples_seen_": np.array([9])}
    mine = [(np.array([4]), "n_samples_seen_")]
    assert chance.log10_p(mine, [far]) == pytest.approx(-np.log10(4))
    assert chance.log10_p(mine, [near, far]) == 0.0
    assert chance.log10_p(mine, []) == 0.0
