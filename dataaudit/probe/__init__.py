"""Models on a bounded sample: what cannot be counted in one pass."""
