"""The report's document: numbers that agree with the data, and a shape that agrees with its schema."""

from __future__ import annotations

import json
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from jsonschema import Draft202012Validator

import dataaudit
from dataaudit import advice, document
from dataaudit.model import Finding, Outcome, Severity, Status
from dataaudit.registry import all_rules
from tests.build import images, table


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(
        json.loads((resources.files("dataaudit.report") / "schema.json").read_text(encoding="utf-8"))
    )


def documented(*data: Any, **keywords: Any) -> dict[str, Any]:
    """Return the document of an audit, as a reader of report.json gets it, after holding it against its schema."""
    splits = dict(zip(("train", "validation", "test"), data, strict=False))
    found: dict[str, Any] = json.loads(dataaudit.audit(**splits, jobs=1, **keywords).to_json())
    assert [f"{e.json_path}: {e.message}" for e in validator().iter_errors(found)] == []
    return found


def holed() -> pd.DataFrame:
    data = table(400, seed=6)
    data.loc[::9, "age"] = np.nan
    data.loc[1::50, "income"] = np.inf
    data.loc[2::31, "city"] = None
    data.loc[3::40, "y"] = None
    return data


# ---------------------------------------------------------------- verdict and summary


def finding(severity: Severity, rule: str = "AAA101", message: str = "m") -> Finding:
    return Finding(message, rule=rule, severity=severity)


@pytest.mark.parametrize(
    ("severities", "expected"),
    [
        ([], "pass"),
        ([Severity.NOTE], "pass"),
        ([Severity.NOTE, Severity.WARNING], "warn"),
        ([Severity.WARNING, Severity.ERROR, Severity.NOTE], "fail"),
    ],
)
def test_verdict(severities: list[Severity], expected: str) -> None:
    assert document.verdict([finding(s) for s in severities]) == expected


CONSEQUENCES = {"AAA101": "breaks a", "BBB101": "breaks b", "CCC101": "breaks c", "DDD101": ""}


@pytest.mark.parametrize(
    ("findings", "sentence"),
    [
        ([(Severity.ERROR, "AAA101")], "Training on this breaks a."),
        ([(Severity.ERROR, "AAA101"), (Severity.ERROR, "AAA101")], "Training on this breaks a."),
        ([(Severity.ERROR, "AAA101"), (Severity.ERROR, "BBB101")], "Training on this breaks a and breaks b."),
        ([(Severity.ERROR, r) for r in ("AAA101", "BBB101", "CCC101")], "Training on this breaks a and breaks b."),
        ([(Severity.ERROR, "BBB101"), (Severity.WARNING, "AAA101")], "Training on this breaks b."),
        ([(Severity.WARNING, "CCC101"), (Severity.NOTE, "AAA101")], "Training on this breaks c."),
    ],
)
def test_summary_says_what_the_worst_lead_to(findings: list[tuple[Severity, str]], sentence: str) -> None:
    assert document.summary([finding(s, r) for s, r in findings], CONSEQUENCES, []) == sentence


def outcomes(*statuses: Status) -> list[Outcome]:
    return [Outcome("AAA101", "a", None, status) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "sentence"),
    [
        ([Status.CLEAN], "Nothing here stands in the way of training: 1 check passed."),
        (
            [Status.CLEAN, Status.CLEAN, Status.NOT_APPLICABLE],
            "Nothing here stands in the way of training: 2 checks passed.",
        ),
        (
            [Status.CLEAN, Status.SKIPPED, Status.CRASHED],
            "Nothing here stands in the way of training: 1 check passed; 2 could not be decided.",
        ),
    ],
)
def test_summary_of_nothing_found_counts_what_passed_and_what_was_not_decided(
    statuses: list[Status], sentence: str
) -> None:
    assert document.summary([], {}, outcomes(*statuses)) == sentence
    assert document.summary([finding(Severity.NOTE)], CONSEQUENCES, outcomes(*statuses)) == sentence


def test_headline_follows_the_verdict() -> None:
    clean = documented(table(400), target="y")
    assert (clean["verdict"], clean["headline"]) == ("pass", "Ready to train on")
    empty = table(400)
    empty["age"] = np.inf
    broken = documented(empty, target="y")
    assert (broken["verdict"], broken["headline"]) == ("fail", "Not ready to train on")


# ---------------------------------------------------------------- numbers


