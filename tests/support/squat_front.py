"""A squatting stick figure as coco17, seen by a camera straight in front."""

from __future__ import annotations

import numpy as np

SIDED = ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
NAMES = ["nose", *(f"{side}_{joint}" for joint in SIDED for side in ("left", "right"))]


def squat(
    depth: float = 80.0, medial_cm: float = 0.0, share: float = 0.72, reps: int = 5, fps: int = 30
) -> tuple[np.ndarray, np.ndarray]:
    """Return times (T,) and points (T, 17, 3) in cm: x to the person's left, y up, z forward.

    The knees flex to `depth` degrees, of which the thigh takes `share`, and move inward up to
    `medial_cm` in proportion.
    """
    times = np.arange((reps * 4 + 2) * fps) / fps
    moving = (times > 1) & (times < 1 + 4 * reps)
    part = np.where(moving, (1 - np.cos(2 * np.pi * ((times - 1) % 4) / 4)) / 2, 0.0)
    bend = np.radians(part * depth)
    points = np.zeros((times.size, 17, 3))

    def put(name: str, x: float | np.ndarray, y: float | np.ndarray, z: float | np.ndarray) -> None:
        points[:, NAMES.index(name)] = np.stack([v + 0 * times for v in (x, y, z)], -1)

    shank, thigh = bend * (1 - share), bend * share
    knee_z, knee_y = 40 * np.sin(shank), 8 + 40 * np.cos(shank)
    hip_z, hip_y = knee_z - 40 * np.sin(thigh), knee_y + 40 * np.cos(thigh)
    for side, sign in (("left", 1), ("right", -1)):
        put(f"{side}_ankle", sign * 9, 8, 0)
        put(f"{side}_knee", sign * (9 - medial_cm * part), knee_y, knee_z)
        put(f"{side}_hip", sign * 9, hip_y, hip_z)
        put(
            f"{side}_shoulder",
            sign * 17,
            hip_y + 50 * np.cos(0.4 * bend),
            hip_z + 50 * np.sin(0.4 * bend),
        )
        put(f"{side}_elbow", sign * 20, hip_y + 20, hip_z + 10)
        put(f"{side}_wrist", sign * 20, hip_y + 18, hip_z + 30)
        put(f"{side}_eye", sign * 3, hip_y + 68, hip_z)
        put(f"{side}_ear", sign * 6, hip_y + 67, hip_z)
    put("nose", 0, hip_y + 66, hip_z + 5)
    # A small sway is added, because an image that is exactly still counts as frozen.
    points[..., 0] += 0.1 * np.sin(2 * np.pi * 0.3 * times)[:, None]
    return times, points


def picture(points: np.ndarray) -> np.ndarray:
    """Project to a distant camera in front, 4 px per cm."""
    return np.stack([500 + 4 * points[..., 0], 900 - 4 * points[..., 1]], -1)
