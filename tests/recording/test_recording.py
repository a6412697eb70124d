"""Tests that a `Recording` is immutable, and of its mirror image, slices and text forms."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.standing_person import LANDSCAPE, SWAP, make, metres, pixels

# --- recordings are immutable -------------------------------------------------------------------


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
    with pytest.raises(kp.errors.CoordinateError, match="do not fit together"):
        rec._replace(times=rec.times[1:])


# --- mirror images ------------------------------------------------------------------------------


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
    with pytest.raises(kp.errors.TimeError, match="step is -1"):
        rec[::-1]
    with pytest.raises(kp.errors.CoordinateError, match=r"40:50 of 30 frames is empty"):
        rec[40:50]
    with pytest.raises(kp.errors.TimeError, match=r"7\.5 fps"):
        rec[::4]


def test_repr_reads_like_a_note() -> None:
    xy = pixels()
    xy[0, 0] = np.nan
    rec = make(xy, resolution_wh=LANDSCAPE, mirrored=True, view="front", estimator="rtmlib 0.0.16")
    assert repr(rec) == (
        "Recording: 30 frames over 0.97 s (30 fps), coco17, image space 1920×1080, front view, "
        "reflected, from rtmlib 0.0.16, 0.2% of the keypoints missing"
    )
    assert repr(make(metres() * [1, -1, -1], up="-y")) == (
        "Recording: 30 frames over 0.97 s (30 fps), coco17, world space in m, -y up"
    )


def test_a_single_frame_is_allowed() -> None:
    rec = make(pixels(1))
    assert (len(rec), rec.fps, rec.duration_s) == (1, 30, 0)
    timed = make(pixels(1), times=[2.5])
    assert np.isnan(timed.fps)
    assert repr(timed).startswith("Recording: 1 frame over 0.00 s, coco17")
