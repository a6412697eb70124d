"""Check that width and height of the image are not exchanged, from the shape of the body."""

from __future__ import annotations

from typing import Final

import numpy as np

from kneepose.errors import CoordinateError
from kneepose.estimators.person import F64
from kneepose.recording.skeleton import Skeleton

__all__ = ["check_sides"]

# Smallest ratio of image sides for which an exchange is detected. The spreads of image and world
# landmarks differ by up to 27 % (median 6 %) on 17 clips.
_LEAST_RATIO: Final = 1.3
# Minimum body height, as a share of its maximum, in frames that count as standing.
_STANDING: Final = 0.8
_LEAST_FRAMES: Final = 5
_BODY: Final = ("shoulder", "hip", "knee", "ankle")


def check_sides(image: F64, world: F64, skeleton: Skeleton, resolution: tuple[int, int]) -> None:
    """Raise `CoordinateError` if image and world landmarks agree only for (height, width).

    Frames without world landmarks are not used, and nearly square images are not checked.

    Parameters
    ----------
    image, world
        Landmarks of one person, shapes (N, K, 2) and (N, K, 3); NaN where missing.
    """
    width, height = resolution
    exchanged = width / height
    if 1 / _LEAST_RATIO < exchanged < _LEAST_RATIO:
        return
    joints = [
        skeleton.landmarks[f"{side}_{joint}"]
        for side in ("left", "right")
        for joint in _BODY
        if f"{side}_{joint}" in skeleton.landmarks
    ]
    both = np.isfinite(world).any(axis=(1, 2))
    if len(joints) < len(_BODY) or both.sum() < _LEAST_FRAMES:
        return
    image, world = image[both][:, joints], world[both][:, joints, :2]
    seen, real = _spread(image), _spread(world)
    standing = real[:, 1] >= _STANDING * np.nanmax(real[:, 1], initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log((seen[:, 0] / seen[:, 1]) / (real[:, 0] / real[:, 1]))[standing]
    ratio = ratio[np.isfinite(ratio)]
    if len(ratio) < _LEAST_FRAMES:
        return
    # Exchanged sides change the ratio by the square of width / height.
    found = float(np.median(ratio))
    if abs(found - 2 * np.log(exchanged)) < min(abs(found), np.log(_LEAST_RATIO)):
        raise CoordinateError(
            f"resolution_wh is ({width}, {height}), but the world landmarks show that the body is "
            f"{np.exp(abs(found)):.1f} times as {'wide' if found > 0 else 'narrow'} as that; needed "
            f"(width, height), while frame.shape[:2] is (height, width). Pass resolution_wh=({height}, "
            f"{width})."
        )


def _spread(points: F64) -> F64:
    """Return the standard deviation of the keypoints along x and y in each frame, shape (T, 2)."""
    return np.asarray(points.std(axis=1))
