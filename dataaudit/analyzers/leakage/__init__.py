"""What crosses from one split to another."""
