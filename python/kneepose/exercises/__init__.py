"""Exercises and faults as rows."""
