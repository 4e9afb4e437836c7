"""`import dataaudit` is cheap, and its names are there when they are wanted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dataaudit as package
from tests.conftest import Run

HEAVY = {
    "click", "dask", "great_expectations", "jinja2", "openpyxl", "pandas", "PIL", "polars", "pyarrow", "rich", "scipy",
    "sklearn", "torch",
}  # fmt: skip


def loaded(run_python: Run, code: str) -> set[str]:
    """Return the top-level modules that are loaded after running some code."""
    result = run_python("-c", f"{code}\nimport sys, json\nprint(json.dumps(list(sys.modules)))")
    assert result.returncode == 0, result.stderr
    return {name.partition(".")[0] for name in json.loads(result.stdout.splitlines()[-1])}


def test_import_loads_no_library(run_python: Run) -> None:
    assert loaded(run_python, "import dataaudit") & (HEAVY | {"numpy"}) == set()


def test_the_entry_point_and_the_rules_load_numpy_at_most(run_python: Run) -> None:
    code = "import dataaudit; dataaudit.audit; from dataaudit.registry import all_rules; all_rules()"
    assert loaded(run_python, code) & HEAVY == set()


def test_help_loads_only_what_prints_it(run_python: Run) -> None:
    code = "from dataaudit.cli import cli; cli.main(['check', '--help'], standalone_mode=False)"
    assert loaded(run_python, code) & (HEAVY | {"numpy"}) == {"click"}


def test_arrays_are_audited_without_pandas(run_python: Run) -> None:
    code = "import dataaudit, numpy as np; dataaudit.audit(np.random.default_rng(0).normal(size=(50, 3)))"
    assert "pandas" not in loaded(run_python, code)


def test_files_are_audited_without_pandas(run_python: Run, tmp_path: Path) -> None:
    """Loading it takes as long as all rules on a small table, and a commit hook waits for both."""
    rows = "".join(
        f"{k * k % 7 / 4},{k},{'' if k % 9 else k},2024-01-{k % 28 + 1:02d},{'ab'[k % 2]}\n" for k in range(60)
    )
    (tmp_path / "t.csv").write_text(f"x,n,gaps,day,y\n{rows}")
    path = str(tmp_path / "t.csv")
    code = f"import dataaudit; dataaudit.audit({path!r}, target='y', probe=False)"
    assert "pandas" not in loaded(run_python, code)


@pytest.mark.parametrize("name", package.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(package, name) is not None
    assert name in dir(package)


def test_a_name_that_is_not_there() -> None:
    with pytest.raises(AttributeError, match="module 'dataaudit' has no attribute 'audti'"):
        package.audti  # noqa: B018


def test_no_socket_is_opened_by_an_audit(run_python: Run, repository: object) -> None:
    code = f"""
import socket
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket.connect = refuse
socket.socket.bind = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse
import dataaudit
folder = {str(repository)!r} + "/sample_data/"
table = dataaudit.audit(folder + "penguins_faulty/train.csv", target="species")
pictures = dataaudit.audit(folder + "digits/digits_images")
for report in (table, pictures):
    report.to_html(), report.to_json(), report.to_markdown(), report.to_text()
print(table.verdict, pictures.verdict)
"""
    result = run_python("-c", code)
    assert result.stderr == ""
    assert result.stdout.split() == ["fail", "fail"]
