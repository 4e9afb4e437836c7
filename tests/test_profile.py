"""Profiles: saved and loaded equal, merged equal to the whole, refused when damaged."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit import engine
from dataaudit.errors import NothingReadError, SourceError
from dataaudit.model import Name, PixelLayout
from dataaudit.profile import Profile
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.sample import Sample
from dataaudit.stats.values import Values
from tests import laws
from tests.build import every_rule, images, table


def holed(n: int = 1500) -> pd.DataFrame:
    """Return a table with missing cells, a column of another size, and one that a sketch cannot hold."""
    data = table(n, seed=4)
    data["big"] = 1e9 + 1e-3 * np.random.default_rng(5).normal(size=n)
    data.loc[::13, "age"] = np.nan
    data.loc[3::17, "city"] = None
    data.loc[5::19, "y"] = None
    return data


def part(data: Any, first_row: int = 0, target: Name | None = "y") -> Profile:
    return dataaudit.profile_of(data, target=target, first_row=first_row, jobs=1)


def equal(left: Profile, right: Profile) -> None:
    """Assert that two profiles hold the same facts: exactly, sums of floats to 1e-12."""
    assert left.schema == right.schema
    assert list(left.splits) == list(right.splits)
    for name, mine in left.splits.items():
        theirs = right.splits[name]
        assert (mine.role, mine.first_row, mine.n_rows) == (theirs.role, theirs.first_row, theirs.n_rows)
        assert {k for k in mine.states if k.rowless} == {k for k in theirs.states if k.rowless}
        for key, state in mine.states.items():
            if key.rowless:
                laws.alike(state, theirs.states[key])


def test_saved_and_loaded_equal(tmp_path: Path) -> None:
    whole = dataaudit.profile_of(holed(), test=holed(200), target="y")
    path = tmp_path / "facts.json"
    whole.save(path)
    again = Profile.load(path)
    equal(again, whole)
    assert (again.name, again.kind, again.stage) == (whole.name, whole.kind, whole.stage)
    assert (again.to_json(), again.digest) == (whole.to_json(), whole.digest)
    assert path.read_text(encoding="utf-8") == whole.to_json()


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pictures_and_their_layout_come_back(dtype: type, tmp_path: Path) -> None:
    X, y = images(50)
    whole = part((X.astype(dtype), y), target=None)
    whole.save(tmp_path / "p.json")
    again = Profile.load(str(tmp_path / "p.json"))
    assert again.schema.pixels == PixelLayout(8, 8, 3, channels_first=False, dtype=np.dtype(dtype).name)
    equal(again, whole)


@pytest.mark.parametrize("cuts", [[700], [1, 2, 1499], [128, 256, 1024], [500, 1000]])
def test_merged_parts_are_the_whole(cuts: list[int]) -> None:
    data = holed()
    edges = [0, *cuts, len(data)]
    parts = [part(data.iloc[a:b], a) for a, b in pairwise(edges)]
    whole = part(data)
    merged = parts[0]
    for more in parts[1:]:
        merged = merged.merge(more)
    equal(merged, whole)
    laws.alike(merged.splits["train"].states[Sample()], whole.splits["train"].states[Sample()])


def test_saved_parts_merge_to_the_whole() -> None:
    data = holed()
    saved = [part(data[:600]).to_json(), part(data[600:], 600).to_json()]
    first, second = (Profile.from_dict(json.loads(text)) for text in saved)
    equal(first.merge(second), part(data))
    assert [first.to_json(), second.to_json()] == saved  # operands stay


def test_merging_gives_the_sums_a_reader_can_check() -> None:
    data = holed()
    facts = part(data[:600]).merge(part(data[600:], 600)).splits["train"]
    moments, values, gaps, order = (facts.states[s] for s in (Moments(), Values(), Gaps(), LabelOrder()))
    ages = data["age"].dropna()
    assert facts.n_rows == 1500
    assert moments.n[0] == len(ages)  # type: ignore[attr-defined]
    assert moments.std[0] == pytest.approx(ages.std(ddof=0), rel=1e-12)  # type: ignore[attr-defined]
    assert gaps.missing["city"] == data["city"].isna().sum()  # type: ignore[attr-defined]
    assert dict(values.columns["city"].top()) == data["city"].value_counts().to_dict()  # type: ignore[attr-defined]
    assert order.columns["y"].counts == data["y"].value_counts().to_dict()  # type: ignore[attr-defined]


def test_judged_from_a_file_as_from_the_data() -> None:
    """Rules that read no sampled rows say the same; those that do say that they cannot."""
    facts = part(holed())
    again = Profile.from_dict(facts.to_dict())
    fresh, loaded = (engine.judge(every_rule(), engine.views(p)) for p in (facts, again))
    for a, b, rule in zip(laws.said(fresh), laws.said(loaded), every_rule(), strict=True):
        if all(need.rowless for need in rule.needs()):
            assert a == b


def test_splits_in_one_part_only_are_kept() -> None:
    first = dataaudit.profile_of(table(50), target="y")
    second = dataaudit.profile_of(table(30), test=table(20), target="y", first_row=50)
    merged = first.merge(second)
    assert {name: (s.first_row, s.n_rows) for name, s in merged.splits.items()} == {"train": (0, 80), "test": (50, 20)}


def test_facts_that_one_part_lacks_are_left_out() -> None:
    first, second = part(table(50)), Profile.from_dict(part(table(30, 1), 50).to_dict())
    states = first.merge(second).splits["train"].states
    assert Sample() not in states
    assert Moments() in states


# ---------------------------------------------------------------- no rows


def test_no_row_is_in_a_saved_profile() -> None:
    """A row's number and its text are each there as values, but nothing tells that they belong together."""
    data = table(400)
    data.loc[123, "age"] = 77.25
    data.loc[123, "city"] = "Ankh-Morpork"
    facts = dataaudit.profile_of(data, target="y")
    text = facts.to_json()
    assert Sample() in facts.splits["train"].states
    assert "Sample" not in text
    assert "77.25" in text
    assert "Ankh-Morpork" in text
    again = Profile.from_dict(json.loads(text))
    assert all(key.rowless for key in again.splits["train"].states)
    shuffled = data.copy()
    shuffled["city"] = shuffled["city"].sample(frac=1.0, random_state=1).to_numpy()
    other = dataaudit.profile_of(shuffled, target="y").splits["train"].states
    for key in engine.BASE:
        assert laws.content(facts.splits["train"].states[key]) == laws.content(other[key])


