"""Tables of keypoints from any kind of file: wide, tidy, or without a header.

In a wide table a row is a frame and a column is a coordinate (``left_knee_x``, ``KneeLeft.X``,
``x_nose``, ``x1``). In a tidy table a row is one keypoint in one frame. A `Source` provides the
column names and the values.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from kneepose.angles.spec import angle_rows
from kneepose.errors import FormatError
from kneepose.io.options import SECONDS_PER, Options
from kneepose.io.points import Points
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import Skeleton, find_skeleton, skeleton_names_with
from kneepose.typing import Unit

__all__ = ["Source", "is_score", "points_of_table", "tidy_columns", "unit_of", "unnamed_points"]

F64 = npt.NDArray[np.float64]


class Source(Protocol):
    """Interface of a table: column names, and access to values by column index."""

    @property
    def name(self) -> str:
        """Name of the file, for messages."""

    @property
    def header(self) -> Sequence[str]:
        """Names of the columns."""

    def values(self, columns: Sequence[int], labels: Sequence[int]) -> tuple[F64, list[list[str]]]:
        """Return columns, shape (rows, columns), and the texts of label columns.

        The values of a label column are indices of its texts.
        """


#: Column name in lower case → unit of its times.
_TIMES: Final = {
    "time": None, "times": None, "t": None, "timestamp": None, "time_s": "s", "timestamp_s": "s",
    "seconds": "s", "sec": "s", "time_ms": "ms", "timestamp_ms": "ms", "milliseconds": "ms", "ms": "ms",
    "time_us": "us", "timestamp_us": "us", "timestamp_usec": "us", "timestamp_ns": "ns", "time_ns": "ns",
}  # fmt: skip
_FRAMES: Final = (
    "frame", "frame_number", "frame_no", "frame_id", "frame_idx", "framenum", "frame#", "frame_index",
)  # fmt: skip
_POINT: Final = (
    "keypoint",
    "keypoint_name",
    "joint",
    "bodypart",
    "landmark",
    "marker",
    "point",
    "name",
    *(
        f"{word}_{number}"
        for word in ("keypoint", "joint", "landmark")
        for number in ("id", "index")
    ),
)
_PERSON: Final = ("person", "individual", "individuals", "track", "track_id", "person_id", "id")
_SCORES: Final = (
    "confidence", "conf", "visibility", "vis", "likelihood", "score", "prob", "probability",
    "reliability", "v", "c", "p",
)  # fmt: skip
#: Column names of tracking states of Kinect and Nuitrack: 0 not tracked, 1 inferred, 2 tracked.
_STATES: Final = ("trackingstate", "tracking_state", "state", "tracked")
_AXES: Final = ("x", "y", "z")
#: Word after a column name → unit of the column.
_UNITS: Final = {
    "px": "px", "pixel": "px", "pixels": "px", "m": "m", "meter": "m", "meters": "m", "metre": "m",
    "metres": "m", "cm": "cm", "mm": "mm", "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "ms": "ms", "us": "us", "µs": "us", "ns": "ns",
}  # fmt: skip
_IN_BRACKETS: Final = re.compile(r"(.*[^\s_])[\s_]*(?:\[([^\]]*)\]|\(([^)]*)\))")
_BEHIND_AXIS: Final = re.compile(r"(.*[xyz])[\s_](px|cm|mm|m)", re.IGNORECASE)
_ENDINGS: Final = sorted((*_AXES, *_SCORES, *_STATES), key=len, reverse=True)
_BETWEEN: Final = " _.:/-"


class _Wide(NamedTuple):
    """Column indices of a keypoint's coordinates: x, y, and z and confidence or None."""

    name: str
    x: int
    y: int
    z: int | None
    score: int | None
    is_state: bool


