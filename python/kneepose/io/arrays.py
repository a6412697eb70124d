"""Reading of ``.npz`` files of other programs: video landmarks, or keypoint arrays over time."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError
from kneepose.estimators.reader import ADAPTERS
from kneepose.estimators.sides import check_sides
from kneepose.io.damage import damage_is_told
from kneepose.io.npz import array_of_entry, check_list, npy_header
from kneepose.io.options import Options
from kneepose.io.points import Points, recording_of
from kneepose.io.table import is_score
from kneepose.recording.parse import parse_resolution
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import MOST_KEYPOINTS, find_skeleton, skeleton_names_with
from kneepose.writing import visible

__all__ = ["entries_of", "read"]

Array = npt.NDArray[Any]
#: Accepted names of arrays by content; the first one present is used.
_IMAGE: Final = ("xy", "xy_px", "keypoints_2d", "xyn")
_WORLD: Final = ("xyz_world", "xyz", "xyz_m", "keypoints_3d")
_EITHER: Final = ("keypoints", "coordinates", "points", "positions", "landmarks", "poses")
_SCORES: Final = ("confidence", "visibility", "conf", "scores", "keypoint_scores", "likelihood")
_TIMES: Final = ("times", "time", "timestamps", "t")
_RATES: Final = ("fps", "rate", "frame_rate", "fs")
_NAMES: Final = ("joint_names", "keypoint_names", "names", "labels", "marker_names")
_MODELS: Final = ("model", "estimator")
_KNOWN: Final = {
    *_IMAGE, *_WORLD, *_EITHER, *_SCORES, *_TIMES, *_RATES, *_NAMES, *_MODELS,
    "resolution_wh", "width", "height", "unit", "up", "skeleton",
}  # fmt: skip
_NUMBERS: Final = np.zeros(0)
_LARGEST_BYTES: Final = 256 * 1024 * 1024
_MOST_ENTRIES: Final = 300


def entries_of(file: BinaryIO, name: str) -> list[str]:
    """Return the names of the arrays in an ``.npz`` file; empty for any other file.

    Raises
    ------
    FormatError
        The list of arrays is too long.
    """
    try:
        check_list(file, name)
    except FormatError:
        raise
    except ValueError:
        return []
    try:
        with damage_is_told(name, ".npz"), zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except FormatError:
        return []
    return [entry.removesuffix(".npy") for entry in names if entry.endswith(".npy")]


def read(file: BinaryIO, name: str, options: Options) -> Recording:
    """Read keypoints from an ``.npz`` file of another program.

    Raises
    ------
    KneeposeError
        The file is damaged, has no keypoints, or does not describe them sufficiently.
    """
    wanted = _KNOWN | ({options.array} if options.array else set())
    entries = sorted(set(entries_of(file, name)))
    file.seek(0)
    with damage_is_told(name, ".npz"):
        found = _arrays(file, wanted)
    names = _one_of(found, _NAMES)
    if found.get("keypoints", _NUMBERS).dtype.kind == "U":
        names = found.pop("keypoints")
    chosen, is_world = _chosen(found, options, name, entries)
    values = found[chosen]
    if values.ndim == 4 and values.shape[1] == 1:
        values = values[:, 0]  # drop the axis of persons, of length one
    for key in (chosen, *_SCORES, *_RATES, *_TIMES):
        if key in found and found[key].dtype.kind == "U":
            raise FormatError(f"{name}: {key} holds text; needed numbers.")
    if values.ndim != 3 or values.shape[2] not in (2, 3) or values.shape[1] > MOST_KEYPOINTS:
        raise FormatError(
            f"{name}: {chosen} has shape {values.shape}; needed (frames, keypoints, 2 or 3)."
        )
    scores = _one_of(found, _SCORES)
    if scores is not None and scores.shape != values.shape[:2]:
        scores = None
    says_world = chosen in _WORLD or options.space == "world" or options.up or options.unit
    if values.shape[2] == 3 and scores is None and not says_world and is_score(values):
        values, scores, is_world = values[..., :2], values[..., 2], False
    rate, times = _one_of(found, _RATES), _one_of(found, _TIMES)
    resolution = _resolution(found)
    model = _text(_one_of(found, _MODELS))
    adapter = next((a for a in ADAPTERS.values() if model.lower().startswith(a.name)), None)
    skeleton = "" if adapter is None else adapter.skeletons.get(values.shape[1], "")
    stated = _text(found.get("skeleton"))
    if stated and (names is None or stated in skeleton_names_with(values.shape[1])):
        # the order of the stated skeleton is used, even if the file spells the names differently
        skeleton, names = stated, None
    said_unit, said_up = _text(found.get("unit")) or None, _text(found.get("up")) or None
    fields: dict[str, Any] = {"estimator": model}
    if is_world and adapter is not None:
        said_unit, said_up = said_unit or adapter.unit, said_up or adapter.up
        fields["depth"] = adapter.depth
        fields["meta"] = dict(adapter.notes)
    points = Points(
        np.asarray(values, dtype=np.float64),
        names=None if names is None else tuple(str(one) for one in names.ravel()),
        confidence=None if scores is None else np.nan_to_num(np.asarray(scores, np.float64)),
        times=None if times is None else np.asarray(times, np.float64).ravel(),
        fps=None if rate is None else float(rate.ravel()[0]),
        unit=said_unit,  # type: ignore[arg-type]
        up=said_up,  # type: ignore[arg-type]
        skeleton=find_skeleton(skeleton) if skeleton else None,
        resolution_wh=None if is_world else resolution,
        fields=fields,
    )
    if points.times is not None and len(points.times) != len(values):
        raise FormatError(f"{name} has {len(points.times)} times for {len(values)} frames.")
    if points.names is not None and len(points.names) != values.shape[1]:
        raise FormatError(f"{name} has {len(points.names)} names for {values.shape[1]} keypoints.")
    recording = recording_of(points, options, name)
    _check_size(recording, found)
    return recording


def _check_size(recording: Recording, found: Mapping[str, Array]) -> None:
    """Raise `CoordinateError` if world landmarks show that width and height are exchanged."""
    world = _one_of(found, _WORLD)
    size = recording.resolution_wh
    if size is None or world is None or recording.space == "world":
        return
    shape = recording.coordinates.shape
    if world.shape == (*shape[:2], 3):
        check_sides(recording.coordinates, world.astype(np.float64), recording.skeleton, size)


def _chosen(
    found: Mapping[str, Array], options: Options, name: str, entries: list[str]
) -> tuple[str, bool]:
    """Return the name of the array with the keypoints, and whether it is in world space."""
    if options.array is not None:
        if options.array not in found:
            raise FormatError(f"{name} has no array {options.array!r}; it has {_listed(entries)}.")
        return options.array, found[options.array].shape[-1:] == (3,)
    groups = (_IMAGE, _EITHER, _WORLD) if options.space != "world" else (_WORLD, _EITHER, _IMAGE)
    for group in groups:
        for key in group:
            if key in found:
                return key, found[key].shape[-1:] == (3,)
    raise FormatError(
        f"{name} has no array of keypoints; pass array=, the name of one. It has {_listed(entries)}."
    )


def _listed(entries: list[str]) -> str:
    shown = ", ".join(repr(visible(entry[:40])) for entry in entries[:8])
    return f"{shown}{', …' if len(entries) > 8 else ''}" or "none"


def _one_of(found: Mapping[str, Array], names: tuple[str, ...]) -> Array | None:
    return next((found[name] for name in names if name in found), None)


def _text(array: Array | None) -> str:
    return "" if array is None or array.size != 1 else str(array.ravel()[0])


def _resolution(found: Mapping[str, Array]) -> tuple[int, int] | None:
    size = found.get("resolution_wh")
    if size is None and "width" in found and "height" in found:
        size = np.array([found["width"].ravel()[0], found["height"].ravel()[0]])
    return None if size is None else parse_resolution(size.ravel().tolist())


def _arrays(file: BinaryIO, wanted: set[str]) -> dict[str, Array]:
    """Return the requested arrays of numbers and texts; their size is checked before unpacking."""
    found: dict[str, Array] = {}
    total = 0
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist()[:_MOST_ENTRIES]:
            key = entry.filename.removesuffix(".npy")
            if key not in wanted or not entry.filename.endswith(".npy"):
                continue
            with archive.open(entry) as stream:
                shape, fortran, dtype = npy_header(stream)
                size = math.prod(shape) * dtype.itemsize
                total += size
                if dtype.hasobject or dtype.kind not in "fiubU" or min(shape, default=0) < 0:
                    raise ValueError(f"{key} holds no numbers or texts")
                if size > entry.file_size or total > _LARGEST_BYTES or not size:
                    raise ValueError(f"{key} is empty, or holds more than 256 MB or than it has")
                data = stream.read(size + 1)
            if len(data) != size:
                raise ValueError(f"{key} holds no array of its size")
            found[key] = array_of_entry(data, dtype, shape, fortran)
    return found
