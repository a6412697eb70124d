"""Bodies on the side (clamshell) and on hands and knees (fire hydrant) with known opening angles.

The course has `open` (degrees), `roll` of the pelvis backward and `hike` of the hip (degrees), and
`sway` (meters). The world is that of `moving_body`: the clamshell faces +x, and the hydrant's head
points along +x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.support.cameras import NAMES, PLACE
from tests.support.motion_course import Course
from tests.support.moving_body import SIGMA, Build, bent, unit

OTHER = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Lying:
    """A body lying or kneeling on the floor, with its pose."""

    build: Build
    hip_deg: float
    knee_deg: float
    feet_apart: float
    stacked: float


def lying(rng: np.random.Generator, build: Build) -> Lying:
    return Lying(
        build, rng.uniform(40, 55), rng.uniform(82, 100), rng.uniform(0.06, 0.09),
        rng.uniform(0.08, 0.10),
    )  # fmt: skip


def about(axis: np.ndarray, degrees: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Rotate vectors (T, 3) about axes (T, 3), right-handed."""
    a = np.radians(degrees)[:, None]
    k = unit(axis)
    along = (k * v).sum(axis=1, keepdims=True)
    out: np.ndarray = v * np.cos(a) + np.cross(k, v) * np.sin(a) + k * along * (1 - np.cos(a))
    return out


class _Frame:
    """Axes of a body (superior, anterior, right) and its keypoints."""

    def __init__(self, n: int, superior: np.ndarray, anterior: np.ndarray) -> None:
        self.n = n
        self.superior = np.broadcast_to(superior, (n, 3)).astype(float)
        self.anterior = np.broadcast_to(anterior, (n, 3)).astype(float)
        self.points = np.full((n, len(NAMES), 3), np.nan)

    @property
    def right(self) -> np.ndarray:
        return np.cross(self.anterior, self.superior)

    def put(self, name: str, where: np.ndarray) -> None:
        self.points[:, PLACE[name]] = where

    def leg(
        self, side: str, hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray, build: Build,
        *, stretched: bool = False,
    ) -> None:  # fmt: skip
        """Place a leg with the foot at a right angle to the shank, or in line if `stretched`."""
        up = unit(knee - ankle)
        thigh = knee - hip
        along = unit(thigh - (thigh * up).sum(axis=1, keepdims=True) * up)
        if stretched:
            along = unit(0.2 * along - up)
        for name, where in (("hip", hip), ("knee", knee), ("ankle", ankle)):
            self.put(f"{side}_{name}", where)
        size, sole = build.foot, -0.03 * up * (not stretched)
        self.put(f"{side}_heel", ankle - 0.22 * size * along * (not stretched) + sole)
        self.put(f"{side}_big_toe", ankle + 0.70 * size * along + sole)
        self.put(f"{side}_small_toe", ankle + 0.55 * size * along + sole)

    def upper(self, pelvis: np.ndarray, build: Build, turn_deg: np.ndarray) -> None:
        """Place trunk and head along the superior axis, with the trunk rotated about that axis."""
        right = about(self.superior, turn_deg, self.right)
        front = about(self.superior, turn_deg, self.anterior)
        neck = pelvis + build.trunk * self.superior
        head = neck + 0.10 * build.height * self.superior
        size = build.height
        self.put("mid_hip", pelvis)
        self.put("neck", neck)
        self.put("head", head + 0.08 * size * self.superior)
        self.put("nose", head + 0.06 * size * front)
        for side, sigma in SIGMA.items():
            out = sigma * right
            self.put(f"{side}_eye", head + 0.05 * size * front + 0.018 * size * out)
            self.put(f"{side}_ear", head + 0.042 * size * out)
            self.put(f"{side}_shoulder", neck + build.half_shoulders * out)

    def arm(self, side: str, build: Build, upper: np.ndarray, fore: np.ndarray) -> None:
        shoulder = self.points[:, PLACE[f"{side}_shoulder"]]
        elbow = shoulder + build.upper_arm * unit(upper)
        self.put(f"{side}_elbow", elbow)
        self.put(f"{side}_wrist", elbow + build.forearm * unit(fore))


