"""Test support: bodies, cameras, damage, recordings with known truth."""
