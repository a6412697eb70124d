"""Statistical inference: confidence intervals, tests, test-retest reliability, and bands of curves."""

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
    """Test-retest reliability of a measure, in the unit of the values.

    Attributes
    ----------
    subjects, sessions
        Number of rows (subjects, or legs of people) with a value in every session, and number of
        sessions.
    freedom
        Degrees of freedom of the error. If each row is a different person: (subjects − 1)·(sessions
        − 1), or sessions − 1 for one person. For pairs of legs, the number lies between that of one
        leg per person and that of independent rows; it is smaller the more the errors of both legs
        correlate.
    sem
        Standard error of measurement, √(mean square of the error).
    sem_ci
        95 % confidence interval of `sem` (χ²).
    icc
        ICC(2,1): two-way random effects, absolute agreement, single session; without unit. NaN with one
        subject or without variance.
    mdc
        Minimal detectable change (95 %), 1.96·√2·`sem`. NaN below five degrees of freedom.
    bias
        Mean of the last session minus the first.
    limits
        Bland–Altman limits of agreement: `bias` ± 1.96 standard deviations of last − first session.
        NaN with one subject.
    people
        Number of people; 0 in results of earlier versions, which did not store it.
    """

    subjects: int
    sessions: int
    freedom: float
    sem: float
    sem_ci: tuple[float, float]
    icc: float
    mdc: float
    bias: float
    limits: tuple[float, float]
    people: int = 0


class Band(NamedTuple):
    """A mean curve and the simultaneous 95 % band around it.

    Attributes
    ----------
    mean
        Mean curve, shape (P,). NaN at points where fewer than half of the curves have a value.
    low, high
        Limits of the band, shape (P,). The band contains the whole true curve with 95 % probability.
        NaN with fewer than five curves a side.
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
        Largest mean difference in absolute value, with its sign, and its point, 0 to P − 1 (the last
        of equal ones). NaN and None if no point is known.
    gain, offset, r_squared
        Linear fit mean(second) ≈ `gain`·mean(first) + `offset`, and the share of the variance of the
        second mean that it explains. NaN if a mean does not vary.
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
        Values of the repetitions, shapes (n,) and (m,). NaN and infinite values are omitted; with
        `paired`, the whole pair is omitted.
    paired
        True if the values form pairs, such as both legs in one repetition. Then n = m. False for
        independent values, whose variances may differ (Welch).

    Returns
    -------
    MeanDifference
        In the unit of the values; positive if the second mean is larger. NaN without values. The limits
        are NaN with fewer than two values a side (or two pairs). Values without variance give
        low = high.

    Raises
    ------
    CoordinateError
        An input is not one-dimensional, or paired inputs differ in length.
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
    """Test for equal means by permutation, without assuming a distribution.

    Parameters
    ----------
    first, second
        Values of the repetitions, shapes (n,) and (m,). NaN and infinite values are omitted; with
        `paired`, the whole pair is omitted.
    paired
        True if the values form pairs. Then the two values of a pair are exchanged. Otherwise all values
        are redistributed between the two samples.
    seed
        Seed of the random numbers (SplitMix64), 0 to 2⁶⁴ − 1. It has an effect only where permutations
        are drawn at random.

    Returns
    -------
    Two-sided p-value: twice the smaller tail, at most 1. Exact up to 200 000 permutations; beyond that
    10 000 are drawn at random, and the observed one is counted with them. The smallest possible value
    is 2/C(n + m, n), which is 0.10 for three values a side and 0.029 for four; for n pairs it is 2/2ⁿ.
    1 if no value varies, NaN if a side is empty.

    Raises
    ------
    CoordinateError
        An input is not one-dimensional, or paired inputs differ in length.
    KneeposeError
        `seed` is out of range, or `paired` is neither True nor False.

    References
    ----------
    Phipson and Smyth, Stat Appl Genet Mol Biol 2010;9:39, for random permutations.

    Examples
    --------
    >>> round(permutation_test([1, 2, 3, 4], [11, 12, 13, 14]), 4)  # 2/70
    0.0286
    """
    paired = parse_flag(paired, "paired")
    seed = whole(seed, "seed", LARGEST_SEED)
    return _core.permutation_p(*two_samples(first, second, paired), paired, seed)


def holm(p: npt.ArrayLike) -> F64:
    """Adjust p-values for multiple testing by Holm's method (family-wise error rate).

    Parameters
    ----------
    p
        p-values of one family of tests, shape (n,). NaN entries do not count as tests.

    Returns
    -------
    Adjusted p-values in the given order, at most 1, shape (n,). NaN stays NaN.

    Raises
    ------
    CoordinateError
        `p` is not one-dimensional.
    KneeposeError
        A value lies outside 0 to 1.

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
            f"p[{wrong[0]}] is {values[wrong[0]]}; a p-value must lie between 0 and 1. Use NaN for "
            "tests that were not made."
        )
    return np.array(_core.holm(values.tolist()), dtype=np.float64)


