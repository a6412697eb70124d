"""Tests that set-ups contradicting the keypoints are reported, recorded and live."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest

import kneepose as kp
from kneepose.typing import Side
from kneepose.validity import Validity
from tests.support.real_people import Given
from tests.support.set_up_damage import LIVE, RECORDED, Way, other_person

SQUAT = kp.sample("squat")
LEFT, RIGHT = kp.sample("single_leg_squat_left"), kp.sample("single_leg_squat_right")
FOCAL, FAR_M = 1500.0, 3.0
BEYOND = {
    "fppa": 120.0, "hip_internal_rotation": 120.0, "hip_adduction": 120.0, "hip_abduction": 120.0,
    "tibial_rotation": 120.0, "knee_abduction": 90.0, "hip_flexion": 170.0,
}  # fmt: skip
"""Angle → absolute value in degrees that no body reaches."""


def given(rec: kp.Recording, points: np.ndarray | None = None, **options: Any) -> Given:
    """Return a recording in the form that the damage functions take."""
    of: dict[str, Any] = {"skeleton": rec.skeleton.name, "times": rec.times}
    return Given("", "", "", rec.coordinates if points is None else points, of | options, {})


def film(rec: kp.Recording, turn_deg: float, stretch: float) -> np.ndarray:
    """Project with a camera at hip height, at this azimuth, with horizontal stretch."""
    turn = np.radians(turn_deg)
    ahead = np.array([np.cos(turn), 0, np.sin(turn)])
    side = np.array([np.sin(turn), 0, -np.cos(turn)])
    off = rec.coordinates - np.nanmean(rec.coordinates, axis=(0, 1)) * [1, 0, 1]
    depth = FAR_M - off @ ahead
    return np.stack(
        [540 + stretch * FOCAL * (off @ side) / depth, 960 - FOCAL * (off[..., 1] - 1) / depth], -1
    )


@pytest.mark.parametrize("turn_deg", [0, 45, 90, 135, 180, -60])
@pytest.mark.parametrize("stretch", [1.0, 1.78, 1 / 1.78])
@pytest.mark.parametrize("way", [RECORDED, LIVE])
def test_a_stretched_picture_is_named_from_every_side(
    way: Way, stretch: float, turn_deg: float
) -> None:
    found = way.found(given(SQUAT), film(SQUAT, turn_deg, stretch))
    assert found is not None
    assert (Validity.PICTURE_STRETCHED in found) == (stretch != 1.0)


def test_the_legs_are_those_of_the_name() -> None:
    way = RECORDED
    both = given(SQUAT, up="y")
    for side in ("left", "right"):
        found = way.found(both, both.points, exercise="single_leg_squat", side=side)
        assert found is not None
        assert Validity.OTHER_MOVEMENT in found
    assert Validity.OTHER_MOVEMENT not in (way.found(both, both.points) or set())
    for side, other, rec in (("left", "right", LEFT), ("right", "left", RIGHT)):
        one = given(rec, up="y")
        found = way.found(one, one.points) or set()
        assert Validity.OTHER_MOVEMENT in found
        found = way.found(one, one.points, exercise="single_leg_squat", side=other) or set()
        assert Validity.OTHER_LEG_WORKS in found
        found = way.found(one, one.points, exercise="single_leg_squat", side=side) or set()
        assert not found & {Validity.OTHER_LEG_WORKS, Validity.OTHER_MOVEMENT}


@pytest.mark.parametrize(
    ("rec", "exercise", "side"),
    [
        (SQUAT, "single_leg_squat", "left"),
        (SQUAT, "single_leg_squat", "right"),
        (LEFT, "squat", "left"),
        (LEFT, "single_leg_squat", "right"),
        (RIGHT, "single_leg_squat", "left"),
    ],
)
def test_a_stream_counts_none_on_other_legs(
    rec: kp.Recording, exercise: Literal["squat", "single_leg_squat"], side: Side
) -> None:
    stream = kp.Stream(exercise, side=side, skeleton=rec.skeleton, up="y")
    stream.push_all(rec.coordinates, rec.times)
    assert stream.finish().reps.count == 0


def test_the_finding_names_the_likely_exercise_and_leg() -> None:
    named = SQUAT.labeled(exercise="single_leg_squat")
    (finding,) = kp.check(named, side="left").findings
    assert "likely squat" in finding.measured
    (finding,) = kp.check(LEFT.labeled(exercise="squat")).findings
    assert "likely single_leg_squat, side='left'" in finding.measured


@pytest.mark.parametrize("way", [RECORDED, LIVE])
@pytest.mark.parametrize("limb", ["leg", "arm"])
@pytest.mark.parametrize("change", [0.0, 0.15])
def test_another_person_after_a_gap(way: Way, limb: str, change: float) -> None:
    twice = np.concatenate([SQUAT.coordinates] * 2)
    times = np.arange(len(twice)) / 50
    of = given(SQUAT, twice, up="y", times=times)
    points = other_person(of, change, limb)
    assert points is not None
    assert (Validity.OTHER_PERSON in (way.found(of, points) or set())) == (change > 0)


@pytest.mark.parametrize("way", [RECORDED, LIVE])
@pytest.mark.parametrize("hidden", ["left_hip", "right_hip", "left_shoulder", "right_ankle"])
def test_who_hides_a_joint_has_not_gone(way: Way, hidden: str) -> None:
    """A depth camera loses one joint for a second and afterwards sees shorter shanks; it is the
    same person.
    """
    twice, places = np.concatenate([SQUAT.coordinates] * 2), SQUAT.skeleton.landmarks
    after, gap = slice(len(SQUAT.coordinates), None), slice(len(SQUAT.coordinates) - 50, 401)
    for side in ("left", "right"):
        knee, ankle = (twice[after, places[f"{side}_{joint}"]] for joint in ("knee", "ankle"))
        twice[after, places[f"{side}_ankle"]] = knee + 0.8 * (ankle - knee)
    twice[gap, places[hidden]] = twice[gap, places["left_knee"]] = np.nan
    of = given(SQUAT, twice, up="y", times=np.arange(len(twice)) / 50)
    assert Validity.OTHER_PERSON not in (way.found(of, of.points) or set())


@pytest.mark.parametrize("way", [RECORDED, LIVE])
@pytest.mark.filterwarnings("ignore")  # a frame rate at which the bottom is poorly resolved
@pytest.mark.parametrize("times_off", [1.0, 5.0])
def test_a_clock_that_is_far_off(way: Way, times_off: float) -> None:
    of = given(SQUAT, up="y")
    found = way.found(of, of.points, times=np.asarray(SQUAT.times) * times_off) or set()
    assert (Validity.FRAME_RATE in found) == (times_off > 1)


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("seed", range(20))
def test_no_value_that_no_body_has_is_given(dims: int, seed: int) -> None:
    rng = np.random.default_rng([seed, dims])
    noise = rng.normal(0, rng.choice([0.02, 0.1, 0.4]), SQUAT.coordinates.shape)
    points = SQUAT.coordinates + noise
    options: dict[str, Any] = {"up": "y"}
    if dims == 2:
        points = points[..., [2, 1]] * [400, -400] + 1000
        options = {"view": "front"}
    try:
        rec = kp.Recording(points, skeleton="halpe26", fps=50, **options)
        angles = kp.joint_angles(rec)
    except kp.errors.KneeposeError:
        return
    for key, angle in angles.items():
        limit = BEYOND.get(key[0] if isinstance(key, tuple) else key, np.inf)
        assert not (np.abs(angle.values) > limit).any(), key
