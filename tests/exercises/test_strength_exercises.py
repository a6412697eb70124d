"""Tests of sit-to-stands, split squats, step-downs: real and simulated people, negatives."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support import sit_to_stand
from tests.support.datasets import clip
from tests.support.film import Film
from tests.support.real_people import CLIPS, PEOPLE, THERE, clips, people
from tests.support.rep_scenarios import scenario
from tests.support.strength_opensim import PLANTED, made

STANDING_S = np.array([73, 241, 401, 561, 718]) / 60 + 0.067
"""Times of smallest knee flexion from the README of the recording, in seconds."""
pytestmark = pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
NAMES = ("sit_to_stand", "split_squat", "step_down")
needs_people = pytest.mark.skipif(not THERE, reason=f"{PEOPLE} or {CLIPS} is not there")


def counts(recording: kp.Recording, exercise: Any) -> tuple[int, int]:
    """Return the numbers of repetitions when analyzed for the left and for the right leg."""
    left, right = (
        kp.analyze(recording, exercise, side=side).reps.count for side in ("left", "right")
    )
    return left, right


@pytest.mark.data
@pytest.mark.parametrize("source", ["world", "image", "movenet"])
def test_five_people_rise_from_a_seat(source: str) -> None:
    found = kp.analyze(sit_to_stand.filmed(source), "sit_to_stand", side="left")
    full = [rep for rep in found.reps if rep.status == "full"]
    assert len(full) == 5
    assert np.abs([rep.bottom_s for rep in full] - STANDING_S).max() < 0.35


@pytest.mark.data
def test_a_rise_is_timed_from_the_seat_and_judged_on_the_way_up() -> None:
    recording = sit_to_stand.filmed("world")
    found = kp.analyze(recording, "sit_to_stand", side="right")
    names = set(found.measures)
    assert {"rise_s", "stand_s", "sit_down_s", "peak_knee_flexion"} <= names
    rep = next(rep for rep in found.reps if rep.status == "full")
    knee = found.angles["knee_flexion", "right"].values
    # The person sits at start and end, and stands at the turning point.
    assert min(knee[rep.start], knee[rep.end]) > knee[rep.bottom] + 40
    assert 60 < found.measures["peak_knee_flexion"].mean < 120


@needs_people
@pytest.mark.data
def test_markers_see_five_rises_and_four_pauses_on_a_seat_in_squats() -> None:
    (given,) = (g for g in people(plain=False) if g.exercise == "sit_to_stand")
    assert counts(given.recording(), "sit_to_stand") == (5, 5)
    squats = kp.analyze(given.recording(), "squat", side="left")
    assert "on_a_seat" in {str(finding.reason) for finding in squats.quality.findings}


@pytest.mark.data
@pytest.mark.parametrize("space", ["image", "world"])
def test_lunges_of_one_leg_count_for_the_front_leg(space: str) -> None:
    assert counts(
        clip("quickpose-gifs", "fitness-left-leg-lunges", space=space), "split_squat"
    ) == (0, 3)


@needs_people
@pytest.mark.data
def test_lunges_in_turn_count_for_each_front_leg() -> None:
    lunges = [g.recording() for g in clips() if g.name == "veng_lunges"]
    assert [counts(recording, "split_squat") for recording in lunges] == [(3, 2), (3, 2)]


@needs_people
@pytest.mark.data
def test_lunges_before_a_depth_camera() -> None:
    """Each recording has one lunge; the labeled sides are exchanged, as `kp.check` reports."""
    found = [
        counts(g.recording(), "split_squat")["left" in g.exercise]
        for g in people(plain=False)
        if g.exercise in ("lunge_left", "lunge_right")
    ]
    assert len(found) == 25
    assert sum(n == 1 for n in found) >= 23


@pytest.mark.data
@pytest.mark.parametrize("exercise", NAMES)
@pytest.mark.parametrize("name", ["fitness-squat-counter", "health-knee-rom", "health-hip-rom"])
def test_other_movements_do_not_count(exercise: str, name: str) -> None:
    for space in ("image", "world"):
        assert counts(clip("quickpose-gifs", name, space=space), exercise) == (0, 0)


@needs_people
@pytest.mark.data
@pytest.mark.parametrize("exercise", NAMES)
def test_squats_of_people_in_space_do_not_count(exercise: str) -> None:
    files = [g for g in people() if g.exercise == "squat"][::6]
    counted = [sum(counts(g.recording(), exercise)) for g in files]
    assert len(counted) > 10
    assert sum(n > 0 for n in counted) <= 1


@cache
def simulated(name: str, seed: int, view: str) -> tuple[int, int]:
    made = scenario(name, seed, Film(view, "halpe26", "usual"))
    found = kp.analyze(made.recording, made.exercise, side=made.side)  # type: ignore[arg-type]
    return found.reps.count, made.count


SETS = ("sit_to_stand: plain", "split_squat: plain", "step_down: plain")
NOTHING = (
    "sit_to_stand: no, squats", "split_squat: no, squats", "split_squat: no, single-leg squats",
    "split_squat: wrong leg named", "step_down: no, squats", "step_down: no, single-leg squats",
    "step_down: wrong leg named",
)  # fmt: skip


@pytest.mark.parametrize("name", SETS)
def test_simulated_sets_are_counted_in_space(name: str) -> None:
    pairs = [simulated(name, seed, "world") for seed in (900, 901, 902, 903)]
    assert [found for found, _ in pairs] == [true for _, true in pairs]


@pytest.mark.parametrize("name", SETS)
def test_simulated_sets_are_counted_from_the_front(name: str) -> None:
    pairs = [simulated(name, seed, "front") for seed in (900, 901, 902, 903)]
    assert sum(found == true for found, true in pairs) >= 3


@pytest.mark.parametrize("name", NOTHING)
def test_simulated_other_movements_do_not_count(name: str) -> None:
    assert [simulated(name, seed, "world")[0] for seed in (900, 901, 902)] == [0, 0, 0]


def test_no_camera_in_front_can_tell_a_seat() -> None:
    """From the front no seat is visible, so squats named sit-to-stands count, as documented."""
    counted = [simulated("sit_to_stand: no, squats", seed, "front")[0] for seed in (900, 901, 902)]
    assert sum(counted) > 0


@pytest.mark.parametrize("exercise", NAMES)
def test_the_refusal_names_the_exercise_that_it_looks_like(exercise: Any) -> None:
    found = kp.analyze(kp.sample("squat"), exercise, side="left")
    assert found.reps.count == 0
    likely = found.looks_like
    assert likely is not None
    assert (likely.exercise, likely.reps) == ("squat", 5)
    assert "looks like 5 squats" in repr(found)
    with kp.words.speak("de"):
        assert "5 Kniebeugen" in repr(found)


@pytest.mark.parametrize("name", PLANTED)
@pytest.mark.parametrize("exercise", ["squat", *NAMES, "single_leg_squat"])
def test_recorded_and_live_count_and_name_the_same(name: str, exercise: Any) -> None:
    """Recorded and live agree, and an exercise that contains another one is suggested under its own
    name.
    """
    given = made(name)
    for side in ("left", "right"):
        found = kp.analyze(given.recording, exercise, side=side)
        live = kp.Stream(exercise, side=side, skeleton=given.recording.skeleton, up="y")
        live.push_all(given.recording.coordinates, given.recording.times)
        streamed = live.finish()
        assert streamed.reps.count == found.reps.count
        assert streamed.looks_like == found.looks_like
        if not found.reps.count:
            assert found.looks_like is not None
            leg = None if given.exercise == "sit_to_stand" else given.side
            assert (found.looks_like.exercise, found.looks_like.side) == (given.exercise, leg)


def test_a_long_stream_looks_like_what_its_last_minutes_show() -> None:
    squat = kp.sample("squat")
    live = kp.Stream("step_down", side="left", skeleton=squat.skeleton, up=squat.up)
    for n in range(40):
        live.push_all(squat.coordinates, squat.times + n * (squat.duration_s + 0.02))
    found = live.finish()
    assert len(found.reps) == 200
    assert found.looks_like is not None
    assert found.looks_like.exercise == "squat"


def test_what_counts_looks_like_nothing_else() -> None:
    assert kp.analyze(kp.sample("squat"), "squat", side="left").looks_like is None


def test_single_leg_squats_named_otherwise_are_named() -> None:
    found = kp.analyze(kp.sample("single_leg_squat_left"), "step_down", side="left")
    assert found.reps.count == 0
    likely = found.looks_like
    assert likely is not None
    assert (likely.exercise, likely.side) == ("single_leg_squat", "left")


def test_angles_of_a_file_count_rises(tmp_path: Path) -> None:
    """Sit-to-stands are counted in a file of OpenSim, where the knees start and end flexed."""
    made = scenario("sit_to_stand: plain", 900, Film("world", "halpe26", "none"))
    angles = kp.joint_angles(made.recording.conditioned(cutoff_hz=4.0))
    found = kp.segment_reps(kp.read(angles.save(tmp_path / "a.mot")), "sit_to_stand")
    assert found.count == made.count


@pytest.mark.parametrize("name", PLANTED)
def test_opensim_repetitions_sides_and_knees(name: str) -> None:
    """Compare repetitions, side, turning points and knee angles with the OpenSim model."""
    one = made(name)
    found = kp.analyze(one.recording, one.exercise, side=one.side)
    full = [rep for rep in found.reps if rep.status == "full"]
    assert len(full) == len(found.reps) == one.count
    assert np.abs([rep.bottom_s for rep in full] - one.turn_s).max() <= 0.25
    knee = found.angles["knee_flexion", one.side].values
    np.testing.assert_allclose(knee, one.knees[one.side], atol=0.2)
    if one.exercise != "sit_to_stand":
        other: Any = {"left": "right", "right": "left"}[one.side]
        assert kp.analyze(one.recording, one.exercise, side=other).reps.count == 0
    for exercise in set(NAMES) - {one.exercise}:
        assert kp.analyze(one.recording, exercise, side=one.side).reps.count == 0  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PLANTED)
def test_opensim_faults_are_found_and_no_others(name: str) -> None:
    one = made(name)
    found = kp.analyze(one.recording, one.exercise, side=one.side)
    seen = {fault for fault, told in found.faults.items() if told.seen}
    assert seen == ({one.planted} if one.planted else set())
    assert not any(fault.borderline for fault in found.faults.values() if not fault.seen)


def test_a_rise_named_squat_pauses_on_a_seat() -> None:
    found = kp.analyze(made("sit_to_stand").recording, "squat", side="left")
    assert "on_a_seat" in {str(finding.reason) for finding in found.quality.findings}
    assert "fppa_at_bottom" not in found.measures


def test_an_exercise_is_never_pooled_with_another() -> None:
    rises = kp.analyze(made("sit_to_stand").recording, "sit_to_stand", side="left")
    squats = kp.analyze(kp.sample("squat"), "squat", side="left")
    with pytest.raises(kp.errors.KneeposeError, match="exercise"):
        kp.compare(rises, squats)
