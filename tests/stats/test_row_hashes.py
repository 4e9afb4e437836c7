"""Row hashes: the same rows, and no others, are the same; in any chunks; pictures as decoded."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dataaudit.model import Chunk, Codes, Column, Name, Picture, Role, Schema, Storage
from dataaudit.stats.row_hashes import (
    MISSING,
    RowHashes,
    RowHashesState,
    common,
    distinct,
    is_in,
    repeated,
    target_word,
)
from tests.build import chunks, cut, observed, table


def hashes(data: Any, cuts: tuple[int, ...] = (), **loading: Any) -> RowHashesState:
    schema, parts = chunks(data, cuts, **loading)
    state: RowHashesState = observed(RowHashes(), schema, parts)
    return state


def groups_of(words: Any) -> Counter[int]:
    return Counter(Counter(words.tolist()).values())


cells = st.sampled_from([0.0, -0.0, 1.0, 2.0, 5e-324, 1e300, float("nan"), float("inf"), float("-inf")])
texts = st.sampled_from(["a", "b", "ab", "ba", "", " ", None])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(cells, cells, texts, st.sampled_from([0, 1, 2])), min_size=1, max_size=40), st.integers(0, 40)
)
def test_rows_are_the_same_where_pandas_says_so(rows: list[Any], at: int) -> None:
    frame = pd.DataFrame(rows, columns=["x", "z", "t", "y"]).astype({"t": "str"})
    state = hashes(frame, (min(at, len(rows)),), target="y")
    told = pd.DataFrame(frame).assign(x=frame.x + 0.0, z=frame.z + 0.0)
    for words, columns in ((state.inputs, ["x", "z", "t"]), (state.whole, ["x", "z", "t", "y"])):
        ours = pd.Series(words).groupby(words).ngroup()
        theirs = told.groupby(columns, dropna=False).ngroup()
        assert pd.crosstab(ours, theirs).astype(bool).sum().eq(1).all()
        assert ours.nunique() == theirs.nunique()


def test_columns_have_their_place() -> None:
    a = hashes(pd.DataFrame({"x": [1.0, 2.0], "z": [2.0, 1.0]}))
    assert len(set(a.inputs.tolist())) == 2
    b = hashes(pd.DataFrame({"x": ["p", "q"], "z": ["q", "p"]}))
    assert len(set(b.inputs.tolist())) == 2


def test_a_million_pairs_of_neighbouring_floats_do_not_collide() -> None:
    x = np.nextafter(1.0, 2.0) + np.arange(1000) * np.finfo(float).eps
    X = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    parts = np.array_split(X, 200)
    words = np.concatenate([hashes(part).inputs for part in parts])
    assert len(distinct(words)) == 1_000_000


@pytest.mark.parametrize("name", ["id", "ID", "Unnamed: 0", "row_id", "index", "uuid"])
def test_a_counter_hides_nothing(name: str) -> None:
    frame = pd.DataFrame({name: range(4), "x": [1.0, 1.0, 2.0, 3.0]})
    assert groups_of(hashes(frame).inputs) == {2: 1, 1: 2}
    assert groups_of(hashes(frame.rename(columns={name: "n"})).inputs) == {1: 4}
    assert groups_of(hashes(frame.rename(columns={name: "n"}), id="n").inputs) == {2: 1, 1: 2}
    assert groups_of(hashes(frame[[name]]).inputs) == {1: 4}  # all there is, so it is the input


def test_groups_and_times_are_inputs() -> None:
    frame = pd.DataFrame({"who": ["a", "b"], "x": [1.0, 1.0], "when": [5.0, 5.0]})
    assert groups_of(hashes(frame, group="who", time="when").inputs) == {1: 2}


def test_targets_are_their_own_bits() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0.5, -0.0, np.nan]})
    state = hashes(frame, target="y")
    assert state.targets[:2].view(np.float64).tolist() == [0.5, 0.0]
    assert state.targets.tolist() == [
        int(target_word(0.5, is_number=True)), int(target_word(0, is_number=True)), int(MISSING),
    ]  # fmt: skip
    words = hashes(table(20), target="y").targets
    assert set(words.tolist()) == {int(target_word(label, is_number=False)) for label in ("no", "yes")}


def test_several_targets_count_together() -> None:
    frame = pd.DataFrame({"x": [1.0] * 3, "y": [0.0, 0.0, 1.0], "z": [1.0, 1.0, 0.0]})
    assert groups_of(hashes(frame, target=["y", "z"]).whole) == {2: 1, 1: 1}


def test_rows_of_nothing_are_void() -> None:
    frame = pd.DataFrame({"x": [0.0, np.nan, 1.0, -0.0, np.nan], "z": [0.0, np.nan, 0.0, 0.0, 2.0]})
    assert hashes(frame).void.tolist() == [0, 1, 3]
    texts = frame.assign(t=pd.Series(["a", None, "b", "", "c"]))
    assert hashes(texts).void.tolist() == [1]  # two zeros beside a text are nothing special
    assert hashes(texts.assign(w=frame.x)).void.tolist() == [0, 1, 3]
    assert hashes(texts.assign(w=frame.x, u="a", v="b", s="c")).void.tolist() == []
    assert hashes(pd.DataFrame({"t": ["", "", None]})).void.tolist() == [2]


def test_runs_join_whatever_their_order() -> None:
    schema, parts = chunks(table(90), (30, 60), start=1000)
    a, b, c = (observed(RowHashes(), schema, [part]) for part in parts)
    assert [r.start for r in a.merge(c).runs] == [1000, 1060]
    joined = c.merge(a).merge(b)
    assert [r.start for r in joined.runs] == [1000]
    assert joined.rows.tolist() == list(range(1000, 1090))
    np.testing.assert_array_equal(joined.inputs, hashes(table(90)).inputs)


# ---------------------------------------------------------------- pictures


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(8, 8, 3), (5, 7, 1), (28, 28, 1)])
def test_arrays_of_pictures(dtype: Any, shape: tuple[int, ...]) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (40, *shape)).astype(dtype)
    pixels[7], pixels[30], pixels[39] = pixels[3], pixels[3], pixels[0]
    pixels[11] = 9
    pixels[12] = pixels[13]
    pixels[12, -1, 0, 0] += 1  # one step in one channel of one pixel
    state = hashes((pixels, np.arange(40) % 2), (13, 31))
    places, groups = repeated(state.inputs)
    assert (places.tolist(), groups.tolist()) == ([0, 39, 3, 7, 30], [0, 0, 1, 1, 1])
    assert state.void.tolist() == [11]


def test_float_pictures_with_gaps() -> None:
    pixels = np.random.default_rng(0).normal(size=(6, 4, 4, 1))
    pixels[1] = pixels[0]
    pixels[0, 0, 0], pixels[1, 0, 0] = np.nan, -np.float64(np.nan)
    pixels[2] = np.nan
    pixels[3] = np.where(np.arange(16).reshape(4, 4, 1) % 2, 0.0, -0.0)
    state = hashes((pixels, np.arange(6) % 2))
    assert state.inputs[0] == state.inputs[1]
    assert state.void.tolist() == [2, 3]


def _files(pictures: list[Picture]) -> RowHashesState:
    schema = Schema((Column("label", Storage.CATEGORY, "class", Role.TARGET),), pictures=True)
    codes: dict[Name, Codes] = {"label": Codes(np.zeros(len(pictures), np.int32), ["cat"])}
    chunk = Chunk("train", 0, len(pictures), np.zeros((0, len(pictures))), codes, pictures=lambda: pictures)
    state: RowHashesState = observed(RowHashes(), schema, cut(chunk, [2]))
    return state


def test_picture_files_are_hashed_as_decoded() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG", compress_level=9)
    again = np.asarray(Image.open(file))
    grey = rgb[..., :1]
    opaque = np.concatenate([rgb, np.full((6, 9, 1), 255, np.uint8)], axis=2)
    clear = np.concatenate([rgb, np.full((6, 9, 1), 254, np.uint8)], axis=2)
    kinds = [rgb, again, opaque, grey, np.repeat(grey, 3, axis=2), clear, rgb.reshape(9, 6, 3), rgb[:, ::-1]]
    state = _files([Picture(f"{i}.png", x) for i, x in enumerate(kinds)])
    places, groups = repeated(state.inputs)
    assert (places.tolist(), groups.tolist()) == ([0, 1, 2, 3, 4], [0, 0, 0, 1, 1])
    assert state.void.tolist() == []


def test_blank_and_broken_files_are_void() -> None:
    blank = np.full((6, 9, 3), 128, np.uint8)
    nearly = blank.copy()
    nearly[2, 3, 1] = 129
    state = _files([Picture("a", blank), Picture("b", nearly), Picture("c", error="truncated"), Picture("d", blank)])
    assert state.void.tolist() == [0, 2, 3]


# ---------------------------------------------------------------- the same hash twice

words = st.lists(st.integers(0, 12), max_size=40).map(lambda v: np.array(v, dtype=np.uint64))


@given(words)
def test_repeated(a: Any) -> None:
    places, groups = repeated(a)
    theirs = [np.flatnonzero(a == v).tolist() for v in set(a.tolist())]
    theirs = sorted(places for places in theirs if len(places) > 1)
    assert [places[groups == g].tolist() for g in range(len(theirs))] == theirs
    assert len(places) == sum(map(len, theirs))


@given(words, words)
def test_common(a: Any, b: Any) -> None:
    assert common(a, b).tolist() == np.intersect1d(a, b).tolist()
    assert distinct(a).tolist() == np.unique(a).tolist()
    assert is_in(a, distinct(b)).tolist() == np.isin(a, b).tolist()
