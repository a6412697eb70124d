"""Adapter for norfair: detections, and the tracked objects that its tracker returns.

Written for norfair 2.3.0, which is never imported. The points of a tracked object are taken from
its detection in this frame, not from its filtered estimate, which lags and continues during
absences.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from kneepose.errors import FormatError
from kneepose.estimators.adapter import Adapter, Frame, Whole, array_of, persons_of, track_of
from kneepose.estimators.person import Person

__all__ = ["ADAPTER"]


def _is_tracked(one: Any) -> bool:
    return hasattr(one, "last_detection") and hasattr(one, "live_points")


def _is_detection(one: Any) -> bool:
    return hasattr(one, "points") and hasattr(one, "scores") and hasattr(one, "absolute_points")


def _is_result(result: Any) -> bool:
    return (
        isinstance(result, list)
        and bool(result)
        and all(_is_tracked(one) or _is_detection(one) for one in result)
    )


def _refuse_kept_objects(results: Any) -> Whole | None:
    """Raise `FormatError` if a list contains the same tracked object in two frames.

    Such an object was updated in place, so it shows the last frame only.
    """
    if isinstance(results, list) and all(isinstance(frame, list) for frame in results):
        tracked = [id(one) for frame in results for one in frame if _is_tracked(one)]
        if len(set(tracked)) < len(tracked):
            raise FormatError(
                "results holds the same tracked object in several frames: norfair changes it in place, "
                "so that all show the last frame. Pass a generator, (tracker.update(found) for found in "
                "detections), or a list of the detections."
            )
    return None


def _read(result: Any, frame: Frame) -> list[Person]:
    if not isinstance(result, list | tuple):
        raise ADAPTER.refuse(result, frame)
    persons: list[Person] = []
    for one in result:
        track = None
        detection = one
        if _is_tracked(one):
            track, detection = track_of(one.id), one.last_detection
            if frame.memory.get(track) is detection:
                continue  # detection of an earlier frame: the tracker only predicts here
            frame.memory[track] = detection
        if not _is_detection(detection):
            raise ADAPTER.refuse(one, frame)
        points = array_of(detection.points, "points", frame)
        scores = detection.scores
        sure = np.ones(len(points)) if scores is None else array_of(scores, "scores", frame)
        persons += persons_of(points[None], sure[None], frame, tracks=[track])
    return persons


ADAPTER: Final = Adapter(
    name="norfair",
    version="2.3.0",
    needed="a list of norfair detections, or of the tracked objects of Tracker.update",
    read=_read,
    fits=_is_result,
    whole=_refuse_kept_objects,
)
