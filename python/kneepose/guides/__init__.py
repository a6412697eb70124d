"""Guides: how to do and film an exercise, how much, what to watch, and when to stop."""

from kneepose.guides.guide import Guide, guide

__all__ = ["Guide", "guide"]
