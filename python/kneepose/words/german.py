"""The German texts."""

from __future__ import annotations

from typing import Final

from kneepose.words.catalogue import Language

__all__ = ["GERMAN"]

_MESSAGES: dict[str, str | tuple[str, ...]] = {}

GERMAN: Final = Language("de", _MESSAGES, decimal=",", lowers=False)
