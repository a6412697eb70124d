"""Tests of the MediaPipe adapter with example objects of its real result types."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.estimator_results import (
    WH,
    assert_gaps,
    from_mp,
    landmark,
    mp_legacy,
    mp_person,
    mp_tasks,
    mp_world,
    pixel_xy,
)


def test_mediapipe_tasks_in_image_space() -> None:
    times = [0.0, 0.04, 0.07]
    rec = kp.from_mediapipe(
        [mp_tasks(mp_person(s)) for s in (0.0, 0.01, 0.02)],
        times=times,
        resolution_wh=WH,
        view="front",
        meta={"model": "heavy"},
    )
    assert (rec.skeleton.name, rec.space, rec.estimator) == ("mediapipe33", "image", "mediapipe")
    assert (rec.resolution_wh, rec.view, rec.up) == (WH, "front", None)
    assert rec.meta == {"model": "heavy"}
    np.testing.assert_array_equal(rec.times, times)
    np.testing.assert_allclose(rec.coordinates[1], pixel_xy(mp_person(0.01)), rtol=1e-14)
    np.testing.assert_allclose(rec.confidence[0], 0.5 + np.arange(33) / 100, rtol=1e-14)


def test_mediapipe_legacy_equals_tasks() -> None:
    shifts = (0.0, 0.01, 0.02)
    legacy = from_mp([mp_legacy(mp_person(s), mp_world()) for s in shifts])
    tasks = from_mp([mp_tasks(mp_person(s)) for s in shifts])
    np.testing.assert_array_equal(legacy.coordinates, tasks.coordinates)
    np.testing.assert_array_equal(legacy.confidence, tasks.confidence)
    world = from_mp([mp_legacy(mp_person(), mp_world())], space="world")
    assert world.coordinates[0, 32].tolist() == pytest.approx([0.0, 0.8, 0.32])


def test_mediapipe_world_space_states_its_assumptions() -> None:
    rec = from_mp([mp_tasks(mp_person())] * 3, space="world", resolution_wh=None, meta={"a": 1})
    assert (rec.space, rec.up) == ("world", "-y")
    assert rec.meta == {"a": 1, "assumed_level_camera": True, "hip_centered": True}
    expected = np.array([(p.x, p.y, p.z) for p in mp_world()])
    np.testing.assert_array_equal(rec.coordinates[2], expected)
    np.testing.assert_allclose(rec.confidence[1], 0.5 + np.arange(33) / 100, rtol=1e-14)
    assert "assumed_level_camera" not in from_mp([mp_tasks(mp_person())]).meta


@pytest.mark.parametrize("space", ["image", "world"])
def test_mediapipe_frames_without_anybody_are_gaps(space: str) -> None:
    here = mp_tasks(mp_person())
    rec = from_mp([None, here, mp_tasks(), mp_legacy(None), here], space=space)
    assert_gaps(rec, [0, 2, 3])
    assert_gaps(from_mp([None, mp_tasks()], space=space), [0, 1])


def test_mediapipe_person_without_world_landmarks_is_a_gap_in_the_world_only() -> None:
    result = mp_tasks(mp_person(), world=[])
    assert_gaps(from_mp([result]), [])
    assert_gaps(from_mp([result], space="world"), [0])


def test_mediapipe_fields_may_be_none() -> None:
    person = mp_person()
    person[4] = landmark(0.3, 0.4, None, None)
    person[5] = landmark(None, 0.4, 0.1, 0.9)
    person[6] = SimpleNamespace(x=0.3, y=0.4, z=0.1)
    rec = from_mp([mp_tasks(person)])
    assert rec.confidence[0, 4] == 1
    assert rec.confidence[0, 6] == 1
    np.testing.assert_allclose(rec.coordinates[0, 4], [324, 768])
    assert np.isnan(rec.coordinates[0, 5]).all()
    assert rec.confidence[0, 5] == 0


def test_mediapipe_points_may_leave_the_image() -> None:
    person = mp_person()
    person[31] = landmark(-0.2, 1.3)
    rec = from_mp([mp_tasks(person)])
    np.testing.assert_allclose(rec.coordinates[0, 31], [-216, 2496])


def test_mediapipe_follows_one_of_two_persons_whose_order_changes() -> None:
    left, right = mp_person(0.0), mp_person(0.5)
    left_first, right_first = mp_tasks(left, right), mp_tasks(right, left)
    results = [left_first, right_first, right_first, mp_tasks(right), left_first]
    for person in ("first", (0, 0, 540, 1920)):
        rec = from_mp(results, person=person)
        assert_gaps(rec, [3])
        for frame in (0, 1, 2, 4):
            np.testing.assert_allclose(rec.coordinates[frame], pixel_xy(left))
    for person in ("main", (540, 0, 1080, 1920)):
        longest = from_mp(results, person=person)
        np.testing.assert_allclose(longest.coordinates, np.tile(pixel_xy(right), (5, 1, 1)))


def test_mediapipe_does_not_jump_to_a_far_person() -> None:
    def small(x: float) -> list[SimpleNamespace]:
        return [landmark(x + 0.02 * (i % 2), 0.5 + 0.1 * i / 32) for i in range(33)]

    rec = from_mp([mp_tasks(small(0.1)), mp_tasks(small(0.8)), mp_tasks(small(0.12))])
    assert_gaps(rec, [1])
    results = [mp_tasks(small(0.1))] + [mp_tasks(small(0.8))] * 100
    assert_gaps(from_mp(results, person=(0, 0, 540, 1920)), list(range(1, 101)))
    assert_gaps(from_mp(results), [0])
    with pytest.warns(kp.errors.RecordingWarning, match=r"taken the person's place at 3\.33 s"):
        back = from_mp([mp_tasks(small(0.1))] + [None] * 99 + [mp_tasks(small(0.8))])
    assert_gaps(back, list(range(1, 100)))
    assert back.meta["person_doubts"] == [100 / 30]


def test_mediapipe_world_follows_by_the_image() -> None:
    near, far = mp_world(), [landmark(p.x, p.y, p.z + 1) for p in mp_world()]
    a, b = mp_person(0.0), mp_person(0.6)
    results = [mp_tasks(a, b, world=[near, far]), mp_tasks(b, a, world=[far, near])]
    rec = from_mp(results, space="world", person="first")
    np.testing.assert_array_equal(rec.coordinates, [[[p.x, p.y, p.z] for p in near]] * 2)


def test_mediapipe_mirrored_swaps_sides_in_image_space_only() -> None:
    rec = from_mp([mp_tasks(mp_person())], mirrored=True)
    plain = from_mp([mp_tasks(mp_person())])
    left_knee, right_knee = 25, 26
    assert rec.coordinates[0, left_knee, 0] == 1080 - plain.coordinates[0, right_knee, 0]
    assert rec.coordinates[0, left_knee, 1] == plain.coordinates[0, right_knee, 1]
    with pytest.raises(kp.errors.CoordinateError, match="mirrored=True"):
        from_mp([mp_tasks(mp_person())], mirrored=True, space="world")


def test_mediapipe_reads_a_generator_frame_by_frame() -> None:
    alive: list[int] = []

    def stream() -> Iterator[Any]:
        for i in range(4):
            alive.append(i)
            yield mp_tasks(mp_person(0.01 * i))

    assert from_mp(stream()).n_frames == 4
    assert alive == [0, 1, 2, 3]
    alive.clear()
    with pytest.raises(kp.errors.TimeError, match="neither"):
        kp.from_mediapipe(stream(), resolution_wh=WH)
    with pytest.raises(kp.errors.CoordinateError, match="resolution_wh"):
        kp.from_mediapipe(stream(), fps=30)
    assert alive == []


def test_mediapipe_refusals_say_what_to_do() -> None:
    good = mp_tasks(mp_person())
    with pytest.raises(kp.errors.CoordinateError, match=r"Pass resolution_wh=\(width, height\)"):
        kp.from_mediapipe([good], fps=30)
    with pytest.raises(kp.errors.SkeletonError, match=r"results\[1\] has 21 landmarks.*33"):
        from_mp([good, mp_tasks(mp_person(count=21))])
    with pytest.raises(kp.errors.FormatError, match=r"one SimpleNamespace.*pass \[result\]"):
        from_mp(good)
    with pytest.raises(kp.errors.FormatError, match=r"results\[1\] is of type str"):
        from_mp([good, "frame"])
    with pytest.raises(kp.errors.FormatError, match=r"results\[0\].*ultralytics"):
        from_mp([SimpleNamespace(keypoints=None)])
    with pytest.raises(kp.errors.FormatError, match=r"is an array.*kneepose\.Recording"):
        from_mp(np.zeros((30, 33, 3)))
    for wrong in (None, {"pose_landmarks": []}, "results.json", 3):
        with pytest.raises(kp.errors.FormatError, match="one result per frame"):
            from_mp(wrong)
    with pytest.raises(kp.errors.CoordinateError, match="is empty"):
        from_mp([])
    with pytest.raises(kp.errors.UnknownNameError, match=r'no track ids.*"main"'):
        from_mp([good], person=1)
    with pytest.raises(kp.errors.CoordinateError, match="a box in which nobody is seen"):
        from_mp([good], person=(900, 0, 1000, 100))
    with pytest.raises(kp.errors.UnknownNameError, match=r"unknown space 'World'.*'world'"):
        from_mp([good], space="World")
    with pytest.raises(kp.errors.TimeError, match="milliseconds"):
        kp.from_mediapipe([good] * 3, times=[0, 33, 67], resolution_wh=WH)
    with pytest.raises(kp.errors.TimeError, match="3 frames"):
        kp.from_mediapipe([good] * 3, times=[0, 0.03], resolution_wh=WH)
