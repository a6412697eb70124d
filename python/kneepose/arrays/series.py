"""Filters, gaps and peaks of plain series. Time is the first axis unless `axis` says otherwise."""

from __future__ import annotations

import operator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, Floats, floats, plain_series
from kneepose.errors import CoordinateError, KneeposeError, TimeError

__all__ = [
    "Peaks",
    "fill_gaps",
    "find_peaks",
    "lowpass",
    "one_euro",
    "residual_cutoff",
    "savitzky_golay",
]


def lowpass(
    x: npt.ArrayLike, *, fs: float, cutoff_hz: float = 6.0, order: int = 4, axis: int = 0
) -> Floats:
    """Smooth without a time lag: a Butterworth low-pass, once forward and once back.

    Parameters
    ----------
    x
        Any shape, NaN = missing. Each contiguous finite run of each series is filtered on its own.
    fs
        Samples per second.
    cutoff_hz
        Frequency at which both passes together let 1/√2 through (−3 dB). At most 0.4 of `fs` is used.
    order
        Order of both passes together: 4 (two of second order) or 8 (two of fourth order).
    axis
        Axis of time.

    Returns
    -------
    Shape and width of `x`. NaN stays NaN; a run of one sample stays as it is.

    Raises
    ------
    KneeposeError
        `fs` or `cutoff_hz` is not positive, or there is no such order.
    CoordinateError
        `x` is no array of real numbers, or has no such axis.

    Notes
    -----
    Two passes narrow a filter. The single pass is designed wider by (√2 − 1)^(1/2n), n its order, in
    the warped domain of the bilinear transform (Winter, Biomechanics and Motor Control of Human
    Movement, corrects the unwarped frequency, which misses at low frame rates). Ends are continued by
    odd reflection over 3 / `cutoff_hz` seconds.

    Examples
    --------
    >>> t = np.arange(120) / 30
    >>> slow, fast = np.sin(2 * np.pi * t), 0.1 * np.sin(2 * np.pi * 12 * t)
    >>> bool(np.abs(lowpass(slow + fast, fs=30, cutoff_hz=4) - slow)[30:90].max() < 0.01)
    True
    """
    array, axis = _channels(x, axis)
    order = _whole(order, "order")
    return _back(_core.lowpass(array, cutoff_hz, fs, order if 0 <= order < 256 else 0), axis)


def savitzky_golay(
    x: npt.ArrayLike,
    *,
    fs: float,
    derivative: int = 0,
    window_s: float = 0.3,
    polyorder: int = 3,
    axis: int = 0,
) -> Floats:
    """Smooth, or take a derivative, by a polynomial fitted to a moving window.

    Parameters
    ----------
    x
        Any shape, NaN = missing.
    fs
        Samples per second.
    derivative
        0, 1 (units per second) or 2 (units per second squared).
    window_s
        Length of the window in seconds; the number of samples is rounded up to an odd one.
    polyorder
        Order of the polynomial, at most 9.
    axis
        Axis of time.

    Returns
    -------
    Shape and width of `x`. The first and last half window of each finite run are read off the
    polynomial of its first and last window. NaN stays NaN, and runs shorter than the window become
    NaN: a fit to fewer samples would be another filter.

    Raises
    ------
    KneeposeError
        An option makes no sense, or the window is too short for the polynomial.
    CoordinateError
        `x` is no array of real numbers, or has no such axis.

    Notes
    -----
    Savitzky and Golay 1964. 0.3 s and order 3 are engineering defaults, not findings.

    Examples
    --------
    >>> t = np.arange(60) / 30
    >>> savitzky_golay(5 * t**2, fs=30, derivative=2).round(6)[:3]
    array([10., 10., 10.])
    """
    array, axis = _channels(x, axis)
    numbers = (_whole(polyorder, "polyorder"), _whole(derivative, "derivative"))
    if min(numbers) < 0:
        raise KneeposeError(
            f"polyorder is {polyorder} and derivative {derivative}; neither may be negative."
        )
    return _back(_core.savitzky_golay(array, fs, window_s, *numbers), axis)


