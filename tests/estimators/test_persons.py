"""Tests of person tracking: which person a recording keeps, and which one a stream follows."""

from __future__ import annotations

import functools
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose.estimators import Person
from kneepose.estimators.follow import Follower
from tests.support.datasets import FULL
from tests.support.estimator_results import landmark, mp_tasks, yolo
from tests.support.live_bodies import of_state
from tests.support.two_persons import FPS, HEIGHT, SCENES, WIDTH, scene

CASE = FULL.parent / "cases" / "pipelines" / "mediapipe_squats_image_and_world.npz"
SIZE = (WIDTH, HEIGHT)
pytestmark = pytest.mark.filterwarnings("ignore:the frame rate is 10 fps")


def as_is(result: Any) -> Any:
    return result


def kept_of(results: list[Any], **options: Any) -> int:
    """Return the number of frames in which the kept person has coordinates."""
    rec = kp.from_ultralytics(results, fps=30, **options)
    return int(np.isfinite(rec.coordinates[:, 5, 0]).sum())


# --- two persons in view --------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "seed"), SCENES)
def test_the_right_person_of_two(kind: str, seed: int) -> None:
    """At least 95 % of the kept frames show the right person; frames of a wrong person are always
    flagged.
    """
    one = scene(kind, seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        rec = kp.from_estimator(one.frames, as_is, skeleton="coco17", fps=FPS, resolution_wh=SIZE)
    recorded = [
        next((n for n, p in enumerate(row) if np.array_equal(p.points, xy, equal_nan=True)), None)
        for row, xy in zip(one.frames, rec.coordinates, strict=True)
    ]
    follower = Follower("main", SIZE)
    live = [follower.choose(row, n / FPS) for n, row in enumerate(one.frames)]
    for found, doubts in ((recorded, rec.meta.get("person_doubts", [])), (live, follower.changes)):
        right = [n for n, index in enumerate(one.athlete) if index is not None]
        assert np.mean([found[n] == one.athlete[n] for n in right]) >= 0.95
        wrong = [n for n, index in enumerate(found) if index not in (None, one.athlete[n])]
        assert not wrong or any(t <= wrong[0] / FPS + 1 / FPS for t in doubts)


@pytest.mark.filterwarnings("ignore:somebody else may have taken")
@pytest.mark.parametrize("persons", [1, 2, 3])
def test_persons_on_one_point(persons: int) -> None:
    """Persons whose keypoints all coincide, as failing estimators return them, cause no error."""
    found = [[Person(np.full((17, 2), 5.0)) for _ in range(persons)] for _ in range(12)]
    assert kp.from_estimator(found, as_is, skeleton="coco17", fps=30).n_frames == 12
    live = kp.Stream("squat", side="left", estimator=as_is, skeleton="coco17")
    assert [live.push(row, n / 30).rep_count for n, row in enumerate(found)] == [0] * 12


def test_a_crowd_without_anybody_named() -> None:
    assert kp.from_estimator([None, []], as_is, skeleton="coco17", fps=30).n_frames == 2


# --- problems of video pipelines ------------------------------------------------------------------


def standing(x: float, height: float) -> np.ndarray:
    """Return a standing person with adult proportions, shape (17, 3)."""
    y = [0, -2, -2, 0, 0, 15, 15, 30, 30, 42, 42, 48, 48, 72, 72, 97, 97]
    dx = [0, 2, -2, 4, -4, 10, -10, 13, -13, 14, -14, 7, -7, 8, -8, 8, -8]
    return np.stack(
        [x + np.array(dx) * height / 100, 80 + np.array(y) * height / 100, np.full(17, 0.9)], 1
    )


ONE = standing(300, 300)
WIDE = (480, 640)


def test_a_new_track_id_at_the_same_place() -> None:
    results = [yolo(ONE, ids=[2 if i < 20 else 5], shape=WIDE) for i in range(30)]
    assert kept_of(results) == kept_of(results, person=2) == kept_of(results, person=5) == 30


def test_frames_without_ids_in_between() -> None:
    results = [yolo(ONE, ids=[2] if i % 3 else None, shape=WIDE) for i in range(30)]
    assert kept_of(results) == 30
    gym = kp.StreamGroup("squat", side="left", estimator="ultralytics", view="front")
    for i, result in enumerate(results[1:]):
        states = gym.push(result, i / 30)
        assert list(states) == [2]
        assert np.isfinite(list(states[2].angles.values())).any()


def test_a_small_ghost_in_the_first_frame() -> None:
    ghost = yolo(standing(40, 12), shape=WIDE)
    results = [ghost, *[yolo(ONE, shape=WIDE)] * 60]
    for person in ("main", "largest", "first"):
        assert kept_of(results, person=person) == 60
    live = kp.Stream("squat", side="left", estimator="ultralytics", view="front")
    states = [live.push(result, i / 30) for i, result in enumerate(results)]
    assert all(np.isfinite(list(state.angles.values())).any() for state in states[1:])


def test_a_model_without_keypoints_is_named() -> None:
    detected = SimpleNamespace(
        orig_shape=WIDE, keypoints=None, boxes=SimpleNamespace(xyxy=np.ones((1, 4)), id=None)
    )
    with pytest.raises(kp.errors.FormatError, match=r"detection model.*pose model"):
        kp.from_ultralytics([detected] * 30, fps=30)


needs_case = pytest.mark.skipif(not CASE.exists(), reason=f"{CASE} is not there")


@functools.cache
def squats() -> tuple[list[Any], tuple[int, int]]:
    """Return MediaPipe results, image and world (72 frames, 10 fps), and the image size."""
    with np.load(CASE) as file:
        rows = list(zip(file["xy"], file["xyz_world"], file["visibility"], strict=True))
        width, height = file["resolution_wh"]
    results = [
        mp_tasks(
            [landmark(*p, 0.0, v) for p, v in zip(xy, sure, strict=True)],
            world=[[landmark(*p, v) for p, v in zip(world, sure, strict=True)]],
        )
        for xy, world, sure in rows
    ]
    return results, (int(width), int(height))


def live_count(results: list[Any], size: tuple[int, int], unit: float = 1.0) -> int:
    live = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=size)
    for i, result in enumerate(results):
        state = live.push(result, unit * i / 10)
    return state.rep_count


