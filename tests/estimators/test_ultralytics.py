"""Tests of the Ultralytics adapter with example objects of its real result types."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.estimator_results import (
    BIG,
    SMALL,
    Tensor,
    assert_gaps,
    from_yolo,
    mp_person,
    mp_tasks,
    yolo,
    yolo_person,
)


def xy32(person: np.ndarray) -> np.ndarray:
    return person[:, :2].astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("wrap", [Tensor, np.asarray], ids=["tensor on cuda", "ndarray"])
def test_ultralytics_data_on_any_device(wrap: Any) -> None:
    person = yolo_person()
    times = [0.0, 0.03, 0.07]
    rec = kp.from_ultralytics(
        [yolo(person, wrap=wrap)] * 3, times=times, view="left", meta={"weights": "yolo11n-pose"}
    )
    assert (rec.skeleton.name, rec.space, rec.estimator) == ("coco17", "image", "ultralytics")
    assert (rec.resolution_wh, rec.view) == ((1080, 1920), "left")
    assert rec.meta == {"weights": "yolo11n-pose"}
    np.testing.assert_array_equal(rec.times, times)
    np.testing.assert_allclose(rec.coordinates[2], person[:, :2], rtol=1e-6)
    np.testing.assert_allclose(rec.confidence[2], person[:, 2], rtol=1e-6)


def test_ultralytics_frames_without_anybody_are_gaps() -> None:
    here = yolo(yolo_person())
    no_keypoints = SimpleNamespace(keypoints=None, boxes=None, orig_shape=(1920, 1080))
    old_empty = SimpleNamespace(
        keypoints=SimpleNamespace(data=np.zeros((1, 0, 3))), boxes=None, orig_shape=(1920, 1080)
    )
    rec = from_yolo([None, here, yolo(), no_keypoints, old_empty, [], here])
    assert_gaps(rec, [0, 2, 3, 4, 5])
    assert rec.resolution_wh == (1080, 1920)
    nobody = from_yolo([None, None])
    assert_gaps(nobody, [0, 1])
    assert nobody.resolution_wh is None


def test_ultralytics_without_confidence() -> None:
    person = yolo_person()
    person[9, :2] = 0
    rec = from_yolo([yolo(person[:, :2])])
    expected = np.ones(17)
    expected[9] = 0
    np.testing.assert_array_equal(rec.confidence[0], expected)
    assert np.isnan(rec.coordinates[0, 9]).all()


def test_ultralytics_origin_is_missing_even_with_a_confidence() -> None:
    person = yolo_person()
    person[15] = 0, 0, 0.49
    rec = from_yolo([yolo(person, shape=None)])
    assert rec.confidence[0, 15] == 0
    assert np.isnan(rec.coordinates[0, 15]).all()
    assert np.isfinite(rec.coordinates[0, 16]).all()
    assert rec.resolution_wh is None


@pytest.mark.parametrize(
    ("x", "y", "missing"),
    [
        (0, 900, True),
        (500, 0, True),
        (1080, 900, True),
        (1079, 900, True),
        (500, 1920, True),
        (500, 1919, True),
        (1078.5, 900, False),
        (0.5, 900, False),
        (500, 1918.5, False),
    ],
)
def test_ultralytics_keypoints_clipped_to_the_border_are_missing(
    x: float, y: float, missing: bool
) -> None:
    person = yolo_person()
    person[16] = x, y, 0.8
    rec = from_yolo([yolo(person)])
    assert (rec.confidence[0, 16] == 0) == missing
    assert np.isnan(rec.coordinates[0, 16]).all() == missing
    assert np.isfinite(rec.coordinates[0, :16]).all()


def assert_is(rec: kp.Recording, frame: int, person: np.ndarray) -> None:
    np.testing.assert_array_equal(rec.coordinates[frame], xy32(person))


def test_ultralytics_largest_is_followed_when_rows_change_order() -> None:
    rec = from_yolo([yolo(SMALL, BIG), yolo(BIG, SMALL), yolo(SMALL, BIG)])
    for frame in range(3):
        assert_is(rec, frame, BIG)


def test_ultralytics_largest_does_not_hop_to_a_passer_by() -> None:
    passer_by = yolo_person(600, 1400)
    rec = from_yolo([yolo(BIG), yolo(passer_by, BIG), yolo(BIG, passer_by), yolo(BIG)])
    for frame in range(4):
        assert_is(rec, frame, BIG)


def test_ultralytics_leaves_a_gap_rather_than_jump() -> None:
    elsewhere = yolo_person(50, 250)
    rec = from_yolo([yolo(SMALL), yolo(elsewhere), yolo(SMALL)])
    assert_gaps(rec, [1])


def test_ultralytics_first_starts_with_row_zero_and_stays_with_it() -> None:
    results = [yolo(), yolo(SMALL, BIG), yolo(BIG, SMALL)]
    rec = from_yolo(results, person="first")
    assert_gaps(rec, [0])
    assert_is(rec, 1, SMALL)
    assert_is(rec, 2, SMALL)


@pytest.mark.parametrize("boxes", [None, SimpleNamespace(xyxy=None, id=None)])
def test_ultralytics_without_boxes_measures_the_keypoints(boxes: Any) -> None:
    nobody = np.zeros((17, 3))
    rec = from_yolo([yolo(nobody, SMALL, BIG, boxes=boxes)])
    assert_is(rec, 0, BIG)


def test_ultralytics_track_ids() -> None:
    results = [
        yolo(SMALL, BIG, ids=[7, 3]),
        yolo(BIG, SMALL, ids=[3, 7]),
        yolo(SMALL, ids=[7]),
        yolo(SMALL),
        yolo(SMALL, ids=[7]),
    ]
    small = from_yolo(results, person=7)
    for frame in range(5):  # frame 3 has no track ids, but only this person
        assert_is(small, frame, SMALL)
    big = from_yolo(results, person=np.int64(3))
    assert_gaps(big, [2, 3, 4])
    largest = from_yolo(results)
    np.testing.assert_array_equal(largest.coordinates, big.coordinates)
    first = from_yolo(results, person="first")
    np.testing.assert_array_equal(first.coordinates, small.coordinates)


def test_ultralytics_largest_track_is_by_the_sum_over_the_recording() -> None:
    results = [yolo(SMALL, BIG, ids=[7, 3])] + [yolo(SMALL, ids=[7])] * 30
    rec = from_yolo(results, person="largest")
    assert_gaps(rec, [])
    assert_is(rec, 0, SMALL)


def test_ultralytics_unknown_track_ids_list_those_seen() -> None:
    results = [yolo(SMALL, BIG, ids=[7, 3])]
    with pytest.raises(kp.errors.UnknownNameError, match=r"unknown track id 5.*Known: 3, 7\."):
        from_yolo(results, person=5)
    with pytest.raises(kp.errors.UnknownNameError, match=r"model\.track"):
        from_yolo([yolo(SMALL)], person=5)
    for wrong in ("biggest", True, 1.5, None):
        with pytest.raises(
            kp.errors.UnknownNameError, match=r"unknown person.*track id, a whole number"
        ):
            from_yolo(results, person=wrong)


def test_ultralytics_lists_of_one_and_generators() -> None:
    flat = from_yolo([yolo(BIG), yolo(BIG)])
    nested = from_yolo([[yolo(BIG)], [yolo(BIG)]])
    stream = from_yolo(yolo(BIG) for _ in range(2))
    np.testing.assert_array_equal(nested.coordinates, flat.coordinates)
    np.testing.assert_array_equal(stream.coordinates, flat.coordinates)


def test_ultralytics_mirrored() -> None:
    rec = from_yolo([yolo(BIG)], mirrored=True)
    left_knee, right_knee = 13, 14
    assert rec.mirrored
    assert rec.coordinates[0, left_knee, 0] == 1080 - xy32(BIG)[right_knee, 0]
    assert rec.coordinates[0, left_knee, 1] == xy32(BIG)[right_knee, 1]


def test_ultralytics_refusals_say_what_to_do() -> None:
    with pytest.raises(kp.errors.FormatError, match=r"one SimpleNamespace.*pass \[result\]"):
        from_yolo(yolo(BIG))
    with pytest.raises(
        kp.errors.SkeletonError, match=r"results\[1\] has 26 keypoints.*kneepose\.Skeleton"
    ):
        from_yolo([yolo(BIG), yolo(np.ones((26, 3)))])
    with pytest.raises(kp.errors.FormatError, match=r"shape \(1, 17, 4\)"):
        from_yolo([yolo(np.ones((17, 4)))])
    with pytest.raises(
        kp.errors.CoordinateError, match=r"results\[1\] is of an image 1920×1080.*1080×1920"
    ):
        from_yolo([yolo(BIG), yolo(SMALL, shape=(1080, 1920))])
    with pytest.raises(kp.errors.FormatError, match=r"results\[0\] is a list of 2"):
        from_yolo([[yolo(BIG), yolo(BIG)]])
    with pytest.raises(kp.errors.FormatError, match=r"results\[0\].*mediapipe"):
        from_yolo([mp_tasks(mp_person())])
    with pytest.raises(kp.errors.FormatError, match=r"is an array"):
        from_yolo(Tensor(np.zeros((30, 17, 3))))
    for wrong in (None, "video.mp4", {"keypoints": []}):
        with pytest.raises(kp.errors.FormatError, match="one result per frame"):
            from_yolo(wrong)
    with pytest.raises(kp.errors.CoordinateError, match="is empty"):
        from_yolo([])
    with pytest.raises(kp.errors.TimeError, match="both times and fps"):
        from_yolo([yolo(BIG)], times=[0.0])
