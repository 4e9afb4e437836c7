"""The GitHub action: its steps run as GitHub runs them, from action.yml, in a folder of their own."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from dataaudit import __version__
from tests.conftest import REPOSITORY
from tests.test_cli_hook import splits

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")

FILES = ("report.html", "report.json", "report.sarif", "comment.md", "summary.md")
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def action() -> dict[str, Any]:
    text = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    return dict(importlib.import_module("yaml").safe_load(text))


@dataclass
class Ran:
    """What a run of the action left behind."""

    status: int
    log: str
    outputs: dict[str, str]
    summary: str
    uses: list[str] = field(default_factory=list)

    @property
    def commands(self) -> list[str]:
        """Workflow commands that GitHub would obey: those outside of what is stopped."""
        heard, token = [], None
        for line in self.log.splitlines():
            command = line.strip()
            if token is None and command.startswith("::stop-commands::"):
                token = command.removeprefix("::stop-commands::")
            elif token is not None and command == f"::{token}::":
                token = None
            elif token is None and command.startswith("::"):
                heard.append(command)
        return heard

    def file(self, name: str) -> Path:
        return Path(self.outputs["folder"]) / name


class Runner:
    """Runs the steps of action.yml: expressions, outputs and shells as documented for composite actions."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.temp = folder / "runner temp"  # paths with a blank are usual on Windows
        self.project.mkdir()
        self.temp.mkdir()

    def git(self, *arguments: str) -> str:
        names = {f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        result = subprocess.run(
            ["git", *arguments], cwd=self.project, env={**_clean(), **names}, capture_output=True, text=True, check=True
        )
        return result.stdout.strip()

    def commit(self) -> str:
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "data")
        return self.git("rev-parse", "HEAD")

    def run(self, **inputs: str) -> Ran:
        """Run the action with dataaudit as it is here, unless `install` says otherwise."""
        described = action()
        given = {name: str(its.get("default", "")) for name, its in described["inputs"].items()}
        given |= {"install": "false", "python": sys.executable}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(given) == set(described["inputs"])
        files = {name: self.temp / f"{name}.txt" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        steps: dict[str, dict[str, str]] = {}
        ran = Ran(0, "", {}, "")
        for path in files.values():
            path.write_text("")
        for step in described["runs"]["steps"]:
            files["GITHUB_OUTPUT"].write_text("")
            if "uses" in step:
                if ran.status == 0 and given["upload-sarif"] == "true":
                    ran.uses.append(self._value(step["with"]["sarif_file"], given, steps))
                continue
            environment = {key: self._value(value, given, steps) for key, value in step.get("env", {}).items()}
            if ran.status == 0:
                ran.status = self._step(step, environment, files, ran)
            if "id" in step:
                lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
                steps[step["id"]] = dict(line.split("=", 1) for line in lines)
        ran.outputs = {name: self._value(its["value"], given, steps) for name, its in described["outputs"].items()}
        ran.summary = files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")
        return ran

    def _step(self, step: dict[str, Any], environment: dict[str, str], files: dict[str, Path], ran: Ran) -> int:
        assert step["shell"] == "bash"
        script = self.temp / "step.sh"
        script.write_text(step["run"])
        result = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.project,
            env={
                **_clean(),
                "GITHUB_ACTION_PATH": str(REPOSITORY),
                "RUNNER_TEMP": str(self.temp),
                "PYTHONPATH": str(REPOSITORY),
                **{name: str(path) for name, path in files.items()},
                **environment,
            },
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300,
        )  # fmt: skip
        ran.log += result.stdout
        return result.returncode

    @staticmethod
    def _value(text: str, given: dict[str, str], steps: dict[str, dict[str, str]]) -> str:
        def value(hit: re.Match[str]) -> str:
            parts = hit[1].split(".")
            return given[parts[1]] if parts[0] == "inputs" else steps.get(parts[1], {}).get(parts[3], "")

        return EXPRESSION.sub(value, text)


def _clean() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "GITHUB_", "DATAAUDIT_"))}


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


# ---------------------------------------------------------------- check


def test_clean_data(runner: Runner) -> None:
    splits(runner.project, faulty=False)
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe")
    assert ran.status == 0
    assert {name: ran.outputs[name] for name in ("status", "verdict", "errors", "warnings")} == {
        "status": "0", "verdict": "pass", "errors": "0", "warnings": "0",
    }  # fmt: skip
    assert "Ready to train on" in ran.log
    assert "Ready to train on" in ran.summary
    assert not [command for command in ran.commands if not command.startswith("::notice")]


