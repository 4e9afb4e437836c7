"""LAB101 against scikit-learn, SciPy and counts made by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import entropy
from sklearn.utils.class_weight import compute_class_weight

from dataaudit.analyzers.labels.class_imbalance import effective_classes, prior_entropy
from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask

COUNTS = st.lists(st.integers(0, 10_000), min_size=1, max_size=50).filter(any)


def labelled(*counts: int, shuffled: bool = True) -> pd.DataFrame:
    """Return a table with so many rows of each class "c0", "c1", ..."""
    y = np.repeat([f"c{i}" for i in range(len(counts))], counts)
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=len(y)), "y": rng.permutation(y) if shuffled else y})


def asked(frame: pd.DataFrame, **keywords: Any) -> Answer:
    return ask("LAB101", frame, target="y", **keywords)


@given(COUNTS)
def test_entropy_is_scipys(counts: list[int]) -> None:
    c = np.array(counts)
    assert prior_entropy(c) == pytest.approx(entropy(c), abs=1e-12)
    assert effective_classes(c) == pytest.approx(math.exp(entropy(c)))
    assert 1 - 1e-9 <= effective_classes(c) <= np.count_nonzero(c) + 1e-9


@pytest.mark.parametrize("counts", [np.array([0, 0]), np.array([3, -1])])
def test_impossible_counts(counts: NDArray[np.int64]) -> None:
    with pytest.raises(ValueError, match="non-negative and hold at least one row"):
        prior_entropy(counts)


def test_the_numbers() -> None:
    frame = labelled(900, 60, 40)
    said = asked(frame).finding
    assert said.severity == "warning"
    assert said.columns == ("y",)
    assert said.message == (
        "Class 'c0' has 22.5 rows for each row of class 'c2' (900 against 40); "
        "always guessing 'c0' is right 90 % of the time"
    )
    facts = said.evidence
    assert facts["ratio"] == 22.5
    assert facts["majority_accuracy"] == 0.9
    assert facts["chance_loss"] == round(math.log(3), 4)
    assert facts["prior_entropy"] == round(float(entropy([900, 60, 40])), 4)
    assert facts["effective_classes"] == round(math.exp(entropy([900, 60, 40])), 4)
    classes = np.array(["c0", "c1", "c2"])
    weights = compute_class_weight("balanced", classes=classes, y=frame["y"].to_numpy().astype(str))
    assert facts["class_weights"] == {c: round(float(w), 4) for c, w in zip(classes, weights, strict=True)}
    assert facts["table"]["rows"] == [
        ["c0", 900, "90 %", 0.3704],
        ["c1", 60, "6 %", 5.5556],
        ["c2", 40, "4 %", 8.3333],
    ]
    assert said.figure is not None
    assert [bar["value"] for bar in said.figure["items"]] == [900, 60, 40]
    assert {bar["expected"] for bar in said.figure["items"]} == {333.3}


@pytest.mark.parametrize(("counts", "found"), [((799, 100), False), ((800, 100), True)])
def test_the_ratio_where_it_begins(counts: tuple[int, int], found: bool) -> None:
    assert (asked(labelled(*counts)).status is Status.FOUND) is found


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((45, 45, 10), True),  # one in ten, beside two of one size
        ((44, 44, 12), False),
        ((31, 31, 31, 7), True),
        ((30, 30, 30, 10), False),  # more than a third of an equal share
        ((24, 24, 24, 24, 4), False),  # of five classes the ratio counts
    ],
)
def test_one_rare_class_among_three_or_four(counts: tuple[int, ...], found: bool) -> None:
    assert (asked(labelled(*(3 * n for n in counts))).status is Status.FOUND) is found
    assert asked(labelled(*(3 * n for n in counts)), options={"share": 0.0}).status is Status.CLEAN


def test_the_option_moves_the_ratio() -> None:
    frame = labelled(300, 100)
    assert asked(frame).status is Status.CLEAN
    assert asked(frame, options={"ratio": 3.0}).finding.evidence["ratio"] == 3.0
    assert asked(labelled(900, 100), options={"ratio": 9.5}).status is Status.CLEAN


@pytest.mark.parametrize(
    "counts",
    [(600, 400), (20,) * 20, (3,) * 100, (212, 357), (59, 71, 48), (9, 1, 10)],
    ids=["60:40", "20 classes", "100 of 3 rows", "breast cancer", "wine", "20 rows"],
)
def test_natural_shares(counts: tuple[int, ...]) -> None:
    assert asked(labelled(*counts)).status is Status.CLEAN


def test_many_classes_drawn_evenly_differ_by_chance() -> None:
    y = np.random.default_rng(0).integers(0, 200, 1000)
    counts = np.bincount(y)
    assert counts.max() >= 8 * counts.min()  # 5 a class on average: the ratio alone would accuse
    assert asked(pd.DataFrame({"x": 0.5, "y": [f"c{v}" for v in y]})).status is Status.CLEAN


def test_train_is_judged_not_the_other_splits() -> None:
    even, uneven = labelled(100, 100), labelled(190, 10)
    assert asked(even, test=uneven).status is Status.CLEAN
    assert asked(uneven, test=even).finding.splits == ("train",)


def test_what_is_measured_where_nothing_is_wrong() -> None:
    assert (
        asked(labelled(150, 50)).measured == "largest to smallest class 3:1, majority guess 75 %, loss at chance 0.693"
    )


@pytest.mark.parametrize(
    ("data", "keywords", "status", "reason"),
    [
        (labelled(10, 9), {}, "skipped", "train has 19 labelled rows, fewer than 20"),
        (labelled(30), {}, "not-applicable", "there is one class; LAB102 judges that"),
        (labelled(30, 30), {"target": None}, "not-applicable", "no target was named, so there are no labels"),
        (
            pd.DataFrame({"x": 1.5, "y": np.linspace(0, 1, 50)}),
            {},
            "not-applicable",
            "the task is regression, which has no classes to count",
        ),
    ],
)
def test_reasons(data: pd.DataFrame, keywords: dict[str, Any], status: str, reason: str) -> None:
    answer = ask("LAB101", data, **{"target": "y", **keywords})
    assert (answer.status, answer.reason) == (status, reason)


def test_labels_that_are_markup_stay_text() -> None:
    frame = pd.DataFrame({"x": 0.5, "y": ["<script>alert(1)</script>"] * 95 + ["=cmd()"] * 5})
    assert set(asked(frame).finding.evidence["class_weights"]) == {"<script>alert(1)</script>", "=cmd()"}
