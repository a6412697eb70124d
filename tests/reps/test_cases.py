"""Tests of small recordings that were once miscounted, recorded and live."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import FULL

CASES = Path(FULL).parent / "cases" / "reps"
COUNTS = {
    "camera_45deg_0m9": 5,
    "camera_front_1m4": 5,
    "feet_cut_live_counts_report_zero": 5,
    "chair_hold_side": 5,
    "steps_back_live_stops": 30,
    "three_5cm_steps": 5,
    "hips_sink_6cm_nothing_else": 0,
}


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_counted_recorded_live_and_at_the_end(name: str, count: int) -> None:
    path = CASES / f"{name}.npz"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    with np.load(path) as data:
        points, times = data["keypoints"], data["times"]
    up = "y" if points.shape[2] == 3 else None
    recording = kp.Recording(points, skeleton="halpe26", times=times, up=up)
    stream = kp.Stream("squat", side="left", skeleton="halpe26", up=up)
    state = stream.push_all(recording.coordinates, recording.times, confidence=recording.confidence)
    recorded = kp.analyze(recording, "squat", side="left").reps.count
    assert (recorded, state.rep_count, stream.finish().reps.count) == (count, count, count)


@pytest.mark.parametrize("side", ["left", "right"])
def test_two_legs_on_the_floor_are_no_single_leg_squat(side: str) -> None:
    found = kp.analyze(kp.sample("squat"), "single_leg_squat", side=side)  # type: ignore[arg-type]
    assert [str(rep.status) for rep in found.reps] == ["lost_stance"] * 5
    assert found.why_no_reps is kp.validity.Validity.OTHER_LEG_WORKS
