"""Tests that unknown or insufficient names and sides are refused with a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.squat_sample import SQUAT, measure

# --- misspelled names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kp.joint_angles(SQUAT, ["knee_flexoin"]), "'knee_flexion'"),
        (lambda: kp.joint_angles(SQUAT, "Hip Adduction"), "'hip_adduction'"),
        (lambda: kp.joint_angles(SQUAT, [("hip_abducton", "left")]), "'hip_abduction'"),
        (lambda: kp.joint_angles(SQUAT)["knee_flexo"], "'knee_flexion'"),
        (lambda: kp.joint_angles(SQUAT)["trunk_lean", "left"], "trunk_lateral_lean"),
        (lambda: measure(names=["shank-inclination"]), "'shank_inclination'"),
        (lambda: measure(names=[("knee_flexion", "Left")]), "'left'"),
        (lambda: measure(stance_side="Right"), "'right'"),
        (lambda: measure(pelvis_reference="trunks"), "'trunk'"),
        (lambda: measure(up="Y"), "'y'"),
        (lambda: measure(skeleton="Halpe 26"), "'halpe26'"),
        (lambda: kp.analyze(SQUAT, "single leg squat", side="left"), "'single_leg_squat'"),
        (lambda: kp.analyze(SQUAT, "squat", side="rigth"), "'right'"),
        (lambda: kp.analyze_sides(SQUAT, "sqaut"), "'squat'"),
        (lambda: kp.segment_reps(SQUAT, "squats"), "'squat'"),
        (lambda: kp.segment_reps(SQUAT, "squat", side="both"), "'left', 'right'"),
        (lambda: kp.sample("squad"), "'squat'"),
        (lambda: arrays.asymmetry(1.0, 2.0, kind="log-ratio"), "'log_ratio'"),
        (lambda: kp.Skeleton("x", ["LHip"], {"lefthip": "LHip"}), "'left_hip'"),
        (lambda: kp.Skeleton("x", ["LHip"], {"left_hip": "Lhip"}), "'LHip'"),
    ],
)
def test_unknown_names_list_the_near_ones(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="unknown") as caught:
        call()
    assert words in str(caught.value)
    assert isinstance(caught.value, KeyError)
    assert isinstance(caught.value, kp.errors.KneeposeError)


def test_a_compared_measure_that_is_not_there_lists_those_that_are() -> None:
    both = kp.compare(*kp.analyze_sides(SQUAT, "squat"))
    with pytest.raises(kp.errors.UnknownNameError, match="'fppa_at_60'"):
        both["fppa_at_06"]


# --- wrong sides --------------------------------------------------------------------------------


def test_angles_of_legs_need_their_side() -> None:
    angles = kp.joint_angles(SQUAT, ["knee_flexion", "trunk_forward_lean"])
    with pytest.raises(
        kp.errors.UnknownNameError, match=r"\('knee_flexion', 'left'\) and .*'right'"
    ):
        angles["knee_flexion"]
    with pytest.raises(kp.errors.UnknownNameError, match="trunk_forward_lean"):
        angles["trunk_forward_lean", "left"]
    assert angles["trunk_forward_lean"].side is None
    (only,) = kp.joint_angles(SQUAT, [("knee_flexion", "left")]).values()
    assert only.side == "left"


@pytest.mark.parametrize("name", ["pelvic_drop", "pelvic_rotation"])
def test_measures_toward_the_stance_leg_need_it(name: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="stance_side"):
        kp.joint_angles(SQUAT, [name])
    with pytest.raises(kp.errors.KneeposeError, match="stance_side"):
        measure(names=name)
    given = kp.joint_angles(SQUAT, [name], stance_side="left", heading=[1, 0, 0])
    asked = kp.joint_angles(SQUAT, [(name, "left")], heading=[1, 0, 0])
    np.testing.assert_array_equal(given[name].values, asked[name, "left"].values)


@pytest.mark.parametrize("name", ["trunk_forward_lean", "pelvic_obliquity"])
def test_midline_angles_have_no_side(name: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="midline"):
        kp.joint_angles(SQUAT, [(name, "right")])


def test_a_built_in_name_is_taken() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="'knee_flexion' is a built-in angle"):
        kp.AngleSpec("knee_flexion", ("hip", "knee", "ankle"))


# --- axes and the sides of a skeleton -----------------------------------------------------------


@pytest.mark.parametrize("up", ["", "image"])
def test_the_up_axis_is_an_axis(up: str) -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="'-z'"):
        measure(up=up)


def test_sides_are_exchanged_one_to_one() -> None:
    """A skeleton with a second left hip must still be mirrored one to one, without losing a
    keypoint.
    """
    keypoints = ["left_hip", "right_hip", "refined"]
    skeleton = kp.Skeleton("mine", keypoints, {"left_hip": "refined"})
    np.testing.assert_array_equal(skeleton.swap[skeleton.swap], np.arange(3))
