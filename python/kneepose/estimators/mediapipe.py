"""Adapter for MediaPipe Pose: results of the Tasks API and of the legacy `solutions` API.

Written for MediaPipe Tasks 1.2.2 and legacy 0.10.21. MediaPipe itself is never imported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError, FormatError, SkeletonError, UnknownNameError
from kneepose.estimators.person import F64, PersonFollower, iter_frames
from kneepose.recording.parse import check_one_clock
from kneepose.recording.recording import Recording
from kneepose.typing import View

__all__ = ["from_mediapipe"]

_LANDMARKS: Final = 33


def from_mediapipe(
    results: Iterable[Any],
    *,
    times: npt.ArrayLike | None = None,
    fps: float | None = None,
    resolution_wh: tuple[int, int] | None = None,
    space: Literal["image", "world"] = "image",
    person: int = 0,
    mirrored: bool = False,
    view: View | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Recording:
    """Convert MediaPipe pose results to a `Recording`.

    Parameters
    ----------
    results
        List or generator of one result per frame. A generator is read once, frame by frame. Results
        of Tasks (`pose_landmarks` is a list of persons) and of the legacy API
        (`pose_landmarks.landmark`) are accepted. None, or a result without a person, becomes a gap.
    times, fps
        Timestamps in seconds, or a constant frame rate. Give exactly one. Divide the `timestamp_ms`
        of Tasks by 1000.
    resolution_wh
        (width, height) of the frames in pixels. Required in image space, because MediaPipe divides x
        and y by the image size.
    space
        ``"image"`` gives 2-D coordinates in pixels, y down. MediaPipe's z is omitted, because it is
        not measured. ``"world"`` gives 3-D coordinates in meters, with −y up. The world frame is
        aligned with the camera and centered on the hips in every frame. It therefore assumes a level
        camera and does not contain the travel of the body. `meta` records both
        (``assumed_level_camera``, ``hip_centered``). Its depth is estimated, not measured.
    person
        Index of the person in the first frame that has enough persons. In later frames the nearest
        person is chosen, because MediaPipe does not keep the order.
    mirrored, view, meta
        As in `Recording`. `mirrored` is for image space only.

    Returns
    -------
    Recording
        Skeleton ``"mediapipe33"``. The confidence is MediaPipe's visibility, or 1 if a landmark has
        none. Keypoints are NaN in gaps.

    Raises
    ------
    FormatError
        `results` is a single result, or an item is not a MediaPipe pose result.
    SkeletonError
        A person does not have 33 landmarks.
    CoordinateError
        `resolution_wh` is missing in image space, or no frame has enough persons.
    UnknownNameError
        `space` or `view` is not known.
    TimeError
        As in `Recording`.

    Examples
    --------
    >>> rec = from_mediapipe([None, None], fps=30, resolution_wh=(1080, 1920))
    >>> rec
    Recording: 2 frames over 0.03 s (30 fps), mediapipe33, image space 1080×1920, from mediapipe, \
100.0% of the keypoints missing
    """
    if space not in ("image", "world"):
        raise UnknownNameError.of("space", space, ("image", "world"))
    if isinstance(person, bool) or not isinstance(person, int | np.integer) or person < 0:
        raise FormatError(
            f"person is {person!r}; it must be the index of the person, a whole number from 0 up."
        )
    check_one_clock(times, fps)
    frames = iter_frames(results, "pose_landmarks", "from_mediapipe")
    if space == "image" and resolution_wh is None:
        raise CoordinateError(
            "resolution_wh is not given; MediaPipe divides x by the image width and y by its "
            "height, which changes angles. Pass resolution_wh=(width, height) of the frames to "
            "get pixels."
        )

    follower = PersonFollower()
    rows: list[F64] = []
    most_persons = 0
    for number, result in enumerate(frames):
        image, world = _persons(result, number)
        most_persons = max(most_persons, len(image))
        chosen = follower.choose(image, first=int(person))
        wanted = image if space == "image" else world
        if chosen is None or chosen >= len(wanted):
            rows.append(np.full((_LANDMARKS, 4), np.nan))
        else:
            rows.append(wanted[chosen])
    if 0 < most_persons <= person:
        raise CoordinateError(
            f"person is {person}, but no frame has more than {most_persons}; give an index below "
            f"{most_persons}, or raise MediaPipe's num_poses."
        )

    values = np.array(rows).reshape(-1, _LANDMARKS, 4)
    notes = dict(meta or {})
    world_space = space == "world"
    if world_space:
        notes |= {"assumed_level_camera": True, "hip_centered": True}
    return Recording(
        values[..., :3] if world_space else values[..., :2],
        skeleton="mediapipe33",
        times=times,
        fps=fps,
        confidence=values[..., 3],
        up="-y" if world_space else None,
        depth="estimated" if world_space else None,
        normalized=not world_space,
        resolution_wh=resolution_wh,
        mirrored=mirrored,
        view=view,
        estimator="mediapipe",
        meta=notes,
    )


def _persons(result: Any, frame: int) -> tuple[list[F64], list[F64]]:
    """Return the persons of one result as (image, world), each a list of (33, 4) arrays."""
    if result is None:
        return [], []
    if not hasattr(result, "pose_landmarks"):
        other = " Use from_ultralytics for Ultralytics results." * hasattr(result, "keypoints")
        raise FormatError(
            f"results[{frame}] is of type {type(result).__name__} and has no pose_landmarks; "
            f"needed a MediaPipe pose result, or None for a frame without one.{other}"
        )
    image = _landmark_lists(result.pose_landmarks, frame)
    world = _landmark_lists(getattr(result, "pose_world_landmarks", None), frame)
    return image, world


def _landmark_lists(landmarks: Any, frame: int) -> list[F64]:
    if landmarks is None:
        return []
    if hasattr(landmarks, "landmark"):
        return [_landmarks(landmarks.landmark, frame)]
    return [_landmarks(person, frame) for person in landmarks]


def _landmarks(landmarks: Any, frame: int) -> F64:
    """Return x, y, z and visibility, shape (33, 4). Missing values: NaN, visibility 1."""
    if len(landmarks) != _LANDMARKS:
        raise SkeletonError(
            f"results[{frame}] has {len(landmarks)} landmarks; needed the {_LANDMARKS} of "
            f"MediaPipe Pose. Hand (21) and face (468, 478) models are not supported."
        )
    values = np.array(
        [
            (landmark.x, landmark.y, landmark.z, getattr(landmark, "visibility", None))
            for landmark in landmarks
        ],
        dtype=np.float64,
    )
    visibility = values[:, 3]
    visibility[np.isnan(visibility)] = 1.0
    return values
