"""`page_of`: writes the report of a result of the app."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kneepose.analysis.analysis import Analysis
from kneepose.comparison.comparison import Comparison, compare
from kneepose.errors import DependencyError

__all__ = ["page_of"]


def page_of(result: Sequence[Analysis] | Comparison, path: Path) -> Path | None:
    """Write the report of a result and return its path, or None without the packages for pages."""
    try:
        if isinstance(result, Comparison):
            return result.to_html(path)
        return (compare(*result) if len(result) == 2 else result[0]).to_html(path)
    except DependencyError:
        return None
