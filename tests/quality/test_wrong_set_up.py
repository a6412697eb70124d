"""Tests that recordings made or described wrongly do not give plausible-looking numbers."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import opensim

SQUAT = kp.sample("squat")


def seen_from(degrees: float, xyz: np.ndarray, distance: float = 4.0) -> np.ndarray:
    """Project with a pinhole camera at this azimuth around the body; 0 is straight in front."""
    turn = np.radians(degrees)
    ahead, side = (
        np.array([np.cos(turn), 0, np.sin(turn)]),
        np.array([np.sin(turn), 0, -np.cos(turn)]),
    )
    from_body = xyz - np.nanmean(xyz, axis=(0, 1)) * [1, 0, 1]
    depth = distance - from_body @ ahead
    return np.stack(
        [540 + 2000 * (from_body @ side) / depth, 960 - 2000 * (xyz[..., 1] - 1) / depth], axis=-1
    )


def image(xy: np.ndarray, **options: object) -> kp.Recording:
    return kp.Recording(xy, skeleton="halpe26", fps=50, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("degrees", "view"), [(0, "front"), (180, "back"), (90, "right"), (-90, "left")]
)
def test_the_view_is_found_and_the_squats_with_it(degrees: float, view: str) -> None:
    analysis = kp.analyze(image(seen_from(degrees, SQUAT.coordinates)), "squat", side="left")
    assert analysis.view == view
    assert analysis.reps.count == 5


@pytest.mark.parametrize("degrees", [90, -90])
def test_from_the_side_forward_is_forward_whichever_way_one_faces(degrees: float) -> None:
    flat = kp.joint_angles(image(seen_from(degrees, SQUAT.coordinates)))
    true = kp.joint_angles(SQUAT, heading=[1, 0, 0])
    for name in ("trunk_forward_lean", "thigh_inclination", "shank_inclination", "knee_flexion"):
        key = name if name == "trunk_forward_lean" else (name, "left")
        # Perspective changes the projection of segments off the optical axis by a few degrees.
        assert np.abs(flat[key].values - true[key].values).max() < 6


def test_an_unknown_view_refuses_what_needs_one() -> None:
    legs = [SQUAT.skeleton.landmarks[f"left_{joint}"] for joint in ("hip", "knee", "ankle")]
    xy = seen_from(90, SQUAT.coordinates)[:, legs]
    skeleton = kp.Skeleton("one_leg", ["left_hip", "left_knee", "left_ankle"])
    angles = kp.joint_angles(
        kp.Recording(xy, skeleton=skeleton, fps=50), [("knee_flexion", "left")]
    )
    assert set(angles["knee_flexion"].reasons()) == {kp.validity.Validity.VIEW_UNKNOWN}
    told = kp.Recording(xy, skeleton=skeleton, fps=50, view="right")
    assert np.isfinite(kp.joint_angles(told, [("knee_flexion", "left")])["knee_flexion"]).all()


def test_hidden_shoulders_do_not_hide_the_front_view() -> None:
    confidence = np.ones(SQUAT.coordinates.shape[:2])
    confidence[:, [5, 6]] = 0.1
    xy = seen_from(0, SQUAT.coordinates)
    analysis = kp.analyze(image(xy, confidence=confidence), "squat", side="left")
    assert analysis.view == "front"
    assert analysis.measures["peak_knee_flexion"].mean > 70


def test_a_person_who_walks_back_from_the_camera_is_measured_where_they_squat() -> None:
    xyz = SQUAT.coordinates
    squats = np.concatenate([xyz] * 4)
    near = np.concatenate([np.full(50, 1.5), np.linspace(1.5, 4.0, 100)])
    walk = [seen_from(0, xyz[:1], distance) for distance in near]
    still = seen_from(0, squats)
    alone = kp.analyze(image(still), "squat", side="left")
    walked = kp.analyze(image(np.concatenate([*walk, still])), "squat", side="left")
    late = slice(-10, None)
    for name in ("peak_knee_flexion", "fppa_at_60"):
        same = walked.measures[name].values[late] - alone.measures[name].values[late]
        assert np.nanmax(np.abs(same)) < 1


def test_sitting_for_minutes_does_not_lower_standing_height() -> None:
    xyz = SQUAT.coordinates
    bottom = int(np.argmin(xyz[:, 19, 1]))
    seated = np.repeat(xyz[bottom : bottom + 1], 5 * 60 * 50, axis=0)
    analysis = kp.analyze(
        image(seen_from(0, np.concatenate([seated, xyz, xyz]))), "squat", side="left"
    )
    assert analysis.measures["peak_knee_flexion"].mean > 70


def test_the_leg_in_the_air_does_not_squat() -> None:
    data = opensim("sls_left_healthy")
    rec = kp.Recording(data["keypoints_2d"], skeleton="halpe26", times=data["times"])
    wrong = kp.analyze(rec, "single_leg_squat", side="right")
    assert wrong.reps.count == 0
    assert kp.analyze(rec, "single_leg_squat", side="left").reps.count == 6


def test_a_hidden_far_leg_does_not_hide_the_squats() -> None:
    confidence = np.ones(SQUAT.coordinates.shape[:2])
    confidence[:, [i for i, name in enumerate(SQUAT.skeleton.keypoints) if "left" in name][5:]] = (
        0.1
    )
    rec = image(seen_from(90, SQUAT.coordinates), confidence=confidence, view="right")
    assert kp.analyze(rec, "squat", side="right").reps.count == 5


def test_nothing_seen_is_not_nothing_found() -> None:
    rec = image(np.full((100, 26, 2), np.nan))
    reasons = {r.reason for r in kp.analyze(rec, "squat", side="left").refused}
    assert reasons == {kp.validity.Validity.NOTHING_READ}


def test_left_handed_axes_and_upside_down_bodies_raise() -> None:
    xyz = SQUAT.coordinates
    with pytest.raises(kp.errors.CoordinateError, match="toes point backward"):
        kp.Recording(xyz * [1, 1, -1], skeleton="halpe26", fps=50, up="y")
    with pytest.raises(kp.errors.CoordinateError, match="Pass up='y'"):
        kp.Recording(xyz, skeleton="halpe26", fps=50, up="-y")


def test_three_dimensions_guessed_from_one_camera_give_no_verdict() -> None:
    sides = []
    for side in ("left", "right"):
        given = kp.sample(f"single_leg_squat_{side}")
        guessed = given._replace(meta={"assumed_level_camera": True})
        sides.append(kp.analyze(guessed, "single_leg_squat", side=side))  # type: ignore[arg-type]
    measure = kp.compare(*sides)["fppa_at_60"]
    assert measure.verdict is kp.comparison.Verdict.INCONCLUSIVE
    assert measure.reason is kp.validity.Validity.CAMERA_ANGLE_UNKNOWN


def test_pairs_are_averaged_as_pairs() -> None:
    xyz = SQUAT.coordinates.copy()
    xyz[:80, 20] = np.nan  # the left big toe is missing during the first repetition
    rec = kp.Recording(xyz, skeleton="halpe26", fps=50, up="y")
    both = kp.compare(*kp.analyze_sides(rec, "squat"))
    row = both["knee_medial_displacement_at_bottom"]
    assert row.first_n == row.second_n == 4
    assert row.difference == pytest.approx(row.second - row.first, abs=1e-12)


def test_the_same_recording_read_twice_is_still_paired() -> None:
    left = kp.analyze(kp.sample("squat"), "squat", side="left")
    right = kp.analyze(kp.sample("squat"), "squat", side="right")
    assert kp.compare(left, right).paired


@pytest.mark.parametrize(
    ("degrees", "said"), [(0, "left"), (0, "back"), (90, "front"), (90, "left")]
)
def test_a_view_that_the_keypoints_contradict_raises(degrees: float, said: str) -> None:
    rec = image(seen_from(degrees, SQUAT.coordinates), view=said)
    for call in (
        lambda: kp.analyze(rec, "squat", side="left"),
        lambda: kp.joint_angles(rec),
        lambda: kp.segment_reps(rec, "squat"),
    ):
        with pytest.raises(kp.errors.KneeposeError, match="the keypoints show the person from the"):
            call()
