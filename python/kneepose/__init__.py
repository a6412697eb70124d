"""kneepose."""
