"""Forward model: a body built from known angles (science.md 10), the truth of the golden vectors.

World x is forward, y up, z to the person's right, in meters and degrees. This module measures no
angle, and may not import the NumPy reference.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Points = dict[str, Array]

THIGH, SHANK, HALF_HIPS, HIP_HEIGHT, TRUNK, HALF_SHOULDERS = 0.42, 0.40, 0.085, 1.0, 0.5, 0.18
SIGMA = {"right": 1.0, "left": -1.0}
UP = {
    "x": [1.0, 0.0, 0.0],
    "y": [0.0, 1.0, 0.0],
    "z": [0.0, 0.0, 1.0],
    "-x": [-1.0, 0.0, 0.0],
    "-y": [0.0, -1.0, 0.0],
    "-z": [0.0, 0.0, -1.0],
}


def turn(axis: Iterable[float], degrees: float) -> Array:
    """Return the rotation matrix about an axis through the origin, right-handed (Rodrigues)."""
    k = np.array(list(axis), dtype=np.float64)
    k /= np.linalg.norm(k)
    skew = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    a = np.radians(degrees)
    return np.asarray(np.eye(3) + np.sin(a) * skew + (1.0 - np.cos(a)) * (skew @ skew))


def rx(degrees: float) -> Array:
    """Return a rotation about the forward axis; a positive one lowers the right side."""
    return turn((1, 0, 0), degrees)


def ry(degrees: float) -> Array:
    """Return a rotation about the upward axis; a positive one turns to the person's left."""
    return turn((0, 1, 0), degrees)


def rz(degrees: float) -> Array:
    """Return a rotation about the rightward axis; positive is forward to up (flexion)."""
    return turn((0, 0, 1), degrees)


def body(
    flexion: float = 0.0,
    adduction: float = 0.0,
    rotation: float = 0.0,
    knee: float = 0.0,
    valgus: float = 0.0,
    *,
    pelvis: Array | None = None,
    trunk_forward: float = 0.0,
    trunk_right: float = 0.0,
    foot: Array | None = None,
    small_toe: bool = False,
) -> Points:
    """Return one frame with both legs in the same clinical posture.

    R_t = R_p·Rz(F)·Rx(σD)·Ry(σI), knee = hip + R_t(0, −L_t, 0); R_s = R_t·Rz(−β)·Rx(−σα), ankle =
    knee + R_s(0, −L_s, 0). The trunk leans by `trunk_forward` from vertical and then by
    `trunk_right`, both about horizontal world axes. `foot` is the heel-to-big-toe direction of the
    right foot in its shank frame, mirrored for the left.
    """
    r_p = np.eye(3) if pelvis is None else pelvis
    centre = np.array([0.0, HIP_HEIGHT, 0.0])
    points: Points = {}
    for side, sigma in SIGMA.items():
        hip = centre + r_p @ np.array([0.0, 0.0, sigma * HALF_HIPS])
        r_t = r_p @ rz(flexion) @ rx(sigma * adduction) @ ry(sigma * rotation)
        k = hip + r_t @ np.array([0.0, -THIGH, 0.0])
        r_s = r_t @ rz(-knee) @ rx(-sigma * valgus)
        ankle = k + r_s @ np.array([0.0, -SHANK, 0.0])
        epicondyle = r_t @ np.array([0.0, 0.0, sigma * 0.04])
        points[f"{side}_hip"], points[f"{side}_knee"], points[f"{side}_ankle"] = hip, k, ankle
        points[f"{side}_lateral_epicondyle"] = k + epicondyle
        points[f"{side}_medial_epicondyle"] = k - epicondyle
        if foot is not None:
            along = r_s @ (np.asarray(foot, dtype=np.float64) * [1.0, 1.0, sigma])
            points[f"{side}_heel"] = ankle - 0.05 * along
            points[f"{side}_big_toe"] = ankle + 0.15 * along
            if small_toe:
                points[f"{side}_small_toe"] = ankle + 0.13 * along + r_s @ [0, 0, sigma * 0.06]
    up = rx(trunk_right) @ rz(-trunk_forward) @ np.array([0.0, TRUNK, 0.0])
    for side, sigma in SIGMA.items():
        points[f"{side}_shoulder"] = centre + up + [0.0, 0.0, sigma * HALF_SHOULDERS]
    return points


def moved(
    points: Points, rotation: Array, shift: Iterable[float] = (0, 0, 0), scale: float = 1.0
) -> Points:
    """Apply a rigid motion and a scale to all points."""
    by = np.array(list(shift), dtype=np.float64)
    return {name: scale * (rotation @ p) + by for name, p in points.items()}


def mirrored(points: Points) -> Points:
    """Reflect at the sagittal plane, and exchange left and right."""
    swap = {"left": "right", "right": "left"}
    out = {}
    for name, p in points.items():
        side, _, landmark = name.partition("_")
        out[f"{swap[side]}_{landmark}"] = p * [1.0, 1.0, -1.0]
    return out


def onto(up: str) -> Array:
    """Return a rotation that maps y to the named vertical axis."""
    target = np.array(UP[up])
    axis = np.cross([0.0, 1.0, 0.0], target)
    if np.linalg.norm(axis) == 0.0:
        return np.eye(3) if target[1] > 0 else rx(180.0)
    return turn(axis, 90.0)


def photographed(
    points: Points,
    *,
    camera: str = "front",
    yaw: float = 0.0,
    roll: float = 0.0,
    scale: float = 500.0,
) -> Points:
    """Project to pixels in parallel, y down, after turning the person by `yaw` to their left.

    front: image right is the person's left. back: image right is the person's right. right: seen
    from the person's right, who faces image right. left: faces image left. A mirrored front view
    without exchanged labels has the geometry of the back view.
    """
    columns = {
        "front": [0.0, 0.0, -1.0],
        "back": [0.0, 0.0, 1.0],
        "right": [1.0, 0.0, 0.0],
        "left": [-1.0, 0.0, 0.0],
    }
    across = np.array(columns[camera])
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    image = {}
    for name, p in points.items():
        q = ry(yaw) @ p
        x, y = float(across @ q), -float(q[1])
        image[name] = scale * np.array([c * x - s * y, s * x + c * y]) + [640.0, 900.0]
    return image
