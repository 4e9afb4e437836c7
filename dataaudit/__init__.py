"""dataaudit: the preflight check for training data.

>>> import dataaudit
>>> report = dataaudit.audit("train.csv", test="test.csv", target="survived")  # doctest: +SKIP
>>> report.verdict  # doctest: +SKIP
'warn'

Names are loaded on first use, so that ``import dataaudit`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataaudit.api import audit, audit_batches, audit_stages, profile_of, validate
    from dataaudit.api.diff import diff
    from dataaudit.bridges.great_expectations import suite_from
    from dataaudit.errors import (
        ConfigError,
        DataauditError,
        FindingsError,
        NothingReadError,
        OutputError,
        SourceError,
    )
    from dataaudit.model import Finding, Severity
    from dataaudit.profile import Profile
    from dataaudit.report.report import Report, load
    from dataaudit.testing import assert_clean

__version__ = "0.1.0"

__all__ = [
    "ConfigError",
    "DataauditError",
    "Finding",
    "FindingsError",
    "NothingReadError",
    "OutputError",
    "Profile",
    "Report",
    "Severity",
    "SourceError",
    "__version__",
    "assert_clean",
    "audit",
    "audit_batches",
    "audit_stages",
    "diff",
    "load",
    "profile_of",
    "suite_from",
    "validate",
    "watch",
]

_HOMES = {
    "assert_clean": "dataaudit.testing",
    "audit": "dataaudit.api",
    "audit_batches": "dataaudit.api",
    "audit_stages": "dataaudit.api",
    "diff": "dataaudit.api.diff",
    "load": "dataaudit.report.report",
    "profile_of": "dataaudit.api",
    "suite_from": "dataaudit.bridges.great_expectations",
    "validate": "dataaudit.api",
    "watch": "dataaudit.api",
    "Report": "dataaudit.report.report",
    "Profile": "dataaudit.profile",
    "Finding": "dataaudit.model",
    "Severity": "dataaudit.model",
    "ConfigError": "dataaudit.errors",
    "DataauditError": "dataaudit.errors",
    "FindingsError": "dataaudit.errors",
    "NothingReadError": "dataaudit.errors",
    "OutputError": "dataaudit.errors",
    "SourceError": "dataaudit.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
