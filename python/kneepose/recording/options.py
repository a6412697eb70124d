"""Plain options of calls, read once at the edge."""

from __future__ import annotations

from typing import Any

import numpy as np

from kneepose.errors import KneeposeError

__all__ = ["parse_flag", "parse_numbers"]


def parse_flag(given: Any, argument: str) -> bool:
    """Return True or False, which may be NumPy's."""
    if not isinstance(given, bool | np.bool_):
        raise KneeposeError(f"{argument} is {given!r}; it must be True or False.")
    return bool(given)


def parse_numbers(given: Any, argument: str, count: int) -> list[float] | None:
    """Return that many finite numbers, or None for None."""
    if given is None:
        return None
    try:
        numbers = [float(number) for number in given]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise KneeposeError(f"{argument} is {given!r}; it must be {count} finite numbers.")
    return numbers
