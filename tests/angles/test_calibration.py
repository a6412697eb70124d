"""Tests of the standing calibration: known bodies, OpenSim standing phases, refusals."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.golden import forward_model
from tests.golden.forward_model import (
    SHANK,
    THIGH,
    Points,
    body,
    mirrored,
    moved,
    onto,
    photographed,
    rx,
    ry,
)
from tests.support.datasets import SINGLE_LEG_SQUATS, opensim, recording
from tests.support.own_angles import from_front

FOOT = np.array([np.cos(np.radians(4)), np.sin(np.radians(-4)), 0.0])
"""Heel-to-toe direction in the shank's frame at a dorsiflexion of −4°."""


def held(points: Points, n: int = 30, *, up: str | None = "y", **options: Any) -> kp.Recording:
    frame = np.array(list(points.values()))
    skeleton = kp.Skeleton("model", list(points))
    return kp.Recording(np.repeat(frame[None], n, 0), skeleton=skeleton, fps=30, up=up, **options)


def legs(left: Points, right: Points) -> Points:
    return {name: (left if name.startswith("left") else right)[name] for name in right}


def half_image(points: Points) -> Points:
    """Shift image points away from the edge of the image."""
    return {name: p + np.array([300.0, 300.0]) for name, p in points.items()}


@pytest.mark.parametrize("valgus", [-4.0, 0.0, 5.0])
@pytest.mark.parametrize("up", ["y", "-z"])
def test_the_frontal_alignment_of_a_straight_leg(valgus: float, up: str) -> None:
    standing = moved(body(valgus=valgus, foot=FOOT), onto(up) @ ry(70))
    found = kp.calibrate(held(standing, up=up))
    np.testing.assert_allclose(found.valgus_deg, [valgus, valgus], atol=1e-9)
    np.testing.assert_allclose(found.dorsiflexion_deg, [-4.0, -4.0], atol=1e-9)
    height = THIGH + SHANK * np.cos(np.radians(valgus))
    np.testing.assert_allclose(found.standing_height, [height, height], atol=1e-9)
    np.testing.assert_allclose(found.standing_s, [1.0, 1.0])
    assert (found.skeleton, found.space) == ("model", "world")


def test_each_leg_has_its_own_and_the_mirror_exchanges_them() -> None:
    points = legs(body(valgus=6, foot=FOOT), body(valgus=-2, foot=FOOT))
    found, mirror = kp.calibrate(held(points)), kp.calibrate(held(mirrored(points)))
    np.testing.assert_allclose(found.valgus_deg, [6.0, -2.0], atol=1e-9)
    assert found.valgus_deg == pytest.approx(mirror.valgus_deg[::-1], abs=1e-9)
    assert found.standing_height == pytest.approx(mirror.standing_height[::-1], abs=1e-9)


def test_it_is_what_the_hinge_reading_of_hip_rotation_lacks() -> None:
    """Subtracting the standing valgus corrects hip rotation from 15.77° to 10° (science.md 10)."""
    alpha = np.radians(kp.calibrate(held(body(valgus=5))).valgus_deg.right)
    bent = kp.joint_angles(held(body(45, 8, 10, 60, 5)), ["hip_internal_rotation"])
    read = bent["hip_internal_rotation", "right"].values[0]
    assert read == pytest.approx(15.7686, abs=1e-4)
    leak = np.degrees(np.arctan(np.tan(alpha) / np.sin(np.radians(60))))
    assert read - leak == pytest.approx(10.0, abs=1e-9)


def test_a_soft_knee_on_a_turned_thigh_leaks_as_documented() -> None:
    """With a slightly bent, internally rotated leg the alignment has the documented error.

    The error is FPPA = atan2(sin β sin φ, sin β cos φ sin F + cos β cos F), with F = β/2.
    """
    f, beta, phi = np.radians([2.5, 5.0, 10.0])
    upward = np.sin(beta) * np.cos(phi) * np.sin(f) + np.cos(beta) * np.cos(f)
    expected = np.degrees(np.arctan2(np.sin(beta) * np.sin(phi), upward))
    found = kp.calibrate(held(body(2.5, 0, 10, 5)))
    np.testing.assert_allclose(found.valgus_deg, [expected] * 2, atol=1e-9)
    assert expected == pytest.approx(0.87, abs=0.01)


def test_one_camera() -> None:
    points = body(valgus=5, foot=FOOT)
    front = kp.calibrate(held(half_image(photographed(points)), up=None))
    assert front.space == "image"
    assert np.isnan(front.valgus_deg).all()
    assert np.isnan(front.dorsiflexion_deg).all()
    height = 500 * (THIGH + SHANK * np.cos(np.radians(5)))
    np.testing.assert_allclose(front.standing_height, [height, height], atol=1e-9)
    side = kp.calibrate(
        held(half_image(photographed(body(foot=FOOT), camera="right")), up=None, view="right")
    )
    np.testing.assert_allclose(side.dorsiflexion_deg, [-4.0, -4.0], atol=1e-9)


