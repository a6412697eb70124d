"""First repetitions that were partial: told as full, corrected when the set shows what is full."""

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
