"""Retired public names, which work with a warning for one minor version (compatibility.md)."""

from __future__ import annotations

import warnings
from typing import NamedTuple

__all__ = ["RETIRED", "Retired", "warn_retired"]


class Retired(NamedTuple):
    """Replacement of a retired name, and the version that removes it."""

    instead: str
    until: str


#: Old name → its replacement. Names are written in the form of `tools.public_names`: `compare`,
#: `analysis.Analysis.summary`, `compare(mdc)`, `$ kneepose analyze --film`.
RETIRED: dict[str, Retired] = {}


def warn_retired(name: str, *, stacklevel: int = 3) -> Retired:
    """Warn that a retired name is used, pointing at the user's code, and return its row."""
    row = RETIRED[name]
    message = f"{name} will be removed in kneepose {row.until}: use {row.instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)
    return row
