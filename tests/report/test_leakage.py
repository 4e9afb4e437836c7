"""The leakage matrix on the page: which unions are shown, in what words, and what is marked."""

from __future__ import annotations

from typing import Any

import pytest

from dataaudit.report import html as page
from dataaudit.report import leakage
from tests.report import documents
from tests.report.elements import Element, parse


@pytest.mark.parametrize(
    ("log10_p", "word"),
    [(-99.0, "certain"), (-20.0, "certain"), (-19.9, "sure"), (-9.0, "sure"), (-8.9, "a hint"), (-3.0, "a hint"),
     (-2.9, "–"), (0.0, "–")],
)  # fmt: skip
def test_strengths_are_words_at_the_limits_of_the_rules(log10_p: float, word: str) -> None:
    assert leakage.strength(log10_p) == word


def _step(**parts: Any) -> dict[str, Any]:
    return {**documents.STEPS[0], **parts}


def test_single_splits_all_together_and_whatever_fits_head_the_columns() -> None:
    table = leakage.table(documents.STEPS)
    assert table is not None
    assert table["unions"] == ["train", "validation", "test", "train + validation + test"]
    with_pair = leakage.table([_step(fitted_on=["train + test"])])
    assert with_pair is not None
    assert with_pair["unions"] == ["train", "validation", "test", "train + test", "train + validation + test"]


def test_leaks_stand_first_and_steps_without_a_trace_last() -> None:
    steps = [_step(step=v, verdict=v) for v in ("none", "train", "ambiguous", "leak")]
    table = leakage.table(steps)
    assert table is not None
    assert [row["step"] for row in table["rows"]] == ["leak", "ambiguous", "train", "none"]


def test_only_a_leak_is_marked_as_one() -> None:
    table = leakage.table(documents.STEPS)
    assert table is not None
    leak, honest = table["rows"]
    assert [c["hit"] for c in leak["cells"]] == [False, False, False, True]
    assert [c["word"] for c in leak["cells"]] == ["–", "–", "a hint", "certain"]
    assert leak["cells"][3]["odds"] == "1 in 10⁴⁸"
    assert not any(c["hit"] for c in honest["cells"])
    assert honest["cells"][0]["fitted"]


def test_no_step_no_section_and_many_steps_are_capped() -> None:
    assert leakage.table([]) is None
    table = leakage.table([_step(step=f"step {i}") for i in range(45)])
    assert table is not None
    assert (len(table["rows"]), table["dropped"]) == (40, 5)
    assert not parse(page.render(documents.base())).find("section", id="leakage")


@pytest.fixture(scope="module")
def shared() -> Element:
    return parse(page.render(documents.shared()))


def test_the_page_shows_the_matrix_with_its_verdict_in_words(shared: Element) -> None:
    section = shared.find("section", id="leakage")[0]
    rows = section.find("tbody")[0].find("tr")
    assert [cell.words for cell in rows[0].find("td")[:4]] == ["–", "–", "a hint 1 in 10³", "certain 1 in 10⁴⁸"]
    assert rows[0].find("td")[4].words == "Leak fitted on train + validation + test, not on train alone"
    assert rows[0].find("td", "hit")[0].words == "certain 1 in 10⁴⁸"
    assert rows[1].find("td", "hit") == []


def test_rows_that_two_splits_share_stand_below_each_other_with_what_differs_marked(shared: Element) -> None:
    table = shared.find("table", "pr")[0]
    pairs = table.find("tbody")
    assert len(pairs) == 2
    assert pairs[1].find("tr")[0].find("th")[0].words == "train, row 1"
    assert [td.words for td in pairs[0].find("td", "dif")] == ["7.25", "7.2"]
    assert "38 more are in report.json." in shared.find("article", id="LEA110")[0].words


def test_pictures_that_two_splits_share_stand_side_by_side(shared: Element) -> None:
    figures = shared.find("div", "duo")[0].find("figure")
    assert [len(figure.find("img")) for figure in figures] == [2, 0]
    assert "mirrored" in figures[0].words
    assert figures[1].words.count("not shown") == 2  # one has none, the other's is no picture