def test_numbers_of_columns_are_those_of_pandas() -> None:
    data, test = holed(), table(100, seed=7)
    found = documented(data, test, target="y")
    assert [f["name"] for f in found["features"]] == list(data.columns)
    for feature in found["features"]:
        for split, frame in (("train", data), ("validation", test)):
            facts, line = feature["splits"][split], frame[feature["name"]]
            assert facts["missing"] == line.isna().sum()
            if feature["storage"] in ("float", "integer", "boolean"):
                finite = line.astype(float)[np.isfinite(line.astype(float))]
                assert facts["n"] == len(finite)
                assert facts["infinite"] == np.isinf(line.astype(float)).sum()
                assert facts["mean"] == pytest.approx(finite.mean(), rel=1e-12)
                assert facts["std"] == pytest.approx(finite.std(ddof=0), rel=1e-12)
                assert (facts["min"], facts["max"]) == (finite.min(), finite.max())
                bins = facts["histogram"]
                edges = bins["start"] + bins["width"] * np.arange(len(bins["counts"]) + 1)
                assert bins["counts"] == np.histogram(finite, edges)[0].tolist()
                assert sum(bins["counts"]) == facts["n"]
                assert (facts["distinct"], facts["distinct_exact"]) == (finite.nunique(), True)


def test_most_common_values_where_they_are_few() -> None:
    data = holed()
    features = {f["name"]: f["splits"]["train"] for f in documented(data, target="y")["features"]}
    assert dict(features["city"]["top"]) == data["city"].value_counts().to_dict()
    assert dict(features["rooms"]["top"]) == data["rooms"].value_counts().head(5).to_dict()
    assert dict(features["active"]["top"]) == {1.0: data["active"].sum(), 0.0: (~data["active"]).sum()}
    assert features["age"]["top"] is None
    assert features["joined"]["top"] is None


def test_times_are_written_as_times() -> None:
    data = table(50)
    facts = {f["name"]: f["splits"]["train"] for f in documented(data)["features"]}["joined"]
    assert pd.Timestamp(facts["min"]) == data["joined"].min()
    assert pd.Timestamp(facts["max"]) == data["joined"].max()
    assert (facts["mean"], facts["std"]) == (None, None)


