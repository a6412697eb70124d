"""Exceptions and the warning of kneepose.

Every message names the argument, the given value, the needed value, and a remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Self

__all__ = [
    "CalibrationError",
    "CoordinateError",
    "DependencyError",
    "FormatError",
    "KneeposeError",
    "RecordingWarning",
    "SkeletonError",
    "TimeError",
    "UnknownNameError",
]

_LISTED_NAMES = 40
#: Maximum number of characters of a given name in a message; longer names get no suggestions.
_SHOWN_NAME = 100
#: Characters of a message. Of a longer one, which shows a large value, the middle is left out.
_SHOWN: Final = 1500


class KneeposeError(ValueError):
    """Base class of all exceptions of kneepose."""

    def __init__(self, *args: object) -> None:
        super().__init__(*(_shortened(arg) if isinstance(arg, str) else arg for arg in args))

    def __str__(self) -> str:
        # UnknownNameError is also a KeyError, which would print the message in quotes.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


def _shortened(message: str) -> str:
    """Return a message with the begin, which names the argument, and the end, which has the remedy."""
    if len(message) <= _SHOWN:
        return message
    half = _SHOWN // 2 - 50  # for the words between, so that a short message stays as it is
    return f"{message[:half]} … ({len(message) - 2 * half} characters) … {message[-half:]}"


class SkeletonError(KneeposeError):
    """The keypoints do not fit the skeleton, or the skeleton is inconsistent."""


class CoordinateError(KneeposeError):
    """Coordinates or confidence are malformed, or contradict the stated space, unit or image size."""


class TimeError(KneeposeError):
    """Timestamps or the frame rate are not valid."""


class CalibrationError(KneeposeError):
    """A recording for calibration does not show a standing person."""


class FormatError(KneeposeError):
    """A file, or a result of a pose estimator, does not have the expected format."""


class UnknownNameError(KneeposeError, KeyError):
    """A name is not known. The message lists similar names.

    It is also a `KeyError`, because most of these names are keys of a mapping.
    """

    @classmethod
    def of(cls, kind: str, given: object, known: Iterable[object], *, hint: str = "") -> Self:
        """Build the error for one unknown name.

        Parameters
        ----------
        kind
            Kind of name for the message, such as ``"skeleton"`` or ``"view"``.
        given
            Value that was passed.
        known
            Valid names, in the order of the message.
        hint
            Further sentence about alternatives.

        Examples
        --------
        >>> print(UnknownNameError.of("skeleton", "coc17", ["coco17", "halpe26"]))
        unknown skeleton 'coc17': did you mean 'coco17'? Known: 'coco17', 'halpe26'.
        """
        names = list(known)
        near = near_names(given, names)
        shown = repr(given)
        if len(shown) > _SHOWN_NAME:
            shown = f"{shown[:_SHOWN_NAME]}… ({len(shown)} characters)"
        message = f"unknown {kind} {shown}"
        if near:
            message += f": did you mean {' or '.join(map(repr, near))}?"
        else:
            message += "."
        if names:
            listed = ", ".join(map(repr, names[:_LISTED_NAMES]))
            more = len(names) - _LISTED_NAMES
            message += f" Known: {listed}{f' and {more} more' if more > 0 else ''}."
        else:
            message += " None is known."
        return cls(f"{message} {hint}".rstrip())


class DependencyError(KneeposeError, ImportError):
    """An optional package is not installed. The message names the extra to install."""


class RecordingWarning(UserWarning):
    """A recording is usable, but its results are less reliable, for example at a low frame rate."""


def near_names(given: object, known: Iterable[object]) -> list[str]:
    """Return up to three of the `known` names that resemble `given`, most similar first.

    Case, and the choice of space, hyphen or underscore, are ignored.
    """

    import difflib  # imported here, since only error messages need it

    def plain(name: object) -> str:
        return str(name).lower().replace("-", "_").replace(" ", "_")

    if len(str(given)) > _SHOWN_NAME:
        return []
    by_plain = {plain(name): str(name) for name in known}
    found = difflib.get_close_matches(plain(given), list(by_plain), n=3, cutoff=0.6)
    return [by_plain[name] for name in found]
