"""Rows whose labels deserve a second look, as CSV."""

from __future__ import annotations

from pathlib import Path

from dataaudit.report.labels import render
from dataaudit.report.report import Report
from tests.report.documents import finding

HEAD = "split,row,path,given,suggested,strength,tier,rule\n"


def table(*rows: list[object]) -> dict[str, object]:
    columns = ["row", "given", "suggested", "strength", "tier", "telling values"]
    return {"table": {"columns": columns, "rows": list(rows)}}


def test_rows_and_paths() -> None:
    findings = [
        finding("LAB106", "warning", "x", evidence=table([3, "cat", 'a "dog", black', 2.5, "strong", "size = 3"])),
        finding(
            "LAB106", "note", "x", splits=["train", "test"], evidence=table(["cat/1.jpg", 0, 1, 1.0, "review", ""])
        ),
        finding("LAB107", "error", "x", evidence={"table": {"columns": ["group", "row"], "rows": [[1, 2]]}}),
        finding("LAB105", "error", "x", evidence={}),
    ]
    assert render(findings) == (
        HEAD + 'train,3,,cat,"a ""dog"", black",2.5,strong,LAB106\n' + "test,,cat/1.jpg,0,1,1.0,review,LAB106\n"
    )


def test_nothing_to_look_at(tmp_path: Path) -> None:
    report = Report({"findings": []}, [], [])
    assert report.to_labels(tmp_path / "labels.csv") == HEAD
    assert (tmp_path / "labels.csv").read_text(encoding="utf-8") == HEAD
