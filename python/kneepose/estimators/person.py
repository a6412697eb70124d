"""`Person`, the common form of estimator results, and `PersonChoice`, the ways to choose one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, UnknownNameError

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: Person to keep: a rule, a track id, or a box (x0, y0, x1, y1) in pixels.
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
        3-D keypoints in meters, shape (K, 3), if the estimator also provides them.
    """

    points: F64
    confidence: F64 | None = None
    track: int | None = None
    box: tuple[float, float, float, float] | None = None
    world: F64 | None = None


class People(NamedTuple):
    """Persons of all frames of a recording as arrays: one row per person, ordered by frame.

    Attributes
    ----------
    n_frames
        Number of frames, including those without persons.
    frames
        Number of each person's frame, in order, shape (N,).
    points
        Keypoints as in `Person`, shape (N, K, D).
    confidence
        Shape (N, K), 0 where missing.
    tracks
        Track id of each person, or None.
    boxes
        Boxes as in `Person`, shape (N, 4), NaN where missing; None if all are missing.
    world
        3-D keypoints as in `Person`, shape (N, K, 3), NaN where missing; None if all are missing.
    single
        True if all rows are known to be the same individual, so that no choice is needed.
    """

    n_frames: int
    frames: I64
    points: F64
    confidence: F64
    tracks: Sequence[int | None]
    boxes: F64 | None = None
    world: F64 | None = None
    single: bool = False

    @classmethod
    def of(cls, rows: Sequence[Sequence[Person]], keypoints: int, axes: int) -> People:
        """Build `People` from lists of persons per frame, who have `keypoints` keypoints each.

        Parameters
        ----------
        axes
            Number of coordinates per keypoint, used if no frame has a person.

        Raises
        ------
        FormatError
            Some persons have 2-D keypoints, others 3-D.
        """
        persons = [person for row in rows for person in row]
        if len({person.points.shape[1] for person in persons}) > 1:
            raise FormatError("some frames have 2-D keypoints and others 3-D; needed one of them.")
        frames = np.repeat(np.arange(len(rows)), [len(row) for row in rows])

        def column(values: Sequence[Any], absent: F64) -> F64 | None:
            if all(value is None for value in values):
                return None
            return np.array([absent if value is None else value for value in values])

        sure = column([person.confidence for person in persons], np.ones(keypoints))
        return cls(
            len(rows),
            frames,
            np.array([person.points for person in persons])
            if persons
            else np.zeros((0, keypoints, axes)),
            np.ones((len(persons), keypoints)) if sure is None else sure,
            [person.track for person in persons],
            column([person.box for person in persons], np.full(4, np.nan)),
            column([person.world for person in persons], np.full((keypoints, 3), np.nan)),
        )

    def persons(self) -> list[list[Person]]:
        """Return the persons of each frame."""
        rows: list[list[Person]] = [[] for _ in range(self.n_frames)]
        none: Final = [None] * len(self.frames)
        columns = zip(
            self.frames.tolist(),
            self.points,
            self.confidence,
            self.tracks,
            none if self.boxes is None else self.boxes.tolist(),
            none if self.world is None else self.world,
            strict=True,
        )
        for frame, points, confidence, track, box, world in columns:
            known: Any = None if box is None or box[0] != box[0] else tuple(box)
            rows[frame].append(Person(points, confidence, track, known, world))
        return rows


#: Function that extracts the persons from the result of one frame.
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
