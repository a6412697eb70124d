"""Exit code of analyses, and output of results as plain data."""

from __future__ import annotations

import json
from typing import Any

from kneepose.analysis.analysis import Analysis
from kneepose.cli.output import NOT_MEASURABLE, OK, say

__all__ = ["outcome", "print_json"]


def outcome(*analyses: Analysis) -> int:
    """Return the exit code: `OK` if each analysis has a repetition."""
    return OK if all(analysis.reps.count for analysis in analyses) else NOT_MEASURABLE


def print_json(data: Any) -> None:
    """Print strict JSON."""
    say(json.dumps(data, indent=2, allow_nan=False))
