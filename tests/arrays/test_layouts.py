"""Tests that arrays of any dtype, layout and shape give the same angles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.random_bodies import LANDMARKS, bodies, drop_some, pictures, standing


def unaligned(points: np.ndarray) -> np.ndarray:
    raw = np.zeros(points.nbytes + 1, dtype=np.uint8)
    out = np.frombuffer(raw, dtype=points.dtype, offset=1, count=points.size)
    out = out.reshape(points.shape)
    raw[1:] = np.frombuffer(points.tobytes(), dtype=np.uint8)
    assert not out.flags.aligned
    return out


def padded(points: np.ndarray) -> np.ndarray:
    """Return the points as a view of every second element along each axis of a larger array."""
    big = np.full(tuple(2 * n + 1 for n in points.shape), 7.0, dtype=points.dtype)
    view = big[1::2, 1::2, 1::2]
    view[...] = points
    return view


def read_only(points: np.ndarray) -> np.ndarray:
    points = points.copy()
    points.flags.writeable = False
    return points


LAYOUTS = {
    "fortran": np.asfortranarray,
    "backwards": lambda p: p[::-1, ::-1, ::-1].copy()[::-1, ::-1, ::-1],
    "padded": padded,
    "read_only": read_only,
    "big_endian": lambda p: p.astype(p.dtype.newbyteorder(">")),
    "unaligned": unaligned,
    "time_last": lambda p: np.ascontiguousarray(p.transpose(1, 2, 0)).transpose(2, 0, 1),
    "masked": lambda p: np.ma.array(p, mask=np.isnan(p)),
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout_gives_the_same_bits(layout: str, dtype: type) -> None:
    rng = np.random.default_rng(7)
    points = drop_some(rng, bodies(rng, 50, "y")).astype(dtype)
    options: dict[str, Any] = {"skeleton": kp.Skeleton("random", LANDMARKS), "up": "y"}
    plain = arrays.joint_angles(points, **options)
    given = LAYOUTS[layout](points)
    before = given.copy()
    got = arrays.joint_angles(given, **options)
    if layout == "masked":
        # Masked arrays are converted to float64; the results are those of their values.
        np.testing.assert_allclose(got, plain, rtol=0, atol=1e-4 if dtype is np.float32 else 0)
        return
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, plain)
    np.testing.assert_array_equal(given, before)


@pytest.mark.parametrize("dtype", [np.int16, np.int64, np.uint8, np.uint16, np.float16])
def test_other_real_dtypes_are_computed_as_f64(dtype: type) -> None:
    points = np.clip(pictures(np.random.default_rng(8), 60) / 8, 0, 200).astype(dtype)
    options: dict[str, Any] = {"skeleton": kp.Skeleton("random", LANDMARKS)}
    got = arrays.joint_angles(points, **options)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, arrays.joint_angles(points.astype(np.float64), **options))


def test_single_precision_is_within_a_ten_thousandth_of_a_degree() -> None:
    """Single precision is within 1e-4° of double precision for well-shaped bodies."""
    rng = np.random.default_rng(9)
    options: dict[str, Any] = {"skeleton": kp.Skeleton("random", LANDMARKS), "up": "y"}
    wild = bodies(rng, 400, "y").astype(np.float32)
    single = arrays.joint_angles(wild, **options)
    double = arrays.joint_angles(wild.astype(np.float64), **options)
    assert single.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(single), np.isnan(double))
    # Some bodies are near a singularity, where the last bit of a coordinate changes the angle. The
    # tolerance therefore scales with that change.
    jitter = wild.astype(np.float64) * (1 + rng.uniform(-6e-8, 6e-8, (12, *wild.shape)))
    moved = np.abs(arrays.joint_angles(jitter, **options) - double).max(axis=0)
    assert np.nanmean(moved < 5e-5) > 0.75
    assert np.abs(single - double)[moved < 5e-5].max() <= 1e-4
    assert np.nanmax(np.abs(single - double) / np.maximum(moved, 1e-5)) <= 10
    calm = standing() + rng.normal(0.0, 0.02, (400, len(LANDMARKS), 3))
    names = ["knee_flexion", "hip_flexion", "hip_adduction", "fppa", "shank_inclination"]
    single = arrays.joint_angles(calm.astype(np.float32), names=names, **options)
    double = arrays.joint_angles(calm, names=names, **options)
    assert np.abs(single - double).max() <= 1e-4


def test_leading_dimensions_are_batches() -> None:
    rng = np.random.default_rng(10)
    options: dict[str, Any] = {"skeleton": kp.Skeleton("random", LANDMARKS), "up": "y"}
    points = bodies(rng, 24, "y")
    flat, codes = arrays.joint_angles(points, with_validity=True, **options)
    n = flat.shape[-1]
    for shape in ((24,), (4, 6), (2, 3, 4), (2, 2, 2, 3), (1, 24), (24, 1)):
        got, got_codes = arrays.joint_angles(
            points.reshape(*shape, *points.shape[1:]), with_validity=True, **options
        )
        assert got.shape == got_codes.shape == (*shape, n)
        np.testing.assert_array_equal(got.reshape(24, n), flat)
        np.testing.assert_array_equal(got_codes.reshape(24, n), codes)
    (one,) = arrays.joint_angles(points[:1], **options)
    np.testing.assert_array_equal(arrays.joint_angles(points[0], **options), one)
    # The result must be equal if the two batch axes are transposed.
    crossed = points.reshape(4, 6, *points.shape[1:]).swapaxes(0, 1)
    got = arrays.joint_angles(crossed, **options)
    np.testing.assert_array_equal(got.swapaxes(0, 1).reshape(24, n), flat)


@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0), (2, 0, 3)])
def test_nothing_gives_nothing(shape: tuple[int, ...]) -> None:
    for dtype in (np.float32, np.float64):
        points = np.zeros((*shape, len(LANDMARKS), 3), dtype=dtype)
        got, codes = arrays.joint_angles(
            points, skeleton=kp.Skeleton("random", LANDMARKS), up="y", with_validity=True
        )
        assert got.shape == codes.shape == (*shape, 17)
        assert got.dtype == dtype


@pytest.mark.parametrize("dims", [2, 3])
def test_the_angle_of_three_points(dims: int) -> None:
    rng = np.random.default_rng(11)
    p, q, r = rng.normal(size=(3, 500, dims))
    u, v = p - q, r - q
    cosine = (u * v).sum(-1) / np.linalg.norm(u, axis=-1) / np.linalg.norm(v, axis=-1)
    want = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    np.testing.assert_allclose(arrays.angle(p, q, r), want, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(arrays.angle(p[:, None], q[None, :3], r[:, None]).shape, (500, 3))
    single = arrays.angle(*(a.astype(np.float32) for a in (p, q, r)))
    assert single.dtype == np.float32
    assert np.isnan(arrays.angle(p[0], p[0], r[0]))