class _Titled(NamedTuple):
    """A table with column names stripped of units, and the unit of each column."""

    source: Source
    name: str
    header: list[str]
    units: list[str | None]

    def values(self, columns: Sequence[int], labels: Sequence[int]) -> tuple[F64, list[list[str]]]:
        return self.source.values(columns, labels)

    def length_unit(self, columns: Sequence[int]) -> Unit | None:
        """Return the unit of coordinates if all have the same unit of length; else None."""
        units = {self.units[column] for column in columns}
        return next((unit for unit in ("m", "cm", "mm") if units == {unit}), None)


def unit_of(word: str) -> str | None:
    """Return the unit that a word such as px denotes, or None."""
    return _UNITS.get(word.strip().lower())


def _titled(source: Source) -> _Titled:
    titles = [_title(one) for one in source.header]
    return _Titled(source, source.name, [one for one, _ in titles], [unit for _, unit in titles])


def _title(title: str) -> tuple[str, str | None]:
    """Split a column name such as ``left_knee_x (px)`` or ``left_knee [x]`` into name and unit."""
    unit = None
    found = _IN_BRACKETS.fullmatch(title.strip())
    if found is not None:
        inside = (found[2] or found[3] or "").strip()
        unit = unit_of(inside)
        if unit in SECONDS_PER or inside.lower() in _ENDINGS:
            return f"{found[1]}_{unit or inside}", unit
        title = found[1] if unit else title
    found = _BEHIND_AXIS.fullmatch(title.strip())
    return (title, unit) if found is None else (found[1], unit_of(found[2]))


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _first_of(header: Sequence[str], names: Sequence[str]) -> int | None:
    plain = [_plain(name) for name in header]
    return next((plain.index(name) for name in names if name in plain), None)


def points_of_table(source: Source, options: Options) -> Points:
    """Return the content of a table with a header.

    Raises
    ------
    FormatError
        The table has no coordinates.
    """
    source = _titled(source)
    x, y = (_first_of(source.header, (axis,)) for axis in "xy")
    keypoint = _first_of(source.header, _POINT)
    if keypoint is not None and x is not None and y is not None:
        return _tidy(source, keypoint, options)
    return _wide(source)


def _wide(source: _Titled) -> Points:
    points = _wide_points(source.header)
    if not points:
        shown = ", ".join(repr(name[:40]) for name in source.header[:8])
        if any(name.startswith(tuple(angle_rows())) for name in source.header):
            raise FormatError(
                f"{source.name} has angles, {shown}; angles are read from .mot, which Angles.save and "
                "kneepose convert write."
            )
        raise FormatError(
            f"{source.name} has no columns of keypoints, only {shown}; needed x and y for each, such as "
            "left_knee_x, left_knee_y, or keypoint, x, y in rows."
        )
    time, unit = _time_column(source.header)
    frame = _first_of(source.header, _FRAMES)
    has_z = all(point.z is not None for point in points)
    has_score = any(point.score is not None for point in points)
    used = sorted(
        {
            column
            for point in points
            for column in (point.x, point.y, point.z if has_z else None, point.score)
            if column is not None
        }
        | {column for column in (time, frame) if column is not None}
    )
    table, _ = source.values(used, [])
    unit_of_lengths = source.length_unit([column for p in points for column in (p.x, p.y)])
    at = {column: i for i, column in enumerate(used)}
    axes = [[point.x, point.y, *([point.z] if has_z else [])] for point in points]
    values = table[:, [[at[column] for column in row if column is not None] for row in axes]]
    confidence = None
    if has_score:
        confidence = np.ones(values.shape[:2])
        for i, point in enumerate(points):
            if point.score is not None:
                confidence[:, i] = np.nan_to_num(table[:, at[point.score]])
                if point.is_state:
                    confidence[:, i] /= 2.0
    return Points(
        values,
        names=tuple(point.name for point in points),
        confidence=confidence,
        times=None if time is None else table[:, at[time]],
        time_unit=unit,
        unit=unit_of_lengths,
        frames=None if frame is None else _whole(table[:, at[frame]], source.name),
    )


