"""Tests of stated intervals against markers, with one person and one phone not used for the
table.
"""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.cameras import Camera
from tests.support.sit_to_stand import coverage, filmed


@pytest.mark.data
@pytest.mark.parametrize("source", ["world", "image", "movenet"])
def test_intervals_hold_for_one_person(source: str) -> None:
    shares = coverage(source)
    assert shares
    for key, (share, n) in shares.items():
        assert share >= 0.9, (key, share, n)
    assert not {name for name, _ in shares} & {"fppa", "hip_adduction", "hip_internal_rotation"}


def test_the_systematic_part_comes_from_the_table() -> None:
    """The error family follows from the estimator's name, else from the skeleton."""
    rec = filmed("world")
    knee = kp.joint_angles(rec, [("knee_flexion", "left")], sd=True)["knee_flexion", "left"]
    assert knee.systematic is not None
    assert knee.systematic[:3] == (-13.9, 15.1, True)
    assert knee.sd is not None
    noise = kp.joint_angles(rec, [("knee_flexion", "left")], sd=0.01).sd
    assert noise is not None
    whole = np.hypot(noise[:, 0], np.hypot(13.9, 15.1))
    np.testing.assert_allclose(knee.sd[np.isfinite(knee.sd)], whole[np.isfinite(knee.sd)])
    hip = kp.joint_angles(rec, [("hip_flexion", "left")], sd=True)["hip_flexion", "left"]
    assert hip.systematic is not None
    assert not hip.systematic.validated
    assert "not validated" in repr(hip)


def test_a_simulated_body_is_its_own_reference() -> None:
    rec = kp.sample("squat")
    exact = kp.Recording(rec.coordinates, skeleton=rec.skeleton, times=rec.times, up="y",
                         estimator="OpenSim model")  # fmt: skip
    plain = kp.joint_angles(rec._replace(estimator=""), sd=True)
    known = kp.joint_angles(exact, sd=True)
    noise = kp.joint_angles(exact, sd=0.010)
    np.testing.assert_array_equal(known.sd, noise.sd)
    finite = np.isfinite(known.sd)
    assert (plain.sd[finite] > known.sd[finite] + 0.5).all()
    assert all(s.validated for s in known.systematic)
    assert not any(s.validated for s in plain.systematic)


def test_keypoints_that_are_off_turn_a_knee_by_its_own_geometry() -> None:
    """The systematic error of a knee angle is δ² = σ²(2/t² + 2/s² + 2 cos β/(t s)).

    The terms come from hip, ankle, and the knee, which rotates both segments, with thigh t, shank
    s, flexion β, and σ = 0.028 of the longer leg. Random noise of 10 mm is added.
    """
    rec = kp.sample("squat")._replace(estimator="")
    place = rec.skeleton.landmarks
    key = ("knee_flexion", "left")
    whole = kp.joint_angles(rec, [key], sd=True)[key]
    noise = kp.joint_angles(rec, [key], sd=0.010)[key]
    assert whole.sd is not None
    assert noise.sd is not None
    segments, legs = {}, []
    for side in ("left", "right"):
        hip, knee, ankle = (
            rec.coordinates[:, place[f"{side}_{joint}"]] for joint in ("hip", "knee", "ankle")
        )
        segments[side] = [np.linalg.norm(v, axis=1) for v in (knee - hip, ankle - knee)]
        legs.append(np.quantile(sum(segments[side]), 0.95))
    t, s = segments["left"]
    beta = np.radians(whole.values)
    each = np.sqrt(2 / t**2 + 2 / s**2 + 2 * np.cos(beta) / (t * s))
    offset = np.degrees(0.028 * max(legs) * each)
    finite = np.isfinite(whole.sd)
    assert finite.sum() > 50
    np.testing.assert_allclose(whole.sd[finite], np.hypot(noise.sd, offset)[finite], rtol=1e-6)


def test_a_thigh_that_points_at_the_camera_is_less_sure() -> None:
    """In a front view the error of the projection angle grows with knee flexion."""
    given = kp.sample("single_leg_squat_right")
    camera = Camera()
    points = camera.see(given.coordinates, np.zeros(3))
    rec = kp.Recording(
        points, skeleton=given.skeleton, times=given.times, resolution_wh=camera.size_wh
    )
    knee = kp.joint_angles(rec, [("fppa", "right")], sd=True)["fppa", "right"]
    bend = kp.joint_angles(rec, [("knee_flexion_from_depth", "right")])
    bent = bend["knee_flexion_from_depth", "right"].values
    assert knee.sd is not None
    standing, deep = (np.nanmedian(knee.sd[some]) for some in (bent < 15, bent > 55))
    assert deep > 1.3 * standing


def test_every_row_of_the_table_has_a_source() -> None:
    rows = kp.tables.accuracy()
    assert all(row["source"] and row["sd"] >= 0 for row in rows)
    last = rows[-1]
    assert (last["family"], last["seen"], last["angles"]) == (None, [], [])
    known = {row["name"] for row in kp.tables.angles()}
    assert {name for row in rows for name in row["angles"]} <= known


def test_half_of_a_common_error_stays_in_a_change_from_rest() -> None:
    spec = kp.ExerciseSpec(
        "s", signal="knee_flexion", min_range=30, posture="any", measures=("trunk_lateral_lean",)
    )
    measures = kp.analyze(kp.sample("squat")._replace(estimator=""), spec, side="left").measures
    bottom, change = (
        measures[f"trunk_lateral_lean_{m}"].systematic for m in ("at_bottom", "change")
    )
    assert bottom is not None
    assert change is not None
    assert (change.bias, change.sd) == (0.5 * bottom.bias, 0.5 * bottom.sd)
    assert bottom.sd > 0
