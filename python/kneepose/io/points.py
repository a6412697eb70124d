"""`Points`: the content of a keypoint file, and its conversion to a `Recording`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import CoordinateError, FormatError, KneeposeError, SkeletonError, TimeError
from kneepose.estimators.adapter import LONGEST_GAP, Whole
from kneepose.estimators.follow import rows_of_one, warn_of_doubts
from kneepose.estimators.person import parse_person
from kneepose.io.landmarks import named_points
from kneepose.io.options import SECONDS_PER, Options
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton, skeleton_names_with
from kneepose.recording.space import METRES_PER_UNIT
from kneepose.typing import Unit, Up

__all__ = ["Points", "check_unit", "recording_of", "recording_of_whole"]

F64 = npt.NDArray[np.float64]
Numbers = npt.NDArray[Any]

# Plausible range of the distance from ankles to shoulders, in meters. Units of length differ by a
# factor of 10 or more.
_BODY_M: Final = (0.35, 2.2)
# Largest difference in seconds between stored times and even times that counts as rounding.
_ROUNDING_S: Final = 1.1e-3


@dataclass(frozen=True)
class Points:
    """Content of a keypoint file. Fields that the file does not state are None.

    Attributes
    ----------
    values
        Coordinates, shape (T, K, 2 or 3), NaN where missing.
    names
        Names of the keypoints, or None if they have none.
    confidence
        Confidence, shape (T, K).
    times, frames
        Times in seconds or in `time_unit`, and whole frame numbers, each shape (T,).
    fps
        Frames per second.
    unit, up
        Unit and vertical axis of 3-D coordinates; `usual_up` is the vertical axis in most files of
        this format.
    skeleton
        Skeleton that the file states.
    normalized
        True if coordinates are normalized by the image size.
    fields
        Further arguments of `Recording`.
    """

    values: F64
    names: tuple[str, ...] | None = None
    confidence: F64 | None = None
    times: F64 | None = None
    time_unit: str | None = None
    frames: Numbers | None = None
    fps: float | None = None
    unit: Unit | None = None
    up: Up | None = None
    usual_up: Up | None = None
    skeleton: Skeleton | None = None
    normalized: bool = False
    resolution_wh: tuple[int, int] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


def recording_of(points: Points, options: Options, name: str) -> Recording:
    """Build the recording from a file's content, completed by the user's options.

    Raises
    ------
    KneeposeError
        The content is inconsistent, contradicts the options, or required information is in neither.
    """
    if not len(points.values):
        raise FormatError(f"{name} has no frames.")
    fields = dict(points.fields)
    notes = dict(fields.pop("meta", {}))
    view = options.view or fields.pop("view", None)
    skeleton, values, confidence, marker_set = _named(points, options, name)
    if marker_set:
        notes["marker_set"] = marker_set
    confidence = _scaled(confidence, options, name)
    resolution = _either("resolution_wh", points.resolution_wh, options.resolution_wh, name)
    in_image = values.shape[2] == 2 or options.space == "image" or points.normalized
    if not in_image and resolution is not None and options.up is None and points.up is None:
        in_image = True
    if in_image:
        if options.space == "world" or options.up or options.unit:
            raise CoordinateError(f"{name} has no 3-D keypoints; omit space, up and unit.")
        values = values[..., :2]
        is_share = points.normalized or _looks_normalized(values)
        if is_share and resolution is None:
            raise CoordinateError(
                f"{name} has coordinates that are shares of the image size; pass "
                "resolution_wh=(width, height) of the video in pixels. Angles on shares are wrong."
            )
        fields |= {"resolution_wh": resolution, "normalized": is_share}
    else:
        if not (points.usual_up or points.up or options.up or points.unit or options.unit):
            _check_shares(values, skeleton, name)
        unit = _either("unit", points.unit, options.unit, name)
        if unit is None:
            unit = _unit_of(values, skeleton, name)
            notes["unit_from_body"] = unit
        up = _either("up", points.up, options.up, name)
        fields |= {"unit": unit, "up": up or _up_of(values, skeleton, points, name)}
    times, fps, rows = _clock(points, options, name)
    if rows is not None:
        values = _spread(values, rows)
        confidence = None if confidence is None else _spread(confidence, rows)
    return Recording(
        values,
        skeleton=skeleton,
        times=times,
        fps=fps,
        confidence=confidence,
        mirrored=options.mirrored,
        view=view,
        meta=notes,
        **fields,
    )


def recording_of_whole(
    whole: Whole, estimator: str, options: Options, name: str, frames: Numbers | None = None
) -> Recording:
    """Build the recording of one person from the arrays of all persons in a file.

    Parameters
    ----------
    frames
        Number of each frame, or None if frames are consecutive.

    Raises
    ------
    KneeposeError
        As in `recording_of`, and as in `from_estimator` for the person.
    """
    people = whole.people
    assert people is not None
    numbers = np.arange(people.n_frames) if frames is None else frames
    seconds = (numbers - numbers[:1]) / (options.fps or 30.0)
    person = parse_person(options.person)
    rows, doubts = rows_of_one(people, person, options.resolution_wh, seconds)
    values = np.full((people.n_frames, *people.points.shape[1:]), np.nan)
    confidence = np.zeros(values.shape[:2])
    values[people.frames[rows]] = people.points[rows]
    confidence[people.frames[rows]] = people.confidence[rows]
    notes: dict[str, Any] = {"person_doubts": doubts} if doubts else {}
    at_once = int(np.bincount(people.frames).max(initial=0))
    if at_once > 1:
        notes["persons_at_once"] = at_once
    found = recording_of(
        Points(
            values,
            names=whole.names,
            confidence=confidence,
            frames=frames,
            fields={"estimator": estimator, "meta": notes},
        ),
        options,
        name,
    )
    warn_of_doubts(doubts, stacklevel=6)
    return found


def _either(argument: str, said: Any, given: Any, name: str) -> Any:
    if said is not None and given is not None and said != given:
        raise KneeposeError(
            f"{name} says {argument} {said!r}, but {argument}={given!r} was passed; omit it, or correct "
            "the file."
        )
    return said if given is None else given


def _named(
    points: Points, options: Options, name: str
) -> tuple[Skeleton, F64, F64 | None, str | None]:
    """Return skeleton, coordinates, confidence, and the name of the marker set or None."""
    skeleton = options.skeleton or points.skeleton
    names, count = points.names, points.values.shape[1]
    if names is None:
        if skeleton is None:
            fitting = skeleton_names_with(count)
            raise SkeletonError(
                f"{name} does not name its {count} keypoints; pass skeleton=, "
                + (f"one of {', '.join(map(repr, fitting))}, " if fitting else "")
                + "a name or a kneepose.Skeleton with the keypoints in order."
            )
        if len(skeleton.keypoints) != count:
            raise SkeletonError(
                f"{name} has {count} keypoints, the skeleton {skeleton.name!r} has "
                f"{len(skeleton.keypoints)}; pass the skeleton of the file."
            )
        return skeleton, points.values, points.confidence, None
    return named_points(names, points.values, points.confidence, skeleton, options.names, name)


def _scaled(confidence: F64 | None, options: Options, name: str) -> F64 | None:
    highest = options.highest_confidence
    if confidence is None or highest is None:
        seen = None if confidence is None else confidence[confidence > 0]
        if seen is not None and seen.size and 10.0 < np.median(seen) <= 100.0:
            raise CoordinateError(
                f"{name} has confidences around {np.median(seen):.3g}, which are percentages; pass "
                "highest_confidence=100."
            )
        return confidence
    return confidence / highest


def _looks_normalized(values: F64) -> bool:
    finite = values[np.isfinite(values)]
    return bool(finite.size) and (np.abs(finite) <= 1.5).mean() >= 0.99


def _check_shares(values: F64, skeleton: Skeleton, name: str) -> None:
    """Raise `CoordinateError` for 3-D values with x, y normalized by the image, as in MediaPipe.

    MediaPipe's landmarks in meters have their origin between the hips and are not affected.
    """
    known = skeleton.landmarks
    hips = [known[hip] for hip in ("left_hip", "right_hip") if hip in known]
    if not hips or not _looks_normalized(values[..., :2]):
        return
    middle = values[:, hips, :2].mean(axis=1)
    middle = middle[np.isfinite(middle).all(axis=1)]
    if len(middle) and (middle.min() > 0.1 and middle.max() < 0.9):
        raise CoordinateError(
            f"{name} has x and y between 0 and 1, which are shares of the image size, as MediaPipe's "
            "are; pass resolution_wh=(width, height) of the video in pixels. If they are 3-D in "
            'meters, pass up=, such as "-y", and unit="m".'
        )


def _share_hint(values: F64) -> str:
    if not _looks_normalized(values[..., :2]):
        return ""
    return (
        " If x and y are shares of the image size, as MediaPipe's are, pass resolution_wh=(width, "
        "height) instead."
    )


def _pixel_hint(points: Points) -> str:
    """Return a hint for formats that may also contain image coordinates; empty for others."""
    return "" if points.usual_up else ' If x and y are pixels of a picture, pass space="image".'


def _body(values: F64, skeleton: Skeleton) -> F64:
    """Return the vector from ankles to shoulders (or hips) in each frame, shape (T, 3)."""

    def middle(joint: str) -> F64 | None:
        places = [
            skeleton.landmarks[f"{side}_{joint}"]
            for side in ("left", "right")
            if f"{side}_{joint}" in skeleton.landmarks
        ]
        return np.asarray(values[:, places].mean(axis=1)) if places else None

    high, low = middle("shoulder"), middle("ankle")
    if high is None:
        high = middle("hip")
    if high is None or low is None:
        return np.full((len(values), values.shape[2]), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        return high - low


def _unit_of(values: F64, skeleton: Skeleton, name: str) -> Unit:
    """Return the only unit in which the body has the size of a person."""
    with np.errstate(over="ignore"):
        lengths = np.linalg.norm(_body(values, skeleton), axis=1)
    lengths = lengths[np.isfinite(lengths)]
    size = float(np.median(lengths)) if lengths.size else np.nan
    units: list[Unit] = ["m", "cm", "mm"]
    fitting = [u for u in units if _BODY_M[0] <= size * METRES_PER_UNIT[u] <= _BODY_M[1]]
    if len(fitting) != 1:
        raise CoordinateError(
            f"{name} does not say its unit, and a body of {size:.3g} from ankles to shoulders shows "
            f'none; pass unit="m", "cm" or "mm".{_share_hint(values)}'
        )
    return fitting[0]


def _up_of(values: F64, skeleton: Skeleton, points: Points, name: str) -> Up:
    """Return the usual vertical axis of the format if the body stands along it.

    Raises
    ------
    CoordinateError
        The body does not stand along that axis, or the format has no usual axis.
    """
    body = _body(values, skeleton)
    with np.errstate(all="ignore"):
        length = np.linalg.norm(body, axis=1, keepdims=True)
        middle = np.nanmedian(body / length, axis=0) if np.isfinite(length).any() else body[0]
    axes: list[Up] = ["x", "y", "z", "-x", "-y", "-z"]
    along = [float(value) for value in (*middle, *(-middle))]
    best = axes[int(np.nanargmax(along))] if np.isfinite(along).all() else None
    if best is not None and max(along) < 0.8:
        best = None
    if best is not None and best == points.usual_up:
        return best
    seen = (
        "the keypoints do not show it"
        if best is None
        else f"the shoulders lie above the ankles along {best}: pass up={best!r} if the person stands"
    )
    raise CoordinateError(
        f"{name} does not say which axis points up; {seen}. Pass up=, one of "
        f"{', '.join(map(repr, axes))}.{_share_hint(values) or _pixel_hint(points)}"
    )


def _clock(
    points: Points, options: Options, name: str
) -> tuple[F64 | None, float | None, Numbers | None]:
    """Return times or frames per second, and the rows of the frames if some may be missing."""
    if points.times is not None:
        if options.fps is not None:
            raise TimeError(f"{name} has times; omit fps={options.fps!r}.")
        unit = _either("time_unit", points.time_unit, options.time_unit, name) or "s"
        times = points.times * SECONDS_PER[unit]
        check_unit(times, name)
        return _evened(times, points.frames, points.fps), None, None
    fps = _either("fps", points.fps, options.fps, name)
    if fps is None:
        raise TimeError(f"{name} has no times; pass fps=, the frames per second of the video.")
    frames = points.frames
    if frames is None:
        return None, fps, None
    first, last = int(frames[0]), int(frames[-1])
    steps = np.diff(frames)
    if (steps <= 0).any():
        row = int(np.flatnonzero(steps <= 0)[0]) + 1
        raise TimeError(
            f"{name} has frame {frames[row]:g} after frame {frames[row - 1]:g}; needed rising numbers."
        )
    if last - first > len(frames) + LONGEST_GAP:
        raise TimeError(
            f"{name} has {len(frames)} frames with numbers from {first} to {last}; needed numbers that "
            "count the frames of one video."
        )
    return None, fps, np.asarray(frames - first, dtype=np.intp)


def check_unit(times: F64, name: str) -> None:
    """Raise `TimeError` for times that increase like milliseconds, microseconds or nanoseconds."""
    steps = np.diff(times)
    step = float(np.median(steps)) if steps.size else 0.0
    for unit, size in (("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        if step > 1 and 9.5 <= 1 / (step * size) <= 1000:
            raise TimeError(
                f"{name} has times that rise by {step:.6g}, which are no seconds; pass "
                f'time_unit="{unit}".'
            )


def _evened(times: F64, frames: Numbers | None, fps: float | None) -> F64:
    """Return evenly spaced times if the stored times differ from these only by rounding."""
    if frames is None or fps is None or not fps > 0 or len(times) < 2:
        return times
    even = (frames - frames[0]) / fps + times[0]
    off = float(np.abs(even - times).max())
    return even if 1e-9 < off < min(_ROUNDING_S, 0.2 / fps) else times


def _spread(array: F64, rows: Numbers) -> F64:
    """Expand an array to all frames, with NaN (confidence: 0) in missing ones."""
    full = np.full((int(rows[-1]) + 1, *array.shape[1:]), np.nan if array.ndim == 3 else 0.0)
    full[rows] = array
    return full
