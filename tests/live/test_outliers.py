"""Tests that a stream removes keypoints that jump for one frame, but not fast movements."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from kneepose.validity import Validity
from tests.support.datasets import CLEAN_LIFTS, CLEAN_SQUATS, FULL, opensim, recording
from tests.support.vicon import read_c3d

SPIKE = 60
KNEE = ("knee_flexion", "left")


def changed(rec: kp.Recording, points: np.ndarray) -> kp.Recording:
    return kp.Recording(
        points, skeleton=rec.skeleton, times=rec.times, confidence=rec.confidence, up=rec.up,
        resolution_wh=rec.resolution_wh, view=rec.view,
    )  # fmt: skip


def states_of(rec: kp.Recording) -> list[kp.live.StreamState]:
    stream = kp.Stream(
        "squat", side="left", skeleton=rec.skeleton, up=rec.up, resolution_wh=rec.resolution_wh,
        view=rec.view,
    )  # fmt: skip
    frames = zip(rec.coordinates, rec.times, rec.confidence, strict=True)
    return [stream.push(f, t, confidence=c) for f, t, c in frames]


def outliers(rec: kp.Recording) -> int:
    """Return the number of keypoints that a stream removed as outliers."""
    stream = kp.Stream("squat", side="left", skeleton=rec.skeleton, up=rec.up)
    stream.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    return stream.finish().recording.repairs.counts["outlier"]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("joint", ["ankle", "knee", "hip"])
def test_a_spike_is_left_out_live_and_replaced_in_a_recording(joint: str, axis: int) -> None:
    rec = kp.sample("squat")
    keypoint = rec.skeleton.landmarks[f"left_{joint}"]
    points = np.array(rec.coordinates)
    points[SPIKE, keypoint, axis] += 0.25
    spoilt = changed(rec, points)
    plain, found = states_of(rec), states_of(spoilt)
    reasons = [state.validity[KNEE] for state in found]
    assert [i for i, reason in enumerate(reasons) if reason is not Validity.OK] == [SPIKE]
    assert reasons[SPIKE] is Validity.OUTLIER
    # The low-pass bridges the frame with the removed keypoint.
    off = [abs(a.angles[KNEE] - b.angles[KNEE]) for a, b in zip(plain, found, strict=True)]
    assert np.nanmax(off) < 1.0
    recorded = spoilt.conditioned().repairs
    assert recorded.kinds[recorded.codes[SPIKE, keypoint]] == "outlier_replaced"


def test_an_outlier_that_is_not_replaced_has_the_same_reason_in_a_recording() -> None:
    rec = kp.sample("squat")
    keypoint = rec.skeleton.landmarks["left_ankle"]
    points = np.array(rec.coordinates)
    points[SPIKE, keypoint] += 0.25
    spoilt = changed(rec, points)
    open_gaps = spoilt.conditioned(max_gap_s=0.0)
    assert open_gaps.repairs.kinds[open_gaps.repairs.codes[SPIKE, keypoint]] == "outlier"
    recorded = kp.joint_angles(open_gaps, [KNEE])[KNEE].validity[SPIKE]
    assert recorded is states_of(spoilt)[SPIKE].validity[KNEE] is Validity.OUTLIER


def test_a_step_to_another_place_costs_one_frame() -> None:
    rec = kp.sample("squat")
    points = np.array(rec.coordinates)
    points[SPIKE:, :, 0] += 1.0
    reasons = [state.validity[KNEE] for state in states_of(changed(rec, points))]
    assert [i for i, reason in enumerate(reasons) if reason is Validity.OUTLIER] == [SPIKE]


@pytest.mark.parametrize(("noise_m", "most"), [(0.0, 0.0), (0.01, 0.0), (0.03, 0.001)])
@pytest.mark.parametrize("every", [1, 2])
def test_clean_and_noisy_movement_has_no_outliers(every: int, noise_m: float, most: float) -> None:
    rng = np.random.default_rng(21)
    found = total = 0
    for name in (*CLEAN_SQUATS, *CLEAN_LIFTS):
        rec = recording(opensim(name), "world")
        noisy = changed(rec, rec.coordinates + rng.normal(0, noise_m, rec.coordinates.shape))
        found += outliers(noisy[::every])
        total += noisy[::every].confidence.size
    print(f"{found} of {total}")
    assert found <= most * total


JUMP = {"right_hip": "RHJC", "right_knee": "RKJC", "right_ankle": "RAJC", "left_hip": "LHJC"}


@pytest.mark.parametrize("every", [1, 4, 8, 12])
def test_a_jump_for_height_has_no_outliers(every: int) -> None:
    """Joint centers of a jump from markers have no outliers at 200 fps and lower rates."""
    path = FULL / "vicon-cmj-biomdp" / "vicon_CMJ_kinem_kinet_emg.c3d"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    markers = read_c3d(path)
    points = np.stack([markers[marker] for marker in JUMP.values()], axis=1)[::every] / 1000.0
    rec = kp.Recording(
        points, skeleton=kp.Skeleton("joint centers", list(JUMP)), fps=200.0 / every, up="z"
    )
    live = kp.Stream("single_leg_squat", side="right", skeleton=rec.skeleton, up=rec.up)
    states = [live.push(f, t) for f, t in zip(rec.coordinates, rec.times, strict=True)]
    reasons = [state.validity["knee_flexion", "right"] for state in states]
    assert reasons.count(Validity.OUTLIER) == 0
    assert reasons.count(Validity.OK) > 0.95 * len(reasons)