def fill_gaps(
    x: npt.ArrayLike,
    *,
    fs: float | None = None,
    times: npt.ArrayLike | None = None,
    max_gap_s: float = 0.2,
    axis: int = 0,
) -> Floats:
    """Bridge short gaps by a cubic that never overshoots the samples beside the gap (PCHIP).

    Parameters
    ----------
    x
        Any shape, NaN = missing.
    fs, times
        Samples per second, or the rising times of the samples in seconds, shape (T,): one of them.
    max_gap_s
        Longest gap that is filled, in seconds of missing samples: from the sample before to the sample
        after, less one usual interval.
    axis
        Axis of time.

    Returns
    -------
    Shape and width of `x`. Longer gaps and both ends stay NaN: nothing is extrapolated.

    Raises
    ------
    TimeError
        Not exactly one of `fs` and `times`, or times that do not rise.
    KneeposeError
        `max_gap_s` is negative.
    CoordinateError
        `x` is no array of real numbers, or has no such axis.

    Notes
    -----
    Fritsch and Butland 1984.

    Examples
    --------
    >>> fill_gaps([0.0, np.nan, 2.0, 3.0, np.nan], fs=30)
    array([ 0.,  1.,  2.,  3., nan])
    """
    array, axis = _channels(x, axis)
    return _back(_core.fill_gaps(array, _clock(fs, times, array.shape[0]), max_gap_s), axis)


def one_euro(
    x: npt.ArrayLike,
    *,
    fs: float | None = None,
    times: npt.ArrayLike | None = None,
    min_cutoff_hz: float = 1.5,
    beta: float = 0.02,
    derivative_cutoff_hz: float = 1.0,
    axis: int = 0,
) -> Floats:
    """Smooth with past samples only, more where the signal rests than where it moves.

    Parameters
    ----------
    x
        Any shape, NaN = missing.
    fs, times
        Samples per second, or the rising times of the samples in seconds, shape (T,): one of them.
    min_cutoff_hz
        Cut-off at rest.
    beta
        How much the cut-off rises with speed, in Hz per (unit of `x` per second).
    derivative_cutoff_hz
        Cut-off of the speed that `beta` weighs.
    axis
        Axis of time.

    Returns
    -------
    Shape and width of `x`, late by about 1 / (2π·cut-off) seconds. NaN stays NaN and leaves the filter
    as it was; after more than 0.5 s without a sample it starts anew with the next one.

    Raises
    ------
    TimeError
        Not exactly one of `fs` and `times`, or times that do not rise.
    KneeposeError
        A cut-off is not positive, or `beta` is negative.
    CoordinateError
        `x` is no array of real numbers, or has no such axis.

    Notes
    -----
    Casiez, Roussel and Vogel 2012. The defaults suit degrees; they are engineering defaults, not
    findings.

    Examples
    --------
    >>> one_euro([0.0, 0.0, 10.0, 10.0], fs=30).round(2)
    array([0.  , 0.  , 3.47, 6.01])
    """
    array, axis = _channels(x, axis)
    clock = _clock(fs, times, array.shape[0])
    steps = np.diff(clock, prepend=clock[:1]) if fs is None else np.full(clock.shape, 1 / fs)
    return _back(_core.one_euro(array, steps, min_cutoff_hz, beta, derivative_cutoff_hz), axis)


