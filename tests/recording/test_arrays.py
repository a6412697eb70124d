"""Tests of the arrays of `Recording`: accepted forms, missing values, and refused input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.standing_person import LANDSCAPE, make, metres, pixels

# --- input is stored unchanged -----------------------------------------------------------------


def test_image_recording_keeps_the_numbers_and_says_what_they_are() -> None:
    xy = pixels()
    rec = make(xy, resolution_wh=LANDSCAPE, view="front", estimator="mine 1.0", meta={"knee": "L"})
    np.testing.assert_array_equal(rec.coordinates, xy)
    np.testing.assert_array_equal(rec.confidence, np.ones((30, 17)))
    np.testing.assert_array_equal(rec.times, np.arange(30) / 30)
    assert (rec.coordinates.dtype, rec.confidence.dtype, rec.times.dtype) == (np.float64,) * 3
    assert rec.space == "image"
    assert rec.up is None
    assert rec.skeleton.name == "coco17"
    assert rec.resolution_wh == LANDSCAPE
    assert (rec.view, rec.estimator) == ("front", "mine 1.0")
    assert (rec.mirrored, rec.repairs) == (False, None)
    assert rec.meta == {"knee": "L"}
    assert (rec.n_frames, len(rec), rec.fps) == (30, 30, 30.0)
    assert rec.duration_s == pytest.approx(29 / 30, abs=1e-15)


def test_world_recording_needs_up_and_is_kept_in_metres() -> None:
    xyz = metres()
    rec = make(xyz, up="y")
    assert (rec.space, rec.up) == ("world", "y")
    np.testing.assert_array_equal(rec.coordinates, xyz)
    np.testing.assert_allclose(make(xyz * 1000, up="y", unit="mm").coordinates, xyz, rtol=1e-14)
    np.testing.assert_allclose(make(xyz * 100, up="-z", unit="cm").coordinates, xyz, rtol=1e-14)


def test_normalized_coordinates_become_pixels_per_axis() -> None:
    xy = pixels()
    rec = make(xy / LANDSCAPE, normalized=True, resolution_wh=LANDSCAPE)
    np.testing.assert_allclose(rec.coordinates, xy, rtol=1e-14)


@pytest.mark.parametrize(
    "convert",
    [
        lambda a: a.astype(np.float32),
        lambda a: a.astype(np.float16),
        lambda a: a.astype(np.int32),
        lambda a: a.astype(np.uint16),
        lambda a: a.astype(">f8"),
        lambda a: a.astype(">i2"),
        np.asfortranarray,
        lambda a: np.ascontiguousarray(a[:, ::-1])[:, ::-1],
        lambda a: np.repeat(a, 2, axis=0)[::2],
        lambda a: np.ma.masked_array(a, mask=False),
        lambda a: a.tolist(),
    ],
    ids=["f32", "f16", "i32", "u16", ">f8", ">i2", "F", "negative stride", "strided", "ma", "list"],
)
def test_any_real_dtype_order_and_stride(convert: Any) -> None:
    given = convert(pixels())
    rec = make(given)
    np.testing.assert_array_equal(rec.coordinates, np.asarray(given, dtype=np.float64))
    assert rec.coordinates.flags.c_contiguous
    assert rec.coordinates.dtype == np.dtype("=f8")


def test_input_is_neither_mutated_nor_shared() -> None:
    xy, confidence, times = pixels(), np.full((30, 17), 0.9), np.arange(30) / 30
    xy[3, 4] = 0, 0
    confidence[5, 6] = np.nan
    xy[7, 8, 0] = np.inf
    before = xy.copy(), confidence.copy(), times.copy()
    for array in (xy, confidence, times):
        array.flags.writeable = False
    rec = make(xy, confidence=confidence, times=times, mirrored=True, resolution_wh=LANDSCAPE)
    for array, original in zip((xy, confidence, times), before, strict=True):
        np.testing.assert_array_equal(array, original)
    xy.flags.writeable = True
    kept = rec.coordinates.copy()
    xy[:] = -1
    np.testing.assert_array_equal(rec.coordinates, kept)


# --- a missing keypoint is NaN with confidence 0 -------------------------------------------------


def assert_missing(rec: kp.Recording, frame: int, keypoint: int) -> None:
    expected = np.zeros((rec.n_frames, len(rec.skeleton.keypoints)), dtype=bool)
    expected[frame, keypoint] = True
    np.testing.assert_array_equal(np.isnan(rec.coordinates).all(axis=2), expected)
    np.testing.assert_array_equal(np.isnan(rec.coordinates).any(axis=2), expected)
    np.testing.assert_array_equal(rec.confidence == 0, expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_one_non_finite_coordinate_makes_the_keypoint_missing(value: float) -> None:
    xy = pixels()
    xy[3, 4, 1] = value
    assert_missing(make(xy), 3, 4)
    xyz = metres()
    xyz[3, 4, 2] = value
    assert_missing(make(xyz, up="y"), 3, 4)


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_confidence_zero_or_nan_makes_the_keypoint_missing(value: float) -> None:
    confidence = np.full((30, 17), 0.7)
    confidence[3, 4] = value
    rec = make(confidence=confidence)
    assert_missing(rec, 3, 4)
    assert rec.confidence[0, 0] == 0.7


def test_the_origin_is_missing_in_images_without_confidence_and_in_space() -> None:
    xy = pixels()
    xy[3, 4] = 0, 0
    xy[5, 6, 0] = 0
    assert_missing(make(xy), 3, 4)
    sure = make(xy, confidence=np.ones((30, 17)))
    assert np.isfinite(sure.coordinates).all()
    xyz = metres()
    xyz[3, 4] = 0
    assert_missing(make(xyz, up="y"), 3, 4)
    root = kp.Skeleton("root", ["pelvis", *[f"k{i}" for i in range(16)]], {})
    xyz[:, 0] = 0
    relative = kp.Recording(xyz, skeleton=root, fps=30, up="y")
    assert np.isfinite(relative.coordinates[:, 0]).all()
    assert np.isnan(relative.coordinates[3, 4]).all()


def test_masked_entries_are_missing() -> None:
    xy = np.ma.masked_array(pixels(), mask=np.zeros((30, 17, 2), dtype=bool))
    xy[3, 4, 0] = np.ma.masked
    assert_missing(make(xy), 3, 4)
    integers = np.ma.masked_array(pixels().astype(np.int64), mask=xy.mask)
    assert_missing(make(integers), 3, 4)
    confidence = np.ma.masked_array(np.full((30, 17), 0.5), mask=xy.mask[..., 0])
    assert_missing(make(confidence=confidence), 3, 4)


def test_a_recording_of_nobody_is_allowed() -> None:
    rec = make(np.full((30, 17, 2), np.nan))
    assert (rec.confidence == 0).all()
    assert "100.0% of the keypoints missing" in repr(rec)
    assert (make(np.full((30, 17, 3), np.nan), up="z").confidence == 0).all()


def test_scores_above_one_are_kept() -> None:
    confidence = np.linspace(0.5, 6, 30 * 17).reshape(30, 17)
    np.testing.assert_array_equal(make(confidence=confidence).confidence, confidence)


# --- refused: shapes, dtypes, skeleton ------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordinates", "error", "words"),
    [
        (np.zeros((17, 2)), kp.errors.CoordinateError, r"shape \(17, 2\).*coordinates\[None\]"),
        (np.zeros((2, 3, 17, 2)), kp.errors.CoordinateError, r"shape \(2, 3, 17, 2\)"),
        (np.zeros((30, 17, 1)), kp.errors.CoordinateError, "1 values a keypoint"),
        (np.zeros((30, 17, 4)), kp.errors.CoordinateError, r"coordinates\[\.\.\., :3\]"),
        (np.zeros((0, 17, 2)), kp.errors.CoordinateError, "is empty"),
        (np.zeros((30, 17, 2), dtype=complex), kp.errors.CoordinateError, "complex128"),
        (np.zeros((30, 17, 2), dtype=bool), kp.errors.CoordinateError, "dtype bool"),
        (np.zeros((30, 17, 2), dtype=str), kp.errors.CoordinateError, "dtype <U1"),
        ([[[1, 2]], None], kp.errors.CoordinateError, "NaN"),
        ([None, None], kp.errors.CoordinateError, "object"),
        (pixels() * 1e6, kp.errors.CoordinateError, r"needed \|values\| up to 1e\+07"),
        (np.ones((30, 26, 2)), kp.errors.SkeletonError, r"has 17 keypoints.*has 26.*halpe26"),
        (
            np.ones((30, 5, 2)),
            kp.errors.SkeletonError,
            r"No known skeleton has 5.*kneepose\.Skeleton",
        ),
        (np.ones((17, 30, 2)), kp.errors.SkeletonError, r"swapaxes\(0, 1\)"),
    ],
)
def test_malformed_coordinates(coordinates: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(coordinates)


def test_unknown_names_list_the_near_ones() -> None:
    with pytest.raises(kp.errors.UnknownNameError, match="coco17"):
        make(skeleton="coco_71")
    with pytest.raises(
        kp.errors.UnknownNameError, match="unknown view 'fron': did you mean 'front'"
    ):
        make(view="fron")
    with pytest.raises(
        kp.errors.UnknownNameError, match=r"unknown view 'side'\. Known: 'front', 'back'"
    ):
        make(view="side")
    with pytest.raises(kp.errors.UnknownNameError, match="unknown up 'Y': did you mean 'y'"):
        make(metres(), up="Y")
    with pytest.raises(kp.errors.UnknownNameError, match=r"unknown unit 'inch'.*'m', 'cm', 'mm'"):
        make(metres(), up="y", unit="inch")


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (np.ones((30, 16)), r"shape \(30, 16\); needed \(30, 17\)"),
        (np.ones((30, 17, 1)), r"shape \(30, 17, 1\)"),
        (np.full((30, 17), -1.0), "is -1 at frame 0, keypoint 0"),
        (np.full((30, 17), np.inf), "is inf at frame 0"),
        (np.full((30, 17), "1"), "dtype <U1"),
    ],
)
def test_malformed_confidence(confidence: Any, words: str) -> None:
    with pytest.raises(kp.errors.CoordinateError, match=words):
        make(confidence=confidence)


# --- objects and tensors of other packages ------------------------------------------------------


class Results:
    """A result object of an unknown package with the persons of a frame."""

    def __init__(self, xy: np.ndarray) -> None:
        self.xy = xy

    def __len__(self) -> int:
        return len(self.xy)

    def __iter__(self) -> Iterator[Any]:
        return iter([(row, None, {}) for row in self.xy])


@pytest.mark.parametrize("given", [Results(np.ones((2, 17, 2))), iter([])])
def test_objects_of_packages_are_sent_to_their_adapter(given: Any) -> None:
    words = "real numbers" if type(given).__module__ == "builtins" else r"kneepose\.from_estimator"
    with pytest.raises(kp.errors.CoordinateError, match=words):
        kp.Recording(given, skeleton="coco17", fps=30)


@pytest.mark.parametrize("persons", [2, 3, 8])
def test_the_persons_of_one_frame_are_not_frames(persons: int) -> None:
    rng = np.random.default_rng(4)
    body = rng.uniform([0, 0], [60, 300], (17, 2))
    crowd = np.array([np.add(body, [200 * n, rng.uniform(-20, 20)]) for n in range(persons)])
    with pytest.raises(kp.errors.CoordinateError, match="the body is elsewhere in each"):
        kp.Recording(crowd, skeleton="coco17", fps=30)
    one = np.array([np.add(body, [20 * n, 0]) for n in range(persons)])
    assert kp.Recording(one, skeleton="coco17", fps=30).n_frames == persons


class OnDevice:
    """A tensor that NumPy can read only after `.detach().cpu()`."""

    def __init__(self, values: np.ndarray, ready: int = 0) -> None:
        self.values, self.ready = values, ready

    def detach(self) -> OnDevice:
        return OnDevice(self.values, 1)

    def cpu(self) -> OnDevice:
        return OnDevice(self.values, self.ready + 1)

    def numpy(self) -> np.ndarray:
        if self.ready < 2:
            raise TypeError("can't convert a tensor that requires grad, on a device")
        return self.values


class OnlyDlpack:
    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


@pytest.mark.parametrize("wrap", [OnDevice, OnlyDlpack])
def test_tensors(wrap: Any) -> None:
    sample = kp.sample("squat")
    rec = kp.Recording(
        wrap(np.array(sample.coordinates)), skeleton=sample.skeleton, up=sample.up,
        times=wrap(np.array(sample.times)), confidence=wrap(np.array(sample.confidence)),
    )  # fmt: skip
    np.testing.assert_array_equal(rec.coordinates, sample.coordinates)
