"""Loaders that are odd as a whole: every rule answers, and none crashes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.api import audit_batches
from dataaudit.model import Status
from tests.analyzers.batches.loaders import numbers, pictures

X, Y = numbers(64)
P, _ = pictures(64)


def cut(x: Any, y: Any) -> list[Any]:
    return [(x[i : i + 16], y[i : i + 16]) for i in range(0, 64, 16)]


HOSTILE: dict[str, list[Any]] = {
    "one batch": [(X, Y)],
    "one row": [(X[:1], Y[:1])],
    "rows one by one": [(X[i : i + 1], Y[i : i + 1]) for i in range(20)],
    "an empty batch": [*cut(X, Y)[:2], (X[:0], Y[:0]), *cut(X, Y)[2:]],
    "nothing but NaN": cut(X * np.nan, Y),
    "nothing but zeros": cut(X * 0, Y),
    "infinite labels": cut(X, np.full(64, np.inf)),
    "labels that are NaN": cut(X, np.full(64, np.nan)),
    "text": [(["a"] * 16, ["b"] * 16)] * 3,
    "lists of dicts": [([{"a": 1}] * 16, Y[:16])] * 3,
    "rows of many shapes": [([np.zeros(i + 1) for i in range(16)], Y[:16])] * 3,
    "a form for each batch": [(np.zeros((16, *shape)), Y[:16]) for shape in ((3,), (3, 2), (), (2, 3, 4), (5,))],
    "keys that come and go": [{"a": X[:16], "y": Y[:16]}, {"b": X[:16], "y": Y[:16]}, {"a": X[:16], "b": X[:16]}],
    "complex numbers": cut(X * 1j, Y),
    "dates": [(np.array(["2020-01-01"] * 16, dtype="datetime64[D]"), Y[:16])] * 3,
    "huge numbers": cut(X.astype(np.float64) * 1e300, Y),
    "yes and no": cut(X > 0, Y > 0),
    "five axes": [(np.zeros((4, 2, 3, 4, 5)), Y[:4])] * 3,
    "pictures of one pixel": [(np.ones((16, 3, 1, 1)), Y[:16])] * 3,
    "float16 beyond its range": cut(np.where(X > 1, np.inf, X).astype(np.float16), Y),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_every_rule_answers(name: str) -> None:
    report = audit_batches(HOSTILE[name], jobs=1, classes=4, probe=False)
    assert not [(o.rule, o.reason) for o in report.checks if o.status is Status.CRASHED]
