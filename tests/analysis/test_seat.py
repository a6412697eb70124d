"""Tests that a sit-to-stand is told from a squat by the weight behind the feet."""

from __future__ import annotations

import numpy as np
import pytest

import kneepose as kp
from tests.support.daily_moves import sit_down
from tests.support.datasets import FULL
from tests.support.exerciser import Exerciser
from tests.support.film import Film, shoot
from tests.support.moving_body import pose
from tests.support.real_people import THERE, people
from tests.support.sit_to_stand import filmed

SEAT = kp.validity.Validity.ON_A_SEAT


def filmed_person(seed: int, view: str, *, sits: bool) -> kp.Recording:
    """Return a recording of five rests of 2 s on a seat, or of five squats held as long."""
    rng = np.random.default_rng([91, seed])
    person = Exerciser(rng)
    person.arms = "crossed"
    person.arms_for_squats()
    person.stand(1.5)
    for _ in range(5):
        if not sits:
            person.squat(rng.uniform(70, 95), 1.4, 1.4, hold=2.0)
            person.stand(1.0)
            continue
        sit_down(person)
        person.move("trunk_lean", 4, 0.6)
        person.t += 2.0
        person.bump("trunk_lean", 38, 1.6)
        person.move("shank_share", person.shank_share, 1.2, after=0.4)
        person.move("knee", person.rest, 1.4, after=0.4)
        person.t += 2.8
    film = Film(view=view, noise="usual").drawn(rng)
    return shoot(
        np.random.default_rng([92, seed]), lambda t: pose(person.course, person.build, t), film,
        person.begin, person.t, body_m=person.build.height,
    )  # fmt: skip


def sitting(found: kp.analysis.Analysis) -> list[bool]:
    """Return, for each full repetition, whether its bottom is refused because of a seat."""
    full = [rep.number - 1 for rep in found.reps.full]
    values = found.measures.get("hip_flexion_at_bottom")
    if values is None:
        refused = {refusal.measure: refusal.reason for refusal in found.refused}
        return [refused["hip_flexion_at_bottom"] is SEAT] * len(full)
    assert np.isfinite(values.values[full]).tolist() == [
        values.validity[i] is not SEAT for i in full
    ]
    return [values.validity[i] is SEAT for i in full]


@pytest.mark.parametrize("view", ["world", "right", "left"])
@pytest.mark.parametrize("seed", range(4))
def test_a_seat_is_told_from_a_held_squat(view: str, seed: int) -> None:
    side = "left" if view == "left" else "right"
    for sits in (True, False):
        rec = filmed_person(seed, view, sits=sits)
        found = kp.analyze(rec, "squat", side=side)
        assert found.reps.count == 5
        assert sitting(found) == [sits] * 5
        said = [f.measured for f in found.quality.findings if f.reason is SEAT]
        assert said == (["pauses on a seat in 5 of 5 repetitions"] if sits else [])
        # Measures during descent are kept.
        assert np.isfinite(found.measures["hip_flexion_at_60"].values).sum() >= 4
        stream = kp.Stream("squat", side=side, skeleton=rec.skeleton, up=rec.up)
        for points, time in zip(rec.coordinates, rec.times, strict=True):
            stream.push(points, float(time))
        assert sum(sitting(stream.finish())) == (5 if sits else 0)


@pytest.mark.data
def test_one_person_who_stands_up_from_a_chair() -> None:
    found = kp.analyze(filmed("world"), "squat", side="right")
    assert found.reps.count == 4
    assert sum(sitting(found)) >= 3


@pytest.mark.data
@pytest.mark.parametrize("source", ["image", "movenet"])
def test_the_same_person_in_images_from_30_degrees_to_the_side(source: str) -> None:
    found = kp.analyze(filmed(source), "squat", side="right")
    assert found.reps.count == 4
    assert sum(sitting(found)) >= 3


@pytest.mark.data
@pytest.mark.skipif(not THERE, reason="the recordings of real people are not there")
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_squats_of_real_people_are_not_taken_for_a_seat() -> None:
    squats = [given for given in people() if given.exercise == "squat"]
    for given in squats[::4]:
        found = kp.analyze(given.recording(), "squat", side="right")
        assert not [f for f in found.quality.findings if f.reason is SEAT], given.name


@pytest.mark.data
def test_a_chair_under_a_balanced_body_is_not_told() -> None:
    """With the weight over the feet, sitting looks like a held squat, so nothing is refused."""
    path = FULL.parent / "cases" / "reps" / "chair_hold_side.npz"
    if not path.exists():
        pytest.skip(f"{path} is not there; set KNEEPOSE_DATA")
    data = np.load(path)
    rec = kp.Recording(data["keypoints"], skeleton="halpe26", times=data["times"])
    found = kp.analyze(rec, "squat", side="right")
    assert found.reps.count == 5
    assert not any(sitting(found))
