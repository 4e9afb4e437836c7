"""`dataaudit suite`, `dataaudit validate` and `--suite`, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.build import table
from tests.conftest import Run


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    table(n=120).to_csv(tmp_path / "rows.csv", index=False)
    return tmp_path / "rows.csv"


@pytest.fixture
def suite(rows: Path, dataaudit: Run) -> Path:
    made = rows.with_name("suite.json")
    result = dataaudit("suite", str(rows), "--target", "y", "-o", str(made))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    return made


def test_a_suite_is_made_and_its_own_data_meets_it(rows: Path, suite: Path, dataaudit: Run) -> None:
    made = json.loads(suite.read_text(encoding="utf-8"))
    assert (made["name"], made["meta"]["dataaudit"]["rows"]) == ("rows", 120)
    result = dataaudit("validate", str(rows), "--suite", str(suite), "--format", "json")
    assert (result.returncode, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    assert [(c["rule"], c["status"]) for c in report["checks"]] == [("EXP101", "clean")]


def test_a_delivery_that_fails(suite: Path, tmp_path: Path, dataaudit: Run) -> None:
    table(n=120, seed=5).assign(city="Graz", age=1000.0).to_csv(tmp_path / "next.csv", index=False)
    html = tmp_path / "report.html"
    result = dataaudit("validate", "next.csv", "--suite", str(suite), "--html", str(html))
    assert result.returncode == 1
    assert "'age': column values to be between" in " ".join(result.stdout.split())
    assert "expectation-failed" in html.read_text(encoding="utf-8")
    assert dataaudit("validate", "next.csv", "--suite", str(suite), "--fail-on", "never", "-q").returncode == 0


def test_findings_name_the_lines_of_the_file(suite: Path, tmp_path: Path, dataaudit: Run) -> None:
    frame = table(n=120, seed=5)
    frame.loc[7, "y"] = "perhaps"
    frame.to_csv(tmp_path / "next.csv", index=False)
    report = json.loads(dataaudit("validate", "next.csv", "--suite", str(suite), "--format", "json").stdout)
    (finding,) = [f for f in report["findings"] if f["columns"] == ["y"]]
    assert (finding["rows"], [place["line"] for place in finding["locations"]]) == ([7], [9])


def test_check_runs_a_suite_beside_its_rules(rows: Path, suite: Path, dataaudit: Run) -> None:
    given = ["check", str(rows), "--target", "y", "--suite", str(suite), "--select", "EXP,INP1", "--format", "json"]
    statuses = {c["rule"]: c["status"] for c in json.loads(dataaudit(*given).stdout)["checks"]}
    assert statuses["EXP101"] == "clean"
    assert len(statuses) > 3


def test_an_expectation_that_cannot_be_run_is_status_2(rows: Path, tmp_path: Path, dataaudit: Run) -> None:
    odd = {"name": "odd", "expectations": [{"type": "expect_wonders", "kwargs": {}}]}
    (tmp_path / "odd.json").write_text(json.dumps(odd), encoding="utf-8")
    result = dataaudit("validate", str(rows), "--suite", "odd.json", "-q")
    assert result.returncode == 2
    assert "expected wonders: ExpectationNotFoundError" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["validate", "rows.csv"], "Missing option '--suite'"),
        (["validate", "rows.csv", "--suite", "none.json"], "none.json: cannot be read (no such file or directory)."),
        (["validate", "rows.csv", "--suite", "rows.csv"], "rows.csv: no JSON"),
        (["validate", "none.csv", "--suite", "rows.csv"], "none.csv"),
        (["validate", "rows.csv", "--suite", "s.json", "-o", "s.json"], "would overwrite"),
        (["suite", "rows.csv", "-o", "rows.csv"], "would overwrite the data"),
        (["suite", "rows.csv", "--risk", "2"], "risk is 2.0, expected a chance between 0 and 0.5"),
        (["suite", "rows.csv", "--rows", "3"], "rows is 3, expected 20 or more"),
    ],
)
def test_what_makes_no_sense(rows: Path, dataaudit: Run, arguments: list[str], message: str) -> None:
    result = dataaudit(*arguments)
    assert result.returncode == 2
    assert result.stdout == ""
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not rows.with_name("s.json").exists()


def test_a_suite_on_standard_output(rows: Path, dataaudit: Run) -> None:
    result = dataaudit("suite", str(rows), "--name", "mine", "--rows", "1000", "--risk", "0.01")
    made = json.loads(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert (made["name"], made["meta"]["dataaudit"]["expected_rows"], made["meta"]["dataaudit"]["risk"]) == (
        "mine", 1000, 0.01,
    )  # fmt: skip
