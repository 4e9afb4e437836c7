"""Write what the documentation says about the rules, from the rules themselves.

python docs/make_rules.py           write docs/rules/*.md and the table in README.md
python docs/make_rules.py --check   say what is out of date, and exit with 1 if anything is
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dataaudit.cli.rules import rule_page
from dataaudit.registry import FAMILIES, all_rules, manual

if TYPE_CHECKING:
    from dataaudit.model import Rule

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- rules: written by docs/make_rules.py -->", "<!-- rules: end -->"


def summary(rule: type[Rule]) -> str:
    return " ".join(manual(rule).summary.split())


def table(folder: str) -> str:
    """Return all rules as a Markdown table, with links to their pages in a folder."""
    rows = ["| code | name | severity | finds |", "|---|---|---|---|"]
    for code, rule in all_rules().items():
        finds = summary(rule).replace("|", "\\|")
        rows.append(f"| [{code}]({folder}{code}.md) | {rule.name} | {rule.severity} | {finds} |")
    return "\n".join(rows)


def index() -> str:
    families = sorted({code[:3] for code in all_rules()}, key=list(FAMILIES).index)
    listed = ", ".join(f"`{family}` {FAMILIES[family].lower()}" for family in families)
    return (
        "# The rules\n\n"
        "**error**: training on this gives a wrong or meaningless result. **warning**: likely harmful, a person\n"
        "must decide. **note**: worth knowing; never fails a run. A finding may be graver or milder than its rule;\n"
        "the page of the rule says when.\n\n"
        f"Families: {listed}.\n\n{table('')}\n"
    )


def measured() -> dict[str, str]:
    """Return what docs/calibration.md measured, as a section of each rule's page, by code."""
    sections: dict[str, str] = {}
    header = ""
    for line in (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| rule | "):
            header = line
        code = line[2:8]
        is_row = line.startswith("| ") and line[8:9] == " " and header and line.count("|") == header.count("|")
        if not is_row or code not in all_rules():
            continue
        titles, cells = ([cell.strip() for cell in text.strip("| ").split(" | ")] for text in (header, line))
        rows = [f"| {title} | {cell} |" for title, cell in zip(titles[1:], cells[1:], strict=True) if cell != "-"]
        what = "pictures" if titles[1].startswith("clean sets") else "real tables"
        sections[code] = sections.get(code, "\n## Measured\n") + "\n".join(
            ["", f"On {what} ([how](../calibration.md)):", "", "| | |", "|---|---|", *rows, ""]
        )
    return sections


def pages() -> dict[Path, str]:
    """Return every file that is made from the rules, with its content."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, rest = readme.split(START)
    after = rest.split(END)[1]
    made = {ROOT / "README.md": f"{before}{START}\n{table('docs/rules/')}\n{END}{after}"}
    made[ROOT / "docs" / "rules" / "README.md"] = index()
    figures = measured()
    for code, rule in all_rules().items():
        made[ROOT / "docs" / "rules" / f"{code}.md"] = f"{rule_page(rule)}\n{figures.get(code, '')}"
    return made


def stale() -> list[Path]:
    """Return the files that are not as the rules would have them; pages of rules that are gone among them."""
    made = pages()
    there = set((ROOT / "docs" / "rules").glob("*.md"))
    wrong = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    return sorted([*wrong, *(there - set(made))])


def write() -> None:
    (ROOT / "docs" / "rules").mkdir(exist_ok=True)
    made = pages()
    for path in stale():
        if path in made:
            path.write_text(made[path], encoding="utf-8")
        else:
            path.unlink()


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        late = stale()
        for path in late:
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`")
        sys.exit(bool(late))
    write()
