"""Print the outputs of the action from a folder with report.json, and write the report as text beside it."""

import sys
from pathlib import Path

import dataaudit

FILES = {"html": "report.html", "json": "report.json", "sarif": "report.sarif", "comment": "comment.md"}

folder = Path(sys.argv[1])
report = dataaudit.load(folder / "report.json")
(folder / "report.txt").write_text(report.to_text(width=120) + "\n", encoding="utf-8")
new = [finding["severity"] for finding in report.blocking("note")]
outputs = {
    "verdict": report.verdict,
    "errors": new.count("error"),
    "warnings": new.count("warning"),
    "notes": new.count("note"),
    "folder": folder,
    **{name: folder / file for name, file in FILES.items()},
}
sys.stdout.writelines(f"{name}={value}\n" for name, value in outputs.items())