def test_findings_fail_the_run_once_everything_is_written(runner: Runner) -> None:
    splits(runner.project, faulty=True)
    ran = runner.run(
        data="train.csv", test="test.csv", target="y", arguments="--no-probe\n--seed\n7\n", upload_sarif="true"
    )
    assert ran.status == 1
    assert (ran.outputs["status"], ran.outputs["verdict"], ran.outputs["errors"]) == ("1", "fail", "1")
    assert all(ran.file(name).stat().st_size for name in FILES)
    assert {ran.outputs[name] for name in ("html", "json", "sarif", "comment")} == {
        str(ran.file(name)) for name in FILES if name != "summary.md"
    }  # fmt: skip
    assert ran.uses == [str(ran.file("report.sarif"))]
    document = json.loads(ran.file("report.json").read_text(encoding="utf-8"))
    assert document["provenance"]["seed"] == 7
    assert "LEA110" in ran.summary
    assert "LEA110" in ran.log
    (error,) = [command for command in ran.commands if command.startswith("::error")]
    assert "test.csv" in error
    assert "5 rows of test are in train as well" in error


def test_what_fails_a_run_is_chosen(runner: Runner) -> None:
    splits(runner.project, faulty=True)
    ran = runner.run(data="train.csv", test="test.csv", target="y", select="LEA110", fail_on="never", annotations="no")
    assert (ran.status, ran.outputs["verdict"], ran.outputs["status"]) == (0, "fail", "0")
    assert ran.commands == []
    ignored = runner.run(data="train.csv", test="test.csv", target="y", select="LEA", ignore="LEA110")
    assert (ignored.status, ignored.outputs["errors"]) == (0, "0")
    assert ignored.outputs["folder"] != ran.outputs["folder"]


def test_settings_and_baseline(runner: Runner) -> None:
    splits(runner.project, faulty=True)
    arguments = f"--no-probe\n--write-baseline={runner.project}/known.json"
    assert runner.run(data="train.csv", test="test.csv", target="y", arguments=arguments).status == 1
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe", baseline="known.json")
    assert (ran.status, ran.outputs["errors"]) == (0, "0")
    (runner.project / "other.toml").write_text('ignore = ["LEA110"]')
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe", config="other.toml")
    assert ran.status == 0


def test_paths_count_from_the_working_directory(runner: Runner) -> None:
    (runner.project / "my data").mkdir()
    splits(runner.project / "my data", faulty=False)
    assert runner.run(data="train.csv", working_directory="my data", select="INP101").status == 0


# ---------------------------------------------------------------- diff


def test_a_pull_request_is_judged_by_what_it_changes(runner: Runner) -> None:
    splits(runner.project, faulty=False)
    base = runner.commit()
    asked = {"data": "train.csv", "test": "test.csv", "target": "y", "arguments": "--no-probe", "base": base}
    same = runner.run(**asked)
    assert (same.status, same.outputs["errors"]) == (0, "0")
    splits(runner.project, faulty=True)
    changed = runner.run(**asked)
    assert (changed.status, changed.outputs["verdict"]) == (1, "fail")
    assert "LEA110" in changed.log
    command = json.loads(changed.file("report.json").read_text(encoding="utf-8"))["provenance"]["command"]
    assert command.startswith("dataaudit diff ")
    absolute = runner.run(**{**asked, "data": str(runner.project / "train.csv")})
    assert (absolute.status, absolute.outputs["errors"]) == (1, changed.outputs["errors"])


def test_what_the_base_already_had_fails_nobody(runner: Runner) -> None:
    splits(runner.project, faulty=True)
    base = runner.commit()
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe", base=base)
    assert (ran.status, ran.outputs["errors"]) == (0, "0")


@pytest.mark.parametrize("before", ["nothing", "an empty file"])
def test_data_that_is_new_is_audited_as_a_whole(runner: Runner, before: str) -> None:
    splits(runner.project, faulty=True)
    (runner.project / "train.csv").rename(runner.project / "later.csv")
    if before == "an empty file":
        (runner.project / "train.csv").touch()
    base = runner.commit()
    (runner.project / "later.csv").rename(runner.project / "train.csv")
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe", base=base)
    assert ran.status == 1
    assert "The base does not have all of the data: it is audited as a whole." in ran.log
    command = json.loads(ran.file("report.json").read_text(encoding="utf-8"))["provenance"]["command"]
    assert command.startswith("dataaudit check ")


# ---------------------------------------------------------------- what cannot be used, and what is hostile


@pytest.mark.parametrize(
    ("inputs", "status", "expected"),
    [
        ({"data": "gone.csv"}, 2, "::error title=dataaudit::gone.csv: no such file or folder."),
        ({"data": "empty.csv"}, 3, "::error title=dataaudit::empty.csv: "),
        (
            {"data": "train.csv", "target": "z"},
            2,
            "::error title=dataaudit::train.csv: there is no column 'z' (target).",
        ),
        ({"data": "train.csv", "base": "nowhere"}, 2, "::error title=dataaudit::"),
        ({"data": "train.csv", "fail-on": "errors"}, 2, "::error title=dataaudit::Invalid value for '--fail-on'"),
        ({"data": "100%.csv"}, 2, "::error title=dataaudit::100%25.csv: no such file or folder."),
    ],
)
def test_data_that_cannot_be_used_is_told_on_the_page_of_the_run(
    runner: Runner, inputs: dict[str, str], status: int, expected: str
) -> None:
    splits(runner.project, faulty=False)
    (runner.project / "empty.csv").write_text("a,b\n")
    ran = runner.run(**inputs)
    assert (ran.status, ran.outputs["status"], ran.outputs["verdict"]) == (status, str(status), "")
    (command,) = ran.commands
    assert command.startswith(expected)
    assert ran.summary == ""


