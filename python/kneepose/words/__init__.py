"""The sentences and labels that people read."""
