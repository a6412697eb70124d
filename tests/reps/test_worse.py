"""Squats count alike where camera or estimator make the recording worse, recorded and live."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from kneepose.typing import ExerciseName, SampleName, Side
from tests.support.worse import WORSE

NOT_SEEN = {("clamshell", "joints hidden for 1 s")}
"""A joint that the exercise needs is hidden in most repetitions."""


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("name", WORSE)
@pytest.mark.parametrize(
    ("sample", "exercise", "side"),
    [
        ("squat", "squat", "left"),
        ("single_leg_squat_video", "single_leg_squat", "right"),
        ("clamshell", "clamshell", "right"),
    ],
)
def test_a_worse_recording_counts_the_same(
    sample: SampleName, exercise: ExerciseName, side: Side, name: str
) -> None:
    whole = kp.sample(sample)
    count = kp.analyze(whole, exercise, side=side).reps.count
    assert count > 1
    rec = WORSE[name](whole, np.random.default_rng(0))
    if name == "mirror image":
        side = "left" if side == "right" else "right"
    stream = kp.Stream(
        exercise, side=side, skeleton=rec.skeleton, up=rec.up, resolution_wh=rec.resolution_wh,
        view=rec.view,
    )  # fmt: skip
    stream.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    counts = kp.analyze(rec, exercise, side=side).reps.count, stream.finish().reps.count
    if (exercise, name) in NOT_SEEN:
        assert max(counts) <= count
    else:
        assert counts == (count, count)
