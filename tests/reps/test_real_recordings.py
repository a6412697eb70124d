"""Tests on landmarks of real clips: squats counted by an on-screen counter, and other movements."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import arrays, clip_truth
from tests.support.datasets import clip as real_clip

pytestmark = pytest.mark.data

SQUATS = {
    "fitness-squat-counter": [15, 40, 65, 92],
    "fitness-squats": [11, 29, 45, 63],
}
"""Frames of the bottoms, read from the images by eye."""


def clip(name: str) -> kp.Recording:
    data = arrays("quickpose-gifs", name)
    with pytest.warns(kp.errors.RecordingWarning, match="10 fps"):
        return kp.Recording(
            data["xy"],
            skeleton="mediapipe33",
            fps=float(data["fps"]),
            confidence=np.nan_to_num(data["visibility"]),
            normalized=True,
            resolution_wh=(int(data["width"]), int(data["height"])),
        )


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", SQUATS)
def test_squats_are_counted(name: str, side: str) -> None:
    found = kp.analyze(clip(name), "squat", side=side)
    assert found.reps.signal_used == "knee_flexion_from_depth"
    assert [str(rep.status) for rep in found.reps] == ["full"] * 4
    for rep, frame in zip(found.reps, SQUATS[name], strict=True):
        assert abs(rep.bottom_s - frame / 10) <= 0.3


@pytest.mark.parametrize("name", SQUATS)
def test_one_camera_does_not_measure_hip_rotation(name: str) -> None:
    angles = kp.joint_angles(clip(name), ["hip_internal_rotation", "hip_adduction"])
    for key in angles:
        assert np.isnan(angles[key].values).all()
        assert set(angles[key].reasons()) == {kp.validity.Validity.NEEDS_3D}


@pytest.mark.parametrize("name", SQUATS)
def test_mirrored_frames_exchange_the_legs(name: str) -> None:
    """In mirrored frames an estimator exchanges the names of the legs."""
    rec = clip(name)
    straight = kp.joint_angles(rec, ["fppa", "hip_adduction_2d"])
    reflected = kp.joint_angles(rec.mirror(), ["fppa", "hip_adduction_2d"])
    assert np.isfinite(straight["fppa", "left"].values).any()
    for angle in ("fppa", "hip_adduction_2d"):
        for here, there in (("left", "right"), ("right", "left")):
            np.testing.assert_allclose(
                straight[angle, here].values, reflected[angle, there].values, rtol=0, atol=1e-9
            )


# --- clips that are not shipped with kneepose ---------------------------------------------------

SPACES = ("image", "world")
EXERCISES = ("squat", "single_leg_squat", "clamshell", "fire_hydrant")
SEEN_BY = [
    (name, estimator, space)
    for name in (*SQUATS, "fitness-sumo-squats")
    for estimator, space in (
        ("mediapipe_heavy", "image"),
        ("mediapipe_heavy", "world"),
        ("movenet_thunder", "image"),
    )
    if (name, estimator) != ("fitness-sumo-squats", "movenet_thunder")
]


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("name", "estimator", "space"), SEEN_BY)
def test_squats_are_counted_by_every_estimator_and_in_both_spaces(
    name: str, estimator: str, space: str, side: str
) -> None:
    truth = clip_truth(name)
    found = kp.analyze(real_clip("quickpose-gifs", name, estimator, space), "squat", side=side)
    assert [str(rep.status) for rep in found.reps] == ["full"] * truth["reps"]
    for rep, frame in zip(found.reps, truth["bottom_frame"], strict=True):
        assert abs(rep.bottom_s - frame / 10) <= 0.4


@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize(
    ("folder", "name"),
    [("sports2d-demo", "demo"), *(("pose2sim-balance", f"cam{k:02}") for k in range(1, 5))],
)
def test_walking_jumping_and_balancing_are_no_exercise(
    folder: str, name: str, space: str, exercise: str
) -> None:
    """In clips of two people outdoors, and of one person balancing, no exercise is counted."""
    recording = real_clip(folder, name, space=space)
    for side in ("left", "right"):
        found = kp.analyze(recording, exercise, side=side)
        assert found.reps.count == 0
        assert found.why_no_reps is not None
        assert found.why_no_reps.sentence
