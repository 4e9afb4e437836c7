"""DIF105 distribution-changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import dataaudit
from dataaudit.analyzers.change.samples import Line, gap_between, line_of
from dataaudit.analyzers.change.units import Summary, other_unit, other_unit_of
from dataaudit.model import Severity, Status
from tests.analyzers.change.comparing import compare
from tests.build import table

# ---------------------------------------------------------------- the tests themselves


def sample(values: Any) -> Line:
    line = line_of(np.asarray(values, dtype=float), np.ones(len(values)))
    assert line is not None
    return line


def test_distance_and_its_chance_against_scipy() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=300), rng.normal(0.2, 1, size=200)
    expected = stats.ks_2samp(a, b, method="asymp")
    gap, p = gap_between(sample(a), sample(b))
    assert gap == pytest.approx(expected.statistic, abs=1e-12)
    assert p == pytest.approx(expected.pvalue, rel=0.15)


def test_weights_are_worth_kishs_size() -> None:
    line = line_of(np.array([3.0, np.nan, 1.0, 2.0]), np.array([2.0, 9.0, 1.0, 0.0]))
    assert line is not None
    assert line.values.tolist() == [1.0, 3.0]
    assert line.n == pytest.approx(9 / 5)
    assert line_of(np.array([np.nan, np.inf]), np.ones(2)) is None


@pytest.mark.parametrize(
    ("factor", "shift", "words"),
    [
        (2.54, 0.0, "2.54 times what it was (inches as centimetres)"),
        (1000.0, 0.0, "1,000 times what it was"),
        (0.01, 0.0, "1/100 times what it was"),
        (0.45359237, 0.0, "1/2.205 times what it was (pounds as kilograms)"),
        (1.8, 32.0, "degrees Celsius as Fahrenheit (× 1.8 + 32)"),
        (1.0, 273.15, "degrees Celsius as kelvins (× 1 + 273.1)"),
        (-1.0, 0.0, "what it was with the other sign"),
    ],
)
def test_units(factor: float, shift: float, words: str) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(20, 6, 3000), rng.normal(20, 6, 2000) * factor + shift
    unit = other_unit(sample(a), sample(b))
    assert unit is not None
    assert unit.words == words
    told = [Summary(len(x), float(x.mean()), float(x.std()), float(stats.kurtosis(x, fisher=False))) for x in (a, b)]
    again = other_unit_of(*told)
    assert again is not None
    assert again.words == words


@pytest.mark.parametrize("other", [lambda x: x, lambda x: x * 1.37, lambda x: x + 3.0, lambda x: np.exp(x / 10)])
def test_no_unit(other: Any) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.normal(20, 6, 3000), other(rng.normal(20, 6, 2000))
    assert other_unit(sample(a), sample(b)) is None


# ---------------------------------------------------------------- rows


def test_rows_of_the_same_kind_are_no_change() -> None:
    """Of 40 pull requests that add rows of the same distribution, none is warned of."""
    for seed in range(40):
        base, more = table(400, seed), table(20 + 10 * seed, 1000 + seed)
        told = compare(base, pd.concat([base, more], ignore_index=True), target="y")
        assert told.of("DIF105") == ()
        assert told.status("DIF105") is Status.CLEAN


def test_a_few_new_rows_in_another_unit() -> None:
    base, more = table(2000), table(40, 1)
    more["age"] *= 2.54
    finding = compare(base, pd.concat([base, more], ignore_index=True), target="y").one("DIF105")
    assert finding.severity is Severity.WARNING
    assert finding.columns == ("age",)
    assert finding.rows == tuple(range(2000, 2040))
    assert (
        "'age' looks like 2.54 times what it was (inches as centimetres) in the 40 new rows of train" in finding.message
    )
    assert finding.confidence is not None
    assert finding.confidence > 0.999


def test_few_rows_that_differ_are_a_note_and_many_a_warning() -> None:
    base = table(2000)
    for n, severity in ((60, Severity.NOTE), (1000, Severity.WARNING)):
        more = table(n, 1).assign(income=np.random.default_rng(2).uniform(0, 200_000, n))
        finding = compare(base, pd.concat([base, more], ignore_index=True), target="y").one("DIF105")
        assert (finding.columns, finding.severity) == (("income",), severity)


def test_more_rows_of_one_class_move_the_classes_and_not_the_columns() -> None:
    base = table(1000)
    more = table(4000, 1)
    more = more[more["y"] == "yes"][:600]
    told = compare(base, pd.concat([base, more], ignore_index=True), target="y")
    assert told.one("DIF105").columns == ("y",)
    assert "the classes of train" in told.one("DIF105").message


def test_rows_of_a_new_class_are_not_compared_with_others() -> None:
    base = table(1000)
    more = table(100, 1).assign(y="new", age=900.0)
    assert "age" not in [c for f in compare(base, pd.concat([base, more]), target="y").of("DIF105") for c in f.columns]


def test_categories_and_gaps() -> None:
    base, more = table(1000), table(400, 1)
    more["city"] = np.where(np.arange(400) % 2, more["city"], "Rome")
    more.loc[::2, "income"] = np.nan
    finding = compare(base, pd.concat([base, more], ignore_index=True), target="y").one("DIF105")
    assert set(finding.columns) == {"city", "income"}
    told = {row[0]: row[3:6] for row in finding.evidence["table"]["rows"]}
    assert told["city"] == ["is 'Rome' in", "0 %", "50 %"] or told["city"][0] == "is 'Rome' in"
    assert told["income"] == ["is missing in", "0 %", "50 %"]


def test_rows_gone_on_purpose() -> None:
    base = table(2000).drop(columns="y")
    told = compare(base, base[base["age"] < 45])
    assert told.one("DIF105").columns == ("age",)
    assert "age" in told.one("DIF105").message
    assert compare(base, base.sample(1400, random_state=0)).of("DIF105") == ()


def test_a_whole_column_in_another_unit() -> None:
    base = table(500)
    finding = compare(base, base.assign(income=base["income"] / 1000), target="y").one("DIF105")
    assert "looks like 1/1,000 times what it was in all rows of train" in finding.message


def test_ids_times_and_free_text_are_left_out() -> None:
    base = table(500).assign(key=range(500), note=[f"remark number {i} on this" for i in range(500)])
    more = table(300, 1).assign(key=range(500, 800), note=[f"another word {i} of mine" for i in range(300)])
    more["joined"] += pd.Timedelta(days=4000)
    assert compare(base, pd.concat([base, more], ignore_index=True), target="y").of("DIF105") == ()


# ---------------------------------------------------------------- profiles


@pytest.fixture(params=["p.json", "p.json.gz"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    def save(data: pd.DataFrame, name: str) -> str:
        path = tmp_path / name / request.param
        dataaudit.profile_of(data, target="y", jobs=1).save(path)
        return str(path)

    return save


def test_profiles_of_the_same_kind(saved: Any) -> None:
    for seed in range(8):
        told = compare(saved(table(600, seed), "a"), saved(table(700, 100 + seed), "b"))
        assert told.codes == []
        assert told.status("DIF104") is Status.SKIPPED
        assert "a saved profile, which holds no rows" in told.reason("DIF104")


def test_profiles_that_moved(saved: Any) -> None:
    head = table(700, 1)
    head["age"] *= 2.54
    head["city"] = np.where(np.arange(700) % 3, head["city"], "Rome")
    head.loc[::3, "income"] = np.nan
    told = compare(saved(table(600), "a"), saved(head, "b"))
    finding = told.one("DIF105")
    assert set(finding.columns) == {"age", "city", "income"}
    assert finding.message.startswith("'age' looks like 2.54 times what it was (inches as centimetres)")
    assert told.one("DIF103").message.startswith("train has 100 rows more than before (600 before, 700 now)")
    assert told.rows == {"train": {"before": 600, "now": 700}}
    assert told.report.document["diff"]["rows_followed"] is False


def test_profiles_with_a_renamed_column(saved: Any) -> None:
    base = table(600)
    told = compare(saved(base, "a"), saved(base.rename(columns={"age": "years"}), "b"))
    assert told.of("DIF101")[0].message == "'age' is now 'years'"


def test_a_profile_and_data(saved: Any) -> None:
    told = compare(saved(table(600), "a"), table(600, 1).assign(age=lambda d: d["age"] * 1000), target="y")
    assert "1,000 times" in told.one("DIF105").message
