"""Adapters: golden objects of the shapes that the estimators really hand out, trap by trap."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import kneepose as kp

WH = (1080, 1920)


# --- MediaPipe ----------------------------------------------------------------------------------


def landmark(x: Any, y: Any, z: Any = 0.1, visibility: Any = 0.9) -> SimpleNamespace:
    return SimpleNamespace(x=x, y=y, z=z, visibility=visibility, presence=None, name=None)


def mp_person(shift: float = 0.0, count: int = 33) -> list[SimpleNamespace]:
    """Landmarks spread over a body's place: x around 0.3, y from 0.2 to 0.9."""
    return [
        landmark(0.25 + 0.1 * (i % 2) + shift, 0.2 + 0.7 * i / 32, -0.1 * i, 0.5 + i / 100)
        for i in range(count)
    ]


def mp_world(count: int = 33) -> list[SimpleNamespace]:
    return [landmark(0.1 * (i % 2), -0.7 + 1.5 * i / 32, 0.01 * i, 0.6) for i in range(count)]


def mp_tasks(*persons: Any, world: Any = None) -> SimpleNamespace:
    """`PoseLandmarkerResult` of MediaPipe Tasks 1.2.2."""
    return SimpleNamespace(
        pose_landmarks=list(persons),
        pose_world_landmarks=[mp_world() for _ in persons] if world is None else world,
        segmentation_masks=None,
    )


def mp_legacy(person: Any, world: Any = None) -> SimpleNamespace:
    """The result of `mediapipe.solutions.pose`, 0.10.21."""
    return SimpleNamespace(
        pose_landmarks=None if person is None else SimpleNamespace(landmark=person),
        pose_world_landmarks=None if world is None else SimpleNamespace(landmark=world),
        segmentation_mask=None,
    )


def pixel_xy(person: list[SimpleNamespace]) -> np.ndarray:
    return np.array([(p.x * WH[0], p.y * WH[1]) for p in person])


def from_mp(results: Any, **options: Any) -> kp.Recording:
    return kp.from_mediapipe(results, **({"fps": 30, "resolution_wh": WH} | options))


def assert_gaps(rec: kp.Recording, frames: list[int]) -> None:
    expected = np.zeros(rec.n_frames, dtype=bool)
    expected[frames] = True
    np.testing.assert_array_equal(np.isnan(rec.coordinates).all(axis=(1, 2)), expected)
    np.testing.assert_array_equal(np.isnan(rec.coordinates).any(axis=(1, 2)), expected)
    np.testing.assert_array_equal((rec.confidence == 0).all(axis=1), expected)


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
    np.testing.assert_array_equal(rec.confidence, np.full((3, 33), 0.6))
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
    rec = from_mp([left_first, right_first, right_first, mp_tasks(right), left_first])
    assert_gaps(rec, [3])
    for frame in (0, 1, 2, 4):
        np.testing.assert_allclose(rec.coordinates[frame], pixel_xy(left))
    still = from_mp([left_first, right_first, left_first], person=1)
    np.testing.assert_allclose(still.coordinates, np.tile(pixel_xy(right), (3, 1, 1)))


def test_mediapipe_does_not_jump_to_a_far_person() -> None:
    def small(x: float) -> list[SimpleNamespace]:
        return [landmark(x + 0.02 * (i % 2), 0.5 + 0.1 * i / 32) for i in range(33)]

    rec = from_mp([mp_tasks(small(0.1)), mp_tasks(small(0.8)), mp_tasks(small(0.12))])
    assert_gaps(rec, [1])
    back = from_mp([mp_tasks(small(0.1))] + [mp_tasks(small(0.8))] * 100)
    found = np.isfinite(back.coordinates).all(axis=(1, 2))
    assert found[-1]
    assert not found[1:20].any()


def test_mediapipe_world_follows_by_the_image() -> None:
    near, far = mp_world(), [landmark(p.x, p.y, p.z + 1) for p in mp_world()]
    a, b = mp_person(0.0), mp_person(0.6)
    results = [mp_tasks(a, b, world=[near, far]), mp_tasks(b, a, world=[far, near])]
    rec = from_mp(results, space="world")
    np.testing.assert_array_equal(rec.coordinates[0], rec.coordinates[1])


