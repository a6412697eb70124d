"""Tests that errors for wrong first arguments and missing sides show the correct call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp

SQUAT = kp.sample("squat")
ARRAY = np.zeros((60, 17, 2))
VERBS: dict[str, Callable[[Any], Any]] = {
    "analyze": lambda given: kp.analyze(given, "squat", side="left"),
    "joint_angles": kp.joint_angles,
    "check": kp.check,
    "calibrate": kp.calibrate,
    "analyze_sides": lambda given: kp.analyze_sides(given, "squat"),
    "segment_reps": lambda given: kp.segment_reps(given, "squat"),
}


@pytest.mark.parametrize("name", VERBS)
def test_a_recording_comes_first(name: str) -> None:
    for given, said, instead in (
        (ARRAY, "an array of shape (60, 17, 2)", f"kp.{name}(kp.Recording(array, skeleton="),
        ("trial.npz", "the path 'trial.npz'", f"kp.{name}(kp.read('trial.npz'), …)"),
        (Path("trial.npz"), "the path 'trial.npz'", f"kp.{name}(kp.read('trial.npz'), …)"),
        ("squat", "the text 'squat'", f"kp.{name}(recording, …)"),
        (None, "an object of type NoneType", "kp.from_estimator"),
        ([ARRAY], "an object of type list", "kp.from_estimator"),
    ):
        with pytest.raises(kp.errors.KneeposeError) as error:
            VERBS[name](given)
        assert str(error.value).startswith(f"{name} takes a Recording, not {said}. ")
        assert instead in str(error.value)


@pytest.mark.parametrize("given", [ARRAY, "trial.npz", SQUAT], ids=["array", "path", "recording"])
def test_compare_takes_analyses(given: Any) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"Write kp\.analyze\(recording, exercise"):
        kp.compare(given, given)


@pytest.mark.parametrize(
    "given",
    [ARRAY, "trial.npz", Path("trial.npz"), SQUAT, None],
    ids=lambda given: str(type(given)),
)
def test_a_stream_takes_the_exercise(given: Any) -> None:
    for kind in (kp.Stream, kp.StreamGroup):
        with pytest.raises(kp.errors.KneeposeError, match=r"Write stream = kp\.Stream\("):
            kind(given, side="left", skeleton="coco17")


@pytest.mark.parametrize("exercise", ["squat", "single_leg_squat", "clamshell", "fire_hydrant"])
def test_no_leg_stands_in_for_a_missing_side(exercise: Any) -> None:
    instead = "analyze_sides" if exercise == "squat" else 'add side="left"'
    with pytest.raises(kp.errors.KneeposeError, match=f"side is missing.*{instead}"):
        kp.analyze(SQUAT, exercise)
    with pytest.raises(kp.errors.KneeposeError, match=r'side is missing\. Stream.*add side="left"'):
        kp.Stream(exercise, skeleton="coco17")


def test_repetitions_of_a_two_leg_exercise_need_no_side() -> None:
    smooth = SQUAT.conditioned()
    found = [kp.segment_reps(smooth, "squat", side=side) for side in (None, "left", "right")]
    assert [list(reps) for reps in found[1:]] == [list(found[0])] * 2
    with pytest.raises(kp.errors.KneeposeError, match=r"side is missing\. segment_reps"):
        kp.segment_reps(smooth, "single_leg_squat")
