"""OpenSim recordings seen by a camera beside the facing direction of the person."""

from __future__ import annotations

import numpy as np

import kneepose as kp
from tests.support.datasets import opensim

NAMES = {row["name"]: row["keypoints"] for row in kp.tables.skeletons()}
WITHOUT_FEET = [NAMES["halpe26"].index(name) for name in NAMES["coco17"]]


def filmed(name: str, yaw_deg: float, height_m: float = 0.6, distance_m: float = 4.0) -> np.ndarray:
    """Project to a camera beside the facing direction of the person, aimed at the body."""
    xyz = opensim(name)["keypoints"]
    middle, floor = np.nanmedian(xyz.reshape(-1, 3), axis=0), np.nanmin(xyz[..., 1])
    yaw = np.radians(yaw_deg)
    place = np.array([middle[0] + distance_m * np.cos(yaw), floor + height_m,
                      middle[2] + distance_m * np.sin(yaw)])  # fmt: skip
    axis = (middle - place) / np.linalg.norm(middle - place)
    right = np.cross(axis, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    seen = xyz - place
    depth, up = seen @ axis, np.cross(right, axis)
    return np.stack([540 + 1500 * (seen @ right) / depth, 960 - 1500 * (seen @ up) / depth], -1)


def image(name: str, yaw_deg: float, feet: bool, **camera: float) -> kp.Recording:
    xy = filmed(name, yaw_deg, **camera)
    return kp.Recording(
        xy if feet else xy[:, WITHOUT_FEET],
        skeleton="halpe26" if feet else "coco17",
        times=opensim(name)["times"],
        resolution_wh=(1080, 1920),
    )
