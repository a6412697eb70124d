"""Adapter for the JSON of OpenPose, one object per frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kneepose.errors import FormatError
from kneepose.estimators.adapter import (
    Adapter,
    Frame,
    Whole,
    array_of,
    people_of,
    persons_of,
    track_of,
)
from kneepose.estimators.person import F64, I64, Person

__all__ = ["ADAPTER", "whole_of_flats"]


def _is_result(result: Any) -> bool:
    return isinstance(result, Mapping) and "people" in result


def whole_of_flats(n_frames: int, frames: I64, flats: F64, ids: F64) -> Whole:
    """Return the persons of all frames from concatenated arrays.

    Parameters
    ----------
    n_frames
        Number of frames.
    frames
        Number of each person's frame, in order, shape (N,).
    flats
        `pose_keypoints_2d` of each person, shape (N, 3 K).
    ids
        `person_id` of each person, shape (N,); NaN where it is missing or invalid.

    Raises
    ------
    FormatError
        A person does not have three numbers per keypoint.
    """
    if flats.shape[1] % 3:
        raise FormatError(
            f"pose_keypoints_2d has {flats.shape[1]} numbers a person; needed x, y, confidence for each "
            "keypoint."
        )
    rows = flats.reshape(len(flats), -1, 3)
    tracks = None if (ids < 0).all() else [track_of(one) for one in ids]
    people = people_of(
        rows[..., :2], rows[..., 2], frames=frames, n_frames=n_frames, tracks=tracks,
        zero_is_missing=True,
    )  # fmt: skip
    return Whole(people=people)


def _read(result: Any, frame: Frame) -> list[Person]:
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
)
