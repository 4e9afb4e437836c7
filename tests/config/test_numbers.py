"""Numbers that are given to an audit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dataaudit.config import whole
from dataaudit.errors import ConfigError


@pytest.mark.parametrize("value", [7, 7.0, np.int64(7), np.uint8(7), np.float64(7)])
def test_a_whole_number_becomes_pythons_own(value: Any) -> None:
    assert type(whole("folds", value, 2, 50)) is int
    assert whole("folds", value, 7, 7) == 7


@pytest.mark.parametrize("value", ["7", 7.5, True, None, float("nan"), float("inf"), 1, 51, -7, [7], 10**30])
def test_anything_else_is_refused_with_the_range(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"^folds is .*, expected a whole number from 2 to 50\.\n  Five is usual\.$"):
        whole("folds", value, 2, 50, "Five is usual.")


def test_without_an_upper_end() -> None:
    assert whole("sample", 10**30, 1) == 10**30
    with pytest.raises(ConfigError, match="sample is 0, expected a whole number from 1 on"):
        whole("sample", 0, 1)
