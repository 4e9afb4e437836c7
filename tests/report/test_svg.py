"""Drawings: the right lengths, the right steps, and no text that is markup."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report import svg
from tests.report import documents
from tests.report.elements import Element, parse


def drawing(text: str) -> Element:
    (element,) = parse(text).children
    assert element.tag == "svg"
    return element


def steps(path: str, n: int) -> list[float]:
    """Return the level of each of n columns of a path made of M, H, V and Z."""
    x, level, levels = 0.0, 0.0, [0.0] * n
    for command, rest in re.findall(r"([MHVZ])([^MHVZ]*)", path):
        values = [float(v) for v in rest.split()]
        if command == "M":
            x, level = values
        elif command == "V":
            level = values[0]
        elif command == "H":
            for i in range(round(x), round(values[0])):
                levels[i] = level
            x = values[0]
    return levels


def test_a_histogram_has_the_heights_of_its_shares() -> None:
    shape = drawing(svg.histogram([("s0", [0.25, 0.5, 0.25, 0.0])], "x", width=4, height=102))
    assert steps(shape.find("path", "s0")[0].attributes["d"], 4) == [52, 2, 52, 102]
    assert shape.attributes["aria-label"] == "x"


def test_all_series_share_one_scale() -> None:
    shape = drawing(svg.histogram([("s0", [0.5, 0.5]), ("s2", [1.0, 0.0])], "x", width=2, height=102))
    assert steps(shape.find("path", "s0")[0].attributes["d"], 2) == [52, 52]
    assert steps(shape.find("path", "s2")[0].attributes["d"], 2) == [2, 102]


@given(st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=40))
def test_a_strip_has_the_stacked_shares_of_each_bin(bins: list[list[int]]) -> None:
    shape = drawing(svg.strip(bins, "x"))
    drawn = {path.attributes["class"]: steps(path.attributes["d"], len(bins)) for path in shape.children}
    for k in range(3):
        for i, counts in enumerate(bins):
            expected = 100 - round(100 * sum(counts[: k + 1]) / sum(counts)) if sum(counts) else 100
            assert drawn.get(f"k{k}", [100.0] * len(bins))[i] == expected


def test_runs_of_equal_bins_cost_nothing() -> None:
    once, often = svg.strip([[5, 1]], "x"), svg.strip([[5, 1]] * 200, "x")
    assert len(often) - len(once) <= 8


def test_marks_are_one_for_one_and_wrap() -> None:
    shape = drawing(svg.marks({"error": 2, "clean": 60, "not-run": 1}, "63"))
    assert [mark.attributes["class"] for mark in shape.children] == ["e"] * 2 + ["p"] * 60 + ["u"]
    assert shape.attributes["viewbox"] == "0 0 1008 42"
    assert svg.marks({}, "none") == ""


@pytest.mark.parametrize(("value", "end"), [(0.5, "H100V"), (7.0, "H200V"), (-1.0, "H0V")])
def test_a_bar_stays_within_its_axis(value: float, end: str) -> None:
    assert end in svg.bar(value, [("want", 2.0)])
    assert 'd="M200 0V20"' in svg.bar(value, [("want", 2.0)])


def test_ticks_stand_where_the_values_are() -> None:
    assert 'd="M0 3V17M50 3V17M200 3V17"' in svg.ticks([0.0, 0.25, 1.0])


def test_columns_draw_the_reference_as_bars_and_others_as_lines() -> None:
    shape = drawing(svg.columns([[("s0", 0.5), ("s1", 1.0)], [("s0", 0.5)]], "x", width=4, height=102))
    assert [(p.attributes["class"], p.attributes["d"]) for p in shape.children[1:]] == [
        ("s0", "M1 52H1V102H1Z"),
        ("s1", "M1 2H1"),
        ("s0", "M3 52H3V102H3Z"),
    ]


@pytest.mark.parametrize(
    "draw",
    [
        lambda label: svg.histogram([("s0", [1.0])], label),
        lambda label: svg.columns([[("s0", 1.0)]], label),
        lambda label: svg.strip([[1.0]], label),
        lambda label: svg.marks({"error": 1}, label),
    ],
)
@pytest.mark.parametrize("name", documents.HOSTILE)
def test_a_label_is_text_whatever_it_holds(draw: Callable[[str], str], name: str) -> None:
    shape = drawing(draw(name))
    assert {child.tag for child in shape.children} == {"path"}
    assert not [a for a in shape.attributes if a.startswith("on")]
    if name.isprintable() and len(name) < 100:
        assert shape.attributes["aria-label"] == name


def test_icons_are_drawn_once_and_referred_to() -> None:
    ids = {symbol.attributes["id"] for symbol in parse(svg.sprite()).find("symbol")}
    for name in svg.ICONS:
        assert parse(svg.icon(name)).find("use")[0].attributes["href"].removeprefix("#") in ids
    assert svg.icon("nonsense") == ""
