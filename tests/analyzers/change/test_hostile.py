"""Any two versions, however little they have in common: no crash, no warning, an answer with its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from dataaudit.model import Status
from tests.analyzers.change.comparing import compare
from tests.build import images, table

LARGEST = 1.7976931348623157e308
X, LABELS = images(40)
VERSIONS: dict[str, Any] = {
    "table": table(60),
    "one row": table(1),
    "no label": table(60).assign(y=None),
    "one class": table(60).assign(y="a"),
    "label alone": table(60)[["y"]],
    "each its own class": table(60).assign(y=[f"c{i}" for i in range(60)]),
    "all missing": pd.DataFrame({"a": np.full(60, np.nan), "y": ["u", "v"] * 30}),
    "range of floats": pd.DataFrame({"a": np.resize([LARGEST, -LARGEST, 5e-324, 0.0, -1.0], 60), "y": ["u", "v"] * 30}),
    "infinite": pd.DataFrame({"a": np.resize([np.inf, -np.inf, 1.0], 60), "y": ["u", "v"] * 30}),
    "numbered target": table(60).assign(y=np.arange(60) * 0.37),
    "one value": pd.DataFrame({"a": np.ones(60), "y": ["u", "v"] * 30}),
}
PICTURES: dict[str, Any] = {
    "bytes": (X, LABELS),
    "floats": (X / 255.0, LABELS),
    "NaN": (np.full((40, 8, 8, 3), np.nan), LABELS),
    "infinite": (np.full((40, 4, 4, 1), np.inf), LABELS),
    "black": (np.zeros((40, 8, 8, 3), np.uint8), LABELS),
    "rows": (np.random.default_rng(0).normal(size=(40, 5)), LABELS),
}


@pytest.mark.parametrize("before", VERSIONS)
@pytest.mark.parametrize("after", VERSIONS)
def test_tables(before: str, after: str) -> None:
    """`compare` asserts that nothing crashed; warnings are errors in all tests."""
    told = compare(VERSIONS[before], VERSIONS[after], target="y")
    assert all(o.reason for o in told.report.checks if o.status in (Status.SKIPPED, Status.NOT_APPLICABLE))
    assert (told.codes == []) or before != after
    line = told.report.document["diff"]["rows"][0]
    assert (line["before"], line["now"]) == (len(VERSIONS[before]), len(VERSIONS[after]))


@pytest.mark.parametrize("before", PICTURES)
@pytest.mark.parametrize("after", PICTURES)
def test_pictures(before: str, after: str) -> None:
    told = compare(PICTURES[before], PICTURES[after])
    assert told.codes == [] if before == after else told.codes
