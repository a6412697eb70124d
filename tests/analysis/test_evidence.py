"""Tests of the evidence model that recognizes squats: table, fit, results on real people."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import kneepose as kp
from tests.support.real_people import CLIPS, PEOPLE, filmed, labeled, person
from tools import fit_evidence as fit

needs_people = pytest.mark.skipif(
    not PEOPLE.exists() or not CLIPS.exists(),
    reason=f"needs the recordings of real people in {PEOPLE}, which have no free licence",
)
STEP = 0.2
"""Relative change that the test applies to each weight of the evidence model."""
MOST_CHANGED = 0.02
"""Largest share of recordings whose count may change when a weight changes by `STEP`."""


@pytest.fixture(scope="module")
def real() -> list[fit.Movements]:
    """Return the movements in all real recordings."""
    found: list[fit.Movements] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in labeled():
            found += fit.found(
                case.data_set, case.file, case.person, case.movement, case.recording, case.low,
                case.high, case.bottoms_s,
            )  # fmt: skip
    return found


def right(movements: list[fit.Movements], weights: fit.Weights) -> np.ndarray:
    """Return for each recording whether the evidence model counts it correctly."""
    counts = [int(((fit.probability(m, weights) >= 0.5) & m.full).sum()) for m in movements]
    return np.array([m.low <= n <= m.high for m, n in zip(movements, counts, strict=True)])


@needs_people
@pytest.mark.slow
@pytest.mark.xdist_group("evidence")
def test_no_weight_hangs_by_a_thread(real: list[fit.Movements]) -> None:
    weights = fit.shipped()
    as_shipped = right(real, weights).mean()
    for number, of_question in enumerate(weights):
        for view, cue in np.ndindex(of_question.shape):
            for factor in (1 - STEP, 1 + STEP):
                changed = [each.copy() for each in weights]
                changed[number][view, cue] *= factor
                share = right(real, tuple(changed)).mean()
                assert abs(share - as_shipped) <= MOST_CHANGED, (fit.VIEWS[view], cue, factor)


@needs_people
@pytest.mark.slow
@pytest.mark.xdist_group("evidence")
def test_sure_repetitions_are_true(real: list[fit.Movements]) -> None:
    weights = fit.shipped()
    for data_set in {m.data_set for m in real}:
        sure = true = 0
        for m in (m for m in real if m.data_set == data_set):
            is_sure = (fit.probability(m, weights) >= 0.9) & m.full & (m.is_squat >= 0)
            sure += is_sure.sum()
            true += (m.is_squat[is_sure] == 1).sum()
        # In a small data set one false movement is no evidence of overconfidence.
        assert sure - true <= max(1, 0.1 * sure), (data_set, sure, true)


@needs_people
@pytest.mark.parametrize("yaw", [0, 90])
def test_a_real_squat_counts_in_space_and_from_a_camera(yaw: int) -> None:
    recording = person("kimore/E10_squat.npz")
    picture = filmed(recording, yaw)
    assert picture is not None
    for seen in (recording, picture):
        assert kp.analyze(seen, "squat", side="left").reps.count == 6


@needs_people
@pytest.mark.parametrize("file", ["kimore/B02_arm_raise.npz", "kimore/B04_trunk_side_tilt.npz"])
def test_raised_arms_and_a_tilted_trunk_are_no_squats(file: str) -> None:
    reps = kp.analyze(person(file), "squat", side="left").reps
    assert reps.count == 0
    assert {str(rep.status) for rep in reps} >= {"other_movement"}
    assert all(rep.probability < 0.5 for rep in reps if rep.status == "other_movement")


def test_the_table_of_the_core_is_readable() -> None:
    for question, weights in zip(fit.QUESTIONS, fit.shipped(), strict=True):
        assert weights.shape == (len(fit.VIEWS), 1 + len(question.cues))
        assert (weights[:, 1:] * [cue.sign for cue in question.cues] >= 0).all()


def test_each_counted_squat_has_a_probability() -> None:
    reps = kp.analyze(kp.sample("squat"), "squat", side="left").reps
    assert [rep.probability >= 0.5 for rep in reps.full] == [True] * 5


def test_a_lost_hip_is_no_descent_where_the_origin_lies_between_the_hips() -> None:
    """With a hip-centered origin, the hip that remains when the other is lost is not at the origin.

    Its height was once mistaken for that of the body in the room.
    """
    standing = kp.sample("squat")
    places = standing.skeleton.landmarks
    hips = [places["left_hip"], places["right_hip"]]
    n = 900
    rng = np.random.default_rng(1)
    points = np.repeat(standing.coordinates[:1], n, axis=0)
    points = points + rng.normal(0, 0.003, points.shape)
    points -= points[:, hips].mean(axis=1, keepdims=True)
    for begin in range(180, n, 180):
        points[begin : begin + 70, places["left_hip"]] = np.nan
    times = np.arange(n) / 60
    recording = kp.Recording(points, skeleton=standing.skeleton, times=times, up=standing.up)
    assert not len(kp.analyze(recording, "squat", side="right").reps)
    stream = kp.Stream("squat", side="right", skeleton=standing.skeleton, up=standing.up)
    states = [stream.push(frame, time) for frame, time in zip(points, times, strict=True)]
    events = [event for state in states for event in state.events]
    assert not [event for event in events if isinstance(event, kp.live.RepStarted)]
