"""User-supplied details of a recording, such as subject, date and exercise, validated as text."""

from __future__ import annotations

import datetime
from typing import Any, Final, Literal, TypedDict

from kneepose.errors import KneeposeError, UnknownNameError

__all__ = ["DETAILS", "Details", "check_text", "parse_details"]


class Details(TypedDict, total=False):
    """Arguments of `Recording` besides the keypoints."""

    subject: str | None
    session: str | None
    date: str | datetime.date | None
    side: Literal["left", "right"] | None
    exercise: str | None
    model_hash: str | None
    file_hash: str | None


DETAILS: Final = tuple(Details.__annotations__)


def parse_details(**given: Any) -> dict[str, str | None]:
    """Return the details as text, with the date in ISO format; None where not given.

    Raises
    ------
    KneeposeError
        A value is not text, or the date is invalid.
    UnknownNameError
        The side is neither left nor right.
    """
    return {name: None if value is None else _parse(name, value) for name, value in given.items()}


def _parse(name: str, value: Any) -> str:
    if name == "date":
        return _parse_date(value)
    if name == "side" and value not in ("left", "right"):
        raise UnknownNameError.of("side", value, ["left", "right"])
    if not isinstance(value, str) or not value.strip():
        raise KneeposeError(f"{name} is {value!r}; it must be text, not empty, or None.")
    return check_text(name, str(value))


def check_text(name: str, text: str) -> str:
    """Return the text if it can be encoded as UTF-8.

    Raises
    ------
    KneeposeError
        The text contains a lone surrogate, as from damaged files or file names.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise KneeposeError(
            f"{name} is {ascii(text)[:100]}, which is no text; give it anew."
        ) from None
    return text


def _parse_date(value: Any) -> str:
    try:
        day = value if isinstance(value, datetime.date) else datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise KneeposeError(
            f'date is {value!r}; it must be a datetime.date or text such as "2026-03-01".'
        ) from None
    return day.date().isoformat() if isinstance(day, datetime.datetime) else day.isoformat()
