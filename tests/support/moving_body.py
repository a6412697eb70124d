"""Keypoints of a standing body from its joint angles over time.

World x is forward, y up, z to the right, in meters and degrees, in halpe26. The feet are planted,
the hips are lowered so that the supporting leg has the requested knee flexion, and the legs connect
hips and ankles. Bone lengths and ankles therefore stay constant. This module measures no angle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.support.cameras import NAMES, PLACE
from tests.support.motion_course import Course

SIDES = ("left", "right")
SIGMA = {"left": -1.0, "right": 1.0}
UP = np.array([0.0, 1.0, 0.0])
MOST_DORSIFLEXION_DEG = 42.0
NEARLY_STRAIGHT = 0.9995
WALKING_LOWER_M = 0.012


@dataclass(frozen=True)
class Build:
    """Segment lengths of a body in meters."""

    height: float
    thigh: float
    shank: float
    ankle: float
    half_hips: float
    trunk: float
    half_shoulders: float
    upper_arm: float
    forearm: float
    foot: float

    @classmethod
    def of(cls, rng: np.random.Generator) -> Build:
        """Return a random body: segment lengths by Winter with deviations of a few percent."""
        height = float(np.clip(rng.normal(1.70, 0.10), 1.48, 1.95))
        own = dict(
            thigh=0.245, shank=0.246, ankle=0.042, half_hips=0.052, trunk=0.285,
            half_shoulders=0.108, upper_arm=0.172, forearm=0.150, foot=0.152,
        )  # fmt: skip
        lengths = {
            k: height * v * float(np.clip(rng.normal(1, 0.025), 0.94, 1.06)) for k, v in own.items()
        }
        return cls(height=height, **lengths)

    @property
    def leg(self) -> float:
        return self.thigh + self.shank


def unit(v: np.ndarray) -> np.ndarray:
    out: np.ndarray = v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
    return out


def heading(degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the (forward, right) directions of a person rotated to the left from +x."""
    a, zero = np.radians(degrees), np.zeros_like(degrees)
    forward = np.stack([np.cos(a), zero, -np.sin(a)], axis=-1)
    right = np.stack([np.sin(a), zero, np.cos(a)], axis=-1)
    return forward, right


def limb(
    flexion: np.ndarray, abduction: np.ndarray, forward: np.ndarray, outward: np.ndarray
) -> np.ndarray:
    """Return the direction of a hanging segment rotated forward and then outward."""
    f, o = np.radians(flexion)[:, None], np.radians(abduction)[:, None]
    out: np.ndarray = np.cos(o) * (np.sin(f) * forward - np.cos(f) * UP) + np.sin(o) * outward
    return out


