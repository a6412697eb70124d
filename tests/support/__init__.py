"""Test support: bodies, cameras, damage, and recordings with known truth."""
