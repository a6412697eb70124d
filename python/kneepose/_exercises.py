"""The exercises."""

from __future__ import annotations

from functools import cache
from typing import Any

from . import _core
from ._errors import UnknownNameError

__all__ = ["check_exercise", "check_side", "exercise_row", "exercise_table"]


def exercise_table() -> list[dict[str, Any]]:
    """Return all exercises: rep signal by view, least range, what is read off, how to film it."""
    return _core.exercise_table()


@cache
def _rows() -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in _core.exercise_table()}


def exercise_row(name: str) -> dict[str, Any]:
    """Return one row.

    Raises
    ------
    UnknownNameError
        No such exercise; the message lists the near ones.
    """
    if name not in _rows():
        raise UnknownNameError.of("exercise", name, _rows())
    return _rows()[name]


def check_exercise(name: str) -> str:
    """Return the name if there is such an exercise."""
    return str(exercise_row(name)["name"])


def check_side(side: str) -> str:
    """Return the side if it is left or right."""
    if side not in ("left", "right"):
        raise UnknownNameError.of("side", side, ["left", "right"])
    return side
