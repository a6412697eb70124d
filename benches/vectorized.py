"""Angles in vectorized NumPy.

All frames are computed at once. Directions shared by several angles are computed once, each
component is one contiguous array, and vectors are normalized only where lengths do not cancel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
ROTATION_GATE_DEG, GIMBAL_GATE, PARALLEL_GATE = 30.0, 0.98, 0.2
CHUNK_FRAMES = 2048
"""Number of frames in a chunk, so that the intermediate arrays stay in the L2 cache."""
POINTS = ("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")
SHOULDERS = ("left_shoulder", "right_shoulder")


def components(points: Floats, columns: Sequence[int]) -> Floats:
    """Return the chosen keypoints of (T, K, D) as a contiguous array of shape (D, n, T)."""
    return np.ascontiguousarray(points[:, columns].transpose(2, 1, 0))


def dot(a: Floats, b: Floats) -> Floats:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Floats, b: Floats) -> tuple[Floats, Floats, Floats]:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def turned(out: Floats, y: Floats, x: Floats) -> None:
    """Write atan2(y, x) in degrees into `out`."""
    np.arctan2(y, x, out=out)
    np.multiply(out, 180.0 / np.pi, out=out)


def lower_body(xyz: Floats, keypoints: Sequence[str]) -> Floats:
    """Compute 17 lower-body angles of points (T, K, 3), y up: shape (T, 17), degrees."""
    index = [keypoints.index(name) for name in (*POINTS, *SHOULDERS)]
    p = components(xyz, index)
    out = np.empty((17, xyz.shape[0]), dtype=xyz.dtype)
    mirror = np.array([[-1.0], [1.0]], dtype=xyz.dtype)
    hips, knees, ankles, shoulders = p[:, 0:2], p[:, 2:4], p[:, 4:6], p[:, 6:8]
    thigh, shank = hips - knees, knees - ankles

    z = hips[:, 1] - hips[:, 0]
    level = z[0] * z[0] + z[2] * z[2]
    z /= np.sqrt(level + z[1] * z[1])
    horizontal = np.sqrt(z[0] * z[0] + z[2] * z[2])
    horizontal[horizontal < PARALLEL_GATE] = np.nan
    ax, az = z[2] / horizontal, -z[0] / horizontal

    normal = cross(thigh, shank)
    turned(out[0:2], np.sqrt(dot(normal, normal)), dot(thigh, shank))

    length = np.sqrt(dot(thigh, thigh))
    sine = dot(thigh, z[:, None]) / length
    thigh_ahead = thigh[0] * ax + thigh[2] * az
    shank_ahead = shank[0] * ax + shank[2] * az
    thigh_up_pelvis = thigh[0] * (z[1] * az) + thigh[1] * horizontal - thigh[2] * (z[1] * ax)
    turned(out[2:4], -thigh_ahead, thigh_up_pelvis)
    np.arcsin(np.clip(sine, -1.0, 1.0), out=out[4:6])
    out[4:6] *= mirror * (180.0 / np.pi)
    about = dot(normal, cross(thigh, z[:, None]))
    turned(out[6:8], -about * mirror, -dot(normal, z[:, None]) * length)
    singular = np.abs(sine) > GIMBAL_GATE
    out[2:4][singular] = np.nan
    out[6:8][singular | (out[0:2] < ROTATION_GATE_DEG)] = np.nan

    turned(out[8:10], -thigh_ahead, thigh[1])
    turned(out[10:12], shank_ahead, shank[1])
    x1 = thigh[2] * ax - thigh[0] * az
    x2 = shank[2] * ax - shank[0] * az
    y1, y2 = thigh[1], shank[1]
    turned(out[12:14], (x1 * y2 - y1 * x2) * mirror, x1 * x2 + y1 * y2)

    trunk = shoulders[:, 0] + shoulders[:, 1] - hips[:, 0] - hips[:, 1]
    np.arcsin(z[1], out=out[14])
    out[14] *= 180.0 / np.pi
    turned(out[15], trunk[0] * ax + trunk[2] * az, trunk[1])
    turned(out[16], trunk[2] * ax - trunk[0] * az, trunk[1])
    return out.T


def three_point(xyz: Floats, triplets: Sequence[tuple[int, int, int]]) -> Floats:
    """Compute the included angles of point triplets of (T, K, 3): shape (T, n), degrees."""
    used = sorted({k for row in triplets for k in row})
    p = components(xyz, used)
    first, middle, last = np.array([[used.index(k) for k in row] for row in triplets]).T
    u, v = p[:, first] - p[:, middle], p[:, last] - p[:, middle]
    normal = cross(u, v)
    out = np.empty(u.shape[1:], dtype=xyz.dtype)
    turned(out, np.sqrt(dot(normal, normal)), dot(u, v))
    return out.T


def plain_three_point(xyz: Floats, triplets: Sequence[tuple[int, int, int]]) -> Floats:
    """Compute included angles by typical code: indexing, np.cross, np.linalg.norm, np.arctan2."""
    first, middle, last = np.array(triplets).T
    u, v = xyz[:, first] - xyz[:, middle], xyz[:, last] - xyz[:, middle]
    return np.degrees(
        np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), np.einsum("tnd,tnd->tn", u, v))
    )


def image_fppa(xy: Floats, legs: Sequence[tuple[str, int, int, int]]) -> Floats:
    """Compute projection angles of (T, K, 2) pixels seen from the front: shape (T, n)."""
    hips, knees, ankles = ([row[i] for row in legs] for i in (1, 2, 3))
    x, y = components(xy, [*hips, *knees, *ankles])
    n = len(legs)
    x1, y1 = x[n : 2 * n] - x[:n], y[n : 2 * n] - y[:n]
    x2, y2 = x[2 * n :] - x[n : 2 * n], y[2 * n :] - y[n : 2 * n]
    mirror = np.array([[1.0] if row[0] == "right" else [-1.0] for row in legs], dtype=xy.dtype)
    out = np.empty_like(x1)
    turned(out, (x1 * y2 - y1 * x2) * mirror, x1 * x2 + y1 * y2)
    return out.T


def in_place_three_point(
    xyz: Floats, triplets: Sequence[tuple[int, int, int]], chunk_frames: int
) -> Floats:
    """Compute included angles in chunks that fit the cache, in preallocated intermediate arrays."""
    used = sorted({k for row in triplets for k in row})
    first, middle, last = np.array([[used.index(k) for k in row] for row in triplets]).T
    n, size = len(triplets), min(chunk_frames, len(xyz))
    points = np.empty((3, len(used), size), dtype=xyz.dtype)
    u, v, w = (np.empty((3, n, size), dtype=xyz.dtype) for _ in range(3))
    sine, cosine, term = (np.empty((n, size), dtype=xyz.dtype) for _ in range(3))
    out = np.empty((len(xyz), n), dtype=xyz.dtype)
    for start in range(0, len(xyz), size):
        part = xyz[start : start + size]
        if len(part) < size:
            part = xyz[len(xyz) - size :]
            start = len(xyz) - size
        points[...] = part[:, used].transpose(2, 1, 0)
        np.take(points, middle, axis=1, out=w, mode="clip")
        np.take(points, first, axis=1, out=u, mode="clip")
        np.take(points, last, axis=1, out=v, mode="clip")
        np.subtract(u, w, out=u)
        np.subtract(v, w, out=v)
        for i, (a, b) in enumerate(((1, 2), (2, 0), (0, 1))):
            np.multiply(u[a], v[b], out=w[i])
            np.multiply(u[b], v[a], out=term)
            np.subtract(w[i], term, out=w[i])
        np.einsum("dns,dns->ns", w, w, out=sine)
        np.sqrt(sine, out=sine)
        np.einsum("dns,dns->ns", u, v, out=cosine)
        np.arctan2(sine, cosine, out=sine)
        np.multiply(sine, sine.dtype.type(180.0 / np.pi), out=out[start : start + size].T)
    return out


def chunked(of: Callable[[Floats], Floats], points: Floats, width: int) -> Floats:
    """Apply `of` to blocks of frames that fit the cache; return the results, shape (T, width)."""
    out = np.empty((points.shape[0], width), dtype=points.dtype)
    for start in range(0, points.shape[0], CHUNK_FRAMES):
        part = slice(start, start + CHUNK_FRAMES)
        out[part] = of(points[part])
    return out
