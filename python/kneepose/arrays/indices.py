"""Asymmetry indices of two sides, and bootstrap intervals of their difference."""

from __future__ import annotations

from typing import Literal, overload

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, Floats, floats, plain_series
from kneepose.errors import CoordinateError, KneeposeError, UnknownNameError
from kneepose.recording.options import parse_flag, parse_real

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
    """Compute an asymmetry index of left and right values.

    Parameters
    ----------
    left, right
        Arrays that broadcast against each other; NaN marks missing values. For
        ``"normalized_symmetry_index"`` the last axis holds the trials of a side.
    kind
        ``"difference"`` (right − left) is the only index for angles that can be near zero or negative.
        Positive values may also use ``"log_ratio"`` (100·ln(right/left)), ``"lsi"`` (100·right/left),
        ``"symmetry_index"`` (Robinson), ``"symmetry_angle"`` (Zifchock) and
        ``"normalized_symmetry_index"`` (Queen).
    flag
        True returns `unstable` too.

    Returns
    -------
    values
        float64. Positive where the right side is larger (for ``"lsi"``: above 100). The difference has
        the unit of the inputs, all other indices are percent. NaN where a side is missing or infinite,
        or where the index is not defined (logarithm of a negative value, both sides zero). Never
        infinite.
    unstable
        Only with `flag`: bool, same shape as `values`. True where both sides are known but the index is
        not defined, has sides of opposite sign, or has a side of zero. There a small change of one side
        changes the index much, so do not report it. Always False for the difference.
        ``"normalized_symmetry_index"`` is bounded, and unstable only where it is not defined.

    Raises
    ------
    UnknownNameError
        `kind` is not one of these indices.
    CoordinateError
        The shapes do not broadcast, or an input is not an array of real numbers.
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
            f"left has shape {left.shape} and right {right.shape}, which do not broadcast against each "
            "other; give the same number of values for each side, or one value for all."
        ) from None
    a, b = (np.ascontiguousarray(side, dtype=np.float64).ravel() for side in sides)
    values, unstable = _core.asymmetry(a, b, kind)
    return values.reshape(sides[0].shape), unstable.reshape(sides[0].shape)


def _by_trials(left: Floats, right: Floats) -> tuple[F64, Flags]:
    if left.ndim == 0 or right.ndim == 0 or left.shape[:-1] != right.shape[:-1]:
        raise CoordinateError(
            f"left has shape {left.shape} and right {right.shape}; the last axis must hold the trials, "
            "and the axes before it must be equal."
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
    """Compute a bootstrap interval of mean(second) − mean(first).

    Parameters
    ----------
    first, second
        Values of the repetitions, shapes (n,) and (m,). NaN values are omitted; with `paired`, the
        whole pair is omitted.
    paired
        True if the values form pairs, such as both legs in one repetition. Then n = m.
    resamples
        Number of bootstrap replicates, at most ten million.
    confidence
        Nominal coverage, between 0 and 1.
    seed
        Seed of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1. The same seed gives the same bits on
        every machine.
    method
        ``"bca"`` (bias-corrected and accelerated) or ``"percentile"``. Both intervals are too narrow
        for small samples: below ten values a side, prefer `mean_difference`.

    Returns
    -------
    (low, high) in the unit of the values. NaN if a side has fewer than two values, or with BCa if all
    replicates lie on one side of the difference. Values without variance give low = high.

    Raises
    ------
    CoordinateError
        An input is not one-dimensional, or paired inputs differ in length.
    KneeposeError
        `resamples`, `confidence` or `seed` is out of range.
    UnknownNameError
        `method` is not known.

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
    coverage = parse_real(confidence, "confidence")
    return _core.bootstrap_interval(a, b, bool(paired), resamples, coverage, seed, method)


def bootstrap_intervals(
    first: npt.ArrayLike, second: npt.ArrayLike, *, resamples: int = 10_000, seed: int = 0
) -> F64:
    """Compute 95 % bootstrap intervals of mean(second) − mean(first) for several measures.

    `kneepose.compare` uses these intervals. Whole repetitions are resampled, so all measures share the
    same draws. The intervals are BCa with tails expanded for small samples. At ten values a side their
    coverage is 95 %, that of plain BCa is 91 % (docs/evidence/asymmetry.md).

    Parameters
    ----------
    first, second
        Shapes (n, M) and (m, M): one row per repetition, one column per measure. A measure with a
        missing value gives NaN; use `bootstrap_interval` for it.
    resamples
        Number of bootstrap replicates, 1 to ten million.
    seed
        Seed of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1.

    Returns
    -------
    (low, high) of each measure, shape (M, 2), in its unit. NaN if a side has fewer than two rows. A
    measure without variance gives low = high.

    Raises
    ------
    CoordinateError
        An input is not two-dimensional, or the inputs differ in their number of measures.
    KneeposeError
        `resamples` or `seed` is out of range.

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
            f"first has shape {a.shape} and second {b.shape}; they must be (n, M) and (m, M): one row "
            "per repetition, one column per measure."
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
    """Return both samples as one-dimensional float64 arrays; paired ones must be equally long."""
    a, b = plain_series(first, "first"), plain_series(second, "second")
    if paired and a.shape != b.shape:
        raise CoordinateError(
            f"first has {len(a)} values and second {len(b)}; paired=True needs the same number of "
            "each, with NaN for a missing value."
        )
    return a, b


def whole(given: object, argument: str, most: int) -> int:
    """Check that `given` is a whole number from 0 to `most`, and return it."""
    if isinstance(given, int | np.integer) and not isinstance(given, bool) and 0 <= given <= most:
        return int(given)
    raise KneeposeError(f"{argument} is {given!r}; it must be a whole number from 0 to {most}.")
