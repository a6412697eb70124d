"""Tests of estimated depth: refused measures and kept ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.validity import Validity
from tests.support.datasets import opensim, recording

SAGITTAL = {"knee_flexion", "hip_flexion", "thigh_inclination", "shank_inclination"}
SAGITTAL |= {"trunk_forward_lean"}
OUTSIDE = {"hip_adduction", "hip_internal_rotation", "fppa", "pelvic_obliquity"}
OUTSIDE |= {"trunk_lateral_lean"}


def guessed(rec: kp.Recording) -> kp.Recording:
    """Return the same keypoints marked as having estimated depth."""
    return kp.Recording(
        rec.coordinates,
        skeleton=rec.skeleton,
        times=rec.times,
        confidence=rec.confidence,
        up=rec.up,
        depth="estimated",
    )


def test_measures_outside_of_the_sagittal_plane_are_refused() -> None:
    rec = kp.sample("squat")
    angles, known = kp.joint_angles(guessed(rec)), kp.joint_angles(rec)
    assert {name for name, _ in angles} == SAGITTAL | OUTSIDE
    for key in angles:
        if key[0] in OUTSIDE:
            assert set(angles[key].validity) == {Validity.DEPTH_ESTIMATED}, key
            assert np.isnan(angles[key].values).all()
        else:
            np.testing.assert_array_equal(angles[key].values, known[key].values)
    assert "image keypoints" in Validity.DEPTH_ESTIMATED.remedy


@pytest.mark.parametrize("side", ["left", "right"])
def test_squats_count_and_bend_but_are_not_judged_from_the_front(side: Any) -> None:
    rec = kp.sample(f"single_leg_squat_{side}")
    found = kp.analyze(guessed(rec), "single_leg_squat", side=side)
    sure = kp.analyze(rec, "single_leg_squat", side=side)
    assert found.reps.count == sure.reps.count > 0
    assert found.measures["peak_knee_flexion"].mean == sure.measures["peak_knee_flexion"].mean
    refused = {r.measure: r.reason for r in found.refused}
    assert refused["fppa_at_60"] is Validity.DEPTH_ESTIMATED
    fault = found.faults["knee_inward"]
    assert (fault.seen, fault.reason) == (None, Validity.DEPTH_ESTIMATED)


@pytest.mark.data
@pytest.mark.parametrize("name", ["clamshell_right", "hydrant_left"])
def test_lifts_count_but_their_height_is_refused(name: str) -> None:
    """The signal of lifts is outside of the sagittal plane, so with estimated depth it counts but
    gives no angle.
    """
    data = opensim(name)
    rec, side, exercise = recording(data, "world"), str(data["side"]), str(data["exercise"])
    sure = kp.analyze(rec, exercise, side=side)  # type: ignore[arg-type]
    found = kp.analyze(guessed(rec), exercise, side=side)  # type: ignore[arg-type]
    assert found.reps.count == sure.reps.count > 0
    peak = sure.definition["peak"]
    assert {r.reason for r in found.refused if r.measure == peak} == {Validity.DEPTH_ESTIMATED}
    live = kp.Stream(  # type: ignore[call-overload]
        exercise, side=side, skeleton=rec.skeleton, up=rec.up, depth="estimated"
    )
    state = live.push_all(rec.coordinates, rec.times)
    assert state.rep_count >= sure.reps.count - 1
    signal = (sure.reps.signal_used, side)
    assert np.isnan(state.angles[signal])
    assert state.validity[signal] is Validity.DEPTH_ESTIMATED
    assert peak not in live.finish().measures


def test_a_stream_refuses_the_same_angles() -> None:
    rec = kp.sample("squat")
    live = kp.Stream("squat", side="left", skeleton="halpe26", up="y", depth="estimated")
    state = live.push_all(rec.coordinates, rec.times)
    assert state.rep_count == kp.analyze(guessed(rec), "squat", side="left").reps.count == 5
    assert state.validity["fppa", "left"] is Validity.DEPTH_ESTIMATED
    assert state.validity["knee_flexion", "left"] is Validity.OK
    done = live.finish()
    assert done.source.depth == done.recording.depth == "estimated"
    assert done.faults["knee_inward"].reason is Validity.DEPTH_ESTIMATED


def test_depth_is_kept(tmp_path: Path) -> None:
    rec = guessed(kp.sample("squat"))
    copies = [
        kp.read(rec.save(tmp_path / "a.npz")),
        kp.Recording.from_dict(json.loads(json.dumps(rec.to_dict()))),
        rec[3:50],
        rec.mirror(),
        rec.conditioned(),
        rec.labeled(subject="P1"),
    ]
    assert [copy.depth for copy in copies] == ["estimated"] * len(copies)
    assert "estimated depth" in repr(rec)
    old = rec.to_dict()
    del old["depth"]
    assert kp.Recording.from_dict(old).depth == "measured"


def test_the_usual_depth_follows_from_the_skeleton() -> None:
    rng = np.random.default_rng(1)
    for name, keypoints in (("mediapipe33", 33), ("kinect25", 25), ("halpe26", 26)):
        rec = kp.Recording(rng.normal(0, 0.4, (9, keypoints, 3)), skeleton=name, fps=30, up="y")
        assert rec.depth == ("estimated" if name == "mediapipe33" else "measured")
    image = kp.Recording(rng.uniform(100, 900, (9, 17, 2)), skeleton="coco17", fps=30)
    assert image.depth is None


def test_wrong_depth_raises() -> None:
    xyz = kp.sample("squat").coordinates
    with pytest.raises(kp.errors.UnknownNameError, match="measured"):
        kp.Recording(xyz, skeleton="halpe26", fps=50, up="y", depth="guessed")  # type: ignore[arg-type]
    with pytest.raises(kp.errors.CoordinateError, match="Leave depth out"):
        kp.Recording(xyz[..., :2] * 100, skeleton="halpe26", fps=50, depth="measured")
    with pytest.raises(kp.errors.CoordinateError, match="omit depth"):
        kp.Stream("squat", side="left", skeleton="halpe26", depth="measured")
