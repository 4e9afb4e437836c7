"""Markdown for a pull request: escaped, short, and honest about what it leaves out."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataaudit.report import markdown
from tests.report import documents
from tests.report.elements import Element, parse

# an independent parser, with the parts of GitHub's flavour that matter here
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def parsed(text: str) -> Element:
    """Return what GitHub makes of it, without the marker, the one comment there may be."""
    return parse(GITHUB.render(text.removeprefix(f"{markdown.MARKER}\n")))


def shown(text: str) -> str:
    """Return what a reader sees, without blanks and the marks that break mentions."""
    return parsed(text).words.replace("\u200b", "")


def tags(text: str) -> set[str]:
    return {element.tag for element in parsed(text).find("*")} - {"#text"}


def test_the_verdict_comes_first_and_findings_stand_in_tables_by_severity() -> None:
    text = markdown.render(documents.rich())
    lines = text.split("\n")
    assert lines[:2] == ["<!-- dataaudit -->", "## Not ready to train on"]
    assert lines[3].startswith("**3 errors, 4 warnings, 11 notes** in `<script>alert(1)</script>` (train 600,")
    tables = parsed(text).find("table")
    assert [len(table.find("tr")) for table in tables] == [1 + 3, 1 + 4, 1 + 11]
    assert {len(row.find("td")) for table in tables for row in table.find("tr")[1:]} == {3}
    titles = re.findall(r"<details( open)?><summary><b>(.*?)</b></summary>", text)
    assert titles == [(" open", "3 errors"), ("", "4 warnings"), ("", "11 notes")]
    assert text.count("<details") == text.count("</details>") == 3 + 18 + 1
    assert "skipped: LAB109: no target <script>" in shown(text)


def test_hostile_names_are_text() -> None:
    text = markdown.render(documents.rich(), show_values=True)
    assert tags(text) <= {
        "h2",
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "pre",
        "details",
        "summary",
        "b",
        "sub",
        "ul",
        "li",
    }
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "[bold red]markup[/] is one of the names." in shown(text)


@settings(max_examples=200)
@given(st.text(st.characters(), min_size=1, max_size=60) | st.sampled_from(documents.HOSTILE))
def test_any_text_in_a_table_is_shown_and_is_no_markup(value: str) -> None:
    row = f"| a | b |\n|---|---|\n| {markdown.text(value)} | {markdown.code(value, in_table=True)} |\n"
    (body,) = parse(GITHUB.render(row)).find("tbody")
    assert len(body.find("td")) == 2
    assert {element.tag for element in body.find("*")} <= {"tr", "td", "code", "#text"}
    assert not re.search(r"(?<![\w`&])[@#][\w-]", re.sub(r"(`+).*?\1", "", markdown.text(value)))


def test_a_bar_in_a_name_outside_of_a_table_has_no_backslash() -> None:
    found = documents.finding("INP101", "warning", "Cells are missing.", columns=["a|b"], splits=["train"])
    lines = markdown.render({**documents.passing(), "findings": [found]}).splitlines()
    assert "Columns: `a|b`" in lines
    assert any(line.startswith("| INP101 ") and "| a\\|b" in line for line in lines)


@pytest.mark.parametrize("value", ["@octocat", "see #12", "https://evil.example/x", "www.evil.example", "a@b.example"])
def test_what_github_would_make_a_link_is_broken_up(value: str) -> None:
    text = markdown.text(value)
    assert not re.search(r"@\w|(?<!&)#\d|https?:|www\.", text)
    assert shown(text) == value


def test_values_are_left_out_unless_asked_for() -> None:
    secret = documents.finding(
        "INP104", "warning", "One value stands for missing.", rows=[5], row_count=1, columns=["pay"]
    )
    secret["evidence"] = {"value": "s3cret", "table": {"columns": ["pay"], "rows": [["s3cret"]]}}
    document = documents.base(findings=[secret])
    document["features"] = [documents.categorical("pay", ("s3cret",))]
    assert "s3cret" not in markdown.render(document)
    assert "`pay`" in markdown.render(document)
    assert "Rows: `5`" in markdown.render(document)
    assert "Values of the data are left out" in markdown.render(document)
    assert markdown.render(document, show_values=True).count("s3cret") == 2
    assert "Values of the data are left out" not in markdown.render(document, show_values=True)


def test_values_in_messages_are_numbered_unless_asked_for() -> None:
    told = documents.finding("LAB101", "warning", "Class 'ill' has 9 rows for each row of 'well', the target 'sick'.")
    told["fix"] = '+ y = y.replace(\'ill\', "well")   # errors="coerce"'
    document = documents.base(findings=[told])
    document["dataset"]["target"] = "sick"
    text = markdown.render(document)
    assert "Class ‹value 1› has 9 rows for each row of ‹value 2›, the target 'sick'." in text
    assert '+ y = y.replace(‹value 1›, ‹value 2›)   # errors="coerce"' in text
    assert "Class 'ill' has 9 rows" in markdown.render(document, show_values=True)


@pytest.mark.parametrize("budget", [60_000, 20_000, 5_000, 1_500, 450, 100])
def test_it_stays_below_the_budget_and_counts_what_it_drops(budget: int) -> None:
    document = documents.wide(300, 10, 90)
    text = markdown.render(document, budget=budget)
    assert len(text.encode()) <= budget
    assert text.startswith("<!-- dataaudit -->\n## Ready, with warnings\n")
    lines, details = text.count("\n| NRM1"), text.count("<details><summary>NRM1")
    if budget >= 1_500:
        assert (f"{90 - lines} more finding" in text) == (lines < 90)
        assert (f"Details of {lines - details} finding" in text) == (details < lines)
        assert text.count("<details") == text.count("</details>")
        assert text.count("```") == 2 * details


def test_what_is_worst_is_dropped_last() -> None:
    findings = [
        documents.finding(rule, severity, f"{rule} " + "x" * 150, place=str(i))
        for rule, severity in (("INP101", "error"), ("NRM101", "warning"), ("LAB111", "note"))
        for i in range(10)
    ]
    for budget in range(1_200, 30_000, 700):
        text = markdown.render(documents.base(findings=findings), budget=budget)
        lines = [text.count(f"\n| {rule}") for rule in ("INP101", "NRM101", "LAB111")]
        details = [text.count(f"<summary>{rule}") for rule in ("INP101", "NRM101", "LAB111")]
        for counts in (lines, details):
            assert all(later == 0 or earlier == 10 for earlier, later in itertools.pairwise(counts))
        assert sum(details) == 0 or sum(lines) == 30  # no details before every line is there
        assert len(text.encode()) <= budget


def test_known_findings_fixed_ones_and_accepted_ones_are_told_apart() -> None:
    new = documents.finding("INP101", "error", "New.", new=True)
    known = documents.finding("INP102", "error", "As before.", new=False)
    aside = documents.finding("LAB111", "note", "Accepted.") | {
        "suppression": {
            "rules": ["LAB111"],
            "reason": "@bob said so",
            "until": "2027-01-01",
            "origin": "pyproject.toml",
        }
    }
    gone = {key: documents.finding("NRM105", "warning", "-", columns=["same"])[key] for key in KNOWN}
    baseline = {"name": "base.json", "known": 1, "new": 1, "worse": [], "fixed": [gone], "unchecked": []}
    text = markdown.render(documents.base(findings=[new, known], suppressed=[aside], baseline=baseline))
    assert "**1 error**" in text
    assert "1 known and 1 new against base.json, 1 finding fixed" in shown(text)
    titles = re.findall(r"<details(?: open)?><summary><b>(.*?)</b></summary>", text)
    assert titles == ["1 error", "1 known finding"]
    assert "| INP102 inp102-defect | train | error: As before. |" in text
    assert "fixed: NRM105 nrm105-defect: same · train" in shown(text)
    assert "set aside: LAB111 lab111-defect: train: @bob said so (until 2027-01-01)" in shown(text)
    assert "@bob" not in text  # nobody is notified


KNOWN = ("rule", "name", "severity", "fingerprint", "columns", "splits", "place", "row_count")


def test_a_fix_is_fenced_whatever_it_holds() -> None:
    finding = documents.finding("INP101", "error", "m", fix="```\n+ x\n````\n<b>")
    text = markdown.render(documents.base(findings=[finding]))
    (code,) = parsed(text).find("pre")
    assert code.words == "``` + x ```` <b>"
    assert "`````diff\n" in text


def test_a_clean_report_is_two_lines() -> None:
    assert markdown.render(documents.passing()) == (
        "<!-- dataaudit -->\n## Ready to train on\n\n"
        "**No findings** in `clean` (600 rows, 3 columns). Checks: 2 passed.\n"
    )


def test_lines_of_one_file_name_it_once() -> None:
    text = markdown.render(documents.rich())
    assert "Lines: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 of `train.csv`; and 88 more\n" in text


def test_names_in_snake_case_stay_readable() -> None:
    assert markdown.text("body_mass_g is _odd_ and a__b") == "body_mass_g is \\_odd\\_ and a\\_\\_b"
