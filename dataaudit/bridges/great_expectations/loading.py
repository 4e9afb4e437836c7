"""Great Expectations itself: imported here alone, silent, its analytics off."""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from typing import Any


def library() -> Any:
    """Return the `great_expectations` module, imported (a few seconds) with its analytics switched off.

    Raises
    ------
    ConfigError
        If it is not installed.
    """
    from dataaudit.errors import ConfigError

    os.environ["GX_ANALYTICS_ENABLED"] = "false"  # read when it is imported
    try:
        with quiet():
            import great_expectations
    except ImportError as error:
        raise ConfigError(
            f"A suite of expectations needs Great Expectations, which cannot be imported ({error}).",
            "Install it: pip install great-expectations.",
        ) from error
    return great_expectations


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let nothing of what the library prints or warns of reach standard output, which belongs to the report."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def own_context() -> Iterator[Any]:
    """Give a data context of our own, in memory, and leave the one that the user works in as it was."""
    gx = library()
    from great_expectations.data_context.data_context.context_factory import project_manager
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.exceptions.exceptions import DataContextRequiredError

    try:
        before = project_manager.get_current_project()
    except DataContextRequiredError:
        before = None
    try:
        with quiet():
            context = gx.get_context(mode="ephemeral")
            context.enable_analytics(False)
            context.variables.progress_bars = ProgressBarsConfig(globally=False)
            yield context
    finally:
        project_manager.set_project(before)
