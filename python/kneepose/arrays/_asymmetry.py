"""Left against right, as one number."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from .. import _core
from .._errors import CoordinateError, KneeposeError, UnknownNameError
from ._input import F64, Floats, floats, plain_series

__all__ = ["asymmetry", "bootstrap_interval"]

_KINDS = ("difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle")
_METHODS = ("bca", "percentile")


def asymmetry(left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = "difference") -> F64:
    """Put left and right into one number.

    Parameters
    ----------
    left, right
        Arrays that broadcast against each other. For ``"normalized_symmetry_index"`` the last axis
        holds the trials of a side.
    kind
        ``"difference"`` (right − left) is the only one for angles that can be near zero or negative.
        For positive values also ``"log_ratio"`` (100·ln(right/left)), ``"lsi"`` (100·right/left),
        ``"symmetry_index"`` (Robinson), ``"symmetry_angle"`` (Zifchock) and
        ``"normalized_symmetry_index"`` (Queen).

    Returns
    -------
    f64, right over left. NaN where the index is not defined (a logarithm of a negative value, both
    sides zero), never infinite.

    Raises
    ------
    UnknownNameError
        No such index.
    CoordinateError
        Shapes that do not broadcast.

    Examples
    --------
    >>> float(asymmetry(8.0, 10.0, kind="symmetry_index").round(4))
    22.2222
    """
    sides = [floats(left, "left"), floats(right, "right")]
    if kind == "normalized_symmetry_index":
        return _by_trials(*sides)
    if kind not in _KINDS:
        raise UnknownNameError.of("kind", kind, (*_KINDS, "normalized_symmetry_index"))
    try:
        a, b = np.broadcast_arrays(*sides)
    except ValueError:
        raise CoordinateError(
            f"left {sides[0].shape} and right {sides[1].shape} do not broadcast against each other."
        ) from None
    first, second = (np.ascontiguousarray(side, dtype=np.float64).ravel() for side in (a, b))
    return _core.asymmetry(first, second, kind).reshape(a.shape)


def _by_trials(left: Floats, right: Floats) -> F64:
    if left.ndim == 0 or right.ndim == 0 or left.shape[:-1] != right.shape[:-1]:
        raise CoordinateError(
            f"left {left.shape} and right {right.shape}: the last axis must hold the trials, and the "
            "axes before it must agree."
        )
    out = np.empty(left.shape[:-1])
    for index in np.ndindex(out.shape):
        out[index] = _core.normalized_symmetry_index(
            left[index].astype(np.float64), right[index].astype(np.float64)
        )
    return out


def bootstrap_interval(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    *,
    paired: bool = False,
    resamples: int = 10_000,
    confidence: float = 0.95,
    seed: int = 0,
    method: Literal["bca", "percentile"] = "bca",
) -> tuple[float, float]:
    """Bootstrap interval of mean(second) − mean(first), in the unit of the values.

    Parameters
    ----------
    first, second
        (n,) and (m,), one value a repetition. NaN values are left out, pairwise where `paired`.
    paired
        True where the values belong together, such as both legs in one repetition; then n = m.
    resamples
        Number of replicates, up to ten million.
    confidence
        Coverage, between 0 and 1.
    seed
        Start of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1: the same seed gives the same bits on
        every machine.
    method
        ``"bca"``, bias-corrected and accelerated, or ``"percentile"``. Both are too narrow for few
        values; below ten a side the interval by Student's t of `kneepose.compare` is the better one.

    Returns
    -------
    (low, high). NaN where a side has fewer than two values, or (BCa) where no replicate lies on one
    side of the difference. Values without any spread give the point.

    Raises
    ------
    CoordinateError
        Not one series each, or paired series of different length.
    KneeposeError
        `resamples`, `confidence` or `seed` out of range.
    UnknownNameError
        No such method.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14.

    Examples
    --------
    >>> low, high = bootstrap_interval([8.1, 9.0, 7.4, 8.8, 8.3], [11.2, 12.9, 11.8, 12.4, 10.9])
    >>> 2.5 < low < 3.52 < high < 4.5
    True
    """
    a, b = plain_series(first, "first"), plain_series(second, "second")
    if paired and a.shape != b.shape:
        raise CoordinateError(
            f"first has {len(a)} values and second {len(b)}; paired needs as many of each, NaN where "
            "one is missing."
        )
    if method not in _METHODS:
        raise UnknownNameError.of("method", method, _METHODS)
    for name, given, most in (("resamples", resamples, 10_000_000), ("seed", seed, 2**64 - 1)):
        whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
        if not whole or not 0 <= given <= most:
            raise KneeposeError(f"{name} is {given!r}; it must be a whole number up to {most}.")
    try:
        coverage = float(confidence)
    except (TypeError, ValueError):
        raise KneeposeError(
            f"confidence is {confidence!r}; it must be a number between 0 and 1, such as 0.95."
        ) from None
    return _core.bootstrap_interval(a, b, bool(paired), int(resamples), coverage, int(seed), method)
