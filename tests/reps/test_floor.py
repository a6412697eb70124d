"""Tests that floor exercises do not count as each other or as other movements."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import kneepose as kp
from tests.support.datasets import opensim, recording
from tests.support.real_people import THERE, labeled
from tools.pages.rendered_rows import SOURCES, all_clips, side_of


def counts(given: kp.Recording, exercise: Any, side: Any) -> tuple[int, int]:
    """Return the numbers of repetitions, recorded and live."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        recorded = kp.analyze(given, exercise, side=side).reps.count
        stream = kp.Stream(
            exercise, side=side, skeleton=given.skeleton, up=given.up,
            resolution_wh=given.resolution_wh,
        )  # fmt: skip
        stream.push_all(given.coordinates, given.times, confidence=given.confidence)
        return recorded, stream.finish().reps.count


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "clip", [c for c in all_clips() if c.exercise == "leg_raise"], ids=lambda clip: clip.name
)
def test_a_straight_leg_that_lifts_is_no_clamshell(clip: Any, source: str) -> None:
    assert counts(SOURCES[source](clip), "clamshell", side_of(clip)) == (0, 0)


@pytest.mark.parametrize(
    "clip", [c for c in all_clips() if c.exercise == "kick_back"], ids=lambda clip: clip.name
)
def test_a_leg_that_goes_back_is_no_fire_hydrant(clip: Any) -> None:
    """A leg extended backward is no fire hydrant in 3-D; to a camera 20° aside it appears to move
    sideways.
    """
    assert counts(SOURCES["exact 3-D"](clip), "fire_hydrant", side_of(clip)) == (0, 0)


@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("name", ["clamshell_left", "hydrant_right", "opencap_squat"])
def test_each_posture_counts_under_its_own_name_alone(name: str, space: str) -> None:
    given = recording(opensim(name), space)
    side = "left" if name.endswith("left") else "right"
    found = {exercise: counts(given, exercise, side) for exercise in ("clamshell", "fire_hydrant")}
    own = {"clamshell_left": "clamshell", "hydrant_right": "fire_hydrant"}.get(name)
    for exercise, (recorded, live) in found.items():
        assert (recorded > 0, live > 0) == (exercise == own, exercise == own), found


@pytest.mark.data
@pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning")
def test_real_movements_are_no_floor_exercise() -> None:
    """In 656 recordings of squats, jumps and others no floor exercise is counted."""
    if not THERE:
        pytest.skip("no recordings of real people; set KNEEPOSE_DATA")
    found = []
    for case in labeled():
        for exercise in ("clamshell", "fire_hydrant"):
            for side in ("left", "right"):
                try:
                    count = kp.analyze(case.recording, exercise, side=side).reps.count  # type: ignore[arg-type]
                except kp.errors.KneeposeError:
                    continue
                if count:
                    found.append((case.file, exercise, side, count))
    assert not found
