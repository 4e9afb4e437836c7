"""INP107: copies, which row each one copies, and repeats that are no copies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_iris

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import images, table


def with_copies(data: pd.DataFrame, pairs: dict[int, int]) -> pd.DataFrame:
    data = data.copy()
    for row, of in pairs.items():
        data.iloc[row] = data.iloc[of]
    return data


@pytest.mark.parametrize("target", ["y", None])
def test_one_copy_among_fine_columns(target: str | None) -> None:
    finding = ask("INP107", with_copies(table(200), {120: 30}), target=target).finding
    assert (finding.severity, finding.rows, finding.row_count) == ("warning", (30, 120), 2)
    assert finding.message == (
        "1 row of 200 is an exact copy of an earlier one (0.5 %); chance would make fewer than 1"
    )
    assert finding.evidence["table"]["rows"] == [[120, 30]]


def test_every_row_of_a_group_is_listed_once() -> None:
    finding = ask("INP107", with_copies(table(200), {50: 3, 60: 3, 61: 3, 199: 4}), target="y").finding
    assert finding.rows == (3, 4, 50, 60, 61, 199)
    assert finding.evidence["table"]["rows"] == [[50, 3], [60, 3], [61, 3], [199, 4]]
    assert finding.evidence["groups"] == 2


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.integers(100, 149), st.integers(0, 99), min_size=1, max_size=20))
def test_it_finds_what_pandas_finds(pairs: dict[int, int]) -> None:
    data = with_copies(table(150), pairs)
    finding = ask("INP107", data, target="y").finding
    assert list(finding.rows) == np.flatnonzero(data.duplicated(keep=False)).tolist()


def test_every_split_by_itself() -> None:
    answer = ask("INP107", table(100), with_copies(table(80, 1), {7: 3}), table(60, 0), target="y")
    assert answer.finding.splits == ("validation",)


def test_missing_cells_and_a_new_id_hide_nothing() -> None:
    data = table(100)
    data.loc[5, "age"] = None
    data = with_copies(data, {90: 5}).assign(id=range(100))
    assert ask("INP107", data, target="y").finding.rows == (5, 90)


def test_another_label_is_another_row() -> None:
    data = with_copies(table(100), {90: 5, 91: 6})
    data.loc[90, "y"] = "no" if data.loc[5, "y"] == "yes" else "yes"
    finding = ask("INP107", data, target="y").finding
    assert finding.rows == (6, 91)
    assert finding.evidence["repeated_inputs_alone"] == 2


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(table(300), id="fine columns"),
        pytest.param(load_iris(as_frame=True).frame, id="iris: two flowers measure the same"),
        pytest.param(load_iris(as_frame=True).frame.sample(100, random_state=3), id="100 of iris"),
        pytest.param(table(200)[["age"]], id="one fine column"),
        pytest.param(table(0).reindex(range(3)), id="nothing in the rows"),
        pytest.param(with_copies(table(200), {3: 2}).assign(age=range(200)), id="another age"),
        pytest.param(pd.DataFrame({"x": [0.0] * 9 + [1.5], "z": [0.0] * 9 + [2.5]}), id="zeros are INP103's"),
    ],
)
def test_innocent(data: pd.DataFrame) -> None:
    answer = ask("INP107", data)
    assert answer.findings == ()
    assert answer.status is Status.CLEAN


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("values", "columns", "n"), [(2, 4, 200), (5, 5, 500), (9, 3, 400), (12, 4, 1000)])
def test_coarse_columns_repeat_by_chance(values: int, columns: int, n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    answer = ask("INP107", pd.DataFrame(rng.integers(0, values, (n, columns))).add_prefix("c"))
    assert answer.loud == ()


def test_dummies_repeat_by_chance() -> None:
    rng = np.random.default_rng(0)
    data = pd.get_dummies(pd.DataFrame(rng.integers(0, 4, (300, 5))).astype(str), dtype=float)
    answer = ask("INP107", data)
    assert answer.loud == ()
    assert "as chance makes" in answer.finding.message


@pytest.mark.parametrize(("share", "seed"), [(0.05, 0), (0.1, 1), (0.2, 2)])
@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_copies_in_real_tables(load: Any, share: float, seed: int) -> None:
    data = load(as_frame=True).frame
    rng = np.random.default_rng(seed)
    n = len(data)
    k = round(share * n)
    rows = rng.permutation(n)
    data = with_copies(data, dict(zip(rows[:k].tolist(), rows[k : 2 * k].tolist(), strict=True)))
    finding = ask("INP107", data, target="target").finding
    assert finding.severity == "warning"
    assert list(finding.rows) == np.flatnonzero(data.duplicated(keep=False)).tolist()


@pytest.mark.parametrize(
    ("join", "said"),
    [
        (lambda d: pd.concat([d, d.iloc[:40]]), "they stand 100 rows behind their originals, in order"),
        (
            lambda d: d.iloc[np.repeat(np.arange(100), 1 + (np.arange(100) < 30))],
            "they follow their originals directly",
        ),
        (lambda d: pd.concat([d, d.sample(40, random_state=0)]), None),
    ],
)
def test_how_the_copies_lie(join: Any, said: str | None) -> None:
    message = ask("INP107", join(table(100)), target="y").finding.message
    assert (said or "chance would make fewer than 1") in message
    assert said or message.endswith("fewer than 1")


def test_wide_lists_are_capped() -> None:
    data = pd.concat([table(3000), table(3000)])
    finding = ask("INP107", data, target="y").finding
    assert (len(finding.rows), finding.row_count) == (1000, 6000)
    assert finding.evidence["table"]["total"] == 3000
    assert len(finding.evidence["table"]["rows"]) == 200


def test_the_p_value_is_an_option() -> None:
    data = load_iris(as_frame=True).frame
    data = with_copies(data, {0: 90, 1: 91, 2: 92, 3: 93})
    assert ask("INP107", data, target="target").loud == ()
    assert ask("INP107", data, target="target", options={"p_value": 0.5}).loud


# ---------------------------------------------------------------- pictures


def test_pictures_of_an_array() -> None:
    X, y = images(60)
    X[40] = X[3]
    y[40] = 1 - y[3]  # whatever its label
    X[10:13] = 7
    finding = ask("INP107", (X, y)).finding
    assert (finding.severity, finding.rows) == ("warning", (3, 40))
    assert finding.message == "1 picture of 57 is an exact copy of an earlier one (1.8 %)"


def test_pictures_drawn_from_a_small_set() -> None:
    X, _ = images(10)
    finding = ask("INP107", (X[np.arange(60) % 10], np.arange(60) % 2)).finding
    assert finding.severity == "note"
    assert "drawn from a small set" in finding.message


def test_picture_files_are_compared_as_decoded(tmp_path: Path) -> None:
    X, _ = images(12, size=16)
    for i, pixels in enumerate(X):
        place = tmp_path / ("cat" if i % 2 else "dog")
        place.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(place / f"{i:02}.png")
    Image.fromarray(X[4]).save(tmp_path / "dog" / "99.png", compress_level=0)
    Image.fromarray(X[4][:, ::-1]).save(tmp_path / "dog" / "98.png")
    for name in ("a", "b"):
        Image.new("RGB", (16, 16), "white").save(tmp_path / "cat" / f"{name}.png")
        (tmp_path / "cat" / f"{name}x.png").write_bytes(b"nothing")
    finding = ask("INP107", tmp_path).finding
    assert finding.rows == ("dog/04.png", "dog/99.png")


def test_no_inputs() -> None:
    answer = ask("INP107", table(50)[["y"]], target="y")
    assert answer.status is Status.NOT_APPLICABLE
