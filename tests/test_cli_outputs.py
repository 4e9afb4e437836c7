"""Several outputs of one run, for tools that read them: as a job of a CI server asks for them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import Run

FILES = {
    "--html": "report.html",
    "--json": "report.json",
    "--sarif": "report.sarif",
    "--junit": "report.xml",
    "--gitlab": "quality.json",
    "--markdown": "comment.md",
    "--step-summary": "summary.md",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write a table whose rows 3, 4 and 9 have no label, and one label is written in two ways; none must be told."""
    labels = ["zqsick" if i * 53 % 97 % 2 else "zqwell" for i in range(100)]
    for i, label in {3: "", 4: "", 9: "", 20: "ZQSICK", 40: "ZQSICK"}.items():
        labels[i] = label
    lines = [f"{i * 37 % 101},{label}" for i, label in enumerate(labels)]
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "my train.csv"
    path.write_text("\n".join(["x,y", *lines]), encoding="utf-8")
    return path


def test_every_output_of_one_run(dataaudit: Run, data: Path) -> None:
    folder = data.parent.parent
    wanted = [word for pair in FILES.items() for word in pair]
    result = dataaudit(
        "check", "data/my train.csv", "--target", "y", "--no-probe", "--format", "github", *wanted, cwd=folder
    )
    assert (result.returncode, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    assert "::error file=data/my train.csv,line=5,endLine=6,title=LAB109 missing-labels%3A y::3 rows of 100" in lines[0]
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert {path.name for path in folder.iterdir()} == {"data", *FILES.values()}
    for name in set(FILES.values()) - {"report.html", "report.json"}:
        assert "zq" not in (folder / name).read_text(encoding="utf-8").casefold(), name
    assert (folder / "comment.md").read_text(encoding="utf-8").startswith("<!-- dataaudit -->\n## Not ready")
    entries = json.loads((folder / "quality.json").read_text(encoding="utf-8"))
    assert [e["location"]["lines"]["begin"] for e in entries if e["check_name"].startswith("LAB109")] == [5, 11]


def test_results_stand_on_the_lines_of_the_rows(dataaudit: Run, data: Path) -> None:
    folder = data.parent.parent
    result = dataaudit(
        "check", "data/my train.csv", "--target", "y", "--select", "LAB109", "--format", "sarif", cwd=folder
    )
    (run,) = json.loads(result.stdout)["runs"]
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {"data/my%20train.csv"}
    regions = [place["region"] for place in places]
    assert regions == [{"startLine": 5, "endLine": 6}, {"startLine": 11}]
    lines = data.read_text(encoding="utf-8").split("\n")
    empty = [i + 1 for i, line in enumerate(lines) if line.endswith(",")]
    covered = [
        n for region in regions for n in range(region["startLine"], region.get("endLine", region["startLine"]) + 1)
    ]
    assert covered == empty


def test_results_stand_on_the_lines_of_json_lines(dataaudit: Run, tmp_path: Path) -> None:
    rows = [{"x": i * 37 % 101, "y": None if i in (0, 7) else "ab"[i * 53 % 97 % 2]} for i in range(60)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = dataaudit("check", "rows.jsonl", "--target", "y", "--select", "LAB109", "--format", "sarif", cwd=tmp_path)
    (run,) = json.loads(result.stdout)["runs"]
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert [(p["artifactLocation"]["uri"], p["region"]) for p in places] == [
        ("rows.jsonl", {"startLine": 1}),
        ("rows.jsonl", {"startLine": 8}),
    ]


def test_a_picture_is_found_in_its_own_file(dataaudit: Run, tmp_path: Path) -> None:
    for split in ("train", "test"):
        for label in ("a", "b"):
            folder = tmp_path / "set" / split / label
            folder.mkdir(parents=True)
            for i in range(6):
                shade = np.random.default_rng([i, *map(ord, split[:2] + label)]).integers(0, 255, (16, 16, 3))
                Image.fromarray(shade.astype(np.uint8)).save(folder / f"{i}.png")
    (tmp_path / "set/train/b/odd name.png").write_bytes(b"no picture")
    result = dataaudit("check", "set", "--select", "IMG101", "--format", "gitlab", cwd=tmp_path)
    assert [entry["location"]["path"] for entry in json.loads(result.stdout)] == ["set/train/b/odd name.png"]


def test_findings_about_a_loader_stand_in_the_file_that_makes_it(dataaudit: Run, tmp_path: Path) -> None:
    (tmp_path / "feed").mkdir()
    lines = [
        "import numpy as np",
        "def build():",
        "    batches = np.random.default_rng(0).normal(size=(8, 32, 4))",
        "    batches[3] = np.nan",
        "    return [(x, np.arange(32) % 2) for x in batches]",
    ]
    (tmp_path / "feed" / "loader.py").write_text("\n".join(lines), encoding="utf-8")
    result = dataaudit("batches", "feed/loader.py:build", "--no-probe", "--format", "sarif", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    (run,) = json.loads(result.stdout)["runs"]
    assert "BAT110" in {r["ruleId"] for r in run["results"]}
    uris = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]}
    assert uris == {"feed/loader.py"}


@pytest.mark.parametrize(("fail_on", "status", "failures"), [("error", 1, "1"), ("never", 0, "0")])
def test_junit_fails_where_the_run_fails(dataaudit: Run, data: Path, fail_on: str, status: int, failures: str) -> None:
    arguments = ("check", str(data), "--target", "y", "--select", "LAB109", "--format", "junit", "--fail-on", fail_on)
    result = dataaudit(*arguments)
    assert result.returncode == status
    assert ET.fromstring(result.stdout).get("failures") == failures


def test_values_are_shown_where_they_are_asked_for(dataaudit: Run, data: Path) -> None:
    said = dataaudit("check", str(data), "--target", "y", "--no-probe", "--format", "markdown", "--show-values").stdout
    assert "'zqsick' and 'ZQSICK' are one" in said


@pytest.mark.parametrize("flag", ["--sarif", "--junit", "--gitlab", "--markdown", "--json", "--step-summary"])
def test_a_report_never_replaces_the_data(dataaudit: Run, data: Path, flag: str) -> None:
    before = data.read_bytes()
    result = dataaudit("check", str(data), flag, str(data))
    assert (result.returncode, result.stdout) == (2, "")
    assert f"error: {flag} {data} would overwrite the data." in result.stderr
    assert data.read_bytes() == before


def test_two_reports_need_two_names(dataaudit: Run, data: Path, tmp_path: Path) -> None:
    result = dataaudit("check", str(data), "--sarif", str(tmp_path / "x"), "--junit", str(tmp_path / "x"))
    assert result.returncode == 2
    assert "both write" in result.stderr
    assert not (tmp_path / "x").exists()


def test_a_place_that_cannot_be_written_is_one_clear_line(dataaudit: Run, data: Path) -> None:
    result = dataaudit("check", str(data), "--no-probe", "--sarif", str(data / "below.sarif"))
    assert (result.returncode, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    assert "is a file, not a folder" in result.stderr
