"""`Adapter`: the description of one estimator, and conversions shared by all adapters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, SkeletonError
from kneepose.estimators.person import F64, I64, People, Person
from kneepose.recording.parse import on_every_axis, plain_array
from kneepose.recording.skeleton import Skeleton
from kneepose.typing import Depth, Unit, Up

__all__ = [
    "COCO",
    "LONGEST_GAP",
    "UNREADABLE",
    "Adapter",
    "Frame",
    "Whole",
    "array_of",
    "frame_numbers",
    "grouped_by_image",
    "numbered_frames",
    "people_of",
    "persons_of",
    "skeleton_for",
    "track_of",
]

#: Exceptions raised when an object that is read has an unexpected form.
UNREADABLE: Final = (
    AttributeError,
    BufferError,
    LookupError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)
#: Skeleton by number of keypoints, for estimators that emit only the 17 COCO keypoints.
COCO: Final[Mapping[int, str]] = {17: "coco17"}


@dataclass(frozen=True)
class Frame:
    """State shared while reading one frame: its number, its image size and the adapter's notes."""

    number: int
    size: tuple[int, int] | None
    """(width, height) of the image in pixels, or None."""
    memory: dict[Any, Any] = field(default_factory=dict)
    """Notes that the adapter keeps from earlier frames."""


@dataclass(frozen=True)
class Whole:
    """All frames of a recording, read from one object."""

    frames: Iterable[Any] = ()
    """One item per frame, in the form that the adapter reads; empty if `people` is given."""
    people: People | None = None
    """Persons of all frames, if the object stores them as arrays."""
    names: tuple[str, ...] | None = None
    """Names of the keypoints, for estimators without a skeleton of their own."""
    times: F64 | None = None
    """Times of the frames in seconds, or None."""
    unit: Unit | None = None
    """Unit of 3-D coordinates, or None."""


@dataclass(frozen=True)
class Adapter:
    """Description of one estimator: how to recognize and read its results.

    Attributes
    ----------
    read
        Function that returns the persons in the result of one frame; None if results describe whole
        recordings only.
    fits
        Function that returns whether an object looks like the result of one frame, or of a whole
        recording.
    skeletons
        Number of keypoints → skeleton. Empty if users name their keypoints.
    own_skeleton
        Skeleton that is not one of the built-in ones, or None.
    whole
        Function that converts an object with all frames to `Whole`; it returns None for anything
        else.
    size
        Function that returns (width, height) of the image of a result, or None.
    stamp
        Function that returns the time of a result in seconds, or None.
    divided_by_size
        True if coordinates are normalized by the image size, so that `resolution_wh` is needed.
    unit, up, depth, notes
        Properties of 3-D coordinates, as in `Recording`; `notes` become metadata of the recording.
    version
        Version that the adapter was written for.
    needed
        Description of the expected form of a result, for error messages.
    """

    name: str
    version: str
    needed: str
    read: Callable[[Any, Frame], list[Person]] | None
    fits: Callable[[Any], bool]
    skeletons: Mapping[int, str] = field(default_factory=dict)
    own_skeleton: Skeleton | None = None
    whole: Callable[[Any], Whole | None] = lambda results: None
    size: Callable[[Any], tuple[int, int] | None] = lambda result: None
    stamp: Callable[[Any], float | None] = lambda result: None
    divided_by_size: bool = False
    unit: Unit | None = None
    up: Up | None = None
    depth: Depth | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)

    def refuse(self, result: Any, frame: Frame, more: str = "") -> FormatError:
        """Build the error for a result that is not of this estimator."""
        return FormatError(
            f"results[{frame.number}] is of type {type(result).__name__}; needed {self.needed}, or "
            f"None for a frame without one.{more}"
        )


def array_of(values: Any, name: str, frame: Frame) -> F64:
    """Convert numbers, including a tensor on any device, to a float64 array.

    Raises
    ------
    FormatError
        The values do not form one array of numbers.
    """
    try:
        return np.array(plain_array(values), dtype=np.float64)
    except UNREADABLE as error:
        raise FormatError(
            f"results[{frame.number}].{name} could not be read as one array of numbers: {error}"
        ) from None


