"""Tests of stream groups: equal to separate streams, and limited in number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import opensim, recording
from tests.support.estimator_results import yolo
from tests.support.live_bodies import of_analysis, of_state

NAMES = {3: "sls_right_trunk_lean", 7: "sls_right_deficit", 11: "sls_right_partial"}
TIMES = np.arange(700) / 30


def bodies(space: str) -> dict[int, np.ndarray]:
    return {k: recording(opensim(n), space).coordinates[:700] for k, n in NAMES.items()}


def gym(space: str = "world", **options: Any) -> kp.StreamGroup:
    options = {"skeleton": "halpe26", "up": "y" if space == "world" else None} | options
    return kp.StreamGroup("single_leg_squat", side="right", **options)


def alone(space: str = "world") -> kp.Stream:
    up = "y" if space == "world" else None
    return kp.Stream("single_leg_squat", side="right", skeleton="halpe26", up=up)


@pytest.mark.parametrize("space", ["world", "image"])
def test_the_same_as_streams_of_their_own(space: str) -> None:
    """A missing person gets an empty frame, and the order of the persons does not matter."""
    points = bodies(space)
    rng = np.random.default_rng(2)
    together, single = gym(space), {track: alone(space) for track in NAMES}
    for i, t in enumerate(TIMES):
        order = rng.permutation(list(NAMES)).tolist()
        here = [track for track in order if i < 3 or rng.random() > 0.02]
        frame: dict[int, Any] = {track: points[track][i] for track in here}
        if i % 5 == 0 and here:
            frame[here[0]] = (points[here[0]][i], np.ones(26))
        states = together.push(frame, t)
        assert set(states) == set(NAMES)
        for track, one in single.items():
            x = points[track][i] if track in here else None
            sure = np.ones(26) if i % 5 == 0 and here and track == here[0] else None
            assert of_state(states[track]) == of_state(one.push(x, t, confidence=sure))
    done = together.finish()
    assert set(done) == set(NAMES)
    for track, one in single.items():
        assert of_analysis(done[track]) == of_analysis(one.finish())
        assert done[track].reps.count >= 3


def test_who_was_not_seen_for_longest_makes_room() -> None:
    points = bodies("world")[3]
    few = gym(most=2)
    few.push({1: points[0], 2: points[0]}, 0.0)
    few.push({1: points[1]}, 0.1)
    states = few.push({3: points[2]}, 0.2)
    assert set(states) == set(few.tracks) == {1, 3}
    assert len(few) == 2
    few.push({3: points[3]}, 0.3)
    assert set(few.push({2: points[4]}, 0.4)) == {2, 3}
    # A removed person who returns starts with a new stream.
    assert few[2].push(points[5], 0.5).rep_count == 0


@pytest.mark.parametrize(
    "times", [[0.0, np.nan, 0.2, 0.3], [0.0, 9.0, 1.0, 2.0], [5.0, 5.0, 5.0, 5.0]]
)
def test_who_goes_does_not_depend_on_wrong_times(times: list[float]) -> None:
    points = bodies("world")[3]
    few = gym(most=2)
    few.push({1: points[0], 2: points[0]}, times[0])
    few.push({2: points[1]}, times[1])
    few.push({1: points[2]}, times[2])
    assert set(few.push({3: points[3]}, times[3])) == {1, 3}


@pytest.mark.slow
def test_never_more_than_asked_for() -> None:
    points = bodies("world")[3]
    few = gym(most=3)
    for i in range(200):
        states = few.push({i + k: points[i] for k in range(5)}, i / 30)
        assert len(few) == len(states) == 3
    crowd = few.push({k: points[0] for k in range(1000, 1020)}, 100.0)
    assert len(crowd) == 3
    assert set(crowd) <= set(range(1000, 1020))


def test_an_empty_gym() -> None:
    empty = gym()
    assert empty.push({}, 0.0) == empty.push(None, 0.1) == {}
    assert empty.finish() == {}
    assert empty.tracks == ()
    states = empty.push({4: None}, 0.20)
    assert states[4].quality is not kp.validity.Validity.OK
    assert empty.push(None, 0.25)[4].rep_count == 0
    assert empty.finish()[4].reps.count == 0


def test_reset_forgets_everyone() -> None:
    points = bodies("world")[3]
    one = gym()
    one.push({1: points[0]}, 10.0)
    one.reset()
    assert len(one) == 0
    assert one.push({1: points[0]}, 0.0)[1].quality is kp.validity.Validity.OK


def test_track_ids_of_ultralytics() -> None:
    """Persons are identified by the tracker's ids, in any order and with gaps."""
    xy = walkers(list(kp.Skeleton._built_in("coco17").keypoints))
    together = kp.StreamGroup("single_leg_squat", side="right", estimator="ultralytics")
    rng = np.random.default_rng(1)
    for i, t in enumerate(TIMES):
        order = rng.permutation(list(xy)).tolist()
        persons = [np.column_stack([xy[k][i], np.full(17, 0.9)]) for k in order]
        states = together.push(yolo(*persons, ids=order), t)
    assert {track: state.rep_count for track, state in states.items()} == {
        track: kp.analyze(
            kp.Recording(x, skeleton="coco17", times=TIMES), "single_leg_squat", side="right"
        ).reps.count
        for track, x in xy.items()
    }


