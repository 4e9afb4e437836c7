"""The command line, run as a user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dataaudit import __version__
from dataaudit.cli import cli
from dataaudit.registry import all_rules, manual
from tests.conftest import REPOSITORY, Run

SAMPLES = REPOSITORY / "sample_data"
CLEAN = [f"{SAMPLES}/penguins/train.csv", "--test", f"{SAMPLES}/penguins/test.csv", "--target", "species"]
FAULTY = [f"{SAMPLES}/penguins_faulty/train.csv", "--target", "species"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Write a table with one constant column (a warning) and nothing else that is wrong."""
    lines = [f"{i * 37 % 101},7,{'ab'[i * 53 % 97 % 2]}" for i in range(100)]
    return write(tmp_path / "train.csv", "\n".join(["x,same,y", *lines]))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def said(result: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines of standard error, having made sure that nothing else was said."""
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr.lstrip("\n").splitlines()  # after ^C a terminal wants a line of its own


# ---------------------------------------------------------------- status and streams


def test_clean_data(dataaudit: Run) -> None:
    result = dataaudit("check", *CLEAN)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Ready" in result.stdout.splitlines()[0]
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(("fail_on", "status"), [((), 1), (("--fail-on", "warning"), 1), (("--fail-on", "never"), 0)])
def test_errors_fail_a_run(dataaudit: Run, fail_on: tuple[str, ...], status: int) -> None:
    result = dataaudit("check", *FAULTY, *fail_on)
    assert (result.returncode, result.stderr) == (status, "")
    assert "Not ready to train on" in result.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("settings", "flags", "status"),
    [
        ("", (), 0),
        ("", ("--fail-on", "warning"), 1),
        ('fail-on = "warning"', (), 1),
        ('fail-on = "warning"', ("--fail-on", "error"), 0),
        ('fail-on = "warning"\nignore = ["constant-feature"]', (), 0),
        ('fail-on = "warning"\nignore = ["NRM105"]', ("--select", "NRM105"), 1),
        ('fail-on = "warning"', ("--ignore", "NRM105"), 0),
    ],
)
def test_warnings_fail_a_run_that_says_so(
    dataaudit: Run, table: Path, settings: str, flags: tuple[str, ...], status: int
) -> None:
    write(table.with_name("dataaudit.toml"), f"{settings}\n")
    result = dataaudit("check", str(table), "--target", "y", *flags)
    assert (result.returncode, result.stderr) == (status, "")


def test_config_names_the_settings(dataaudit: Run, table: Path) -> None:
    write(table.with_name("dataaudit.toml"), 'fail-on = "never"')
    other = write(table.with_name("other.toml"), 'fail-on = "warning"\nselect = ["NRM105"]')
    assert dataaudit("check", str(table), "--config", str(other)).returncode == 1


def test_standard_output_is_the_report_and_nothing_else(dataaudit: Run) -> None:
    result = dataaudit("check", *FAULTY, "--format", "json")
    document = json.loads(result.stdout)
    assert (document["schema"], document["verdict"]) == ("dataaudit.report/1", "fail")
    assert document["provenance"]["command"].startswith("dataaudit check ")
    assert document["provenance"]["command"].endswith("--target species --format json")


def test_several_outputs_in_one_run(dataaudit: Run, tmp_path: Path) -> None:
    names = ("out/a.html", "facts.json", "report.md")
    html, profile, markdown = (tmp_path / name for name in names)
    result = dataaudit(
        "check", *FAULTY, "--html", "out/a.html", "--profile", "facts.json", "--format", "markdown", "-o", "report.md"
    )
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")
    assert html.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    assert json.loads(profile.read_text(encoding="utf-8"))["schema"].startswith("dataaudit.profile/")
    assert "Not ready to train on" in markdown.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["facts.json", "out", "report.md"]


def test_output_to_dash_is_standard_output(dataaudit: Run) -> None:
    assert json.loads(dataaudit("check", *CLEAN, "--format", "json", "-o", "-").stdout)["verdict"] == "pass"


def test_quiet(dataaudit: Run) -> None:
    result = dataaudit("check", *FAULTY, "-q")
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")
    assert json.loads(dataaudit("check", *FAULTY, "-q", "--format", "json").stdout)["verdict"] == "fail"


def test_the_same_run_gives_the_same_bytes(dataaudit: Run) -> None:
    def document(jobs: str) -> dict[str, object]:
        found = json.loads(dataaudit("check", *FAULTY, "--format", "json", "--jobs", jobs).stdout)
        for check in found["checks"]:
            del check["seconds"]
        for key in ("started", "seconds", "command"):
            del found["provenance"][key]
        return dict(found)

    assert document("1") == document("2")


# ---------------------------------------------------------------- what cannot be used


def test_a_file_that_is_not_there(dataaudit: Run, table: Path) -> None:
    result = dataaudit("check", str(table.with_name("trian.csv")))
    lines = said(result)
    assert result.returncode == 2
    assert lines[0].startswith("error: ")
    assert "trian.csv" in lines[0]
    assert "train.csv" in lines[1]
    assert len(lines) == 2


def test_a_target_that_is_not_there(dataaudit: Run) -> None:
    result = dataaudit("check", *FAULTY[:1], "--target", "specie")
    assert result.returncode == 2
    assert "specie" in said(result)[0]
    assert "'species'" in said(result)[1]


@pytest.mark.parametrize("text", ["", "x,y\n"])
def test_nothing_to_read(dataaudit: Run, tmp_path: Path, text: str) -> None:
    write(tmp_path / "empty.csv", text)
    result = dataaudit("check", "empty.csv")
    assert result.returncode == 3
    assert said(result)[0].startswith("error: ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["chek"], "error: No such command 'chek'"),
        (["check"], "error: Missing argument 'DATA'."),
        (["check", ""], "error: DATA is empty."),
        (["check", "x.csv", "--test", " "], "error: --test is empty."),
        (["check", "x.csv", "--tarket", "y"], "error: No such option"),
        (["check", "x.csv", "--fail-on", "errors"], "error: Invalid value for '--fail-on'"),
        (["check", "x.csv", "--seed", "-1"], "error: Invalid value for '--seed'"),
        (["check", "x.csv", "--target", ""], "error: --target is empty."),
        (["check", "x.csv", "--target", "a,,b"], "error: --target is empty."),
        (["check", "x.csv", "--config", "no.toml"], "error: no.toml: no such settings file."),
        (["check", "x.csv", "--html", ""], "error: --html is empty."),
        (["check", "x.csv", "--html", "-"], "error: --html needs the name of a file."),
        (["check", "x.csv", "--html", "a", "-o", "./a"], "error: --output and --html both write ./a."),
        (["check", "x.csv", "--profile", "./x.csv"], "error: --profile ./x.csv would overwrite the data."),
        (["check", "x.csv", "--select", "NRM999"], "error: Unknown rule 'NRM999' in select."),
        (["explain", "NRM999"], "error: There is no rule 'NRM999'."),
        (["rules", "--format", "xml"], "error: Invalid value for '--format'"),
    ],
)
def test_a_command_that_makes_no_sense(dataaudit: Run, tmp_path: Path, arguments: list[str], expected: str) -> None:
    data = write(tmp_path / "x.csv", "x,y\n1,2\n2,3\n")
    result = dataaudit(*arguments)
    assert result.returncode == 2
    assert said(result)[0].startswith(expected)
    assert data.read_text(encoding="utf-8") == "x,y\n1,2\n2,3\n"


def test_an_output_that_cannot_be_written(dataaudit: Run, table: Path) -> None:
    table.with_name("folder").mkdir()
    result = dataaudit("check", str(table), "--html", "folder")
    assert result.returncode == 2
    assert "folder" in said(result)[0]


def test_a_name_cannot_steer_the_terminal(dataaudit: Run) -> None:
    result = dataaudit("check", "\x1b[31mred\u202e.csv")
    assert result.returncode == 2
    assert "\x1b" not in result.stderr
    assert "\u202e" not in result.stderr
    assert r"\x1b[31mred\u202e.csv" in said(result)[0]


def test_debug_shows_the_traceback(dataaudit: Run) -> None:
    result = dataaudit("check", "missing.csv", "--debug")
    assert result.returncode == 2
    assert result.stderr.startswith("Traceback (most recent call last):")
    assert "\nerror: " in result.stderr


def test_targets_with_commas(dataaudit: Run, tmp_path: Path) -> None:
    rows = "\n".join(f"{i * 37 % 101},{i * 53 % 97},{i * 29 % 89}" for i in range(60))
    write(tmp_path / "x.csv", f'x,"a,b",c\n{rows}\n')

    def target(*flags: str) -> object:
        return json.loads(dataaudit("check", "x.csv", "--format", "json", *flags).stdout)["dataset"]["target"]

    assert target("--target", '"a,b"') == "a,b"
    assert target("--target", '"a,b",c') == ["a,b", "c"]
    assert target("--target", "x", "--target", "c") == ["x", "c"]


# ---------------------------------------------------------------- what goes wrong on the way

STANDING_IN = """
import sys
import threading
import dataaudit.api
def audit(*arguments, **keywords):
    raise {exception}
dataaudit.api.audit = audit
from dataaudit.cli import main
main(["check", "x.csv"{more}])
"""


@pytest.mark.parametrize(
    ("exception", "status", "expected"),
    [
        ("KeyboardInterrupt", 130, "error: interrupted;"),
        ("MemoryError", 2, "error: the memory does not suffice"),
        ("PermissionError(13, 'Permission denied', 'x.csv')", 2, "error: x.csv: Permission denied."),
        ("ZeroDivisionError('by zero')", 2, "error: this should not have happened: ZeroDivisionError: by zero"),
        ("RecursionError()", 2, "error: this should not have happened: RecursionError: "),
    ],
)
def test_whatever_goes_wrong_is_told_in_a_line(run_python: Run, exception: str, status: int, expected: str) -> None:
    result = run_python("-c", STANDING_IN.format(exception=exception, more=""))
    assert result.returncode == status
    assert said(result)[0].startswith(expected.rstrip())
    assert len(said(result)) <= 2


def test_debug_shows_the_traceback_of_a_fault(run_python: Run) -> None:
    result = run_python("-c", STANDING_IN.format(exception="ZeroDivisionError('by zero')", more=', "--debug"'))
    assert result.returncode == 2
    assert "Traceback (most recent call last):" in result.stderr


CRASHING = """
from dataclasses import dataclass
from typing import ClassVar
from dataaudit.model import Severity
from dataaudit.registry import register
@register
@dataclass(frozen=True)
class Crashing:
    '''A rule that crashes.'''
    code: ClassVar[str] = "NRM999"
    name: ClassVar[str] = "crashing"
    severity: ClassVar[Severity] = Severity.WARNING
    consequence: ClassVar[str] = "crashes"
    tips: ClassVar[tuple[str, ...]] = ()
    def needs(self): return ()
    def judge(self, split):
        raise ZeroDivisionError("by zero")
        yield
"""
"""Code that registers a rule which crashes."""


def test_a_rule_that_crashes_is_told_and_the_rest_goes_on(run_python: Run, table: Path) -> None:
    code = f"""{CRASHING}
from dataaudit.cli import main
main(["check", {str(table)!r}, "--target", "y", "--format", "json"])
"""
    result = run_python("-c", code)
    assert result.returncode == 2
    assert result.stderr.startswith("warning: NRM999 crashed: ")
    assert "by zero" in result.stderr
    document = json.loads(result.stdout)
    status = {check["rule"]: check["status"] for check in document["checks"]}
    assert status["NRM999"] == "crashed"
    assert status["NRM105"] == "found"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["check", *CLEAN], 0), (["check", *FAULTY], 1), (["check", *FAULTY, "--format", "json"], 1), (["rules"], 0)],
)
def test_a_reader_who_leaves_changes_no_verdict(arguments: list[str], status: int) -> None:
    read, wrote = os.pipe()
    os.close(read)
    with os.fdopen(wrote, "wb") as pipe:
        result = subprocess.run(
            [sys.executable, "-m", "dataaudit", *arguments], stdout=pipe, stderr=subprocess.PIPE, check=False
        )
    assert (result.returncode, result.stderr) == (status, b"")


def test_a_closed_standard_output(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m dataaudit check {FAULTY[0]} --target species --html out.html >&-"
    result = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, check=False)
    assert (result.returncode, result.stderr) == (1, b"")
    assert (tmp_path / "out.html").stat().st_size > 1000


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "dataaudit", "check", *FAULTY], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 2
    assert result.stderr.decode().startswith("error: ")
    assert b"Traceback" not in result.stderr
    assert b"No space left on device" in result.stderr


def test_a_terminal_that_cannot_spell_every_name(dataaudit: Run, tmp_path: Path) -> None:
    rows = "\n".join(f"{i * 37 % 101},7" for i in range(50))
    write(tmp_path / "x.csv", f"größe,常数\n{rows}\n")
    result = dataaudit("check", "x.csv", "-o", "-", PYTHONIOENCODING="cp437:strict", PYTHONUTF8="0", encoding="cp437")
    assert (result.returncode, result.stderr) == (0, "")
    assert r"\u5e38\u6570" in result.stdout


def test_progress_is_drawn_on_a_terminal_and_wiped() -> None:
    terminal, end = pty.openpty()
    parts: list[bytes] = []

    def read() -> None:
        with contextlib.suppress(OSError):  # how a terminal says that its other end is closed
            while part := os.read(terminal, 65536):
                parts.append(part)

    reader = threading.Thread(target=read)  # a terminal that nobody reads holds its writer up
    reader.start()
    result = subprocess.run(
        [sys.executable, "-m", "dataaudit", "check", *FAULTY, "--format", "json"],
        stdout=subprocess.PIPE, stderr=end, env={**os.environ, "TERM": "xterm", "COLUMNS": "80"}, check=False,
    )  # fmt: skip
    os.close(end)
    reader.join()
    os.close(terminal)
    drawn = b"".join(parts)
    assert json.loads(result.stdout)["verdict"] == "fail"
    assert b"/200" in drawn  # rows done of rows in all
    assert drawn.rstrip().endswith(b"\x1b[2K")  # the line is cleared


# ---------------------------------------------------------------- the other commands


def test_without_a_command_the_help_is_shown(dataaudit: Run) -> None:
    result = dataaudit()
    assert result.returncode == 2
    assert said(result)[0].startswith("Usage: dataaudit ")


def test_version(dataaudit: Run) -> None:
    assert dataaudit("--version").stdout == f"dataaudit {__version__}\n"


def test_rules_are_listed(dataaudit: Run) -> None:
    listed = dataaudit("rules").stdout
    for code, rule in all_rules().items():
        assert f"  {code}  {rule.name}" in listed
    documents = json.loads(dataaudit("rules", "--format", "json").stdout)
    assert [document["code"] for document in documents] == list(all_rules())
    near = next(document for document in documents if document["code"] == "NRM106")
    assert (near["name"], near["severity"], near["family"]) == ("near-zero-std", "warning", "Normalisation")
    assert {"name", "default", "help"} == set(near["options"][0])


@pytest.mark.parametrize("word", ["NRM106", "nrm106", "near-zero-std"])
def test_a_rule_is_explained(dataaudit: Run, word: str) -> None:
    result = dataaudit("explain", word)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("# NRM106 near-zero-std\n")
    for title, body in manual(all_rules()["NRM106"]).sections.items():
        assert f"## {title}\n\n{body}" in result.stdout
    assert "[tool.dataaudit.rules.near-zero-std]" in result.stdout


def test_a_mistyped_rule_names_the_nearest(dataaudit: Run) -> None:
    result = dataaudit("explain", "near-zero-sdt")
    assert result.returncode == 2
    assert said(result) == ["error: There is no rule 'near-zero-sdt'.", "  Did you mean 'near-zero-std'?"]


def test_demo_finds_what_the_samples_say(dataaudit: Run, tmp_path: Path) -> None:
    result = dataaudit("demo", "--into", "out")
    assert (result.returncode, result.stderr) == (0, "")
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["pass", "fail", "fail", "fail"]

    def found(name: str) -> set[str]:
        document = json.loads((tmp_path / "out" / f"{name}.json").read_text(encoding="utf-8"))
        assert (tmp_path / "out" / f"{name}.html").stat().st_size > 10_000
        return {finding["rule"] for finding in document["findings"] if finding["severity"] != "note"}

    assert found("penguins") == set()
    assert {"BAT101", "LAB109", "LAB103", "INP102", "INP101", "NRM105", "NRM107", "NRM106"} <= found("penguins_faulty")
    assert "LEA101" in found("wine_scaled")
    assert found("digits_images") == {"IMG101", "LAB103"}


def test_the_reports_in_the_repository_are_of_these_samples_and_rules(dataaudit: Run, tmp_path: Path) -> None:
    dataaudit("demo", "--into", "out")

    def gist(folder: Path) -> dict[str, object]:
        documents = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
        return {
            name: (
                document["verdict"],
                document["provenance"]["command"],
                [(f["rule"], f["splits"], f["columns"], f["row_count"]) for f in document["findings"]],
                [(c["rule"], c["split"], c["status"]) for c in document["checks"]],
            )
            for name, document in documents.items()
        }

    assert gist(tmp_path / "out") == gist(REPOSITORY / "reports"), "run `make demo`"


def test_the_help_of_every_command_says_what_it_does_whole_and_gives_an_example() -> None:
    for name, command in cli.commands.items():
        summary = command.get_short_help_str(limit=70)
        assert summary.endswith("."), name
        assert not summary.endswith("..."), name
        if command.params and name not in ("rules", "demo"):
            assert f"  dataaudit {name} " in (command.help or ""), name
