"""Tests that coordinates with another meaning than stated are refused with a remedy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.standing_person import LANDSCAPE, make, metres, pixels


def test_normalized_looking_pixels() -> None:
    with pytest.raises(kp.errors.CoordinateError, match=r"normalized=True, resolution_wh=\(w, h\)"):
        make(pixels() / LANDSCAPE)
    partly = pixels() / LANDSCAPE
    partly[::3, :, :] = np.nan
    with pytest.raises(kp.errors.CoordinateError, match="normalized"):
        make(partly, resolution_wh=LANDSCAPE)
    with pytest.raises(kp.errors.CoordinateError, match="scaled about the image centre"):
        make(pixels() / LANDSCAPE * 2 - 1)


def test_normalized_needs_the_size_and_normalized_values() -> None:
    with pytest.raises(kp.errors.CoordinateError, match=r"resolution_wh=\(width, height\)"):
        make(pixels() / LANDSCAPE, normalized=True)
    with pytest.raises(kp.errors.CoordinateError, match="looks like pixels"):
        make(pixels(), normalized=True, resolution_wh=LANDSCAPE)
    with pytest.raises(kp.errors.CoordinateError, match=r"normalized=True.*world space"):
        make(metres(), up="y", normalized=True)


def test_height_and_width_exchanged() -> None:
    portrait = pixels() * 0.9 + [-400, 900]
    assert make(portrait, resolution_wh=(1080, 1920)).resolution_wh == (1080, 1920)
    with pytest.raises(kp.errors.CoordinateError, match=r"Pass resolution_wh=\(1080, 1920\)"):
        make(portrait, resolution_wh=(1920, 1080))
    with pytest.raises(kp.errors.CoordinateError, match=r"frame\.shape\[:2\]"):
        make(portrait[..., ::-1], resolution_wh=(1080, 1920))


def test_a_limb_outside_the_frame_is_not_an_exchanged_resolution() -> None:
    xy = pixels()
    xy[:, 15:] += [0, 300]
    assert make(xy, resolution_wh=LANDSCAPE).resolution_wh == LANDSCAPE


def test_a_person_who_comes_near_for_a_while_exchanges_no_resolution() -> None:
    near = pixels() * 0.9 + [-400, 300]
    third = len(near) // 3
    near[:third] += [0, 600]
    assert make(near, resolution_wh=LANDSCAPE).resolution_wh == LANDSCAPE
    near[third:] += [0, 600]
    with pytest.raises(kp.errors.CoordinateError, match=r"Pass resolution_wh=\(1080, 1920\)"):
        make(near, resolution_wh=LANDSCAPE)


@pytest.mark.parametrize(
    "value", [(1920,), (0, 1080), (1920.5, 1080), "1920x1080", 1920, (1, 2, 3)]
)
def test_malformed_resolution(value: Any) -> None:
    with pytest.raises(kp.errors.CoordinateError, match="needed \\(width, height\\)"):
        make(resolution_wh=value)


def test_whole_floats_and_arrays_are_a_resolution() -> None:
    assert make(resolution_wh=np.array([1920.0, 1080.0])).resolution_wh == LANDSCAPE


@pytest.mark.parametrize("highest", [1.0, 6.0])
@pytest.mark.parametrize("up", [None, "y"])
def test_x_y_confidence_read_as_three_dimensions(highest: float, up: str | None) -> None:
    confidence = np.random.default_rng(4).uniform(0.1, highest, (30, 17, 1))
    with pytest.raises(kp.errors.CoordinateError, match=r"confidence=coordinates\[\.\.\., 2\]"):
        make(np.concatenate([pixels(), confidence], axis=2), up=up)


def test_a_flat_body_in_millimetres_is_three_dimensions() -> None:
    flat = np.concatenate([metres()[..., 2:], metres()[..., 1:2], np.zeros((30, 17, 1))], axis=2)
    rec = make(1000 * flat, up="y", unit="mm")
    np.testing.assert_allclose(rec.coordinates, flat, rtol=1e-14)


def test_up_and_unit_belong_to_world_space() -> None:
    with pytest.raises(kp.errors.CoordinateError, match="needed up="):
        make(metres())
    with pytest.raises(kp.errors.CoordinateError, match=r"up='y' was given.*image space"):
        make(up="y")
    with pytest.raises(kp.errors.CoordinateError, match=r"unit='m' was given.*image space"):
        make(unit="m")
    with pytest.raises(kp.errors.CoordinateError, match=r"mirrored=True.*\.mirror\(\)"):
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
    with pytest.raises(kp.errors.CoordinateError, match=f"the body .* would be .*{remedy}"):
        make(metres() * scale, up="y", unit=unit)


def test_one_wild_frame_does_not_make_a_giant() -> None:
    xyz = metres()
    xyz[3] *= 1000
    assert make(xyz, up="y").n_frames == 30
