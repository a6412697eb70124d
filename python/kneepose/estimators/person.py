"""`Person`, the one form in which every estimator's result is read, and the words that choose one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose.errors import UnknownNameError

F64 = npt.NDArray[np.float64]

#: Which person to keep: a rule, a track id, or a box (x0, y0, x1, y1) in pixels.
PersonChoice: TypeAlias = Literal["main", "largest", "first"] | int | Sequence[float]

RULES: Final = ("main", "largest", "first")


class Person(NamedTuple):
    """One person in one frame.

    Attributes
    ----------
    points
        Keypoints in pixels, y down, shape (K, 2), or in a unit of length, shape (K, 3); NaN where
        missing.
    confidence
        Confidence of each keypoint, 0 where missing, shape (K,). None stands for 1.
    track
        Track id of the estimator's tracker, or None.
    box
        (x0, y0, x1, y1) of the detection in pixels, or None.
    world
        The same keypoints in meters, shape (K, 3), if the estimator estimates them too.
    """

    points: F64
    confidence: F64 | None = None
    track: int | None = None
    box: tuple[float, float, float, float] | None = None
    world: F64 | None = None


#: Extracts the persons from the result of one frame.
Reader: TypeAlias = Callable[[Any], Sequence[Person]]


def parse_person(person: Any) -> str | int | tuple[float, ...]:
    """Check that `person` is a rule, a track id or a box, and return it.

    Raises
    ------
    UnknownNameError
        `person` is none of these.
    """
    if isinstance(person, int | np.integer) and not isinstance(person, bool):
        return int(person)
    if isinstance(person, str) and person in RULES:
        return person
    if isinstance(person, Sequence | np.ndarray) and not isinstance(person, str):
        try:
            box = tuple(float(value) for value in person)
        except (TypeError, ValueError):
            box = ()
        if len(box) == 4 and np.isfinite(box).all() and box[0] < box[2] and box[1] < box[3]:
            return box
    raise UnknownNameError.of(
        "person",
        person,
        RULES,
        hint="Or pass a track id, a whole number, or a box (x0, y0, x1, y1) in pixels.",
    )
