"""MOT and STO, tab-separated joint angles of OpenSim, also written by OpenCap and Sports2D."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose.angles.angles import Angles
from kneepose.columns import write_csv
from kneepose.errors import FormatError, KneeposeError
from kneepose.io.cells import TextTable, first_lines
from kneepose.records import Provenance
from kneepose.typing import Side
from kneepose.validity import Validity, code_of
from kneepose.writing import write_text

__all__ = ["COORDINATES", "read", "write"]

F64 = npt.NDArray[np.float64]
_LONGEST_HEADER: Final = 100
_LONGEST_TITLE: Final = 500
_MOST_COLUMNS: Final = 5000


class Coordinate(NamedTuple):
    """An OpenSim coordinate: its name, the name in kneepose, the factor between their values."""

    opensim: str
    angle: str
    sign: float


#: Coordinates of the models of Rajagopal, Lai and OpenCap, whose names end in _r or _l for the
#: side. Their hip angles are relative to the pelvis, whose tilt two hip keypoints cannot show.
COORDINATES: Final = (
    Coordinate("knee_angle", "knee_flexion", 1.0),
    Coordinate("hip_flexion", "hip_flexion", 1.0),
    Coordinate("hip_adduction", "hip_adduction", 1.0),
    Coordinate("hip_rotation", "hip_internal_rotation", 1.0),
    Coordinate("ankle_angle", "ankle_dorsiflexion", 1.0),
    Coordinate("pelvis_list", "pelvic_obliquity", -1.0),
)
_OURS: Final = {row.opensim: row for row in COORDINATES}
_SIDES: Final[dict[str, Side]] = {"_r": "right", "_l": "left"}
#: Pattern of columns that are no angles: translations, forces, and coupled coordinates.
_NO_ANGLE: Final = re.compile(
    r".*(_t[xyz]|_beta|_v[xyz]|_p[xyz]|force|moment|torque|power|activation).*", re.IGNORECASE
)


def read(data: bytes, name: str) -> Angles:
    """Read angles in degrees from a MOT or STO file.

    Raises
    ------
    FormatError
        The file is damaged, or has no angles.
    """
    lines, _ = first_lines(data, name, _LONGEST_HEADER)
    end = next((i for i, line in enumerate(lines) if line.strip().lower() == "endheader"), None)
    if end is None or end + 1 >= len(lines):
        raise FormatError(f"{name} has no header that ends in endheader.")
    said = {
        key.strip().lower(): value.strip().lower()
        for key, _, value in (line.partition("=") for line in lines[:end])
        if value
    }
    titles = [title.strip() for title in re.split(r"\t|\s{2,}|,", lines[end + 1].strip())]
    if max(map(len, titles)) > _LONGEST_TITLE or len(titles) > _MOST_COLUMNS:
        raise FormatError(f"{name} has {len(titles)} columns, or one with a very long title.")
    if len(titles) < 2:
        titles = lines[end + 1].split()
    if titles[0].lower() != "time":
        raise FormatError(f"{name} has {titles[0][:40]!r} as its first column; needed time.")
    chosen = {
        title.rsplit("/value", 1)[0].rpartition("/")[2]: i
        for i, title in enumerate(titles)
        if i and (title.endswith("/value") or "/" not in title)
        and not _NO_ANGLE.fullmatch(title.rsplit("/value", 1)[0])
    }  # fmt: skip
    if not chosen:
        raise FormatError(f"{name} has no angles; it may hold forces or positions.")
    begin = first_lines(data, name, end + 2)[1]
    used = [0, *chosen.values()]
    table, _ = TextTable(data, begin, "", titles, name).values(used, [])
    if not np.isfinite(table[:, 0]).all() or (np.diff(table[:, 0]) <= 0).any():
        raise FormatError(f"{name} has times that do not rise.")
    declared = said.get("nrows", said.get("datarows", ""))
    if declared.isdecimal() and int(declared) > len(table):
        raise FormatError(f"{name} has {len(table)} rows of {declared}; it ends too early.")
    degrees = table[:, 1:]
    if said.get("indegrees", "yes") in ("no", "false", "0"):
        degrees = np.degrees(degrees)
    columns, values = [], np.empty_like(degrees)
    for i, title in enumerate(chosen):
        key, sign = _angle_of(title, degrees[:, i])
        columns.append(key)
        values[:, i] = sign * degrees[:, i]
    codes = np.where(
        np.isfinite(values), code_of(Validity.OK), code_of(Validity.MISSING_KEYPOINT)
    ).astype(np.uint8)
    values[~np.isfinite(values)] = np.nan
    provenance = Provenance(estimator=said.get("name", "") or "opensim")
    return Angles(
        columns, values, codes, table[:, 0].copy(), None,
        pelvis_reference="pelvis", provenance=provenance,
    )  # fmt: skip


def _angle_of(title: str, values: F64) -> tuple[tuple[str, Side | None], float]:
    """Return name and side of a coordinate, and the factor that converts its values."""
    base, side = title, _SIDES.get(title[-2:])
    if side is not None:
        base = title[:-2]
    row = _OURS.get(base)
    if row is None:
        return (base, side), 1.0
    sign = row.sign
    seen = values[np.isfinite(values)]
    if row.angle == "knee_flexion" and seen.size and seen.mean() < -5.0:
        # models before 2016 count flexion negative; a mean hyperextension over 5° is impossible
        sign = -sign
    return (row.angle, side), sign


def write(angles: Angles, path: str | Path) -> Path:
    """Write angles to a ``.mot`` file, with names and signs of OpenSim, or to a ``.csv`` file.

    Raises
    ------
    KneeposeError
        The file extension is another one, or no angle is in degrees.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        return write_csv(angles.columns() | angles.provenance.columns(len(angles.times)), path)
    if suffix not in (".mot", ".sto"):
        raise KneeposeError(f"{path} must end in .mot or .csv.")
    theirs = {row.angle: row for row in COORDINATES}
    titles, columns = [], []
    for name, side in angles:
        angle = angles[name, side]
        if angle.unit != "deg":
            continue
        row = theirs.get(name)
        end = "" if side is None else f"_{side[0]}"
        if row is not None and row.opensim == "pelvis_list":
            end = ""
        titles.append(f"{name if row is None else row.opensim}{end}")
        columns.append(angle.values if row is None else row.sign * angle.values)
    if not columns:
        raise KneeposeError("there is no angle in degrees to write.")
    head = [
        Path(path).stem, "version=1", f"nRows={len(angles.times)}", f"nColumns={len(titles) + 1}",
        "inDegrees=yes", "", "endheader", "\t".join(["time", *titles]),
    ]  # fmt: skip
    table = np.column_stack([angles.times, *columns]).tolist()
    lines = ["\t".join(repr(value) if value == value else "nan" for value in row) for row in table]
    return write_text(path, "\n".join([*head, *lines, ""]))