def test_mediapipe_mirrored_swaps_sides_in_image_space_only() -> None:
    rec = from_mp([mp_tasks(mp_person())], mirrored=True)
    plain = from_mp([mp_tasks(mp_person())])
    left_knee, right_knee = 25, 26
    assert rec.coordinates[0, left_knee, 0] == 1080 - plain.coordinates[0, right_knee, 0]
    assert rec.coordinates[0, left_knee, 1] == plain.coordinates[0, right_knee, 1]
    with pytest.raises(kp.CoordinateError, match="mirrored=True"):
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
    with pytest.raises(kp.TimeError, match="neither"):
        kp.from_mediapipe(stream(), resolution_wh=WH)
    with pytest.raises(kp.CoordinateError, match="resolution_wh"):
        kp.from_mediapipe(stream(), fps=30)
    assert alive == []


def test_mediapipe_refusals_say_what_to_do() -> None:
    good = mp_tasks(mp_person())
    with pytest.raises(kp.CoordinateError, match=r"Pass resolution_wh=\(width, height\)"):
        kp.from_mediapipe([good], fps=30)
    with pytest.raises(kp.SkeletonError, match=r"results\[1\] has 21 landmarks.*33"):
        from_mp([good, mp_tasks(mp_person(count=21))])
    with pytest.raises(kp.FormatError, match=r"one SimpleNamespace.*pass \[result\]"):
        from_mp(good)
    with pytest.raises(kp.FormatError, match=r"results\[1\] is of type str"):
        from_mp([good, "frame"])
    with pytest.raises(kp.FormatError, match=r"results\[0\].*from_ultralytics"):
        from_mp([SimpleNamespace(keypoints=None)])
    with pytest.raises(kp.FormatError, match=r"is an array.*kneepose\.Recording"):
        from_mp(np.zeros((30, 33, 3)))
    for wrong in (None, {"pose_landmarks": []}, "results.json", 3):
        with pytest.raises(kp.FormatError, match="one result a frame"):
            from_mp(wrong)
    with pytest.raises(kp.CoordinateError, match="is empty"):
        from_mp([])
    with pytest.raises(kp.CoordinateError, match=r"person is 1, but no frame has more than 1"):
        from_mp([good], person=1)
    with pytest.raises(kp.FormatError, match="person is -1"):
        from_mp([good], person=-1)
    with pytest.raises(kp.UnknownNameError, match=r"unknown space 'World'.*'world'"):
        from_mp([good], space="World")
    with pytest.raises(kp.TimeError, match="milliseconds"):
        kp.from_mediapipe([good] * 3, times=[0, 33, 67], resolution_wh=WH)
    with pytest.raises(kp.TimeError, match="3 frames"):
        kp.from_mediapipe([good] * 3, times=[0, 0.03], resolution_wh=WH)


# --- Ultralytics --------------------------------------------------------------------------------


class Tensor:
    """A torch tensor on a device: NumPy cannot read it before `.cpu().numpy()`."""

    def __init__(self, values: Any, device: str = "cuda:0") -> None:
        self.values = np.asarray(values, dtype=np.float32)
        self.device = device

    def cpu(self) -> Tensor:
        return Tensor(self.values, "cpu")

    def numpy(self) -> np.ndarray:
        if self.device != "cpu":
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        return self.values

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy")


def yolo_person(x: float = 400, height: float = 1000, score: float = 0.9) -> np.ndarray:
    """(17, 3): x, y, confidence."""
    i = np.arange(17)
    return np.stack(
        [x + height / 10 * (i % 2), 300 + height * i / 16, score - i / 100], axis=1
    ).round(3)


