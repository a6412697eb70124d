"""Tests of estimators' results pushed frame by frame: a stream reads them like `from_…`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.datasets import clip, opensim, recording
from tests.support.estimator_results import (
    BIG,
    SMALL,
    WH,
    landmark,
    mp_legacy,
    mp_person,
    mp_tasks,
    yolo,
)
from tests.support.live_bodies import of_analysis, of_state, watch

pytestmark = pytest.mark.filterwarnings("ignore:the frame rate is 10 fps")


WIDE = (1920, 10_000)


def squat_clip() -> kp.Recording:
    return clip("quickpose-gifs", "fitness-squat-counter")


def landmarks_of(rec: kp.Recording, frame: int, size: tuple[int, int]) -> list[Any]:
    points = rec.coordinates[frame] / size
    return [
        landmark(x, y, 0.0, c) if np.isfinite(x) else landmark(0.0, 0.0, 0.0, 0.0)
        for (x, y), c in zip(points, rec.confidence[frame], strict=True)
    ]


def coco_of(rec: kp.Recording, frame: int) -> np.ndarray:
    """Return COCO keypoints with confidence as Ultralytics gives them, shape (17, 3)."""
    names = kp.Skeleton._built_in("coco17").keypoints
    places = [rec.skeleton.keypoints.index(name) for name in names]
    xy = rec.coordinates[frame][places]
    return np.column_stack([xy, np.full(17, 0.9)]).astype(np.float32).astype(np.float64)


def standing(x: float) -> np.ndarray:
    """Return a standing person of about 500 pixels, shape (17, 3)."""
    person = coco_of(recording(opensim("sls_right_trunk_lean"), "image"), 0)
    person[:, 0] += x - person[:, 0].mean()
    return person


@pytest.mark.parametrize("form", ["tasks", "legacy"])
def test_mediapipe(form: str) -> None:
    """MediaPipe results give bits identical to their landmarks as arrays."""
    rec = squat_clip()
    size = rec.resolution_wh
    assert size is not None
    one = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=size)
    arrays = kp.Stream("squat", side="left", skeleton="mediapipe33", resolution_wh=size)
    read = kp.from_mediapipe(
        [mp_tasks(landmarks_of(rec, i, size)) for i in range(rec.n_frames)],
        times=rec.times, resolution_wh=size,
    )  # fmt: skip
    for i, t in enumerate(rec.times):
        person = landmarks_of(rec, i, size)
        result = mp_tasks(person) if form == "tasks" else mp_legacy(person)
        state = one.push(result, t)
        other = arrays.push(read.coordinates[i], t, confidence=read.confidence[i])
        assert of_state(state) == of_state(other)
    assert of_analysis(one.finish()) == of_analysis(arrays.finish())
    assert one.finish().reps.count == 4
    assert one.finish().source.estimator == "mediapipe"


def test_ultralytics() -> None:
    rec = recording(opensim("sls_right_trunk_lean"), "image")
    one = kp.Stream("single_leg_squat", side="right", estimator="ultralytics")
    arrays = kp.Stream("single_leg_squat", side="right", skeleton="coco17")
    for i, t in enumerate(rec.times):
        person = coco_of(rec, i)
        wrap = [] if i % 3 else None
        result = yolo(person)
        # model(frame) returns a list with one result
        state = one.push([result] if wrap == [] else result, t)
        other = arrays.push(person[:, :2], t, confidence=person[:, 2])
        assert of_state(state) == of_state(other)
    assert state.rep_count == 6
    assert one.finish().reps.count == 6


@pytest.mark.parametrize("estimator", ["mediapipe", "ultralytics"])
def test_nobody_is_an_empty_frame(estimator: str) -> None:
    nobody: list[Any] = {
        "mediapipe": [None, mp_tasks(), mp_legacy(None)],
        "ultralytics": [None, yolo(), []],
    }[estimator]
    options: dict[str, Any] = {"estimator": estimator, "resolution_wh": WH, "view": "front"}
    one = kp.Stream("squat", side="left", **options)
    rec = squat_clip()
    landmarks = landmarks_of(rec, 0, rec.resolution_wh or WH)
    somebody = (
        mp_tasks(landmarks) if estimator == "mediapipe" else yolo(standing(300.0), shape=WIDE)
    )
    one.push(somebody, 0.0)
    for i, result in enumerate(nobody):
        state = one.push(result, 0.1 * (i + 1))
        assert all(np.isnan(v) for v in state.angles.values())
    assert np.isfinite(list(one.push(somebody, 0.5).angles.values())).any()


def test_the_first_person_is_followed_by_place() -> None:
    """The first person is followed while a second one appears and changes list position."""
    rec = squat_clip()
    size = rec.resolution_wh
    assert size is not None
    alone = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=size)
    crowd = kp.Stream("squat", side="left", estimator="mediapipe", resolution_wh=size)
    rng = np.random.default_rng(3)
    for i, t in enumerate(rec.times):
        person = landmarks_of(rec, i, size)
        aside = [landmark(p.x * 0.3 + 2.0, p.y * 0.3, 0.0, p.visibility) for p in person]
        persons = [person, aside] if i == 0 or rng.random() < 0.5 else [aside, person]
        state = alone.push(mp_tasks(person), t)
        assert of_state(crowd.push(mp_tasks(*persons), t)) == of_state(state)
        if i % 10 == 5:  # the followed person is not in the image
            gone = alone.push(None, t + 0.05)
            assert of_state(crowd.push(mp_tasks(aside), t + 0.05)) == of_state(gone)
    assert alone.finish().reps.count == 4


def test_frames_without_a_result_count_as_frames_without_the_person() -> None:
    """Frames with None and results without a person are treated alike: the person may have moved
    far meanwhile.
    """
    for missing in (None, yolo()):
        one = kp.Stream("squat", side="left", estimator="ultralytics", view="front")
        one.push(yolo(standing(300.0), shape=WIDE), 0.0)
        for i in range(30):
            one.push(missing, 0.1 * (i + 1))
        state = one.push(yolo(standing(1100.0), shape=WIDE), 4.0)
        assert np.isfinite(list(state.angles.values())).any()


def test_an_array_may_be_pushed_in_between() -> None:
    one = kp.Stream("squat", side="left", estimator="ultralytics", view="front")
    a = one.push(BIG[:, :2].copy(), 0.0, confidence=BIG[:, 2])
    assert np.isfinite(list(a.angles.values())).any()


@pytest.mark.parametrize(
    ("estimator", "wrong"),
    [
        ("mediapipe", yolo(BIG)),
        ("ultralytics", mp_tasks(mp_person())),
        ("ultralytics", [yolo(BIG), yolo(SMALL)]),
        ("mediapipe", "result"),
        ("ultralytics", 3),
        ("mediapipe", {"pose": 1}),
        ("mediapipe", mp_tasks(mp_person(count=25))),
    ],
)
def test_results_of_another_kind(estimator: str, wrong: Any) -> None:
    one = kp.Stream("squat", side="left", estimator=estimator, resolution_wh=WH)
    with pytest.raises(kp.errors.KneeposeError):
        one.push(wrong, 0.0)


def test_reset_forgets_who_was_followed() -> None:
    one = kp.Stream("squat", side="left", estimator="ultralytics", view="front")
    one.push(yolo(standing(300.0), shape=WIDE), 0.0)
    far = yolo(standing(9000.0), shape=WIDE)
    assert all(np.isnan(v) for v in one.push(far, 0.1).angles.values())
    one.reset()
    assert np.isfinite(list(one.push(far, 0.2).angles.values())).any()


def test_a_selfie_of_mediapipe_counts_the_same() -> None:
    rec = squat_clip()
    size = rec.resolution_wh
    assert size is not None
    options: dict[str, Any] = {"estimator": "mediapipe", "resolution_wh": size}
    plain = kp.Stream("squat", side="left", **options)
    selfie = kp.Stream("squat", side="right", mirrored=True, **options)
    for i, t in enumerate(rec.times):
        person = landmarks_of(rec, i, size)
        reflected = [landmark(1.0 - p.x, p.y, 0.0, p.visibility) for p in person]
        a, b = plain.push(mp_tasks(person), t), selfie.push(mp_tasks(reflected), t)
    # In mirrored frames the estimator exchanges left and right; the stream corrects this.
    assert a.rep_count == b.rep_count
    assert plain.finish().reps.count == selfie.finish().reps.count == 4


def test_bare_arrays_of_a_recording_need_no_estimator() -> None:
    rec = squat_clip()
    one = kp.Stream("squat", side="left", skeleton=rec.skeleton)
    assert watch(one, rec).stream.finish().reps.count == 4
