"""Tests of Cardan angles of segment axes: against SciPy rotations, and refusal of invalid frames.

Vicon's own angles are tested in test_vicon.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

import kneepose as kp
from kneepose import arrays
from tests.support.vicon import SIDES, shipped

TURNS = np.random.default_rng(20)


def frames(rotation: Rotation) -> np.ndarray:
    """Return rotations as segment frames with the axes as rows."""
    return rotation.as_matrix().swapaxes(-1, -2)


@pytest.mark.parametrize("side", SIDES)
def test_angles_that_scipy_turned_come_back(side: Any) -> None:
    sigma = 1.0 if side == "right" else -1.0
    angles = TURNS.uniform([-180, -77, -180], [180, 77, 180], (2000, 3))
    pelvis = Rotation.random(len(angles), rng=TURNS)
    thigh = pelvis * Rotation.from_euler("ZXY", angles * [1, sigma, sigma], degrees=True)
    got = arrays.cardan_angles(frames(pelvis), frames(thigh), side=side)
    np.testing.assert_allclose(got, angles, rtol=0, atol=1e-10)


def test_a_mirrored_leg_has_the_same_angles() -> None:
    """Reflection in the sagittal plane keeps forward and up, and turns right into left."""
    data = shipped("walk")
    pelvis, thigh = data.frame("PEL"), data.frame("RFE")
    sideways = np.array([1.0, -1.0, 1.0])
    mirror = [frame * sideways * np.array([[1.0], [1.0], [-1.0]]) for frame in (pelvis, thigh)]
    np.testing.assert_array_equal(
        arrays.cardan_angles(*mirror, side="left"),
        arrays.cardan_angles(pelvis, thigh, side="right"),
    )


@pytest.mark.parametrize(("adduction", "known"), [(78.0, True), (79.0, False), (-79.0, False)])
def test_near_the_gimbal_only_adduction_is_known(adduction: float, known: bool) -> None:
    thigh = frames(Rotation.from_euler("ZXY", [30.0, adduction, 20.0], degrees=True))
    flexion, found, rotation = arrays.cardan_angles(np.eye(3), thigh, side="right")
    assert found == pytest.approx(adduction, abs=1e-10)
    assert np.isfinite([flexion, rotation]).tolist() == [known, known]


@pytest.mark.parametrize("off", [1.01, 0.99, np.nan, np.inf, 0.0, -1.0])
def test_what_is_no_frame_has_no_angles(off: float) -> None:
    for axis in range(3):
        wrong = np.eye(3)
        wrong[axis, axis] = off
        assert np.isnan(arrays.cardan_angles(np.eye(3), wrong, side="left")).all()
        assert np.isnan(arrays.cardan_angles(wrong, np.eye(3), side="left")).all()


def test_precision_shapes_and_missing_values() -> None:
    data = shipped("walk")
    pelvis, thigh = data.frame("PEL"), data.frame("RFE")
    expected = arrays.cardan_angles(pelvis, thigh, side="right")
    single = arrays.cardan_angles(pelvis.astype(np.float32), thigh.astype(np.float32), side="right")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, rtol=0, atol=1e-4)
    one = arrays.cardan_angles(pelvis[0], thigh, side="right")
    assert one.shape == (len(thigh), 3)
    np.testing.assert_array_equal(one[0], expected[0])
    columns = np.asfortranarray(thigh.swapaxes(-1, -2)).swapaxes(-1, -2)
    np.testing.assert_array_equal(arrays.cardan_angles(pelvis, columns, side="right"), expected)
    holed = thigh.copy()
    holed[3, 2, 1] = np.nan
    found = arrays.cardan_angles(pelvis, holed, side="right")
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()
    assert arrays.cardan_angles(pelvis[:0], thigh[:0], side="left").shape == (0, 3)


def test_left_handed_axes_are_not_taken() -> None:
    """Axes ordered (anterior, up, left) are left-handed and give NaN."""
    thigh = shipped("walk").frame("RFE") * np.array([[1.0], [1.0], [-1.0]])
    assert np.isnan(arrays.cardan_angles(np.eye(3), thigh, side="right")).all()


@pytest.mark.parametrize(
    ("proximal", "distal", "side", "error", "says"),
    [
        (np.eye(3), np.eye(2), "left", kp.errors.CoordinateError, "must be (…, 3, 3)"),
        (np.zeros(9), np.eye(3), "left", kp.errors.CoordinateError, "must be (…, 3, 3)"),
        (np.zeros((2, 3, 3)), np.zeros((5, 3, 3)), "left", kp.errors.CoordinateError, "broadcast"),
        (np.eye(3), np.eye(3), "both", kp.errors.UnknownNameError, "unknown side"),
    ],
)
def test_bad_requests(proximal: Any, distal: Any, side: Any, error: Any, says: str) -> None:
    with pytest.raises(error) as caught:
        arrays.cardan_angles(proximal, distal, side=side)
    assert says in str(caught.value)
