"""Rules that compare two versions of a data set."""