def track_of(value: Any) -> int | None:
    """Return a track id, or None if `value` is not a non-negative integer."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(np.ravel(plain_array(value)).tolist()[0])
    except UNREADABLE:
        return None
    return int(number) if number >= 0 and number.is_integer() else None


def persons_of(
    points: F64,
    confidence: F64 | None,
    frame: Frame,
    *,
    tracks: Sequence[int | None] | None = None,
    boxes: F64 | None = None,
    zero_is_missing: bool = True,
) -> list[Person]:
    """Return one `Person` for each row of `points`, with missing keypoints as NaN.

    Parameters
    ----------
    points
        Shape (N, K, 2) or (N, K, 3).
    confidence
        Shape (N, K), or None.
    boxes
        Corners, shape (N, 4), or None.
    zero_is_missing
        True if the estimator writes zeros for a keypoint that it does not find.

    Raises
    ------
    FormatError
        An array has another shape.
    """
    if not points.size:
        return []
    if points.ndim == 2:
        points = points[None]
        confidence = None if confidence is None else confidence.reshape(1, -1)
    if points.ndim != 3 or points.shape[2] not in (2, 3):
        raise FormatError(
            f"the keypoints of results[{frame.number}] have shape {points.shape}; needed "
            "(persons, keypoints, 2 or 3)."
        )
    if confidence is None:
        confidence = np.ones(points.shape[:2])
    if confidence.shape != points.shape[:2]:
        raise FormatError(
            f"the confidence of results[{frame.number}] has shape {confidence.shape}; needed "
            f"{points.shape[:2]}, one value a person and keypoint."
        )
    missing = ~on_every_axis(np.isfinite(points)) | ~(confidence > 0)
    if zero_is_missing:
        missing |= on_every_axis(points == 0)
    points, confidence = points.copy(), confidence.copy()
    points[missing] = np.nan
    confidence[missing] = 0.0
    corners = None if boxes is None or boxes.shape != (len(points), 4) else boxes.tolist()
    return [
        Person(
            points[i],
            confidence[i],
            None if tracks is None else tracks[i],
            None if corners is None else tuple(corners[i]),
        )
        for i in range(len(points))
    ]


def people_of(
    points: F64,
    confidence: F64 | None,
    *,
    frames: I64 | None = None,
    n_frames: int | None = None,
    tracks: Sequence[int | None] | None = None,
    zero_is_missing: bool = False,
    single: bool = False,
) -> People:
    """Build `People` from arrays, without persons of whom no keypoint is visible.

    Parameters
    ----------
    points
        Shape (T, P, K, 2 or 3), the same P persons in all T frames; or (N, K, 2 or 3) with `frames`.
    confidence
        Shape of `points` without its last axis, or None.
    frames, n_frames
        Frame number of each person, in order, and number of frames.
    tracks
        Track id of each of the P or N persons.
    zero_is_missing, single
        As in `persons_of` and `People`.
    """
    if frames is None:
        n_frames, number = points.shape[:2]
        frames = np.repeat(np.arange(n_frames), number)
        tracks = None if tracks is None else [*tracks] * n_frames
        points = points.reshape(-1, *points.shape[2:])
    points = points.copy()  # a contiguous copy is faster to process than a strided view
    sure = np.ones(points.shape[:2]) if confidence is None else confidence.reshape(points.shape[:2])
    missing = ~on_every_axis(np.isfinite(points)) | ~(sure > 0)
    if zero_is_missing:
        missing |= on_every_axis(points == 0)
    seen: npt.NDArray[np.bool_] = ~np.logical_and.reduce(missing, axis=1)
    points, sure, missing = points[seen], sure[seen], missing[seen]
    points[missing] = np.nan
    sure[missing] = 0.0
    ids: Sequence[int | None] = [None] * len(points)
    if tracks is not None:
        ids = [track for track, kept in zip(tracks, seen.tolist(), strict=True) if kept]
    return People(int(n_frames or 0), frames[seen], points, sure, ids, single=single)


#: Maximum number of consecutive missing frames; a larger gap means a wrong frame number.
LONGEST_GAP: Final = 100_000


def frame_numbers(numbers: Sequence[Any]) -> list[int]:
    """Return frame numbers in order, shifted to start at 0: 3, 8 and 15 become 0, 5 and 12.

    Raises
    ------
    FormatError
        A number is not whole or occurs twice, or two are too far apart.
    """
    if not set(map(type, numbers)) <= {int}:
        wrong = next(n for n in numbers if type(n) is not int)
        raise FormatError(f"the frame number {wrong!r} is not a whole number.")
    ordered = sorted(numbers)
    if len(set(ordered)) < len(ordered):
        twice = next(one for one, other in pairwise(ordered) if one == other)
        raise FormatError(f"the frame number {twice} occurs twice; needed one entry per frame.")
    if ordered and ordered[-1] - ordered[0] > len(ordered) + LONGEST_GAP:
        raise FormatError(
            f"{len(ordered)} frames have numbers from {ordered[0]} to {ordered[-1]}; needed numbers "
            "that count the frames of one video."
        )
    return [number - ordered[0] for number in ordered]


def numbered_frames(items: Mapping[Any, Any] | Sequence[tuple[Any, Any]]) -> list[Any]:
    """Return one item per frame from a mapping of frame numbers, with None for missing frames.

    Raises
    ------
    FormatError
        As in `frame_numbers`.
    """
    pairs = list(items.items() if isinstance(items, Mapping) else items)
    numbers = frame_numbers([number for number, _ in pairs])
    pairs.sort(key=lambda pair: pair[0])
    frames: list[Any] = [None] * (numbers[-1] + 1 if numbers else 0)
    for number, (_, item) in zip(numbers, pairs, strict=True):
        frames[number] = item
    return frames


def grouped_by_image(persons: Iterable[Mapping[str, Any]]) -> list[Any]:
    """Return the persons of each frame, from a flat list whose `image_id` contains the frame number."""
    groups: dict[int, list[Any]] = {}
    for one in persons:
        image = one["image_id"]
        digits = re.findall(r"\d+", str(image))
        if not digits:
            raise FormatError(
                f"image_id is {image!r}; needed the number of the frame, such as 12 or '12.jpg'."
            )
        groups.setdefault(int(digits[-1]), []).append(one)
    return numbered_frames(groups)


def skeleton_for(adapter: Adapter, count: int, frame: int) -> str:
    """Return the name of the estimator's skeleton with `count` keypoints.

    Raises
    ------
    SkeletonError
        The estimator has no skeleton with `count` keypoints.
    """
    name = adapter.skeletons.get(count)
    if name is not None:
        return name
    known = ", ".join(f"{n} ({name})" for n, name in adapter.skeletons.items())
    raise SkeletonError(
        f"results[{frame}] has {count} keypoints a person; needed {known} for {adapter.name}. For "
        "another model pass skeleton=, a name or a kneepose.Skeleton with its keypoints in order."
        if known
        else f"{adapter.name} does not say which body parts its {count} keypoints are; pass "
        "skeleton=, a name or a kneepose.Skeleton with its keypoints in order."
    )