def residual_cutoff(x: npt.ArrayLike, *, fs: float, axis: int = 0) -> F64:
    """Find the low-pass cut-off that each series asks for (Winter's residual analysis).

    Parameters
    ----------
    x
        Any shape, NaN = missing: the longest finite run of each series is looked at.
    fs
        Samples per second.
    axis
        Axis of time.

    Returns
    -------
    f64, `x` without the axis of time: Hz between 3 and 8, where the low-pass takes away as much as the
    noise alone would give it. NaN where that cannot be told: a run of less than 2 s, no noise,
    or a residual that falls along no straight line. Noise that the estimator has smoothed already
    is not told apart from movement.

    Raises
    ------
    KneeposeError
        `fs` is not positive.
    CoordinateError
        `x` is no array of real numbers, or has no such axis.

    Notes
    -----
    Winter, Biomechanics and Motor Control of Human Movement, 2.3.4.4: the root mean square of what a
    cut-off takes away falls along a straight line where only noise is left; the line's value at 0 Hz
    is the noise.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0, 0.5, 600)
    >>> still = residual_cutoff(30 * np.sin(np.arange(600) / 30) + noise, fs=30)
    >>> bool(3 <= still <= 8)
    True
    """
    array, _ = _channels(x, axis)
    return _core.residual_cutoff(array, fs).reshape(array.shape[1:])


class Peaks(NamedTuple):
    """Local maxima in time order."""

    indices: npt.NDArray[np.intp]
    prominences: F64


def find_peaks(x: npt.ArrayLike, *, prominence: float, distance: float | None = None) -> Peaks:
    """Find the local maxima of one series that stand out.

    Parameters
    ----------
    x
        (T,), NaN = missing: a gap ends one series and begins the next.
    prominence
        Least height over the higher of the two lowest points on the way to something higher, in the
        unit of `x`.
    distance
        Least number of samples between two of them; the lower of two that are closer is dropped before
        prominences are looked at. None: any.

    Returns
    -------
    Peaks
        Indices (the middle of a plateau, the left one of two) and prominences, as
        ``scipy.signal.find_peaks`` gives them (with `distance`, of equal peaks too near to each other
        the later one stays). The first and last sample are never a peak.

    Raises
    ------
    KneeposeError
        `prominence` is negative or `distance` below 1.
    CoordinateError
        `x` is not one series.

    Examples
    --------
    >>> find_peaks([0.0, 2.0, 2.0, 1.0, 5.0, 0.0], prominence=2).indices
    array([4])
    """
    indices, prominences = _core.find_peaks(plain_series(x, "x"), prominence, distance)
    return Peaks(indices.astype(np.intp, copy=False), prominences)


def _channels(x: npt.ArrayLike, axis: int) -> tuple[Floats, int]:
    """Return `x` with the axis of time in front, and where it came from."""
    array = floats(x, "x")
    if array.ndim == 0:
        raise CoordinateError("x is a single number; it must be at least one series, (T,).")
    axis = _whole(axis, "axis")
    if not -array.ndim <= axis < array.ndim:
        raise CoordinateError(f"axis is {axis}; x has shape {array.shape} and no such axis.")
    return (array if axis == 0 else np.moveaxis(array, axis, 0)), axis


def _back(filtered: Floats, axis: int) -> Floats:
    return filtered if axis == 0 else np.moveaxis(filtered, 0, axis)


def _whole(number: int, argument: str) -> int:
    try:
        return operator.index(number)
    except TypeError:
        raise KneeposeError(f"{argument} is {number!r}; it must be a whole number.") from None


def _clock(fs: float | None, times: npt.ArrayLike | None, count: int) -> F64:
    """Return the times of the samples in seconds."""
    if (fs is None) == (times is None):
        given = "neither fs nor times" if fs is None else "both fs and times"
        raise TimeError(f"{given} given; needed exactly one: samples per second, or the seconds.")
    if fs is not None:
        if not 0 < fs < np.inf:
            raise TimeError(f"fs is {fs}; it must be a positive number of samples per second.")
        return np.arange(count) / fs
    seconds = plain_series(times if times is not None else (), "times")
    if seconds.shape != (count,):
        raise TimeError(f"times has {seconds.size} entries for {count} samples; needed one each.")
    if not (np.isfinite(seconds).all() and (np.diff(seconds) > 0).all()):
        raise TimeError("times must be finite seconds that rise from sample to sample.")
    return seconds
