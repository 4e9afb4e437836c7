"""Figures of findings, made ready to draw."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.report import figures
from tests.report import documents

ROLES = {"train": "train", "test": "test"}


def view(figure: dict[str, Any]) -> dict[str, Any]:
    found = figures.view(figure, ROLES)
    assert found is not None
    return found


def test_there_is_nothing_to_draw_without_a_known_kind() -> None:
    assert figures.view(None, ROLES) is None
    assert figures.view({"kind": "hologram"}, ROLES) is None


@given(
    st.integers(1, 5).flatmap(lambda k: st.lists(st.lists(st.integers(0, 99), min_size=k, max_size=k), max_size=60)),
    st.integers(1, 70),
)
def test_merged_bins_keep_every_row(bins: list[list[int]], most: int) -> None:
    merged = figures.merge_bins(bins, most)
    assert len(merged) <= most
    assert [sum(column) for column in zip(*merged, strict=True)] == [sum(column) for column in zip(*bins, strict=True)]


def test_a_strip_draws_ten_classes_and_the_rest_as_other() -> None:
    strip = view(documents.FIGURES["strip"])
    assert [name for _, name in strip["classes"]] == [f"class {documents.HOSTILE[0]}", *"bcdefghij", "other"]
    assert [part["name"] for part in strip["strips"]] == ["As it is", "Expected if shuffled"]
    rows = strip["table"]["rows"]
    assert len(rows) <= figures.TABLE_ROWS
    assert sum(int(count.replace(",", "")) for row in rows for count in row[1:]) == 250 * 32


def test_bars_are_as_long_as_their_share_of_the_longest() -> None:
    bars = view({"kind": "bars", "items": [{"label": "a", "value": 200}, {"label": "b", "value": 50, "expected": 100}]})
    assert bars["expects"] is True
    assert [(row["value"], row["expected"]) for row in bars["rows"]] == [("200", None), ("50", "100")]
    assert "M0 3H200V17" in bars["rows"][0]["svg"]
    assert "M0 3H50V17" in bars["rows"][1]["svg"]
    assert "M100 0V20" in bars["rows"][1]["svg"]


def test_values_that_are_no_numbers_are_said_and_not_drawn() -> None:
    bars = view({"kind": "bars", "items": [{"label": "a", "value": None}, {"label": "b", "value": "inf"}]})
    assert [row["value"] for row in bars["rows"]] == ["–", "inf"]
    ticks = view({"kind": "ticks", "items": [{"label": "a", "values": [None, "inf"]}, {"label": "b", "values": []}]})
    assert [row["values"] for row in ticks["rows"]] == ["–, inf", ""]


def test_ticks_share_one_axis_with_a_margin() -> None:
    ticks = view({"kind": "ticks", "items": [{"label": "a", "values": [0, 100]}, {"label": "b", "values": [50]}]})
    assert "M7.4 3V17M192.6 3V17" in ticks["rows"][0]["svg"]
    assert "M100 3V17" in ticks["rows"][1]["svg"]


@pytest.mark.parametrize("kind", ["bars", "pictures", "ticks"])
def test_items_beyond_the_cap_are_counted(kind: str) -> None:
    items = [{"label": str(i), "path": f"{i}.jpg", "value": i, "values": [i]} for i in range(100)]
    found = view({"kind": kind, "items": items})
    cap = figures.PICTURES if kind == "pictures" else figures.ITEMS
    assert len(found["rows" if kind != "pictures" else "items"]) == cap
    assert found["dropped"] == 100 - cap


def test_a_histogram_is_drawn_by_role_and_told_in_shares() -> None:
    found = view(documents.FIGURES["histogram"])
    assert found["series"] == [("s0", "train"), ("s2", "test")]
    assert (found["first"], found["last"]) == ("0", "70")
    assert found["table"]["rows"][3] == ["30 to 40", "34%", "39%"]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ("data:image/webp;base64,QUJD", True),
        ("data:image/png;base64,QUI=", True),
        ("data:image/svg+xml;base64,QUJD", False),
        ("data:text/html;base64,QUJD", False),
        ('data:image/png;base64,QUJD" onerror="x', False),
        ("https://example.org/a.png", False),
        (None, False),
    ],
)
def test_only_pictures_within_the_page_are_shown(data: str | None, shown: bool) -> None:
    (item,) = view({"kind": "pictures", "items": [{"path": "a", "data": data}]})["items"]
    assert item["data"] == (data if shown else None)
