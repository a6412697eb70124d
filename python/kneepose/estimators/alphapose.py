"""Adapter for the JSON of AlphaPose: one flat list of persons, grouped by image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kneepose.errors import FormatError
from kneepose.estimators.adapter import (
    Adapter,
    Frame,
    Whole,
    array_of,
    grouped_by_image,
    persons_of,
    track_of,
)
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]

# The first 26 keypoints of Halpe-136 are those of Halpe-26; face and hands follow and are dropped.
_KEPT: Final = {136: 26}


def _is_person(one: Any) -> bool:
    return isinstance(one, Mapping) and "keypoints" in one and "image_id" in one


def _is_result(result: Any) -> bool:
    return isinstance(result, list) and bool(result) and all(map(_is_person, result))


def _read(result: Any, frame: Frame) -> list[Person]:
    if not isinstance(result, list | tuple):
        raise ADAPTER.refuse(result, frame)
    persons: list[Person] = []
    for one in result:
        if not isinstance(one, Mapping) or "keypoints" not in one:
            raise ADAPTER.refuse(one, frame)
        flat = array_of(one["keypoints"], "keypoints", frame).ravel()
        if not flat.size or flat.size % 3:
            raise FormatError(
                f"keypoints of results[{frame.number}] are {flat.size} numbers; needed x, y, "
                "confidence for each keypoint."
            )
        rows = flat.reshape(1, -1, 3)
        rows = rows[:, : _KEPT.get(rows.shape[1], rows.shape[1])]
        box = one.get("box")
        corners = None
        if box is not None and len(box) == 4:
            left, top, width, height = array_of(box, "box", frame)
            corners = array_of([[left, top, left + width, top + height]], "box", frame)
        persons += persons_of(
            rows[..., :2], rows[..., 2], frame, tracks=[track_of(one.get("idx"))], boxes=corners
        )
    return persons


def _whole(results: Any) -> Whole | None:
    return Whole(grouped_by_image(results)) if _is_result(results) else None


ADAPTER: Final = Adapter(
    name="alphapose",
    version="0.6.0",
    needed="a list of the persons of one image, with image_id and keypoints",
    read=_read,
    fits=_is_result,
    skeletons={17: "coco17", 26: "halpe26", 133: "wholebody133"},
    whole=_whole,
)
