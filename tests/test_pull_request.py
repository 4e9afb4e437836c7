"""The worked example of docs/pull-request.md: a pull request on a CSV, run with git and the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPOSITORY

SAMPLE = REPOSITORY / "sample_data" / "penguins"
PAGE = REPOSITORY / "docs" / "pull-request.md"
MASS, LABEL = 5, 0
DIFF = (
    "diff", "main:data", "data", "--target", "species", "--no-probe",
    "--markdown", "comment.md", "--sarif", "dataaudit.sarif", "--html", "report.html", "--json", "report.json",
)  # fmt: skip


def git(folder: Path, *arguments: str) -> None:
    setup = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *setup, *arguments], cwd=folder, check=True, capture_output=True)


def write(folder: Path, name: str, lines: list[str]) -> None:
    path = folder / "data" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read(name: str) -> list[str]:
    return (SAMPLE / f"{name}.csv").read_text(encoding="utf-8").splitlines()


def changed(line: str, place: int, value: str) -> str:
    cells = line.split(",")
    cells[place] = value
    return ",".join(cells)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository whose branch adds 40 measured penguins, six of test, and a slip of the pen."""
    folder = tmp_path_factory.mktemp("work") / "penguins"
    train, test = read("train"), read("test")
    write(folder, "train", train[:-40])
    write(folder, "test", test)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "Penguins")
    git(folder, "switch", "-q", "-c", "more-penguins")
    old, new = train[:-40], train[-40:]
    old[20] = changed(old[20], LABEL, "Gentoo")  # was Adelie
    in_kilograms = [changed(line, MASS, str(float(line.split(",")[MASS]) / 1000)) for line in new]
    write(folder, "train", [*old, *in_kilograms, *test[1:7]])
    git(folder, "commit", "-q", "-am", "Forty more penguins")
    return folder


@pytest.fixture(scope="module")
def outcome(repository: Path) -> subprocess.CompletedProcess[str]:
    return run(repository, *DIFF)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dataaudit", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


def blocks(language: str) -> Iterator[list[str]]:
    """Yield the fenced blocks of the page that are written in a language, line by line."""
    for match in re.finditer(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    ):
        yield [line for line in match[1].splitlines() if line.strip()]


def test_the_run_fails(outcome: subprocess.CompletedProcess[str]) -> None:
    assert (outcome.returncode, outcome.stderr) == (1, "")
    assert outcome.stdout.startswith("FAIL  New errors: ")


def test_what_is_found(repository: Path, outcome: subprocess.CompletedProcess[str]) -> None:
    document = json.loads((repository / "report.json").read_text(encoding="utf-8"))
    new = {f["rule"]: f for f in document["findings"] if f["new"] and f["severity"] != "note"}
    assert new["DIF104"]["rows"] == [19]
    assert new["DIF104"]["locations"] == [{"file": "data/train.csv", "line": 21}]
    assert new["DIF104"]["message"].endswith("'Adelie' → 'Gentoo'")
    assert "'body_mass_g' looks like 1/1,000 times what it was" in new["DIF105"]["message"]
    assert new["LEA110"]["row_count"] == 6
    assert "LEA110 duplicates-across-splits" in new["DIF106"]["message"]
    assert set(new) == {"DIF101", "DIF104", "DIF105", "DIF106", "LEA110"}
    train, test = document["diff"]["rows"]
    assert (train["before"], train["now"], train["added"], train["relabelled"], train["same"]) == (160, 206, 46, 1, 159)
    assert (test["before"], test["now"], test["same"]) == (67, 67, 67)


def test_the_page_shows_what_is_said(repository: Path, outcome: subprocess.CompletedProcess[str]) -> None:
    comment = (repository / "comment.md").read_text(encoding="utf-8")
    (shown,) = blocks("markdown")
    for line in shown:
        assert line in comment.splitlines(), line
    (said,) = blocks("text")
    for line in said:
        assert line in outcome.stdout.splitlines(), line


def test_the_comment_holds_no_values_of_the_data(repository: Path, outcome: subprocess.CompletedProcess[str]) -> None:
    comment = (repository / "comment.md").read_text(encoding="utf-8")
    assert len(comment.encode()) < 60_000
    assert "Gentoo" not in comment
    assert "`data/train.csv`" in comment


def test_the_sarif_points_at_the_changed_lines(repository: Path, outcome: subprocess.CompletedProcess[str]) -> None:
    log = json.loads((repository / "dataaudit.sarif").read_text(encoding="utf-8"))
    (results,) = [run["results"] for run in log["runs"]]
    label = next(result for result in results if result["ruleId"] == "DIF104")
    place = label["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "data/train.csv"
    assert place["region"]["startLine"] == 21
    (shown,) = blocks("json")
    excerpt: Any = json.loads("\n".join(shown))
    assert excerpt["ruleId"] == label["ruleId"]
    assert excerpt["level"] == label["level"]
    assert excerpt["baselineState"] == label["baselineState"]
    assert excerpt["locations"][0]["physicalLocation"]["region"] == place["region"]
    assert {r["baselineState"] for r in results if r["ruleId"].startswith("NRM")} == {"unchanged"}


def test_once_it_is_mended_the_run_passes(repository: Path, outcome: subprocess.CompletedProcess[str]) -> None:
    git(repository, "switch", "-q", "-c", "mended")
    write(repository, "train", read("train"))
    again = run(repository, *DIFF)
    git(repository, "checkout", "-q", "--", "data")
    git(repository, "switch", "-q", "more-penguins")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.startswith("PASS  Nothing new that stands in the way")
    assert "train has 200 rows, 160 before (40 new)" in " ".join(again.stdout.split())


def test_the_commands_of_the_page_are_those_that_were_run() -> None:
    (commands,) = blocks("sh")
    assert " ".join(commands).split()[1:] == list(DIFF[:-2])


def test_a_committed_profile_stands_in_for_the_data(tmp_path: Path) -> None:
    """Without the rows, a change of unit in all of them is told, and the report says what it cannot tell."""
    train = read("train")
    in_kilograms = [changed(line, MASS, str(float(line.split(",")[MASS]) / 1000)) for line in train[1:]]
    write(tmp_path / "before", "train", train)
    write(tmp_path / "now", "train", [train[0], *in_kilograms])
    for version in ("before", "now"):
        made = run(tmp_path, "check", f"{version}/data/train.csv", "--target", "species", "--no-probe", "-q",
                   "--profile", f"{version}.json.gz")  # fmt: skip
        assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    said = run(tmp_path, "diff", "before.json.gz", "now.json.gz", "--format", "json", "--fail-on", "never")
    assert (said.returncode, said.stderr) == (0, "")
    document = json.loads(said.stdout)
    assert document["diff"]["rows_followed"] is False
    skipped = {c["rule"] for c in document["checks"] if c["status"] == "skipped"}
    assert skipped == {"DIF104", "DIF106", "DIF108"}
    (moved,) = [f for f in document["findings"] if f["rule"] == "DIF105"]
    assert moved["columns"] == ["body_mass_g"]
    assert "looks like 1/1,000 times what it was" in moved["message"]
    assert (tmp_path / "now.json.gz").stat().st_size < 3000
