"""Tests that the fast path for a single undoubted person agrees with the tracker."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from kneepose.estimators.follow import Tracker, choose_track, steady_track
from kneepose.estimators.person import People, Person
from tests.support.seeds import SEEDS, law

found_steady = []


def film(rng: np.random.Generator) -> tuple[list[list[Person]], np.ndarray]:
    """Return a film of one person who stands, walks, hides or jumps, with false detections."""
    count, keypoints, dims = (
        int(rng.integers(1, 80)),
        int(rng.integers(3, 20)),
        int(rng.integers(2, 4)),
    )
    body = rng.uniform(0, 400, (keypoints, dims))
    speed = rng.normal(0, rng.choice([0.0, 3.0, 60.0]), dims)
    noise, missing = rng.choice([0.0, 4.0, 80.0]), rng.choice([0.0, 0.0, 0.1, 0.5])
    away, jump = rng.choice([0.0, 0.1, 0.6]), rng.choice([0.0, 0.0, 0.02])
    track = rng.choice([-1, 4, 5])
    rows: list[list[Person]] = []
    for n in range(count):
        if rng.uniform() < jump:
            body = body + rng.normal(0, 600, dims)
        points = body * rng.choice([1.0, 1.0, 1.0, 2.5 if jump else 1.0]) + speed * n
        points = points + rng.normal(0, noise, points.shape)
        points[rng.uniform(size=keypoints) < missing] = np.nan
        number = None if track < 0 else int(track + (jump > 0 and rng.uniform() < 0.02))
        seen = bool(np.isfinite(points).any()) and rng.uniform() >= away
        rows.append([Person(points, None, number)] if seen else [])
        if jump and rng.uniform() < 0.02:
            rows[-1].append(Person(points + 300.0, None, None))
    return rows, np.cumsum(rng.uniform(0.02, rng.choice([0.05, 0.4]), count))


@law(600)
@given(SEEDS)
def test_a_steady_person_is_the_one_of_the_tracker(seed: int) -> None:
    rows, seconds = film(np.random.default_rng(seed))
    keypoints = next((len(row[0].points) for row in rows if row), 3)
    steady = steady_track(People.of(rows, keypoints, 2), seconds)
    if steady is None:
        return
    found_steady.append(seed)
    tracker = Tracker()
    for persons, time in zip(rows, seconds.tolist(), strict=True):
        tracker.update(persons, time)
    for rule in ("main", "largest", "first"):
        track = choose_track(tracker.tracks, rule, seconds)
        assert track is not None
        assert (track.rows, track.ids, track.doubts) == (steady.rows, steady.ids, [])


def test_the_films_had_steady_persons() -> None:
    test_a_steady_person_is_the_one_of_the_tracker()
    assert len(found_steady) > 60


def test_coordinates_near_the_largest_number_say_nothing() -> None:
    """Coordinates near the largest float, as in damaged files, give no track or warning."""
    rng = np.random.default_rng(3)
    for largest in (1e160, 1e300, 1.7e308):
        rows = [[Person(largest * rng.uniform(0, 1, (17, 2)))] for _ in range(20)]
        assert steady_track(People.of(rows, 17, 2), np.arange(20) / 30) is None
        same = [rows[0]] * 20
        steady_track(People.of(same, 17, 2), np.arange(20) / 30)
