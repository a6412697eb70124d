"""Three-point angles with Numba (one thread, `fastmath`): a plain loop, and a fast blocked version.

The blocked version works like the kernel of kneepose: blocks of frames that fit the L1 cache, one
contiguous row per component, and an arc tangent without branches, so that LLVM vectorizes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from benches.speed import Absent

Floats = NDArray[np.floating[Any]]
Angles = Callable[[Floats], Floats]
BLOCK = 64
FOLD = math.sqrt(2.0) - 1.0
"""tan 22.5°. For t above it, atan(t) is computed as 45° − atan((1 − t)/(1 + t))."""
TERMS = {np.dtype(np.float64): 11, np.dtype(np.float32): 6}
"""Number of polynomial terms for arctan(√w)/√w on 0..FOLD² (error 1e-15, or 1e-8 in float32)."""


def coefficients(terms: int) -> list[float]:
    """Return the coefficients of a polynomial in w for arctan(√w)/√w, lowest power first."""
    domain = [0.0, FOLD**2]
    fit = chebyshev.Chebyshev.interpolate(
        lambda w: np.arctan(np.sqrt(w)) / np.sqrt(w), terms - 1, domain=domain
    )
    return [float(c) for c in fit.convert(kind=np.polynomial.Polynomial).coef]


def numba_loops(dtype: Any, triplets: Sequence[tuple[int, int, int]]) -> tuple[Angles, Angles]:
    """Compile the plain and the blocked loop; each maps (T, K, 3) to degrees of shape (T, n)."""
    try:
        from numba import njit
    except ImportError as error:
        raise Absent(f"no Numba here ({error}); it may have no release for this NumPy") from None
    rows = np.array(triplets)
    used = np.unique(rows)
    among_used = np.searchsorted(used, rows)
    real = np.dtype(dtype).type
    degrees, straight, zero, quarter, half, fold = (
        real(v) for v in (180.0 / math.pi, math.pi, 0.0, math.pi / 4, math.pi / 2, FOLD)
    )
    compiled = njit(fastmath=True, error_model="numpy")

    @compiled
    def plain(points: Floats, rows: Any, out: Floats) -> None:
        for t in range(points.shape[0]):
            for i in range(rows.shape[0]):
                p, q, r = rows[i, 0], rows[i, 1], rows[i, 2]
                ux = points[t, p, 0] - points[t, q, 0]
                uy = points[t, p, 1] - points[t, q, 1]
                uz = points[t, p, 2] - points[t, q, 2]
                vx = points[t, r, 0] - points[t, q, 0]
                vy = points[t, r, 1] - points[t, q, 1]
                vz = points[t, r, 2] - points[t, q, 2]
                x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
                sine = math.sqrt(x * x + y * y + z * z)
                out[t, i] = math.atan2(sine, ux * vx + uy * vy + uz * vz) * degrees

    polynomial = compiled(horner(TERMS[np.dtype(dtype)], real))

    @compiled
    def blocked(points: Floats, used: Any, rows: Any, out: Floats) -> None:
        frames, n = points.shape[0], rows.shape[0]
        scratch = np.empty((used.shape[0], 3, BLOCK), points.dtype)
        angles = np.empty((n, BLOCK), points.dtype)
        for start in range(0, frames, BLOCK):
            size = min(BLOCK, frames - start)
            for b in range(size):
                for k in range(used.shape[0]):
                    for d in range(3):
                        scratch[k, d, b] = points[start + b, used[k], d]
            for i in range(n):
                p, q, r = scratch[rows[i, 0]], scratch[rows[i, 1]], scratch[rows[i, 2]]
                turned = angles[i]
                for b in range(BLOCK):
                    ux, uy, uz = p[0, b] - q[0, b], p[1, b] - q[1, b], p[2, b] - q[2, b]
                    vx, vy, vz = r[0, b] - q[0, b], r[1, b] - q[1, b], r[2, b] - q[2, b]
                    x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
                    sine = math.sqrt(x * x + y * y + z * z)
                    cosine = ux * vx + uy * vy + uz * vz
                    across = abs(cosine)
                    small, large = min(sine, across), max(sine, across)
                    folds = small > fold * large
                    top = large - small if folds else small
                    t = top / (large + small if folds else large)
                    turn = t * polynomial(t * t)
                    turn = quarter - turn if folds else turn
                    turn = half - turn if sine > across else turn
                    turned[b] = (straight - turn if cosine < zero else turn) * degrees
            for b in range(size):
                for i in range(n):
                    out[start + b, i] = angles[i, b]

    def plain_angles(points: Floats) -> Floats:
        out = np.empty((len(points), len(rows)), points.dtype)
        plain(points, rows, out)
        return out

    def blocked_angles(points: Floats) -> Floats:
        out = np.empty((len(points), len(rows)), points.dtype)
        blocked(points, used, among_used, out)
        return out

    return plain_angles, blocked_angles


def horner(terms: int, real: Any) -> Callable[[float], float]:
    """Return the polynomial Σ c·wⁱ term by term, as Numba does not unroll coefficient loops."""
    given = [real(c) for c in coefficients(terms)]
    if terms == 6:
        a0, a1, a2, a3, a4, a5 = given
        return lambda w: a0 + w * (a1 + w * (a2 + w * (a3 + w * (a4 + w * a5))))
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10 = given

    def eleven(w: float) -> float:
        high = b6 + w * (b7 + w * (b8 + w * (b9 + w * b10)))
        return b0 + w * (b1 + w * (b2 + w * (b3 + w * (b4 + w * (b5 + w * high)))))

    return eleven
