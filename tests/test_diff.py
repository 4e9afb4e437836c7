"""`dataaudit.diff` and `dataaudit diff`: what is new, in every form a version may come in."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from PIL import Image

import dataaudit
from dataaudit.errors import ConfigError, SourceError
from dataaudit.model import Status
from dataaudit.report.report import Report
from tests.analyzers.change.comparing import compare
from tests.build import table
from tests.conftest import REPOSITORY, Run
from tests.loaders.test_revision import commit, git

SCHEMA = json.loads((REPOSITORY / "dataaudit" / "report" / "schema.json").read_text(encoding="utf-8"))
EVERY = {"select": None, "target": "y"}


def faulty(n: int = 300, seed: int = 0) -> pd.DataFrame:
    """Return a table with a constant column: a warning."""
    return table(n, seed).assign(same=1.5)


def new(report: Report) -> set[str]:
    return {f.rule for f in report.findings if f.new and f.severity != "note"}


def valid(report: Report) -> Report:
    """Return a report whose document keeps its schema, and that can be rendered in every way."""
    known = {key: value for key, value in report.document.items() if key in SCHEMA["properties"]}
    jsonschema.Draft202012Validator(SCHEMA).validate(known)
    assert "diff" in known
    for text in (report.to_html(), report.to_markdown(), report.to_text(), report.to_json()):
        assert text
    return report


# ---------------------------------------------------------------- findings


def test_old_problems_fail_nothing() -> None:
    told = compare(faulty(), faulty(), **EVERY)
    assert told.codes == []
    assert told.report.verdict == "pass"
    assert told.report.document["headline"] == "Nothing new that stands in the way"
    (constant,) = [f for f in told.report.findings if f.rule == "NRM105"]
    assert constant.new is False


def test_new_problems_are_told_and_shown() -> None:
    told = compare(table(300), faulty(), **EVERY)
    assert {"DIF106", "NRM105"} <= set(told.codes)
    finding = told.one("DIF106")
    assert finding.severity == "warning"
    assert finding.message.startswith("1 problem that base did not have: NRM105 constant-feature; 0 fixed, ")
    assert told.report.document["diff"]["counts"]["new"] >= 1
    assert "NRM105" in {entry["rule"] for entry in told.report.document["diff"]["new"]}


def test_fixed_problems_are_told() -> None:
    told = compare(faulty(), table(300), **EVERY)
    assert told.status("DIF106") is Status.CLEAN
    assert "1 fixed" in told.measured("DIF106")
    assert [entry["rule"] for entry in told.report.document["diff"]["fixed"]] == ["NRM105"]
    assert told.codes == ["DIF101"]


def test_without_other_rules_there_is_nothing_to_compare() -> None:
    told = compare(faulty(), faulty(), target="y")
    assert told.status("DIF106") is Status.SKIPPED
    assert told.report.document["diff"]["counts"] is None


def test_accepted_findings_are_set_aside() -> None:
    accepted = {"rule": "DIF103", "reason": "the new month"}
    limits = {"DIF103": {"limit": 0.01}}
    told = compare(table(300), pd.concat([table(300), table(30, 1)]), target="y", ignore=[accepted], options=limits)
    assert told.codes == []
    assert [f["rule"] for f in told.report.document["suppressed"]] == ["DIF103"]


# ---------------------------------------------------------------- forms of a version


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Write two versions, and a report and a profile of each."""
    for name, data in (("base", table(300)), ("head", faulty(320))):
        data.to_csv(tmp_path / f"{name}.csv", index=False)
        report = dataaudit.audit(tmp_path / f"{name}.csv", target="y", probe=False, jobs=1)
        report.save(tmp_path / f"{name}_report.json")
        assert report.profile is not None
        report.profile.save(tmp_path / f"{name}_profile.json")
        report.profile.save(tmp_path / f"{name}_brief.json.gz")
    return tmp_path


