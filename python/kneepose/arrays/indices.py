"""Left against right, as one number."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, Floats, floats, plain_series
from kneepose.errors import CoordinateError, KneeposeError, UnknownNameError
from kneepose.recording.options import parse_flag

__all__ = ["asymmetry", "bootstrap_interval", "bootstrap_intervals"]

_KINDS = ("difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle")
_BY_TRIALS = "normalized_symmetry_index"
_METHODS = ("bca", "percentile")
LARGEST_SEED = 2**64 - 1


Flags = npt.NDArray[np.bool_]


@overload
def asymmetry(
    left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = ..., flag: Literal[False] = ...
) -> F64: ...
@overload
def asymmetry(
    left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = ..., flag: Literal[True]
) -> tuple[F64, Flags]: ...
def asymmetry(
    left: npt.ArrayLike, right: npt.ArrayLike, *, kind: str = "difference", flag: bool = False
) -> F64 | tuple[F64, Flags]:
    """Put left and right into one number.

    Parameters
    ----------
    left, right
        Arrays that broadcast against each other, NaN = missing. For ``"normalized_symmetry_index"``
        the last axis holds the trials of a side.
    kind
        ``"difference"`` (right − left) is the only one for angles that can be near zero or negative.
        For positive values also ``"log_ratio"`` (100·ln(right/left)), ``"lsi"`` (100·right/left),
        ``"symmetry_index"`` (Robinson), ``"symmetry_angle"`` (Zifchock) and
        ``"normalized_symmetry_index"`` (Queen).
    flag
        True to return also where the number says nothing.

    Returns
    -------
    values
        f64, right over left: positive where the right side is larger (``"lsi"``: above 100). The
        difference has the unit of the values, all others are percent. NaN where a side is missing or
        infinite and where the index is not defined (a logarithm of a negative value, both sides zero),
        never infinite.
    unstable
        Only with `flag`: bool, in the shape of the values. True where both sides are known and the
        index is not defined, or the sides differ in sign or one is zero, so that a small change of
        either moves it far: do not show such a value. Never for the difference;
        ``"normalized_symmetry_index"`` is bounded and only unstable where it is not defined.

    Raises
    ------
    UnknownNameError
        No such index.
    CoordinateError
        Shapes that do not broadcast, or no arrays of real numbers.
    KneeposeError
        `flag` is neither True nor False.

    References
    ----------
    Robinson et al., J Manipulative Physiol Ther 1987;10:172. Zifchock et al., Gait Posture 2008;27:622.
    Queen et al., J Biomech 2020;99:109531.

    Examples
    --------
    >>> float(asymmetry(8.0, 10.0, kind="symmetry_index").round(4))
    22.2222
    >>> values, unstable = asymmetry([8.0, -1.0], [10.0, 2.0], kind="symmetry_index", flag=True)
    >>> values.round(1).tolist(), unstable.tolist()
    ([22.2, 600.0], [False, True])
    """
    flag = parse_flag(flag, "flag")
    a, b = floats(left, "left"), floats(right, "right")
    values, unstable = _by_trials(a, b) if kind == _BY_TRIALS else _by_value(a, b, kind)
    return (values, unstable) if flag else values


def _by_value(left: Floats, right: Floats, kind: str) -> tuple[F64, Flags]:
    if kind not in _KINDS:
        raise UnknownNameError.of("kind", kind, (*_KINDS, _BY_TRIALS))
    try:
        sides = np.broadcast_arrays(left, right)
    except ValueError:
        raise CoordinateError(
            f"left {left.shape} and right {right.shape} do not broadcast against each other; give as "
            "many values of each side, or one value for all."
        ) from None
    a, b = (np.ascontiguousarray(side, dtype=np.float64).ravel() for side in sides)
    values, unstable = _core.asymmetry(a, b, kind)
    return values.reshape(sides[0].shape), unstable.reshape(sides[0].shape)


def _by_trials(left: Floats, right: Floats) -> tuple[F64, Flags]:
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
    measured = left.shape[-1] > 0 and right.shape[-1] > 0
    known = np.isfinite(left).all(axis=-1) & np.isfinite(right).all(axis=-1) & measured
    return out, np.asarray(known & np.isnan(out))


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
    a, b = two_samples(first, second, paired)
    if method not in _METHODS:
        raise UnknownNameError.of("method", method, _METHODS)
    resamples, seed = whole(resamples, "resamples", 10_000_000), whole(seed, "seed", LARGEST_SEED)
    try:
        coverage = float(confidence)
    except (TypeError, ValueError):
        raise KneeposeError(
            f"confidence is {confidence!r}; it must be a number between 0 and 1, such as 0.95."
        ) from None
    return _core.bootstrap_interval(a, b, bool(paired), resamples, coverage, seed, method)


def bootstrap_intervals(
    first: npt.ArrayLike, second: npt.ArrayLike, *, resamples: int = 10_000, seed: int = 0
) -> F64:
    """95 % intervals of mean(second) − mean(first) of several measures, as `kneepose.compare` has them.

    Whole repetitions are resampled, each with all that was measured in it, so that all measures share
    one set of draws. BCa, its tails expanded for small samples: plain BCa holds the true difference in
    91 % at ten values a side, this in 95 % (docs/evidence/asymmetry.md).

    Parameters
    ----------
    first, second
        (n, M) and (m, M), a row a repetition and a column a measure. A measure with a missing value
        gives NaN: resample it on its own with `bootstrap_interval`.
    resamples
        Number of replicates, 1 to ten million.
    seed
        Start of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1.

    Returns
    -------
    (M, 2) low and high, in the unit of each measure. NaN below two rows a side; a measure without any
    spread gives the point.

    Raises
    ------
    CoordinateError
        Not one row a repetition, or sides with other measures.
    KneeposeError
        `resamples` or `seed` out of range.

    References
    ----------
    Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 14. Hesterberg, The American
    Statistician 2015;69:371 (expanded tails).

    Examples
    --------
    >>> first = [[8.1, 1.0], [9.0, 1.2], [7.4, 0.9], [8.8, 1.1], [8.3, 1.0]]
    >>> second = [[11.2, 1.1], [12.9, 1.0], [11.8, 1.2], [12.4, 0.8], [10.9, 1.0]]
    >>> bootstrap_intervals(first, second)[0].round(1).tolist()
    [2.5, 4.6]
    """
    sides = [
        np.asarray(floats(side, name), dtype=np.float64)
        for side, name in ((first, "first"), (second, "second"))
    ]
    a, b = sides
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise CoordinateError(
            f"first {a.shape} and second {b.shape} must be (n, M) and (m, M): one row a repetition, one "
            "column a measure."
        )
    count = whole(resamples, "resamples", 10_000_000)
    if count < 1:
        raise KneeposeError("resamples is 0; it must be from 1 to 10000000.")
    known = np.isfinite(a).all(axis=0) & np.isfinite(b).all(axis=0)
    found = np.full((a.shape[1], 2), np.nan)
    if known.any():
        number = whole(seed, "seed", LARGEST_SEED)
        found[known] = _core.bootstrap_intervals(a[:, known], b[:, known], count, number)
    return found


def two_samples(first: npt.ArrayLike, second: npt.ArrayLike, paired: bool) -> tuple[F64, F64]:
    """Return both samples, as long as each other where they are pairs."""
    a, b = plain_series(first, "first"), plain_series(second, "second")
    if paired and a.shape != b.shape:
        raise CoordinateError(
            f"first has {len(a)} values and second {len(b)}; paired needs as many of each, NaN where "
            "one is missing."
        )
    return a, b


def whole(given: object, argument: str, most: int) -> int:
    """Return a whole number from 0 to `most`."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and 0 <= given <= most:
        return int(given)
    raise KneeposeError(f"{argument} is {given!r}; it must be a whole number up to {most}.")
