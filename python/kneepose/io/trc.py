"""TRC, the marker files of OpenSim, Vicon, Pose2Sim, Sports2D and OpenCap: tab-separated text."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from kneepose.errors import FormatError, KneeposeError
from kneepose.io.cells import TextTable, first_lines
from kneepose.io.options import Options
from kneepose.io.points import Points, recording_of
from kneepose.recording.recording import Recording
from kneepose.recording.skeleton import MOST_KEYPOINTS
from kneepose.typing import Unit
from kneepose.writing import visible, write_text

__all__ = ["read", "write"]

_UNITS: Final = {
    "m": "m", "meters": "m", "metres": "m", "meter": "m", "cm": "cm", "centimeters": "cm", "mm": "mm",
    "millimeters": "mm", "millimetres": "mm",
}  # fmt: skip


def read(data: bytes, name: str, options: Options) -> Recording:
    """Read a TRC file.

    Raises
    ------
    KneeposeError
        The file has no TRC header, or rows are damaged.
    """
    lines, _ = first_lines(data, name, 5)
    if len(lines) < 5:
        raise FormatError(f"{name} ends within the header of a TRC file.")
    keys, values = lines[1].split(), lines[2].split()
    head = dict(zip((key.lower() for key in keys), values, strict=False))
    titles = [title.strip() for title in lines[3].rstrip().split("\t")]
    markers = [title for title in titles[2:] if title]
    if len(titles) < 3 or not markers:  # some programs separate by spaces
        markers = lines[3].split()[2:]
    if not markers or len(markers) > 10 * MOST_KEYPOINTS:
        raise FormatError(f"{name} has {len(markers)} markers; needed 1 to {10 * MOST_KEYPOINTS}.")
    # In files without the row X1 Y1 Z1 this line already contains numbers.
    begin = first_lines(data, name, 5 if re.search(r"[xX]\s*1\b", lines[4]) else 4)[1]
    count = 3 * len(markers) + 2
    separator = "\t" if "\t" in lines[3] else ""
    table, _ = TextTable(data, begin, separator, [""] * count, name).values(range(count), [])
    rate = _number(head.get("datarate"))
    # Some programs number the frames without counting lost ones, so the times are used.
    frames = table[:, 0]
    is_whole = bool(np.isfinite(frames).all() and (frames == np.round(frames)).all())
    if not np.isfinite(table[:, 1]).all():
        raise FormatError(f"{name} has rows without a time.")
    unit = cast("Unit | None", _UNITS.get(head.get("units", "").lower()))
    return recording_of(
        Points(
            table[:, 2:].reshape(len(table), len(markers), 3),
            names=tuple(markers),
            times=table[:, 1],
            time_unit="s",
            frames=frames if is_whole else None,
            fps=rate,
            unit=unit,
            usual_up="y",
        ),
        options,
        name,
    )


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


#: Vertical axis → source axis index and sign of each of x, y and z in a file with y up.
_TURNS: Final = {
    "y": ((0, 1), (1, 1), (2, 1)),
    "z": ((0, 1), (2, 1), (1, -1)),
    "x": ((1, -1), (0, 1), (2, 1)),
    "-y": ((0, -1), (1, -1), (2, 1)),
    "-z": ((0, 1), (2, -1), (1, 1)),
    "-x": ((1, 1), (0, -1), (2, 1)),
}


def write(recording: Recording, path: Any) -> Path:
    """Write a TRC file in meters with y up, as OpenSim needs, without confidence and metadata.

    Raises
    ------
    KneeposeError
        The recording is in image space, or the name of a keypoint contains characters that a header
        cannot hold.
    """
    if recording.space == "image":
        raise KneeposeError(
            f"{Path(path).name}: a TRC file holds 3-D keypoints, this recording has pixels; save it as "
            ".csv or .parquet."
        )
    names = recording.skeleton.keypoints
    wrong = [name for name in names if re.search(r"\s", name) or visible(name) != name]
    if wrong:
        raise KneeposeError(
            f"the keypoint {wrong[0]!r} has spaces, which a TRC header cannot hold; save the recording "
            "as .csv or .parquet."
        )
    assert recording.up is not None
    turned = np.stack(
        [sign * recording.coordinates[..., axis] for axis, sign in _TURNS[recording.up]], axis=-1
    )
    rate = repr(recording.fps) if math.isfinite(recording.fps) else "1"
    count = str(recording.n_frames)
    head = [
        ["PathFileType", "4", "(X/Y/Z)", Path(path).name],
        [
            "DataRate", "CameraRate", "NumFrames", "NumMarkers", "Units",
            "OrigDataRate", "OrigDataStartFrame", "OrigNumFrames",
        ],
        [rate, rate, count, str(len(names)), "m", rate, "1", count],
        ["Frame#", "Time", *(cell for name in names for cell in (name, "", ""))],
        ["", "", *(f"{axis}{k}" for k in range(1, len(names) + 1) for axis in "XYZ")],
        [],
    ]  # fmt: skip
    lines = ["\t".join(row) for row in head]
    for number, (t, row) in enumerate(
        zip(recording.times.tolist(), turned.reshape(len(turned), -1).tolist(), strict=True), 1
    ):
        cells = (repr(value) if value == value else "" for value in row)
        lines.append("\t".join([str(number), repr(t), *cells]))
    return write_text(path, "\n".join([*lines, ""]))
