"""Repetition counting scored against annotated recordings."""