def test_times_beyond_the_calendar_are_left_out() -> None:
    far = pd.DataFrame({"t": np.array([0, 2**62 // 10**6], dtype="datetime64[s]"), "x": [1.5, 2.5]})
    facts = documented(far)["features"][0]["splits"]["train"]
    assert facts["min"] == "1970-01-01T00:00:00"
    assert facts["max"] is None


def test_columns_without_numbers_have_no_numbers() -> None:
    data = pd.DataFrame({"nan": [np.nan] * 12, "inf": [np.inf] * 12, "one": 3.0, "t": ["a", "b"] * 6})
    features = {f["name"]: f for f in documented(data)["features"]}
    for name in ("nan", "inf", "t"):
        facts = features[name]["splits"]["train"]
        assert [facts[key] for key in ("mean", "std", "min", "max", "histogram")] == [None] * 5
    assert features["inf"]["splits"]["train"]["infinite"] == 12
    assert features["one"]["splits"]["train"]["histogram"] is None
    assert features["one"]["splits"]["train"]["std"] == 0.0
    assert [features[n]["kind"] for n in features] == ["empty", "empty", "integer code", "categorical"]


def test_a_spread_beyond_the_range_of_floats_is_no_number() -> None:
    facts = documented(np.array([[1e300], [-1e300]] * 10))["features"][0]["splits"]["train"]
    assert (facts["std"], facts["max"]) == (None, 1e300)


def test_data_set() -> None:
    found = documented(holed(), test_split := table(100), target="y")
    assert found["dataset"]["splits"] == {
        "train": {"rows": 400, "columns": 7, "role": "train"},
        "validation": {"rows": len(test_split), "columns": 7, "role": "validation"},
    }
    assert (found["dataset"]["kind"], found["dataset"]["stage"]) == ("frame", "raw")
    assert (found["dataset"]["task"], found["dataset"]["task_inferred"], found["dataset"]["target"]) == (
        "classification", True, "y",
    )  # fmt: skip
    assert found["provenance"]["rows_read"] == 500
    declared = documented(table(50), target="rooms", task="regression", stage="model-ready")["dataset"]
    assert (declared["task"], declared["task_inferred"], declared["stage"]) == ("regression", False, "model-ready")
    alone = documented(table(50))["dataset"]
    assert (alone["task"], alone["task_inferred"], alone["target"]) == (None, False, None)
    assert documented(table(50), target=["age", "rooms"])["dataset"]["target"] == ["age", "rooms"]


def test_provenance_tells_how_to_do_it_again() -> None:
    first = documented(holed(), target="y", seed=3, select="LAB", ignore=["LAB101"], command="dataaudit check x")
    provenance = first["provenance"]
    assert provenance["dataaudit"] == dataaudit.__version__
    assert (provenance["seed"], provenance["command"]) == (3, "dataaudit check x")
    assert provenance["config"] == {"select": ["LAB"], "ignore": ["LAB101"]}
    assert provenance["versions"]["numpy"] == np.__version__
    assert (
        provenance["data_digest"] == dataaudit.audit(holed(), target="y", select="LAB", ignore="LAB101").profile.digest
    )
    changed = holed()
    changed.loc[7, "age"] = 1.0
    assert documented(changed, target="y")["provenance"]["data_digest"] != provenance["data_digest"]


def test_libraries_that_are_not_installed_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    known = document.versions()
    assert set(known) == {"numpy", "pandas", "pyarrow", "scikit-learn", "scipy", "pillow"}

    def version(name: str) -> str:
        if name == "scipy":
            raise metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(document, "installed", document.installed.__wrapped__)  # as in a process that has not asked yet
    assert document.versions() == {name: v for name, v in known.items() if name != "scipy"}


# ---------------------------------------------------------------- classes


def test_classes_are_counted_by_split() -> None:
    data, test = holed(), table(100, seed=7)
    classes = documented(data, test, target="y")["classes"]
    assert (classes["target"], classes["names"], classes["total"]) == ("y", ["no", "yes"], 2)
    for split, frame in (("train", data), ("validation", test)):
        assert classes["counts"][split] == [int((frame["y"] == name).sum()) for name in ("no", "yes")]
        assert classes["rows"][split] == frame["y"].notna().sum()


def test_classes_of_numbers_stand_in_their_order() -> None:
    X = np.random.default_rng(0).normal(size=(120, 2))
    classes = documented((X, np.arange(120) % 12))["classes"]
    assert classes["names"] == [str(i) for i in range(12)]
    assert classes["counts"] == {"train": [10] * 12}


def test_class_folders_without_pictures_are_shown(tmp_path: Path) -> None:
    from PIL import Image

    for label, n in (("cat", 3), ("dog", 2), ("fox", 0)):
        (tmp_path / label).mkdir()
        for i in range(n):
            Image.fromarray(np.full((4, 4, 3), 40 * i, np.uint8)).save(tmp_path / label / f"{i}.png")
    classes = documented(tmp_path)["classes"]
    assert (classes["names"], classes["counts"]) == (["cat", "dog", "fox"], {"train": [3, 2, 0]})


def test_the_largest_classes_of_many_are_shown() -> None:
    data = pd.DataFrame({"x": 0.5, "y": [f"c{i:03}" for i in range(80) for _ in range(1 + i)]})
    classes = documented(data, target="y")["classes"]
    assert classes["total"] == 80
    assert classes["names"] == [f"c{i:03}" for i in range(30, 80)]
    assert classes["counts"]["train"] == list(range(31, 81))


@pytest.mark.parametrize("target", [None, "age", ["active", "rooms"]])
def test_without_classes_there_are_none(target: Any) -> None:
    assert documented(table(80), target=target)["classes"] is None


def test_more_classes_than_are_counted() -> None:
    data = pd.DataFrame({"x": 0.5, "y": [f"c{i}" for i in range(10_001)]})
    assert documented(data, target="y")["classes"] is None


# ---------------------------------------------------------------- checks, findings, checklist


def test_findings_and_checks_agree() -> None:
    found = documented(holed(), np_sorted := holed().sort_values("y"), target="y")
    assert len(np_sorted) == 400
    assert {c["rule"] for c in found["checks"]} == set(all_rules())
    by_status = [c["rule"] for c in found["checks"] if c["status"] == "found"]
    assert set(by_status) == {f["rule"] for f in found["findings"]}
    ranks = [["error", "warning", "note"].index(f["severity"]) for f in found["findings"]]
    assert ranks == sorted(ranks)
    for f in found["findings"]:
        assert f["consequence"] == all_rules()[f["rule"]].consequence
        for feature in found["features"]:
            assert (f["rule"] in feature["findings"]) or feature["name"] not in f["columns"]


def test_selected_rules_alone_are_listed() -> None:
    found = documented(table(80), target="y", select=["LAB101", "single-class"])
    assert [c["rule"] for c in found["checks"]] == ["LAB101", "LAB102"]


def checklist(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {item["item"]: item for item in found["checklist"]}


def test_checklist_lists_every_item_of_the_advice_once_and_in_order() -> None:
    items = [item["item"] for item in documented(table(80), target="y")["checklist"]]
    assert items == [f"37.{i}" for i in range(1, 38)] + [f"11.{i}" for i in range(1, 12)]


def test_checklist_says_found_clean_and_not_run() -> None:
    data = table(200)
    data.loc[5, "age"] = np.inf
    data = data.sort_values("y")
    found = checklist(documented(data, target="y"))
    assert found["37.37"]["status"] == "found"
    assert found["37.7"]["status"] == "found"
    assert found["37.8"]["status"] == "clean"
    assert found["37.8"]["title"] == advice.TITLES["37.8"]
    assert found["37.18"] == {
        "item": "37.18", "title": advice.NOT_COVERED["37.18"], "rules": [], "status": "not-covered",
    }  # fmt: skip
    unlabelled = checklist(documented(table(200)))
    assert unlabelled["37.10"]["status"] == "not-run"
    unasked = checklist(documented(data, target="y", select="LAB"))
    assert unasked["37.37"]["status"] == "not-run"
    assert unasked["37.37"]["rules"]


def test_checklist_found_wins_over_clean() -> None:
    rules = [rule() for rule in all_rules().values() if "37.37" in rule.tips]
    code = rules[0].code
    for statuses, expected in (
        ([Status.CLEAN, Status.FOUND], "found"),
        ([Status.CLEAN, Status.SKIPPED], "clean"),
        ([Status.SKIPPED, Status.NOT_APPLICABLE, Status.CRASHED], "not-run"),
        ([], "not-run"),
    ):
        items = document.checklist(rules, [Outcome(code, "n", None, status) for status in statuses])
        assert {i["item"]: i["status"] for i in items}["37.37"] == expected


# ---------------------------------------------------------------- any data


ODD: dict[str, tuple[Any, dict[str, Any]]] = {
    "one row": (table(1), {"target": "y"}),
    "array": (np.random.default_rng(0).normal(size=(30, 3)), {}),
    "array with infinities": (np.full((20, 2), np.inf), {}),
    "pictures": (images(40), {}),
    "pictures of floats": ((images(40)[0] / np.float32(255), np.arange(40) % 3), {"preset": "imagenet"}),
    "odd names": (pd.DataFrame({"": [1.5, 2.5], "a\nb": ["<b>", "\x1b[31m"], "😀": [True, False]}), {"target": "😀"}),
    "no labels": (table(40).assign(y=None), {"target": "y"}),
    "several targets": (table(60), {"target": ["active", "rooms"]}),
    "regression": (table(60), {"target": "age", "preset": ((0.5,), (0.5,)), "limits": {"LAB101": {}}}),
    "huge": (pd.DataFrame({"x": [1e308, -1e308, 5e-324] * 9, "y": [1, 2, 3] * 9}), {"target": "y"}),
}


@pytest.mark.parametrize("name", ODD)
def test_documents_of_odd_data_keep_to_the_schema(name: str) -> None:
    data, keywords = ODD[name]
    for stage in ("raw", "model-ready"):
        found = documented(data, stage=stage, **keywords)
        assert not [c for c in found["checks"] if c["status"] == "crashed"]
        assert found["dataset"]["stage"] == stage


@pytest.mark.parametrize(
    ("statuses", "said", "headline"),
    [
        ([Status.CLEAN], "pass", "The suite is met"),
        ([Status.FOUND], "fail", "The suite is not met"),
        ([Status.CRASHED], "pass", "The suite was not run whole"),
        ([Status.SKIPPED, Status.FOUND], "fail", "The suite is not met"),
    ],
)
def test_a_suite_alone_does_not_say_that_data_is_ready(statuses: list[Status], said: str, headline: str) -> None:
    ends = [Outcome("EXP101", "expectation-failed", None, status) for status in statuses]
    assert document._headline(said, ends, None) == headline
    assert document._headline(said, [*ends, *outcomes(Status.CLEAN)], None) == document.HEADLINES[said]


def test_summary_of_a_suite_counts_no_checks() -> None:
    met = [Outcome("EXP101", "expectation-failed", None, Status.CLEAN)]
    assert document.summary([], {}, met) == "Every expectation is met."
    assert document.summary([finding(Severity.NOTE)], CONSEQUENCES, met) == "What is not met is a note to the suite."
    crashed = [Outcome("EXP101", "expectation-failed", None, Status.CRASHED)]
    assert "met" not in document.summary([], {}, crashed)
