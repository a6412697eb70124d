"""Exit code for analyses, and JSON output of results."""

from __future__ import annotations

import json
from typing import Any

from kneepose.analysis.analysis import Analysis
from kneepose.cli.output import NOT_MEASURABLE, OK, say

__all__ = ["outcome", "print_json"]


def outcome(*analyses: Analysis) -> int:
    """Return the exit code: `OK` if every analysis counted a repetition, else `NOT_MEASURABLE`."""
    return OK if all(analysis.reps.count for analysis in analyses) else NOT_MEASURABLE


def print_json(data: Any) -> None:
    """Print data as strict JSON, without NaN or infinity."""
    say(json.dumps(data, indent=2, allow_nan=False))
