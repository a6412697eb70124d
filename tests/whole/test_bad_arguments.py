"""Tests that inconsistent arrays, options and recordings are refused with a message.


Arguments of `Recording` are tested in test_recording_*, random input in test_fuzz.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.squat_sample import SQUAT, WAVE, XYZ, measure

# --- shapes and options of plain arrays ---------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: arrays.joint_angles(XYZ, skeleton="halpe26"), "give the axis that points up"),
        (lambda: arrays.joint_angles(XYZ[..., :2], skeleton="halpe26", up="y"), "Omit up"),
        (lambda: measure(skeleton="coco17"), "17"),
        (lambda: arrays.joint_angles(XYZ[0, 0], skeleton="halpe26", up="y"), "26, 3"),
        (lambda: arrays.joint_angles([["a"]], skeleton="halpe26"), "dtype"),
        (lambda: arrays.joint_angles(XYZ + 1j, skeleton="halpe26", up="y"), "dtype complex128"),
        (lambda: arrays.angle([1, 2], [1, 2, 3], [1, 2]), "shapes"),
        (lambda: arrays.angle([1], [2], [3]), "shapes"),
        (lambda: arrays.angle(np.ones((2, 3)), np.ones((3, 3)), [1, 2, 3]), "broadcast"),
        (lambda: arrays.asymmetry(np.ones(2), np.ones(3)), "broadcast"),
        (lambda: arrays.asymmetry(1, 2, kind="normalized_symmetry_index"), "trials"),
        (lambda: arrays.segment_reps(XYZ, fs=30), "one series"),
        (lambda: arrays.segment_reps(WAVE, fs=30, allowed=np.ones((2, 2))), "must be"),
        (lambda: arrays.segment_reps(WAVE, fs=30, allowed=[True]), "1 samples"),
        (lambda: arrays.segment_reps("squat", fs=30), "dtype"),
        (lambda: arrays.count_score([], []), "at least one"),
        (lambda: arrays.count_score([1, 2], [1]), "2 predicted and 1 true"),
    ],
)
def test_arrays_that_do_not_fit(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(kp.errors.CoordinateError, match=words):
        call()


@pytest.mark.parametrize("value", [0, -30, np.nan, np.inf, -0.0])
def test_rates_and_ranges_are_positive(value: float) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"fs is .*positive"):
        arrays.segment_reps(WAVE, fs=value)
    with pytest.raises(kp.errors.KneeposeError, match=r"min_range is .*positive"):
        arrays.segment_reps(WAVE, fs=30, min_range=value)


def test_a_rate_beyond_all_cameras() -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"maximum is 100000\b"):
        arrays.segment_reps(WAVE, fs=1e9)


@pytest.mark.parametrize("value", [np.nan, 0.0, -1.0, np.inf])
def test_cutoffs_and_gaps_make_sense(value: float) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="cutoff_hz"):
        SQUAT.conditioned(cutoff_hz=value)
    with pytest.raises(kp.errors.KneeposeError, match="cutoff_hz"):
        kp.analyze(SQUAT, "squat", side="left", cutoff_hz=value)
    if value != 0.0:
        with pytest.raises(kp.errors.KneeposeError, match="max_gap_s"):
            SQUAT.conditioned(max_gap_s=value)
        with pytest.raises(kp.errors.KneeposeError, match="max_gap_s"):
            kp.analyze(SQUAT, "squat", side="left", max_gap_s=value)


def test_headings_have_three_components() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="must be 3 finite numbers"):
        kp.joint_angles(SQUAT, heading=[1.0, 0.0])
    for nowhere in ([0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1e-320, 0.0, 0.0]):
        with pytest.raises(kp.errors.KneeposeError, match="must point along the ground"):
            kp.joint_angles(SQUAT, ["fppa"], heading=nowhere)
        with pytest.raises(kp.errors.KneeposeError, match="must point along the ground"):
            kp.arrays.joint_angles(
                SQUAT.coordinates[..., :2], skeleton=SQUAT.skeleton, heading=[0.0, *nowhere[1:]]
            )


@pytest.mark.filterwarnings("ignore:the frame rate")
def test_only_the_direction_of_a_heading_counts() -> None:
    options: dict[str, Any] = {"skeleton": "mediapipe33", "names": ["trunk_forward_lean"]}
    xy = kp.sample("squat_video").coordinates
    one = kp.arrays.joint_angles(xy, heading=[1, 0, 0], **options)
    np.testing.assert_array_equal(kp.arrays.joint_angles(xy, heading=[2, 0, 0.5], **options), one)
    np.testing.assert_array_equal(kp.arrays.joint_angles(xy, heading=[-3, 0, 0], **options), -one)


@pytest.mark.parametrize("given", [0, 1, "no", None])
def test_flags_are_true_or_false(given: Any) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"gates is .*True or False"):
        kp.joint_angles(SQUAT, gates=given)
    if given is not None:
        left, right = kp.analyze_sides(SQUAT, "squat")
        with pytest.raises(kp.errors.KneeposeError, match=r"same_camera is .*True or False"):
            kp.compare(left, right, same_camera=given)


# --- recordings and analyses that must not be combined ------------------------------------------


def test_one_frame_has_no_repetitions() -> None:
    with pytest.raises(kp.errors.KneeposeError, match=r"1 frame.*over time"):
        kp.segment_reps(SQUAT[:1], "squat")
    with pytest.raises(kp.errors.KneeposeError):
        kp.analyze(SQUAT[:1], "squat", side="left")


def test_finding_nothing_is_an_answer() -> None:
    still = kp.Recording(np.repeat(XYZ[:1], 200, axis=0), skeleton="halpe26", fps=30, up="y")
    found = kp.analyze(still, "squat", side="left")
    assert found.reps.count == len(found.reps) == 0
    assert {refusal.reason for refusal in found.refused} == {kp.validity.Validity.NO_REPS}
    assert not found.measures
    nobody = kp.Recording(np.full((60, 26, 3), np.nan), skeleton="halpe26", fps=30, up="y")
    assert not kp.analyze(nobody, "single_leg_squat", side="right").reps
    assert np.isnan(kp.joint_angles(nobody).data).all()


def test_conditioning_is_done_once() -> None:
    smooth = SQUAT.conditioned()
    with pytest.raises(kp.errors.KneeposeError, match="conditioned already"):
        kp.analyze(smooth, "squat", side="left")
    with pytest.raises(kp.errors.KneeposeError, match="conditioned already"):
        kp.analyze_sides(smooth, "squat")


def test_conditioning_twice_is_refused() -> None:
    with pytest.raises(kp.errors.KneeposeError, match="conditioned already"):
        SQUAT.conditioned().conditioned()


@pytest.mark.parametrize("exercise", ["clamshell", "fire_hydrant"])
def test_an_exercise_of_one_side_at_a_time_has_no_two_sides(exercise: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="one recording per side"):
        kp.analyze_sides(SQUAT, exercise)


def test_each_leg_of_a_single_leg_squat_has_its_own_repetitions() -> None:
    """In a recording of one leg the other leg has no repetitions, with a reason."""
    left, right = kp.analyze_sides(kp.sample("single_leg_squat_left"), "single_leg_squat")
    assert left.reps.count >= 5
    assert right.reps.count == 0
    assert right.why_no_reps in (kp.validity.Validity.NO_REPS, kp.validity.Validity.OTHER_LEG_WORKS)


def test_only_like_is_compared_with_like() -> None:
    left = kp.analyze(kp.sample("single_leg_squat_left"), "single_leg_squat", side="left")
    squat = kp.analyze(SQUAT, "squat", side="left")
    with pytest.raises(kp.errors.KneeposeError, match="same analysis"):
        kp.compare(left, left)
    with pytest.raises(kp.errors.KneeposeError, match="exercise differs"):
        kp.compare(left, squat)
    front = kp.Recording(
        SQUAT.coordinates[..., [2, 1]] * [-500.0, -500.0] + 900.0,
        skeleton="halpe26",
        times=SQUAT.times,
    )
    with pytest.raises(kp.errors.KneeposeError, match=r"(space|estimator|signal) differs"):
        kp.compare(squat, kp.analyze(front, "squat", side="left"))


# --- input without a valid angle ----------------------------------------------------------------


def test_an_infinite_point_has_no_angle() -> None:
    """An infinite coordinate gives NaN, while plain norms would give atan2(inf, inf) = 45°."""
    assert np.isnan(arrays.angle([np.inf, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 2.0]))


@pytest.mark.parametrize("size", [1e-100, 1e100])
def test_no_number_where_the_products_overflow(size: float) -> None:
    """If products overflow or underflow, the angle is correct or refused, never 90° or 0°."""
    options: dict[str, Any] = {"names": "knee_flexion", "with_validity": True}
    want, _ = measure(**options)
    got, codes = arrays.joint_angles(size * XYZ, skeleton="halpe26", up="y", **options)
    measured = codes <= 1
    np.testing.assert_allclose(got[measured], want[measured], rtol=0, atol=1e-6)


def test_no_knee_bends_beyond_half_a_turn() -> None:
    upside_down = np.concatenate([XYZ[:100], XYZ[:5] * [1.0, -1.0, 1.0]])
    got = arrays.joint_angles(
        upside_down, skeleton="halpe26", names="knee_flexion_from_depth", up="y"
    )
    assert np.nanmax(got) <= 180.0
