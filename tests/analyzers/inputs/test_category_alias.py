"""INP112: one category in several spellings, and categories that only look alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.asking import ask
from tests.build import table

WORDS = ["Bern", "Oslo", "Porto", "Graz"]


def respelled(data: pd.DataFrame, rows: Any, spell: Any, column: str = "city") -> pd.DataFrame:
    data = data.copy()
    data[column] = [spell(v) if i in set(rows) else v for i, v in enumerate(data[column])]
    return data


@pytest.mark.parametrize(
    ("spell", "how"),
    [
        (str.upper, "letter case"), (str.lower, "letter case"), (lambda w: w + " ", "blanks"),
        (lambda w: w + ".", "punctuation"), (lambda w: f" {w.lower()}", "letter case and blanks"),
        (lambda w: w.replace("o", "ö"), "accents"), (lambda w: w[0] + "\u200b" + w[1:], "Unicode form"),
    ],
)  # fmt: skip
def test_spellings(spell: Any, how: str) -> None:
    clean = table(200)
    rows = [i for i in (3, 17, 40, 41, 160) if spell(clean.city[i]) != clean.city[i]]
    finding = ask("INP112", respelled(clean, rows, spell), target="y").finding
    assert (finding.severity, finding.columns, finding.rows) == ("warning", ("city",), tuple(rows))
    assert how in finding.message
    assert {row[2] for row in finding.evidence["table"]["rows"]} <= {1, 2, 3}
    assert {row[3] for row in finding.evidence["table"]["rows"]} <= set(WORDS)


def test_the_message_names_the_spellings() -> None:
    data = table(200).assign(city=["Graz"] * 150 + ["graz "] * 30 + ["GRAZ"] * 20)
    finding = ask("INP112", data, target="y").finding
    assert finding.message == (
        "'Graz', 'graz ' and 'GRAZ' are one category of 'city' (letter case and blanks); "
        "50 cells in train have a rarer spelling"
    )
    assert finding.row_count == 50
    assert finding.fix == "+ data['city'] = data['city'].str.split().str.join(' ').str.casefold()"


def test_a_typing_slip() -> None:
    data = table(200).assign(city=["Stockholm"] * 120 + ["Stokcholm"] * 2 + ["Helsinki"] * 77 + ["Helsinky"])
    finding = ask("INP112", data, target="y").finding
    assert (finding.severity, finding.rows) == ("warning", (120, 121))
    assert "one typing slip" in finding.message
    assert finding.fix == "+ data['city'] = data['city'].replace({'Stokcholm': 'Stockholm'})"
    assert ask("INP112", data, target="y", options={"slips": False}).findings == ()
    assert ask("INP112", data, target="y", options={"ratio": 200.0}).findings == ()


def test_few_slips_are_a_note() -> None:
    data = table(400).assign(city=["Stockholm"] * 200 + ["Stokcholm"] * 2 + ["Helsinki"] * 198)
    assert ask("INP112", data, target="y").finding.severity == "note"
    assert ask("INP112", data, target="y", options={"share": 0.005}).finding.severity == "warning"
    both = ask("INP112", data.assign(city=data.city.where(data.index != 7, "STOCKHOLM")), target="y")
    assert [f.severity for f in both.findings] == ["warning"]  # the slip goes with the other spellings of its word


def test_the_usual_spelling_is_that_of_all_splits() -> None:
    test = table(100, 1).assign(city=lambda d: d.city.str.upper())
    answer = ask("INP112", table(300), None, test, target="y")
    assert answer.finding.splits == ("test",)
    assert answer.finding.row_count == 100
    assert answer.finding.evidence["table"]["total"] == 4


def test_missing_cells_have_no_spelling() -> None:
    data = respelled(table(200), [5, 9], str.upper)
    data.loc[::7, "city"] = None
    finding = ask("INP112", data, target="y").finding
    assert finding.rows == (5, 9)


@pytest.mark.parametrize(
    "words",
    [
        WORDS, ["male", "female"], ["S1", "S2", "S3"], ["20 days", "21 days"], ["VS1", "VS2", "VVS1", "VVS2"],
        ["A+", "A", "A-"], ["m", "M"], ["<=50K", ">50K"], ["typical angina", "atypical angina"], ["?", "!", "-"],
        ["a1", "a2", "b1"], ["Preschool", "5th-6th", "7th-8th", "1st-4th"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_innocent(words: list[str], share: float) -> None:
    rng = np.random.default_rng(0)
    rest = (1 - share) / (len(words) - 1)
    shares = [0.5, 0.5] if words == ["m", "M"] else [share] + [rest] * (len(words) - 1)
    data = table(400).assign(city=rng.choice(words, 400, p=shares))
    assert ask("INP112", data, target="y").status is Status.CLEAN


def test_labels_are_left_to_their_own_rule() -> None:
    assert ask("INP112", respelled(table(200), [3, 4], str.upper, "y"), target="y").status is Status.CLEAN


def test_free_text_is_not_compared() -> None:
    data = pd.DataFrame({"note": [f"Comment number {i} on the weather of that day" for i in range(100)] * 2})
    data["note"] = [v.upper() if i % 3 else v for i, v in enumerate(data.note)]
    assert ask("INP112", data).status is Status.SKIPPED


def test_no_text() -> None:
    assert ask("INP112", table(50)[["age", "y"]], target="y").status is Status.NOT_APPLICABLE


def test_wide_data_is_capped() -> None:
    n = 300
    data = pd.DataFrame({f"c{j}": ["Oslo", "oslo", "Bern"] * (n // 3) for j in range(400)})
    finding = ask("INP112", data).finding
    assert (len(finding.columns), len(finding.rows), finding.row_count) == (400, 100, 100)
    assert finding.evidence["table"]["total"] == 400
    assert len(finding.evidence["table"]["rows"]) == 200
    assert len(finding.message) < 200
