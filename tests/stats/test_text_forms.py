"""How cells of text are written."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataaudit.stats.text_forms import DATES, TextForms, form_of, parse
from tests.build import chunks, observed

FORMS = {
    "number": ["0", "7", "-3", "+4.5", ".5", "5.", "1e5", "-2.5E-3", "0.001", "123456789012"],
    "decimal comma": ["4,5", "-0,25", "2.035,00", "1.234.567,8", "1.200.000", "1 234,5"],
    "thousands": ["1,234", "12,345,678", "1,234.5", "1 234", "1'234"],
    "unit": ["12 kg", "3775.0kg", "4,5 cm", "20°C", "-3 °F", "12.5 kg/m2", "100mg/dL"],
    "percent": ["12%", "4.5 %", "3,2%"],
    "currency": ["$5", "€ 1.200,00", "1,200 USD", "CHF 20", "5€"],
    "leading zero": ["007", "00", "01234"],
    "padded": [" 12", "3.5 ", "\t7"],
    "blank": ["", " ", "\t "],
    "word": ["?", "N/A", "unknown", "-", "--", "NULL", "#N/A", "not available"],
    "code": ["A12", "12-34", "1.2.3", "PC 17599", "192.168.0.1", "<5", ">100", "x1"],
    "text": ["red", "Bern", "north-west", "twelve"],
    "Y-M-D": ["2024-01-31", "2024-1-3 12:30", "2024-01-31T12:30:00Z", "2024-01-31T12:30:00.5+02:00"],
    "Y/M/D": ["2024/01/31"],
    "D.M.Y": ["31.01.2024"],
    "?.?.Y": ["03.04.2024"],
    "D/M/Y": ["31/1/24"],
    "M/D/Y": ["1/31/2024"],
    "?/?/Y": ["3/4/2024"],
    "Mon D, Y": ["Jan 3, 2024", "January 3rd 2024"],
    "D Mon Y": ["3 Jan 2024", "3-Jan-24"],
}


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in FORMS.items() for text in texts])
def test_forms(form: str, text: str) -> None:
    assert form_of(text) == form


@pytest.mark.parametrize("text", ["32/13/2024", "2024-13-01", "2024-01-00", "0/5/2024", "31 Foo 2024"])
def test_impossible_dates_are_no_dates(text: str) -> None:
    assert form_of(text) not in DATES


@given(value=st.floats(allow_nan=False, allow_infinity=False))
def test_whatever_python_writes_for_a_number_is_one(value: float) -> None:
    assert parse(str(value)) == ("number", value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.035,00", 2035.0), ("4,5", 4.5), ("-999.0kg", -999.0), ("1,234.5", 1234.5), (" 12 ", 12.0), ("1'234", 1234.0)],
)
def test_values_of_other_notations(text: str, value: float) -> None:
    assert parse(text)[1] == value


@given(text=st.text(max_size=12))
def test_any_text_has_a_form(text: str) -> None:
    form, value = parse(text)
    assert form in FORMS or form in DATES
    assert math.isnan(value) == (form not in ("number", "decimal comma", "thousands", "unit", "padded"))


def test_counts_rows_and_samples() -> None:
    cells = ["1", "2", None, "4,5", "x", "3", "5,5", "y" * 50]
    schema, rows = chunks(pd.DataFrame({"t": pd.array(cells, "str")}), [3, 5])
    line = observed(TextForms(), schema, rows).columns["t"]
    assert line.n == 7
    assert line.counts == {"number": 3, "decimal comma": 2, "text": 2}
    assert line.rows["decimal comma"].tolist() == [3, 6]
    assert line.rows_of(["text", "decimal comma", "unit"]).tolist() == [3, 4, 6, 7]
    assert line.samples == {"decimal comma": "4,5", "text": "x"}


def test_rows_are_capped_and_counts_complete() -> None:
    schema, rows = chunks(pd.DataFrame({"t": [f"w{'x' * (i % 3)}" for i in range(100)]}), [50])
    line = observed(TextForms(cap=5), schema, rows).columns["t"]
    assert line.counts == {"text": 100}
    assert line.rows["text"].tolist() == [0, 1, 2, 3, 4]


def test_categories_and_numbers_are_not_looked_at() -> None:
    schema, rows = chunks(pd.DataFrame({"c": pd.Categorical(["a", "b"]), "n": [1, 2]}))
    assert observed(TextForms(), schema, rows).columns == {}
