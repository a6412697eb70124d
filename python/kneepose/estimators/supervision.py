"""Adapter for `supervision.KeyPoints`, which supervision makes from the results of further estimators.

Written for supervision 0.31.2. supervision itself is never imported.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.estimators.adapter import Adapter, Frame, array_of, persons_of, track_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_result(result: Any) -> bool:
    return hasattr(result, "xy") and hasattr(result, "class_id") and hasattr(result, "data")


def _read(result: Any, frame: Frame) -> list[Person]:
    if not _is_result(result):
        raise ADAPTER.refuse(result, frame)
    points = array_of(result.xy, "xy", frame)
    # `confidence` is the name before version 0.28; reading it warns in later versions.
    name = "keypoint_confidence" if hasattr(result, "keypoint_confidence") else "confidence"
    values = getattr(result, name)
    confidence = np.ones(points.shape[:2]) if values is None else array_of(values, name, frame)
    visible = getattr(result, "visible", None)
    if visible is not None:
        confidence = np.where(array_of(visible, "visible", frame) > 0, confidence, 0.0)
    ids = result.data.get("tracker_id") if isinstance(result.data, dict) else None
    tracks = None if ids is None else [track_of(i) for i in np.ravel(ids)]
    return persons_of(points, confidence, frame, tracks=tracks)


ADAPTER: Final = Adapter(
    name="supervision",
    version="0.31.2",
    needed="supervision.KeyPoints",
    read=_read,
    fits=_is_result,
    skeletons={17: "coco17", 33: "mediapipe33"},
)
