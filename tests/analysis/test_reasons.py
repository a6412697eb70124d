"""Tests of reasons: every missing value, and every value under an assumption, has one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.validity import Validity

KNEE = ("knee_flexion", "left")
ELSEWHERE = ("knee_flexion", "right")


def squat(**changes: Any) -> kp.Recording:
    """Return real squats in 3-D; `changes` replace arguments of `Recording`."""
    rec = kp.sample("squat")
    given = {"confidence": rec.confidence, "times": rec.times, "skeleton": rec.skeleton, "up": "y"}
    coordinates = changes.pop("coordinates", rec.coordinates)
    return kp.Recording(coordinates, **(given | changes))


def at(rec: kp.Recording, name: str) -> int:
    return rec.skeleton.landmarks[name]


def test_a_keypoint_that_is_not_there() -> None:
    xyz = kp.sample("squat").coordinates.copy()
    xyz[10, at(kp.sample("squat"), "left_knee")] = np.nan
    angles = kp.joint_angles(squat(coordinates=xyz))
    assert angles[KNEE].validity[10] is Validity.MISSING_KEYPOINT
    assert np.isnan(angles[KNEE].values[10])
    assert angles[ELSEWHERE].validity[10] is Validity.OK


def test_a_keypoint_that_the_estimator_was_not_sure_of() -> None:
    """A keypoint of low confidence is not used, neither directly nor after conditioning if the gap
    is too long.
    """
    rec = kp.sample("squat")
    confidence = rec.confidence.copy()
    confidence[10:40, at(rec, "left_knee")] = 0.1
    angles = kp.joint_angles(squat(confidence=confidence))
    assert set(angles[KNEE].validity[10:40]) == {Validity.LOW_CONFIDENCE}
    assert np.isnan(angles[KNEE].values[10:40]).all()
    assert angles[KNEE].validity[9] is Validity.OK
    assert set(angles[ELSEWHERE].validity) == {Validity.OK}


def test_a_gap_that_is_too_long_to_fill() -> None:
    rec = kp.sample("squat")
    xyz = rec.coordinates.copy()
    xyz[100:160, at(rec, "left_ankle")] = np.nan
    xyz[200:203, at(rec, "left_ankle")] = np.nan
    conditioned = squat(coordinates=xyz).conditioned()
    knee = kp.joint_angles(conditioned)[KNEE]
    assert knee.validity[130] is Validity.GAP_TOO_LONG
    assert knee.validity[201] is Validity.OK


@pytest.mark.parametrize(("seconds", "told"), [(0.06, True), (0.16, False)])
def test_a_gap_at_the_lowest_point_hides_it(seconds: float, told: bool) -> None:
    """Both gaps are filled, but the turning point may be in the longer one: it is refused."""
    rec = kp.sample("squat")
    bottom = kp.analyze(rec, "squat", side="left").reps[2].bottom
    half = round(0.5 * seconds * rec.fps)
    xyz = rec.coordinates.copy()
    xyz[bottom - half : bottom + half, at(rec, "left_knee")] = np.nan
    found = kp.analyze(squat(coordinates=xyz), "squat", side="left")
    assert found.reps.count == 5
    measure = found.measures["shank_inclination_at_bottom"]
    assert np.isfinite(measure.values[2]) == told
    assert measure.validity[2] is (Validity.OK if told else Validity.GAP_TOO_LONG)
    assert np.isfinite(np.delete(measure.values, 2)).all()


def test_a_bone_that_cannot_be() -> None:
    rec = kp.sample("squat")
    xyz = rec.coordinates.copy()
    xyz[100:160, at(rec, "left_ankle")] += [0.0, -0.25, 0.0]
    conditioned = squat(coordinates=xyz).conditioned()
    knee = kp.joint_angles(conditioned)[KNEE]
    assert knee.validity[130] is Validity.IMPLAUSIBLE_BONE
    assert np.isnan(knee.values[130])


def test_a_joint_beyond_the_edge_of_the_picture() -> None:
    rng = np.random.default_rng(5)
    from tests.support.standing_person import pixels

    xy = pixels(120)
    ankle = 15
    xy[40:90, ankle, 1] = 1080.0
    rec = kp.Recording(
        xy + rng.normal(0, 0.1, xy.shape) * (np.arange(17) != ankle)[None, :, None],
        skeleton="coco17",
        fps=30,
        resolution_wh=(1920, 1080),
        view="front",
    )
    fppa = kp.joint_angles(rec.conditioned())["fppa", "left"]
    assert fppa.validity[65] is Validity.AT_IMAGE_BORDER
    assert fppa.validity[10] is Validity.OK


def test_a_vertical_that_was_only_assumed() -> None:
    rec = kp.sample("squat")
    assumed = kp.joint_angles(squat(meta={"assumed_level_camera": True}))
    known = kp.joint_angles(rec)
    upright = {"thigh_inclination", "shank_inclination", "trunk_forward_lean", "trunk_lateral_lean"}
    for key in known:
        if key[0] in upright | {"hip_flexion", "pelvic_obliquity"}:
            assert set(assumed[key].validity) == {Validity.ASSUMED_LEVEL_CAMERA}, key
        else:
            np.testing.assert_array_equal(assumed[key].codes, known[key].codes)
    np.testing.assert_array_equal(assumed.data, known.data)
    leaning = kp.joint_angles(squat(meta={"assumed_level_camera": True}), pelvis_reference="trunk")
    assert set(leaning["hip_flexion", "left"].validity) == {Validity.OK}


@pytest.mark.parametrize("name", ["flexion gate", "view", "plane"])
def test_gate_and_view(name: str) -> None:
    rec = kp.sample("squat")
    if name == "flexion gate":
        rotation = kp.joint_angles(rec)["hip_internal_rotation", "left"]
        knee = kp.joint_angles(rec)[KNEE].values
        assert set(rotation.codes[knee < 29.9]) == {4}
        assert {rotation.validity[i] for i in np.flatnonzero(knee > 45.1)} == {Validity.OK}
        low = (knee > 30.1) & (knee < 44.9)
        assert {rotation.validity[i] for i in np.flatnonzero(low)} == {Validity.LOW}
        return
    from tests.support.standing_person import pixels

    front = kp.Recording(pixels(), skeleton="coco17", fps=30, view="front")
    if name == "view":
        assert set(kp.joint_angles(front)[KNEE].validity) == {Validity.WRONG_VIEW}
    else:
        seen = kp.joint_angles(front)["hip_internal_rotation", "left"]
        assert set(seen.validity) == {Validity.NEEDS_3D}


def test_a_thigh_that_points_at_the_camera_has_no_direction_in_the_picture() -> None:
    """A thigh that points at the camera has no image direction: the projection angle is noise."""
    hip, ankle = [100.0, 100.0], [100.0, 300.0]
    for seen_px, measured in ((100.0, True), (30.0, False)):
        xy = np.array([[hip, [60.0, 100.0], [100.0, 100.0 + seen_px], ankle, [80.0, 0.0]]])
        names = ["left_hip", "right_hip", "left_knee", "left_ankle", "left_shoulder"]
        skeleton = kp.Skeleton("leg", [*names, "right_shoulder"])
        xy = np.concatenate([xy, [[[80.0, 0.0]]]], axis=1)
        rec = kp.Recording(xy, skeleton=skeleton, fps=30, view="front")
        fppa = kp.joint_angles(rec, [("fppa", "left")])["fppa", "left"]
        assert np.isfinite(fppa.values[0]) == measured
        assert fppa.validity[0] is (Validity.OK if measured else Validity.SINGULAR)
