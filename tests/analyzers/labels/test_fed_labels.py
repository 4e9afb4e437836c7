"""LAB110 on what a loader feeds: codes beyond the outputs, types and shapes that a loss refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dataaudit.analyzers.labels.fed_labels import fed_labels
from dataaudit.model import Status
from tests.analyzers.asking import ask_batches

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 5)).astype(np.float32)
CODES = RNG.permutation(np.arange(120) % 4)


def fed(y: NDArray[Any]) -> list[Any]:
    return [(X[i : i + 20], y[i : i + 20]) for i in range(0, 120, 20)]


def test_classes_counted_from_one() -> None:
    said = ask_batches("LAB110", fed(CODES + 1), classes=4).finding
    n = int((CODES == 3).sum())
    assert said.message == (
        f"{n} rows have the label 4, where 4 outputs are numbered 0 to 3: an index error in cross-entropy; the classes "
        "are counted from 1"
    )
    assert (said.severity, said.row_count) == ("error", n)
    assert said.rows == tuple(np.flatnonzero(CODES == 3).tolist())


def test_one_label_is_beyond_the_outputs() -> None:
    y = CODES.copy()
    y[[7, 30]] = 9
    said = ask_batches("LAB110", fed(y), classes=4).finding
    assert (
        said.message == "2 rows have the label 9, where 4 outputs are numbered 0 to 3: an index error in cross-entropy"
    )
    assert said.rows == (7, 30)


def test_negative_labels() -> None:
    y = CODES.copy()
    y[[7, 30]] = -7
    said = ask_batches("LAB110", fed(y), classes=4).finding
    assert said.message == "2 rows have a negative label, such as -7: an index error in cross-entropy"
    assert said.severity == "error"


def test_what_cross_entropy_ignores_is_noted() -> None:
    y = CODES.copy()
    y[::10] = -100
    assert ask_batches("LAB110", fed(y), classes=4).finding.severity == "note"
    y[::10] = -1
    assert ask_batches("LAB110", fed(y), classes=4).finding.severity == "warning"


def one_hot(n: int) -> NDArray[np.float32]:
    vectors: NDArray[np.float32] = np.eye(n, dtype=np.float32)[CODES]
    return vectors


def soft() -> NDArray[np.float32]:
    return (0.9 * one_hot(4) + 0.025).astype(np.float32)


@pytest.mark.parametrize(
    ("y", "keywords", "said", "severity"),
    [
        (one_hot(5), {"classes": 4}, "Labels are one-hot vectors of 5, where the network has 4 outputs", "error"),
        (
            CODES.astype(np.float32),
            {"classes": 4},
            "Labels are float32, where cross-entropy of 4 outputs takes whole numbers; PyTorch fails",
            "warning",
        ),
        (
            CODES[:, None],
            {"classes": 4},
            "Labels are of shape (rows, 1), where cross-entropy of 4 outputs takes (rows,); PyTorch fails",
            "warning",
        ),
        (
            (CODES % 2 * 255).astype(np.float32),
            {"classes": 1},
            "Labels run from 0 to 255, where binary cross-entropy of one output takes 0 to 1",
            "warning",
        ),
        (
            one_hot(4) * 255,
            {"classes": 4},
            "Labels of 4 outputs run from 0 to 255; binary cross-entropy takes 0 to 1",
            "warning",
        ),
    ],
)
def test_forms_that_a_loss_refuses(y: Any, keywords: Any, said: str, severity: str) -> None:
    found = [f for f in ask_batches("LAB110", fed(y), **keywords).findings if f.message == said]
    assert [f.severity for f in found] == [severity]


HONEST: dict[str, tuple[Callable[[], Any], int | None]] = {
    "codes": (lambda: CODES, 4),
    "codes without a declaration": (lambda: CODES, None),
    "one-hot": (lambda: one_hot(4), 4),
    "soft": (soft, 4),
    "yes and no as floats, upright": (lambda: (CODES % 2).astype(np.float32)[:, None], 1),
    "yes and no as floats": (lambda: (CODES % 2).astype(np.float32), 2),
    "several yes and no": (lambda: (RNG.random((120, 4)) < 0.4).astype(np.float32), 4),
    "a regression": (lambda: RNG.normal(size=120), None),
    "more outputs than classes seen": (lambda: CODES, 10),
}


@pytest.mark.parametrize("name", HONEST)
def test_labels_that_a_loss_takes(name: str) -> None:
    make, classes = HONEST[name]
    answer = ask_batches("LAB110", fed(make()), classes=classes)
    assert not answer.findings


@pytest.mark.parametrize(("y", "said"), [(one_hot(4), "one-hot"), (soft(), "soft")])
def test_the_encoding_is_said(y: Any, said: str) -> None:
    answer = ask_batches("LAB110", fed(y), classes=4)
    assert answer.measured == f"4 classes: 0 to 3, given as {said} vectors"


def test_many_classes_as_vectors() -> None:
    codes = np.arange(120)
    batches = [(X[i : i + 20], np.eye(120)[codes[i : i + 20]]) for i in range(0, 120, 20)]
    answer = ask_batches("LAB110", batches, classes=100, task="classification")
    assert "one-hot vectors of 120" in answer.findings[0].message


def test_files_feed_no_labels() -> None:
    from tests.build import split_view, table

    assert fed_labels(split_view(table(), target="y")) is None
    assert ask_batches("LAB110", [X[:20], X[20:40]]).status is Status.NOT_APPLICABLE
