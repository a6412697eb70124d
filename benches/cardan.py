"""Hip flexion, adduction and internal rotation of both legs from segment axes, y up.

The definition of ISB's hip without a measured pelvis: z along the line of the hips, x level and
forward, y up from the two; the thigh with y along it and z along the knee's hinge. The angles are
the intrinsic Z-X-Y sequence between the two, once with SciPy and once in NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

F64 = NDArray[np.float64]
MIRROR = {"left": (1.0, -1.0, -1.0), "right": (1.0, 1.0, 1.0)}
"""Signs of (flexion, adduction, rotation) by side: the last two change sign on the left."""


def unit(a: F64) -> F64:
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


def axes(xyz: F64, keypoints: Sequence[str], side: str) -> tuple[F64, F64]:
    """Return the pelvis and thigh frames, each shape (T, 3, 3), with the axes as columns."""
    hip, knee, ankle = (xyz[:, keypoints.index(f"{side}_{p}")] for p in ("hip", "knee", "ankle"))
    right = unit(xyz[:, keypoints.index("right_hip")] - xyz[:, keypoints.index("left_hip")])
    ahead = unit(np.cross(np.array([0.0, 1.0, 0.0]), right))
    pelvis = np.stack([ahead, np.cross(right, ahead), right], axis=-1)
    along = unit(hip - knee)
    hinge = unit(np.cross(knee - hip, knee - ankle))
    return pelvis, np.stack([np.cross(along, hinge), along, hinge], axis=-1)


def by_scipy(xyz: F64, keypoints: Sequence[str]) -> F64:
    """Return hip angles by SciPy's `Rotation.as_euler`, shape (T, 6): three left, three right."""
    return both_sides(xyz, keypoints, scipy_angles)


def by_numpy(xyz: F64, keypoints: Sequence[str]) -> F64:
    """Return the hip angles by the closed formulas of the Z-X-Y sequence in NumPy, shape (T, 6)."""
    return both_sides(xyz, keypoints, numpy_angles)


def both_sides(xyz: F64, keypoints: Sequence[str], of: Any) -> F64:
    sides = [of(*axes(xyz, keypoints, side)) * MIRROR[side] for side in MIRROR]
    return np.stack(sides, axis=-1).reshape(len(xyz), 6)


def scipy_angles(pelvis: F64, thigh: F64) -> F64:
    between = Rotation.from_matrix(pelvis).inv() * Rotation.from_matrix(thigh)
    return np.asarray(between.as_euler("ZXY", degrees=True))


def numpy_angles(pelvis: F64, thigh: F64) -> F64:
    m = np.einsum("tki,tkj->tij", pelvis, thigh)
    return np.degrees(
        np.stack(
            [
                np.arctan2(-m[:, 0, 1], m[:, 1, 1]),
                np.arctan2(m[:, 2, 1], np.hypot(m[:, 0, 1], m[:, 1, 1])),
                np.arctan2(-m[:, 2, 0], m[:, 2, 2]),
            ],
            axis=-1,
        )
    )