@pytest.mark.data
@needs_case
def test_a_ghost_before_the_squats() -> None:
    results, size = squats()
    rng = np.random.default_rng(0)
    person = [landmark(*(0.05 + 0.03 * rng.random(2)), 0.0, 0.9) for _ in range(33)]
    ghost = mp_tasks(person, world=results[0].pose_world_landmarks)
    haunted = [ghost, *results[1:]]
    rec = kp.from_mediapipe(haunted, fps=10, resolution_wh=size)
    assert np.isfinite(rec.coordinates).any(axis=(1, 2)).sum() >= 71
    assert live_count(haunted, size) == live_count(results, size) > 0


@pytest.mark.data
@needs_case
def test_height_and_width_exchanged() -> None:
    results, (width, height) = squats()
    kp.from_mediapipe(results, fps=10, resolution_wh=(width, height))
    message = rf"resolution_wh is \({height}, {width}\).*Pass resolution_wh=\({width}, {height}\)"
    with pytest.raises(kp.errors.CoordinateError, match=message):
        kp.from_mediapipe(results, fps=10, resolution_wh=(height, width))
    with pytest.raises(kp.errors.CoordinateError, match=message):
        live_count(results, (height, width))


@pytest.mark.data
@needs_case
def test_world_landmarks_live_need_no_image_size() -> None:
    results, _ = squats()
    live = kp.Stream("squat", side="left", estimator="mediapipe", up="-y")
    arrays = kp.Stream("squat", side="left", skeleton="mediapipe33", up="-y")
    rec = kp.from_mediapipe(results, fps=10, space="world")
    for i, result in enumerate(results):
        state = live.push(result, i / 10)
        other = arrays.push(rec.coordinates[i], i / 10, confidence=rec.confidence[i])
        assert of_state(state) == of_state(other)


def said_live(rec: kp.Recording, step: int = 1) -> set[str]:
    """Return all quality codes and the count of a stream that gets every `step`-th frame."""
    live = kp.Stream(
        "squat", side="left", skeleton=rec.skeleton, up=rec.up, resolution_wh=rec.resolution_wh
    )
    states = [
        live.push(xy, t, confidence=c)
        for xy, t, c in list(zip(rec.coordinates, rec.times, rec.confidence, strict=True))[::step]
    ]
    return {state.quality.value for state in states} | {f"count {states[-1].rep_count}"}


def test_few_frames_a_second_are_said_live() -> None:
    rec = kp.sample("squat")
    assert said_live(rec) == {"ok", "count 5"}
    for step in (17, 25):  # 2.9 and 2 frames per second
        assert {"frame_rate", "count 0"} <= said_live(rec, step)


