"""Mergeable facts: one statistic a file, each a request and the state that answers it."""
