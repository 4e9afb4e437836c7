"""Settings: where they stand, which rules they choose, how those rules are set, and which findings are accepted."""

from dataaudit.config.chosen import build_rules, choose, listed, split_words
from dataaudit.config.numbers import SEEDS, whole
from dataaudit.config.options import read_limits
from dataaudit.config.settings import FAIL_ON, Settings, load_settings
from dataaudit.config.suppressions import read_ignored

__all__ = [
    "FAIL_ON",
    "SEEDS",
    "Settings",
    "build_rules",
    "choose",
    "listed",
    "load_settings",
    "read_ignored",
    "read_limits",
    "split_words",
    "whole",
]