def yolo(
    *persons: np.ndarray,
    ids: list[int] | None = None,
    boxes: Any = "around",
    wrap: Any = Tensor,
    shape: Any = (1920, 1080),
) -> SimpleNamespace:
    """`Results` of Ultralytics 8.4.190; `orig_shape` is (height, width)."""
    data = np.array(persons) if persons else np.zeros((0, 17, 3))
    if isinstance(boxes, str):
        xyxy = [(*p[:, :2].min(0), *p[:, :2].max(0)) for p in persons]
        boxes = SimpleNamespace(
            xyxy=wrap(np.array(xyxy).reshape(-1, 4)), id=None if ids is None else wrap(ids)
        )
    return SimpleNamespace(
        keypoints=SimpleNamespace(data=wrap(data)), boxes=boxes, orig_shape=shape
    )


def from_yolo(results: Any, **options: Any) -> kp.Recording:
    return kp.from_ultralytics(results, **({"fps": 30} | options))


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


BIG, SMALL = yolo_person(300, 1000), yolo_person(900, 300)


def assert_is(rec: kp.Recording, frame: int, person: np.ndarray) -> None:
    np.testing.assert_array_equal(rec.coordinates[frame], xy32(person))


def test_ultralytics_largest_is_followed_when_rows_change_order() -> None:
    rec = from_yolo([yolo(SMALL, BIG), yolo(BIG, SMALL), yolo(SMALL, BIG)])
    for frame in range(3):
        assert_is(rec, frame, BIG)


def test_ultralytics_largest_does_not_hop_to_a_passer_by() -> None:
    passer_by = yolo_person(600, 1400)
    rec = from_yolo([yolo(BIG), yolo(passer_by, BIG), yolo(BIG, passer_by)])
    for frame in range(3):
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
    assert_gaps(small, [3])
    for frame in (0, 1, 2, 4):
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
    with pytest.raises(kp.UnknownNameError, match=r"unknown track id 5.*Known: 3, 7\."):
        from_yolo(results, person=5)
    with pytest.raises(kp.UnknownNameError, match=r"model\.track"):
        from_yolo([yolo(SMALL)], person=5)
    for wrong in ("biggest", True, 1.5, None):
        with pytest.raises(kp.UnknownNameError, match=r"unknown person.*track id, a whole number"):
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
    with pytest.raises(kp.FormatError, match=r"one SimpleNamespace.*pass \[result\]"):
        from_yolo(yolo(BIG))
    with pytest.raises(
        kp.SkeletonError, match=r"results\[1\] has 26 keypoints.*kneepose\.Skeleton"
    ):
        from_yolo([yolo(BIG), yolo(np.ones((26, 3)))])
    with pytest.raises(kp.FormatError, match=r"shape \(1, 17, 4\)"):
        from_yolo([yolo(np.ones((17, 4)))])
    with pytest.raises(
        kp.CoordinateError, match=r"results\[1\] is of an image 1920×1080.*1080×1920"
    ):
        from_yolo([yolo(BIG), yolo(SMALL, shape=(1080, 1920))])
    with pytest.raises(kp.FormatError, match=r"results\[0\] is a list of 2"):
        from_yolo([[yolo(BIG), yolo(BIG)]])
    with pytest.raises(kp.FormatError, match=r"results\[0\].*from_mediapipe"):
        from_yolo([mp_tasks(mp_person())])
    with pytest.raises(kp.FormatError, match=r"is an array"):
        from_yolo(Tensor(np.zeros((30, 17, 3))))
    for wrong in (None, "video.mp4", {"keypoints": []}):
        with pytest.raises(kp.FormatError, match="one result a frame"):
            from_yolo(wrong)
    with pytest.raises(kp.CoordinateError, match="is empty"):
        from_yolo([])
    with pytest.raises(kp.TimeError, match="both times and fps"):
        from_yolo([yolo(BIG)], times=[0.0])


def test_no_estimator_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("mediapipe", "ultralytics", "torch", "cv2"):
        monkeypatch.setitem(sys.modules, package, None)
    assert from_mp([mp_tasks(mp_person())]).n_frames == 1
    assert from_yolo([yolo(BIG)]).n_frames == 1