# ---------------------------------------------------------------- what is refused


def test_parts_must_follow_each_other() -> None:
    with pytest.raises(
        SourceError, match=r"Split 'train': the first part stops at row 1,500, the second starts at 0\."
    ) as hit:
        part(holed()).merge(part(holed()))
    assert hit.value.hint == "Profile the second part with first_row=1500."
    with pytest.raises(SourceError, match="the second starts at 1,501"):
        part(holed()).merge(part(holed(), 1501))


def test_parts_must_have_the_same_columns() -> None:
    with pytest.raises(SourceError, match="different columns") as hit:
        part(table(50)).merge(part(table(50).drop(columns="age"), 50))
    assert hit.value.hint
    with pytest.raises(SourceError, match="different columns"):
        part(table(50)).merge(part(table(50), 50, target=None))


def test_nothing_read_is_an_error() -> None:
    with pytest.raises(NothingReadError):
        part(table(50)[:0])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"p\.json:1: not JSON \(Expecting value\)"),
        (b'{\n"schema": ', r"p\.json:2: not JSON"),
        (b"\xff\xfe", r"p\.json: not readable"),
        (b"[1, 2]", r"p\.json: this is no saved profile, but a JSON list"),
        (b"null", r"but a JSON NoneType"),
        (b"{}", r"p\.json: this is no saved profile: its schema is None, expected 'dataaudit\.profile/1'"),
        (b'{"schema": "dataaudit.profile/99"}', r"its schema is 'dataaudit\.profile/99', expected"),
        (b'{"schema": "dataaudit.report/1", "findings": []}', r"its schema is 'dataaudit\.report/1'"),
        (b'{"schema": "dataaudit.profile/1"}', r"p\.json: the saved profile is damaged"),
        (b"[" * 100_000, r"p\.json: not a profile's JSON"),
        (b"1" * 5000, r"p\.json: not a profile's JSON"),
    ],
)
def test_files_that_are_no_profiles(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        Profile.load(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SourceError, match="not readable"):
            Profile.load(path)


def test_cut_short_anywhere(tmp_path: Path) -> None:
    text = part(table(30)).to_json()
    path = tmp_path / "cut.json"
    for length in range(1, len(text) - 1, 997):
        path.write_text(text[:length], encoding="utf-8")
        with pytest.raises(SourceError, match=r"cut\.json"):
            Profile.load(path)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    for key in data if isinstance(data, dict) else range(min(2, len(data))) if isinstance(data, list) else ():
        yield from _places(data[key], (*path, key))


def _changed(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def test_changed_anywhere() -> None:
    """One value changed, wherever it is but in the name, is noticed, whether it would still make sense or not."""
    saved = part(table(30)).to_dict()
    places = list(_places(saved))
    assert len(places) > 100
    values: tuple[Any, ...] = (-7, "changed", {"a": None})
    for path in places:
        for value in values:
            if path == ("name",) and value == "changed":
                continue
            with pytest.raises(SourceError):
                Profile.from_dict(_changed(saved, path, value))


def test_a_renamed_profile_holds_the_same_facts() -> None:
    whole = part(table(30))
    renamed = Profile.from_dict({**whole.to_dict(), "name": "other"})
    assert (renamed.name, renamed.digest) == ("other", whole.digest)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("columns", 0), ["age", "float"]),
        (("columns", 0, 1), "complex"),
        (("columns",), 5),
        (("pixels",), {"height": 3}),
        (("splits",), [1]),
        (("splits", "train"), 5),
        (("splits", "train", "states"), [[1]]),
        (("splits", "train", "states", 0, 0, "type"), "Path"),
        (("splits", "train", "states", 0, 1, "fields"), [1]),
        (("splits", "train", "states", 0, 1, "fields", "n", "array"), "no dtype"),
        (("splits", "train", "states", 0, 1, "fields", "n", "data"), [2**80]),
        (("splits", "train", "states", 0, 1, "fields", "n", "shape"), [99]),
    ],
)
def test_nonsense_under_a_fitting_digest(path: tuple[Any, ...], value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where somebody made the digest fit, nonsense is one clear line."""
    saved = _changed(part(table(30)).to_dict(), path, value)
    monkeypatch.setattr("dataaudit.profile._digest", lambda facts: saved["digest"])
    with pytest.raises(SourceError, match="The saved profile is damaged: ") as hit:
        Profile.from_dict(saved)
    assert "\n" not in hit.value.message
    assert hit.value.hint == "Write it again from the data."


def test_names_of_any_letters_come_back(tmp_path: Path) -> None:
    data = pd.DataFrame({"naïve 😀": ["a", "b"], "<script>": [1.0, 2.0], "": [1, 2]})
    facts = part(data, target=None)
    facts.save(tmp_path / "n.json")
    equal(Profile.load(tmp_path / "n.json"), facts)
