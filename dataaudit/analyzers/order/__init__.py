"""The order of rows, and the batches it gives."""
