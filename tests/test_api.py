"""The entry points, as a program calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dataaudit
from dataaudit.errors import ConfigError, SourceError


def frame(rows: int = 60, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({"x": rng.normal(size=rows), "word": rng.choice(["a", "b"], rows)})


def test_a_regression_of_words_is_refused() -> None:
    with pytest.raises(SourceError, match="'word' holds text; a regression needs numbers"):
        dataaudit.audit(frame(), target="word", task="regression")


def test_a_task_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="regression"):
        dataaudit.audit(frame(), target="x", task="regresion")


def test_the_digest_of_the_data_does_not_depend_on_its_name(tmp_path: Path) -> None:
    data = frame()
    for name in ("one.csv", "two.csv"):
        data.to_csv(tmp_path / name, index=False)
    first = dataaudit.profile_of(tmp_path / "one.csv", target="word")
    second = dataaudit.profile_of(tmp_path / "two.csv", target="word")
    assert first.name != second.name
    assert first.digest == second.digest
    data["x"] = data["x"] + np.where(data.index == 3, 1e-9, 0.0)
    data.to_csv(tmp_path / "two.csv", index=False)
    assert dataaudit.profile_of(tmp_path / "two.csv", target="word").digest != first.digest


def test_the_input_arrays_are_left_as_they_were() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 3)), rng.integers(0, 2, 80)
    x[3, 1] = np.nan
    before = x.copy(), y.copy()
    x.flags.writeable = y.flags.writeable = False
    dataaudit.audit((x, y))
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_unknown_roles_of_a_profile_are_refused() -> None:
    with pytest.raises(TypeError, match="grp"):
        dataaudit.profile_of(frame(), target="word", grp="x")


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ({"seed": 2**32}, "seed is 4294967296, expected a whole number from 0 to 4,294,967,295"),
        ({"seed": None}, "seed is None, expected a whole number"),
        ({"folds": "5"}, "folds is '5', expected a whole number from 2 to 50"),
        ({"folds": 2.5}, "folds is 2.5"),
        ({"sample": float("inf")}, "sample is inf, expected a whole number from 1 on"),
        ({"jobs": "2"}, "jobs is '2', expected a whole number from 1 on"),
        ({"probe_seconds": "60"}, "probe_seconds is '60', expected a time above 0"),
        ({"probe_seconds": float("nan")}, "probe_seconds is nan"),
        ({"progress": 3}, "progress is 3, expected a function"),
        ({"select": 3}, "select is 3, expected a list of rules"),
        ({"ignore": 3}, "ignore is 3, expected a list of rules"),
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused_before_the_data_is_read(
    setting: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        dataaudit.audit("no such file", **setting)
    assert expected in refused.value.message


def test_a_seed_of_numpy_is_a_seed() -> None:
    seeds: tuple[Any, Any] = (7, np.int64(7))
    one, other = (dataaudit.audit(frame(), seed=seed, probe=False, select="NRM") for seed in seeds)
    assert one.document["provenance"]["seed"] == other.document["provenance"]["seed"] == 7
    assert other.to_json().startswith("{")


def test_labels_that_no_file_can_spell_are_written_all_the_same() -> None:
    labels = pd.Series(["\ud800", "b"] * 30, dtype=object)
    report = dataaudit.audit(frame().assign(y=labels), target="y", probe=False)
    assert report.document["classes"]["names"] == ["b", "\\ud800"]
    assert b"ud800" in report.to_json().encode("utf-8")


def test_things_that_are_no_stages_are_refused() -> None:
    for stages in (None, [frame(), frame()], {"raw": frame()}):
        with pytest.raises(ConfigError, match="audit_stages needs two stages or more, by name"):
            dataaudit.audit_stages(stages)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"^stage 'fed': train: cannot read an object of type int"):
        dataaudit.audit_stages({"raw": frame(), "fed": 3})


def test_stages_may_be_named_by_numbers() -> None:
    numbers: dict[Any, Any] = {1: frame(), 2: frame()[::-1]}
    report = dataaudit.audit_stages(numbers, probe=False)
    assert [check.rule for check in report.checks if check.status == "crashed"] == []
    assert "1" in report.document["stages"][0]["name"]


def test_other_arguments_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="validation is of type int, expected a pair: before and after"):
        dataaudit.diff(frame(), frame(), validation=3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="first_row is -1, expected a whole number from 0 on"):
        dataaudit.profile_of(frame(), first_row=-1)
    with pytest.raises(TypeError, match="assert_clean takes the report of an audit, found int"):
        dataaudit.assert_clean(3)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="epochs is '2', expected a whole number from 1 on"):
        dataaudit.audit_batches([], epochs="2")  # type: ignore[arg-type]


def test_the_options_that_the_documentation_of_audit_names_exist() -> None:
    assert '{"near-zero-std": {"noise": 0.1}}' in (dataaudit.audit.__doc__ or "")
    dataaudit.audit(frame(), limits={"near-zero-std": {"noise": 0.1}}, select="NRM106", probe=False)
