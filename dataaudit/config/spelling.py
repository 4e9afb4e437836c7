"""How messages spell a value that a user wrote."""

from __future__ import annotations

from typing import Any


def spelled(value: Any) -> str:
    """Return a value as a message shows it, shortened."""
    text = repr(value) if not isinstance(value, bool) else str(value).lower()
    return text if len(text) <= 60 else f"{text[:57]}..."