def test_turned_pictures_are_said_live() -> None:
    rec = kp.sample("squat_video")
    assert rec.resolution_wh is not None
    (width, height), (x, y) = rec.resolution_wh, np.moveaxis(rec.coordinates, -1, 0)
    for points, size, reason in (
        ([height - y, x], (height, width), "axes_turned"),
        ([width - x, height - y], (width, height), "upside_down"),
    ):
        turned = kp.Recording(
            np.stack(points, axis=-1), skeleton=rec.skeleton, times=rec.times,
            confidence=rec.confidence, resolution_wh=size,
        )  # fmt: skip
        assert {reason, "count 0"} <= said_live(turned)
    assert {"ok", "count 4"} <= said_live(rec)


@pytest.mark.data
@needs_case
def test_milliseconds_are_said_live() -> None:
    results, size = squats()
    live = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=size)
    states = [live.push(result, 100.0 * i) for i, result in enumerate(results)]
    assert {state.quality for state in states[17:]} == {kp.validity.Validity.FRAME_RATE}
    assert states[-1].rep_count == 0


# --- named choices of a person --------------------------------------------------------------------


def person(x: float, height: float, track: int | None = None) -> Person:
    rows = standing(x, height)
    return Person(rows[:, :2], rows[:, 2], track)


def middle_of(frames: list[list[Person]], choice: Any) -> float:
    rec = kp.from_estimator(
        frames, as_is, skeleton="coco17", fps=30, person=choice, resolution_wh=(1000, 600)
    )
    return float(np.nanmedian(rec.coordinates[:, 0, 0]))


def test_every_word() -> None:
    """Each rule chooses another person.

    Left: present longest. Middle: slightly smaller and central. Right: largest, but arrives late.
    """
    frames = [
        [person(100, 300, 1), person(500, 290, 2), *([person(850, 400, 3)] if i > 20 else [])]
        for i in range(60)
    ]
    assert middle_of(frames, "main") == 500
    assert middle_of(frames, "largest") == 850
    assert middle_of(frames, "first") == 100
    assert middle_of(frames, 3) == 850
    assert middle_of(frames, (0, 0, 250, 600)) == 100
    for choice in ("first", 3, (0, 0, 250, 600)):
        follower = Follower(choice, (1000, 600))
        chosen = [follower.choose(row, i / 30) for i, row in enumerate(frames)]
        assert chosen[-1] == {"first": 0, 3: 2}.get(choice, 0)


@pytest.mark.parametrize("wrong", ["biggest", True, 1.5, None, (1, 2, 3), (5, 5, 1, 1), "0:1"])
def test_wrong_words(wrong: Any) -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="unknown person"):
        kp.from_estimator([[]], as_is, skeleton="coco17", fps=30, person=wrong)
    with pytest.raises(kp.errors.UnknownNameError, match="unknown person"):
        kp.Stream("squat", side="left", skeleton="coco17", person=wrong)


def test_one_frame_with_one_keypoint_live() -> None:
    live = kp.Stream("squat", side="left", estimator="ultralytics", view="front")
    nose = ONE.copy()
    nose[1:] = 0
    for i in range(60):
        state = live.push(yolo(nose if i == 20 else ONE, shape=WIDE), i / 30)
        if i != 20:
            assert np.isfinite(list(state.angles.values())).any()


def test_who_comes_back_after_long_is_doubted() -> None:
    frames = [[person(300, 300)]] * 30 + [[]] * 60 + [[person(400, 300)]] * 30
    with pytest.warns(kp.errors.RecordingWarning, match=r"the person's place at 3\.00 s"):
        rec = kp.from_estimator(frames, as_is, skeleton="coco17", fps=30)
    assert rec.meta["person_doubts"] == [3.0]
    live = kp.Stream("squat", side="left", estimator=as_is, skeleton="coco17", view="front")
    for i, row in enumerate(frames):
        live.push(row, i / 30)
    assert live.finish().source.meta["person_doubts"] == [3.0]


def test_one_of_two_equals_is_doubted() -> None:
    """Of two persons with equal duration, size and distance from the center, either may be meant,
    so a doubt is reported.
    """
    frames = [[person(250, 300), person(750, 300)]] * 30
    options: dict[str, Any] = {"skeleton": "coco17", "fps": 30, "resolution_wh": (1000, 600)}
    with pytest.warns(kp.errors.RecordingWarning, match=r"the person's place at 0\.00 s"):
        assert kp.from_estimator(frames, as_is, **options).meta["person_doubts"] == [0.0]
    for choice in ("first", (500, 0, 1000, 600)):
        rec = kp.from_estimator(frames, as_is, person=choice, **options)
        assert "person_doubts" not in rec.meta