def reliability(values: npt.ArrayLike) -> MeasureReliability:
    """Estimate the error of measurement from repeated sessions without a true change between them.

    Parameters
    ----------
    values
        Shape (n, k): one row per subject, one column per session, k ≥ 2. Or shape (people, legs, k):
        the legs of one person share the day and the camera, so they do not count as independent. Rows
        with a NaN or infinite value are omitted.

    Returns
    -------
    MeasureReliability
        From a two-way analysis of variance: a shift between sessions that all subjects share counts
        as bias, not as error. With legs, each leg has its own analysis of variance (`day_error`).
        With one person, the error is the spread of the sessions. NaN if there are too few subjects
        or sessions.

    Raises
    ------
    CoordinateError
        `values` has another shape.

    References
    ----------
    Shrout and Fleiss, Psychol Bull 1979;86:420. Bland and Altman, Lancet 1986;1:307. Weir, J Strength
    Cond Res 2005;19:231. Box, Ann Math Stat 1954;25:290 (degrees of freedom of legs).

    Examples
    --------
    >>> of_four = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    >>> found = reliability(of_four)
    >>> round(found.icc, 2), round(found.sem, 2), round(found.mdc, 2)
    (0.29, 1.01, 2.8)
    """
    array = floats(values, "values")
    if array.ndim not in (2, 3) or array.shape[-1] < 2 or 0 in array.shape[1:-1]:
        raise CoordinateError(
            f"values has shape {array.shape}; it must be (n, k): one row per subject and one column "
            "per session, with at least two sessions; or (people, legs, k)."
        )
    legs, sessions = array.shape[1:] if array.ndim == 3 else (1, array.shape[1])
    rows = np.asarray(array, dtype=np.float64).reshape(len(array), legs * sessions)
    found = _core.day_error(rows, legs)
    return MeasureReliability(
        subjects=int(np.isfinite(rows.reshape(-1, sessions)).all(axis=1).sum()),
        sessions=sessions,
        freedom=found["freedom"],
        sem=found["sem"],
        sem_ci=found["sem_ci"],
        icc=found["icc"],
        mdc=found["mdc"],
        bias=found["bias"],
        limits=found["limits"],
        people=found["people"],
    )


def compare_curves(
    first: npt.ArrayLike, second: npt.ArrayLike, *, paired: bool = False, seed: int = 0
) -> CurveComparison:
    """Compare two sets of time-normalized curves point by point, with simultaneous 95 % bands.

    Parameters
    ----------
    first, second
        Shapes (R, P) and (S, P): one curve per repetition, resampled to the same P points, such as 101
        points from start through bottom to end. NaN and infinite values are missing.
    paired
        True if row i of both inputs is the same repetition. Then R = S, and the difference uses the
        pairs in which both have a value at that point.
    seed
        Seed of the random numbers (SplitMix64) of the bands, 0 to 2⁶⁴ − 1.

    Returns
    -------
    CurveComparison
        Differences are positive where the second is larger. NaN where too few curves have a value.

    Raises
    ------
    CoordinateError
        An input is not (R, P), the numbers of points differ, or paired inputs differ in their number of
        curves.
    KneeposeError
        `seed` is out of range, or `paired` is neither True nor False.

    Notes
    -----
    The half-width of a band, in standard errors, is the 95th percentile of the largest deviation along
    the curve over 2000 bootstrap resamples of whole curves (max-t; Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993). Gain, offset and R² are the linear fit method (Iosa et al.,
    BioMed Res Int 2014;214156).

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
            f"first has {len(a)} curves and second {len(b)}; paired=True needs the same number of "
            "each, with a row of NaN for a missing curve."
        )
    found = _core.compare_curves(a, b, seed, paired)
    # The core returns empty bands if there is no curve; the number of points is known only here.
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
            f"{argument} has shape {array.shape}; it must be (R, P), one curve per row."
        )
    return np.asarray(array, dtype=np.float64)
