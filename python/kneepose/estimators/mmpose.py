"""Adapter for MMPose: results of its inferencer, and the JSON that it and its demos write.

Written for MMPose 1.3.2. MMPose itself is never imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import (
    Adapter,
    Frame,
    Whole,
    array_of,
    numbered_frames,
    persons_of,
    track_of,
)
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_result(result: Any) -> bool:
    return isinstance(result, Mapping) and any(
        isinstance(result.get(name), list) for name in ("predictions", "instances")
    )


def _instances(result: Any, frame: Frame) -> list[Any]:
    if isinstance(result, Mapping) and "instances" in result:
        return list(result["instances"])
    if isinstance(result, Mapping) and "predictions" in result:
        images = result["predictions"]
        if len(images) > 1 and all(isinstance(image, list) for image in images):
            raise FormatError(
                f"results[{frame.number}] holds {len(images)} images; needed one per result. Call the "
                "inferencer with batch_size=1."
            )
        return list(images[0] if images and isinstance(images[0], list) else images)
    if isinstance(result, list | tuple):
        return list(result)
    raise ADAPTER.refuse(result, frame)


def _read(result: Any, frame: Frame) -> list[Person]:
    persons: list[Person] = []
    for one in _instances(result, frame):
        if not isinstance(one, Mapping) or "keypoints" not in one:
            raise ADAPTER.refuse(one, frame)
        points = array_of(one["keypoints"], "keypoints", frame)
        if points.ndim == 2 and points.shape[1] == 3:
            raise FormatError(
                f"results[{frame.number}] has 3-D keypoints, whose height begins anew in every frame; "
                "needed those of a 2-D model."
            )
        scores = one.get("keypoint_scores")
        confidence = None if scores is None else array_of(scores, "keypoint_scores", frame)
        box = (
            np.ravel(array_of(one["bbox"], "bbox", frame)) if one.get("bbox") is not None else None
        )
        persons += persons_of(
            points,
            confidence,
            frame,
            tracks=[track_of(one.get("track_id"))],
            boxes=None if box is None or box.size < 4 else box[None, :4],
        )
    return persons


def _whole(results: Any) -> Whole | None:
    if isinstance(results, Mapping) and "instance_info" in results:
        results = results["instance_info"]
    elif not (
        isinstance(results, list) and results and all(_has_number(frame) for frame in results)
    ):
        return None
    return Whole(_numbered(results))


def _has_number(frame: Any) -> bool:
    return isinstance(frame, Mapping) and "frame_id" in frame and "instances" in frame


def _numbered(frames: Iterable[Mapping[str, Any]]) -> list[Any]:
    return numbered_frames([(frame.get("frame_id"), frame) for frame in frames])


ADAPTER: Final = Adapter(
    name="mmpose",
    version="1.3.2",
    needed="a result of the MMPose inferencer, or a frame of its JSON",
    read=_read,
    fits=_is_result,
    skeletons={17: "coco17", 26: "halpe26", 133: "wholebody133"},
    whole=_whole,
)
