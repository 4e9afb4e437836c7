"""Great Expectations: suites made from audits, suites run within audits, audits run within checkpoints.

The library takes seconds to import; it is imported when one of these is used, and nowhere else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataaudit.bridges.great_expectations.expectation import ExpectDatasetToPassAudit
    from dataaudit.bridges.great_expectations.run import read_suite, run_suite
    from dataaudit.bridges.great_expectations.suite import suite_from

__all__ = ["ExpectDatasetToPassAudit", "read_suite", "run_suite", "suite_from"]

_HOMES = {
    "ExpectDatasetToPassAudit": "expectation",
    "read_suite": "run",
    "run_suite": "run",
    "suite_from": "suite",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
