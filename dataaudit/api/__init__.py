"""The entry points of the library."""

from dataaudit.api.batches import audit_batches
from dataaudit.api.data import audit, profile_of
from dataaudit.api.expectations import validate
from dataaudit.api.run import probe_settings
from dataaudit.api.stages import audit_stages
from dataaudit.api.watch import Watch, Watcher, watch

__all__ = [
    "Watch",
    "Watcher",
    "audit",
    "audit_batches",
    "audit_stages",
    "probe_settings",
    "profile_of",
    "validate",
    "watch",
]
