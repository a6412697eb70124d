"""HDF5 files of DeepLabCut (pandas tables) and SLEAP (labels, analysis).

Only h5py is needed. pandas stores column labels as pickles, which can execute code. They are
therefore read by a minimal interpreter that supports only lists, tuples and texts. The size of each
dataset is checked before it is read.

Layouts: https://www.pytables.org and pandas 3.1 (``frame_table`` and ``frame``), sleap-io 0.9.5.
"""

from __future__ import annotations

import json
import pickletools
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError
from kneepose.estimators.adapter import LONGEST_GAP, Whole, people_of
from kneepose.estimators.deeplabcut import whole_of_columns
from kneepose.io.damage import damage_is_told
from kneepose.io.objects import needed
from kneepose.io.options import MOST_VALUES, Options
from kneepose.io.points import recording_of_whole
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import MOST_KEYPOINTS

__all__ = ["read"]

F64 = npt.NDArray[np.float64]
_PANDAS: Final = ("frame_table", "frame")
_MOST_COLUMNS: Final = 4 * MOST_KEYPOINTS
_LONGEST_TITLES: Final = 10_000_000
_PREDICTED: Final = 1
# Version of SLEAP files since which (0, 0) is the center of the first pixel; before, it was its
# corner.
_FROM_THE_MIDDLE: Final = 1.1
#: Order of the axes in SLEAP's analysis if the file does not state it: that of MATLAB.
_ANALYSIS: Final = ("track", "xy", "node", "frame")


def read(file: BinaryIO, name: str, options: Options) -> Recording | None:
    """Read an HDF5 file of DeepLabCut or SLEAP; None if it contains movement's variable `position`.

    Raises
    ------
    KneeposeError
        The file is damaged, too large, or from another program.
    DependencyError
        h5py is not installed.
    """
    h5py = needed("h5py", f"{name}: reading HDF5")
    with damage_is_told(name, "HDF5"), h5py.File(file, "r") as content:
        found = _whole(content, name)
    if found is None:
        return None
    estimator, whole, frames = found
    return recording_of_whole(whole, estimator, options, name, frames)


def _whole(content: Any, name: str) -> tuple[str, Whole, Any] | None:
    """Return estimator, all persons and frame numbers, which may have gaps; None for netCDF."""
    members = set(content)
    if "position" in members:
        return None
    if {"tracks", "node_names"} <= members:
        return "sleap", _analysis(content, name), None
    if {"frames", "instances", "metadata"} <= members:
        return "sleap", _labels(content, name), None
    for group in content.values():
        if _text(getattr(group, "attrs", {}).get("pandas_type")) in _PANDAS:
            return "deeplabcut", *_table(group, name)
    raise FormatError(
        f"{name} is an HDF5 file with {sorted(members)[:8]}; needed one of DeepLabCut, SLEAP or "
        "movement (variable position)."
    )


