"""Whether a difference is real: intervals, tests, reliability and whole curves."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.indices import LARGEST_SEED, two_samples, whole
from kneepose.arrays.input import F64, floats, plain_series
from kneepose.errors import CoordinateError, KneeposeError
from kneepose.recording.options import parse_flag

__all__ = [
    "Band",
    "CurveComparison",
    "MeanDifference",
    "MeasureReliability",
    "compare_curves",
    "holm",
    "mean_difference",
    "permutation_test",
    "reliability",
]


class MeanDifference(NamedTuple):
    """Difference of two means with its 95 % interval, in the unit of the values.

    Attributes
    ----------
    difference
        mean(second) − mean(first).
    low, high
        Ends of the interval.
    """

    difference: float
    low: float
    high: float


class MeasureReliability(NamedTuple):
    """How well a measure repeats itself, in the unit of the values.

    Attributes
    ----------
    subjects, sessions
        Subjects with a value in every session, and sessions.
    freedom
        Degrees of freedom of the error: (subjects − 1)·(sessions − 1); sessions − 1 for one subject.
    sem
        Standard error of measurement, √(mean square of the error).
    sem_ci
        Its 95 % interval (χ²).
    icc
        ICC(2,1): two-way random effects, absolute agreement, one session; has no unit. NaN with one
        subject, or where nothing varies.
    mdc
        Minimal detectable change (95 %), 1.96·√2·`sem`. NaN below five degrees of freedom.
    bias
        Mean of last − first session.
    limits
        Bland–Altman limits of agreement: `bias` ± 1.96 standard deviations of last − first session.
        NaN with one subject.
    """

    subjects: int
    sessions: int
    freedom: int
    sem: float
    sem_ci: tuple[float, float]
    icc: float
    mdc: float
    bias: float
    limits: tuple[float, float]


class Band(NamedTuple):
    """A mean curve and the simultaneous 95 % band around it.

    Attributes
    ----------
    mean
        (P,); NaN where under half of the curves are known.
    low, high
        (P,) ends of the band, which holds the whole true curve nineteen times in twenty. NaN with
        fewer than five curves a side.
    """

    mean: F64
    low: F64
    high: F64


class CurveComparison(NamedTuple):
    """Outcome of `compare_curves`, in the unit of the curves.

    Attributes
    ----------
    first, second
        Mean and band of each side.
    difference
        second − first.
    rmsd
        Root mean square of the mean difference over the points that both sides have.
    largest, largest_at
        The largest mean difference, with its sign, and the point where it is, 0 to P − 1 (the last one
        where several are as large). NaN and None where no point is known.
    gain, offset, r_squared
        mean(second) ≈ `gain`·mean(first) + `offset`, and how much of the second's shape that explains.
        NaN where a mean does not vary.
    """

    first: Band
    second: Band
    difference: Band
    rmsd: float
    largest: float
    largest_at: int | None
    gain: float
    offset: float
    r_squared: float


def mean_difference(
    first: npt.ArrayLike, second: npt.ArrayLike, *, paired: bool = False
) -> MeanDifference:
    """Estimate mean(second) − mean(first) with its 95 % interval by Student's t.

    Parameters
    ----------
    first, second
        (n,) and (m,), one value a repetition. Values that are NaN or infinite are left out, pairwise
        where `paired`.
    paired
        True where the values belong together, such as both legs in one repetition; then n = m. False
        for independent values, whose variances may differ (Welch).

    Returns
    -------
    MeanDifference
        Positive where the second is larger, in the unit of the values. NaN without values; the limits
        also with fewer than two values a side (or two pairs). Values without any spread give the point.

    Raises
    ------
    CoordinateError
        Not one series each, or paired series of different length.
    KneeposeError
        `paired` is neither True nor False.

    References
    ----------
    Welch, Biometrika 1947;34:28.

    Examples
    --------
    >>> found = mean_difference([8.1, 9.0, 7.4, 8.8, 8.3], [11.2, 12.9, 11.8, 12.4, 10.9])
    >>> [round(value, 2) for value in found]
    [3.52, 2.44, 4.6]
    """
    paired = parse_flag(paired, "paired")
    return MeanDifference(*_core.t_interval(*two_samples(first, second, paired), paired))


def permutation_test(
    first: npt.ArrayLike, second: npt.ArrayLike, *, paired: bool = False, seed: int = 0
) -> float:
    """Test whether mean(second) − mean(first) is more than chance, without assuming a distribution.

    Parameters
    ----------
    first, second
        (n,) and (m,), one value a repetition. Values that are NaN or infinite are left out, pairwise
        where `paired`.
    paired
        True where the values belong together: then the two of a pair are exchanged, else all values
        are dealt out anew.
    seed
        Start of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1; matters only where arrangements are
        drawn.

    Returns
    -------
    Two-sided p-value: twice the smaller tail, at most 1. Exact up to 200 000 arrangements; of more,
    10 000 are drawn, the one that was seen among them. It cannot go below 2/C(n + m, n), which is 0.10
    for three values a side and 0.029 for four, and for n pairs not below 2/2ⁿ. 1 where nothing varies,
    NaN where a side is empty.

    Raises
    ------
    CoordinateError
        Not one series each, or paired series of different length.
    KneeposeError
        `seed` out of range, or `paired` is neither True nor False.

    References
    ----------
    Phipson and Smyth, Stat Appl Genet Mol Biol 2010;9:39, for the arrangements that are drawn.

    Examples
    --------
    >>> round(permutation_test([1, 2, 3, 4], [11, 12, 13, 14]), 4)  # 2/70
    0.0286
    """
    paired = parse_flag(paired, "paired")
    seed = whole(seed, "seed", LARGEST_SEED)
    return _core.permutation_p(*two_samples(first, second, paired), paired, seed)


def holm(p: npt.ArrayLike) -> F64:
    """Adjust the p-values of several tests, so that together they err no more often than one would.

    Parameters
    ----------
    p
        (n,) p-values of one family of tests. NaN is no test and does not count.

    Returns
    -------
    (n,) adjusted p-values in the order given, at most 1. NaN stays NaN.

    Raises
    ------
    CoordinateError
        Not one series.
    KneeposeError
        A value outside 0 to 1.

    References
    ----------
    Holm, Scand J Stat 1979;6:65.

    Examples
    --------
    >>> holm([0.01, np.nan, 0.04, 0.03]).round(3).tolist()
    [0.03, nan, 0.06, 0.06]
    """
    values = plain_series(p, "p")
    wrong = np.flatnonzero((values < 0.0) | (values > 1.0))
    if wrong.size:
        raise KneeposeError(
            f"p[{wrong[0]}] is {values[wrong[0]]}; a p-value must lie between 0 and 1, NaN where there "
            "is no test."
        )
    return np.array(_core.holm(values.tolist()), dtype=np.float64)


def reliability(values: npt.ArrayLike) -> MeasureReliability:
    """Estimate the error of measurement from sessions between which nothing should have changed.

    Parameters
    ----------
    values
        (n, k) one row a subject (or leg), one column a session, k ≥ 2. A row with a value that is NaN or
        infinite is left out.

    Returns
    -------
    MeasureReliability
        By a two-way analysis of variance, so that a shift that all subjects share is bias and no
        error. With one subject the spread of its sessions is the error. NaN where there is too little.

    Raises
    ------
    CoordinateError
        Not (n, k), or only one session.

    References
    ----------
    Shrout and Fleiss, Psychol Bull 1979;86:420. Bland and Altman, Lancet 1986;1:307. Weir, J Strength
    Cond Res 2005;19:231.

    Examples
    --------
    >>> of_four = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> found = reliability(of_four)
    >>> round(found.icc, 2), round(found.sem, 2), round(found.mdc, 2)
    (0.29, 1.01, 2.8)
    """
    array = floats(values, "values")
    if array.ndim != 2 or array.shape[1] < 2:
        raise CoordinateError(
            f"values has shape {array.shape}; it must be one row a subject and one column a session, "
            "(n, k), with two sessions or more."
        )
    found = _core.reliability(np.asarray(array, dtype=np.float64))
    return MeasureReliability(**found)


def compare_curves(
    first: npt.ArrayLike, second: npt.ArrayLike, *, paired: bool = False, seed: int = 0
) -> CurveComparison:
    """Compare two sets of curves over their whole course.

    Parameters
    ----------
    first, second
        (R, P) and (S, P), one curve a repetition, brought to the same P points before, such as 101 from
        start over bottom to end. Values that are NaN or infinite are missing.
    paired
        True where curve i of both is from the same repetition; then R = S, and the difference is that of
        the pairs that are known at a point.
    seed
        Start of the random numbers (SplitMix64) of the bands, 0 to 2⁶⁴ − 1.

    Returns
    -------
    CurveComparison
        Positive differences where the second is larger. NaN where too few curves are known.

    Raises
    ------
    CoordinateError
        Not one curve a row, curves of different length, or pairs of which one is missing.
    KneeposeError
        `seed` out of range, or `paired` is neither True nor False.

    Notes
    -----
    Bands are simultaneous: their reach is how many standard errors the farthest point of a mean lies
    off in 95 % of 2000 resamples of whole curves (max-t; Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993). Gain, offset and R² are the linear fit method (Iosa et al., BioMed Res Int
    2014;214156).

    Examples
    --------
    >>> course = np.sin(np.linspace(0.0, np.pi, 101))
    >>> first = [60.0 * course + shift for shift in (-1.0, -0.5, 0.5, 1.0)]
    >>> second = [66.0 * course + shift for shift in (-0.5, -0.2, 0.2, 0.5)]
    >>> found = compare_curves(first, second)
    >>> round(found.largest, 3), found.largest_at, round(found.gain, 3)
    (6.0, 50, 1.1)
    """
    paired = parse_flag(paired, "paired")
    seed = whole(seed, "seed", LARGEST_SEED)
    a, b = _curves(first, "first"), _curves(second, "second")
    if a.shape[1] != b.shape[1]:
        raise CoordinateError(
            f"first has curves of {a.shape[1]} points and second of {b.shape[1]}; bring both to "
            "the same points, such as 101 from start to end."
        )
    if paired and len(a) != len(b):
        raise CoordinateError(
            f"first has {len(a)} curves and second {len(b)}; paired needs as many of each, NaN where "
            "one is missing."
        )
    found = _core.compare_curves(a, b, seed, paired)
    # Without any curve the core has nothing that says how long one would be.
    blank = np.full(a.shape[1], np.nan)
    bands = {
        name: Band(*(line if line.size else blank.copy() for line in found[name]))
        for name in ("first", "second", "difference")
    }
    gain, offset, r_squared = found["fit"]
    return CurveComparison(
        **bands,
        rmsd=found["rmsd"],
        largest=found["largest"],
        largest_at=found["largest_at"] if np.isfinite(found["largest"]) else None,
        gain=gain,
        offset=offset,
        r_squared=r_squared,
    )


def _curves(value: npt.ArrayLike, argument: str) -> F64:
    array = floats(value, argument)
    if array.ndim != 2:
        raise CoordinateError(
            f"{argument} has shape {array.shape}; it must be one curve a row, (R, P)."
        )
    return np.asarray(array, dtype=np.float64)
