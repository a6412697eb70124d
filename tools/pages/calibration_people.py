"""Simulated people whose keypoints are off by an amount of their own, for docs/evidence/calibration.md.

The errors are drawn from other figures than those behind the stated ones (`quality/accuracy.rs`):
joint centers of OpenPose by several cameras, of which 80 % lie within 30 mm of markers and 90 % within
40 mm. Half of the variance of an offset belongs to the person and both sides of the body, half to one
view and one joint. Depth that one camera guesses is off by twice as much, and flattened by a factor of
its own. The size and spread of the offsets were set twice: after a trial with two people they were
fitted again to the published quantiles. The stated errors were never changed.
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
OFFSET_MM, PERSON_SPREAD = 11.4, 0.53
"""Spread along each axis, and log-normal spread between people: 80 % below 30 mm, 90 % below 40 mm."""
FLATTENED = (0.9, 0.1)
"""Mean and spread of the factor of guessed depth."""
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
    """One angle in one frame."""

    person: int
    view: str
    angle: str
    error: float
    sd: float
    given: bool
    bend: float


def offsets(rng: np.random.Generator, size: float) -> np.ndarray:
    """Return what all keypoints of one side of a body are off by, mirrored on the other; meters."""
    own = rng.normal(0, size, (len(NAMES), 3))
    mirrored = own[MIRROR] * [1, 1, -1]
    left = np.array([n.startswith("left_") for n in NAMES])[:, None]
    return np.where(left, mirrored, own)


def seen(
    rng: np.random.Generator, view: str, points: np.ndarray, size: float, fps: float
) -> kp.Recording:
    """Return the recording of these points, shape (T, K, 3), with the errors of one view."""
    off = points + np.sqrt(0.5) * rng.normal(0, size, (len(NAMES), 3))
    yaw = {"front": rng.uniform(-8, 8), "side": 90 + rng.uniform(-15, 15)}.get(view, 0.0)
    if view == "front, turned":
        yaw = rng.choice([-1, 1]) * rng.uniform(20, 50)
    options = {"skeleton": "halpe26", "fps": fps, "confidence": np.full(off.shape[:2], 0.9)}
    if view.startswith("world"):
        hips = off[:, [PLACE["left_hip"], PLACE["right_hip"]]].mean(axis=1, keepdims=True)
        off = off - hips
        depth = rng.normal(*FLATTENED) * off[..., 0] + rng.normal(0, 2 * size, len(NAMES))
        axes = np.stack([-off[..., 2], -off[..., 1], -depth], axis=-1)
        axes += pixel_noise(rng, axes.shape, fps, 0.003)
        return kp.Recording(axes, up="-y", estimator="mediapipe", depth="estimated", **options)  # type: ignore[arg-type]
    camera = Camera(yaw, rng.uniform(2.5, 4.0), rng.uniform(0.5, 1.3), focal_px=1400.0)
    xy = camera.see(off, floor_below(points, "left_ankle", "right_ankle"))
    xy = xy + pixel_noise(rng, xy.shape, fps, JITTER_PX)
    estimator = "mediapipe" if view == "side" else "unnamed"
    return kp.Recording(xy, resolution_wh=camera.size_wh, estimator=estimator, **options)  # type: ignore[arg-type]


def values(person: int) -> list[Value]:
    """Return the errors of one person in all views, of every eighth frame."""
    rng = np.random.default_rng([SEED, person])
    name = "squat: plain" if person % 2 else "single_leg_squat: plain"
    made = scenario(name, SEED + person, Film(noise="none", azimuth_deg=0.0))
    points = np.array(made.recording.coordinates)
    fps = made.recording.fps
    names = sorted({TRUTH.get(name, name) for name in ANGLES})
    side = made.side if made.side in ("left", "right") else "left"
    truth = kp.joint_angles(made.recording, names)
    bend = truth["knee_flexion", side].values  # type: ignore[index]
    size = OFFSET_MM / 1000 * np.exp(PERSON_SPREAD * rng.normal())
    own = np.sqrt(0.5) * offsets(rng, size)
    found = []
    for view in VIEWS:
        rec = seen(rng, view, points + own, size, fps)
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
                    error, sd = number[t] - right[t], told.sd[t]
                    found.append(Value(person, view, angle, error, sd, given, bend[t]))
    return found


def would_be(rec: kp.Recording, view: str) -> dict[tuple[str, str | None], np.ndarray]:
    """Return the plain geometry of every angle, also where the library refuses it."""
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