@pytest.mark.parametrize("kind", [".csv", "_report.json", "_profile.json", "_brief.json.gz"])
@pytest.mark.parametrize("other", [".csv", "_report.json", "_profile.json", "_brief.json.gz"])
def test_every_form_against_every_other(files: Path, kind: str, other: str) -> None:
    report = dataaudit.diff(str(files / f"base{kind}"), files / f"head{other}", target="y", probe=False, jobs=1)
    valid(report)
    assert not [o.reason for o in report.checks if o.status is Status.CRASHED]
    statuses = {o.rule: o.status for o in report.checks if o.rule.startswith("DIF")}
    has_rows, brief = kind == other == ".csv", "_brief.json.gz" in (kind, other)
    reported = "_report.json" in (kind, other)
    assert (statuses["DIF108"] is Status.SKIPPED) is not has_rows
    assert (statuses["DIF106"] is Status.SKIPPED) is brief
    assert (statuses["DIF101"] is Status.FOUND) is not reported
    if not brief:
        assert "NRM105" in new(report)


def test_reports_in_memory() -> None:
    base, head = (dataaudit.audit(data, target="y", probe=False, jobs=1) for data in (table(300), faulty()))
    assert "NRM105" in new(valid(dataaudit.diff(base, head)))


def test_a_rule_that_could_not_judge_the_base_makes_nothing_new(files: Path) -> None:
    base = dataaudit.audit(files / "base.csv", target="y", probe=False, jobs=1, select=["NRM101"])
    told = compare(base, str(files / "head.csv"), **EVERY)
    assert "NRM105" in {entry["rule"] for entry in told.report.document["diff"]["undecided"]}
    assert "NRM105" not in told.codes


