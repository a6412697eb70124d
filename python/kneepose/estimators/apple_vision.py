"""Adapter for exports of Apple Vision: joints by name, as an app writes them to JSON.

A frame is a list of persons. A person is a mapping with ``"joints"``, or is that mapping itself: name in
`VNHumanBodyPoseObservation` → ``{"x", "y", "confidence"}`` or ``[x, y, confidence]``. Coordinates are
shares of the image size with the origin in the lower left corner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, array_of, persons_of
from kneepose.estimators.person import F64, Person
from kneepose.recording.skeleton import Skeleton

__all__ = ["ADAPTER", "is_vision"]

# Landmark → names of the joint: Vision's raw value, and the name in Swift.
_JOINTS: Final = {
    "nose": ("head_joint", "nose"),
    "neck": ("neck_1_joint", "neck"),
    "mid_hip": ("root", "root"),
} | {
    f"{side}_{landmark}": (f"{side}_{raw}_joint", f"{side}{swift}")
    for side in ("left", "right")
    for landmark, raw, swift in (
        ("eye", "eye", "Eye"),
        ("ear", "ear", "Ear"),
        ("shoulder", "shoulder_1", "Shoulder"),
        ("elbow", "forearm", "Elbow"),
        ("wrist", "hand", "Wrist"),
        ("hip", "upLeg", "Hip"),
        ("knee", "leg", "Knee"),
        ("ankle", "foot", "Ankle"),
    )
}
_INDEX: Final = {
    name: i for i, (landmark, names) in enumerate(_JOINTS.items()) for name in {landmark, *names}
}
_OF_VISION: Final = frozenset(name for names in _JOINTS.values() for name in names) - _JOINTS.keys()
_LEAST_JOINTS: Final = 3


def _joints(one: Any) -> Any:
    return one.get("joints", one) if isinstance(one, Mapping) else None


def _is_person(one: Any) -> bool:
    joints = _joints(one)
    return isinstance(joints, Mapping) and sum(name in _INDEX for name in joints) >= _LEAST_JOINTS


def is_vision(one: Any) -> bool:
    """Return True for one person whose joints have the names of Vision."""
    return _is_person(one) and sum(name in _OF_VISION for name in _joints(one)) >= _LEAST_JOINTS


def _stamp(result: Any) -> float | None:
    one = result[0] if isinstance(result, list) and result else result
    time = one.get("timestamp") if isinstance(one, Mapping) else None
    return float(time) if isinstance(time, int | float) else None


def _is_result(result: Any) -> bool:
    persons = result if isinstance(result, list) else [result]
    return bool(persons) and all(map(_is_person, persons))


def _read(result: Any, frame: Frame) -> list[Person]:
    persons = result if isinstance(result, list | tuple) else [result]
    return [person for one in persons for person in _person(one, frame)]


def _person(one: Any, frame: Frame) -> list[Person]:
    if not _is_person(one):
        raise ADAPTER.refuse(one, frame)
    values: F64 = np.full((1, len(_JOINTS), 3), np.nan)
    values[..., 2] = 0.0
    for name, point in _joints(one).items():
        if name in _INDEX and point is not None:
            if isinstance(point, Mapping):
                point = [point.get("x"), point.get("y"), point.get("confidence", 1.0)]
            numbers = array_of([np.nan if v is None else v for v in point], name, frame)
            if numbers.shape not in ((2,), (3,)):
                raise FormatError(
                    f"{name} of results[{frame.number}] has {numbers.size} numbers; needed x, y and "
                    "confidence."
                )
            values[0, _INDEX[name]] = [*numbers, 1.0][:3]
    values[..., 1] = 1.0 - values[..., 1]
    return persons_of(values[..., :2], values[..., 2], frame, zero_is_missing=False)


ADAPTER: Final = Adapter(
    name="apple_vision",
    version="iOS 18",
    needed="joints of Apple Vision by name",
    read=_read,
    fits=_is_result,
    own_skeleton=Skeleton("apple_vision", list(_JOINTS)),
    stamp=_stamp,
    divided_by_size=True,
)
