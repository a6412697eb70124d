"""Tests of knee flexion from depth in an image: zero at rest, one height for both feet."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.cameras_to_the_side import NAMES, image
from tests.support.datasets import FULL, opensim
from tests.support.sit_to_stand import filmed

DEPTH = "knee_flexion_from_depth"
STANDING_FRAMES = (241, 401, 561, 718)
"""Frames with the smallest knee flexion, 3° to 7° by markers."""
PUBLISHED_RMSE = {"right": 9.6, "left": 7.8}
"""RMSE of the first version against the markers' `knee_angle`, by side."""


@pytest.mark.data
@pytest.mark.parametrize("source", ["image", "movenet"])
def test_standing_is_zero(source: str) -> None:
    angles = kp.joint_angles(filmed(source).conditioned(), [DEPTH])
    for side in ("left", "right"):
        assert angles[DEPTH, side].values[list(STANDING_FRAMES)].max() <= 10  # type: ignore[index]


@pytest.mark.data
@pytest.mark.parametrize("side", ["left", "right"])
def test_against_markers(side: str) -> None:
    angle = kp.joint_angles(filmed("image").conditioned(), [DEPTH])[DEPTH, side]  # type: ignore[index]
    truth = np.load(FULL / "opencap-sts" / "angles_truth.npz")
    error = angle.values - np.interp(angle.times, truth["time"], truth[f"knee_angle_{side[0]}"])
    assert np.sqrt(np.nanmean(error**2)) < PUBLISHED_RMSE[side]


@pytest.mark.data
@pytest.mark.parametrize("yaw", [-30, 0, 30])
def test_a_high_camera_at_the_side_does_not_part_two_legs(yaw: float) -> None:
    rec = image("opencap_squat", yaw, True, height_m=1.4, distance_m=2.5)
    left, right = (kp.joint_angles(rec, [DEPTH])[DEPTH, side].values for side in ("left", "right"))  # type: ignore[index]
    np.testing.assert_allclose(left, right, atol=1e-5)


@pytest.mark.data
def test_one_leg_keeps_its_own_height() -> None:
    """A lifted foot moving with its hip must not affect the depth of the standing leg."""
    data = opensim("sls_left_healthy")
    place = {name: i for i, name in enumerate(NAMES["halpe26"])}
    xy = 540 - 400 * data["keypoints"][..., [2, 1]]
    for joint in ("ankle", "heel", "big_toe", "small_toe"):
        hovering = xy[:, place["right_hip"]] + [0.0, 330.0]
        xy[:, place[f"right_{joint}"]] = hovering

    def bend() -> np.ndarray:
        rec = kp.Recording(xy, skeleton="halpe26", times=data["times"], resolution_wh=(1080, 1920))
        return kp.joint_angles(rec, [DEPTH])[DEPTH, "left"].values

    before = bend()
    xy[:, place["right_ankle"], 1] += 80 * np.sin(8 * data["times"])
    np.testing.assert_array_equal(bend(), before)
    assert before.max() > 50
