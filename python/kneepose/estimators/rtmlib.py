"""Adapter for rtmlib: Body, BodyWithFeet, Wholebody, PoseTracker, and the 2-D part of RTMPose3d.

Written for rtmlib 0.0.16. rtmlib itself is never imported.
"""

from __future__ import annotations

from typing import Any, Final

from kneepose.estimators.adapter import Adapter, Frame, array_of, persons_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_result(result: Any) -> bool:
    return (
        isinstance(result, tuple)
        and len(result) in (2, 4)
        and [getattr(part, "ndim", None) for part in result[:2]] == [3, 2]
    )


def _read(result: Any, frame: Frame) -> list[Person]:
    if not isinstance(result, tuple | list) or len(result) not in (2, 4):
        raise ADAPTER.refuse(result, frame)
    # The 3-D keypoints mix pixels of a crop with a depth in another unit. The fourth item has the
    # 2-D keypoints in image pixels.
    points = array_of(result[0 if len(result) == 2 else 3], "keypoints", frame)
    if not points.size:
        return []
    return persons_of(points, array_of(result[1], "scores", frame), frame)


ADAPTER: Final = Adapter(
    name="rtmlib",
    version="0.0.16",
    needed="(keypoints, scores) of rtmlib, shapes (N, K, 2) and (N, K)",
    read=_read,
    fits=_is_result,
    skeletons={17: "coco17", 18: "coco18", 25: "coco25", 26: "halpe26", 133: "wholebody133"},
)