def _wide_points(header: Sequence[str]) -> list[_Wide]:
    """Return the keypoints in a header by the naming pattern, suffix or prefix, that finds more."""
    found: list[list[_Wide]] = []
    for split in (_ending, _beginning):
        parts: dict[str, dict[str, int]] = {}
        for column, title in enumerate(header):
            pair = split(title.strip())
            if pair is not None:
                parts.setdefault(pair[0], {}).setdefault(pair[1], column)
        found.append(
            [
                _Wide(
                    name,
                    columns["x"],
                    columns["y"],
                    columns.get("z"),
                    next((columns[s] for s in (*_SCORES, *_STATES) if s in columns), None),
                    not any(s in columns for s in _SCORES),
                )
                for name, columns in parts.items()
                if "x" in columns and "y" in columns
            ]
        )
    return max(found, key=len)


def _ending(title: str) -> tuple[str, str] | None:
    """Split a column name such as ``left_knee_x`` into keypoint and coordinate."""
    lower = title.lower()
    ending = next((one for one in _ENDINGS if lower.endswith(one)), "")
    name = title[: len(title) - len(ending)].rstrip(_BETWEEN)
    return (name, ending) if ending and name else None


def _beginning(title: str) -> tuple[str, str] | None:
    """Split a column name such as ``x_left_knee`` or ``x1`` into keypoint and coordinate."""
    lower = title.lower()
    beginning = next((one for one in _ENDINGS if lower.startswith(one)), "")
    name = title[len(beginning) :].lstrip(_BETWEEN)
    return (name, beginning) if beginning and name else None


def _time_column(header: Sequence[str]) -> tuple[int | None, str | None]:
    column = _first_of(header, tuple(_TIMES))
    return column, None if column is None else _TIMES[_plain(header[column])]


def _whole(frames: F64, name: str) -> npt.NDArray[Any]:
    if not np.isfinite(frames).all() or (frames != np.round(frames)).any():
        raise FormatError(f"{name} has frame numbers that are no whole numbers.")
    if np.abs(frames).max(initial=0.0) > 2**53:
        raise FormatError(f"{name} has frame numbers beyond {2**53}.")
    return frames


class _Rows(NamedTuple):
    """Rows of a tidy table: frame, keypoint and person of each row, and values by column name."""

    frame: npt.NDArray[np.intp]
    keypoint: npt.NDArray[np.intp]
    names: list[str]
    person: npt.NDArray[np.intp] | None
    persons: list[str]
    values: dict[str, F64]
    labels: dict[str, list[str]]
    titles: list[str]
    n_frames: int


def _rows(source: Source, keypoint: int) -> _Rows:
    header = [_plain(name) for name in source.header]
    time, frame = _time_column(source.header)[0], _first_of(source.header, _FRAMES)
    person = _first_of(source.header, _PERSON)
    if time is None and frame is None:
        raise FormatError(f"{source.name} has keypoints in rows, but neither a time nor a frame.")
    numbers = {"x", "y", "z", "width", "height", *_SCORES}
    texts = {"skeleton", "up", "unit", "landmark"}
    chosen = {i for i, name in enumerate(header) if name in numbers}
    chosen |= {i for i in (time, frame) if i is not None}
    labels = {i for i, name in enumerate(header) if name in texts and i != keypoint}
    labels |= {keypoint} | ({person} if person is not None else set())
    used = sorted(chosen | labels)
    table, said = source.values(used, sorted(labels))
    column = {i: table[:, used.index(i)] for i in used}
    words = dict(zip(sorted(labels), said, strict=True))
    key = column[frame] if frame is not None else column[time]  # type: ignore[index]
    if not np.isfinite(key).all():
        raise FormatError(f"{source.name} has rows without a frame or a time.")
    unique, frames = np.unique(key, return_inverse=True)
    values = {header[i]: column[i] for i in used}
    if frame is not None:
        values["frame"] = column[frame]
    if time is not None:
        values["time"] = column[time]
    return _Rows(
        frames.reshape(-1),
        column[keypoint].astype(np.intp),
        words[keypoint],
        None if person is None else column[person].astype(np.intp),
        [] if person is None else words[person],
        values,
        {header[i]: texts for i, texts in words.items()},
        header,
        len(unique),
    )


