"""The entry points of the library."""

from dataaudit.api.data import audit, profile_of
from dataaudit.api.run import probe_settings

__all__ = ["audit", "probe_settings", "profile_of"]
