"""Adapter for Ultralytics YOLO pose: a list or stream of `Results`.

Written for Ultralytics 8.4.190. Neither Ultralytics nor torch is ever imported.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import COCO, Adapter, Frame, array_of, persons_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_result(result: Any) -> bool:
    return hasattr(result, "keypoints")


def _single(result: Any, frame: Frame) -> Any:
    """Return the result of a frame, unpacked from the one-element list that `model(frame)` returns."""
    if isinstance(result, list | tuple):
        if len(result) > 1:
            raise FormatError(
                f"results[{frame.number}] is a list of {len(result)}; needed one result per frame. "
                f"Pass one flat list."
            )
        result = result[0] if result else None
    if result is not None and not hasattr(result, "keypoints"):
        raise ADAPTER.refuse(result, frame)
    return result


def _size(result: Any) -> tuple[int, int] | None:
    if isinstance(result, list | tuple) and result:
        result = result[0]
    shape = getattr(result, "orig_shape", None)
    return None if shape is None else (int(shape[1]), int(shape[0]))


def _read(result: Any, frame: Frame) -> list[Person]:
    result = _single(result, frame)
    if result is None:
        return []
    boxes = getattr(result, "boxes", None)
    corners = getattr(boxes, "xyxy", None)
    box = None if corners is None else array_of(corners, "boxes.xyxy", frame)
    if result.keypoints is None:
        if box is not None and box.size:
            raise FormatError(
                f"results[{frame.number}] has boxes but no keypoints, so it is of a detection model; "
                "needed a pose model, such as yolo11n-pose.pt."
            )
        return []
    data = array_of(result.keypoints.data, "keypoints.data", frame)
    if not data.size:
        return []
    if data.ndim == 2:
        data = data[None]
    if data.ndim != 3 or data.shape[2] not in (2, 3):
        raise FormatError(
            f"results[{frame.number}].keypoints.data has shape {data.shape}; needed (N, K, 2 or 3)."
        )
    confidence = data[..., 2] if data.shape[2] == 3 else np.ones(data.shape[:2])
    size = _size(result)
    if size is not None:
        # Keypoints outside the image are clipped to its border with a normal confidence, so border
        # keypoints count as missing.
        xy = data[..., :2]
        border = (xy <= 0).any(axis=2) | (xy >= np.array(size) - 1).any(axis=2)
        confidence = np.where(border, 0.0, confidence)
    ids = getattr(boxes, "id", None)
    tracks = None if ids is None else [int(i) for i in array_of(ids, "boxes.id", frame).ravel()]
    if tracks is not None and len(tracks) != len(data):
        tracks = None
    return persons_of(data[..., :2], confidence, frame, tracks=tracks, boxes=box)


ADAPTER: Final = Adapter(
    name="ultralytics",
    version="8.4.190",
    needed="an Ultralytics result with keypoints",
    read=_read,
    fits=_is_result,
    skeletons=COCO,
    size=_size,
)
