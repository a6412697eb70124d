"""Adapter for MediaPipe Pose: Tasks (image, video and live stream), Holistic, and legacy `solutions`.

Written for MediaPipe Tasks 1.2.2 and legacy 0.10.21. MediaPipe itself is never imported.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, Final

import numpy as np

from kneepose.errors import SkeletonError
from kneepose.estimators.adapter import Adapter, Frame
from kneepose.estimators.person import F64, Person

__all__ = ["ADAPTER"]

_LANDMARKS: Final = 33
_FIELDS: Final = attrgetter("x", "y", "z", "visibility")


def _is_result(result: Any) -> bool:
    return hasattr(result, "pose_landmarks")


def _read(result: Any, frame: Frame) -> list[Person]:
    if isinstance(result, tuple) and result and _is_result(result[0]):
        result = result[0]  # the arguments of a callback of the live stream
    if not _is_result(result):
        raise ADAPTER.refuse(result, frame)
    image = _landmark_lists(result.pose_landmarks, frame)
    world = _landmark_lists(getattr(result, "pose_world_landmarks", None), frame)
    return [
        Person(
            points=row[:, :2],
            confidence=row[:, 3],
            world=world[i][:, :3] if i < len(world) else None,
        )
        for i, row in enumerate(image)
    ]


def _stamp(result: Any) -> float | None:
    """Return the time of (result, image, timestamp_ms), the arguments of a callback of a live stream."""
    if isinstance(result, tuple) and len(result) == 3 and isinstance(result[2], int):
        return result[2] / 1000.0
    return None


def _landmark_lists(landmarks: Any, frame: Frame) -> list[F64]:
    if landmarks is None:
        return []
    if hasattr(landmarks, "landmark"):
        return [_landmarks(landmarks.landmark, frame)]
    if len(landmarks) and hasattr(landmarks[0], "x"):  # Holistic has one person
        return [_landmarks(landmarks, frame)]
    return [_landmarks(person, frame) for person in landmarks]


def _landmarks(landmarks: Any, frame: Frame) -> F64:
    """Return x, y, z and visibility, shape (33, 4). Missing values: NaN, visibility 1."""
    if len(landmarks) != _LANDMARKS:
        raise SkeletonError(
            f"results[{frame.number}] has {len(landmarks)} landmarks; needed the {_LANDMARKS} of "
            f"MediaPipe Pose. Hand (21) and face (468, 478) models are not supported."
        )
    try:
        rows = list(map(_FIELDS, landmarks))
    except AttributeError:
        rows = [(one.x, one.y, one.z, getattr(one, "visibility", None)) for one in landmarks]
    values = np.array(rows, dtype=np.float64)
    if any(row[3] is None or row[3] != row[3] for row in rows):
        visibility = values[:, 3]
        visibility[np.isnan(visibility)] = 1.0
    return values


ADAPTER: Final = Adapter(
    name="mediapipe",
    version="1.2.2",
    needed="a MediaPipe pose result with pose_landmarks",
    read=_read,
    fits=_is_result,
    skeletons={_LANDMARKS: "mediapipe33"},
    stamp=_stamp,
    divided_by_size=True,
    up="-y",
    depth="estimated",
    notes={"assumed_level_camera": True, "hip_centered": True},
)
