"""Row-wise vector algebra: arguments are (T, D) or (D,), scalar results are (T,)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

UP_AXES: dict[str, Array] = {
    sign + axis: (-1.0 if sign else 1.0) * np.eye(3)[i]
    for i, axis in enumerate("xyz")
    for sign in ("", "-")
}


def dot(u: Array, v: Array) -> Array:
    """Inner product of each row."""
    return np.asarray((u * v).sum(axis=-1))


def norm(v: Array) -> Array:
    """Return the Euclidean length of each row vector."""
    return np.asarray(np.sqrt(dot(v, v)))


def unit(v: Array) -> Array:
    """Scale each row to length 1; a row of length 0 becomes NaN."""
    length = norm(v)[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(length > 0.0, v / length, np.nan))


def cross(u: Array, v: Array) -> Array:
    """Right-handed vector product of each row (3-D only)."""
    return np.asarray(np.cross(u, v))


def area(u: Array, v: Array) -> Array:
    """Length of the vector product of each row, in two or three dimensions."""
    if np.shape(u)[-1] == 2:
        return np.abs(u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0])
    return norm(cross(u, v))


def angle_between(u: Array, v: Array) -> Array:
    """Unsigned angle of two unit rows in degrees, 0 to 180, well conditioned everywhere."""
    return np.degrees(np.arctan2(area(u, v), dot(u, v)))


def angle_from(v: Array, zero: Array, positive: Array) -> Array:
    """Signed angle of `v` in the plane (zero, positive): 0 along `zero`, 90 along `positive`."""
    return np.degrees(np.arctan2(dot(v, positive), dot(v, zero)))


def arcsin_degrees(sine: Array) -> Array:
    """Inverse sine in degrees; arguments beyond ±1 by rounding are clamped."""
    return np.degrees(np.arcsin(np.clip(sine, -1.0, 1.0)))
