"""LEA110: the same row in two splits, weighed against rows that repeat by chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine

from dataaudit.analyzers.leakage.shared_rows import split_tail
from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.analyzers.leakage.splitting import copied, drawn, split
from tests.build import images, table

# ---------------------------------------------------------------- copies


def test_one_copied_row() -> None:
    train, test = table(200), table(50, 1)
    finding = ask("LEA110", train, test=copied(test, train, {7: 30}), target="y").finding
    assert (finding.severity, finding.splits, finding.rows, finding.row_count) == ("error", ("train", "test"), (7,), 1)
    assert finding.message == ("1 row of test is in train as well (2 % of test); chance would make fewer than 1")
    assert finding.columns == ()
    assert finding.evidence["table"]["rows"] == [[7, 30]]
    assert finding.evidence["compared_again"] == 1


def test_pairs_are_shown_side_by_side() -> None:
    train, test = table(200), table(50, 1)
    test = copied(test, train, {7: 30, 9: 31})
    test.loc[9, "y"] = "no" if train.loc[31, "y"] == "yes" else "yes"
    finding = ask("LEA110", train, test=test, target="y").finding
    figure: Any = finding.figure
    assert (figure["kind"], figure["left"], figure["right"]) == ("pairs", "train", "test")
    assert figure["columns"] == ["age", "income", "rooms", "city", "active", "joined", "y"]
    first, second = figure["pairs"]
    assert (first["left"]["row"], first["right"]["row"], first["differs"], first["note"]) == (
        30,
        7,
        [],
        "the same label",
    )
    assert (second["differs"], second["note"]) == ([6], "another label")
    assert first["left"]["values"] == first["right"]["values"]
    assert first["left"]["values"][3] == train.loc[30, "city"]
    assert finding.message == (
        "2 rows of test are in train as well (4 % of test); 1 pair of them disagrees on the label; "
        "chance would make fewer than 1"
    )
    assert finding.evidence["other_label"] == 1


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(0, 59), st.integers(0, 119), min_size=1, max_size=20))
def test_it_finds_what_a_set_of_tuples_finds(pairs: dict[int, int]) -> None:
    train = table(120)
    test = copied(table(60, 1), train, pairs)
    finding = ask("LEA110", train, test=test, target="y").finding
    seen = set(train.drop(columns="y").itertuples(index=False, name=None))
    rows = [i for i, row in enumerate(test.drop(columns="y").itertuples(index=False, name=None)) if row in seen]
    assert list(finding.rows) == rows


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_diabetes, load_digits])
@pytest.mark.parametrize("share", [0.01, 0.25])
def test_copies_in_real_tables(load: Callable[..., Any], share: float) -> None:
    train, validation, test = split(load(as_frame=True).frame, seed=3)
    pairs = drawn(max(1, round(share * len(test))), test, train)
    finding = ask("LEA110", train, validation, copied(test, train, pairs), target="target").finding
    assert (finding.severity, finding.splits, list(finding.rows)) == ("error", ("train", "test"), list(pairs))


def test_float32_arrays_and_a_new_order() -> None:
    X, y = load_wine(return_X_y=True)
    X = X.astype(np.float32)
    test = np.vstack([X[140:], X[[3, 90]]])[::-1]
    finding = ask("LEA110", (X[:140], y[:140]), test=(test, np.zeros(40, int))).finding
    assert finding.rows == (0, 1)


def test_missing_cells_and_negative_zero_agree() -> None:
    train, test = table(100), table(40, 1)
    train.loc[5, ["age", "income"]] = [np.nan, 0.0]
    test = copied(test, train, {8: 5})
    test.loc[8, "income"] = -0.0
    assert ask("LEA110", train, test=test, target="y").finding.rows == (8,)


@pytest.mark.parametrize("name", ["id", "index", "record_no", "k"])
def test_new_numbers_hide_nothing(name: str) -> None:
    train, test = table(300), table(100, 1)
    test = copied(test, train, {1: 30, 50: 60, 99: 90})
    train.insert(0, name, np.arange(300))
    test.insert(0, name, np.arange(300, 400))
    finding = ask("LEA110", train, test=test, target="y").finding
    assert finding.rows == (1, 50, 99)
    assert finding.evidence["left_out"] == ([] if name in ("id", "index") else [name])


def test_every_pair_of_splits_is_told_of_once() -> None:
    train, validation, test = split(table(500))
    validation = copied(validation, train, {0: 5})
    test = copied(copied(test, train, {1: 5, 2: 6}), validation, {3: 50})
    findings = ask("LEA110", train, validation, test, target="y").findings
    assert [(f.splits, f.rows, str(f.severity)) for f in findings] == [
        (("train", "validation"), (0,), "error"),
        (("train", "test"), (1, 2), "error"),
        (("validation", "test"), (3,), "warning"),  # row 1 is in validation too, by way of train
    ]


def test_copies_made_before_the_split() -> None:
    data = table(600)
    data = pd.concat([data, data.iloc[:150]], ignore_index=True)
    train, validation, test = split(data, seed=2)
    seen = set(train.drop(columns="y").itertuples(index=False, name=None))
    answer = ask("LEA110", train, validation, test, target="y")
    finding = next(f for f in answer.findings if f.splits == ("train", "test"))
    assert finding.severity == "warning"
    assert finding.row_count == sum(r in seen for r in test.drop(columns="y").itertuples(index=False, name=None))
    assert finding.message.endswith("train repeats as often within itself: the copies were there before the split")


def test_many_copies_are_capped() -> None:
    train = table(3000)
    finding = ask("LEA110", train, test=train.iloc[::-1].iloc[:1500].reset_index(drop=True), target="y").finding
    assert (len(finding.rows), finding.row_count) == (1000, 1500)
    assert (finding.evidence["table"]["total"], len(finding.evidence["table"]["rows"])) == (1500, 200)
    assert finding.evidence["table"]["rows"][0] == [0, 2999]


def test_copies_hide_among_twins_until_they_are_too_many() -> None:
    rng = np.random.default_rng(0)
    coarse = pd.DataFrame(rng.integers(0, 4, (900, 4)), columns=list("abcd"))
    train, _, test = split(coarse)
    natural = ask("LEA110", train, test=test).finding
    assert natural.severity == "note"
    assert "as chance makes in columns this coarse" in natural.message
    fine = load_iris(as_frame=True).frame
    train, _, test = split(fine)
    loud = ask("LEA110", train, test=copied(test, train, drawn(10, test, train)), target="target").finding
    assert loud.severity == "error"


def test_probability_of_a_split() -> None:
    assert split_tail(0, 0, 10, 10) == 1.0
    assert split_tail(0, 3, 60, 20) == pytest.approx((1200 / 3160) ** 3)
    q = 40 * 10 / (50 * 49 / 2)
    assert split_tail(2, 1, 40, 10, 1) == pytest.approx(1 - (1 - q) ** 4)
    assert split_tail(0, 1, 1, 1) == 1.0


# ---------------------------------------------------------------- innocent


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer, load_diabetes, load_digits])
def test_real_tables_split_at_random(load: Callable[..., Any], seed: int) -> None:
    answer = ask("LEA110", *split(load(as_frame=True).frame, seed), target="target")
    assert answer.loud == ()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("values", "columns", "n"), [(2, 4, 200), (5, 5, 500), (9, 3, 400), (12, 4, 2000)])
def test_coarse_columns_repeat_by_chance(values: int, columns: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.integers(0, values, (n, columns))).add_prefix("c")
    assert ask("LEA110", *split(data, seed)).loud == ()


def test_rotated_coarse_columns_repeat_with_other_labels() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2000, 3)).round(1) @ rng.normal(size=(3, 3))
    data = pd.DataFrame(x).add_prefix("c").assign(y=rng.integers(0, 3, 2000))
    assert ask("LEA110", *split(data, 2), target="y", task="classification").loud == ()


def test_coarse_rows_of_which_train_was_freed() -> None:
    rng = np.random.default_rng(1)
    train, validation, test = split(pd.DataFrame(rng.integers(0, 5, (600, 4)), columns=list("abcd")))
    assert ask("LEA110", train.drop_duplicates(ignore_index=True), validation, test).loud == ()


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(table(60, 1), id="other rows"),
        pytest.param(table(60, 0).assign(age=0.5), id="one column differs"),
        pytest.param(pd.concat([table(60, 1)] * 2), id="copies within test are INP107's"),
        pytest.param(table(1, 1), id="one row"),
        pytest.param(table(0).reindex(range(5)), id="nothing in the rows"),
        pytest.param(table(60, 1).assign(age=np.inf), id="infinite"),
    ],
)
def test_innocent(test: pd.DataFrame) -> None:
    answer = ask("LEA110", pd.concat([table(100), table(0).reindex(range(5))]), test=test)
    assert answer.findings == ()


def test_what_is_said_of_clean_splits() -> None:
    train, validation, test = split(table(100))
    assert ask("LEA110", train, validation, test, target="y").measured == (
        "none of validation's 20 rows is in train; none of test's 20 rows is in train; "
        "none of test's 20 rows is in validation"
    )


def test_zeros_are_not_copies() -> None:
    train, test = (pd.DataFrame({"x": [0.0] * 9 + [k], "z": [0.0] * 9 + [k + 1]}) for k in (1.5, 2.5))
    assert ask("LEA110", train, test=test).findings == ()


def test_not_applicable() -> None:
    assert ask("LEA110", table(50)).status is Status.NOT_APPLICABLE
    assert ask("LEA110", table(50)[["y"]], test=table(50)[["y"]], target="y").status is Status.NOT_APPLICABLE


# ---------------------------------------------------------------- pictures


def test_pictures_of_an_array() -> None:
    X, y = images(80)
    test = X[60:].copy()
    test[4] = X[3]
    test[10:13] = X[10:13] = 7  # of one colour
    finding = ask("LEA110", (X[:60], y[:60]), test=(test, 1 - (y[60:] > 1))).finding
    assert (finding.severity, finding.rows) == ("error", (4,))
    assert finding.message.startswith("1 picture of test is in train as well (5 % of test)")
    figure: Any = finding.figure
    assert figure["pairs"][0]["left"]["picture"].startswith("data:image/webp;base64,")


def test_picture_files(tmp_path: Path) -> None:
    X, _ = images(12, size=16)
    for i, pixels in enumerate(X):
        place = tmp_path / ("train" if i < 8 else "test") / ("cat" if i % 2 else "dog")
        place.mkdir(exist_ok=True, parents=True)
        Image.fromarray(pixels).save(place / f"{i:02}.png")
    Image.fromarray(X[4]).save(tmp_path / "test" / "cat" / "99.png", compress_level=0)
    finding = ask("LEA110", tmp_path).finding
    assert finding.rows == ("test/cat/99.png",)
    assert finding.evidence["other_label"] == 1


def test_pictures_drawn_from_a_small_set() -> None:
    X, y = images(10)
    order = np.random.default_rng(0).integers(0, 10, 120)
    finding = ask("LEA110", (X[order[:80]], y[order[:80]]), test=(X[order[80:]], y[order[80:]])).finding
    assert finding.severity == "note"
    assert "drawn from a small set" in finding.message
