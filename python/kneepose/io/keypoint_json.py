"""JSON of pose estimators: one file, or a folder with one file per frame; and COCO annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO, Final

import numpy as np

from kneepose import _core
from kneepose.errors import FormatError, KneeposeError, TimeError
from kneepose.estimators.adapter import (
    Adapter,
    Whole,
    frame_numbers,
    grouped_by_image,
    numbered_frames,
)
from kneepose.estimators.apple_vision import is_vision
from kneepose.estimators.batch import from_estimator
from kneepose.estimators.openpose import whole_of_flats
from kneepose.estimators.person import F64
from kneepose.estimators.reader import ADAPTERS, FrameReader, recognise
from kneepose.io.options import SECONDS_PER, Options
from kneepose.io.points import check_unit
from kneepose.recording.recording import Recording
from kneepose.writing import visible

__all__ = ["persons_at_once", "read_file", "read_folder", "recording_of_results"]

#: JSON keys whose values are skipped when parsing: no adapter reads them, and they make up most of
#: a file.
SKIPPED: Final = [
    *(f"{part}_keypoints_{d}d" for part in ("face", "hand_left", "hand_right") for d in (2, 3)),
    "pose_keypoints_3d",
]
_LARGEST_BYTES: Final = 64_000_000
_MOST_FILES: Final = 200_000


def read_file(file: BinaryIO, name: str, options: Options) -> Recording:
    """Read one JSON file.

    Raises
    ------
    KneeposeError
        The file is not JSON, or not from a known estimator.
    """
    return recording_of_results(parsed(file.read(), name), name, options)


def parsed(data: bytes, name: str) -> Any:
    """Return the content of a JSON file, with arrays of numbers as NumPy arrays."""
    return _results(_core.parse_json(data, SKIPPED, name), name)


def read_folder(path: str, name: str, options: Options) -> Recording:
    """Read a folder with one JSON file per frame. Frames without a file become gaps.

    Raises
    ------
    KneeposeError
        The folder has no such files, files of several videos, or a damaged file.
    """
    return recording_of_results(frames_of_folder(path, name), name, options)


def frames_of_folder(path: str, name: str) -> list[Any] | Whole:
    """Return each frame's file content, None for missing frames; for OpenPose arrays of persons."""
    found, contents = _core.read_json_folder(path, name, SKIPPED, _LARGEST_BYTES, _MOST_FILES)
    numbers = frame_numbers(found)
    n_frames = numbers[-1] + 1
    if isinstance(contents, tuple):
        counts, flats, ids = contents
        return whole_of_flats(n_frames, np.repeat(numbers, counts), flats, ids)
    frames: list[Any] = [None] * n_frames
    for number, content in zip(numbers, contents, strict=True):
        frames[number] = content
    # MMPose writes each image as a list of instances.
    return [{"instances": frame} if _is_instances(frame) else frame for frame in frames]


def _is_instances(frame: Any) -> bool:
    return (
        isinstance(frame, list)
        and bool(frame)
        and all(isinstance(one, Mapping) and "keypoint_scores" in one for one in frame)
    )


def _results(content: Any, name: str) -> Any:
    """Return results in a form that an adapter reads; COCO annotations become a list of persons."""
    if isinstance(content, Mapping) and "people" in content:
        return [content]
    if isinstance(content, Mapping) and "annotations" in content:
        return _coco(content, name)
    if isinstance(content, Mapping) and content and all(map(_is_image, content.values())):
        return _images(content)
    if isinstance(content, Mapping) and content and all(key.isdecimal() for key in content):
        return numbered_frames([(int(key), frame) for key, frame in content.items()])
    if isinstance(content, list) and content and all(map(is_vision, content)):
        return [[person] for person in content]
    return content


def _is_image(value: Any) -> bool:
    return isinstance(value, Mapping) and ("people" in value or "bodies" in value)


def _images(content: Mapping[str, Any]) -> list[Any]:
    """Return the frames of AlphaPose's formats ``open`` and ``cmu``: one entry per image."""
    frames = []
    for image, entry in content.items():
        people = entry.get("people")
        if people is None:
            people = [{"pose_keypoints_2d": one.get("joints", ())} for one in entry["bodies"]]
        frames.append({"image_id": image, "people": people})
    return [
        None if group is None else {"people": [one for entry in group for one in entry["people"]]}
        for group in grouped_by_image(frames)
    ]