@pytest.mark.parametrize(
    "text", ['"; touch pwned; "', "$(touch pwned)", "`touch pwned`", "' || touch pwned #", "a\ntouch pwned", "-h"]
)
def test_no_input_becomes_a_command(runner: Runner, text: str) -> None:
    (runner.project / "train.csv").write_text("a,b\n1,2\n3,4\n")
    spared = {"install", "python", "working-directory", "upload-sarif"}
    inputs = dict.fromkeys(set(action()["inputs"]) - spared, text)
    for base in ("", text):
        ran = runner.run(**{**inputs, "base": base})
        assert (ran.status, ran.outputs["status"]) == (2, "2")
        assert not list(runner.project.rglob("pwned"))
        assert len(ran.commands) == 1


def test_names_in_the_data_do_not_speak_to_the_runner(runner: Runner) -> None:
    splits(runner.project, faulty=True)
    for name in ("train.csv", "test.csv"):
        path = runner.project / name
        path.write_text(path.read_text().replace("a,b", '"\n::error::pwned\n",::set-output name=x::y', 1))
    ran = runner.run(data="train.csv", test="test.csv", target="y", arguments="--no-probe")
    assert ran.outputs["verdict"] == "fail"
    assert not [command for command in ran.commands if command.startswith(("::error::pwned", "::set-output"))]
    assert set(ran.outputs) == set(action()["outputs"])


# ---------------------------------------------------------------- action.yml


def test_no_expression_stands_in_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_is_used_and_described() -> None:
    described = action()
    text = (REPOSITORY / "action.yml").read_text(encoding="utf-8")
    used = {part for hit in EXPRESSION.findall(text) for part in re.findall(r"inputs\.([a-z-]+)", hit)}
    assert used == set(described["inputs"])
    assert all(its["description"] for part in ("inputs", "outputs") for its in described[part].values())
    scripts = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / ".github/action").glob("*.sh"))
    given = {name for step in described["runs"]["steps"] for name in step.get("env", {})} - {"DATAAUDIT_STATUS"}
    assert given == set(re.findall(r"DATAAUDIT_[A-Z_]*[A-Z]", scripts))


def test_the_examples_of_the_documentation_fit() -> None:
    page = (REPOSITORY / "docs/continuous-integration.md").read_text(encoding="utf-8")
    yaml, described = importlib.import_module("yaml"), action()
    commit, workflow = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", page, re.DOTALL))
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in commit["repos"][0]["hooks"]] == [hook["id"] for hook in hooks]
    assert commit["repos"][0]["rev"] == f"v{__version__}"
    (step,) = [step for step in workflow["jobs"]["audit"]["steps"] if "dataaudit@" in step.get("uses", "")]
    assert step["uses"].endswith(f"@v{__version__}")
    required = {name for name, its in described["inputs"].items() if its.get("required")}
    assert required <= set(step["with"]) <= set(described["inputs"])
    assert set(re.findall(r"steps\.audit\.outputs\.([a-z]+)", page)) <= set(described["outputs"])
    rows = re.findall(r"^\| (`[^|]*`) \|", page, re.MULTILINE)
    assert set(re.findall(r"`([a-z]+)`", " ".join(rows))) == set(described["outputs"])


# ---------------------------------------------------------------- installing


def test_an_environment_of_its_own_is_made(runner: Runner) -> None:
    """A wheel of the same name stands for dataaudit, so that nothing is asked of the network."""
    wheel = runner.temp / "dataaudit-9.9.9-py3-none-any.whl"
    about = "dataaudit-9.9.9.dist-info"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("dataaudit/__main__.py", "import sys\nprint(sys.prefix)\nsys.exit(3)\n")
        archive.writestr("dataaudit/__init__.py", "")
        archive.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: dataaudit\nVersion: 9.9.9\n")
        archive.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{about}/RECORD", "")
    output = runner.temp / "output.txt"
    environment = {
        **_clean(), "RUNNER_TEMP": str(runner.temp), "GITHUB_OUTPUT": str(output), "GITHUB_ACTION_PATH": "/none",
        "DATAAUDIT_PYTHON": sys.executable, "DATAAUDIT_VERSION": str(wheel), "PIP_NO_INDEX": "1",
    }  # fmt: skip
    environment.pop("PYTHONPATH", None)
    script = REPOSITORY / ".github/action/install.sh"
    made = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    python = output.read_text(encoding="utf-8").strip().removeprefix("python=")
    ran = subprocess.run(
        [python, "-P", "-m", "dataaudit"], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 3
    assert ran.stdout.strip().startswith(str(runner.temp))


def test_a_python_that_is_too_old_is_refused(runner: Runner) -> None:
    old = runner.temp / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    ran = runner.run(data="train.csv", install="true", python=str(old))
    assert ran.status == 2
    assert ran.commands == [
        "::error title=dataaudit::dataaudit needs Python 3.11 or later; give one as the input python"
    ]  # fmt: skip
