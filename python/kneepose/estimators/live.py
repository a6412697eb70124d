"""Readers that extract the persons from one live result of a pose estimator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np

from kneepose.errors import CoordinateError, UnknownNameError
from kneepose.estimators import mediapipe, ultralytics
from kneepose.estimators.person import F64, PersonFollower
from kneepose.typing import SkeletonName

__all__ = ["SKELETON_OF", "LivePerson", "Reader", "reader_of"]


class LivePerson(NamedTuple):
    """One person in one frame.

    Attributes
    ----------
    points
        Keypoints in pixels, y down, shape (K, 2); NaN where missing.
    confidence
        Confidence of each keypoint, 0 to 1, shape (K,).
    track
        Track id of the estimator, or None.
    """

    points: F64
    confidence: F64
    track: int | None


Reader = Callable[[Any], list[LivePerson]]

#: Name of an estimator → name of its skeleton.
SKELETON_OF: Final[dict[str, SkeletonName]] = {"mediapipe": "mediapipe33", "ultralytics": "coco17"}


def reader_of(estimator: str, resolution_wh: tuple[int, int] | None) -> Reader:
    """Return the function that extracts the persons from a result of `estimator`.

    Raises
    ------
    UnknownNameError
        The estimator is not known.
    CoordinateError
        `resolution_wh` is missing for MediaPipe, whose coordinates are divided by the image size.
    """
    if estimator == "ultralytics":
        return _of_ultralytics
    if estimator != "mediapipe":
        hint = "For other estimators pass arrays and skeleton=."
        raise UnknownNameError.of("estimator", estimator, SKELETON_OF, hint=hint)
    if resolution_wh is None:
        raise CoordinateError(
            "resolution_wh is not given; MediaPipe divides x by the image width and y by its height. "
            "Pass resolution_wh=(width, height) of the frames."
        )
    size = np.array(resolution_wh, dtype=np.float64)

    def of_mediapipe(result: Any) -> list[LivePerson]:
        image, _ = mediapipe._persons(result, 0)
        return [LivePerson(row[:, :2] * size, row[:, 3], None) for row in image]

    return of_mediapipe


def _of_ultralytics(result: Any) -> list[LivePerson]:
    single = ultralytics._single(result, 0)
    frame = ultralytics._frame(single, ultralytics._resolution(single), 0)
    if frame is None:
        return []
    ids = frame.ids or (None,) * len(frame.points)
    return [
        LivePerson(np.ascontiguousarray(points[:, :2]), points[:, 2].copy(), track)
        for points, track in zip(frame.points, ids, strict=True)
    ]


def choose_person(follower: PersonFollower, persons: list[LivePerson]) -> LivePerson | None:
    """Return the person that `follower` tracks, or None if that person is not in the frame."""
    chosen = follower.choose([person.points for person in persons], first=0)
    return None if chosen is None else persons[chosen]
