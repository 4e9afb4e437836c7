"""The pytest plugin, in runs of pytest of their own."""

from __future__ import annotations

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.bridges.pytest_plugin import file_stem
from tests.build import table
from tests.conftest import REPOSITORY, Run

pytest_plugins = ("pytester",)

CLEAN = """
def test_clean(dataaudit):
    report = dataaudit("clean.csv", target="y", probe=False, fail_on="warning")
    assert report.verdict == "pass"
"""
FAULTY = """
def test_faulty(dataaudit):
    dataaudit("faulty.csv", target="y", probe=False, fail_on="warning")
"""
SHARED = """
import pytest

@pytest.fixture(scope="module")
def report(dataaudit):
    return dataaudit.audit("faulty.csv", target="y", probe=False)

def test_rows(report):
    assert report.document["dataset"]["splits"]["train"]["rows"] == 300

def test_findings(report, dataaudit):
    dataaudit.assert_clean(report, "warning")
"""


@pytest.fixture
def runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Return a folder with a clean table and one with a constant column, in which pytest knows the plugin."""
    frame = table(300)
    frame.to_csv(pytester.path / "clean.csv", index=False)
    frame.assign(same=7).to_csv(pytester.path / "faulty.csv", index=False)
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    installed = {entry.name for entry in metadata.entry_points(group="pytest11")}
    if "dataaudit" not in installed:  # a checkout that was installed before the plugin was there
        monkeypatch.setenv("PYTEST_ADDOPTS", "-p dataaudit.bridges.pytest_plugin")
    return pytester


def test_clean_data_passes_and_faulty_data_fails(runs: pytest.Pytester) -> None:
    runs.makepyfile(CLEAN + FAULTY)
    result = runs.runpytest_subprocess()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            'E *FindingsError: faulty: 1 warning',
            'E * faulty.csv: warning NRM105 constant-feature: *',
            'E * Why it matters and what to do: dataaudit explain CODE*',
        ]
    )  # fmt: skip
    assert "bridges/pytest_plugin.py" not in result.stdout.str()  # the traceback ends at the test
    assert not list(runs.path.glob("*.html"))


def test_one_audit_for_several_tests(runs: pytest.Pytester) -> None:
    runs.makepyfile(SHARED)
    result = runs.runpytest_subprocess("--dataaudit-html", "pages")
    result.assert_outcomes(passed=1, failed=1)
    (page,) = (runs.path / "pages").iterdir()
    assert page.name.endswith("test_rows.html")


def test_the_reports_are_written_and_listed(runs: pytest.Pytester) -> None:
    runs.makepyfile(test_data=CLEAN + FAULTY)
    result = runs.runpytest_subprocess("--dataaudit-html", "out/pages", "--junit-xml", "junit.xml")
    result.assert_outcomes(passed=1, failed=1)
    pages = runs.path / "out" / "pages"
    names = ["test_data.py-test_clean.html", "test_data.py-test_faulty.html"]
    assert sorted(path.name for path in pages.iterdir()) == names
    assert all(path.read_text(encoding="utf-8").startswith("<!doctype html>") for path in pages.iterdir())
    result.stdout.fnmatch_lines(["*= dataaudit =*", f"pass  {pages / names[0]}", f"warn  {pages / names[1]}"])
    cases = ElementTree.parse(runs.path / "junit.xml").iter("testcase")
    properties = {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")} for case in cases
    }  # fmt: skip
    assert properties == {
        "test_clean": {"dataaudit": "pass", "dataaudit_html": str(pages / names[0])},
        "test_faulty": {"dataaudit": "warn", "dataaudit_html": str(pages / names[1])},
    }


def test_several_audits_of_one_test_and_parameters_have_files_of_their_own(runs: pytest.Pytester) -> None:
    runs.makepyfile(
        test_data="""
        import pytest

        @pytest.mark.parametrize("name", ["clean.csv", "a b", "a/b"])
        def test_one(dataaudit, name):
            for _ in range(2):
                dataaudit.audit("clean.csv", probe=False, select="INP101")
        """
    )
    runs.runpytest_subprocess("--dataaudit-html=pages").assert_outcomes(passed=3)
    names = sorted(path.name for path in (runs.path / "pages").iterdir())
    assert len(names) == 6
    assert names[-2:] == ["test_data.py-test_one-clean.csv-2.html", "test_data.py-test_one-clean.csv.html"]


def test_with_the_workers_of_xdist(runs: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    runs.makepyfile(test_data=CLEAN + FAULTY)
    result = runs.runpytest_subprocess("-n", "2", "--dataaudit-html", "pages")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["pass  *test_clean.html", "warn  *test_faulty.html"])


def test_a_project_may_have_a_fixture_of_that_name(runs: pytest.Pytester) -> None:
    runs.makeconftest("import pytest\n@pytest.fixture\ndef dataaudit():\n    return 7\n")
    runs.makepyfile("def test_own(dataaudit):\n    assert dataaudit == 7\n")
    runs.runpytest_subprocess().assert_outcomes(passed=1)


def test_data_that_cannot_be_read_is_told_in_one_line(runs: pytest.Pytester) -> None:
    runs.makepyfile('def test_none(dataaudit):\n    dataaudit("claen.csv")\n')
    result = runs.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *SourceError: claen.csv: *"])


def test_a_file_in_place_of_the_folder_is_refused_before_any_test(runs: pytest.Pytester) -> None:
    runs.makepyfile(CLEAN)
    result = runs.runpytest_subprocess("--dataaudit-html", "clean.csv")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --dataaudit-html *clean.csv: it is a file, expected a folder or a new name."])
    assert "passed" not in result.stdout.str()


def test_the_start_of_pytest_loads_nothing_heavy(run_python: Run) -> None:
    code = "import pytest, sys; before = set(sys.modules); import dataaudit.bridges.pytest_plugin, json; "
    result = run_python("-c", code + "print(json.dumps(sorted(set(sys.modules) - before)))")
    own = {"dataaudit", "dataaudit.bridges", "dataaudit.bridges.pytest_plugin"}
    loaded = {name for name in json.loads(result.stdout) if not name.startswith(("json", "_json", "hashlib", "_"))}
    assert loaded == own


def test_the_plugin_is_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"dataaudit": "dataaudit.bridges.pytest_plugin"}


@given(st.text(min_size=1))
def test_every_test_has_a_file_name_that_every_system_takes(name: str) -> None:
    stem = file_stem(f"tests/test_data.py::test[{name}]")
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,130}", stem)
    assert stem == Path(stem).name
    assert stem == file_stem(f"tests/test_data.py::test[{name}]")


@pytest.mark.parametrize(("one", "other"), [("a b", "a_b"), ("a\x00", "a\x01"), ("x" * 500, "x" * 501), ("é", "è")])
def test_names_that_read_alike_are_kept_apart(one: str, other: str) -> None:
    assert file_stem(one) != file_stem(other)