def test_squats_around_the_standing_do_not_move_it() -> None:
    """In 40 % of the frames the person squats; medians over all frames would be wrong."""
    rng = np.random.default_rng(0)
    bends = np.concatenate([np.zeros(60), rng.uniform(60, 90, 40)])
    frames = [body(0.5 * b, 0, 20 if b else 0, b, 3, foot=FOOT) for b in bends]
    names = list(frames[0])
    rec = kp.Recording(
        np.array([[frame[name] for name in names] for frame in frames]),
        skeleton=kp.Skeleton("model", names), fps=30, up="y",
    )  # fmt: skip
    found = kp.calibrate(rec)
    np.testing.assert_allclose(found.valgus_deg, [3.0, 3.0], atol=1e-9)
    assert found.standing_s.left == pytest.approx(2.0)


@pytest.mark.parametrize("name", SINGLE_LEG_SQUATS)
def test_the_standing_seconds_of_opensim(name: str) -> None:
    """Compare the calibration with OpenSim's standing phases.

    The alignment is compared with the projection given by the makers of the data, which uses a
    fixed plane; kneepose's plane turns with the pelvis. Dorsiflexion relative to standing is
    compared with OpenSim's ankle angle.
    """
    data = opensim(name)
    side = str(data["side"])
    swing = "left" if side == "right" else "right"
    n = int(np.searchsorted(data["times"], data["rep_start"][0]))
    rec = recording(data, "world")
    found = kp.calibrate(rec[:n])
    noisy = "noise" in name
    alignment = np.median(data[f"derived_fppa_orthographic_{side}"][:n])
    assert getattr(found.valgus_deg, side) == pytest.approx(alignment, abs=1.0 if noisy else 0.3)
    assert np.isnan(getattr(found.valgus_deg, swing))
    assert getattr(found.standing_s, swing) == 0
    if noisy:
        return
    measured = kp.joint_angles(rec, ["ankle_dorsiflexion"])["ankle_dorsiflexion", side].values
    truth = data[f"truth_ankle_dorsiflexion_{side}"]
    change = measured - getattr(found.dorsiflexion_deg, side)
    np.testing.assert_allclose(change, truth - np.median(truth[:n]), rtol=0, atol=3.0)


def test_in_the_front_camera_the_lifted_leg_does_not_stand() -> None:
    data = opensim("sls_right_healthy")
    n = int(np.searchsorted(data["times"], data["rep_start"][0]))
    found = kp.calibrate(recording(data, "image")[:n])
    assert np.isnan(found.standing_height.left)
    assert np.isfinite(found.standing_height.right)
    assert "left: did not stand" in repr(found)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        pytest.param(body(30, 0, 0, 60), "left knee is bent by 60°", id="squat"),
        pytest.param(moved(body(), rx(90)), "lifted or lying", id="lying on the side"),
        pytest.param(moved(body(), rx(40)), "lifted or lying", id="leaning"),
    ],
)
def test_who_does_not_stand_is_refused(points: Points, words: str) -> None:
    with pytest.raises(kp.errors.CalibrationError, match=words):
        kp.calibrate(held(points))


def test_on_all_fours_from_behind_and_sitting_from_the_front() -> None:
    """A front camera shows no knee flexion, but that the shoulders are not above the hips."""
    fours = body(90, 0, 0, 90, trunk_forward=88)
    sitting = body(80, 0, 0, 80)
    for points, camera in ((fours, "back"), (sitting, "front")):
        with pytest.raises(kp.errors.CalibrationError, match="shoulders are not above"):
            kp.calibrate(held(half_image(photographed(points, camera=camera)), up=None))


def test_from_the_front_standing_is_the_time_near_the_usual_height() -> None:
    """Frames with hips 12 % lower, or with a jump upward, do not count as standing."""
    seen = from_front(kp.sample("squat"))
    frames = np.repeat(seen.coordinates[:1], 61, axis=0)
    body = [k for k, name in enumerate(seen.skeleton.keypoints) if not _is_of_leg(name)]
    hip, ankle = (seen.skeleton.landmarks[f"left_{joint}"] for joint in ("hip", "ankle"))
    height = frames[0, ankle, 1] - frames[0, hip, 1]
    frames[30:50, body, 1] += 0.12 * height
    frames[60, body, 1] -= 0.3 * height
    found = kp.calibrate(kp.Recording(frames, skeleton=seen.skeleton, fps=30, view="front"))
    np.testing.assert_allclose(found.standing_s, [41 / 30, 41 / 30])


def _is_of_leg(name: str) -> bool:
    return any(part in name for part in ("knee", "ankle", "toe", "heel"))


def test_an_instant_is_not_standing() -> None:
    assert kp.calibrate(held(body(), 15)).standing_s.left == pytest.approx(0.5)
    with pytest.raises(kp.errors.CalibrationError, match=r"left leg stands for 0\.47 s"):
        kp.calibrate(held(body(), 14))