def _coco(content: Mapping[str, Any], name: str) -> list[Any]:
    """Convert COCO annotations to AlphaPose persons; visibility flags 0, 1, 2 become confidence.

    The flags mean: 0 not labeled, 1 labeled but hidden, 2 labeled and visible.
    """
    images, annotations = content.get("images", []), content["annotations"]
    if not isinstance(images, list) or not isinstance(annotations, list):
        raise FormatError(f"{name} is no COCO file: images and annotations must be lists.")
    files = {image["id"]: image.get("file_name", image["id"]) for image in images if "id" in image}
    persons = []
    for one in annotations:
        if not isinstance(one, Mapping) or "keypoints" not in one or "image_id" not in one:
            continue
        flat = np.array(one["keypoints"], dtype=np.float64).ravel()
        if flat.size % 3:
            raise FormatError(
                f"{name} has {flat.size} keypoint values; needed x, y and a flag for each."
            )
        flat[2::3] = np.minimum(flat[2::3], 2.0) / 2.0
        persons.append(
            {
                "image_id": files.get(one["image_id"], one["image_id"]),
                "keypoints": flat,
                "box": one.get("bbox"),
                "idx": one.get("track_id"),
            }
        )
    if not persons:
        raise FormatError(f"{name} has no annotation with keypoints.")
    return persons


def recording_of_results(results: Any, name: str, options: Options) -> Recording:
    """Return the recording of one person from the content of an estimator's files.

    Raises
    ------
    KneeposeError
        The content is from no known estimator, a time is missing, or as in `from_estimator`.
    """
    if isinstance(results, Mapping) and results.get("kind") == "recording":
        raise FormatError(
            f"{name} is the data of to_dict; pass it to kneepose.Recording.from_dict."
        )
    try:
        estimator, frames = _recognised(results)
        times = None if options.fps is not None else _times(ADAPTERS[estimator], frames)
        if times is None and options.fps is None:
            raise TimeError(f"{name} has no times; pass fps=, the frames per second of the video.")
        if times is not None:
            times = times * SECONDS_PER[options.time_unit or "s"]
            check_unit(times, name)
        return from_estimator(frames, estimator, times=times, **options.of_results())
    except FormatError as error:
        raise FormatError(f"{name}: {error}") from None
    except KneeposeError:
        raise
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise FormatError(
            f"{name} is not the JSON of an estimator: {type(error).__name__} {str(error)[:200]}."
        ) from None


def _times(adapter: Adapter, frames: Any) -> F64 | None:
    """Return the times stated in the frames; None if there are none."""
    whole = adapter.whole(frames)
    if whole is not None:
        return whole.times
    stamps = [adapter.stamp(one) for one in frames] if isinstance(frames, list) else []
    return None if None in stamps or not stamps else np.array(stamps, dtype=np.float64)


def _recognised(results: Any) -> tuple[str, Any]:
    if isinstance(results, Whole):
        return "openpose", results
    frames = results if isinstance(results, Sequence) and not isinstance(results, str) else None
    if frames and all(f is None or (isinstance(f, Mapping) and "people" in f) for f in frames):
        return "openpose", results
    try:
        name, frames = recognise(results)
    except FormatError:
        name = ""
    # Vision's joint names alone do not show that its y axis points up.
    if not name or (ADAPTERS[name].fits(results) and ADAPTERS[name].whole(results) is None):
        raise FormatError(
            f"it has {_outline(results)}, which is not recognized; read are OpenPose, AlphaPose, "
            "MMPose, COCO, the 33 landmarks of MediaPipe, Apple Vision, Azure Kinect and Nuitrack. Else "
            "write a CSV with columns such as left_knee_x, left_knee_y, or pass arrays: "
            "kneepose.Recording(array, skeleton=…, fps=…)."
        )
    return name, frames


def _outline(value: Any, depth: int = 0) -> str:
    """Describe the structure of JSON content for an error message, including its keys."""
    if isinstance(value, Mapping):
        names = ", ".join(repr(visible(name[:30])) for name in list(value)[:6])
        return f"a mapping with {names or 'nothing'}{', …' if len(value) > 6 else ''}"
    if isinstance(value, list | np.ndarray) and depth < 3:
        of = (
            f" of {_outline(value[0], depth + 1)}"
            if len(value) and not np.isscalar(value[0])
            else ""
        )
        return f"a list ({len(value)}){of}"
    return f"a {type(value).__name__}"


def persons_at_once(results: Any, options: Options) -> int:
    """Return the largest number of persons in a frame."""
    estimator, frames = _recognised(results)
    adapter = ADAPTERS[estimator]
    whole = frames if isinstance(frames, Whole) else adapter.whole(frames)
    if whole is not None and whole.people is not None:
        return int(np.bincount(whole.people.frames).max(initial=0))
    reader = FrameReader(estimator, options.resolution_wh or (1, 1), options.skeleton)
    rows = frames if whole is None else whole.frames
    return max((len(reader(row)) for row in rows), default=0)
