"""Bridges to other tools: each imports what it needs where it is used."""