def _array(dataset: Any, name: str) -> Any:
    """Return the content of a dataset, after checking its size."""
    values = int(np.prod(dataset.shape, dtype=object)) * max(1, len(dataset.dtype.names or ()))
    if values * max(1, dataset.dtype.itemsize // 8) > 2 * MOST_VALUES:
        raise FormatError(f"{name} has {values} values; at most {MOST_VALUES} are read.")
    return dataset[()]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _texts(dataset: Any, name: str) -> list[str]:
    if dataset.ndim != 1 or dataset.shape[0] > _MOST_COLUMNS:
        raise FormatError(f"{name} has names of shape {dataset.shape}.")
    return [_text(value) for value in _array(dataset, name)]


# --- DeepLabCut ---------------------------------------------------------------------------------------


def _table(group: Any, name: str) -> tuple[Whole, Any]:
    # format="table": one record per frame, with its number and blocks of values
    if "table" in group:
        table = group["table"]
        blocks = [field for field in table.dtype.names or () if field.startswith("values_block_")]
        columns = [
            column for field in blocks for column in _titles(table.attrs[f"{field}_kind"], name)
        ]
        rows = _array(table, name)
        parts = [rows[field].reshape(len(rows), -1) for field in blocks]
        numbers = rows["index"]
    else:  # format="fixed": one array, with levels and codes of the column labels
        columns, parts = [], []
        for block in range(int(group.attrs["nblocks"])):
            columns += _levels(group, f"block{block}_items", name)
            parts.append(_array(group[f"block{block}_values"], name))
        numbers = _array(group["axis1"], name) if "axis1" in group else np.array([""])
    values: F64 = np.concatenate(parts, axis=1).astype(np.float64)
    if len(columns) != values.shape[1]:
        raise FormatError(
            f"{name} has {len(columns)} titles for {values.shape[1]} columns; needed those of "
            "DeepLabCut."
        )
    whole = whole_of_columns(values, columns)
    if whole is None:
        raise FormatError(
            f"{name} is a pandas table with columns like {columns[:2]}; needed (scorer, body part, x, y "
            "or likelihood), as DeepLabCut writes it."
        )
    # Labeled images have file names instead of frame numbers.
    return whole, numbers.astype(np.float64) if numbers.dtype.kind in "iu" else None


def _levels(group: Any, prefix: str, name: str) -> list[tuple[str, ...]]:
    levels = range(min(int(group.attrs[f"{prefix}_nlevels"]), 5))
    texts = [
        np.array(_texts(group[f"{prefix}_level{level}"], name), dtype=object) for level in levels
    ]
    codes = [_array(group[f"{prefix}_label{level}"], name) for level in levels]
    if not codes or max(map(len, codes)) > _MOST_COLUMNS:
        raise FormatError(f"{name} has titles that are not those of DeepLabCut.")
    return list(zip(*(text[code] for text, code in zip(texts, codes, strict=True)), strict=True))


def _titles(pickled: Any, name: str) -> list[tuple[str, ...]]:
    """Return pickled column labels as a list of tuples of texts."""
    if isinstance(pickled, str):
        pickled = pickled.encode("latin-1")
    if len(pickled) > _LONGEST_TITLES:
        raise FormatError(f"{name} has titles of {len(pickled)} bytes.")
    titles = _plain(bytes(pickled))
    if not isinstance(titles, list) or len(titles) > _MOST_COLUMNS:
        raise FormatError(f"{name} has titles that are no list.")
    for title in titles:
        if not isinstance(title, tuple) or not all(isinstance(text, str) for text in title):
            raise FormatError(f"{name} has the title {str(title)[:60]}; needed texts.")
    return titles


def _plain(pickled: bytes) -> Any:
    """Unpickle lists, tuples and texts only.

    Opcodes that import or call anything are not supported.

    Raises
    ------
    ValueError
        The pickle contains another opcode or is damaged.
    """
    stack: list[Any] = []
    memory: dict[int, Any] = {}
    mark = object()

    def since_mark() -> Iterator[Any]:
        at = len(stack) - 1 - stack[::-1].index(mark)
        items = stack[at + 1 :]
        del stack[at:]
        return iter(items)

    for opcode, argument, _ in pickletools.genops(pickled):
        word: str = opcode.name
        if word == "STOP":
            return stack.pop()
        if word in ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "STRING"):
            stack.append(str(argument))
        elif word == "MARK":
            stack.append(mark)
        elif word in ("LIST", "EMPTY_LIST"):
            stack.append(list(since_mark()) if word == "LIST" else [])
        elif word == "TUPLE":
            stack.append(tuple(since_mark()))
        elif word in ("TUPLE1", "TUPLE2", "TUPLE3"):
            size = int(word[-1])
            stack[-size:] = [tuple(stack[-size:])]
        elif word == "APPEND":
            item = stack.pop()
            stack[-1].append(item)
        elif word == "APPENDS":
            items = list(since_mark())
            stack[-1].extend(items)
        elif word in ("PUT", "BINPUT", "LONG_BINPUT"):
            memory[int(argument or 0)] = stack[-1]
        elif word == "MEMOIZE":
            memory[len(memory)] = stack[-1]
        elif word in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memory[int(argument or 0)])
        elif word not in ("PROTO", "FRAME"):
            raise ValueError(f"a pickle has the word {word}, which titles of columns do not need")
    raise ValueError("a pickle has no end")


# --- SLEAP --------------------------------------------------------------------------------------------


