"""A jointed stick figure in meters: x forward, y up, z to the person's right."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

HIP, SHOULDER, TRUNK, THIGH, SHANK = 0.10, 0.19, 0.48, 0.42, 0.40
HEEL, TOE, ANKLE_HEIGHT, FOREFOOT = -0.05, 0.17, 0.08, 0.035
EPICONDYLE = 0.06
STANDING_HEIGHT = THIGH + SHANK
"""Height of the hip above the ankle with straight legs, meters."""
SIDES = {"left": -1.0, "right": 1.0}


def turn(axis: int, degrees: float) -> F64:
    """Return a rotation matrix about x, y or z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = ((1, 2), (2, 0), (0, 1))[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix


@dataclass(frozen=True)
class Leg:
    """Posture of one leg in degrees, with clinical signs."""

    flexion: float = 0.0
    adduction: float = 0.0
    rotation: float = 0.0
    knee: float = 0.0
    valgus: float = 0.0
    toe_out: float = 6.0
    inward: float | None = None
    """Inward rotation of the foot relative to the shank; None: flat on the floor with `toe_out`."""
    pointed: float = 0.0
    """Plantar flexion of a foot that is not flat on the floor."""
    opening: float = 0.0
    """Outward rotation of the whole leg about the superior axis of the pelvis, before flexion."""


@dataclass(frozen=True)
class Pose:
    """Posture of legs, trunk and pelvis; + is the right side higher, and rotation to the left."""

    right: Leg = field(default_factory=Leg)
    left: Leg = field(default_factory=Leg)
    list_: float = 0.0
    yaw: float = 0.0
    lean_forward: float = 0.0
    lean_right: float = 0.0
    tip: float = 0.0
    """Forward rotation of the whole body; at 90 the person is on hands and knees."""
    roll: float = 0.0
    """Rotation of the body after `tip`, right side up; at 90 the person lies on the left."""


def landmarks(pose: Pose) -> dict[str, F64]:
    """Return the named points; the lower foot is on the floor."""
    pelvis = turn(1, pose.yaw) @ turn(0, -pose.list_)
    points: dict[str, F64] = {"mid_hip": np.zeros(3)}
    for side, sigma in SIDES.items():
        leg: Leg = getattr(pose, side)
        hip = pelvis @ [0.0, 0.0, sigma * HIP]
        thigh = (
            pelvis
            @ turn(1, -sigma * leg.opening)
            @ turn(2, leg.flexion)
            @ turn(0, sigma * leg.adduction)
            @ turn(1, sigma * leg.rotation)
        )
        knee = hip + thigh @ [0.0, -THIGH, 0.0]
        shank = thigh @ turn(2, -leg.knee) @ turn(0, -sigma * leg.valgus)
        ankle = knee + shank @ [0.0, -SHANK, 0.0]
        foot = turn(1, -sigma * leg.toe_out)
        if leg.inward is not None:
            foot = shank @ turn(1, sigma * leg.inward) @ turn(2, -leg.pointed)
        down = -ANKLE_HEIGHT
        points |= {
            f"{side}_hip": hip,
            f"{side}_knee": knee,
            f"{side}_ankle": ankle,
            f"{side}_heel": ankle + foot @ [HEEL, down, 0.0],
            f"{side}_big_toe": ankle + foot @ [TOE, down, -sigma * FOREFOOT / 2],
            f"{side}_small_toe": ankle + foot @ [TOE - 0.03, down, sigma * FOREFOOT],
            f"{side}_medial_epicondyle": knee + thigh @ [0.0, 0.0, -sigma * EPICONDYLE],
            f"{side}_lateral_epicondyle": knee + thigh @ [0.0, 0.0, sigma * EPICONDYLE],
        }
        big, small = points[f"{side}_big_toe"], points[f"{side}_small_toe"]
        points[f"{side}_second_toe"] = 0.6 * big + 0.4 * small
    trunk = turn(0, pose.lean_right) @ turn(2, -pose.lean_forward)
    points["mid_shoulder"] = trunk @ [0.0, TRUNK, 0.0]
    for side, sigma in SIDES.items():
        points[f"{side}_shoulder"] = points["mid_shoulder"] + trunk @ [0.0, 0.0, sigma * SHOULDER]
        elbow = points[f"{side}_shoulder"] + trunk @ [0.0, -0.28, sigma * 0.06]
        points[f"{side}_elbow"] = elbow
        points[f"{side}_wrist"] = elbow + trunk @ [0.16, -0.16, 0.0]
    points["neck"] = points["mid_shoulder"]
    points["head"] = points["mid_shoulder"] + trunk @ [0.02, 0.2, 0.0]
    points["nose"] = points["head"] + trunk @ [0.1, 0.0, 0.0]
    for side, sigma in SIDES.items():
        points[f"{side}_eye"] = points["head"] + trunk @ [0.07, 0.03, sigma * 0.03]
        points[f"{side}_ear"] = points["head"] + trunk @ [0.0, 0.0, sigma * 0.075]
    whole = turn(0, -pose.roll) @ turn(2, -pose.tip)
    points = {name: whole @ point for name, point in points.items()}
    floor = min(point[1] for point in points.values())
    return {name: point - [0.0, floor, 0.0] for name, point in points.items()}
