"""Joint angles as in tutorials: one frame and one angle at a time, from three or four points.

The formulas are written once. `NumPyVectors` runs them on small NumPy arrays, as most tutorials do;
`TupleVectors` runs them on tuples of floats with the math module, which is faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Vec = Any
Body = dict[str, Vec]
UP = (0.0, 1.0, 0.0)
SIGMA = {"left": -1.0, "right": 1.0}
ROTATION_GATE_DEG, GIMBAL_GATE, PARALLEL_GATE = 30.0, 0.98, 0.2
NAN = math.nan


class Vectors(Protocol):
    """Vector operations that the angle formulas need."""

    def point(self, row: Floats) -> Vec: ...
    def sub(self, a: Vec, b: Vec) -> Vec: ...
    def middle(self, a: Vec, b: Vec) -> Vec: ...
    def scaled(self, a: Vec, k: float) -> Vec: ...
    def dot(self, a: Vec, b: Vec) -> float: ...
    def cross(self, a: Vec, b: Vec) -> Vec: ...
    def length(self, a: Vec) -> float: ...


class NumPyVectors:
    """Vector operations on small NumPy arrays."""

    point = staticmethod(np.asarray)
    dot = staticmethod(np.dot)
    cross = staticmethod(np.cross)
    length = staticmethod(np.linalg.norm)

    @staticmethod
    def sub(a: Vec, b: Vec) -> Vec:
        return a - b

    @staticmethod
    def middle(a: Vec, b: Vec) -> Vec:
        return (a + b) / 2.0

    @staticmethod
    def scaled(a: Vec, k: float) -> Vec:
        return a * k


class TupleVectors:
    """Vector operations on tuples of floats."""

    @staticmethod
    def point(row: Floats) -> Vec:
        return tuple(row.tolist())

    @staticmethod
    def sub(a: Vec, b: Vec) -> Vec:
        return (a[0] - b[0], a[1] - b[1], a[2] - b[2])

    @staticmethod
    def middle(a: Vec, b: Vec) -> Vec:
        return ((a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0, (a[2] + b[2]) / 2.0)

    @staticmethod
    def scaled(a: Vec, k: float) -> Vec:
        return (a[0] * k, a[1] * k, a[2] * k)

    @staticmethod
    def dot(a: Vec, b: Vec) -> float:
        return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

    @staticmethod
    def cross(a: Vec, b: Vec) -> Vec:
        return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])

    @staticmethod
    def length(a: Vec) -> float:
        return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def unit(v: Vectors, a: Vec) -> Vec:
    return v.scaled(a, 1.0 / v.length(a))


def bend(v: Vectors, p: Vec, q: Vec, r: Vec) -> float:
    """Return the angle between p→q and q→r by the arc cosine, as tutorials do."""
    first, second = v.sub(q, p), v.sub(r, q)
    cosine = v.dot(first, second) / (v.length(first) * v.length(second))
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def included(v: Vectors, p: Vec, q: Vec, r: Vec) -> float:
    """Return the angle at q; 180° where the three points are collinear."""
    return 180.0 - bend(v, p, q, r)


def pelvis_right(v: Vectors, b: Body) -> Vec:
    return unit(v, v.sub(b["right_hip"], b["left_hip"]))


def forward(v: Vectors, b: Body) -> Vec | None:
    ahead = v.cross(UP, pelvis_right(v, b))
    return unit(v, ahead) if v.length(ahead) >= PARALLEL_GATE else None


def thigh(v: Vectors, b: Body, side: str) -> Vec:
    return unit(v, v.sub(b[f"{side}_hip"], b[f"{side}_knee"]))


def shank(v: Vectors, b: Body, side: str) -> Vec:
    return unit(v, v.sub(b[f"{side}_knee"], b[f"{side}_ankle"]))


def trunk(v: Vectors, b: Body) -> Vec:
    shoulders = v.middle(b["left_shoulder"], b["right_shoulder"])
    return unit(v, v.sub(shoulders, v.middle(b["left_hip"], b["right_hip"])))


def knee_flexion(v: Vectors, b: Body, side: str) -> float:
    return bend(v, b[f"{side}_hip"], b[f"{side}_knee"], b[f"{side}_ankle"])


def hip_flexion(v: Vectors, b: Body, side: str) -> float:
    ahead = forward(v, b)
    along, right = thigh(v, b, side), pelvis_right(v, b)
    if ahead is None or abs(v.dot(along, right)) > GIMBAL_GATE:
        return NAN
    return math.degrees(math.atan2(-v.dot(along, ahead), v.dot(along, v.cross(right, ahead))))


def hip_adduction(v: Vectors, b: Body, side: str) -> float:
    return SIGMA[side] * math.degrees(math.asin(v.dot(thigh(v, b, side), pelvis_right(v, b))))


def hip_internal_rotation(v: Vectors, b: Body, side: str) -> float:
    along, right = thigh(v, b, side), pelvis_right(v, b)
    if knee_flexion(v, b, side) < ROTATION_GATE_DEG or abs(v.dot(along, right)) > GIMBAL_GATE:
        return NAN
    hinge = unit(v, v.cross(v.scaled(along, -1.0), shank(v, b, side)))
    e_z = unit(v, v.sub(right, v.scaled(along, v.dot(right, along))))
    e_x = v.cross(along, e_z)
    return SIGMA[side] * math.degrees(math.atan2(v.dot(hinge, e_x), v.dot(hinge, e_z)))


def thigh_inclination(v: Vectors, b: Body, side: str) -> float:
    ahead, along = forward(v, b), thigh(v, b, side)
    return NAN if ahead is None else math.degrees(math.atan2(-v.dot(along, ahead), along[1]))


def shank_inclination(v: Vectors, b: Body, side: str) -> float:
    ahead, along = forward(v, b), shank(v, b, side)
    return NAN if ahead is None else math.degrees(math.atan2(v.dot(along, ahead), along[1]))


def fppa(v: Vectors, b: Body, side: str) -> float:
    ahead = forward(v, b)
    if ahead is None:
        return NAN
    right = v.cross(ahead, UP)
    upper, lower = thigh(v, b, side), shank(v, b, side)
    x1, y1, x2, y2 = v.dot(upper, right), upper[1], v.dot(lower, right), lower[1]
    return SIGMA[side] * math.degrees(math.atan2(x1 * y2 - y1 * x2, x1 * x2 + y1 * y2))


def pelvic_obliquity(v: Vectors, b: Body) -> float:
    return math.degrees(math.asin(pelvis_right(v, b)[1]))


def trunk_forward_lean(v: Vectors, b: Body) -> float:
    ahead, along = forward(v, b), trunk(v, b)
    return NAN if ahead is None else math.degrees(math.atan2(v.dot(along, ahead), along[1]))


def trunk_lateral_lean(v: Vectors, b: Body) -> float:
    ahead, along = forward(v, b), trunk(v, b)
    if ahead is None:
        return NAN
    return math.degrees(math.atan2(v.dot(along, v.cross(ahead, UP)), along[1]))


OF_A_LEG: tuple[Callable[[Vectors, Body, str], float], ...] = (
    knee_flexion,
    hip_flexion,
    hip_adduction,
    hip_internal_rotation,
    thigh_inclination,
    shank_inclination,
    fppa,
)
OF_THE_MIDLINE = (pelvic_obliquity, trunk_forward_lean, trunk_lateral_lean)


def lower_body(v: Vectors, xyz: Floats, keypoints: Sequence[str]) -> NDArray[np.float64]:
    """Compute 17 lower-body angles of points (T, K, 3), y up: shape (T, 17), degrees."""
    needed = [
        (k, name)
        for k, name in enumerate(keypoints)
        if name.endswith(("_hip", "_knee", "_ankle", "_shoulder")) and not name.startswith("mid")
    ]
    rows = []
    for frame in xyz:
        body = {name: v.point(frame[k]) for k, name in needed}
        row = [angle(v, body, side) for angle in OF_A_LEG for side in ("left", "right")]
        rows.append(row + [angle(v, body) for angle in OF_THE_MIDLINE])
    return np.array(rows)


def three_point(
    v: Vectors, xyz: Floats, triplets: Sequence[tuple[int, int, int]]
) -> NDArray[np.float64]:
    """Compute the included angles of point triplets of (T, K, 3): shape (T, n), degrees."""
    return np.array(
        [[included(v, *(v.point(frame[k]) for k in row)) for row in triplets] for frame in xyz]
    )


def image_fppa(xy: Floats, legs: Sequence[tuple[str, int, int, int]]) -> NDArray[np.float64]:
    """Compute projection angles of (T, K, 2) pixels seen from the front: shape (T, n)."""
    rows = []
    for frame in xy:
        row = []
        for side, hip, knee, ankle in legs:
            (hx, hy), (kx, ky), (ax, ay) = (frame[k].tolist() for k in (hip, knee, ankle))
            turn = math.atan2(ky - hy, kx - hx) - math.atan2(ay - ky, ax - kx)
            turn = (turn + math.pi) % (2.0 * math.pi) - math.pi
            row.append(math.degrees(turn) * -SIGMA[side])
        rows.append(row)
    return np.array(rows)