def _tidy(source: _Titled, keypoint: int, options: Options) -> Points:
    rows = _rows(source, keypoint)
    pick: Any = slice(None)
    if rows.person is not None and len(rows.persons) > 1:
        counts = np.bincount(rows.person, minlength=len(rows.persons))
        chosen = int(np.argmax(counts))
        if isinstance(options.person, int):
            wanted = str(options.person)
            if wanted not in rows.persons:
                raise FormatError(
                    f"{source.name} has the persons {', '.join(rows.persons[:20])}; person={wanted} is "
                    "none of them."
                )
            chosen = rows.persons.index(wanted)
        pick = rows.person == chosen
    frame, point = rows.frame[pick], rows.keypoint[pick]
    used = np.unique(point)
    order = {int(code): i for i, code in enumerate(used)}
    names = tuple(rows.names[code] for code in used)
    point = np.array([order[int(code)] for code in used])[np.searchsorted(used, point)]
    axes = [axis for axis in _AXES if axis in rows.values]
    if rows.n_frames * len(names) > 4 * len(rows.frame) + 1000:
        raise FormatError(f"{source.name} has too few rows for its frames and keypoints.")
    values = np.full((rows.n_frames, len(names), len(axes)), np.nan)
    place = frame * len(names) + point
    if len(np.unique(place)) < len(place):
        raise FormatError(f"{source.name} has two rows for one keypoint of one frame.")
    for i, axis in enumerate(axes):
        values[frame, point, i] = rows.values[axis][pick]
    score = next((name for name in _SCORES if name in rows.values), None)
    confidence = None
    if score is not None:
        confidence = np.zeros(values.shape[:2])
        confidence[frame, point] = np.nan_to_num(rows.values[score][pick])
    stated = _stated(rows, names, pick)
    if stated["unit"] is None:
        stated["unit"] = source.length_unit([rows.titles.index(axis) for axis in axes])
    first = np.full(rows.n_frames, -1)
    first[rows.frame[::-1]] = np.arange(len(rows.frame))[::-1]
    time, unit = _time_column(source.header)
    return Points(
        values,
        names=names,
        confidence=confidence,
        times=None if time is None else rows.values["time"][first],
        time_unit=unit,
        frames=_whole(rows.values["frame"][first], source.name) if "frame" in rows.values else None,
        **stated,
    )


def _stated(rows: _Rows, names: tuple[str, ...], pick: Any) -> dict[str, Any]:
    """Return the content of the columns skeleton, landmark, up, unit, width and height."""

    def text(column: str) -> str | None:
        found = rows.labels.get(column, [])
        return found[0] if len(found) == 1 and found[0] else None

    def number(column: str) -> int | None:
        found = rows.values.get(column)
        return int(found[0]) if found is not None and np.isfinite(found[0]) else None

    size = number("width"), number("height")
    unit, up, skeleton = text("unit"), text("up"), text("skeleton")
    stated: dict[str, Any] = {
        "unit": unit if unit in ("m", "cm", "mm") else None,
        "up": up,
        "resolution_wh": None if None in size else size,
    }
    if skeleton is not None and "landmark" in rows.labels:
        codes, marks = rows.values["landmark"][pick].astype(int), rows.labels["landmark"]
        aliases = {}
        for keypoint, code in zip(rows.keypoint[pick].tolist(), codes.tolist(), strict=True):
            if marks[code]:
                aliases[marks[code]] = rows.names[keypoint]
        stated["skeleton"] = Skeleton(skeleton, names, aliases)
    elif skeleton is not None:
        stated["skeleton"] = find_skeleton(skeleton)
    return stated


