"""The entry points of the library."""

from dataaudit.api.batches import audit_batches
from dataaudit.api.data import audit, profile_of
from dataaudit.api.run import probe_settings

__all__ = ["audit", "audit_batches", "probe_settings", "profile_of"]
