"""Rules on what the stages of a pipeline make of the same rows."""