def clamshell(course: Course, body: Lying, side: str, times: np.ndarray) -> np.ndarray:
    """Return keypoints (T, 26, 3) of a clamshell: on the side, working leg on top, feet together."""
    build, n = body.build, len(times)
    sigma = SIGMA[side]
    frame = _Frame(n, np.array([0.0, 0.0, -sigma]), np.array([1.0, 0.0, 0.0]))
    up, front, head = np.array([0.0, 1.0, 0.0]), frame.anterior, frame.superior
    other = OTHER[side]
    f, k = np.radians(body.hip_deg), np.radians(body.hip_deg - body.knee_deg)
    floor = np.zeros((n, 3))
    floor[:, 1] = 0.08
    hip_low = floor
    thigh = np.sin(f) * front - np.cos(f) * head
    shank = np.sin(k) * front - np.cos(k) * head
    knee_low = hip_low + build.thigh * thigh - 0.02 * up
    ankle_low = knee_low + build.shank * shank
    frame.leg(other, hip_low, knee_low, ankle_low, build)

    # The pelvis rolls backward about the lower hip.
    roll = course.value("roll", times)
    across = about(head, sigma * roll, np.broadcast_to(up, (n, 3)))
    hip = hip_low + 2 * build.half_hips * across
    ankle = ankle_low + body.feet_apart * up
    resting = knee_low + body.stacked * up
    middle = 0.5 * (hip + ankle)
    axis = unit(ankle - hip)
    pole = resting - middle
    pole = pole - (pole * axis).sum(axis=1, keepdims=True) * axis
    opening = course.value("open", times)
    turned = about(axis, opening, unit(pole))
    # The knee opens upward, whichever side the person lies on.
    wrong = (turned - unit(pole))[:, 1] < 0
    turned = np.where(wrong[:, None], about(axis, -opening, unit(pole)), turned)
    knee, ankle = bent(hip, ankle, build.thigh, build.shank, turned)
    frame.leg(side, hip, knee, ankle, build)

    frame.upper(0.5 * (hip + hip_low), build, sigma * 0.6 * roll)
    frame.arm(other, build, front + 0.4 * head, head - 0.5 * front)
    frame.arm(side, build, 0.6 * front - 0.5 * head, front - 0.8 * up)
    return frame.points


def hydrant(course: Course, body: Lying, side: str, times: np.ndarray) -> np.ndarray:
    """Return keypoints (T, 26, 3) of a fire hydrant: on all fours, a thigh lifted sideways."""
    build, n = body.build, len(times)
    sigma = SIGMA[side]
    rise = build.upper_arm + build.forearm - build.thigh
    tilt = np.arcsin(np.clip(rise / build.trunk, -0.4, 0.4))
    superior = np.array([np.cos(tilt), np.sin(tilt), 0.0])
    frame = _Frame(n, superior, np.array([np.sin(tilt), -np.cos(tilt), 0.0]))
    up, out = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, sigma])
    other = OTHER[side]
    shank = np.array([-1.0, 0.0, 0.0])

    hike = np.radians(course.value("hike", times))[:, None]
    sway = course.value("sway", times)[:, None]
    across = np.cos(hike) * out + np.sin(hike) * up
    hip_low = np.array([0.0, build.thigh + 0.05, 0.0]) - build.half_hips * out - sway * out
    drop = np.sqrt(np.maximum(build.thigh**2 - sway**2, 0))
    knee_low = hip_low - drop * up + sway * out
    ankle_low = knee_low + build.shank * shank
    frame.leg(other, hip_low, knee_low, ankle_low, build, stretched=True)

    hip = hip_low + 2 * build.half_hips * across
    lifted = np.radians(course.value("open", times))[:, None]
    # The opening is relative to the pelvis, so the hike is added to it.
    knee = hip + build.thigh * (np.sin(lifted + hike) * out - np.cos(lifted + hike) * up)
    frame.leg(side, hip, knee, knee + build.shank * shank, build, stretched=True)

    frame.upper(0.5 * (hip + hip_low), build, np.degrees(hike)[:, 0] * 0.3 * sigma)
    for s in SIGMA:
        frame.arm(s, build, np.broadcast_to(-up, (n, 3)), np.broadcast_to(-up, (n, 3)))
    return frame.points
