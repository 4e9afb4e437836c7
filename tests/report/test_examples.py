"""The examples in docstrings, as they stand."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize(
    ("module", "examples"),
    [("words", 6), ("json", 1), ("svg", 1), ("figures", 1), ("prose", 2), ("markdown", 2)],
)
def test_examples_hold(module: str, examples: int) -> None:
    result = doctest.testmod(importlib.import_module(f"dataaudit.report.{module}"))
    assert result.attempted >= examples
    assert result.failed == 0