def tidy_columns(recording: Recording) -> dict[str, npt.NDArray[Any]]:
    """Return a recording as tidy columns, one row per keypoint and frame."""
    n_frames, n_keypoints, n_axes = recording.coordinates.shape
    skeleton = recording.skeleton
    columns: dict[str, Any] = {
        "frame": np.repeat(np.arange(n_frames), n_keypoints),
        "time_s": np.repeat(recording.times, n_keypoints),
        "keypoint": np.tile(np.array(skeleton.keypoints), n_frames),
    }
    for i, axis in enumerate(_AXES[:n_axes]):
        columns[axis] = recording.coordinates[..., i].ravel()
    columns["confidence"] = recording.confidence.ravel()
    constant: Mapping[str, Any] = {
        "unit": "m" if recording.space == "world" else "px",
        "up": recording.up,
        "width": recording.resolution_wh and recording.resolution_wh[0],
        "height": recording.resolution_wh and recording.resolution_wh[1],
        "skeleton": skeleton.name,
    }
    for name, value in constant.items():
        if value is not None:
            columns[name] = np.full(n_frames * n_keypoints, value)
    if not isinstance(skeleton._plain(), str):
        marks = [""] * n_keypoints
        for landmark, index in skeleton.landmarks.items():
            marks[index] = landmark
        columns["landmark"] = np.tile(np.array(marks), n_frames)
    return columns


# A third value counts as a confidence if it lies in 0 to 1 while x and y span more than this.
_PIXELS: Final = 5.0


def unnamed_points(table: F64, options: Options, name: str) -> Points:
    """Return the content of a table of numbers without a header, using the given skeleton.

    A column before the keypoints is a frame number if its values are whole, else a time. With four
    values per keypoint the fourth is a confidence. With three, the third is a confidence if it lies
    in 0 to 1 while x and y are pixels.

    Raises
    ------
    FormatError
        No skeleton is given, or the number of columns does not fit it.
    """
    count = table.shape[1]
    if options.skeleton is None:
        widths = [width for width in (4, 3, 2) if count % width in (0, 1)]
        fitting = [one for width in widths for one in skeleton_names_with(count // width)]
        such = f"such as {', '.join(map(repr, dict.fromkeys(fitting)))}, " if fitting else "a name "
        raise FormatError(
            f"{name} has {count} columns of numbers without names; pass skeleton=, {such}or a "
            "kneepose.Skeleton with the keypoints in order."
        )
    size = len(options.skeleton.keypoints)
    width, extra = divmod(count, size)
    if width not in (2, 3, 4) or extra > 1:
        raise FormatError(
            f"{name} has {count} columns of numbers; needed 2, 3 or 4 for each of the {size} keypoints "
            f"of {options.skeleton.name}, and at most one for the time."
        )
    values = table[:, extra:].reshape(len(table), size, width)
    confidence = None
    if width == 4:
        values, confidence = values[..., :3], np.nan_to_num(values[..., 3])
        if set(np.unique(confidence)) <= {0.0, 1.0, 2.0} and confidence.max(initial=0.0) == 2.0:
            confidence = confidence / 2.0  # Kinect's states: 0 not tracked, 1 inferred, 2 tracked
    elif width == 3 and is_score(values):
        values, confidence = values[..., :2], np.nan_to_num(values[..., 2])
    lead = table[:, 0] if extra else None
    is_frame = lead is not None and np.isfinite(lead).all() and (lead == np.round(lead)).all()
    return Points(
        values,
        confidence=confidence,
        times=None if is_frame else lead,
        frames=lead if is_frame else None,
        skeleton=options.skeleton,
    )


def is_score(values: F64) -> bool:
    """Return True if the third values are confidences: from 0 to 1, while x and y are pixels."""
    third = values[..., 2][np.isfinite(values[..., 2])]
    finite = values[np.isfinite(values).all(axis=2)]
    if not third.size or not len(finite) or third.min() < 0 or third.max() > 1.0:
        return False
    return bool((np.ptp(finite[:, :2], axis=0) > _PIXELS).all())
