"""Adapter for MediaPipe Pose: Tasks (image, video and live stream), Holistic, and legacy `solutions`.

Written for MediaPipe Tasks 1.2.2 and legacy 0.10.21. MediaPipe itself is never imported. Results
that a program wrote to JSON are also read: a frame is a list of landmarks ``{"x", "y", "z",
"visibility"}``, or a mapping with this list under a name such as ``"landmarks"`` and a frame number
or time.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

import numpy as np

from kneepose.errors import SkeletonError
from kneepose.estimators.adapter import Adapter, Frame, Whole, frame_numbers
from kneepose.estimators.person import F64, Person

__all__ = ["ADAPTER"]

_LANDMARKS: Final = 33
_FIELDS: Final = attrgetter("x", "y", "z", "visibility")


#: Names of the image landmarks in JSON: of the Python package, and of its web version.
_IN_IMAGE: Final = ("pose_landmarks", "poseLandmarks", "landmarks")
_IN_WORLD: Final = ("pose_world_landmarks", "poseWorldLandmarks", "worldLandmarks")
_NUMBERS: Final = ("frame", "frame_number", "frame_id", "frame_index", "frame_idx")
#: JSON name of a frame's time → its unit in seconds.
_TIMES: Final = {
    "timestamp_ms": 1e-3,
    "time_ms": 1e-3,
    "timestamp": 1.0,
    "time": 1.0,
    "time_s": 1.0,
}


def _is_result(result: Any) -> bool:
    return hasattr(result, "pose_landmarks") or _is_json(result)


def _is_json(result: Any) -> bool:
    if isinstance(result, Mapping):
        return any(name in result for name in _IN_IMAGE)
    return _is_landmarks(result)


def _is_landmarks(values: Any) -> bool:
    return (
        isinstance(values, list)
        and len(values) == _LANDMARKS
        and all(isinstance(one, Mapping) and {"x", "y"} <= one.keys() for one in values)
    )


def _part(result: Any, names: tuple[str, ...]) -> Any:
    """Return the landmarks under the first of these names that a result has."""
    if isinstance(result, Mapping):
        return next((result[name] for name in names if result.get(name)), None)
    if isinstance(result, list):
        return result if names is _IN_IMAGE else None
    return getattr(result, names[0], None)


def _read(result: Any, frame: Frame) -> list[Person]:
    if isinstance(result, tuple) and result and _is_result(result[0]):
        result = result[0]  # arguments of the callback of the live stream
    if not _is_result(result):
        raise ADAPTER.refuse(result, frame)
    image = _landmark_lists(_part(result, _IN_IMAGE), frame)
    world = _landmark_lists(_part(result, _IN_WORLD), frame)
    return [
        Person(
            points=row[:, :2],
            confidence=row[:, 3],
            world=world[i][:, :3] if i < len(world) else None,
        )
        for i, row in enumerate(image)
    ]


def _stamp(result: Any) -> float | None:
    """Return the time of a live-stream callback's (result, image, timestamp_ms), else None."""
    if isinstance(result, tuple) and len(result) == 3 and isinstance(result[2], int):
        return result[2] / 1000.0
    return None


def _whole(results: Any) -> Whole | None:
    """Return JSON frames with numbers or times as `Whole`, as files often omit empty frames."""
    rows = [one for one in results if one is not None] if isinstance(results, list) else []
    if not rows or not all(isinstance(one, Mapping) and _is_json(one) for one in rows):
        return None
    time = next((name for name in _TIMES if all(name in one for one in rows)), None)
    if time is not None:
        seconds = np.array([one[time] for one in rows], dtype=np.float64) * _TIMES[time]
        return Whole(rows, times=seconds)
    number = next((name for name in _NUMBERS if all(name in one for one in rows)), None)
    if number is None:
        return None
    places = frame_numbers([one[number] for one in rows])
    frames: list[Any] = [None] * (places[-1] + 1)
    for place, one in zip(places, sorted(rows, key=lambda one: one[number]), strict=True):
        frames[place] = one
    return Whole(frames)


def _landmark_lists(landmarks: Any, frame: Frame) -> list[F64]:
    if landmarks is None:
        return []
    if hasattr(landmarks, "landmark"):
        return [_landmarks(landmarks.landmark, frame)]
    # Holistic returns one person without an outer list
    if len(landmarks) and _value(landmarks[0], "x") is not None:
        return [_landmarks(landmarks, frame)]
    return [_landmarks(person, frame) for person in landmarks]


def _landmarks(landmarks: Any, frame: Frame) -> F64:
    """Return x, y, z, visibility, shape (33, 4); missing values are NaN, missing visibility 1."""
    if len(landmarks) != _LANDMARKS:
        raise SkeletonError(
            f"results[{frame.number}] has {len(landmarks)} landmarks; needed the {_LANDMARKS} of "
            f"MediaPipe Pose. Hand (21) and face (468, 478) models are not supported."
        )
    try:
        rows = list(map(_FIELDS, landmarks))
    except AttributeError:
        names = ("x", "y", "z", "visibility")
        rows = [tuple(_value(landmark, name) for name in names) for landmark in landmarks]
    values = np.array(rows, dtype=np.float64)
    visibility = values[:, 3]
    visibility[np.isnan(visibility)] = 1.0
    return values


def _value(landmark: Any, name: str) -> Any:
    return landmark.get(name) if isinstance(landmark, Mapping) else getattr(landmark, name, None)


ADAPTER: Final = Adapter(
    name="mediapipe",
    version="1.2.2",
    needed="a MediaPipe pose result with pose_landmarks",
    read=_read,
    fits=_is_result,
    skeletons={_LANDMARKS: "mediapipe33"},
    whole=_whole,
    stamp=_stamp,
    divided_by_size=True,
    up="-y",
    depth="estimated",
    notes={"assumed_level_camera": True, "hip_centered": True},
)
