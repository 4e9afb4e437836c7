"""The settings themselves: suppressions that no longer hold, or never did."""
