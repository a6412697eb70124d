"""Plain English wording of the clinical texts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["PLAIN"]

#: Clinical English text → what says it in everyday words.
PLAIN: Final[Mapping[str, str]] = MappingProxyType({})
