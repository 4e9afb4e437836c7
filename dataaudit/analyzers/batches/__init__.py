"""What a loader feeds: its batches, its epochs, its workers."""
