"""Tests that squats are counted alike, recorded and live, with worse cameras or estimators."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from kneepose.typing import ExerciseName, SampleName, Side
from tests.support.real_people import THERE, filmed, labeled
from tests.support.worse import WORSE, few_joints, walks

NOT_SEEN = {("clamshell", "joints hidden for 1 s")}
"""Combinations in which a joint needed by the exercise is hidden in most repetitions."""


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


def seen_from(yaw: float) -> kp.Recording:
    """Project the shipped squats of a real person to a camera at this azimuth."""
    seen = filmed(kp.sample("squat"), yaw)
    assert seen is not None
    return seen


def counts_of(rec: kp.Recording, side: Side) -> tuple[int, int]:
    """Return the number of squats in the whole recording, and in a stream of its frames."""
    stream = kp.Stream("squat", side=side, skeleton=rec.skeleton, resolution_wh=rec.resolution_wh)
    stream.push_all(rec.coordinates, rec.times, confidence=rec.confidence)
    return kp.analyze(rec, "squat", side=side).reps.count, stream.finish().reps.count


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("before", [False, True], ids=["to the camera", "from and to the camera"])
@pytest.mark.parametrize("seed", range(6))
def test_who_walks_to_the_camera_keeps_the_squats(seed: int, *, before: bool) -> None:
    squats = seen_from(0)
    walked = walks(squats, np.random.default_rng(seed), before=before)
    assert counts_of(walked, "left") == counts_of(squats, "left") == (5, 5)
    bends = [
        kp.analyze(rec, "squat", side="left").measures["peak_knee_flexion"]
        for rec in (squats, walked)
    ]
    alone, beside_a_walk = (bend.values[bend.full] for bend in bends)
    np.testing.assert_allclose(beside_a_walk, alone, atol=1.0)


@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
@pytest.mark.parametrize("yaw", [75, 90, 105, 255, 270, 285])
def test_squats_count_live_where_no_view_shows(yaw: float) -> None:
    """Without feet and face the right side cannot be told from the left, so no view is known, but
    squats count.
    """
    seen = few_joints(seen_from(yaw), np.random.default_rng(0))
    names = [name for name in seen.skeleton.keypoints if name != "nose"]
    places = [seen.skeleton.keypoints.index(name) for name in names]
    bare = kp.Recording(
        seen.coordinates[:, places], skeleton=kp.Skeleton("bare", names, {n: n for n in names}),
        times=seen.times, resolution_wh=seen.resolution_wh,
    )  # fmt: skip
    assert counts_of(bare, "left") == (5, 5)
    stream = kp.Stream(
        "squat", side="left", skeleton=bare.skeleton, resolution_wh=bare.resolution_wh
    )
    states = [stream.push(*frame) for frame in zip(bare.coordinates, bare.times, strict=True)]
    assert states[-1].quality == "view_unknown"
    assert not np.isfinite(states[-1].angles["fppa", "left"])


@pytest.mark.data
@pytest.mark.skipif(not THERE, reason="the recordings of real people are not here")
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_lunges_seen_from_in_front_are_no_squats_on_one_leg() -> None:
    """The rear foot of a lunge looks as high as the free foot of a single-leg squat.

    Most are told by the weight, which is between the feet; those from a camera above the hips are not.
    """
    lunges = [
        case.recording
        for case in labeled()
        if "lunge" in case.movement
        and case.recording.space == "world"
        and "clip" not in case.data_set
    ]
    counts = [
        kp.analyze(seen, "single_leg_squat", side=side).reps.count
        for height in (0.5, 1.0, 1.4)
        for seen in (filmed(rec, 0, height) for rec in lunges)
        if seen is not None
        for side in ("left", "right")
    ]
    assert len(counts) > 100
    assert sum(count > 0 for count in counts) <= 0.2 * len(counts)
