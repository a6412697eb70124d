"""Accuracy of `included` angles, and bit-identical results for identical frames."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kneepose as kp
from benches.rows_angles import kernel14
from benches.speed import Absent

Floats = NDArray[np.floating[Any]]
F64, F32 = np.float64, np.float32
CASES = 1000
DIGITS = 50
THREADS = 4
FRAMES = 1003
"""Number of frames; it is not a multiple of any block size of the kernel."""


def triples(dtype: Any) -> dict[str, Floats]:
    """Return point triples p, q, r, shape (n, 3, 3): random, and with an angle near 0° or 180°.

    The distances to 0° and 180° go from 1e-1 down to the last bits of the format.
    """
    rng = np.random.default_rng(11)
    anywhere = rng.normal(size=(CASES, 3, 3))
    least = -15.0 if dtype is F64 else -6.5
    sideways = 10.0 ** rng.uniform(least, -1.0, size=(CASES, 1))
    found = {"anywhere": anywhere}
    for name, sign in (("near 0°", 1.0), ("near 180°", -1.0)):
        q, u = rng.normal(size=(2, CASES, 3))
        across = np.cross(u, rng.normal(size=(CASES, 3)))
        length = rng.uniform(0.2, 5.0, size=(CASES, 1))
        found[name] = np.stack([q + u, q, q + sign * length * (u + sideways * across)], axis=1)
    return {name: points.astype(dtype) for name, points in found.items()}


def exact_deg(points: Floats) -> NDArray[np.object_]:
    """Return the exact angles of these floating-point coordinates, each to 50 digits."""
    try:
        from mpmath import mp
    except ImportError as error:
        raise Absent(f"mpmath is not installed ({error}): pip install --group bench") from None
    angles = []
    with mp.workdps(DIGITS):
        for p, q, r in points.astype(F64).tolist():
            u, v = ([mp.mpf(a) - mp.mpf(b) for a, b in zip(end, q, strict=True)] for end in (p, r))
            normal = [u[i - 2] * v[i - 1] - u[i - 1] * v[i - 2] for i in range(3)]
            sine = mp.sqrt(sum(c * c for c in normal))
            angles.append(mp.degrees(mp.atan2(sine, sum(a * b for a, b in zip(u, v, strict=True)))))
    return np.array(angles, dtype=object)


def errors_deg(dtype: Any) -> dict[str, float]:
    """Largest error of `arrays.angle` and of the kernel behind `arrays.joint_angles`."""
    spec = kp.AngleSpec(
        "bent", ("left_hip", "left_knee", "left_ankle"), "included", sided="midline"
    )
    skeleton = kp.Skeleton("leg", ["left_hip", "left_knee", "left_ankle"])
    found = {}
    for name, points in triples(dtype).items():
        want = exact_deg(points)
        ways = {
            "arrays.angle": kp.arrays.angle(points[:, 0], points[:, 1], points[:, 2]),
            "joint_angles": kp.arrays.joint_angles(points, skeleton=skeleton, names=[spec], up="y")[
                :, 0
            ],
        }
        for way, got in ways.items():
            assert got.dtype == dtype
            assert np.isfinite(got).all(), f"{way} gave NaN {name}"
            off = [abs(float(w - g)) for w, g in zip(want, got.tolist(), strict=True)]
            found[f"{way}, {name}"] = max(off)
    return found


def same_bits(dtype: Any) -> dict[str, bool]:
    """Return whether the bits are equal, for each way to pass equal frames (slices, threads …)."""
    rng = np.random.default_rng(12)
    xyz = rng.normal(size=(FRAMES, 33, 3)).astype(dtype)
    want = kernel14(xyz)()
    wide = np.repeat(xyz, 2, axis=0)
    cuts = [0, 1, 8, 9, 500, FRAMES]
    pieces = list(pairwise(cuts))

    def of(points: Floats) -> Floats:
        return np.asarray(kernel14(points)())

    def on_threads() -> Floats:
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(lambda cut: of(xyz[cut[0] : cut[1]]), pieces)))

    ways: dict[str, Callable[[], Floats]] = {
        "frame by frame": lambda: np.concatenate([of(xyz[i : i + 1]) for i in range(FRAMES)]),
        "slices": lambda: np.concatenate([of(xyz[a:b]) for a, b in pieces]),
        "every other frame of an array": lambda: of(wide[::2]),
        "Fortran order": lambda: of(np.asfortranarray(xyz)),
        "backwards": lambda: of(xyz[::-1].copy()[::-1]),
        f"slices on {THREADS} threads": on_threads,
    }
    return {name: way().tobytes() == want.tobytes() for name, way in ways.items()}
