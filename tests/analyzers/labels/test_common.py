"""What rules on classes share: rows of each class over all splits, and where some labels stand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from dataaudit.analyzers.labels.common import class_totals, labelled_rows
from dataaudit.analyzers.labels.label_alias import LabelAlias
from dataaudit.stats.labels import LabelOrder
from tests.build import views


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_totals_are_those_of_counting_without_placeholders(seed: int) -> None:
    labels = np.random.default_rng(seed).choice(["a", "b", "cc", "?", "unknown"], 60)
    frame = pd.DataFrame({"x": np.arange(60.0), "y": labels})
    found = views(frame[:40], test=frame[40:], target="y", task="classification", rules=[LabelAlias()])
    lines = [view.get(LabelOrder()).columns["y"] for view in found.values()]
    assert class_totals(lines) == Counter(label for label in labels if label not in ("?", "unknown"))


@pytest.mark.parametrize(
    ("labels", "wanted", "rows"),
    [(["a", "b", "a", None], {"a"}, [0, 2]), ([0, 1, 0, 2], (0, 2), [0, 2, 3]), ([0.0, np.nan, 1.0, 2.0], [5], [])],
)
def test_rows_of_labels_are_found_in_text_and_in_numbers(
    labels: list[object], wanted: list[object], rows: list[int]
) -> None:
    frame = pd.DataFrame({"x": np.arange(4.0), "y": labels})
    (view,) = views(frame, target="y", task="classification", rules=[LabelAlias()]).values()
    assert labelled_rows(view, "y", wanted).tolist() == rows