def sinking(build: Build, knee_deg: np.ndarray, shank_share: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return the hip-ankle distance and the anterior offset of the hip at a knee flexion."""
    beta = np.radians(knee_deg)
    shank = np.tanh(shank_share * knee_deg / MOST_DORSIFLEXION_DEG) * MOST_DORSIFLEXION_DEG
    s = np.radians(shank)
    reach = np.sqrt(build.thigh**2 + build.shank**2 + 2 * build.thigh * build.shank * np.cos(beta))
    return reach, build.shank * np.sin(s) - build.thigh * np.sin(beta - s)


def smaller(a: np.ndarray, b: np.ndarray, within: float = 0.006) -> np.ndarray:
    """Return a smooth minimum of two values."""
    h = np.maximum(within - np.abs(a - b), 0) / within
    out: np.ndarray = np.minimum(a, b) - 0.25 * within * h**2
    return out


def smoothed(y: np.ndarray, times: np.ndarray, sd_s: float = 0.075) -> np.ndarray:
    """Return `y` smoothed by a Gaussian of `sd_s` seconds, for the smooth motion of hips in walking."""
    step = float(np.median(np.diff(times)))
    reach = max(1, int(3 * sd_s / step))
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / sd_s) ** 2)
    padded = np.concatenate([np.full(reach, y[0]), y, np.full(reach, y[-1])])
    out: np.ndarray = np.convolve(padded, weight / weight.sum(), mode="valid")
    return out


def bent(
    start: np.ndarray, end: np.ndarray, upper: float, lower: float, pole: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (joint, end) of two bones from start to end, with the joint on the side of `pole`.

    An end out of reach is moved nearer.
    """
    along = end - start
    far = np.linalg.norm(along, axis=-1, keepdims=True)
    along = along / np.maximum(far, 1e-9)
    d = np.clip(far, abs(upper - lower) + 0.01, (upper + lower) * NEARLY_STRAIGHT)
    a = (upper**2 - lower**2 + d**2) / (2 * d)
    out = np.sqrt(np.maximum(upper**2 - a**2, 0))
    aside = unit(pole - (pole * along).sum(axis=-1, keepdims=True) * along)
    return start + a * along + out * aside, start + d * along


def pose(course: Course, build: Build, times: np.ndarray) -> np.ndarray:
    """Return the keypoints of the body at increasing times, shape (T, 26, 3)."""

    def q(name: str) -> np.ndarray:
        return course.value(name, times)

    points = np.full((len(times), len(NAMES), 3), np.nan)

    def put(name: str, where: np.ndarray) -> None:
        points[:, PLACE[name]] = where

    turned = q("heading")
    forward, _ = heading(turned)
    _, pelvis_right = heading(turned + q("pelvis_turn"))
    tilt = np.radians(q("pelvis_list"))[:, None]
    hip_axis = np.cos(tilt) * pelvis_right + np.sin(tilt) * UP
    reach, ahead = sinking(build, np.maximum(q("knee"), 1.0), q("shank_share"))
    pelvis = np.stack([q("pelvis_x"), np.zeros(len(times)), q("pelvis_z")], axis=1)
    pelvis = pelvis + ahead[:, None] * forward
    hop = q("hop")

    ankles, heights = {}, []
    for side in SIDES:
        ankles[side] = np.stack(
            [q(f"{side}_x"), build.ankle + q(f"{side}_y") + hop, q(f"{side}_z")], axis=1
        )
        apart = ankles[side] - pelvis - SIGMA[side] * build.half_hips * hip_axis
        flat = apart[:, 0] ** 2 + apart[:, 2] ** 2
        above = np.sqrt(np.maximum(reach**2 - flat, (0.3 * build.leg) ** 2))
        lift = SIGMA[side] * build.half_hips * hip_axis[:, 1]
        heights.append(ankles[side][:, 1] + above - lift + 0.6 * (1 - q(f"{side}_load")))
    low = smaller(*heights)
    walking = np.clip(q("walking"), 0, 1)
    if walking.any():
        low = low + walking * (smoothed(low, times) - WALKING_LOWER_M - low)
    pelvis[:, 1] = low

    for side in SIDES:
        put_leg(points, course, build, times, side, pelvis, hip_axis, ankles[side])

    put("mid_hip", pelvis)
    put_trunk(points, course, build, times, pelvis)
    return points


def put_leg(
    points: np.ndarray, course: Course, build: Build, times: np.ndarray, side: str,
    pelvis: np.ndarray, hip_axis: np.ndarray, planted: np.ndarray,
) -> None:  # fmt: skip
    """Place a leg that stands, hangs from the hip by its angles, or blends both."""

    def q(name: str) -> np.ndarray:
        return course.value(f"{side}_{name}", times)

    sigma = SIGMA[side]
    forward, right = heading(course.value("heading", times))
    outward = sigma * right
    hip = pelvis + sigma * build.half_hips * hip_axis
    yaw = q("yaw")
    foot_forward, foot_right = heading(yaw)
    pole, _ = heading(yaw + sigma * q("knee_in"))

    free = np.clip(q("free"), 0, 1)[:, None]
    thigh = limb(q("thigh"), q("abduct"), forward, outward)
    shank = limb(q("thigh") - q("bend"), q("abduct"), forward, outward)
    hanging = hip + build.thigh * thigh + build.shank * shank
    target = planted + free * (hanging - planted)
    pole = unit(pole + free * (thigh - pole))
    knee, ankle = bent(hip, target, build.thigh, build.shank, pole)

    pitch = np.radians(q("pitch"))[:, None]
    flat_up = np.cos(pitch) * UP + np.sin(pitch) * foot_forward
    up = unit(flat_up + free * (unit(knee - ankle) - flat_up))
    sideways = unit(foot_right - (foot_right * up).sum(axis=1, keepdims=True) * up)
    along = np.cross(up, sideways)
    low, size = -build.ankle * up, build.foot
    places = {
        "hip": hip, "knee": knee, "ankle": ankle,
        "heel": ankle - 0.22 * size * along + 0.7 * low,
        "big_toe": ankle + 0.70 * size * along + 0.7 * low - sigma * 0.10 * size * sideways,
        "small_toe": ankle + 0.55 * size * along + 0.7 * low + sigma * 0.22 * size * sideways,
    }  # fmt: skip
    for name, where in places.items():
        points[:, PLACE[f"{side}_{name}"]] = where


def put_trunk(
    points: np.ndarray, course: Course, build: Build, times: np.ndarray, pelvis: np.ndarray
) -> None:
    """Place trunk, head and arms. Arms hang vertically."""

    def q(name: str) -> np.ndarray:
        return course.value(name, times)

    def put(name: str, where: np.ndarray) -> None:
        points[:, PLACE[name]] = where

    chest = q("heading") + q("trunk_turn")
    forward, right = heading(chest)
    lean, aside = np.radians(q("trunk_lean"))[:, None], np.radians(q("trunk_side"))[:, None]
    up = np.cos(aside) * (np.cos(lean) * UP + np.sin(lean) * forward) + np.sin(aside) * right
    across = unit(right - (right * up).sum(axis=1, keepdims=True) * up)
    neck = pelvis + build.trunk * up
    put("neck", neck + 0.012 * build.height * up)

    gaze, gaze_right = heading(chest + q("head_turn"))
    nod = np.radians(0.45 * q("trunk_lean") + q("head_nod"))[:, None]
    head_up = unit(np.cos(nod) * UP + np.sin(nod) * gaze + 0.4 * np.sin(aside) * right)
    face = unit(np.cross(head_up, gaze_right))
    size = build.height
    middle = neck + 0.035 * size * up + 0.055 * size * head_up
    put("head", middle + 0.085 * size * head_up)
    put("nose", middle + 0.058 * size * face)
    for side in SIDES:
        out = SIGMA[side] * gaze_right
        put(
            f"{side}_eye",
            middle + 0.046 * size * face + 0.018 * size * out + 0.018 * size * head_up,
        )
        put(f"{side}_ear", middle + 0.042 * size * out + 0.005 * size * head_up)
        shoulder = neck + SIGMA[side] * build.half_shoulders * across
        arm, arm_out = q(f"{side}_arm"), q(f"{side}_arm_out")
        outward = SIGMA[side] * right
        elbow = shoulder + build.upper_arm * limb(arm, arm_out, forward, outward)
        fore = limb(arm + q(f"{side}_elbow"), arm_out - q(f"{side}_arm_in"), forward, outward)
        put(f"{side}_shoulder", shoulder)
        put(f"{side}_elbow", elbow)
        put(f"{side}_wrist", elbow + build.forearm * fore)
