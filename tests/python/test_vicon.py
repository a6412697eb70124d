"""Against Vicon's own angles: three trials of two laboratories.

`arrays.cardan_angles` reads the segment axes that Vicon stores, so nothing but its conventions can
differ; `arrays.joint_angles` reads the joint centres alone (docs/accuracy.md has those numbers).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from vicon import FILES, SIDES, Trial, shipped, whole

import kneepose as kp
from kneepose import arrays

EVERY = pytest.mark.parametrize("trial", [shipped, whole], ids=["shipped", "whole"])


def long_axes(trial: Trial, side: str) -> np.ndarray:
    """Knee bend of the joint centres, degrees, 0 straight."""
    return 180.0 - arrays.angle(*trial.centres(side))


@EVERY
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", FILES)
def test_hip_angles_of_the_segment_axes_are_the_vendors(trial: Any, name: str, side: Any) -> None:
    data: Trial = trial(name)
    got = arrays.cardan_angles(data.frame("PEL"), data.frame(side[0].upper() + "FE"), side=side)
    want = data.vendor(side, "Hip")
    assert len(want) >= 40
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-3)


@EVERY
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", FILES)
def test_knee_angles_of_the_segment_axes(trial: Any, name: str, side: Any) -> None:
    """Vicon's knee flexion is positive where the shank swings back, its varus where it goes in."""
    data: Trial = trial(name)
    one = side[0].upper()
    got = arrays.cardan_angles(data.frame(one + "FE"), data.frame(one + "TI"), side=side)
    want = data.vendor(side, "Knee") * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-3)


@EVERY
@pytest.mark.parametrize("side", SIDES)
def test_three_points_give_the_vendors_knee_flexion(trial: Any, side: str) -> None:
    data: Trial = trial("walk")
    vendor = data.vendor(side, "Knee")[:, 0]
    assert np.ptp(vendor) > 35.0
    assert np.abs(long_axes(data, side) - vendor).max() <= 0.35


@EVERY
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("name", FILES)
def test_what_three_points_see_is_flexion_and_varus_together(
    trial: Any, name: str, side: str
) -> None:
    """Why the bend is no reference for Plug-in Gait's flexion where its knee axis is askew."""
    data: Trial = trial(name)
    flexion, varus, _ = np.radians(data.vendor(side, "Knee")).T
    together = np.degrees(np.arccos(np.cos(flexion) * np.cos(varus)))
    np.testing.assert_allclose(long_axes(data, side), together, rtol=0, atol=2e-3)


def test_the_shipped_frames_are_frames_of_the_file() -> None:
    for name in FILES:
        few, all_of_them = shipped(name), whole(name)
        rows = all_of_them.points["LFEO"].astype(np.float32)
        for frame, point in enumerate(few.points["LFEO"].astype(np.float32)):
            (at,) = np.flatnonzero((rows == point).all(axis=1))
            for key, value in few.points.items():
                same = all_of_them.points[key][at].astype(np.float32)
                assert np.array_equal(value[frame].astype(np.float32), same), (name, key)


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


def test_axes_in_vicons_order_are_not_taken_where_that_shows() -> None:
    """(anterior, up, left) is left-handed: no frame."""
    thigh = shipped("walk").frame("RFE") * np.array([[1.0], [1.0], [-1.0]])
    assert np.isnan(arrays.cardan_angles(np.eye(3), thigh, side="right")).all()


@pytest.mark.parametrize(
    ("proximal", "distal", "side", "error", "says"),
    [
        (np.eye(3), np.eye(2), "left", kp.CoordinateError, "must be (…, 3, 3)"),
        (np.zeros(9), np.eye(3), "left", kp.CoordinateError, "must be (…, 3, 3)"),
        (np.zeros((2, 3, 3)), np.zeros((5, 3, 3)), "left", kp.CoordinateError, "broadcast"),
        (np.eye(3), np.eye(3), "both", kp.UnknownNameError, "unknown side"),
    ],
)
def test_bad_requests(proximal: Any, distal: Any, side: Any, error: Any, says: str) -> None:
    with pytest.raises(error) as caught:
        arrays.cardan_angles(proximal, distal, side=side)
    assert says in str(caught.value)
