"""Statistics of a test-retest and rater study: day error, rater agreement, pooling of studies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import floats
from kneepose.errors import CoordinateError, KneeposeError
from kneepose.records import Record

__all__ = ["Agreement", "DayError", "PooledError", "agreement", "day_error", "pool_errors"]


@dataclass(frozen=True, slots=True, eq=False)
class DayError(Record):
    """Error of a measure between days, in the unit of the values.

    Attributes
    ----------
    people
        Number of people with a leg that has a value on every day.
    freedom
        Degrees of freedom of the error. They lie between those of one leg per person and those of
        independent legs.
    sem, sem_ci
        Standard error of measurement, √(mean square of the error), and its 95 % interval (χ²).
    icc, icc_ci
        ICC(2,1), absolute agreement of single days, without unit, and its 95 % interval. NaN without
        variance.
    mdc, mdc_ci
        Minimal detectable change (95 %), 1.96·√2·`sem`, and the interval that follows from `sem_ci`.
        NaN below five degrees of freedom.
    bias
        Mean of the last day minus the first.
    limits
        Bland–Altman limits of agreement: `bias` ± 1.96 standard deviations of last − first day.
    """

    kind = "day_error"

    people: int
    freedom: float
    sem: float
    sem_ci: tuple[float, float]
    icc: float
    icc_ci: tuple[float, float]
    mdc: float
    mdc_ci: tuple[float, float]
    bias: float
    limits: tuple[float, float]


class Agreement(NamedTuple):
    """Agreement of raters on ordered grades.

    Attributes
    ----------
    kappa, kappa_ci
        Cohen's κ with quadratic weights as the mean over pairs of raters, and its 95 % interval by
        a jackknife over groups. The interval is NaN with fewer than five groups. κ is NaN if it is
        undefined for every pair, for example because all grades are equal.
    equal
        Share of equal grades, as the mean over the pairs.
    pairs
        Number of pairs for which κ is defined.
    items
        Number of items that both raters of a pair graded, summed over the pairs.
    groups
        Number of groups that contain such an item.
    """

    kappa: float
    kappa_ci: tuple[float, float]
    equal: float
    pairs: int
    items: int
    groups: int


class PooledError(NamedTuple):
    """Standard error of measurement over several studies.

    Attributes
    ----------
    studies
        Number of studies with a usable error.
    sem, sem_ci
        Geometric mean of the errors in a random-effects model, and its 95 % interval.
    tau
        Between-study standard deviation of the logarithm of the error; NaN with one study.
    i_squared
        Share of the variation between studies that is not explained by chance within them, 0 to 1.
    freedom
        Degrees of freedom of the error when it is used for another site. They include the
        difference between studies, at its upper 90 % limit.
    """

    studies: int
    sem: float
    sem_ci: tuple[float, float]
    tau: float
    i_squared: float
    freedom: float


def day_error(values: npt.ArrayLike) -> DayError:
    """Estimate the error between days, from people whose legs were measured on each of several days.

    The legs of one person share the day and the camera, so their errors are not independent. Each
    leg has its own two-way analysis of variance. The degrees of freedom of their common error
    follow Box; if some people have one leg only, they follow from the pooled sum of squares and its
    covariances. With one person the error is the spread of each leg over the days.

    Parameters
    ----------
    values
        Shape (people, legs, days), days ≥ 2. Legs with a NaN are omitted; the other leg of the same
        person is still used.

    Raises
    ------
    CoordinateError
        `values` has another shape.

    References
    ----------
    Box, Ann Math Stat 1954;25:290 (degrees of freedom). Shrout and Fleiss, Psychol Bull 1979;86:420
    (ICC). McGraw and Wong, Psychol Methods 1996;1:30 (its interval). Weir, J Strength Cond Res
    2005;19:231 (SEM, MDC).

    Examples
    --------
    >>> left = [[9, 8], [6, 5], [8, 6], [7, 6], [10, 9], [6, 7]]
    >>> right = [[7, 8], [5, 3], [6, 6], [4, 6], [9, 9], [2, 4]]
    >>> found = day_error(list(zip(left, right)))
    >>> round(found.sem, 2), round(found.freedom, 1)
    (0.9, 7.4)
    """
    array = floats(values, "values")
    if array.ndim != 3 or array.shape[1] < 1 or array.shape[2] < 2:
        raise CoordinateError(
            f"values has shape {array.shape}; it must be (people, legs, days), with at least one leg "
            "and two days."
        )
    people, legs, days = array.shape
    rows = np.asarray(array, dtype=np.float64).reshape(people, legs * days)
    return DayError(**_core.day_error(rows, legs))


def agreement(
    grades: npt.ArrayLike,
    *,
    levels: int,
    pairs: Sequence[tuple[int, int]] | None = None,
    groups: Sequence[int] | None = None,
) -> Agreement:
    """Compute the agreement of raters: Cohen's κ with quadratic weights, mean over pairs (Light).

    Parameters
    ----------
    grades
        Shape (items, raters), whole numbers from 0 to `levels` − 1. Negative numbers are missing.
    levels
        Number of grades, at least 2. With two grades the weights have no effect.
    pairs
        Pairs of columns that are compared; None takes all.
    groups
        Group of each item, such as the person in a clip. Items of one group are not treated as
        independent. None makes each item its own group.

    Raises
    ------
    KneeposeError
        The shape, a grade or a pair is invalid.

    References
    ----------
    Cohen, Psychol Bull 1968;70:213 (weighted κ). Light, Psychol Bull 1971;76:365 (several raters).

    Examples
    --------
    >>> found = agreement([[0, 0], [0, 1], [1, 1], [2, 2], [2, 1], [1, 1]], levels=3)
    >>> round(found.kappa, 2), round(found.equal, 2)
    (0.67, 0.67)
    """
    table = np.asarray(grades)
    if table.ndim != 2 or table.dtype.kind not in "iu":
        raise KneeposeError(
            f"grades has shape {table.shape} of {table.dtype}; give (items, raters) of whole numbers, "
            "with −1 where a grade is missing."
        )
    if not isinstance(levels, int) or levels < 2 or (table.size and table.max() >= levels):
        raise KneeposeError(f"levels is {levels!r}; give the number of grades, which start at 0.")
    raters = table.shape[1]
    chosen = [(i, j) for i in range(raters) for j in range(i)] if pairs is None else list(pairs)
    for pair in chosen:
        if len(pair) != 2 or pair[0] == pair[1] or not all(0 <= one < raters for one in pair):
            raise KneeposeError(f"the pair {pair!r} is not two of the {raters} columns of grades.")
    of = np.arange(len(table)) if groups is None else np.unique(groups, return_inverse=True)[1]
    if len(of) != len(table):
        raise KneeposeError(f"groups has {len(of)} entries for {len(table)} items.")
    numbers = table.astype(np.float64)
    return Agreement(**_core.agreement(numbers, levels, [(i, j) for i, j in chosen], of.tolist()))


def pool_errors(sems: npt.ArrayLike, freedoms: npt.ArrayLike) -> PooledError:
    """Pool standard errors of measurement of several studies by random effects.

    Parameters
    ----------
    sems, freedoms
        Shape (studies,): the errors in a common unit, and their degrees of freedom. Studies with a
        NaN or a non-positive value are omitted.

    Raises
    ------
    CoordinateError
        The shapes differ.

    References
    ----------
    DerSimonian and Laird, Control Clin Trials 1986;7:177. Hartung and Knapp, Stat Med 2001;20:3875.

    Examples
    --------
    >>> found = pool_errors([2.6, 3.1, 3.4], [14, 18, 11])
    >>> found.studies, round(found.sem, 2), found.tau
    (3, 3.1, 0.0)
    """
    errors, freedom = floats(sems, "sems"), floats(freedoms, "freedoms")
    if errors.ndim != 1 or errors.shape != freedom.shape:
        raise CoordinateError(
            f"sems has shape {errors.shape}, freedoms {freedom.shape}; give one of each per study."
        )
    return PooledError(**_core.pool_errors(errors.tolist(), freedom.tolist()))
