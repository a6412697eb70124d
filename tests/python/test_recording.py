"""`Recording`: what goes in, what is refused and how, and that nothing can change it."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest

import kneepose as kp

SWAP = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]
LANDSCAPE = (1920, 1080)

# Landmark heights and half-widths of a standing person of 1.7 m, COCO order, metres.
HEIGHTS = [1.6, 1.65, 1.65, 1.6, 1.6, 1.4, 1.4, 1.1, 1.1, 0.85, 0.85, 0.9, 0.9, 0.5, 0.5, 0.1, 0.1]
HALF_WIDTHS = [0, 0.03, 0.03, 0.07, 0.07, 0.2, 0.2, 0.25, 0.25, 0.25, 0.25, 0.1, 0.1, 0.1, 0.1]
HALF_WIDTHS += [0.1, 0.1]


def pixels(n_frames: int = 30) -> np.ndarray:
    """A standing person in a 1920×1080 frame, (T, 17, 2), with small irregular movement."""
    rng = np.random.default_rng(1)
    side = np.array([0] + [1, -1] * 8)
    xy = np.stack([960 + 500 * side * np.array(HALF_WIDTHS), 950 - 500 * np.array(HEIGHTS)], axis=1)
    return xy + rng.normal(0, 2, (n_frames, 17, 2))


def metres(n_frames: int = 30) -> np.ndarray:
    """The same person in world space, y up, (T, 17, 3)."""
    rng = np.random.default_rng(2)
    side = np.array([0] + [1, -1] * 8)
    z = side * np.array(HALF_WIDTHS) - 0.05
    xyz = np.stack([np.full(17, -0.2), np.array(HEIGHTS), z], axis=1)
    return xyz + rng.normal(0, 0.005, (n_frames, 17, 3))


def make(coordinates: Any = None, **options: Any) -> kp.Recording:
    if coordinates is None:
        coordinates = pixels()
    options = {"skeleton": "coco17"} | options
    if "times" not in options:
        options.setdefault("fps", 30)
    return kp.Recording(coordinates, **options)


# --- what comes in is what is kept -------------------------------------------------------------


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


def test_timestamps_are_kept_and_give_the_median_rate() -> None:
    times = np.array([10.0, 10.03, 10.07, 10.10, 10.13])
    rec = make(pixels(5), times=times)
    np.testing.assert_array_equal(rec.times, times)
    assert rec.fps == pytest.approx(1 / 0.03, rel=1e-9)
    assert rec.duration_s == pytest.approx(0.13)


def test_a_given_rate_is_not_rounded() -> None:
    assert make(fps=29.97).fps == 29.97
    assert make(fps=29.97)[3:20].fps == 29.97


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


# --- missing has one form inside ----------------------------------------------------------------


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


def test_the_origin_is_missing_in_images_without_confidence_only() -> None:
    xy = pixels()
    xy[3, 4] = 0, 0
    xy[5, 6, 0] = 0
    assert_missing(make(xy), 3, 4)
    sure = make(xy, confidence=np.ones((30, 17)))
    assert np.isfinite(sure.coordinates).all()
    xyz = metres()
    xyz[3, 4] = 0
    assert np.isfinite(make(xyz, up="y").coordinates).all()


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


# --- it never changes ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["coordinates", "confidence", "times"])
def test_arrays_are_frozen_for_good(name: str) -> None:
    rec = make()
    for array in (
        getattr(rec, name),
        getattr(rec[3:9], name),
        getattr(rec[::2], name),
        getattr(rec.mirror(), name),
        getattr(pickle.loads(pickle.dumps(rec)), name),
    ):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True


def test_attributes_and_meta_are_frozen() -> None:
    meta = {"a": 1}
    rec = make(meta=meta)
    meta["a"] = 2
    assert rec.meta["a"] == 1
    with pytest.raises(TypeError):
        rec.meta["a"] = 3  # type: ignore[index]
    for name in ("coordinates", "view", "_times", "new"):
        with pytest.raises(AttributeError, match="never changes"):
            setattr(rec, name, None)
    with pytest.raises(AttributeError, match="never changes"):
        del rec._view


def test_pickle_round_trip() -> None:
    rec = make(resolution_wh=LANDSCAPE, mirrored=True, meta={"a": 1}, view="left")
    back = pickle.loads(pickle.dumps(rec))
    np.testing.assert_array_equal(back.coordinates, rec.coordinates)
    np.testing.assert_array_equal(back.mirror().coordinates, rec.mirror().coordinates)
    assert (back.meta, back.view, back.mirrored, repr(back)) == ({"a": 1}, "left", True, repr(rec))


def test_replace_changes_what_is_named_and_keeps_the_rest() -> None:
    rec = make(view="front", fps=25)
    plain = rec._replace(coordinates=rec.coordinates / 1e4, repairs="done")
    np.testing.assert_array_equal(plain.coordinates, rec.coordinates / 1e4)
    assert (plain.repairs, plain.view, plain.fps, rec.repairs) == ("done", "front", 25, None)
    with pytest.raises(ValueError, match="read-only"):
        plain.coordinates[0] = 1
    moved = rec.mirror()._replace(coordinates=rec.coordinates)
    np.testing.assert_array_equal(moved.mirror().coordinates[..., 0], -rec.coordinates[:, SWAP, 0])
    faster = rec._replace(times=rec.times / 2)
    assert faster.fps == pytest.approx(50)
    with pytest.raises(TypeError, match="no field"):
        rec._replace(colour="red")
    with pytest.raises(kp.CoordinateError, match="do not fit together"):
        rec._replace(times=rec.times[1:])


# --- mirror -------------------------------------------------------------------------------------


def test_mirrored_reflects_about_the_width_and_swaps_sides() -> None:
    xy, confidence = pixels(), np.random.default_rng(3).uniform(0.5, 1, (30, 17))
    rec = make(xy, confidence=confidence, resolution_wh=LANDSCAPE, mirrored=True, view="left")
    np.testing.assert_array_equal(rec.coordinates[..., 0], 1920 - xy[:, SWAP, 0])
    np.testing.assert_array_equal(rec.coordinates[..., 1], xy[:, SWAP, 1])
    np.testing.assert_array_equal(rec.confidence, confidence[:, SWAP])
    assert rec.mirrored
    assert rec.view == "left"
    np.testing.assert_array_equal(rec.mirror().coordinates, xy)
    without_size = make(xy, mirrored=True)
    np.testing.assert_array_equal(without_size.coordinates[..., 0], -xy[:, SWAP, 0])


def test_mirrored_normalized_input_is_reflected_in_pixels() -> None:
    xy = pixels()
    rec = make(xy / LANDSCAPE, normalized=True, resolution_wh=LANDSCAPE, mirrored=True)
    np.testing.assert_allclose(rec.coordinates[..., 0], 1920 - xy[:, SWAP, 0], rtol=1e-12)


@pytest.mark.parametrize("resolution_wh", [None, LANDSCAPE])
@pytest.mark.parametrize("mirrored", [False, True])
def test_mirroring_twice_is_bit_equal(resolution_wh: Any, mirrored: bool) -> None:
    xy = pixels() / 7
    xy[2, 3] = np.nan
    rec = make(xy, resolution_wh=resolution_wh, mirrored=mirrored, view="right")
    image = rec.mirror()
    assert image.mirrored is not mirrored
    assert image.view == "left"
    for twice in (image.mirror(), image[5:20].mirror(), image.mirror().mirror().mirror()):
        original = rec if len(twice) == 30 else rec[5:20]
        assert twice.coordinates.tobytes() == original.coordinates.tobytes()
        assert twice.confidence.tobytes() == original.confidence.tobytes()
        assert (twice.view, twice.mirrored) == ("right", mirrored)


@pytest.mark.parametrize(("up", "axis"), [("y", 0), ("-z", 0), ("x", 1), ("-x", 1)])
def test_world_mirror_keeps_the_vertical_axis(up: str, axis: int) -> None:
    xyz = metres()
    expected = xyz[:, SWAP].copy()
    expected[..., axis] *= -1
    rec = make(xyz, up=up)
    np.testing.assert_array_equal(rec.mirror().coordinates, expected)
    assert rec.mirror().mirror().coordinates.tobytes() == rec.coordinates.tobytes()


# --- slices and text ----------------------------------------------------------------------------


def test_slices_keep_their_own_time() -> None:
    rec = make(fps=60)
    part = rec[10:20]
    np.testing.assert_array_equal(part.coordinates, rec.coordinates[10:20])
    np.testing.assert_array_equal(part.times, rec.times[10:20])
    assert np.shares_memory(part.coordinates, rec.coordinates)
    assert (len(part), part.fps, rec[::2].fps, len(rec[-5:])) == (10, 60, 30, 5)
    np.testing.assert_array_equal(rec[::2].confidence, rec.confidence[::2])
    assert len(rec[4:5]) == 1


def test_slices_that_cannot_be() -> None:
    rec = make()
    with pytest.raises(TypeError, match=r"rec\[i:i \+ 1\]"):
        rec[3]  # type: ignore[index]
    with pytest.raises(kp.TimeError, match="step is -1"):
        rec[::-1]
    with pytest.raises(kp.CoordinateError, match=r"40:50 of 30 frames is empty"):
        rec[40:50]
    with pytest.raises(kp.TimeError, match=r"7\.5 fps"):
        rec[::4]


def test_repr_reads_like_a_note() -> None:
    xy = pixels()
    xy[0, 0] = np.nan
    rec = make(xy, resolution_wh=LANDSCAPE, mirrored=True, view="front", estimator="rtmlib 0.0.16")
    assert repr(rec) == (
        "Recording: 30 frames over 0.97 s (30 fps), coco17, image space 1920×1080, front view, "
        "reflected, from rtmlib 0.0.16, 0.2% of the keypoints missing"
    )
    assert repr(make(metres(), up="-y")) == (
        "Recording: 30 frames over 0.97 s (30 fps), coco17, world space in m, -y up"
    )


def test_a_single_frame_is_allowed() -> None:
    rec = make(pixels(1))
    assert (len(rec), rec.fps, rec.duration_s) == (1, 30, 0)
    timed = make(pixels(1), times=[2.5])
    assert np.isnan(timed.fps)
    assert repr(timed).startswith("Recording: 1 frame over 0.00 s, coco17")


# --- refused: shapes, dtypes, skeleton ------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordinates", "error", "words"),
    [
        (np.zeros((17, 2)), kp.CoordinateError, r"shape \(17, 2\).*coordinates\[None\]"),
        (np.zeros((2, 3, 17, 2)), kp.CoordinateError, r"shape \(2, 3, 17, 2\)"),
        (np.zeros((30, 17, 1)), kp.CoordinateError, "1 values a keypoint"),
        (np.zeros((30, 17, 4)), kp.CoordinateError, r"coordinates\[\.\.\., :3\]"),
        (np.zeros((0, 17, 2)), kp.CoordinateError, "is empty"),
        (np.zeros((30, 17, 2), dtype=complex), kp.CoordinateError, "complex128"),
        (np.zeros((30, 17, 2), dtype=bool), kp.CoordinateError, "dtype bool"),
        (np.zeros((30, 17, 2), dtype=str), kp.CoordinateError, "dtype <U1"),
        ([[[1, 2]], None], kp.CoordinateError, "NaN"),
        ([None, None], kp.CoordinateError, "object"),
        (pixels() * 1e6, kp.CoordinateError, r"needed \|values\| up to 1e\+07"),
        (np.ones((30, 26, 2)), kp.SkeletonError, r"has 17 keypoints.*has 26.*halpe26"),
        (np.ones((30, 5, 2)), kp.SkeletonError, r"No known skeleton has 5.*kneepose\.Skeleton"),
        (np.ones((17, 30, 2)), kp.SkeletonError, r"swapaxes\(0, 1\)"),
    ],
)
def test_malformed_coordinates(coordinates: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(coordinates)


def test_unknown_names_list_the_near_ones() -> None:
    with pytest.raises(kp.UnknownNameError, match="coco17"):
        make(skeleton="coco_71")
    with pytest.raises(kp.UnknownNameError, match="unknown view 'fron': did you mean 'front'"):
        make(view="fron")
    with pytest.raises(kp.UnknownNameError, match=r"unknown view 'side'\. Known: 'front', 'back'"):
        make(view="side")
    with pytest.raises(kp.UnknownNameError, match="unknown up 'Y': did you mean 'y'"):
        make(metres(), up="Y")
    with pytest.raises(kp.UnknownNameError, match=r"unknown unit 'inch'.*'m', 'cm', 'mm'"):
        make(metres(), up="y", unit="inch")


def test_error_family() -> None:
    for error in (kp.SkeletonError, kp.CoordinateError, kp.TimeError, kp.FormatError):
        assert issubclass(error, kp.KneeposeError)
    assert issubclass(kp.KneeposeError, ValueError)
    assert issubclass(kp.UnknownNameError, KeyError)
    assert issubclass(kp.DependencyError, ImportError)
    assert str(kp.UnknownNameError("it isn't there")) == "it isn't there"
    assert str(kp.DependencyError("pip install kneepose[video]")) == "pip install kneepose[video]"
    again = pickle.loads(pickle.dumps(kp.UnknownNameError("gone")))
    assert (type(again), str(again)) == (kp.UnknownNameError, "gone")
    unknown = kp.UnknownNameError.of("angle", "Knee-Flexion", ["hip_flexion", "knee_flexion"])
    assert "did you mean 'knee_flexion'" in str(unknown)


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
    with pytest.raises(kp.CoordinateError, match=words):
        make(confidence=confidence)


# --- refused: time ------------------------------------------------------------------------------


def test_exactly_one_of_times_and_fps() -> None:
    with pytest.raises(kp.TimeError, match="neither times nor fps"):
        kp.Recording(pixels(), skeleton="coco17")
    with pytest.raises(kp.TimeError, match="both times and fps"):
        kp.Recording(pixels(), skeleton="coco17", times=np.arange(30) / 30, fps=30)


@pytest.mark.parametrize("fps", [0, -30, np.nan, np.inf, 2001, "30", True, [30]])
def test_impossible_rates(fps: Any) -> None:
    with pytest.raises(kp.TimeError, match="fps is"):
        make(fps=fps)


def rising(step: float) -> np.ndarray:
    return np.arange(30) * step


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (np.r_[0.0, 0.1, 0.1, np.arange(3, 30)], "at frame 2: 0.1 s after 0.1 s"),
        (np.r_[0.0, 0.2, 0.1, np.arange(3, 30)], "at frame 2: 0.1 s after 0.2 s"),
        (np.r_[rising(0.03)[:29], np.nan], "times is nan at frame 29"),
        (rising(0.03)[:29], r"shape \(29,\), but coordinates has 30"),
        (rising(0.03)[:, None], r"shape \(30, 1\)"),
        (np.round(rising(33.33)), r"milliseconds.*times / 1000\."),
        (rising(33.3667), "milliseconds"),
        (rising(4), "milliseconds"),
        (rising(33333), r"microseconds.*times / 1000000\."),
        (rising(33333333), "nanoseconds"),
        (np.arange(30), "frame numbers"),
        (rising(0.125), r"8 fps; needed at least 9\.5"),
        (rising(0.0004), "2500 fps"),
        (rising(0.03) + np.digitize(np.arange(30), [15, 25]), "2 of 29 intervals.*before frame 15"),
        (np.arange(30).astype("datetime64[s]"), r"np\.timedelta64"),
        (["0.1"] * 30, "seconds"),
    ],
)
def test_impossible_timestamps(times: Any, words: str) -> None:
    with pytest.raises(kp.TimeError, match=words):
        make(times=times)


def test_one_pause_is_not_a_hole_in_the_clock() -> None:
    times = rising(0.03) + np.where(np.arange(30) < 15, 0, 1)
    assert make(times=times).fps == pytest.approx(1 / 0.03)


@pytest.mark.parametrize("fps", [15, 24, 29.97, 2000])
def test_no_warning_from_15_fps_on(fps: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(fps=fps)
        make(times=np.arange(30) / fps)


def test_low_rates_warn_and_lower_ones_are_refused() -> None:
    for options in ({"fps": 10}, {"times": np.arange(30) / 9.5}):
        with pytest.warns(kp.RecordingWarning, match="below 15") as caught:
            make(**options)
        assert len(caught) == 1
    start, step = 0.74, 2 / 19  # median interval a rounding above 2 / 19
    with pytest.warns(kp.RecordingWarning):
        make(times=start + step * np.arange(30))
    with pytest.raises(kp.TimeError, match=r"9\.4 fps; needed at least 9\.5"):
        make(fps=9.4)


# --- refused: coordinates that mean something else ------------------------------------------------


def test_normalized_looking_pixels() -> None:
    with pytest.raises(kp.CoordinateError, match=r"normalized=True, resolution_wh=\(w, h\)"):
        make(pixels() / LANDSCAPE)
    partly = pixels() / LANDSCAPE
    partly[::3, :, :] = np.nan
    with pytest.raises(kp.CoordinateError, match="normalized"):
        make(partly, resolution_wh=LANDSCAPE)
    with pytest.raises(kp.CoordinateError, match="scaled about the image centre"):
        make(pixels() / LANDSCAPE * 2 - 1)


def test_normalized_needs_the_size_and_normalized_values() -> None:
    with pytest.raises(kp.CoordinateError, match=r"resolution_wh=\(width, height\)"):
        make(pixels() / LANDSCAPE, normalized=True)
    with pytest.raises(kp.CoordinateError, match="looks like pixels"):
        make(pixels(), normalized=True, resolution_wh=LANDSCAPE)
    with pytest.raises(kp.CoordinateError, match=r"normalized=True.*world space"):
        make(metres(), up="y", normalized=True)


def test_height_and_width_exchanged() -> None:
    portrait = pixels() * 0.9 + [-400, 900]
    assert make(portrait, resolution_wh=(1080, 1920)).resolution_wh == (1080, 1920)
    with pytest.raises(kp.CoordinateError, match=r"Pass resolution_wh=\(1080, 1920\)"):
        make(portrait, resolution_wh=(1920, 1080))
    with pytest.raises(kp.CoordinateError, match=r"frame\.shape\[:2\]"):
        make(portrait[..., ::-1], resolution_wh=(1080, 1920))


def test_a_limb_outside_the_frame_is_not_an_exchanged_resolution() -> None:
    xy = pixels()
    xy[:, 15:] += [0, 300]
    assert make(xy, resolution_wh=LANDSCAPE).resolution_wh == LANDSCAPE


@pytest.mark.parametrize(
    "value", [(1920,), (0, 1080), (1920.5, 1080), "1920x1080", 1920, (1, 2, 3)]
)
def test_malformed_resolution(value: Any) -> None:
    with pytest.raises(kp.CoordinateError, match="needed \\(width, height\\)"):
        make(resolution_wh=value)


def test_whole_floats_and_arrays_are_a_resolution() -> None:
    assert make(resolution_wh=np.array([1920.0, 1080.0])).resolution_wh == LANDSCAPE


@pytest.mark.parametrize("highest", [1.0, 6.0])
@pytest.mark.parametrize("up", [None, "y"])
def test_x_y_confidence_read_as_three_dimensions(highest: float, up: str | None) -> None:
    confidence = np.random.default_rng(4).uniform(0.1, highest, (30, 17, 1))
    with pytest.raises(kp.CoordinateError, match=r"confidence=coordinates\[\.\.\., 2\]"):
        make(np.concatenate([pixels(), confidence], axis=2), up=up)


def test_a_flat_body_in_millimetres_is_three_dimensions() -> None:
    flat = np.concatenate([metres()[..., 2:], metres()[..., 1:2], np.zeros((30, 17, 1))], axis=2)
    rec = make(1000 * flat, up="y", unit="mm")
    np.testing.assert_allclose(rec.coordinates, flat, rtol=1e-14)


def test_up_and_unit_belong_to_world_space() -> None:
    with pytest.raises(kp.CoordinateError, match="needed up="):
        make(metres())
    with pytest.raises(kp.CoordinateError, match=r"up='y' was given.*image space"):
        make(up="y")
    with pytest.raises(kp.CoordinateError, match=r"unit='m' was given.*image space"):
        make(unit="m")
    with pytest.raises(kp.CoordinateError, match=r"mirrored=True.*\.mirror\(\)"):
        make(metres(), up="y", mirrored=True)


@pytest.mark.parametrize(
    ("scale", "unit", "remedy"),
    [
        (1000, "m", 'unit="mm"'),
        (100, "m", 'unit="cm"'),
        (1, "mm", 'unit="m"'),
        (1, "cm", 'unit="m"'),
        (1e5, "m", "Scale the coordinates"),
    ],
)
def test_a_body_of_impossible_size(scale: float, unit: str, remedy: str) -> None:
    with pytest.raises(kp.CoordinateError, match=f"the body .* would be .*{remedy}"):
        make(metres() * scale, up="y", unit=unit)


def test_one_wild_frame_does_not_make_a_giant() -> None:
    xyz = metres()
    xyz[3] *= 1000
    assert make(xyz, up="y").n_frames == 30
