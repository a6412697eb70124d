"""Tests against Vicon's own angles, in three trials of two laboratories.

`arrays.cardan_angles` uses the segment axes stored by Vicon, so only conventions could differ.
`arrays.joint_angles` uses joint centers only (results: docs/evidence/accuracy.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kneepose import arrays
from tests.support.vicon import FILES, SIDES, Trial, shipped, whole

EVERY = pytest.mark.parametrize("trial", [shipped, whole], ids=["shipped", "whole"])


def long_axes(trial: Trial, side: str) -> np.ndarray:
    """Return knee flexion from the joint centers in degrees, 0 when straight."""
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
    """Vicon's flexion is positive if the shank swings back, its varus if it goes inward."""
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
    """The three-point angle includes varus, so it is no reference with a skewed knee axis."""
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
