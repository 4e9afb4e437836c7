"""Numbers that a user gives to an audit: how many, and from which seed."""

from __future__ import annotations

import numbers
from typing import Any

from dataaudit.config.spelling import spelled
from dataaudit.errors import ConfigError

SEEDS = 2**32 - 1
"""Largest seed: the most that scikit-learn's generators take."""


def whole(word: str, value: Any, least: int, most: int | None = None, hint: str | None = None) -> int:
    """Return a setting as a Python integer; NumPy's integers and 5.0 stand for one, truth values and text do not.

    Parameters
    ----------
    word : str
        What the setting is called.
    value : object
        What the user gave.
    least, most : int
        The range it must lie in, both ends included; no upper end where `most` is None.
    hint : str, optional
        What to try.

    Raises
    ------
    ConfigError
        If the value is no whole number, or lies outside.

    Examples
    --------
    >>> whole("folds", 5.0, 2, 50)
    5
    """
    counts = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if counts or (isinstance(value, float) and value.is_integer()):
        number = int(value)
        if least <= number and (most is None or number <= most):
            return number
    wanted = f"from {least:,} to {most:,}" if most is not None else f"from {least:,} on"
    raise ConfigError(f"{word} is {spelled(value)}, expected a whole number {wanted}.", hint)
