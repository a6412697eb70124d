"""Random bodies with displaced landmarks, and their projections."""

from __future__ import annotations

import numpy as np

import kneepose as kp

UPS = ("x", "y", "z", "-x", "-y", "-z")
SIDES = ("left", "right")
SIDED = (
    "shoulder", "hip", "knee", "ankle", "heel", "big_toe", "small_toe",
    "medial_epicondyle", "lateral_epicondyle",
)  # fmt: skip
LANDMARKS = tuple(f"{side}_{name}" for name in SIDED for side in SIDES)
# Positions of a standing person in meters: forward, up, right (outward for a sided landmark).
PLACES = {
    "shoulder": (0.0, 1.45, 0.18), "hip": (0.0, 0.95, 0.09), "knee": (0.05, 0.52, 0.09),
    "ankle": (0.0, 0.10, 0.09), "heel": (-0.05, 0.02, 0.09), "big_toe": (0.16, 0.02, 0.10),
    "small_toe": (0.13, 0.02, 0.15), "medial_epicondyle": (0.05, 0.52, 0.05),
    "lateral_epicondyle": (0.05, 0.52, 0.13),
}  # fmt: skip
AXES = {"x": 0, "y": 1, "z": 2}


def standing() -> np.ndarray:
    """Return a standing person (K, 3) in the order of `LANDMARKS`: x forward, y up, z right."""
    outward = {"left": -1.0, "right": 1.0}
    rows = []
    for name in LANDMARKS:
        side, _, joint = name.partition("_")
        x, y, z = PLACES[joint]
        rows.append((x, y, outward[side] * z))
    return np.array(rows)


def turn_onto(up: str) -> np.ndarray:
    """Return a rotation from the y axis to the named up axis."""
    target = np.zeros(3)
    target[AXES[up[-1]]] = -1.0 if up[0] == "-" else 1.0
    other = np.eye(3)[(AXES[up[-1]] + 1) % 3]
    return np.stack([other, target, np.cross(other, target)], axis=1)


def random_rotations(rng: np.random.Generator, n: int, spread: float) -> np.ndarray:
    """Return random rotation matrices, shape (n, 3, 3), with angles of about `spread` radians."""
    axis = rng.normal(size=(n, 3))
    axis /= np.linalg.norm(axis, axis=1)[:, None]
    angle = rng.normal(0.0, spread, n)[:, None, None]
    zero = np.zeros(n)
    x, y, z = axis.T
    skew = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * (skew @ skew)


def bodies(rng: np.random.Generator, n: int, up: str, *, spread: float = 0.2) -> np.ndarray:
    """Return random bodies, shape (n, K, 3), with displaced landmarks and random rotations."""
    points = standing() + rng.normal(0.0, spread, (n, len(LANDMARKS), 3))
    points = np.einsum("tij,tkj->tki", random_rotations(rng, n, 0.6), points)
    return points @ turn_onto(up).T + rng.normal(0.0, 2.0, 3)


def pictures(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return random bodies projected from random directions to pixels, shape (n, K, 2)."""
    points = bodies(rng, n, "y")
    yaw = rng.uniform(-np.pi, np.pi, n)[:, None]
    x = points[..., 0] * np.cos(yaw) - points[..., 2] * np.sin(yaw)
    return np.stack([640 + 400 * x, 900 - 400 * points[..., 1]], axis=-1)


def drop_some(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    points[rng.uniform(size=points.shape[:2]) < 0.03] = np.nan
    return points


EVERY_ANGLE = [row["name"] for row in kp.tables.angles()]
ANY_BODY = kp.Skeleton("any", LANDMARKS)
