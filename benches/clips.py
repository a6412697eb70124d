"""Recordings and series for the benchmarks, derived from the shipped squat samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import kneepose as kp

F64 = NDArray[np.float64]
SKELETON = "halpe26"
FPS = 50.0
CLIP_FRAMES = 900
NOISE_M = 0.002
MEDIAPIPE_TRIPLETS = tuple(
    (f"{side}_{p}", f"{side}_{q}", f"{side}_{r}")
    for p, q, r in (
        ("shoulder", "hip", "knee"),
        ("hip", "knee", "ankle"),
        ("knee", "ankle", "big_toe"),
        ("knee", "ankle", "heel"),
        ("hip", "shoulder", "elbow"),
        ("shoulder", "elbow", "wrist"),
        ("heel", "ankle", "big_toe"),
    )
    for side in ("left", "right")
)


def squats(frames: int, sample: str = "squat") -> F64:
    """Return world-space squats, shape (frames, 26, 3) in meters, y up.

    The sample is played forward and backward in turn, so that it never jumps, with 2 mm of noise.
    """
    xyz = kp.sample(sample).coordinates
    there_and_back = np.concatenate([xyz, xyz[::-1]])
    noise = np.random.default_rng(1).normal(scale=NOISE_M, size=(frames, *xyz.shape[1:]))
    return np.resize(there_and_back, noise.shape) + noise


def front_view(frames: int) -> F64:
    """Return front-view keypoints of the squats, shape (frames, 26, 2) in pixels, y down."""
    x, y, z = np.moveaxis(squats(frames), -1, 0)
    distance = 4.0 - x
    return np.stack([540.0 - 1500.0 * z / distance, 1400.0 - 1500.0 * y / distance], axis=-1)


def people(frames: int) -> F64:
    """Return random keypoints in the shape of a pose estimator, (frames, 33, 3)."""
    return np.random.default_rng(2).normal(size=(frames, 33, 3))


def knee_series() -> F64:
    """Return the knee flexion of the squats with a few spikes, shape (900,) in degrees."""
    legs = kp.arrays.joint_angles(
        squats(CLIP_FRAMES), skeleton=SKELETON, names=["knee_flexion"], up="y"
    )
    series = np.asarray(legs[:, 0], dtype=np.float64)
    series[[111, 333, 777]] += 60.0
    return series


def squat_recording() -> kp.Recording:
    """Return 900 frames of the squats as a `kp.Recording`."""
    return kp.Recording(squats(CLIP_FRAMES), skeleton=SKELETON, fps=FPS, up="y", unit="m")


def keypoints_of(skeleton: str) -> tuple[str, ...]:
    """Return the keypoint names of a built-in skeleton in order; toes get their landmark's name."""
    (row,) = (row for row in kp.tables.skeletons() if row["name"] == skeleton)
    return tuple(name.replace("foot_index", "big_toe") for name in row["keypoints"])
