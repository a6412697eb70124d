"""Projection of 3-D recordings to cameras in various poses.

The pinhole camera is that of the README of the OpenSim recordings. A yaw > 0 moves it toward the
subject's right (world +z), still aiming at the standing foot. An offset shifts it toward +z without
turning. Roll rotates the image about its center.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import kneepose as kp

NAMES = next(row["keypoints"] for row in kp.tables.skeletons() if row["name"] == "halpe26")
PLACE = {name: i for i, name in enumerate(NAMES)}
WANDER_S = 0.6
NEAREST_M = 0.3
"""Minimum distance from the camera; nearer points, and points behind it, are not seen."""


@dataclass(frozen=True)
class Camera:
    """Pose of a camera relative to the floor point at which it aims."""

    yaw_deg: float = 0.0
    distance_m: float = 3.0
    height_m: float = 0.5
    offset_m: float = 0.0
    roll_deg: float = 0.0
    focal_px: float = 1500.0
    size_wh: tuple[int, int] = (1080, 1920)

    def see(self, points: np.ndarray, aim: np.ndarray) -> np.ndarray:
        """Project points in meters, y up, (…, 3), to pixels, (…, 2); NaN behind the camera."""
        yaw, roll = np.radians(self.yaw_deg), np.radians(self.roll_deg)
        axis = -np.array([np.cos(yaw), 0.0, np.sin(yaw)])
        right = np.array([np.sin(yaw), 0.0, -np.cos(yaw)])
        down = np.array([0.0, -1.0, 0.0])
        position = aim - self.distance_m * axis - self.offset_m * right
        position[1] = self.height_m
        seen = points - position
        across = seen @ (right * np.cos(roll) + down * np.sin(roll))
        along = seen @ (down * np.cos(roll) - right * np.sin(roll))
        depth = (seen @ axis)[..., None]
        depth = np.where(depth > NEAREST_M, depth, np.nan)
        middle = np.array(self.size_wh) / 2
        pixels: np.ndarray = middle + self.focal_px * np.stack([across, along], axis=-1) / depth
        return pixels


def floor_below(points: np.ndarray, *names: str) -> np.ndarray:
    """Return the median floor position of these keypoints, at which a camera aims."""
    middle = np.nanmedian(points[:, [PLACE[name] for name in names]], axis=(0, 1))
    return np.array([middle[0], 0.0, middle[2]])


def toe_out(points: np.ndarray, degrees: dict[str, float]) -> np.ndarray:
    """Rotate each foot outward about the vertical axis through its ankle."""
    turned = points.copy()
    for side, outward in (("left", -1.0), ("right", 1.0)):
        angle = outward * np.radians(degrees[side])
        ankle = points[:, PLACE[f"{side}_ankle"]]
        for name in ("heel", "big_toe", "small_toe"):
            x, y, z = (points[:, PLACE[f"{side}_{name}"]] - ankle).T
            around = (x * np.cos(angle) - z * np.sin(angle), x * np.sin(angle) + z * np.cos(angle))
            turned[:, PLACE[f"{side}_{name}"]] = ankle + np.stack([around[0], y, around[1]], axis=1)
    return turned


def other_build(points: np.ndarray, size: float, trunk: float) -> np.ndarray:
    """Scale the body, and additionally trunk and head, without changing the motion."""
    hips = points[:, [PLACE["left_hip"], PLACE["right_hip"]]].mean(axis=1, keepdims=True)
    upper = [
        i for name, i in PLACE.items() if not name.endswith(("hip", "knee", "ankle", "toe", "heel"))
    ]
    built = points.copy()
    built[:, upper] = hips + trunk * (points[:, upper] - hips)
    return built * size


def pixel_noise(
    rng: np.random.Generator, shape: tuple[int, ...], fps: float, sd_px: float
) -> np.ndarray:
    """Return noise with half of its variance white and half slowly varying."""
    keep = np.exp(-1 / (WANDER_S * fps))
    steps = rng.normal(size=shape)
    slow = np.empty(shape)
    slow[0] = steps[0]
    for t in range(1, shape[0]):
        slow[t] = keep * slow[t - 1] + np.sqrt(1 - keep**2) * steps[t]
    noise: np.ndarray = sd_px * np.sqrt(0.5) * (slow + rng.normal(size=shape))
    return noise
