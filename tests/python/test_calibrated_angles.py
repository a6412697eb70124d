"""Angles against a person's own standing: hip rotation, dorsiflexion, knee flexion from depth."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import kneepose as kp

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import forward_model

FOOT = (0.98, -0.2, 0.0)


def recording(frames: int = 60, **posture: float) -> kp.Recording:
    points = forward_model.body(**posture, foot=FOOT)
    skeleton = kp.Skeleton("body", list(points))
    xyz = np.repeat(np.stack(list(points.values()))[None], frames, axis=0)
    return kp.Recording(xyz, skeleton=skeleton, fps=30, up="y", unit="m")


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("valgus", [5.0, -4.0])
def test_rotation_and_dorsiflexion(side: str, valgus: float) -> None:
    """A leg that is not straight in front reads as rotation by atan(tan α / sin β); calibrated not."""
    calibration = kp.calibrate(recording(valgus=valgus))
    bent = recording(flexion=45, adduction=8, rotation=10, knee=60, valgus=valgus)
    raw = kp.joint_angles(bent)
    own = kp.joint_angles(bent, calibration=calibration)
    leak = np.degrees(np.arctan(np.tan(np.radians(valgus)) / np.sin(np.radians(60))))
    assert raw["hip_internal_rotation", side].values[0] == pytest.approx(10 + leak, abs=1e-6)
    assert own["hip_internal_rotation", side].values[0] == pytest.approx(10, abs=1e-6)
    names = [("ankle_dorsiflexion", side)]
    standing = recording(valgus=valgus)
    zero = kp.joint_angles(standing, names, calibration=calibration).data[0, 0]
    assert zero == pytest.approx(0, abs=1e-9)
    reading = kp.joint_angles(standing, names).data[0, 0]
    bent_own = kp.joint_angles(bent, names, calibration=calibration).data[0, 0]
    assert bent_own == pytest.approx(kp.joint_angles(bent, names).data[0, 0] - reading)
    for key in raw:
        if key[0] != "hip_internal_rotation":
            np.testing.assert_array_equal(raw[key].values, own[key].values)


def test_depth_is_read_against_the_standing_height() -> None:
    """A recording that never stands shows no depth of its own."""
    name = [("knee_flexion_from_depth", "right")]
    calibration = kp.calibrate(recording())
    squatting = recording(flexion=30, knee=60)
    assert kp.joint_angles(squatting, name).data[0, 0] == pytest.approx(0, abs=1e-9)
    own = kp.joint_angles(squatting, name, calibration=calibration).data[0, 0]
    assert own == pytest.approx(60, abs=0.1)


def test_a_calibration_of_something_else_is_refused() -> None:
    calibration = kp.calibrate(recording())
    with pytest.raises(kp.errors.KneeposeError, match="calibrate with the estimator"):
        kp.joint_angles(kp.sample("squat"), calibration=calibration)


def test_a_leg_that_did_not_stand_is_said() -> None:
    calibration = kp.calibrate(kp.sample("single_leg_squat_right")[:40])
    assert calibration.standing_s.left == 0
    with pytest.warns(kp.errors.RecordingWarning, match="the left leg did not stand"):
        kp.joint_angles(kp.sample("single_leg_squat_right"), calibration=calibration)