def test_a_leg_that_is_not_seen_is_nan_and_both_are_refused() -> None:
    points = body(foot=FOOT)
    hidden = {name: p * (np.nan if "left_ankle" in name else 1.0) for name, p in points.items()}
    found = kp.calibrate(held(hidden))
    assert np.isnan(found.valgus_deg.left)
    assert found.valgus_deg.right == pytest.approx(0.0, abs=1e-9)
    hidden["right_knee"] = np.full(3, np.nan)
    with pytest.raises(
        kp.errors.CalibrationError, match="right hip, knee and ankle are never seen"
    ):
        kp.calibrate(held(hidden))


def test_without_feet_there_is_no_dorsiflexion() -> None:
    found = kp.calibrate(held(body(valgus=2)))
    assert np.isnan(found.dorsiflexion_deg).all()
    assert "dorsiflexion" not in repr(found)


def test_a_conditioned_recording_is_refused_and_the_result_cannot_be_changed() -> None:
    rec = held(body())
    with pytest.raises(kp.errors.KneeposeError, match="conditioned already"):
        kp.calibrate(rec.conditioned())
    found = kp.calibrate(rec)
    with pytest.raises(FrozenInstanceError):
        found.space = "image"  # type: ignore[misc]


def test_it_reads_like_a_note() -> None:
    found = kp.calibrate(held(legs(body(valgus=-0.04, foot=FOOT), body(valgus=5, foot=FOOT))))
    assert repr(found).splitlines() == [
        "Calibration from standing: model, world space",
        "  left: knee inward 0.0°, dorsiflexion -4.0°, hip over ankle 0.820 m, over 1.0 s",
        "  right: knee inward 5.0°, dorsiflexion -4.0°, hip over ankle 0.818 m, over 1.0 s",
    ]


FOOT_AHEAD = (0.98, -0.2, 0.0)


def posed(frames: int = 60, **posture: float) -> kp.Recording:
    points = forward_model.body(**posture, foot=FOOT_AHEAD)
    skeleton = kp.Skeleton("body", list(points))
    xyz = np.repeat(np.stack(list(points.values()))[None], frames, axis=0)
    return kp.Recording(xyz, skeleton=skeleton, fps=30, up="y", unit="m")


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("valgus", [5.0, -4.0])
def test_rotation_and_dorsiflexion(side: str, valgus: float) -> None:
    """A leg with valgus α reads as rotated by atan(tan α / sin β); the calibration removes this."""
    calibration = kp.calibrate(posed(valgus=valgus))
    bent = posed(flexion=45, adduction=8, rotation=10, knee=60, valgus=valgus)
    raw = kp.joint_angles(bent)
    own = kp.joint_angles(bent, calibration=calibration)
    leak = np.degrees(np.arctan(np.tan(np.radians(valgus)) / np.sin(np.radians(60))))
    assert raw["hip_internal_rotation", side].values[0] == pytest.approx(10 + leak, abs=1e-6)
    assert own["hip_internal_rotation", side].values[0] == pytest.approx(10, abs=1e-6)
    names = [("ankle_dorsiflexion", side)]
    standing = posed(valgus=valgus)
    zero = kp.joint_angles(standing, names, calibration=calibration).data[0, 0]
    assert zero == pytest.approx(0, abs=1e-9)
    reading = kp.joint_angles(standing, names).data[0, 0]
    bent_own = kp.joint_angles(bent, names, calibration=calibration).data[0, 0]
    assert bent_own == pytest.approx(kp.joint_angles(bent, names).data[0, 0] - reading)
    for key in raw:
        if key[0] != "hip_internal_rotation":
            np.testing.assert_array_equal(raw[key].values, own[key].values)


def test_depth_is_read_against_the_standing_height() -> None:
    """Depth needs a standing height, which comes from the calibration if nobody stands."""
    name = [("knee_flexion_from_depth", "right")]
    calibration = kp.calibrate(posed())
    squatting = posed(flexion=30, knee=60)
    assert kp.joint_angles(squatting, name).data[0, 0] == pytest.approx(0, abs=1e-9)
    own = kp.joint_angles(squatting, name, calibration=calibration).data[0, 0]
    assert own == pytest.approx(60, abs=0.1)


def test_a_calibration_of_something_else_is_refused() -> None:
    calibration = kp.calibrate(posed())
    with pytest.raises(kp.errors.KneeposeError, match="calibrate with the estimator"):
        kp.joint_angles(kp.sample("squat"), calibration=calibration)


def test_a_leg_that_did_not_stand_is_said() -> None:
    calibration = kp.calibrate(kp.sample("single_leg_squat_right")[:40])
    assert calibration.standing_s.left == 0
    with pytest.warns(kp.errors.RecordingWarning, match="the left leg did not stand"):
        kp.joint_angles(kp.sample("single_leg_squat_right"), calibration=calibration)
