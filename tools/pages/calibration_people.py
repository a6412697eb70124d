"""Simulate people with an individual keypoint bias, for docs/evidence/calibration.md.

The sizes of the errors come from publications that the stated errors (`quality/accuracy.rs`) do not
use. There are two sets:

- `ONE_CAMERA`: OpenPose with one camera at the side has an error of 5.6 degrees at the knee (mean
  absolute error, Stenum, Rossi, Roemmich 2021). Joints of MeTRAbs, which estimates depth from one
  camera, have an error of 59.5 mm (51 people who walk, stand up and bend, against THEIA3D; IEEE
  DataPort 2026).
- `SEVERAL_CAMERAS`: joint centers of OpenPose by several cameras, of which 80 % lie within 30 mm of
  markers and 90 % within 40 mm (Nakano et al. 2020). Triangulation averages the errors of single
  views, so these errors are smaller than those of any one camera.

In both sets, half of the variance of an offset is common to all views of a person and, mirrored, to
both sides of the body; the other half differs between views and joints. In `ONE_CAMERA`, the true
hip flexion includes an anatomical pelvic tilt of 13 degrees, SD 5 (Preece et al. 2008). Its camera
is also pitched toward the middle of the body, which tilts the vertical axis of the world points.
The stated errors were never changed to fit either set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import kneepose as kp
from tests.support.cameras import NAMES, PLACE, Camera, floor_below, pixel_noise
from tests.support.film import Film
from tests.support.rep_scenarios import scenario

PEOPLE = 240
SEED = 231107
PERSON_SPREAD = 0.53
"""Standard deviation of the log-normal bias between people, from two quantiles of Nakano et al."""
FLATTENED = (0.9, 0.1)
"""Mean and standard deviation of the factor by which the estimated depth is scaled."""
PELVIC_TILT_DEG = (13.0, 5.0)
MIDDLE_M = 0.9
"""Height of the middle of the body; the simulated cameras point at this height."""


class Draw(NamedTuple):
    """Size of the keypoint offsets: median of people, mm per axis, and the factor for depth."""

    title: str
    offset_mm: float
    depth_times: float
    tilts: bool


def one_camera() -> Draw:
    """Return offsets of the size that Stenum et al. and MeTRAbs report.

    A knee between a thigh of 0.42 m and a shank of 0.40 m, with an error `s` across the segment at
    each joint, has an angle error of s √(1/0.42² + 1/0.40² + (1/0.42 + 1/0.40)²). A normal error of
    spread 1 has a mean absolute value of √(2/π), and a log-normal size a mean of exp(σ²/2).
    """
    per_m = np.degrees(np.sqrt(1 / 0.42**2 + 1 / 0.40**2 + (1 / 0.42 + 1 / 0.40) ** 2))
    mean = np.sqrt(2 / np.pi) * np.exp(PERSON_SPREAD**2 / 2)
    offset = 1000 * 5.6 / (per_m * mean)
    return Draw("one camera", offset, float(np.sqrt(59.5**2 - 2 * offset**2) / offset), True)


ONE_CAMERA = one_camera()
SEVERAL_CAMERAS = Draw("several cameras", 11.4, 2.0, False)
DRAWS = (ONE_CAMERA, SEVERAL_CAMERAS)
JITTER_PX = 2.5
VIEWS = ("front", "front, turned", "side", "world, guessed depth")
ANGLES = ("knee_flexion", "knee_flexion_from_depth", "hip_flexion", "fppa", "trunk_forward_lean",
          "trunk_lateral_lean", "thigh_inclination", "shank_inclination")  # fmt: skip
TRUTH = {"knee_flexion_from_depth": "knee_flexion"}
MIRROR = [
    PLACE[("right" if n.startswith("left") else "left") + n[n.index("_") :]]
    if n.startswith(("left_", "right_"))
    else i
    for i, n in enumerate(NAMES)
]


class Value(NamedTuple):
    """The value of one angle in one frame, with its true error and its stated error."""

    person: int
    view: str
    angle: str
    error: float
    sd: float
    given: bool
    bend: float


def offsets(rng: np.random.Generator, size: float) -> np.ndarray:
    """Return the offsets in meters of all keypoints; the left side mirrors the right."""
    own = rng.normal(0, size, (len(NAMES), 3))
    mirrored = own[MIRROR] * [1, 1, -1]
    left = np.array([n.startswith("left_") for n in NAMES])[:, None]
    return np.where(left, mirrored, own)


CARRIER = {"hip": ("knee", "hip"), "knee": ("ankle", "knee"), "ankle": ("ankle", "knee"),
           "shoulder": ("hip", "shoulder")}  # fmt: skip
"""Joint → lower and upper end of the segment with which its offset rotates."""


def turning(points: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Return the offset, shape (K, 3), of each frame, rotated with the segment of its keypoint."""
    moved = np.broadcast_to(offset, points.shape).copy()
    for name, k in PLACE.items():
        side, _, joint = name.partition("_")
        if joint not in CARRIER or side not in ("left", "right"):
            continue
        lower, upper = (points[:, PLACE[f"{side}_{end}"]] for end in CARRIER[joint])
        lean = np.arctan2(upper[:, 0] - lower[:, 0], upper[:, 1] - lower[:, 1])
        x, y = offset[k, :2]
        moved[:, k, 0] = x * np.cos(lean) + y * np.sin(lean)
        moved[:, k, 1] = y * np.cos(lean) - x * np.sin(lean)
    return moved