def walkers(names: list[str]) -> dict[int, np.ndarray]:
    halpe = recording(opensim("sls_right_healthy"), "image").skeleton.keypoints
    chosen = [halpe.index(name) for name in names]
    return {track: x[:, chosen] for track, x in bodies("image").items()}


JUMPS = {
    "one frame ahead": lambda i: 1e9 * (i == 200),
    "one frame as far as numbers go": lambda i: 1e300 * (i == 200),
    "one frame back": lambda i: -1e9 * (i == 200),
    "the first frame": lambda i: 1e9 * (i == 0),
    "frames now and then": lambda i: 1e6 * (i % 40 == 7),
    "set ahead": lambda i: 1e9 * (i >= 200),
    "set back": lambda i: -3600.0 * (i >= 200),
    "no time": lambda i: np.nan * (i == 200) if i == 200 else 0.0,
}


@pytest.mark.parametrize("jump", JUMPS)
def test_persons_are_followed_through_wrong_times(jump: str) -> None:
    """Each person is hidden for half a second and returns half a body size aside with a new id."""
    xy = walkers(list(kp.Skeleton._built_in("coco17").keypoints))
    size = max(np.ptp(x[0], axis=0).max() for x in xy.values())
    together = kp.StreamGroup("single_leg_squat", side="right", estimator="ultralytics")
    alone = {track: kp.Stream("single_leg_squat", side="right", skeleton="coco17") for track in xy}
    back = {track: 250 + 20 * n for n, track in enumerate(xy)}
    sure = np.full(17, 0.9)
    for i, t in enumerate(TIMES[:350]):
        here = {
            k: x[i] + [size * (4 * n + 0.5 * (i >= back[k])), 0]
            for n, (k, x) in enumerate(xy.items())
        }
        here = {k: x for k, x in here.items() if not back[k] - 15 <= i < back[k]}
        ids = [k + 100 * (i >= back[k]) for k in here]
        persons = [np.column_stack([x, sure]) for x in here.values()]
        time = t + JUMPS[jump](i)
        states = together.push(yolo(*persons, ids=ids, shape=(20_000, 20_000)), time)
        assert set(states) == set(xy), i
        for track, one in alone.items():
            given = (here[track], sure) if track in here else (None, None)
            single = one.push(given[0], time, confidence=given[1])
            assert of_state(states[track]) == of_state(single)


def test_results_without_track_ids() -> None:
    together = kp.StreamGroup("squat", side="left", estimator="ultralytics")
    with pytest.raises(kp.errors.FormatError, match=r"model\.track"):
        together.push(yolo(np.ones((17, 3))), 0.0)


POINTS = np.ones((26, 3))


@pytest.mark.parametrize(
    ("persons", "t", "error", "words"),
    [
        ([POINTS], 0.0, kp.errors.FormatError, "track id"),
        (POINTS, 0.0, kp.errors.FormatError, "track id"),
        ({"a": POINTS}, 0.0, kp.errors.FormatError, "'a'"),
        ({1.5: POINTS}, 0.0, kp.errors.FormatError, "1.5"),
        ({1: (POINTS,)}, 0.0, kp.errors.FormatError, "confidence"),
        ({1: POINTS[:3]}, 0.0, kp.errors.CoordinateError, r"\(3, 3\)"),
        ({1: POINTS}, None, kp.errors.TimeError, "seconds"),
        ({1: POINTS}, "1", kp.errors.TimeError, "seconds"),
        ({}, object(), kp.errors.TimeError, "seconds"),
    ],
)
def test_wrong_pushes(
    persons: Any, t: Any, error: type[kp.errors.KneeposeError], words: str
) -> None:
    with pytest.raises(error, match=words):
        gym().push(persons, t)


@pytest.mark.parametrize("most", [0, -1, 2.0, True, "3", None])
def test_wrong_bounds(most: Any) -> None:
    with pytest.raises(kp.errors.KneeposeError, match="most is"):
        gym(most=most)


def test_wrong_options_are_said_at_once() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="'halpe26'"):
        gym(skeleton="halpe62")
    with pytest.raises(kp.errors.KneeposeError, match="estimator nor skeleton"):
        kp.StreamGroup("squat", side="left")
    with pytest.raises(kp.errors.UnknownNameError, match="track id 3"):
        gym()[3]
