"""Splits that a model tells apart, and why it may be so on purpose."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from dataaudit.model import Status
from tests.analyzers.asking import Answer, ask
from tests.build import images, table

CODE = "LEA116"


def body(n: int, seed: int) -> pd.DataFrame:
    """Return numbers, categories and missing values without any faults."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.lognormal(size=n),
            "c": rng.uniform(size=n),
            "city": rng.choice(["Bern", "Oslo", "Porto", "Graz"], n, p=[0.4, 0.3, 0.2, 0.1]),
            "code": rng.integers(0, 5, n),
        }
    )
    frame.loc[rng.random(n) < 0.1, "c"] = np.nan
    return frame


def moved(by: float = 2.0, n: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return train and a test split in which one column has moved."""
    test = body(n // 3, 1)
    return body(n, 0), test.assign(a=test["a"] + by)


# ---------------------------------------------------------------- found


def test_a_column_that_moved_gives_its_split_away() -> None:
    train, test = moved()
    finding = ask(CODE, train, None, test).finding
    assert finding.severity == "warning"
    assert finding.columns == ("a",)
    assert finding.splits == ("train", "test")
    assert finding.evidence["auc"] == pytest.approx(0.92, abs=0.04)  # Phi(2 / sqrt 2)
    assert finding.evidence["p"] <= 1e-3
    (row,) = finding.evidence["table"]["rows"]
    assert row[0] == "a"
    assert row[1] == pytest.approx(0.68, abs=0.08)  # 2 Phi(1) - 1
    assert finding.confidence is not None
    assert finding.confidence > 0.999


def test_columns_are_listed_by_how_much_they_differ() -> None:
    train, test = moved(3.0)
    test["city"] = np.where(np.arange(len(test)) % 2, "Oslo", test["city"])
    test["b"] *= 3
    finding = ask(CODE, train, None, test).finding
    assert finding.columns[0] == "a"
    assert set(finding.columns) == {"a", "b", "city"}


def test_categories_and_holes_that_moved() -> None:
    train, test = body(400, 0), body(200, 1)
    cities = np.where(np.random.default_rng(0).random(200) < 0.85, "Graz", test["city"])
    assert ask(CODE, train, None, test.assign(city=cities)).finding.columns == ("city",)
    holes = test["c"].mask(np.random.default_rng(1).random(200) < 0.8)
    finding = ask(CODE, train, None, test.assign(c=holes)).finding
    assert finding.columns == ("c",)
    assert "% missing" in finding.evidence["table"]["rows"][0][3]


def test_columns_that_differ_only_together() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 3))
    test = x[:, 0] * x[:, 1] > 0
    finding = ask(CODE, x[~test], None, x[test]).finding
    assert finding.columns == ()
    assert "together, none alone" in finding.message


def test_each_split_is_compared_with_train() -> None:
    train, test = moved()
    findings = ask(CODE, train, body(100, 3), test).findings
    assert [f.splits for f in findings] == [("train", "test")]
    assert [f.splits for f in ask(CODE, train, test, body(100, 3)).findings] == [("train", "validation")]


def test_pictures_of_another_light() -> None:
    x = [images(80, seed=i) for i in range(3)]
    rng = np.random.default_rng(0)
    for pixels, _ in x:
        pixels[:] = pixels // 4 + rng.integers(20, 60, (80, 1, 1, 1))
    x[2][0][:] += 40
    finding = ask(CODE, *x).finding
    assert finding.splits == ("train", "test")
    assert "pictures of test" in finding.message
    assert finding.columns == ()
    assert "brightness" in {row[0] for row in finding.evidence["table"]["rows"]}


# ---------------------------------------------------------------- expected


def severities(answer: Answer) -> set[str]:
    return {str(f.severity) for f in answer.findings}


def test_declared_time_and_groups_make_it_a_note() -> None:
    train, test = moved()
    day = pd.Timestamp("2024-01-01")
    timed = [f.assign(day=day + pd.to_timedelta(np.arange(len(f)) + 500 * i, "D")) for i, f in enumerate((train, test))]
    answer = ask(CODE, timed[0], None, timed[1], time="day")
    assert severities(answer) == {"note"}
    assert "cut by 'day'" in answer.finding.message
    grouped = [f.assign(who=[f"p{i}{k % 12}" for k in range(len(f))]) for i, f in enumerate((train, test))]
    assert severities(ask(CODE, grouped[0], None, grouped[1], group="who")) == {"note"}


def test_a_date_that_goes_on_where_train_ends_makes_it_a_note() -> None:
    train, test = moved()
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(400), "D")
    answer = ask(CODE, train.assign(day=days[:300]), None, test.assign(day=days[300:]))
    assert severities(answer) == {"note"}
    assert "cut along 'day'" in answer.finding.message


def test_a_table_cut_along_one_of_its_numbers_is_a_note() -> None:
    frame = body(600, 0)
    frame["year"] = 1900 + np.arange(600) // 6
    frame["a"] += frame["year"] / 20
    for cuts in ((400, 600), (500, 600)):
        parts = frame[: cuts[0]].sample(frac=1, random_state=0), frame[cuts[0] : cuts[1]].sample(frac=1, random_state=0)
        answer = ask(CODE, parts[0], None, parts[1])
        assert severities(answer) == {"note"}
        assert "cut along 'year'" in answer.finding.message


def test_validation_between_train_and_test_bridges_the_gap() -> None:
    frame = body(600, 0).assign(year=1900 + np.arange(600) // 6)
    parts = [frame[a:b].sample(frac=1, random_state=0) for a, b in ((0, 300), (300, 450), (450, 600))]
    answer = ask(CODE, *parts)
    assert len(answer.findings) == 2
    assert severities(answer) == {"note"}


def test_groups_kept_apart_without_being_declared_are_a_note() -> None:
    rng = np.random.default_rng(0)
    own = rng.normal(0, 3, size=(20, 3))
    who = np.repeat(np.arange(20), 25)
    frame = pd.DataFrame(own[who] + rng.normal(size=(500, 3)), columns=["a", "b", "c"]).assign(
        who=[f"p{w}" for w in who]
    )
    answer = ask(CODE, frame[who < 14], None, frame[who >= 14])
    assert severities(answer) == {"note"}
    assert "no 'who' in common" in answer.finding.message


def test_train_that_drifts_along_its_rows_is_a_note() -> None:
    rng = np.random.default_rng(0)
    level = np.linspace(0, 4, 600)
    frame = pd.DataFrame({"a": level + rng.normal(size=600), "b": rng.normal(size=600)})
    answer = ask(CODE, frame[:400], None, frame[400:])
    assert severities(answer) == {"note"}
    assert "drifts along its rows" in answer.finding.message


def test_what_was_preprocessed_differently_is_no_drift() -> None:
    train, test = body(300, 0), body(120, 1)
    test["b"] /= 1000
    assert ask("LEA104", train, None, test).finding.columns == ("b",)
    assert ask(CODE, train, None, test).status is Status.CLEAN


# ---------------------------------------------------------------- innocent


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "diabetes", "digits"])
def test_random_splits_of_real_tables_pass(name: str) -> None:
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    for seed in range(3):
        frame = frame.sample(frac=1, random_state=seed)
        a, b = int(0.6 * len(frame)), int(0.8 * len(frame))
        answer = ask(CODE, frame[:a], frame[a:b], frame[b:], target="target", task="classification")
        assert answer.status is Status.CLEAN
        assert answer.measured.startswith("area under the ROC curve of telling from train: validation 0.")


def test_a_shift_of_half_a_deviation_is_no_warning() -> None:
    train, test = moved(0.5)
    assert not ask(CODE, train, None, test).loud


def test_ids_dates_and_targets_do_not_count() -> None:
    train, test = table(200), table(100, seed=1)
    test["y"] = "yes"
    parts = [train.assign(key=np.arange(200)), test.assign(key=np.arange(200, 300))]
    parts[1]["joined"] += pd.Timedelta(days=9000)
    assert ask(CODE, parts[0], None, parts[1], target="y").status is Status.CLEAN


def test_the_threshold_is_an_option() -> None:
    train, test = moved(1.4)
    assert ask(CODE, train, None, test).loud
    assert not ask(CODE, train, None, test, options={"auc": 0.95}).loud
    assert not ask(CODE, train, None, test, options={"p_value": 1e-30}).findings


@pytest.mark.parametrize("n", [1, 19])
def test_few_rows_cannot_tell(n: int) -> None:
    train, _ = moved()
    answer = ask(CODE, train, None, body(50, 1)[:n])
    assert answer.status is Status.SKIPPED
    assert "20 rows" in answer.reason


def test_one_split_is_nothing_to_compare() -> None:
    assert ask(CODE, body(50, 0)).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308, 7.0])
def test_hostile_columns_end_in_an_answer(value: float) -> None:
    train, test = body(60, 0), body(40, 1)
    train["a"] = value
    test.loc[3:9, "b"] = value
    assert ask(CODE, train, None, test).status in (Status.CLEAN, Status.FOUND)


def test_the_same_data_says_the_same() -> None:
    train, test = moved()
    one, two = (ask(CODE, train, None, test).finding for _ in range(2))
    assert (one.message, one.evidence) == (two.message, two.evidence)


def test_wide_tables_are_judged() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 1500)).astype(np.float32)
    assert ask(CODE, x[:200], None, x[200:]).status is Status.CLEAN
    x[200:, 700] += 5
    assert ask(CODE, x[:200], None, x[200:]).finding.columns == (700,)