def test_other_files_of_json_are_data(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        table(50).drop(columns="joined").to_json(tmp_path / name, orient="records", lines=True)
    assert compare(tmp_path / "a.json", tmp_path / "b.json", target="y").codes == []


def test_splits_given_apart(tmp_path: Path) -> None:
    told = compare(table(200), table(200), target="y", test=(table(60, 1), table(60, 1).iloc[1:]))
    assert told.rows["test"] == {"before": 60, "now": 59, "same": 59, "removed": 1}


def test_the_same_report_again() -> None:
    def plain() -> Any:
        document = dataaudit.diff(table(200), faulty(210), target="y", probe=False, jobs=1).document
        document["provenance"] |= {"started": "", "seconds": 0}
        return [{**c, "seconds": 0} for c in document.pop("checks")], document

    assert plain() == plain()


def test_data_stay_untouched() -> None:
    base, head = table(100), faulty(100)
    copies = base.copy(deep=True), head.copy(deep=True)
    dataaudit.diff(base, head, target="y", probe=False, jobs=1)
    pd.testing.assert_frame_equal(base, copies[0])
    pd.testing.assert_frame_equal(head, copies[1])


@pytest.mark.parametrize("change", ["nothing", "a label", "a further file"])
def test_files_without_a_changed_byte_are_audited_once(tmp_path: Path, change: str) -> None:
    for version in ("base", "head"):
        (tmp_path / version).mkdir()
        for split, n in (("train", 300), ("test", 90)):
            faulty(n, seed=n).to_csv(tmp_path / version / f"{split}.csv", index=False)
    slip = change == "a label"
    if slip:
        head = faulty(300, seed=300)
        head.loc[7, "y"] = {"no": "yes", "yes": "no"}[str(head.loc[7, "y"])]
        head.to_csv(tmp_path / "head" / "train.csv", index=False)
    elif change == "a further file":
        (tmp_path / "head" / "README.md").write_text("n")
    read: list[str] = []
    told = dataaudit.diff(
        tmp_path / "base", tmp_path / "head", "y", probe=False, jobs=1, progress=lambda what, *_: read.append(what)
    ).document
    again: list[str] = []
    dataaudit.audit(tmp_path / "head", target="y", probe=False, jobs=1, progress=lambda what, *_: again.append(what))
    assert (len(read) == len(again)) is (change == "nothing")
    assert [line["same"] for line in told["diff"]["rows"]] == [300 - slip, 90]
    assert told["diff"]["counts"]["new"] == told["diff"]["counts"]["fixed"] == 0


# ---------------------------------------------------------------- git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    top = tmp_path / "work"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    table(200).to_csv(top / "train.csv", index=False)
    commit(top)
    head = table(200)
    head.loc[7, "y"] = {"no": "yes", "yes": "no"}[str(head.loc[7, "y"])]
    head.to_csv(top / "train.csv", index=False)
    return top


def test_a_revision_and_the_working_tree(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    told = compare("HEAD:train.csv", "train.csv", target="y")
    assert told.one("DIF104").rows == (7,)
    assert told.one("DIF104").locations[0].file == "train.csv"
    assert told.one("DIF104").locations[0].line == 9
    commit(repository)
    again = compare("HEAD~1:train.csv", "HEAD:train.csv", target="y")
    assert again.one("DIF104").locations == told.one("DIF104").locations
    assert again.report.document["provenance"]["files"] == {"train": "train.csv"}
    assert "dataaudit-" not in again.report.to_json()


@pytest.mark.parametrize("kind", ["facts.json", "facts.json.gz", "report.json"])
def test_what_was_saved_at_a_revision(repository: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.chdir(repository)
    told = dataaudit.audit("train.csv", target="y", probe=False, jobs=1)
    saved = told if kind == "report.json" else told.profile
    assert saved is not None
    saved.save(kind)
    commit(repository)
    report = dataaudit.diff(f"HEAD:{kind}", kind, probe=False, jobs=1)
    assert (report.document["diff"]["base"], report.document["diff"]["head"]) == (f"HEAD:{kind}", kind)
    assert not report.blocking("warning")
    (repository / kind).write_bytes((repository / kind).read_bytes()[:300])
    commit(repository)
    with pytest.raises(SourceError, match=rf"^HEAD:{kind}:") as caught:
        dataaudit.diff(f"HEAD:{kind}", "train.csv")
    assert "dataaudit-" not in caught.value.message


def test_errors_name_files_as_the_user_did(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository)
    (repository / "bad.parquet").write_bytes(b"no parquet at all")
    commit(repository)
    with pytest.raises(SourceError, match=r"^HEAD:bad\.parquet: not a Parquet file"):
        dataaudit.diff("HEAD:bad.parquet", "train.csv")
    with pytest.raises(SourceError, match=r"^HEAD:train\.csv: there is no column 'z'"):
        dataaudit.diff("HEAD~1:train.csv", "HEAD:train.csv", "z")


# ---------------------------------------------------------------- pictures


@pytest.fixture
def pictures(tmp_path: Path) -> tuple[Path, Path]:
    """Write two versions of a folder of pictures, the same so far."""
    rng = np.random.default_rng(0)
    for split, n in (("train", 24), ("test", 8)):
        for i in range(n):
            path = tmp_path / "base" / split / "ab"[i % 2] / f"{i:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(path)
    shutil.copytree(tmp_path / "base", tmp_path / "head")
    return tmp_path / "base", tmp_path / "head"


def test_pictures(pictures: tuple[Path, Path]) -> None:
    base, head = pictures
    (head / "train" / "a" / "00.png").rename(head / "train" / "b" / "renamed.png")
    (head / "train" / "a" / "02.png").rename(head / "train" / "a" / "other name.png")
    (head / "train" / "a" / "04.png").unlink()
    (head / "train" / "b" / "01.png").rename(head / "test" / "b" / "01 too.png")
    Image.fromarray(np.random.default_rng(9).integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(
        head / "train" / "b" / "03.png"
    )
    Image.fromarray(np.random.default_rng(8).integers(0, 256, (12, 12, 3), dtype=np.uint8)).save(
        head / "train" / "b" / "new.png"
    )
    told = compare(base, head)
    assert told.one("DIF104").rows == ("train/b/renamed.png",)
    assert told.one("DIF104").message.endswith("'a' → 'b'")
    assert told.one("DIF107").rows == ("test/b/01 too.png",)
    assert told.one("DIF108").rows == ("train/b/03.png",)
    assert told.one("DIF103").rows == ("train/b/new.png",)
    assert told.one("DIF102").message == "1 picture of train is gone (4.2 % of 24 before): 1 of 'a'"
    assert told.one("DIF102").evidence["in_base"] == ["train/a/04.png"]
    for code in ("DIF102", "DIF103"):
        figure = told.one(code).figure
        assert figure is not None
        assert [item["data"].startswith("data:image/webp") for item in figure["items"]] == [True]
    for code in ("DIF104", "DIF107", "DIF108"):
        figure = told.one(code).figure
        assert figure is not None
        assert all(pair[side]["picture"].startswith("data:image/webp") for pair in figure["pairs"] for side in
                   ("left", "right"))  # fmt: skip
    assert told.rows["train"] == {"before": 24, "now": 23, "same": 20, "added": 1, "removed": 1, "changed": 1,
                                  "relabelled": 1}  # fmt: skip
    assert told.rows["test"] == {"before": 8, "now": 9, "same": 8, "moved_in": 1}
    valid(told.report)


def test_pictures_saved_again_without_loss_are_the_same(pictures: tuple[Path, Path]) -> None:
    base, head = pictures
    for path in list(head.rglob("*.png")):
        Image.open(path).save(path.with_suffix(".bmp"))
        path.unlink()
    told = compare(base, head)
    assert told.codes == []
    assert told.rows["train"]["same"] == 24


# ---------------------------------------------------------------- the page


def test_the_page_says_what_changed() -> None:
    report = dataaudit.diff(faulty(), table(310).rename(columns={"city": "town"}), target="y", probe=False, jobs=1)
    page = valid(report).to_html()
    assert '<section id="diff"><h2>What changed</h2>' in page
    assert "Fixed: 1 finding" in page
    text = report.to_text(width=200)
    assert "Compared with base: train has 310 rows, 300 before" in text
    assert "Compared with base: train has 310 rows" in report.to_markdown()


def test_a_page_of_one_version_has_no_such_section() -> None:
    report = dataaudit.audit(table(50), target="y", probe=False, jobs=1)
    assert "What changed" not in report.to_html()
    assert "Compared with" not in report.to_text()


def test_names_of_versions_are_escaped() -> None:
    page = dataaudit.diff(table(60), table(60), target="y", probe=False, jobs=1).document
    page["diff"]["base"] = "<script>alert(1)</script>\x1b[31m"
    report = Report(page, [], [])
    assert "<script>alert" not in report.to_html()
    assert "<script>alert" not in report.to_markdown()
    assert "\x1b" not in report.to_text()


# ---------------------------------------------------------------- what is refused


def test_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="test holds 1, expected a pair: before and after"):
        dataaudit.diff(table(50), table(50), test=(table(5),))  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"none\.csv: no such file"):
        dataaudit.diff(tmp_path / "none.csv", table(50))
    dataaudit.profile_of(table(50), jobs=1).save(tmp_path / "p.json")
    with pytest.raises(SourceError, match="a saved profile holds its own splits"):
        dataaudit.diff(tmp_path / "p.json", table(50), test=(table(5), table(5)))
    (tmp_path / "cut.json").write_text('{"schema":"dataaudit.profile/1", ')
    with pytest.raises(SourceError, match=r"cut\.json:1: not JSON"):
        dataaudit.diff(tmp_path / "cut.json", table(50))


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("none.csv", "head.csv"), 2, "error: none.csv: no such file or folder."),
        (("main:base.csv", "head.csv"), 2, "error: main:base.csv: no such file, and"),
        (("base.csv", "head.csv", "--html", "head.csv"), 2, "error: --html head.csv would overwrite the data."),
        (("base.csv", "head.csv", "--target", "nope"), 2, "error: head.csv: there is no column 'nope' (target)."),
        (("base.csv", "empty.csv"), 3, "error: empty.csv: the file is empty."),
        (("base.csv", "head_report.json", "--profile", "p.json"), 2, "error: --profile: HEAD is a saved report"),
    ],
)
def test_the_command_line_refuses(
    files: Path, dataaudit: Run, arguments: tuple[str, ...], status: int, line: str
) -> None:
    (files / "empty.csv").write_text("")
    before = {path.name for path in files.iterdir()}
    said = dataaudit("diff", *arguments, "--no-probe", cwd=files)
    assert (said.returncode, said.stdout) == (status, "")
    assert said.stderr.splitlines()[0].startswith(line)
    assert {path.name for path in files.iterdir()} == before


def test_the_command_line(files: Path, dataaudit: Run) -> None:
    quick = ("--no-probe", "--target", "y")
    same = dataaudit("diff", "base.csv", "base.csv", *quick, cwd=files)
    assert (same.returncode, same.stderr) == (0, "")
    assert "train has 300 rows, 300 before, all as before" in same.stdout
    changed = dataaudit("diff", "base.csv", "head.csv", *quick, "--fail-on", "warning", "--format", "json", cwd=files)
    assert changed.returncode == 1
    assert json.loads(changed.stdout)["diff"]["base"] == "base.csv"
