"""C3D, the binary format of marker systems: points with unit, rate and axes, no analog data.

Layout (https://www.c3d.org): blocks of 512 bytes, with a header, parameters in groups, and frames.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt

from kneepose.errors import FormatError, KneeposeError
from kneepose.io.options import Options
from kneepose.io.points import Points, recording_of
from kneepose.recording.recording import Recording
from kneepose.typing import Unit, Up
from kneepose.writing import write_whole

__all__ = ["read", "write"]

F64 = npt.NDArray[np.float64]
_BLOCK: Final = 512
_KEY: Final = 0x50
_INTEL, _DEC, _MIPS = 84, 85, 86
#: Prefixes of parameters that list points which are not positions.
_NO_POSITIONS: Final = ("ANGLES", "FORCES", "MOMENTS", "POWERS", "SCALARS", "USERMOS")
_MOST_PARAMETERS: Final = 20_000


class _Reader:
    """Reader for numbers in the format of the processor that wrote the file."""

    def __init__(self, data: bytes, processor: int, name: str) -> None:
        self.data, self.name = data, name
        self.order = ">" if processor == _MIPS else "<"
        self.is_dec = processor == _DEC

    def floats(self, at: int, count: int) -> F64:
        """Return `count` single-precision numbers from byte `at`."""
        raw = self.data[at : at + 4 * count]
        if at < 0 or len(raw) < 4 * count:
            raise FormatError(f"{self.name} ends too early.")
        single = np.frombuffer(raw, f"{self.order}f4")
        if self.is_dec:  # DEC numbers have swapped halves and an exponent larger by two
            halves = np.frombuffer(raw, "<u2").reshape(-1, 2)[:, ::-1]
            single = np.ascontiguousarray(halves).view("<f4").reshape(-1)
        with np.errstate(invalid="ignore"):  # a signaling NaN would warn
            return single.astype(np.float64) / (4.0 if self.is_dec else 1.0)

    def words(self, at: int, count: int, *, signed: bool = True) -> npt.NDArray[Any]:
        """Return `count` 16-bit integers from byte `at`."""
        raw = self.data[at : at + 2 * count]
        if at < 0 or len(raw) < 2 * count:
            raise FormatError(f"{self.name} ends too early.")
        return np.frombuffer(raw, f"{self.order}{'i' if signed else 'u'}2")


def read(data: bytes, name: str, options: Options) -> Recording:
    """Read a C3D file.

    Raises
    ------
    KneeposeError
        The file is damaged, or its points are no landmarks.
    """
    try:
        points = _points(data, name)
    except (struct.error, IndexError, OverflowError, ValueError) as error:
        if isinstance(error, KneeposeError):
            raise
        raise FormatError(f"{name} is damaged: {error}.") from None
    return recording_of(points, options, name)


def _points(data: bytes, name: str) -> Points:
    if len(data) < 2 * _BLOCK or data[1] != _KEY:
        raise FormatError(f"{name} is no C3D file.")
    section = (data[0] - 1) * _BLOCK
    if not 0 < section < len(data) - 4:
        raise FormatError(f"{name} has no parameters.")
    processor = data[section + 3]
    if processor not in (_INTEL, _DEC, _MIPS):
        raise FormatError(f"{name} has the processor type {processor}; needed 84, 85 or 86.")
    reader = _Reader(data, processor, name)
    groups = _parameters(reader, section)
    point = groups.get("POINT", {})
    head = reader.words(0, 12, signed=False)
    count, analog = int(head[1]), int(head[2])
    scale = float(_first(point.get("SCALE"), reader.floats(12, 1)[0]))
    begin = (int(_first(point.get("DATA_START"), head[8])) % 65536 - 1) * _BLOCK
    rate = float(_first(point.get("RATE"), reader.floats(20, 1)[0]))
    first, frames = _frame_numbers(groups, head)
    size = 4 if scale < 0 else 2
    row = size * (4 * count + analog)
    if begin < _BLOCK or frames < 1 or begin + row * frames > len(data):
        raise FormatError(f"{name} ends before its {frames} frames of {count} points.")
    if not (math.isfinite(rate) and 0 < rate <= 1e5) or not math.isfinite(scale):
        raise FormatError(f"{name} has the rate {rate:g} and the scale {scale:g}.")
    values: F64 = np.empty((frames, 0, 3))
    names: tuple[str, ...] = ()
    if count:
        values = _coordinates(reader, begin, frames, count, row // size, scale)
        labels = _texts(point, "LABELS", count)
        kept = _positions(point, labels)
        values, names = values[:, kept], tuple(labels[i] for i in kept)
    origins, segments = _segments(reader, groups.get("ROTATION", {}), frames)
    values, names = np.concatenate([values, origins], axis=1), names + segments
    if not names:
        raise FormatError(f"{name} has no points.")
    unit = str(_first(point.get("UNITS"), "")).strip().lower()
    up = str(_first(point.get("Y_SCREEN"), "")).strip().lower().removeprefix("+")
    return Points(
        values,
        names=names,
        times=(first + np.arange(frames)) / rate,
        time_unit="s",
        unit=cast("Unit", unit) if unit in ("m", "cm", "mm") else None,
        up=cast("Up", up) if up in ("x", "y", "z", "-x", "-y", "-z") else None,
        usual_up="z",
    )


def _frame_numbers(
    groups: Mapping[str, Mapping[str, Any]], head: npt.NDArray[Any]
) -> tuple[int, int]:
    """Return the number of the first frame, counted from 0, and the number of frames."""
    first, last = int(head[3]), int(head[4])
    trial = groups.get("TRIAL", {})
    start, end = trial.get("ACTUAL_START_FIELD"), trial.get("ACTUAL_END_FIELD")
    if (
        isinstance(start, np.ndarray)
        and isinstance(end, np.ndarray)
        and min(start.size, end.size) > 1
    ):
        # Each number is stored as two unsigned 16-bit words, the low one first.
        first, last = (
            int(field[0]) % 65536 + 65536 * (int(field[1]) % 65536) for field in (start, end)
        )
    return max(first - 1, 0), last - first + 1


def _coordinates(
    reader: _Reader, begin: int, frames: int, count: int, width: int, scale: float
) -> F64:
    if scale < 0:
        table = reader.floats(begin, frames * width).reshape(frames, width)
        points = table[:, : 4 * count].reshape(frames, count, 4)
        values, missing = points[..., :3].copy(), points[..., 3] < 0
    else:
        words = reader.words(begin, frames * width).reshape(frames, width)
        whole = words[:, : 4 * count].reshape(frames, count, 4)
        values, missing = whole[..., :3] * scale, whole[..., 3] < 0
    missing |= (values == 0).all(axis=2)
    values[missing] = np.nan
    return values


def _texts(group: Mapping[str, Any], name: str, count: int) -> list[str]:
    """Return the texts of a parameter, which continues in name2, name3 … beyond 255 entries."""
    texts = list(group.get(name, []))
    for number in range(2, 300):
        more = group.get(f"{name}{number}")
        if more is None or len(texts) >= count:
            break
        texts += list(more)
    texts = [str(text).strip() for text in texts[:count]]
    return texts + [f"*{i}" for i in range(len(texts), count)]


def _positions(point: Mapping[str, Any], labels: list[str]) -> list[int]:
    """Return the indices of the points that are positions and have a unique name."""
    others = {
        str(text).strip()
        for kind, texts in point.items()
        if kind.startswith(_NO_POSITIONS) and isinstance(texts, list)
        for text in texts
    }
    seen: set[str] = set()
    kept = []
    for i, label in enumerate(labels):
        if label and not label.startswith("*") and label not in others and label not in seen:
            seen.add(label)
            kept.append(i)
    return kept


def _segments(
    reader: _Reader, group: Mapping[str, Any], frames: int
) -> tuple[F64, tuple[str, ...]]:
    """Return the origins of segments stored as 4×4 matrices, as Theia3D writes them."""
    count = int(_first(group.get("USED"), 0))
    ratio = int(_first(group.get("RATIO"), 1))
    start = int(_first(group.get("DATA_START"), 0)) % 65536
    if not 0 < count <= 1000 or ratio != 1 or start < 2:
        return np.empty((frames, 0, 3)), ()
    begin = (start - 1) * _BLOCK
    matrices = reader.floats(begin, frames * count * 17).reshape(frames, count, 17)
    # matrices are column-major, and the fourth column is the origin
    origins = matrices[..., 12:15].copy()
    origins[~(matrices[..., 16] >= 0)] = np.nan
    return origins, tuple(_texts(group, "LABELS", count))


def _first(value: Any, default: Any) -> Any:
    if value is None or len(value) == 0:
        return default
    return value[0]


def _parameters(reader: _Reader, section: int) -> dict[str, dict[str, Any]]:
    """Return the parameters by group and name, as arrays or lists of texts."""
    data = reader.data
    end = min(len(data), section + max(data[section + 2], 1) * _BLOCK)
    names: dict[int, str] = {}
    found: dict[int, dict[str, Any]] = {}
    at = section + 4
    for _ in range(_MOST_PARAMETERS):
        if at + 2 > end:
            break
        length, group = struct.unpack_from("bb", data, at)
        length = abs(length)
        if length == 0 or group == 0:
            break
        text = data[at + 2 : at + 2 + length].decode("latin-1").strip().upper()
        place = at + 2 + length
        offset = int(reader.words(place, 1, signed=False)[0])
        if group < 0:
            names[-group] = text
        else:
            found.setdefault(group, {})[text] = _parameter(reader, place + 2, end)
        if offset == 0:
            break
        at = place + offset
    return {names.get(number, str(number)): content for number, content in found.items()}


def _parameter(reader: _Reader, at: int, end: int) -> Any:
    data = reader.data
    kind, dims = struct.unpack_from("bB", data, at)
    shape = list(data[at + 2 : at + 2 + dims])
    at += 2 + dims
    count = math.prod(shape)
    size = abs(kind) or 1
    if kind not in (-1, 1, 2, 4) or len(shape) > 7 or at + count * size > end:
        raise FormatError(f"{reader.name} has a damaged parameter.")
    if kind == -1:
        raw = data[at : at + count]
        width = shape[0] if shape else 1
        return [
            raw[i : i + width].decode("latin-1").rstrip("\0 ")
            for i in range(0, count, max(width, 1))
        ]
    if kind == 1:
        return np.frombuffer(data[at : at + count], np.int8)
    if kind == 2:
        return reader.words(at, count)
    return reader.floats(at, count)


# Maximum number of entries of a parameter; longer lists continue in further parameters.
_MOST_ENTRIES: Final = 255
_LARGEST_WORD: Final = 65535


def write(recording: Recording, path: Any) -> Path:
    """Write a C3D file in meters, single precision, without confidence and metadata.

    Raises
    ------
    KneeposeError
        The recording is in image space, or its times are not even.
    """
    if recording.space == "image":
        raise KneeposeError(
            f"{Path(path).name}: a C3D file holds 3-D keypoints, this recording has pixels; save it as "
            ".csv or .parquet."
        )
    rate, times = recording.fps, recording.times
    if not math.isfinite(rate):
        raise KneeposeError("one frame has no rate, which a C3D file needs; save it as .csv.")
    first = round(float(times[0]) * rate)
    even = (first + np.arange(recording.n_frames)) / rate
    if first < 0 or float(np.abs(times - even).max()) > 1e-4:
        raise KneeposeError(
            "a C3D file has one frame rate and counts frames from 0 s; these times are uneven or begin "
            "between frames. Save the recording as .trc, .csv or .parquet, or condition it first."
        )
    last = first + recording.n_frames
    data = _section(recording, rate, first, last)
    return write_whole(path, lambda file: file.write(data))


def _section(recording: Recording, rate: float, first: int, last: int) -> bytes:
    names = [name.encode("latin-1", "replace")[:127] for name in recording.skeleton.keypoints]
    groups: dict[str, dict[str, Any]] = {
        "POINT": {
            "USED": _words(len(names)),
            "FRAMES": _words(min(recording.n_frames, _LARGEST_WORD)),
            "SCALE": _floats(-1.0),
            "RATE": _floats(rate),
            "DATA_START": _words(0),
            "UNITS": _letters([b"m"]),
            "X_SCREEN": _letters([_level_axis(recording.up)]),
            "Y_SCREEN": _letters([_signed(recording.up)]),
            **_parts("LABELS", names),
            **_parts("DESCRIPTIONS", [b" "] * len(names)),
        },
        "ANALOG": {
            "USED": _words(0), "LABELS": _letters([]), "DESCRIPTIONS": _letters([]),
            "GEN_SCALE": _floats(1.0), "SCALE": _floats(), "OFFSET": _words(), "UNITS": _letters([]),
            "RATE": _floats(rate),
        },
        "FORCE_PLATFORM": {"USED": _words(0), "TYPE": _words(), "ZERO": _words(1, 0)},
        "TRIAL": {
            "ACTUAL_START_FIELD": _words((first + 1) % 65536, (first + 1) // 65536),
            "ACTUAL_END_FIELD": _words(last % 65536, last // 65536),
        },
    }  # fmt: skip
    blocks = math.ceil((4 + len(_written(groups))) / _BLOCK)
    groups["POINT"]["DATA_START"] = _words(2 + blocks)
    body = bytes([1, _KEY, blocks, _INTEL]) + _written(groups)
    head = bytearray(_BLOCK)
    head[:2] = bytes([2, _KEY])
    struct.pack_into(
        "<HHHHHfHHf", head, 2,
        len(names), 0, min(first + 1, _LARGEST_WORD), min(last, _LARGEST_WORD), 0, -1.0, 2 + blocks, 0,
        rate,
    )  # fmt: skip
    coordinates = recording.coordinates
    frames = np.zeros((len(coordinates), len(names), 4), "<f4")
    missing = np.isnan(coordinates[..., 0])
    frames[..., :3] = np.where(missing[..., None], 0.0, coordinates)
    frames[..., 3] = np.where(missing, -1.0, 0.0)
    content = frames.tobytes()
    return b"".join(
        [bytes(head), body.ljust(blocks * _BLOCK, b"\0"), content, bytes(-len(content) % _BLOCK)]
    )


def _signed(axis: str | None) -> bytes:
    return f"{'' if str(axis).startswith('-') else '+'}{str(axis).upper()}".encode()


def _level_axis(up: str | None) -> bytes:
    return b"+Y" if str(up).endswith("x") else b"+X"


def _words(*values: int) -> tuple[int, list[int], bytes]:
    shape = [] if len(values) == 1 else [len(values)]
    return 2, shape, b"".join(struct.pack("<H", value) for value in values)


def _floats(*values: float) -> tuple[int, list[int], bytes]:
    shape = [] if len(values) == 1 else [len(values)]
    return 4, shape, struct.pack(f"<{len(values)}f", *values)


def _letters(texts: list[bytes]) -> tuple[int, list[int], bytes]:
    width = max(map(len, texts), default=0)
    return -1, [width, len(texts)], b"".join(text.ljust(width) for text in texts)


def _parts(name: str, texts: list[bytes]) -> dict[str, Any]:
    pieces = [texts[i : i + _MOST_ENTRIES] for i in range(0, len(texts), _MOST_ENTRIES)]
    return {name + (str(i) if i > 1 else ""): _letters(part) for i, part in enumerate(pieces, 1)}


def _written(groups: Mapping[str, Mapping[str, tuple[int, list[int], bytes]]]) -> bytes:
    parts = []
    for number, (name, content) in enumerate(groups.items(), 1):
        text = name.encode()
        parts.append(struct.pack("<bb", len(text), -number) + text + struct.pack("<HB", 3, 0))
        for parameter, (kind, shape, raw) in content.items():
            text = parameter.encode()
            rest = struct.pack("<bB", kind, len(shape)) + bytes(shape) + raw + b"\0"
            parts.append(
                struct.pack("<bb", len(text), number)
                + text
                + struct.pack("<H", len(rest) + 2)
                + rest
            )
    return b"".join(parts) + b"\0\0"
