"""The commit hook, installed by pre-commit into a repository and run by `git commit`."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dataaudit.loaders.paths import ARROW_SUFFIXES, EXCEL_SUFFIXES, PARQUET_SUFFIXES, TEXT_SUFFIXES
from tests.conftest import REPOSITORY
from tests.test_cli_hook import splits

MANIFEST = REPOSITORY / ".pre-commit-hooks.yaml"

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pre_commit") is None, reason="pre-commit is not installed")


class Scratch:
    """A git repository that uses the hook of this one.

    pre-commit clones the hook's repository and reads its manifest, as it does for a user. It would then build an
    environment and install dataaudit there; `language: system` makes it run the one under test instead.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        scripts = folder / "bin"
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PRE_COMMIT"))},
            "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "HOME": str(folder),
            "PRE_COMMIT_HOME": str(folder / "cache"),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{who}_{what}": "a@b.c" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        for path in (self.folder, scripts, folder / "hooks"):
            path.mkdir()
        script = scripts / "dataaudit"
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dataaudit "$@"\n')
        script.chmod(0o755)
        (folder / "hooks" / MANIFEST.name).write_bytes(MANIFEST.read_bytes())
        for repository in (folder / "hooks", self.folder):
            self.run("git", "init", "-q", "-b", "main", cwd=repository)
        self.run("git", "add", ".", cwd=folder / "hooks")
        self.run("git", "commit", "-q", "-m", "the hook", cwd=folder / "hooks")
        revision = self.run("git", "rev-parse", "HEAD", cwd=folder / "hooks").stdout.strip()
        (self.folder / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {folder / 'hooks'}\n  rev: {revision}\n"
            "  hooks:\n  - id: dataaudit\n    language: system\n    args: [--target, 'y']\n    files: ^data/\n"
        )
        self.run(sys.executable, "-m", "pre_commit", "install")

    def run(self, *command: str, cwd: Path | None = None, status: int = 0) -> subprocess.CompletedProcess[str]:
        result = subprocess.run(
            command, cwd=cwd or self.folder, env=self.environment, capture_output=True, text=True, check=False,
            timeout=300,
        )  # fmt: skip
        assert result.returncode == status, result.stdout + result.stderr
        return result

    def commit(self, message: str, *, status: int = 0) -> str:
        """Commit everything, and return what the hooks said."""
        self.run("git", "add", ".")
        result = self.run("git", "commit", "-m", message, status=status)
        return result.stdout + result.stderr

    @property
    def log(self) -> list[str]:
        return self.run("git", "log", "--format=%s").stdout.splitlines()


def test_a_commit_with_faulty_data_is_refused(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    data = scratch.folder / "data"
    data.mkdir()
    splits(data, faulty=False)
    assert re.search(r"dataaudit\.+Passed", scratch.commit("clean data"))

    (scratch.folder / "notes.py").write_text("x = 1\n")
    (scratch.folder / "other.csv").write_text("a\n1\n")  # outside of what `files` names
    assert re.search(r"dataaudit\.+\(no files to check\)Skipped", scratch.commit("no data"))

    splits(data, faulty=True)
    said = scratch.commit("five rows of train in test", status=1)
    assert re.search(r"dataaudit\.+Failed", said)
    assert "- exit code: 1" in said
    assert "data/test.csv:102: error LEA110 duplicates-across-splits: 5 rows of test" in said
    assert scratch.log == ["no data", "clean data"]


def test_the_manifest_is_valid(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def entry() -> dict[str, Any]:
    (found,) = importlib.import_module("pre_commit.clientlib").load_manifest(MANIFEST)
    return dict(found)


def test_the_hook_takes_the_files_that_can_be_read() -> None:
    files = re.compile(entry()["files"])
    texts = [suffix for suffix in TEXT_SUFFIXES if suffix != ".txt"]  # a requirements.txt is no table
    for suffix in (*texts, *PARQUET_SUFFIXES, *ARROW_SUFFIXES, *EXCEL_SUFFIXES, ".jsonl", ".ndjson", ".npy", ".npz"):
        assert files.search(f"data/train{suffix}")
        assert files.search(f"data/TRAIN{suffix.upper()}")
    assert files.search("train.csv.gz")
    for name in ("package.json", "notes.txt", "csv.py", "csv", "train.csv.py", "a.parquet.crc", "x.npy.md"):
        assert not files.search(name)


def test_the_command_of_the_hook_exists() -> None:
    from dataaudit.cli import cli

    program, command = entry()["entry"].split()
    assert program == "dataaudit"
    assert command in cli.commands
