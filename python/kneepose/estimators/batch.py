"""`from_estimator`: the results of a whole video as a `Recording`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from kneepose.errors import (
    CoordinateError,
    FormatError,
    KneeposeError,
    SkeletonError,
    UnknownNameError,
)
from kneepose.estimators.adapter import UNREADABLE, Adapter, Whole
from kneepose.estimators.follow import rows_of_one, warn_of_doubts
from kneepose.estimators.person import F64, I64, People, Person, PersonChoice, Reader, parse_person
from kneepose.estimators.reader import FrameReader, recognise
from kneepose.estimators.sides import check_sides
from kneepose.recording.parse import check_one_clock, parse_resolution
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import Depth, EstimatorName, SkeletonName, Unit, Up, View

__all__ = [
    "About",
    "from_estimator",
    "from_mediapipe",
    "from_ultralytics",
    "recording_of_persons",
]

_SPACES: Final = ("image", "world")


def from_estimator(
    results: Any,
    estimator: EstimatorName | str | Reader | None = None,
    *,
    times: npt.ArrayLike | None = None,
    fps: float | None = None,
    skeleton: SkeletonName | Skeleton | None = None,
    person: PersonChoice = "main",
    space: Literal["image", "world"] | None = None,
    resolution_wh: tuple[int, int] | None = None,
    up: Up | None = None,
    unit: Unit | None = None,
    depth: Depth | None = None,
    mirrored: bool = False,
    view: View | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Recording:
    """Convert the results of any pose estimator to a `Recording` of one person.

    Parameters
    ----------
    results
        List or generator of one result per frame; a generator is read once, frame by frame. None, or a
        result without a person, becomes a gap. Or one object that holds all frames: JSON of AlphaPose,
        MMPose or Azure Kinect, a table of DeepLabCut, ``sleap_io.Labels``, a data set of movement.
    estimator
        Name of the estimator. None recognizes it by the form of its results. For any other estimator, a
        function from a result to a list of `kneepose.estimators.Person`, or its name as
        ``"module:function"``.
    times, fps
        Timestamps in seconds, or a constant frame rate. Give exactly one, or none if the results hold
        times (movement, Azure Kinect, (result, image, timestamp_ms) of MediaPipe's live stream).
    skeleton
        Skeleton of the keypoints. Required for estimators with models of your own. Where keypoints have
        names (DeepLabCut, SLEAP, movement), those of the skeleton are chosen by name.
    person
        The person to keep, decided over all frames. ``"main"`` has the highest score for time in
        view, size and central position; ``"largest"`` has the largest total area; ``"first"``
        appears first, ignoring short false detections. Or a track id, or a box (x0, y0, x1, y1) in
        pixels that contains the person. A person is followed by track id, and by position if the
        tracker gives no id or a new one.
    space
        ``"world"`` uses the 3-D keypoints of an estimator that gives 2-D and 3-D (MediaPipe).
    resolution_wh
        (width, height) of the frames in pixels. Required if coordinates are normalized by the image
        size.
    up, unit, depth
        As in `Recording`, for 3-D keypoints of your own function, SLEAP or movement.
    mirrored, view, meta
        As in `Recording`.

    Returns
    -------
    Recording
        Keypoints are NaN in gaps. ``meta["person_doubts"]`` holds the times, in seconds, from which
        the keypoints may belong to somebody else.

    Raises
    ------
    FormatError
        `results` is a single result, an array, or not from the estimator.
    SkeletonError
        The keypoints do not fit the skeleton.
    CoordinateError
        `resolution_wh` is missing or exchanged, or nobody is in the box.
    UnknownNameError
        A name or the track id is not known.
    TimeError
        As in `Recording`.

    Warns
    -----
    RecordingWarning
        Somebody else may have taken the person's place.

    Examples
    --------
    >>> import numpy as np
    >>> frame = np.full((1, 17, 2), 100.0), np.full((1, 17), 0.9)
    >>> from_estimator([frame, None], "rtmlib", fps=30)
    Recording: 2 frames over 0.03 s (30 fps), coco17, image space, from rtmlib, 50.0% of the \
keypoints missing
    """
    rule = parse_person(person)
    if space not in (None, *_SPACES):
        raise UnknownNameError.of("space", space, _SPACES)
    resolution = parse_resolution(resolution_wh)
    if estimator is None:
        estimator, results = recognise(results)
    reader = FrameReader(estimator, resolution, skeleton, world=space == "world", one_video=True)
    adapter = reader.adapter
    whole = None if adapter is None else _whole(adapter, results)
    if times is None and fps is None:
        times = whole.times if whole is not None else _stamps(adapter, results)
    check_one_clock(times, fps)
    names = None if whole is None else whole.names
    wanted: Skeleton | None = None
    if names is not None:
        wanted = _named_skeleton(reader.name, names, reader.skeleton)
        reader.skeleton = Skeleton(reader.name, names)
    about = About(times, fps, rule, space, up, unit, depth, mirrored, view, meta)
    if whole is not None and whole.people is not None:
        reader.check_count({whole.people.points.shape[1]})
        return recording_of_persons(whole.people, reader, about, names, wanted)
    frames = _frames(results, reader) if whole is None else whole.frames
    return recording_of_persons([reader(result) for result in frames], reader, about)


@dataclass(frozen=True)
class About:
    """Arguments of `from_estimator` that describe a recording."""

    times: npt.ArrayLike | None = None
    fps: float | None = None
    person: str | int | tuple[float, ...] = "main"
    """Choice of the person, as `parse_person` returns it."""
    space: Literal["image", "world"] | None = None
    up: Up | None = None
    unit: Unit | None = None
    depth: Depth | None = None
    mirrored: bool = False
    view: View | None = None
    meta: Mapping[str, Any] | None = None


def recording_of_persons(
    found: Sequence[list[Person]] | People,
    reader: FrameReader,
    about: About,
    names: tuple[str, ...] | None = None,
    wanted: Skeleton | None = None,
) -> Recording:
    """Choose one of the persons that `reader` found in each frame, and build the recording.

    Parameters
    ----------
    found
        Persons of each frame.
    names, wanted
        Names of the keypoints, if the results have them, and the skeleton to choose from them.

    Errors and the warning are those of `from_estimator`.
    """
    adapter, space = reader.adapter, about.space
    known = reader.skeleton or reader.needed_skeleton()
    if not isinstance(found, People):
        found = People.of(found, len(known.keypoints), 3 if space == "world" else 2)
    seconds = _seconds(about.times, about.fps, found.n_frames)
    chosen, doubts = rows_of_one(found, about.person, reader.resolution, seconds)
    points, confidence = _arrays(found, chosen, space, reader.name)
    if names is not None and wanted is not None:
        order = [names.index(name) for name in wanted.keypoints]
        points, confidence, known = points[:, order], confidence[:, order], wanted
    notes = dict(about.meta or {})
    if doubts:
        notes["person_doubts"] = doubts
    in_world = points.shape[2] == 3
    up, unit, depth = about.up, about.unit, about.depth
    if adapter is not None:
        up, unit, depth = up or adapter.up, unit or adapter.unit, depth or adapter.depth
        if not in_world:
            up, unit, depth = None, None, None
        if in_world:
            notes |= adapter.notes
        size, world = reader.resolution, found.world
        if not in_world and adapter.divided_by_size and size is not None and world is not None:
            check_sides(found.points[chosen], world[chosen], known, size)
    rec = Recording(
        points,
        skeleton=known,
        times=about.times,
        fps=about.fps,
        confidence=confidence,
        up=up,
        unit=unit,
        depth=depth,
        resolution_wh=reader.resolution,
        mirrored=about.mirrored,
        view=about.view,
        estimator=reader.name,
        meta=notes,
    )
    warn_of_doubts(doubts, stacklevel=4)
    return rec


def from_mediapipe(
    results: Iterable[Any],
    *,
    times: npt.ArrayLike | None = None,
    fps: float | None = None,
    resolution_wh: tuple[int, int] | None = None,
    space: Literal["image", "world"] = "image",
    person: PersonChoice = "main",
    mirrored: bool = False,
    view: View | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Recording:
    """Convert MediaPipe pose results to a `Recording`.

    Parameters
    ----------
    results
        List or generator of one result per frame: of Tasks (`PoseLandmarkerResult`,
        `HolisticLandmarkerResult`, the arguments of a live stream's callback) or of the legacy API.
        None, or a result without a person, becomes a gap.
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
        As in `from_estimator`. MediaPipe gives no track ids.
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
        `resolution_wh` is missing in image space, or (height, width) while the world landmarks show it.
    UnknownNameError
        `space`, `person` or `view` is not known.
    TimeError
        As in `Recording`.

    Examples
    --------
    >>> rec = from_mediapipe([None, None], fps=30, resolution_wh=(1080, 1920))
    >>> rec
    Recording: 2 frames over 0.03 s (30 fps), mediapipe33, image space 1080×1920, from mediapipe, \
100.0% of the keypoints missing
    """
    if space not in _SPACES:
        raise UnknownNameError.of("space", space, _SPACES)
    return from_estimator(
        results, "mediapipe", times=times, fps=fps, person=person, space=space,
        resolution_wh=resolution_wh, mirrored=mirrored, view=view, meta=meta,
    )  # fmt: skip


def from_ultralytics(
    results: Iterable[Any],
    *,
    times: npt.ArrayLike | None = None,
    fps: float | None = None,
    person: PersonChoice = "main",
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
        As in `from_estimator`. Track ids come from ``model.track(…, persist=True)``.
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
        `results` is a single result, an item is not an Ultralytics result, or a detection model made it.
    SkeletonError
        The model does not have 17 keypoints.
    UnknownNameError
        `person` is not known, or is a track id that never appears.
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
    return from_estimator(
        results, "ultralytics", times=times, fps=fps, person=person, mirrored=mirrored, view=view,
        meta=meta,
    )  # fmt: skip


def _whole(adapter: Adapter, results: Any) -> Whole | None:
    if isinstance(results, Whole):
        return results
    try:
        whole = adapter.whole(results)
        return None if whole is None else replace(whole, frames=list(whole.frames))
    except UNREADABLE as error:
        if isinstance(error, KneeposeError):
            raise
        raise FormatError(
            f"results cannot be read as {adapter.needed}: {type(error).__name__} {error}."
        ) from error


def _stamps(adapter: Adapter | None, results: Any) -> list[float] | None:
    """Return the times in seconds that the results of a list contain, or None."""
    if adapter is None or not isinstance(results, list | tuple):
        return None
    stamps = [adapter.stamp(result) for result in results]
    return None if not stamps or None in stamps else stamps  # type: ignore[return-value]


def _frames(results: Any, reader: FrameReader) -> Iterable[Any]:
    """Check that `results` is an iterable of one result per frame, and return it."""
    needed = "needed a list (or generator) with one result per frame"
    if results is None:
        raise FormatError(f"results is None; {needed}. None may stand for a frame in that list.")
    if reader.adapter is not None and reader.adapter.fits(results):
        raise FormatError(
            f"results is one {type(results).__name__}; {needed}. For one frame pass [result]."
        )
    if isinstance(results, np.ndarray) or hasattr(results, "__array__"):
        raise FormatError(
            f"results is an array; {needed}. Pass arrays to kneepose.Recording(array, skeleton=…)."
        )
    if isinstance(results, str | bytes | Mapping) or not isinstance(results, Iterable):
        more = "" if reader.adapter is None else f", as {reader.adapter.name} gives them"
        raise FormatError(f"results is of type {type(results).__name__}; {needed}{more}.")
    return results


def _seconds(times: Any, fps: Any, n_frames: int) -> F64:
    """Return the time of each frame; `Recording` checks the times."""
    rate = 30.0
    if isinstance(fps, int | float | np.number) and fps > 0:
        rate = float(fps)
    seconds = np.arange(n_frames) / rate
    try:
        given = np.asarray([] if times is None else times, dtype=np.float64).ravel()[:n_frames]
    except (TypeError, ValueError):
        return seconds
    seconds[: len(given)] = given
    return seconds


def _arrays(found: People, chosen: I64, space: str | None, name: str) -> tuple[F64, F64]:
    """Return coordinates, shape (T, K, D), and confidence, shape (T, K); NaN in gaps."""
    values = found.world if space == "world" else found.points
    if values is None:
        if len(chosen) and name != "mediapipe":
            raise CoordinateError(
                f'space="world", but {name} gives no world landmarks; omit space.'
            )
        values = np.full((*found.points.shape[:2], 3), np.nan)
    points = np.full((found.n_frames, *values.shape[1:]), np.nan)
    confidence = np.zeros(points.shape[:2])
    points[found.frames[chosen]] = values[chosen]
    confidence[found.frames[chosen]] = found.confidence[chosen]
    return points, confidence


def _named_skeleton(estimator: str, names: tuple[str, ...], given: Skeleton | None) -> Skeleton:
    """Return the skeleton for named keypoints.

    Raises
    ------
    SkeletonError
        A keypoint of the given skeleton is not among the names, or no name is a known body part.
    """
    if given is not None:
        absent = [name for name in given.keypoints if name not in names]
        if absent:
            raise SkeletonError(
                f"the keypoints {absent} of skeleton {given.name!r} are not in the results, which have "
                f"{list(names)}. Pass a kneepose.Skeleton with those names, and their landmarks."
            )
        return given
    found = Skeleton(estimator, list(names))
    if not any(name.startswith(("left_", "right_")) for name in found.landmarks):
        raise SkeletonError(
            f"no keypoint of {list(names)} is named as a part of the body; pass skeleton="
            'kneepose.Skeleton("mine", keypoints, {"left_knee": "LKnee", …}).'
        )
    return found
