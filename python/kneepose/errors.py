"""The errors and the warning of kneepose: one family, plain words.

Every message names the argument, what was given, what was needed and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

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


class KneeposeError(ValueError):
    """Base of every error that kneepose raises on purpose; catch this one to catch them all."""

    def __str__(self) -> str:
        # KeyError would print the repr of the message, quotes included.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class SkeletonError(KneeposeError):
    """The keypoints do not fit the skeleton, or the skeleton itself does not hold together."""


class CoordinateError(KneeposeError):
    """Coordinates, confidence, or what they are said to mean (space, unit, image size)."""


class TimeError(KneeposeError):
    """Timestamps or frame rate that cannot be right."""


class CalibrationError(KneeposeError):
    """A recording that was to show standing and does not."""


class FormatError(KneeposeError):
    """A file, or an object of a pose estimator, that is not built as expected."""


class UnknownNameError(KneeposeError, KeyError):
    """A name that is not on the list; the message gives the near ones.

    Also a `KeyError`, because most of these come from a look-up.
    """

    @classmethod
    def of(cls, kind: str, given: object, known: Iterable[object], *, hint: str = "") -> Self:
        """Build the error for one unknown name.

        Parameters
        ----------
        kind
            What the name is of, as the message should call it: ``"skeleton"``, ``"view"``.
        given
            What was passed.
        known
            The names that would have worked, in the order in which to list them.
        hint
            One more sentence: what else can be done.

        Examples
        --------
        >>> print(UnknownNameError.of("skeleton", "coc17", ["coco17", "halpe26"]))
        unknown skeleton 'coc17': did you mean 'coco17'? Known: 'coco17', 'halpe26'.
        """
        names = list(known)
        near = near_names(given, names)
        message = f"unknown {kind} {given!r}"
        if near:
            message += f": did you mean {' or '.join(map(repr, near))}?"
        else:
            message += "."
        if names:
            shown = ", ".join(map(repr, names[:_LISTED_NAMES]))
            more = len(names) - _LISTED_NAMES
            message += f" Known: {shown}{f' and {more} more' if more > 0 else ''}."
        else:
            message += " None is known."
        return cls(f"{message} {hint}".rstrip())


class DependencyError(KneeposeError, ImportError):
    """An optional package is not installed; the message names the extra that brings it."""


class RecordingWarning(UserWarning):
    """A recording that can be used, with less trust: a low frame rate, for example."""


def near_names(given: object, known: Iterable[object]) -> list[str]:
    """Return up to three of the `known` names that resemble `given`, nearest first.

    Upper and lower case make no difference, nor do spaces, hyphens and underscores.
    """

    import difflib  # only errors need it

    def plain(name: object) -> str:
        return str(name).lower().replace("-", "_").replace(" ", "_")

    by_plain = {plain(name): str(name) for name in known}
    found = difflib.get_close_matches(plain(given), list(by_plain), n=3, cutoff=0.6)
    return [by_plain[name] for name in found]
