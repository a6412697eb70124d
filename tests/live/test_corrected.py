"""Tests of repetitions whose status changes later in the set: to partial, or to full."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.exerciser import Exerciser
from tests.support.film import Film, shoot
from tests.support.live_bodies import stream_for, watch
from tests.support.moving_body import pose

DEPTHS = (52.0, 50.0, 112.0, 108.0, 113.0, 110.0)


@pytest.mark.parametrize("view", ["world", "right"])
@pytest.mark.parametrize("seed", range(4))
def test_the_last_count_is_that_of_finish(view: str, seed: int) -> None:
    rng = np.random.default_rng([61, seed])
    person = Exerciser(rng)
    person.arms = "hips"
    person.arms_for_squats()
    person.stand(2.0)
    for depth in DEPTHS:
        person.squat(depth, 1.4, 1.4)
        person.stand(1.0)
    film = Film(view=view, noise="low").drawn(rng)
    rec = shoot(
        np.random.default_rng([62, seed]), lambda t: pose(person.course, person.build, t), film,
        person.begin, person.t, body_m=person.build.height,
    )  # fmt: skip
    seen = watch(stream_for(rec, "squat", "right"), rec)
    last = seen.states[-1]
    status = {event.number: event.status for event in seen.of(kp.live.RepCompleted)}
    corrections = seen.of(kp.live.RepCorrected)
    for event in corrections:
        assert status[event.number] is kp.analysis.RepStatus.FULL
        status[event.number] = event.status
    told = list(status.values())
    counts = [told.count(kp.analysis.RepStatus.FULL), told.count(kp.analysis.RepStatus.PARTIAL)]
    assert [last.rep_count, last.partial_count] == counts
    assert last.rep_count == seen.stream.finish().reps.count == 4
    assert corrections
    assert all(event.status is kp.analysis.RepStatus.PARTIAL for event in corrections)
    assert kp.analyze(rec, "squat", side="right").reps.count == 4


@pytest.mark.parametrize("damaged", [0, 2])
def test_a_doubtful_squat_counts_beside_a_sure_one(damaged: int) -> None:
    """In one squat the sensor displaces a knee, as depth cameras do; the squat counts."""
    sample = kp.sample("squat")
    reps = kp.analyze(sample, "squat", side="right").reps
    points, inside = with_knee_pulled(sample, reps[damaged])
    rec = kp.Recording(points, skeleton=sample.skeleton, times=sample.times, up=sample.up)
    found = kp.analyze(rec, "squat", side="right").reps
    assert found.count == 5
    assert [rep.probability == 0.5 for rep in found] == [i == damaged for i in range(5)]
    seen = watch(stream_for(rec, "squat", "right"), rec)
    told = [(event.number, event.status) for event in seen.of(kp.live.RepCorrected)]
    # Only a doubtful squat before the first certain one is corrected later.
    assert told == ([(1, kp.analysis.RepStatus.FULL)] if damaged == 0 else [])
    assert seen.states[-1].rep_count == seen.stream.finish().reps.count == 5
    # Without the other squats of the set, the doubtful squat does not count.
    alone = kp.Recording(
        points[inside], skeleton=sample.skeleton, times=sample.times[inside], up=sample.up
    )
    assert kp.analyze(alone, "squat", side="right").reps.count == 0


def with_knee_pulled(sample: kp.Recording, rep: kp.analysis.Rep) -> tuple[np.ndarray, np.ndarray]:
    """Return points, the left knee raised by up to 30 cm in one squat, and its frame mask."""
    share = (sample.times - rep.start_s) / (rep.end_s - rep.start_s)
    points = sample.coordinates.copy()
    pulled = 0.3 * np.sin(np.pi * np.clip(share, 0, 1))
    points[:, sample.skeleton.landmarks["left_knee"], 1] += pulled
    return points, (share > -0.3) & (share < 1.35)
