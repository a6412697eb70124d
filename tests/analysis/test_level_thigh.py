"""Tests that a level thigh has no direction in the frontal plane of an image."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from kneepose.validity import Validity
from tests.support.real_people import filmed


def squats(deeper: float) -> kp.Recording:
    """Film the shipped squats from in front, with hips that sink `deeper` times as far."""
    seen = filmed(kp.sample("squat"), 0)
    assert seen is not None
    marks, points = seen.skeleton.landmarks, np.array(seen.coordinates)
    hips = points[:, [marks["left_hip"], marks["right_hip"]], 1].mean(axis=1)
    sunk = (deeper - 1) * (hips - np.quantile(hips, 0.05))
    knees_and_below = {
        marks[f"{s}_{part}"] for s in ("left", "right") for part in ("knee", "ankle")
    }
    feet = [
        place for place, name in enumerate(seen.skeleton.keypoints)
        if place in knees_and_below or "toe" in name or "heel" in name
    ]  # fmt: skip
    body = [place for place in range(points.shape[1]) if place not in feet]
    points[:, body, 1] += sunk[:, None]
    return kp.Recording(
        points, skeleton=seen.skeleton, times=seen.times, resolution_wh=seen.resolution_wh
    )


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("name", ["fppa", "hip_adduction_2d"])
def test_a_level_thigh_has_no_direction_in_the_frontal_plane(name: str) -> None:
    """Its projection may be 0 or 90 degrees from one centimeter to the next, recorded and live."""
    high, level = squats(1.0), squats(1.7)
    shown = kp.analyze(high, "squat", side="left")
    assert shown.reps.count == 5
    assert set(shown.measures[f"{name}_at_bottom"].validity) == {Validity.OK}
    stream = kp.Stream(
        "squat", side="left", skeleton=level.skeleton, resolution_wh=level.resolution_wh
    )
    stream.push_all(level.coordinates, level.times, confidence=level.confidence)
    for found in (kp.analyze(level, "squat", side="left"), stream.finish()):
        assert found.reps.count == 5
        (refused,) = (r for r in found.refused if r.measure == f"{name}_at_bottom")
        assert refused.reason is Validity.SINGULAR
        assert np.isfinite(found.measures[f"{name}_at_60"].values).any()
