"""Adapter for the JSON of OpenPose, one object a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import (
    UNREADABLE,
    Adapter,
    Frame,
    Whole,
    array_of,
    persons_of,
    track_of,
)
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_result(result: Any) -> bool:
    return isinstance(result, Mapping) and "people" in result


def _whole(results: Any) -> Whole | None:
    """Return the frames of one person at a time, read together; None where a frame has several."""
    if not isinstance(results, list) or not results:
        return None
    flats: list[Any] = []
    people: list[Any] = []
    for frame in results:
        persons = frame["people"] if frame is not None else ()
        if len(persons) > 1:
            return None
        flat = persons[0].get("pose_keypoints_2d", ()) if persons else ()
        flats.append(flat if len(flat) else None)
        people += persons if len(flat) else ()
    known = [flat for flat in flats if flat is not None]
    if not known or len(known[0]) % 3 or len({len(flat) for flat in known}) > 1:
        return None
    rows = np.array(known, dtype=np.float64).reshape(len(known), -1, 3)
    tracks = [track_of(one.get("person_id")) for one in people]
    found = iter(persons_of(rows[..., :2], rows[..., 2], Frame(0, None), tracks=tracks))
    return Whole([[] if flat is None else [next(found)] for flat in flats])


def _is_folder(results: Any) -> Whole | None:
    try:
        return _whole(results)
    except UNREADABLE:
        return None  # each frame is read by itself, and the wrong one is named


def _read(result: Any, frame: Frame) -> list[Person]:
    if isinstance(result, list) and all(isinstance(one, Person) for one in result):
        return result
    if not _is_result(result):
        raise ADAPTER.refuse(result, frame)
    persons: list[Person] = []
    for one in result["people"]:
        flat = array_of(one.get("pose_keypoints_2d", ()), "pose_keypoints_2d", frame)
        if not flat.size:
            continue
        if flat.ndim != 1 or flat.size % 3:
            raise FormatError(
                f"pose_keypoints_2d of results[{frame.number}] has shape {flat.shape}; needed a flat "
                "list of x, y, confidence for each keypoint."
            )
        rows = flat.reshape(1, -1, 3)
        tracks = [track_of(one.get("person_id"))]
        persons += persons_of(rows[..., :2], rows[..., 2], frame, tracks=tracks)
    return persons


ADAPTER: Final = Adapter(
    name="openpose",
    version="1.7.0",
    needed="the JSON of an OpenPose frame, a mapping with people",
    read=_read,
    fits=_is_result,
    skeletons={25: "body25", 18: "coco18"},
    whole=_is_folder,
)
