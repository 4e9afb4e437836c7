"""`dataaudit hook`, run as a commit hook runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dataaudit.cli.hook import SLOW
from dataaudit.registry import find
from tests.build import table
from tests.conftest import REPOSITORY, Run
from tests.test_cli import CRASHING

SUMMARY = "`dataaudit explain CODE` says why and what to do, `dataaudit check` runs all rules."


def splits(folder: Path, *, faulty: bool) -> None:
    """Write train.csv and test.csv; where faulty, test holds five rows of train, and nothing else is wrong."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 6)).round(6), columns=list("abcdef"))
    frame["y"] = np.where(frame["a"] + rng.normal(size=400) > 0, "yes", "no")
    test = pd.concat([frame[300:], frame[10:15]]) if faulty else frame[300:]
    frame[:300].to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)


def test_clean_files_say_nothing(dataaudit: Run, tmp_path: Path) -> None:
    splits(tmp_path, faulty=False)
    result = dataaudit("hook", "--target", "y", "train.csv", "test.csv")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("changed", [("test.csv",), ("train.csv",), ("train.csv", "test.csv")])
def test_splits_are_audited_together_whichever_changed(
    dataaudit: Run, tmp_path: Path, changed: tuple[str, ...]
) -> None:
    splits(tmp_path, faulty=True)
    result = dataaudit("hook", "--target", "y", *changed)
    assert (result.returncode, result.stderr) == (1, "")
    first, *others, last = result.stdout.splitlines()
    assert first.startswith("test.csv:102: error LEA110 duplicates-across-splits: 5 ")
    assert others == []
    assert last == f"1 error. {SUMMARY}"


def test_each_alone(dataaudit: Run, tmp_path: Path) -> None:
    splits(tmp_path, faulty=True)
    result = dataaudit("hook", "--alone", "train.csv", "test.csv")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_warnings_are_shown_and_stop_where_they_are_asked_to(dataaudit: Run, tmp_path: Path) -> None:
    table(300).assign(same=7).to_csv(tmp_path / "data.csv", index=False)
    for arguments, status in (((), 0), (("--fail-on", "warning"), 1), (("--ignore", "NRM105"), 0)):
        result = dataaudit("hook", "data.csv", *arguments)
        assert (result.returncode, result.stderr) == (status, "")
        assert result.stdout.startswith("" if "--ignore" in arguments else "data.csv: warning NRM105 constant-feature:")
    (tmp_path / "dataaudit.toml").write_text('fail-on = "warning"')
    assert dataaudit("hook", "data.csv").returncode == 1


def test_what_is_known_and_what_is_accepted_is_not_listed(dataaudit: Run, tmp_path: Path) -> None:
    splits(tmp_path, faulty=True)
    dataaudit(
        "check", "train.csv", "--test", "test.csv", "--target", "y", "--no-probe", "--write-baseline", "known.json"
    )
    hook = ("hook", "test.csv", "--target", "y")
    result = dataaudit(*hook, "--baseline", "known.json")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    (tmp_path / "dataaudit.toml").write_text(
        'ignore = [{rule = "LEA110", reason = "told"}, {rule = "NRM105", reason = "of another file"}]'
    )
    result = dataaudit(*hook)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(dataaudit: Run, tmp_path: Path) -> None:
    table(300).assign(same=7).to_csv(tmp_path / "data.csv", index=False)
    (tmp_path / "empty.csv").write_text("a,b\n")
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    result = dataaudit("hook", "bad.parquet", "empty.csv", "gone.csv", "data.csv")
    assert result.returncode == 2
    assert [line.split(":")[1].strip() for line in result.stderr.splitlines() if line.startswith("error: ")] == [
        "bad.parquet", "empty.csv", "gone.csv",
    ]  # fmt: skip
    assert "Traceback" not in result.stderr
    assert result.stdout.startswith("data.csv: warning NRM105")
    assert dataaudit("hook", "empty.csv", "data.csv").returncode == 3
    assert dataaudit("hook", "empty.csv", "data.csv", "--fail-on", "warning").returncode == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((), "error: Missing argument 'FILES...'."),
        (("data.csv", "--select", "LAB999"), "error: Unknown rule 'LAB999' in select."),
        (("data.csv", "--target", "no"), "error: data.csv: there is no column 'no' (target)."),
        (("data.csv", "--preset", "imagnet"), "error: "),
        (("-x",), "error: No such option"),
    ],
)
def test_a_command_that_makes_no_sense(
    dataaudit: Run, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    table(50).to_csv(tmp_path / "data.csv", index=False)
    result = dataaudit("hook", *arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(expected)
    assert "Traceback" not in result.stderr


def test_a_name_cannot_steer_the_terminal(dataaudit: Run, tmp_path: Path) -> None:
    table(300).assign(same=7).to_csv(tmp_path / "a\x1b[31m.csv", index=False)
    result = dataaudit("hook", "a\x1b[31m.csv")
    assert "\x1b" not in result.stdout + result.stderr
    assert r"a\x1b[31m.csv: warning NRM105" in result.stdout


def test_no_model_is_fitted(run_python: Run, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "sample_data" / "penguins_faulty", tmp_path / "data")
    code = (
        "import sys\nfrom dataaudit.cli import main\n"
        "try:\n    main(['hook', 'data/train.csv', '--target', 'species'])\n"
        "except SystemExit as leaving:\n    print(leaving.code)\n"
        "print([name for name in sys.modules if name.startswith(('sklearn.linear', 'sklearn.ensemble'))])"
    )
    *_, status, models = run_python("-c", code).stdout.splitlines()
    assert (status, models) == ("1", "[]")


def test_a_rule_that_crashes_is_told_and_never_passes(run_python: Run, tmp_path: Path) -> None:
    table(300).assign(same=7).to_csv(tmp_path / "data.csv", index=False)
    result = run_python("-c", f"{CRASHING}\nfrom dataaudit.cli import main\nmain(['hook', 'data.csv'])")
    assert result.returncode == 2
    assert result.stderr.startswith("warning: NRM999 crashed on data.csv: ZeroDivisionError: by zero")
    assert result.stdout.startswith("data.csv: warning NRM105 constant-feature: ")


def test_what_is_left_out_exists() -> None:
    assert [find(name).name for name in SLOW] == list(SLOW)
