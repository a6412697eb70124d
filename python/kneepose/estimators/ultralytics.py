"""Adapter for Ultralytics YOLO pose: a list or stream of `Results`.

Written for Ultralytics 8.4.190. Neither Ultralytics nor torch is ever imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError, FormatError, SkeletonError, UnknownNameError
from kneepose.estimators.person import F64, PersonFollower, iter_frames
from kneepose.recording.parse import check_one_clock
from kneepose.recording.recording import Recording
from kneepose.typing import View

__all__ = ["from_ultralytics"]

_KEYPOINTS: Final = 17


@dataclass(frozen=True)
class _Frame:
    points: F64
    """x, y in pixels and confidence, shape (N, 17, 3). Missing keypoints are NaN with confidence 0."""
    areas: F64
    """Area of each person's bounding box in pixels², shape (N,)."""
    ids: tuple[int, ...] | None
    """Track ids of the N persons, or None without a tracker."""


def from_ultralytics(
    results: Iterable[Any],
    *,
    times: npt.ArrayLike | None = None,
    fps: float | None = None,
    person: Literal["largest", "first"] | int = "largest",
    mirrored: bool = False,
    view: View | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Recording:
    """Convert Ultralytics pose results to a `Recording`.

    Parameters
    ----------
    results
        List or generator with one `Results` per frame, or with the one-element list that
        ``model(frame)`` returns. A generator is read once, frame by frame, so ``stream=True`` works.
        None, or a result without a person, becomes a gap.
    times, fps
        Timestamps in seconds, or a constant frame rate. Give exactly one.
    person
        The person to keep in all frames. The order of the persons in a result may change.
        With track ids (``model.track(…, persist=True)``), ``"largest"`` is the track with the largest
        total box area, ``"first"`` the first person of the first frame that has ids, and a whole
        number that track id. Frames without the track become gaps.
        Without track ids, ``"largest"`` or ``"first"`` selects a person in the first frame with
        persons. In later frames the nearest person is chosen; if nobody is near, the frame is a gap.
    mirrored, view, meta
        As in `Recording`.

    Returns
    -------
    Recording
        Skeleton ``"coco17"``, in pixels of the original image, y down, with its resolution. Keypoints
        are NaN in gaps.

    Raises
    ------
    FormatError
        `results` is a single result, or an item is not an Ultralytics result.
    SkeletonError
        The model does not have 17 keypoints.
    UnknownNameError
        `person` is neither ``"largest"`` nor ``"first"``, or is a track id that never appears.
    CoordinateError
        The frames differ in size, or as in `Recording`.
    TimeError
        As in `Recording`.

    Notes
    -----
    A keypoint at exactly (0, 0) or on the border of the image counts as missing. Older versions set
    uncertain keypoints to zero. All versions clip keypoints to the image, so an ankle outside the frame
    lies on its border, with a normal confidence.

    Examples
    --------
    >>> from_ultralytics([None, None], fps=30)
    Recording: 2 frames over 0.03 s (30 fps), coco17, image space, from ultralytics, 100.0% of \
the keypoints missing
    """
    _check_person(person)
    check_one_clock(times, fps)
    frames: list[_Frame | None] = []
    resolution: tuple[int, int] | None = None
    for number, result in enumerate(iter_frames(results, "keypoints", "from_ultralytics")):
        single = _single(result, number)
        size = _resolution(single)
        if resolution is not None and size is not None and size != resolution:
            raise CoordinateError(
                f"results[{number}] is of an image {size[0]}×{size[1]} (width × height), earlier "
                f"ones of {resolution[0]}×{resolution[1]}; needed frames of one video. "
                f"Make one recording per video."
            )
        resolution = resolution or size
        frames.append(_frame(single, size, number))

    chosen = _person_rows(frames, person)
    gap = np.full((_KEYPOINTS, 3), np.nan)
    rows = [
        gap if frame is None or index is None else frame.points[index]
        for frame, index in zip(frames, chosen, strict=True)
    ]
    values = np.array(rows).reshape(-1, _KEYPOINTS, 3)
    return Recording(
        values[..., :2],
        skeleton="coco17",
        times=times,
        fps=fps,
        confidence=values[..., 2],
        resolution_wh=resolution,
        mirrored=mirrored,
        view=view,
        estimator="ultralytics",
        meta=meta,
    )


def _check_person(person: object) -> None:
    if isinstance(person, int | np.integer) and not isinstance(person, bool):
        return
    if person not in ("largest", "first"):
        raise UnknownNameError.of(
            "person", person, ("largest", "first"), hint="Or pass a track id, a whole number."
        )


def _single(result: Any, frame: int) -> Any:
    """Return the result of a frame, unpacked from the one-element list that `model(frame)` returns."""
    if isinstance(result, list | tuple):
        if len(result) > 1:
            raise FormatError(
                f"results[{frame}] is a list of {len(result)}; needed one result per frame. "
                f"Pass one flat list."
            )
        result = result[0] if result else None
    if result is not None and not hasattr(result, "keypoints"):
        other = " Use from_mediapipe for MediaPipe results." * hasattr(result, "pose_landmarks")
        raise FormatError(
            f"results[{frame}] is of type {type(result).__name__} and has no keypoints; "
            f"needed an Ultralytics result, or None for a frame without one.{other}"
        )
    return result


def _resolution(result: Any) -> tuple[int, int] | None:
    shape = getattr(result, "orig_shape", None)
    return None if shape is None else (int(shape[1]), int(shape[0]))


def _frame(result: Any, size_wh: tuple[int, int] | None, number: int) -> _Frame | None:
    """Return the persons of one result, or None if there are none."""
    if result is None or result.keypoints is None:
        return None
    data = _array(result.keypoints.data)
    if not data.size:
        return None
    if data.ndim == 2:
        data = data[None]
    if data.ndim != 3 or data.shape[2] not in (2, 3):
        raise FormatError(
            f"results[{number}].keypoints.data has shape {data.shape}; needed (N, 17, 2 or 3)."
        )
    if data.shape[1] != _KEYPOINTS:
        raise SkeletonError(
            f"results[{number}] has {data.shape[1]} keypoints per person; needed the {_KEYPOINTS} "
            f"of COCO. For a custom model pass its arrays to kneepose.Recording with a "
            f"kneepose.Skeleton."
        )
    xy = data[..., :2]
    confidence = data[..., 2] if data.shape[2] == 3 else np.ones(data.shape[:2])
    missing = ~np.isfinite(data).all(axis=2) | (xy == 0).all(axis=2)
    if size_wh is not None:
        missing |= (xy <= 0).any(axis=2) | (xy >= np.array(size_wh) - 1).any(axis=2)
    points = np.dstack([xy, confidence])
    points[missing] = (np.nan, np.nan, 0.0)

    boxes = getattr(result, "boxes", None)
    ids = getattr(boxes, "id", None)
    return _Frame(
        points=points,
        areas=_areas(boxes, points),
        ids=None if ids is None else tuple(int(i) for i in _array(ids).ravel()),
    )


def _areas(boxes: Any, points: F64) -> F64:
    corners = getattr(boxes, "xyxy", None)
    if corners is not None:
        box = _array(corners)
        if box.shape == (len(points), 4):
            sides = box[:, 2:] - box[:, :2]
            return sides[:, 0] * sides[:, 1]
    spans = np.fmax.reduce(points[..., :2], axis=1) - np.fmin.reduce(points[..., :2], axis=1)
    return np.array(np.nan_to_num(spans[:, 0] * spans[:, 1]))


def _array(tensor: Any) -> F64:
    """Convert a torch tensor on any device, or an array, to a float64 array."""
    for step in ("detach", "cpu", "numpy"):
        if hasattr(tensor, step):
            tensor = getattr(tensor, step)()
    return np.array(tensor, dtype=np.float64)


def _person_rows(
    frames: list[_Frame | None], person: Literal["largest", "first"] | int
) -> list[int | None]:
    """Return the index of the chosen person in each frame; None is a gap."""
    totals: dict[int, float] = {}
    for frame in frames:
        if frame is not None and frame.ids is not None:
            for track, area in zip(frame.ids, frame.areas, strict=True):
                totals[track] = totals.get(track, 0.0) + float(area)

    if isinstance(person, str):
        if not totals:
            return _nearest_rows(frames, person)
        track = max(totals, key=totals.__getitem__) if person == "largest" else next(iter(totals))
    else:
        track = int(person)
        if track not in totals:
            hint = "" if totals else "Track ids come from model.track(frame, persist=True)."
            raise UnknownNameError.of("track id", track, sorted(totals), hint=hint)
    return [
        frame.ids.index(track)
        if frame is not None and frame.ids is not None and track in frame.ids
        else None
        for frame in frames
    ]


def _nearest_rows(frames: list[_Frame | None], person: str) -> list[int | None]:
    follower = PersonFollower()
    rows: list[int | None] = []
    for frame in frames:
        persons = [] if frame is None else list(frame.points)
        start = 0 if frame is None or person == "first" else int(np.argmax(frame.areas))
        rows.append(follower.choose(persons, first=start))
    return rows
