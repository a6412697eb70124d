"""Tests of clamshells and fire hydrants against OpenSim: number, range, and times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import CLEAN_LIFTS, CLEAN_SQUATS, opensim, recording

pytestmark = pytest.mark.data

MOMENTS = {
    "start_s": "rep_start_10pct",
    "bottom_start_s": "rep_bottom_start_5pct",
    "bottom_end_s": "rep_bottom_end_5pct",
    "end_s": "rep_end_10pct",
}
OTHER = {"left": "right", "right": "left"}
WITHIN_DEG = {"clamshell": 0.2, "fire_hydrant": 0.6}
"""Tolerances in degrees: for the plane hip-knee-ankle, and for the hip-knee line against the
femur's axis.
"""


def analyzed(
    name: str, space: str, side: Any = None
) -> tuple[dict[str, np.ndarray], kp.analysis.Analysis]:
    data = opensim(name)
    own: Any = str(data["side"])
    return data, kp.analyze(recording(data, space), str(data["exercise"]), side=side or own)


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("name", CLEAN_LIFTS)
def test_repetitions_are_counted(name: str, space: str) -> None:
    data, found = analyzed(name, space)
    planned = ["partial" if partial else "full" for partial in data["rep_partial"]]
    assert [str(rep.status) for rep in found.reps] == planned
    for rep, first, last in zip(found.reps, data["rep_start"], data["rep_end"], strict=True):
        assert first <= rep.bottom_s <= last


@pytest.mark.parametrize("name", CLEAN_LIFTS)
def test_every_repetition_opens_as_far_as_it_does(name: str) -> None:
    data, found = analyzed(name, "world")
    peak = found.measures[found.definition["peak"]]
    assert peak.unit == "deg"
    within = WITHIN_DEG[found.exercise]
    np.testing.assert_allclose(peak.values, data["rep_peak_deg"], rtol=0, atol=within)


@pytest.mark.parametrize("name", [name for name in CLEAN_LIFTS if name.startswith("hydrant")])
def test_one_camera_behind_sees_how_far_a_thigh_is_lifted(name: str) -> None:
    """The lift angle is relative to the hip line, so hitching the hip does not count as lifting."""
    data, found = analyzed(name, "image")
    assert found.reps.signal_used == "hip_abduction_2d"
    peaks = found.measures["peak_hip_abduction"].values
    np.testing.assert_allclose(peaks, data["rep_peak_deg"], rtol=0, atol=0.6)


@pytest.mark.parametrize("name", [name for name in CLEAN_LIFTS if name.startswith("clamshell")])
def test_one_camera_gives_counts_and_times_of_a_clamshell_and_no_degrees(name: str) -> None:
    data, found = analyzed(name, "image")
    assert found.reps.signal_used == "knee_separation"
    assert not [m.name for m in found.measures.values() if m.unit == "deg"]
    assert {refusal.reason for refusal in found.refused} == {kp.validity.Validity.NEEDS_3D}
    assert {rep.target_reached for rep in found.reps} == {None}
    assert "°" not in found.summary()
    for moment, truth in MOMENTS.items():
        off = np.array([getattr(rep, moment) for rep in found.reps]) - data[truth]
        assert np.abs(off).max() <= 0.1, moment


@pytest.mark.parametrize("name", [*CLEAN_LIFTS, *CLEAN_SQUATS])
def test_starts_bottoms_and_ends_are_those_of_the_movement(name: str) -> None:
    """The times agree within two frames at 30 fps for all three exercises in 3-D."""
    data, found = analyzed(name, "world")
    for moment, truth in MOMENTS.items():
        off = np.array([getattr(rep, moment) for rep in found.reps]) - data[truth]
        assert np.abs(off).max() <= 0.067, f"{moment} {off.round(3)}"


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("name", CLEAN_LIFTS)
def test_the_wrong_leg_named_counts_nothing_and_says_why(name: str, space: str) -> None:
    data = opensim(name)
    _, found = analyzed(name, space, OTHER[str(data["side"])])
    assert found.reps.count == 0
    assert found.why_no_reps in (kp.validity.Validity.NO_REPS, kp.validity.Validity.OTHER_LEG_WORKS)
    assert found.why_no_reps.sentence in found.summary()
    assert found.why_no_reps.remedy


@pytest.mark.parametrize("name", ["clamshell_right", "hydrant_left"])
def test_another_exercise_named_counts_nothing(name: str) -> None:
    """A squat is not counted lying or on all fours, nor a clamshell on hands and knees."""
    data = opensim(name)
    side: Any = str(data["side"])
    for other in ("squat", "single_leg_squat"):
        assert kp.analyze(recording(data, "world"), other, side=side).reps.count == 0


@pytest.mark.parametrize("name", ["clamshell_left", "hydrant_right"])
def test_mirror_images_give_the_same_numbers(name: str) -> None:
    """The left recording of each pair is the mirrored right one, and gives the same numbers."""
    one, other = (
        analyzed(name.replace(side, OTHER[side]) if change else name, "world")[1]
        for side in ("left" if "left" in name else "right",)
        for change in (False, True)
    )
    assert one.side != other.side
    for measure in one.measures:
        np.testing.assert_allclose(
            one.measures[measure].values, other.measures[measure].values, rtol=0, atol=0.01
        )


@pytest.mark.parametrize("name", CLEAN_LIFTS)
def test_the_target_is_reached_where_the_truth_reaches_it(name: str) -> None:
    data, found = analyzed(name, "world")
    least, _ = found.definition["target"]
    clear = np.abs(data["rep_peak_deg"] - least) > WITHIN_DEG[found.exercise]
    reached = np.array([rep.target_reached for rep in found.reps])
    np.testing.assert_array_equal(reached[clear], (data["rep_peak_deg"] >= least)[clear])
