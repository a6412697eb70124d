"""Tests. Modules in `support` and `reference` are imported by their full names."""
