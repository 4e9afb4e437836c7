"""Expectations: what a suite says of the data, and the data does not keep."""
