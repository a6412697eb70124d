"""Validation of call options and of fields of specs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from kneepose.errors import KneeposeError, UnknownNameError

__all__ = [
    "as_float",
    "parse_choice",
    "parse_flag",
    "parse_items",
    "parse_mapping",
    "parse_number",
    "parse_numbers",
    "parse_real",
    "parse_text",
]

Item = TypeVar("Item")
Choice = TypeVar("Choice", bound=str)


def parse_choice(given: Any, argument: str, known: Iterable[Choice]) -> Choice | None:
    """Check that `given` is one of `known`, and return it. None stays None."""
    if given is None:
        return None
    names = tuple(known)
    for name in names:
        if isinstance(given, str) and given == name:
            return name
    raise UnknownNameError.of(argument, given, names)


def parse_mapping(given: Any, field: str) -> dict[Any, Any]:
    """Check that `given` is a mapping, and return a copy. None is an empty one."""
    if given is not None and not isinstance(given, Mapping):
        raise KneeposeError(f"{field} is {given!r}; it must be a dict.")
    return dict(given or {})


def parse_flag(given: Any, argument: str) -> bool:
    """Check that `given` is a Python or NumPy bool, and return it as bool."""
    if not isinstance(given, bool | np.bool_):
        raise KneeposeError(f"{argument} is {given!r}; it must be True or False.")
    return bool(given)


def parse_numbers(given: Any, argument: str, count: int) -> list[float] | None:
    """Check that `given` holds `count` finite numbers, and return them. None stays None."""
    if given is None:
        return None
    try:
        numbers = [as_float(number) for number in given]
    except TypeError:
        numbers = []
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise KneeposeError(f"{argument} is {given!r}; it must be {count} finite numbers.")
    return numbers


def parse_text(given: Any, field: str, *, needed: bool = True) -> str:
    """Check that `given` is text, non-empty if `needed`, and return it."""
    if not isinstance(given, str) or (needed and not given.strip()):
        raise KneeposeError(f"{field} is {given!r}; it must be text{', not empty' * needed}.")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise KneeposeError(
            f"{field} is {given[:80]!r}, with half a character that no file can hold; give other text."
        ) from None
    return given


def parse_number(given: Any, field: str) -> float:
    """Check that `given` is a finite number, and return it as float."""
    is_number = isinstance(given, int | float | np.integer | np.floating)
    number = as_float(given) if is_number and not isinstance(given, bool) else np.nan
    if not np.isfinite(number):
        raise KneeposeError(f"{field} is {given!r}; it must be a finite number.")
    return number


def as_float(given: Any) -> float:
    """Return a number as float, NaN for what is none or is too large for one."""
    try:
        return float(given)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def parse_real(given: Any, argument: str) -> float:
    """Return a number as float, NaN and infinity too, for the core to judge."""
    number = as_float(given)
    if number != number and not isinstance(given, float | np.floating):
        raise KneeposeError(f"{argument} is {given!r}; it must be a number.")
    return number


def parse_items(given: Iterable[Any], field: str, *kinds: type[Item]) -> tuple[Item, ...]:
    """Check that `given` is a tuple or list of items of `kinds`, and return it as tuple."""
    if not isinstance(given, tuple | list) or not all(isinstance(item, kinds) for item in given):
        names = " or ".join("names" if kind is str else kind.__name__ for kind in kinds)
        example = "('fppa',)" if str in kinds else f"({kinds[0].__name__}(...),)"
        raise KneeposeError(
            f"{field} is {given!r}; it must be a tuple of {names}, such as {example}."
        )
    return tuple(given)
