"""Features that hardly vary."""
