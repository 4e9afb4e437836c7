"""Profiles cut down for a comparison: what stays exact, what is rounded, how they are saved."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.errors import SourceError
from dataaudit.model import Kind, Task
from dataaudit.profile import Profile
from dataaudit.stats.gaps import Gaps
from dataaudit.stats.histogram import Histograms
from dataaudit.stats.labels import LabelOrder
from dataaudit.stats.moments import Moments
from dataaudit.stats.values import Values
from tests.build import table


def holed(n: int = 500, seed: int = 0) -> pd.DataFrame:
    data = table(n, seed)
    data["level"] = 1e9 + 1e-3 * np.random.default_rng(seed).normal(size=n)
    data.loc[::7, "income"] = np.nan
    data.loc[::9, "city"] = None
    return data


def facts(profile: Profile, statistic: Any, split: str = "train") -> Any:
    return profile.splits[split].states[statistic]


@pytest.fixture(scope="module")
def whole() -> Profile:
    return dataaudit.profile_of(holed(), test=holed(200, 1), target="y", jobs=1)


def test_what_counts_rows_stays_exact(whole: Profile) -> None:
    brief, data = whole.shortened(), holed()
    assert {name: s.n_rows for name, s in brief.splits.items()} == {"train": 500, "test": 200}
    assert facts(brief, Gaps()).missing["income"] == data["income"].isna().sum()
    assert facts(brief, Moments()).n.tolist() == facts(whole, Moments()).n.tolist()
    assert dict(facts(brief, Values()).columns["city"].top()) == data["city"].value_counts().to_dict()
    assert facts(brief, LabelOrder()).columns["y"].counts == data["y"].value_counts().to_dict()
    assert facts(brief, Histograms()).columns["age"].counts.sum() == 500
    assert len(facts(brief, Histograms()).columns["age"].counts) <= 32


def test_means_and_ends_are_rounded_to_the_spread(whole: Profile) -> None:
    brief = whole.shortened()
    full, short = facts(whole, Moments()), facts(brief, Moments())
    for name in ("mean", "low", "high"):
        off = np.abs(getattr(short, name) - getattr(full, name))
        assert (off <= 1.001e-4 * full.std + np.spacing(np.abs(getattr(full, name)))).all(), name
    assert short.std == pytest.approx(full.std, rel=1e-3)
    assert short.kurtosis == pytest.approx(full.kurtosis, rel=5e-3)


def test_of_many_values_their_number_stays(whole: Profile) -> None:
    age = facts(whole.shortened(), Values()).columns["age"]
    assert len(age.counts) == 0
    assert not age.exact
    assert age.n == 500
    assert age.n_distinct == 500


def test_kinds_and_task_are_kept(whole: Profile) -> None:
    brief = whole.shortened().brief
    assert brief is not None
    assert brief.task is Task.CLASSIFICATION
    assert brief.kinds["city"] is Kind.CATEGORICAL
    assert brief.kinds["joined"] is Kind.DATETIME


def test_saved_and_loaded_equal(whole: Profile, tmp_path: Path) -> None:
    whole.save(tmp_path / "facts.json.gz")
    again = Profile.load(tmp_path / "facts.json.gz")
    brief = whole.shortened()
    assert again.to_json() == brief.to_json()
    assert again.digest == brief.digest
    assert again.brief == brief.brief
    assert again.shortened() is again
    text = gzip.decompress((tmp_path / "facts.json.gz").read_bytes())
    assert json.loads(text)["schema"] == "dataaudit.profile/1"


def test_the_same_facts_give_the_same_bytes(whole: Profile, tmp_path: Path) -> None:
    for name in ("a.json.gz", "b.json.gz"):
        whole.save(tmp_path / name)
    assert (tmp_path / "a.json.gz").read_bytes() == (tmp_path / "b.json.gz").read_bytes()


def test_much_smaller(whole: Profile, tmp_path: Path) -> None:
    whole.save(tmp_path / "facts.json.gz")
    full = gzip.compress(whole.to_json().encode())
    assert (tmp_path / "facts.json.gz").stat().st_size < len(full) / 5


def test_no_merging(whole: Profile) -> None:
    with pytest.raises(SourceError, match="brief profile cannot be merged"):
        whole.shortened().merge(whole)


def test_a_full_profile_may_be_compressed_by_hand(whole: Profile, tmp_path: Path) -> None:
    (tmp_path / "f.json.gz").write_bytes(gzip.compress(whole.to_json().encode()))
    assert Profile.load(tmp_path / "f.json.gz").digest == whole.digest


@pytest.mark.parametrize("cut", [3, 20, 200])
def test_a_file_that_is_cut_short(whole: Profile, tmp_path: Path, cut: int) -> None:
    whole.save(tmp_path / "facts.json.gz")
    (tmp_path / "cut.json.gz").write_bytes((tmp_path / "facts.json.gz").read_bytes()[:cut])
    with pytest.raises(SourceError, match=r"cut\.json\.gz"):
        Profile.load(tmp_path / "cut.json.gz")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("brief", "task"), "divination"),
        (("brief", "kinds"), []),
        (("brief",), {"kinds": ["numeric"]}),
        (("splits", "train", "states", 0, 1, "fields", "n", "data", 0), 499),
    ],
)
def test_a_brief_profile_that_was_changed(whole: Profile, path: tuple[Any, ...], value: Any) -> None:
    data = json.loads(whole.shortened().to_json())
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(SourceError, match="damaged"):
        Profile.from_dict(data)


def test_columns_without_values(tmp_path: Path) -> None:
    data = pd.DataFrame({"empty": [np.nan] * 30, "huge": [1.7e308, -1.7e308] * 15, "text": ["x" * 200] * 30})
    profile = dataaudit.profile_of(data, jobs=1)
    profile.save(tmp_path / "p.json.gz")
    again = Profile.load(tmp_path / "p.json.gz")
    assert facts(again, Values()).columns["empty"].n == 0
    assert facts(again, Values()).columns["text"].n_distinct == 1
    assert len(facts(again, Values()).columns["text"].values) == 0