def seen(
    rng: np.random.Generator,
    view: str,
    points: np.ndarray,
    own: np.ndarray,
    size: float,
    fps: float,
    draw: Draw,
) -> kp.Recording:
    """Return the recording of one view: true points with biases of person and view."""
    view_off = np.sqrt(0.5) * rng.normal(0, size, (len(NAMES), 3))
    off = points + turning(points, own + view_off)
    yaw = {"front": rng.uniform(-8, 8), "side": 90 + rng.uniform(-15, 15)}.get(view, 0.0)
    if view == "front, turned":
        yaw = rng.choice([-1, 1]) * rng.uniform(20, 50)
    options = {"skeleton": "halpe26", "fps": fps, "confidence": np.full(off.shape[:2], 0.9)}
    if view.startswith("world"):
        hips = off[:, [PLACE["left_hip"], PLACE["right_hip"]]].mean(axis=1, keepdims=True)
        off = off - hips
        depth = rng.normal(*FLATTENED) * off[..., 0]
        depth += rng.normal(0, draw.depth_times * size, len(NAMES))
        height, away = rng.uniform(0.5, 1.3), rng.uniform(2.5, 4.0)
        down = np.arctan2(height - MIDDLE_M, away) if draw.tilts else 0.0
        up = off[..., 1] * np.cos(down) - depth * np.sin(down)
        depth = depth * np.cos(down) + off[..., 1] * np.sin(down)
        axes = np.stack([-off[..., 2], -up, -depth], axis=-1)
        axes += pixel_noise(rng, axes.shape, fps, 0.003)
        return kp.Recording(axes, up="-y", estimator="mediapipe", depth="estimated", **options)  # type: ignore[arg-type]
    camera = Camera(yaw, rng.uniform(2.5, 4.0), rng.uniform(0.5, 1.3), focal_px=1400.0)
    xy = camera.see(off, floor_below(points, "left_ankle", "right_ankle"))
    xy = xy + pixel_noise(rng, xy.shape, fps, JITTER_PX)
    estimator = "mediapipe" if view == "side" else "unnamed"
    return kp.Recording(xy, resolution_wh=camera.size_wh, estimator=estimator, **options)  # type: ignore[arg-type]


def values(person: int, draw: Draw = ONE_CAMERA) -> list[Value]:
    """Return the errors of one person in all views, at every eighth frame."""
    rng = np.random.default_rng([SEED, person])
    name = "squat: plain" if person % 2 else "single_leg_squat: plain"
    made = scenario(name, SEED + person, Film(noise="none", azimuth_deg=0.0))
    points = np.array(made.recording.coordinates)
    fps = made.recording.fps
    names = sorted({TRUTH.get(name, name) for name in ANGLES})
    side = made.side if made.side in ("left", "right") else "left"
    truth = kp.joint_angles(made.recording, names)
    bend = truth["knee_flexion", side].values  # type: ignore[index]
    size = draw.offset_mm / 1000 * np.exp(PERSON_SPREAD * rng.normal())
    own = np.sqrt(0.5) * offsets(rng, size)
    tilt = rng.normal(*PELVIC_TILT_DEG) if draw.tilts else 0.0
    found = []
    for view in VIEWS:
        try:
            rec = seen(rng, view, points, own, size, fps, draw)
        # The library refuses the whole recording if its proportions are impossible.
        except kp.errors.CoordinateError:
            continue
        stated = kp.joint_angles(rec.conditioned(), list(ANGLES), sd=True)
        plain = would_be(rec.conditioned(), view)
        for angle in ANGLES:
            key = (angle, None) if angle.startswith("trunk") else (angle, side)
            told = stated[key]  # type: ignore[index]
            true = TRUTH.get(angle, angle)
            right = truth[(true, key[1])].values  # type: ignore[index]
            number = np.where(np.isfinite(told.values), told.values, plain[key])
            for t in range(0, len(right), 8):
                if np.isfinite(number[t]) and np.isfinite(right[t]) and told.sd is not None:
                    given = bool(np.isfinite(told.values[t]))
                    error, sd = number[t] - right[t] - tilt * (angle == "hip_flexion"), told.sd[t]
                    found.append(Value(person, view, angle, error, sd, given, bend[t]))
    return found


def would_be(rec: kp.Recording, view: str) -> dict[tuple[str, str | None], np.ndarray]:
    """Return every angle by plain geometry, also where the library refuses a value."""
    keys = [
        (angle, side)
        for angle in ANGLES
        for side in ((None,) if angle.startswith("trunk") else ("left", "right"))
    ]
    options = {"up": "-y"} if view.startswith("world") else {}
    if view == "side":
        options["heading"] = [1.0, 0.0, 0.0]
    columns = []
    for key in keys:
        try:
            columns.append(
                kp.arrays.joint_angles(
                    rec.coordinates, skeleton="halpe26", names=[key], gates=False, **options
                )[..., 0]
            )  # type: ignore[call-overload]
        except kp.KneeposeError:
            columns.append(np.full(len(rec.times), np.nan))
    return dict(zip(keys, columns, strict=True))
