"""Speed against the ways that people write these things today."""
