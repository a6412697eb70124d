"""Tests of small inputs that once failed (`../shared/cases/inputs`): answered or explained."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import kneepose as kp
from kneepose.quality import Severity
from kneepose.validity import Validity
from tests.support.datasets import FULL

CASES = FULL.parent / "cases" / "inputs"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not CASES.exists(), reason=f"{CASES} is not there"),
]
SQUAT = kp.sample("squat")


def load(name: str) -> dict[str, np.ndarray]:
    with np.load(CASES / f"{name}.npz") as file:
        return {key: file[key] for key in file.files}


def refusals(rec: kp.Recording) -> set[Validity]:
    return {f.reason for f in kp.check(rec).findings if f.severity is Severity.REFUSE}


def test_a_picture_with_y_up_is_named_and_gives_nothing() -> None:
    right, wrong = (load(name) for name in ("image_ok", "image_y_up"))
    good = kp.Recording(right["xy"], skeleton="halpe26", times=right["times"])
    assert not refusals(good)
    rec = kp.Recording(wrong["xy"], skeleton="halpe26", times=wrong["times"])
    assert refusals(rec) == {Validity.UPSIDE_DOWN}
    angles = kp.joint_angles(rec)
    for key in (("fppa", "right"), "trunk_lateral_lean"):
        assert not np.isfinite(angles[key].values).any()
    analysis = kp.analyze(rec, "single_leg_squat", side="right")
    assert analysis.reps.count == 0
    assert not analysis.measures


def test_left_handed_axes_without_feet_give_no_side_and_no_direction() -> None:
    z = load("lefthanded_coco17")
    with pytest.warns(kp.errors.RecordingWarning, match="knees bend backward"):
        rec = kp.Recording(z["xyz"], skeleton="coco17", times=z["times"], up="y")
    assert refusals(rec) == {Validity.LEFT_HANDED_AXES}
    angles = kp.joint_angles(rec)
    for name in ("hip_flexion", "hip_internal_rotation", "fppa"):
        assert set(angles[name, "right"].reasons()) == {Validity.LEFT_HANDED_AXES}
    assert np.nanmax(angles["knee_flexion", "right"].values) > 60
    mended = kp.Recording(z["xyz"] * [1, 1, -1], skeleton="coco17", times=z["times"], up="y")
    assert not refusals(mended)
    assert np.nanmax(kp.joint_angles(mended)["hip_flexion", "right"].values) > 40


def test_a_letterbox_that_was_not_undone_is_named() -> None:
    z = load("letterbox_not_undone")
    assert not refusals(kp.Recording(z["true_xy"], skeleton="halpe26", times=z["times"]))
    width, height = (int(n) for n in z["size"])
    rec = kp.Recording(
        z["xyn"], skeleton="halpe26", times=z["times"], normalized=True,
        resolution_wh=(width, height),
    )  # fmt: skip
    assert refusals(rec) == {Validity.PICTURE_STRETCHED}
    assert not np.isfinite(kp.joint_angles(rec)["fppa", "right"].values).any()


def test_one_frame_with_one_keypoint_costs_that_frame() -> None:
    z = load("one_keypoint_frame")
    frames = []
    for f, xy in enumerate(z["xy"]):
        points = np.c_[xy, np.full(17, 0.9)]
        if f == int(z["frame"]):
            points[1:] = 0
        keypoints = SimpleNamespace(data=points[None])
        frames.append(SimpleNamespace(keypoints=keypoints, boxes=None, orig_shape=(1920, 1080)))
    rec = kp.from_ultralytics(frames, times=z["times"])
    assert np.isnan(rec.coordinates[..., 0]).all(axis=1).sum() <= 1
    assert kp.analyze(rec, "squat", side="left").reps.count == 5


def test_zeros_in_space_are_missing_frames() -> None:
    z = load("zeros_3d_two_percent")
    rec = kp.Recording(z["xyz"], skeleton="halpe26", times=z["times"], up="y")
    zeros = (z["xyz"] == 0).all(axis=(1, 2))
    assert zeros.any()
    assert np.isnan(rec.coordinates[zeros]).all()
    assert not refusals(rec)
    assert kp.analyze(rec, "squat", side="left").reps.count == 5
    live = kp.Stream("squat", side="left", skeleton="halpe26", up="y")
    for points, time in zip(z["xyz"], z["times"], strict=True):
        live.push(points, float(time))
    assert live.finish().reps.count == 5


def test_feet_that_sway_for_a_moment_cost_no_repetition() -> None:
    z = load("ankles_glitch_200mm_03s")
    rec = kp.Recording(z["xyz"], skeleton="halpe26", times=z["times"], up="y")
    assert not refusals(rec)
    analysis = kp.analyze(rec, "squat", side="left")
    assert analysis.reps.count == 5
    true = kp.analyze(SQUAT, "squat", side="left").measures["peak_knee_flexion"].values
    assert np.abs(analysis.measures["peak_knee_flexion"].values - true).max() < 12
    live = kp.Stream("squat", side="left", skeleton="halpe26", up="y")
    for points, time in zip(z["xyz"], z["times"], strict=True):
        live.push(points, float(time))
    assert live.finish().reps.count == 5


def test_a_picture_that_stood_still_gives_no_times() -> None:
    z = load("stuck_2s_at_bottom")
    rec = kp.Recording(z["xyz"], skeleton="halpe26", fps=50, up="y")
    assert Validity.PICTURE_STUCK in {f.reason for f in kp.check(rec).findings}
    analysis = kp.analyze(rec, "squat", side="left")
    assert analysis.reps.count == 5
    refused = {r.measure: r.reason for r in analysis.refused}
    assert refused["hold_s"] is Validity.PICTURE_STUCK
    assert "peak_knee_flexion" in analysis.measures


@pytest.mark.parametrize(
    ("points", "times", "exercise", "options", "reason"),
    [
        ("normalized", 1, "single_leg_squat", {}, Validity.WRONG_SKELETON),
        ("exchanged", 1, "single_leg_squat", {}, Validity.AXES_TURNED),
        ("pixels", 1000, "single_leg_squat", {}, Validity.FRAME_RATE),
        ("y up", 1, "single_leg_squat", {}, Validity.UPSIDE_DOWN),
        ("space", 1, "squat", {"up": "-y"}, Validity.UPSIDE_DOWN),
        ("space", 1, "squat", {"up": "x"}, Validity.AXES_TURNED),
        ("left-handed", 1, "squat", {"up": "y"}, Validity.LEFT_HANDED_AXES),
    ],
)
def test_a_stream_asks_the_same(
    points: str, times: float, exercise: str, options: dict[str, str], reason: Validity
) -> None:
    z = load("image_ok")
    given = {
        "normalized": (z["xy"] / z["size"], z["times"]),
        "exchanged": (z["xy"][..., ::-1], z["times"]),
        "pixels": (z["xy"], z["times"]),
        "y up": (z["xy"] * [1, -1] + [0, z["size"][1]], z["times"]),
        "space": (SQUAT.coordinates, SQUAT.times),
        "left-handed": (SQUAT.coordinates * [1, 1, -1], SQUAT.times),
    }[points]
    live = kp.Stream(exercise, side="right", skeleton="halpe26", **options)  # type: ignore[arg-type]
    states = [live.push(f, float(t) * times) for f, t in zip(*given, strict=True)]
    last = states[-1]
    assert last.quality is reason
    assert not np.isfinite(list(last.angles.values())).any()
    asked = [s.quality is reason for s in states].index(True)
    assert states[asked].time - states[0].time <= 1.2 * times
    if reason is not Validity.LEFT_HANDED_AXES:
        assert last.rep_count == 0


def test_states_for_confidences_are_named() -> None:
    """Tracking states of Kinect (0 not tracked, 1 inferred, 2 tracked) are recognized as such."""
    squat = kp.sample("squat")
    states = np.resize([2, 2, 1, 0], squat.confidence.shape)
    with pytest.warns(kp.errors.RecordingWarning, match=r"0, 1 and 2 alone.*confidence == 2"):
        rec = kp.Recording(squat.coordinates, skeleton="halpe26", fps=50, up="y", confidence=states)
    assert np.isnan(rec.coordinates[states == 0]).all()


def test_confidences_in_percent_raise_and_are_named_live() -> None:
    percent = np.full(SQUAT.coordinates.shape[:2], 90.0)
    with pytest.raises(kp.errors.CoordinateError, match="Divide percentages by 100"):
        kp.Recording(SQUAT.coordinates, skeleton="halpe26", fps=50, up="y", confidence=percent)
    live = kp.Stream("squat", side="left", skeleton="halpe26", up="y")
    for points, time in zip(SQUAT.coordinates, SQUAT.times, strict=True):
        state = live.push(points, float(time), confidence=percent[0])
    assert state.quality is Validity.CONFIDENCE_SCALE
