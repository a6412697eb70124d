"""A new angle, skeleton or exercise is one row, and a new estimator is one function."""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp

SAMPLE = kp.sample("squat")
BODY = SAMPLE.skeleton.keypoints

# Each of these is all that its extension takes.
ANGLE = kp.AngleSpec("my_knee", ("hip", "knee", "ankle"))
SKELETON = kp.Skeleton("my_estimator", [*reversed(BODY)])
EXERCISE = kp.ExerciseSpec("my_squat", signal="knee_flexion", min_range=30, two_legs=True)


def from_my_estimator(results: Iterable[Any], *, times: Any) -> kp.Recording:
    """Read an estimator that kneepose does not know: keypoints and scores, frame by frame."""
    people = [result.person for result in results]
    return kp.Recording(
        np.array([person.points for person in people]),
        confidence=np.array([person.scores for person in people]),
        times=times,
        skeleton=SKELETON,
        up=SAMPLE.up,
        unit="m",
        estimator="my_estimator",
    )


def estimated() -> list[SimpleNamespace]:
    """The sample squat as results of that estimator, whose order of keypoints is another."""
    confidence = SAMPLE.confidence
    scores = np.ones(SAMPLE.coordinates.shape[:2]) if confidence is None else confidence
    return [
        SimpleNamespace(person=SimpleNamespace(points=points[::-1], scores=score[::-1]))
        for points, score in zip(SAMPLE.coordinates, scores, strict=True)
    ]


@pytest.fixture(scope="module")
def mine() -> kp.Recording:
    return from_my_estimator(estimated(), times=SAMPLE.times)


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_angle_is_a_row(side: str) -> None:
    angles = kp.joint_angles(SAMPLE, names=[ANGLE, "knee_flexion"])
    own, built_in = angles["my_knee", side], angles["knee_flexion", side]
    np.testing.assert_array_equal(own.values, built_in.values)
    np.testing.assert_array_equal(own.validity, built_in.validity)


def test_the_mirror_of_a_row_is_the_other_leg() -> None:
    """Written once, without a side: left and right cannot disagree."""
    seen, mirrored = (kp.joint_angles(rec, names=[ANGLE]) for rec in (SAMPLE, SAMPLE.mirror()))
    for side, other in (("left", "right"), ("right", "left")):
        want, found = seen["my_knee", side].values, mirrored["my_knee", other].values
        np.testing.assert_allclose(found, want, atol=1e-9)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_skeleton_is_a_row(mine: kp.Recording, side: str) -> None:
    assert mine.skeleton == SKELETON
    own, built_in = (kp.joint_angles(rec)["knee_flexion", side] for rec in (mine, SAMPLE))
    np.testing.assert_array_equal(own.values, built_in.values)


def test_an_exercise_is_a_row() -> None:
    count = kp.analyze(SAMPLE, "squat", side="left").reps.count
    left, right = kp.analyze_sides(SAMPLE, EXERCISE)
    assert left.exercise == right.exercise == "my_squat"
    assert left.reps.count == right.reps.count == count == 5
    assert "5 my squats" in str(left)
    assert [m.name for m in kp.compare(left, right).measures]


def test_an_estimator_is_a_function(mine: kp.Recording) -> None:
    """From its results to a comparison, with nothing registered anywhere."""
    assert mine.estimator == "my_estimator"
    left, right = kp.analyze_sides(mine, EXERCISE)
    assert left.reps.count == right.reps.count == 5
    assert kp.compare(left, right).measures


def test_all_of_them_live() -> None:
    live = kp.Stream(EXERCISE, side="left", skeleton=SKELETON, up=SAMPLE.up)
    for points, t in zip(SAMPLE.coordinates, SAMPLE.times.tolist(), strict=True):
        state = live.push(points[::-1], t)
    assert state.rep_count == 4  # The recording ends within the fifth repetition.
    assert live.finish().exercise == "my_squat"
