"""A person who stands still, in pixels and in meters, and a recording of this person."""

from __future__ import annotations

from typing import Any

import numpy as np

import kneepose as kp

SWAP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
LANDSCAPE = (1920, 1080)

# Heights and half-widths of the landmarks of a standing person of 1.7 m in meters, in COCO order.
HEIGHTS = [1.6, 1.65, 1.65, 1.6, 1.6, 1.4, 1.4, 1.1, 1.1, 0.85, 0.85, 0.9, 0.9, 0.5, 0.5, 0.1, 0.1]
HALF_WIDTHS = [0, 0.03, 0.03, 0.07, 0.07, 0.2, 0.2, 0.25, 0.25, 0.25, 0.25, 0.1, 0.1, 0.1, 0.1]
HALF_WIDTHS += [0.1, 0.1]


def pixels(n_frames: int = 30) -> np.ndarray:
    """Return a standing person in 1920×1080, shape (T, 17, 2), with small movement."""
    rng = np.random.default_rng(1)
    side = np.array([0] + [1, -1] * 8)
    xy = np.stack([960 + 500 * side * np.array(HALF_WIDTHS), 950 - 500 * np.array(HEIGHTS)], axis=1)
    return xy + rng.normal(0, 2, (n_frames, 17, 2))


def metres(n_frames: int = 30) -> np.ndarray:
    """Return a standing person in world space, y up, (T, 17, 3), with small movement."""
    rng = np.random.default_rng(2)
    side = np.array([0] + [1, -1] * 8)
    z = side * np.array(HALF_WIDTHS) - 0.05
    xyz = np.stack([np.full(17, -0.2), np.array(HEIGHTS), z], axis=1)
    return xyz + rng.normal(0, 0.005, (n_frames, 17, 3))


def make(coordinates: Any = None, **options: Any) -> kp.Recording:
    if coordinates is None:
        coordinates = pixels()
    options = {"skeleton": "coco17"} | options
    if "times" not in options:
        options.setdefault("fps", 30)
    return kp.Recording(coordinates, **options)
