"""Independent short formulas for faults in a repetition, from exact keypoints in meters.

x is in front of the person, y up, z to the right, as in the OpenSim recordings.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Points = dict[str, np.ndarray]
SIGMA = {"left": -1.0, "right": 1.0}
OTHER = {"left": "right", "right": "left"}


def points_of(data: dict[str, np.ndarray], *, turned: bool) -> Points:
    """Return points (T, 3) by name, including midpoints. `turned` rotates the initial heading to
    +x.
    """
    xyz = data["keypoints"].astype(np.float64)
    points = {str(name): xyz[:, k] for k, name in enumerate(data["keypoint_names"])}
    if turned and "squat" in str(data["exercise"]):
        x, _, z = (points["right_hip"] - points["left_hip"])[0]
        to_x, to_z = np.array([z, 0, -x]), np.array([x, 0, z])
        size = np.hypot(x, z)
        points = {
            name: np.stack([p @ to_x / size, p[:, 1], p @ to_z / size], axis=1)
            for name, p in points.items()
        }
    for joint in ("hip", "shoulder"):
        points[f"mid_{joint}"] = (points[f"left_{joint}"] + points[f"right_{joint}"]) / 2
    return points


def length(v: np.ndarray) -> np.ndarray:
    return np.linalg.norm(v, axis=-1)


def angle(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    cosine = (u * v).sum(axis=-1) / length(u) / length(v)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def arctan(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.degrees(np.unwrap(np.arctan2(y, x)))


def trunk(p: Points) -> np.ndarray:
    return p["mid_shoulder"] - p["mid_hip"]


def hip_line(p: Points) -> np.ndarray:
    return p["right_hip"] - p["left_hip"]


def thigh(p: Points, side: str) -> np.ndarray:
    return p[f"{side}_knee"] - p[f"{side}_hip"]


def shank(p: Points, side: str) -> np.ndarray:
    return p[f"{side}_ankle"] - p[f"{side}_knee"]


def fppa(p: Points, side: str) -> np.ndarray:
    """Inward lean of the thigh plus outward lean of the shank, in a front view."""
    inward = -SIGMA[side]
    down, on = thigh(p, side), shank(p, side)
    return arctan(inward * down[:, 2], -down[:, 1]) - arctan(inward * on[:, 2], -on[:, 1])


def knee_shift(p: Points, side: str) -> np.ndarray:
    """Distance of the knee from the hip-ankle line in a front view, relative to thigh plus
    shank.
    """
    line = (p[f"{side}_ankle"] - p[f"{side}_hip"])[:, 1:]
    line = line / length(line)[:, None]
    across = SIGMA[side] * np.stack([-line[:, 1], line[:, 0]], axis=1)
    inward = (thigh(p, side)[:, 1:] * across).sum(axis=1)
    return inward / (length(thigh(p, side)) + length(shank(p, side)))


def hip_adduction(p: Points, side: str) -> np.ndarray:
    return angle(thigh(p, side), SIGMA[side] * hip_line(p)) - 90


def hip_adduction_in_front(p: Points, side: str) -> np.ndarray:
    flat = [1e-9, 1.0, 1.0]
    return angle(thigh(p, side) * flat, SIGMA[side] * hip_line(p) * flat) - 90


def knee_inside_of_the_toes(p: Points, side: str) -> np.ndarray:
    """Distance of the knee from the line over the second toe, across the foot, relative to the
    shank.
    """
    toe = 0.6 * p[f"{side}_big_toe"] + 0.4 * p[f"{side}_small_toe"]
    foot = p[f"{side}_big_toe"] - p[f"{side}_heel"]
    inside = -SIGMA[side] * np.stack([-foot[:, 2], 0 * foot[:, 0], foot[:, 0]], axis=1)
    inside /= length(inside)[:, None]
    return ((p[f"{side}_knee"] - toe) * inside).sum(axis=1) / length(shank(p, side))


def drop(p: Points, side: str) -> np.ndarray:
    line = hip_line(p)
    return SIGMA[side] * np.degrees(np.arcsin(line[:, 1] / length(line)))


def roll(p: Points, side: str, line: np.ndarray) -> np.ndarray:
    """Roll of a line about the trunk relative to the first frame, positive with the working side
    up.
    """
    axis = trunk(p) / length(trunk(p))[:, None]
    flat = line - (line * axis).sum(axis=1)[:, None] * axis
    turn = angle(flat, np.broadcast_to(flat[0], flat.shape))
    way = np.cross(np.broadcast_to(flat[0], flat.shape), flat)
    return SIGMA[side] * turn * np.sign((way * axis).sum(axis=1)) * -1


def hip_flexion_of_trunk(p: Points, side: str) -> np.ndarray:
    """Angle of the thigh relative to the trunk, projected along the hip line."""
    across = hip_line(p) / length(hip_line(p))[:, None]
    up, down = trunk(p), thigh(p, side)
    return 180 - angle(*(v - (v * across).sum(axis=1)[:, None] * across for v in (up, down)))


FORM: dict[str, Callable[[Points, str], np.ndarray]] = {
    "knee_medial_displacement": knee_inside_of_the_toes,
    "fppa": fppa,
    "knee_shift": knee_shift,
    "hip_adduction": hip_adduction,
    "hip_adduction_2d": hip_adduction_in_front,
    "knee_flexion": lambda p, side: angle(thigh(p, side), shank(p, side)),
    "hip_flexion": hip_flexion_of_trunk,
    "trunk_forward_lean": lambda p, side: arctan(trunk(p)[:, 0], trunk(p)[:, 1]),
    "trunk_lateral_lean": lambda p, side: SIGMA[side] * arctan(trunk(p)[:, 2], trunk(p)[:, 1]),
    "pelvic_drop": drop,
    "pelvic_obliquity": lambda p, side: drop(p, "right"),
    "pelvic_rotation": lambda p, side: -SIGMA[side] * arctan(hip_line(p)[:, 0], hip_line(p)[:, 2]),
    "pelvis_roll": lambda p, side: roll(p, side, hip_line(p)),
    "shoulder_roll": lambda p, side: roll(p, side, p["right_shoulder"] - p["left_shoulder"]),
    "foot_separation": lambda p, side: (
        length(p[f"{side}_ankle"] - p[f"{OTHER[side]}_ankle"]) / length(shank(p, side))
    ),
}
"""Formulas by name of the angle."""


def middle(values: np.ndarray) -> float:
    """Return the median of the means of all pairs of values, each value also paired with itself."""
    return float(np.median([0.5 * (a + b) for i, a in enumerate(values) for b in values[i:]]))


def split(measure: str) -> tuple[str, str]:
    """Split a measure into its angle and its depth in degrees (empty text if none)."""
    for before in ("_change_to_around_", "_change_to_", "_around_", "_at_"):
        name, found, moment = measure.rpartition(before)
        if found and moment.isdigit():
            return name, moment
    return measure.removesuffix("_at_bottom").removesuffix("_change"), ""


def sinking(p: Points, data: dict[str, np.ndarray], side: str) -> np.ndarray:
    """Knee flexion from hip height above the ankle; in a squat the mean of both legs."""
    sides = ("left", "right") if str(data["exercise"]) == "squat" else (side,)
    bends = []
    for one in sides:
        height = (p[f"{one}_hip"] - p[f"{one}_ankle"])[:, 1]
        share = np.clip(height / np.quantile(height, 0.95), -1, 1)
        bends.append(np.degrees(2 * np.arccos(share)))
    return np.mean(bends, axis=0)


def in_each_repetition(
    data: dict[str, np.ndarray], measure: str, side: str, *, turned: bool = True
) -> np.ndarray:
    """Return an angle per repetition, shape (R,): at the bottom, at or around a depth, or as a
    change.

    Times are the planned ones. Angles are relative to the facing direction or, if not `turned`, to
    a camera looking along −x, where knee flexion is that of two equal segments with equal
    inclination. NaN where a repetition does not reach the depth.
    """
    if measure == "duration_s":
        return data["rep_end_10pct"] - data["rep_start_10pct"]
    name, moment = split(measure)
    points, times = points_of(data, turned=turned), data["times"]
    course = FORM[name](points, side)
    bend = FORM["knee_flexion"](points, side) if turned else sinking(points, data, side)
    values = []
    before = -np.inf
    for start, first, last, end in zip(
        data["rep_start"], data["rep_bottom_start"], data["rep_bottom_end"], data["rep_end"],
        strict=True,
    ):  # fmt: skip
        value = np.median(course[(times >= first - 0.05) & (times <= last + 0.05)])
        if moment.isdigit():
            down = np.flatnonzero((times >= start) & (times <= last) & (bend >= float(moment)))
            value = course[down[0]] if len(down) else np.nan
            if "_around_" in measure and len(down):
                off = bend - float(moment)
                near = (times >= start) & (times <= end) & (np.abs(off) <= 10)
                value = np.polynomial.Polynomial.fit(off[near], course[near], 1)(0.0)
        if "_change" in measure:
            rest = (times >= max(before, start - 1.0) - 0.1) & (times <= start + 0.1)
            value -= np.median(course[rest])
        values.append(value)
        before = end
    return np.array(values)
