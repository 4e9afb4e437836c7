"""How messages spell a value that a user wrote."""

from __future__ import annotations

from typing import Any

from dataaudit.errors import shortened


def spelled(value: Any) -> str:
    """Return a value as a message shows it, shortened."""
    return shortened(repr(value) if not isinstance(value, bool) else str(value).lower())
