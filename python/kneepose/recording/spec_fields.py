"""What stands in the fields of a spec: text, numbers, tuples of one kind, or an error in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from kneepose.errors import KneeposeError

__all__ = ["flag", "items", "number", "text"]

Kind = TypeVar("Kind")


def text(given: Any, field: str, *, needed: bool = True) -> str:
    """Return the text, which is not empty where it is needed."""
    if not isinstance(given, str) or (needed and not given.strip()):
        raise KneeposeError(f"{field} is {given!r}; it must be text{', not empty' * needed}.")
    return given


def number(given: Any, field: str) -> float:
    """Return the finite number."""
    is_number = isinstance(given, int | float | np.integer | np.floating)
    if not is_number or isinstance(given, bool) or not np.isfinite(given):
        raise KneeposeError(f"{field} is {given!r}; it must be a finite number.")
    return float(given)


def flag(given: Any, field: str) -> bool:
    """Return True or False."""
    if not isinstance(given, bool | np.bool_):
        raise KneeposeError(f"{field} is {given!r}; it must be True or False.")
    return bool(given)


def items(given: Iterable[Any], kind: type[Kind], field: str) -> tuple[Kind, ...]:
    """Return a tuple of that kind; a list will do, a single one will not."""
    name = "names" if kind is str else kind.__name__
    if not isinstance(given, tuple | list) or not all(isinstance(item, kind) for item in given):
        example = "('fppa',)" if kind is str else f"({kind.__name__}(...),)"
        raise KneeposeError(
            f"{field} is {given!r}; it must be a tuple of {name}, such as {example}."
        )
    return tuple(given)
