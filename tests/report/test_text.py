"""Terminal text: the verdict first, no line too wide, no control of the terminal from the data."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from dataaudit.report import text
from tests.report import documents

ANSI = re.compile(r"\x1b\[[\d;]*m")


def test_the_first_line_is_the_verdict() -> None:
    assert text.render(documents.rich(), width=100).split("\n")[0] == (
        "FAIL  Not ready to train on: 3 errors, 4 warnings, 11 notes"
    )
    assert text.render(documents.wide(3, 2, 1), width=100).startswith("WARN  Ready, with warnings: 1 warning\n")


def test_a_clean_report_whole() -> None:
    assert text.render(documents.passing(), width=100) == (
        "PASS  Ready to train on: no findings\n"
        "clean · 600 rows, 3 columns\n"
        "\n"
        "2 checks: 2 passed\n"
        "\n"
        "--html report.html  writes the whole report as a page.\n"
    )


def test_findings_stand_worst_first_with_place_and_first_step() -> None:
    found = text.render(documents.rich(), width=100)
    assert [line.split()[0] for line in found.split("\n") if re.match(r"(error|warning|note)\b", line)] == (
        ["error"] * 3 + ["warning"] * 4 + ["note"] * 11
    )
    assert (
        "error   LEA101 lea101-defect  age, fare and 2 more\n"
        "        `age`, `fare` and 2 more were scaled with statistics of train and test together.\n"
        "        → Fit the scaler on train alone:\n"
    ) in found


def test_what_did_not_run_is_said_with_its_reason() -> None:
    found = text.render(documents.rich(), width=100)
    assert "15 checks: 8 found, 4 passed, 1 not applicable, 1 skipped, 1 crashed\n" in found
    assert "  skipped  LAB109: no target <script>alert(1)</script>\n" in found
    assert '  crashed  LAB106: ValueError: "><img src=x onerror=alert(1)>\n' in found
    assert "dataaudit explain LEA101" in found


def test_only_the_first_findings_are_listed_and_the_rest_counted() -> None:
    found = text.render(documents.wide(3, 2, 100), width=100)
    assert found.count("\nwarning ") == text.FINDINGS
    assert "and 60 more findings: see --html or --format json" in found


@pytest.mark.parametrize("width", [24, 40, 80, 100, 200])
def test_no_line_is_wider_than_asked(width: int) -> None:
    lines = text.render(documents.rich(), width=width).split("\n")
    assert max(cell_len(line) for line in lines) <= width
    assert all(line == line.rstrip() for line in lines)


@settings(max_examples=60)
@given(st.text(st.characters(), max_size=200))
def test_data_never_controls_the_terminal(value: str) -> None:
    document = documents.rich()
    document["dataset"]["name"] = document["summary"] = value
    document["dataset"]["target"] = value
    document["findings"] = [documents.finding("INP101", "error", value, columns=[value], fix=value, splits=[value])]
    document["checks"][-1]["reason"] = value
    plain = text.render(document, width=80)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", plain)
    plain.encode()
    colored = text.render(document, width=80, color=True)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", ANSI.sub("", colored))


def test_colour_is_what_the_caller_says(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = text.render(documents.rich(), width=80)
    assert "\x1b" not in plain
    monkeypatch.setenv("NO_COLOR", "1")
    colored = text.render(documents.rich(), width=80, color=True)
    assert "\x1b[1;31merror" in colored
    assert [line.rstrip() for line in ANSI.sub("", colored).split("\n")] == plain.split("\n")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert text.render(documents.rich(), width=80) == plain


def test_the_width_of_the_terminal_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert text.render(documents.rich()) == text.render(documents.rich(), width=40)
    monkeypatch.setenv("COLUMNS", "500")
    assert text.render(documents.rich()) == text.render(documents.rich(), width=text.WIDEST)


@pytest.mark.parametrize(
    ("fix", "step"),
    [
        ("- a = f(x)\n+ a = f(y)", "→ a = f(y)"),
        ("from x import y\n+ z = y()", "→ z = y()"),
        ("# first\ndf = df.dropna()", "→ df = df.dropna()"),
        ("import x", "→ import x"),
        ("Drop it.\n+ x", "→ Drop it."),
    ],
)
def test_the_first_step_is_something_to_do(fix: str, step: str) -> None:
    found = text.render(documents.base(findings=[documents.finding("INP101", "error", "m", fix=fix)]), width=80)
    assert f"        {step}\n" in found


def test_what_was_guessed_while_reading_is_said() -> None:
    document = documents.passing()
    document["dataset"]["notes"] = [f"note {i}\x1b[31m" for i in range(6)]
    lines = text.render(document, width=100).splitlines()
    assert lines[2:6] == [f"note {i}\\x1b[31m" for i in range(4)]
    assert lines[6] == "and 2 more notes on the reading"
