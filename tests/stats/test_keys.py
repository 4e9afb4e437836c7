"""Words of the columns that tell which rows belong together, and which columns those are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dataaudit.stats.hashing import hash_texts
from dataaudit.stats.keys import Keys, entity_rank, name_words
from dataaudit.stats.row_hashes import MISSING
from tests.build import chunks, observed, table


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("patient", 0), ("patient_id", 0), ("patientId", 0), ("PatientID", 0), ("SUBJECT", 0), ("user id", 0),
        ("Individual ID", 0), ("customer_no", 0), ("scene", 1), ("video_id", 1), ("id", 2), ("ID", 2), ("uuid", 2),
        ("patient_age", None), ("customer_type", None), ("session_length", None), ("store_id", None), ("city", None),
        ("record_id", None), ("idea", None), ("", None), ("grid", None), (7, None),
    ],
)  # fmt: skip
def test_names_that_say_whom_rows_are_about(name: str | int, rank: int | None) -> None:
    assert entity_rank(name) == rank


def test_words_of_a_name() -> None:
    assert name_words("patientId") == name_words("PATIENT_ID") == ("patient", "id")
    assert name_words(3) == ()


def test_words_are_the_bits_of_numbers_and_the_hashes_of_texts() -> None:
    data = pd.DataFrame({"subject": ["a", None, "b", "a"], "when": [1.5, 2.5, None, -0.0], "x": [1, 2, 3, 4]})
    schema, parts = chunks(data, [1, 3], time="when")
    state = observed(Keys(), schema, parts)
    assert state.columns == ["when", "subject"]
    a, b = hash_texts(["a", "b"])
    assert state.words("subject").tolist() == [a, MISSING, b, a]
    assert state.words("when")[3] == 0
    assert np.array_equal(state.numbers("when"), [1.5, 2.5, np.nan, 0.0], equal_nan=True)
    assert state.rows.tolist() == [0, 1, 2, 3]


def test_nothing_is_kept_of_other_tables() -> None:
    schema, parts = chunks(table(50), [20], target="y")
    state = observed(Keys(), schema, parts)
    assert (state.columns, state.runs) == ([], [])
    assert len(state.rows) == 0


def test_declared_columns_come_first_and_few_are_kept() -> None:
    data = pd.DataFrame({n: range(6) for n in ("id", "scene", "user", "subject", "patient", "site")})
    schema, _ = chunks(data, group="site")
    assert Keys().start(schema).columns == ["site", "user", "subject", "patient"]
    assert Keys(most=1).start(schema).columns == ["site"]
