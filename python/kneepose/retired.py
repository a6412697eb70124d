"""Public names that go. Each works and warns for one minor version (docs/reference/compatibility.md)."""

from __future__ import annotations

import warnings
from typing import NamedTuple

__all__ = ["RETIRED", "Retired", "warn_retired"]


class Retired(NamedTuple):
    """The name to use instead, and the version that no longer has the old one."""

    instead: str
    until: str


#: Old name → what replaces it. Names are written as `tools.public_names` writes them: `compare`,
#: `analysis.Analysis.summary`, `compare(mdc)`, `$ kneepose analyze --film`.
RETIRED: dict[str, Retired] = {}


def warn_retired(name: str, *, stacklevel: int = 3) -> Retired:
    """Warn the caller of the code that calls this, and return the row of the name."""
    row = RETIRED[name]
    message = f"{name} will be removed in kneepose {row.until}: use {row.instead}"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel)
    return row