def _analysis(content: Any, name: str) -> Whole:
    """Read SLEAP's analysis: coordinates of tracks, in an axis order that the file may state."""
    names = _texts(content["node_names"], name)
    points = _ordered(content["tracks"], _ANALYSIS, ("frame", "track", "node", "xy"), name)
    if points.shape[2:] != (len(names), 2):
        raise FormatError(f"{name} has tracks of shape {points.shape} for {len(names)} nodes.")
    scores = None
    if "point_scores" in content:
        axes = tuple(axis for axis in _ANALYSIS if axis != "xy")
        scores = _ordered(content["point_scores"], axes, ("frame", "track", "node"), name)
        # A manually placed point has no score and counts as certain.
        scores = np.where(np.isnan(scores), 1.0, scores)
        if scores.shape != points.shape[:3]:
            raise FormatError(
                f"{name} has scores of shape {scores.shape}; needed {points.shape[:3]}."
            )
    number = points.shape[1]
    tracks: Any = [None] if number == 1 else list(range(number))
    people = people_of(points, scores, tracks=tracks, single=number == 1)
    return Whole(people=people, names=tuple(names))


def _ordered(dataset: Any, usual: tuple[str, ...], wanted: Sequence[str], name: str) -> F64:
    said = dataset.attrs.get("dims")
    axes = [str(axis) for axis in json.loads(_text(said))] if said is not None else list(usual)
    if sorted(axes) != sorted(wanted) or dataset.ndim != len(axes):
        raise FormatError(f"{name} has the axes {axes[:6]}; needed {list(wanted)}.")
    values: F64 = np.asarray(_array(dataset, name), dtype=np.float64)
    return values.transpose([axes.index(axis) for axis in wanted])


def _labels(content: Any, name: str) -> Whole:
    """Read SLEAP's labels: frames contain instances, and instances contain points."""
    about = content["metadata"].attrs
    said = json.loads(_text(about["json"]))
    if len(said["skeletons"]) != 1:
        raise FormatError(f"{name} has {len(said['skeletons'])} skeletons; needed one.")
    names = tuple(str(said["nodes"][node["id"]]["name"]) for node in said["skeletons"][0]["nodes"])
    frames, instances = _array(content["frames"], name), _array(content["instances"], name)
    if len(np.unique(frames["video"])) > 1:
        raise FormatError(f"{name} has the labels of several videos; save those of one.")
    points = {
        kind: _array(content[key], name) for kind, key in enumerate(("points", "pred_points"))
    }
    shift = 0.5 if float(about.get("format_id", 1.0)) < _FROM_THE_MIDDLE else 0.0
    n_frames = int(frames["frame_idx"].astype(np.int64).max(initial=-1)) + 1
    if len(instances) * len(names) > MOST_VALUES or n_frames > len(frames) + LONGEST_GAP:
        raise FormatError(
            f"{name} has {len(instances)} instances in {len(frames)} of {n_frames} frames; needed the "
            "labels of the frames of one video."
        )
    rows = np.full((len(instances), len(names), 3), np.nan)
    numbers, tracks = np.zeros(len(instances), dtype=np.int64), [-1] * len(instances)
    filled = 0
    for frame in np.sort(frames, order="frame_idx"):
        here = instances[int(frame["instance_id_start"]) : int(frame["instance_id_end"])]
        for instance in _without_replaced(here):
            kind = int(instance["instance_type"])
            found = points[kind][int(instance["point_id_start"]) : int(instance["point_id_end"])]
            if len(found) != len(names) or filled == len(rows):
                raise FormatError(f"{name} has {len(found)} points for {len(names)} nodes.")
            seen = found["visible"]
            rows[filled, seen, 0] = found["x"][seen] - shift
            rows[filled, seen, 1] = found["y"][seen] - shift
            rows[filled, :, 2] = found["score"] if kind == _PREDICTED else 1.0
            numbers[filled], tracks[filled] = int(frame["frame_idx"]), int(instance["track"])
            filled += 1
    rows = rows[:filled]
    ids = [None if track < 0 else track for track in tracks[:filled]]
    people = people_of(
        rows[..., :2], rows[..., 2], frames=numbers[:filled], n_frames=n_frames, tracks=ids
    )
    return Whole(people=people, names=names)


def _without_replaced(instances: Any) -> Any:
    """Omit predictions that were corrected manually, as SLEAP does, found by link or track."""
    is_placed = instances["instance_type"] != _PREDICTED
    placed = instances[is_placed]
    tracks = placed["track"][placed["track"] >= 0]
    links = placed["from_predicted"][placed["from_predicted"] >= 0]
    corrected = np.isin(instances["instance_id"], links) | np.isin(instances["track"], tracks)
    return instances[is_placed | ~corrected]
