"""Vicon trials: joint centers, segment axes and Vicon's own angles.

They are read from the C3D files if available, else from a few frames in tests/data.
"""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest

from tests.support.datasets import FULL, SHIPPED

F64 = npt.NDArray[np.float64]

FILES = {
    "stairs": "vicon-pig-pycgm/Movement_trial.c3d",
    "standing": "vicon-pig-pycgm/Static_trial.c3d",
    "walk": "ktk-walk/walk.c3d.zip",
}
SIDES = ("left", "right")
SEGMENTS = ("PEL", "LFE", "RFE", "LTI", "RTI")
AXES = "OALP"
"""Suffixes of Vicon's names: origin, and tips of the anterior, left and proximal (up) axes."""
ANGLES = tuple(f"{side}{joint}Angles" for side in "LR" for joint in ("Hip", "Knee", "Pelvis"))
POINTS = (*(segment + axis for segment in SEGMENTS for axis in AXES), *ANGLES)
"""Names of the segments and angles that the tests and the accuracy table read."""


class Trial(NamedTuple):
    """Data of one Vicon trial. Every array has shape (T, 3), in millimeters or degrees."""

    points: dict[str, F64]

    def frame(self, segment: str) -> F64:
        """Return unit axes forward, up, right of ``PEL``, ``LFE``, … as rows, (T, 3, 3)."""
        origin = self.points[segment + "O"]
        forward, left, up = (self.points[segment + axis] - origin for axis in "ALP")
        axes = np.stack([forward, up, -left], axis=-2)
        return axes / np.linalg.norm(axes, axis=-1, keepdims=True)

    def centres(self, side: str) -> tuple[F64, F64, F64]:
        """Return hip, knee and ankle center; Vicon's segment origins are at the lower joint."""
        one = side[0].upper()
        return self.points[one + "FEP"], self.points[one + "FEO"], self.points[one + "TIO"]

    def vendor(self, side: str, joint: str) -> F64:
        """Return Vicon's angles, shape (T, 3): flexion, adduction (varus), internal rotation."""
        return self.points[f"{side[0].upper()}{joint}Angles"]


def read_c3d(path: Path) -> dict[str, F64]:
    """Return the labeled points of a C3D file, maybe in a zip archive; skip without ezc3d."""
    ezc3d: Any = pytest.importorskip("ezc3d", reason="reading C3D needs ezc3d: pip install ezc3d")
    if path.suffix == ".zip":
        with TemporaryDirectory() as folder, zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            return read_c3d(Path(archive.extract(name, folder)))
    file = ezc3d.c3d(str(path))
    labels = file["parameters"]["POINT"]["LABELS"]["value"]
    return {name: file["data"]["points"][:3, i].T.copy() for i, name in enumerate(labels)}


@cache
def whole(name: str) -> Trial:
    """Read all frames from the C3D file; skip the test if the file is absent."""
    path = FULL / FILES[name]
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    return Trial(read_c3d(path))


@cache
def shipped(name: str) -> Trial:
    """Read the subset of frames in tests/data."""
    path = SHIPPED / Path(FILES[name]).parent / f"{name}.npz"
    with np.load(path) as file:
        return Trial({key: file[key].astype(np.float64) for key in file.files})
