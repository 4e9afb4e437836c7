"""Markdown for a pull request: escaped, short, and honest about what it leaves out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataaudit.report import markdown
from tests.report import documents
from tests.report.elements import parse

# an independent parser, with the parts of GitHub's flavour that matter here
GITHUB = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shown(text: str) -> str:
    """Return what a reader sees, without blanks and the marks that break mentions."""
    page = GITHUB.render(text)
    return parse(page).words.replace("\u200b", "")


def tags(text: str) -> set[str]:
    return {element.tag for element in parse(GITHUB.render(text)).find("*")} - {"#text"}


def test_the_verdict_comes_first_and_findings_stand_in_a_table() -> None:
    text = markdown.render(documents.rich())
    lines = text.split("\n")
    assert lines[0] == "## Not ready to train on"
    assert lines[2].startswith("**3 errors, 4 warnings, 11 notes** in `<script>alert(1)</script>` (train 600,")
    table = parse(GITHUB.render(text)).find("table")[0]
    assert len(table.find("tr")) == 1 + 18
    assert {len(row.find("td")) for row in table.find("tr")[1:]} == {4}
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
        "ul",
        "li",
    }
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "[bold red]markup[/] is one of the names." in shown(text)


@settings(max_examples=200)
@given(st.text(st.characters(), min_size=1, max_size=60) | st.sampled_from(documents.HOSTILE))
def test_any_text_in_a_table_is_shown_and_is_no_markup(value: str) -> None:
    row = f"| a | b |\n|---|---|\n| {markdown.text(value)} | {markdown.code(value)} |\n"
    (body,) = parse(GITHUB.render(row)).find("tbody")
    assert len(body.find("td")) == 2
    assert {element.tag for element in body.find("*")} <= {"tr", "td", "code", "#text"}
    assert not re.search(r"(?<![\w`&])[@#][\w-]", re.sub(r"(`+).*?\1", "", markdown.text(value)))


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
    assert markdown.render(document, show_values=True).count("s3cret") == 2


@pytest.mark.parametrize("budget", [60_000, 20_000, 5_000, 1_000, 450, 100])
def test_it_stays_below_the_budget_and_counts_what_it_drops(budget: int) -> None:
    document = documents.wide(300, 10, 90)
    text = markdown.render(document, budget=budget)
    assert len(text.encode()) <= budget
    assert text.startswith("## Ready, with warnings\n" if budget > 30 else "#")
    lines, details = text.count("\n| **warning** |"), text.count("<details>")
    if budget >= 1000:
        assert (f"{90 - lines} more finding" in text) == (lines < 90)
        assert (f"Details of {90 - details} finding" in text) == (details < 90)
        assert text.count("</details>") == details


def test_a_fix_is_fenced_whatever_it_holds() -> None:
    finding = documents.finding("INP101", "error", "m", fix="```\n+ x\n````\n<b>")
    text = markdown.render(documents.base(findings=[finding]))
    (code,) = parse(GITHUB.render(text)).find("pre")
    assert code.words == "``` + x ```` <b>"
    assert "`````diff\n" in text


def test_a_clean_report_is_two_lines() -> None:
    assert markdown.render(documents.passing()) == (
        "## Ready to train on\n\n**No findings** in `clean` (600 rows, 3 columns). Checks: 2 passed.\n"
    )


def test_lines_of_one_file_name_it_once() -> None:
    text = markdown.render(documents.rich())
    assert "Lines: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 of `train.csv`; and 88 more\n" in text


def test_names_in_snake_case_stay_readable() -> None:
    assert markdown.text("body_mass_g is _odd_ and a__b") == "body_mass_g is \\_odd\\_ and a\\_\\_b"
