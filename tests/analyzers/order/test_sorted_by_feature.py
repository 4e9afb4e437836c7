"""BAT104 on rows in the order of an input, and in no order."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table


def _table(n: int = 300) -> pd.DataFrame:
    return table(n).drop(columns="joined")


@pytest.mark.parametrize(("ascending", "way"), [(True, "rises"), (False, "falls")])
def test_rows_in_the_order_of_an_input(ascending: bool, way: str) -> None:
    data = _table().sort_values("age", ascending=ascending)
    finding = ask("BAT104", data, target="y").finding
    assert finding.severity == "note"
    assert finding.columns == ("age",)
    assert finding.message == f"'age' {way} along the rows of train: 0 steps of 299 go the other way"


def test_rows_in_no_order() -> None:
    answer = ask("BAT104", _table(), target="y")
    assert answer.status is Status.CLEAN
    assert answer.measured == "none of 4 numeric inputs is ordered along the rows of train"


def test_some_disorder() -> None:
    x = np.arange(200) * 1.5
    x[[60, 150]] = x[[150, 60]]
    assert "2 steps of 199 go the other way" in ask("BAT104", pd.DataFrame({"x": x})).finding.message
    rng = np.random.default_rng(0)
    moved = rng.choice(200, 60, replace=False)
    x[moved] = x[rng.permutation(moved)]
    assert ask("BAT104", pd.DataFrame({"x": x})).status is Status.CLEAN


def test_codes_in_blocks() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"site": np.repeat([3, 1, 2, 5, 4], 200), "x": rng.normal(size=1000)})
    finding = ask("BAT104", data).finding
    assert finding.columns == ("site",)
    assert (
        finding.message
        == "'site' lies in blocks along the rows of train: changes 4 times, where random order gives about 799"
    )
    assert finding.evidence["table"]["rows"] == [["site", "lies in blocks", 2, 2, 995, 799]]


def test_rare_flags_change_rarely_by_nature() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame(
        {"rare": rng.random(5000) < 0.002, "zero": np.where(rng.random(5000) < 0.99, 0, rng.normal(size=5000))}
    )
    assert not ask("BAT104", data).findings


def test_mostly_zero_with_very_many_values() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": np.where(rng.random(60_000) < 0.95, 0.0, rng.normal(size=60_000))})
    assert ask("BAT104", data).status is Status.CLEAN


def test_order_of_time_and_counters() -> None:
    data = _table()
    data["row"] = np.arange(300)
    data["day"] = pd.date_range("2020-01-01", periods=300)
    finding = ask("BAT104", data, target="y", time="day").finding
    assert finding.columns == ("day",)
    assert finding.message.endswith("; the rows are in the order of time")


def test_waves_are_no_order() -> None:
    data = pd.DataFrame({"x": np.sin(np.arange(500) / 20)})
    assert ask("BAT104", data).status is Status.CLEAN


def test_option() -> None:
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"x": np.arange(400) + 4 * rng.normal(size=400)})
    assert not ask("BAT104", data).findings
    assert ask("BAT104", data, options={"against": 0.5}).findings


def test_wide_table_is_capped() -> None:
    data = pd.DataFrame(
        np.sort(np.random.default_rng(0).normal(size=(60, 500)), axis=0), columns=[f"c{i}" for i in range(500)]
    )
    finding = ask("BAT104", data).finding
    assert len(finding.columns) == 500
    assert len(finding.evidence["table"]["rows"]) == 100
    assert finding.message.endswith("; so do 'c1', 'c2', 'c3' and 496 more")


def test_where_it_has_nothing_to_say(tmp_path: Path) -> None:
    assert ask("BAT104", pd.DataFrame({"t": ["a", "b"] * 50})).status is Status.NOT_APPLICABLE
    assert ask("BAT104", pd.DataFrame({"x": [1.0, 2.5, 3.0]})).status is Status.SKIPPED
    (tmp_path / "cat").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "cat" / "1.png")
    assert ask("BAT104", tmp_path).status is Status.NOT_APPLICABLE
