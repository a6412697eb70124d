"""Frames one by one: streams, their states and events."""
