"""Filters, gap filling and peak detection of series. Time is the first axis unless `axis` is given."""

from __future__ import annotations

import operator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.input import F64, Floats, floats, plain_series
from kneepose.errors import CoordinateError, KneeposeError, TimeError
from kneepose.recording.options import parse_real

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
    """Apply a zero-phase Butterworth low-pass filter (one forward and one backward pass).

    Parameters
    ----------
    x
        Series of any shape. NaN marks missing samples; each contiguous finite run is filtered
        separately.
    fs
        Samples per second.
    cutoff_hz
        Cut-off frequency (−3 dB) of both passes together. Values above 0.4·`fs` are limited to that.
    order
        Order of both passes together: 4 (two passes of order 2) or 8 (two passes of order 4).
    axis
        Axis of time.

    Returns
    -------
    Filtered series, with shape and dtype of `x`. NaN stays NaN, and a run of one sample is unchanged.

    Raises
    ------
    KneeposeError
        `fs` or `cutoff_hz` is not positive, or `order` is not 4 or 8.
    CoordinateError
        `x` is not an array of real numbers, or has no axis `axis`.

    Notes
    -----
    Two passes lower the cut-off frequency. The cut-off of the single pass is therefore divided by
    (√2 − 1)^(1/2n), n its order, in the warped domain of the bilinear transform. (Winter,
    Biomechanics and Motor Control of Human Movement, corrects the unwarped frequency, which is
    inaccurate at low frame rates.) The ends are padded by odd reflection over 3 / `cutoff_hz` seconds.

    Examples
    --------
    >>> t = np.arange(120) / 30
    >>> slow, fast = np.sin(2 * np.pi * t), 0.1 * np.sin(2 * np.pi * 12 * t)
    >>> bool(np.abs(lowpass(slow + fast, fs=30, cutoff_hz=4) - slow)[30:90].max() < 0.01)
    True
    """
    array, axis = _channels(x, axis)
    order = _whole(order, "order")
    cutoff_hz, fs = parse_real(cutoff_hz, "cutoff_hz"), parse_real(fs, "fs")
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
    """Smooth or differentiate with a Savitzky–Golay filter.

    Parameters
    ----------
    x
        Series of any shape. NaN marks missing samples.
    fs
        Samples per second.
    derivative
        Order of the derivative: 0, 1 (units per second) or 2 (units per second squared).
    window_s
        Window length in seconds, rounded up to an odd number of samples.
    polyorder
        Order of the polynomial, at most 9.
    axis
        Axis of time.

    Returns
    -------
    Filtered series, with shape and dtype of `x`. In the first and last half window of each finite run,
    the polynomial of the first and last window is evaluated. NaN stays NaN. Runs shorter than the
    window become NaN, because a fit to fewer samples would be a different filter.

    Raises
    ------
    KneeposeError
        An option is out of range, or the window is too short for the polynomial.
    CoordinateError
        `x` is not an array of real numbers, or has no axis `axis`.

    Notes
    -----
    Savitzky and Golay 1964. 0.3 s and order 3 are engineering defaults without published evidence.

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
    fs, window_s = parse_real(fs, "fs"), parse_real(window_s, "window_s")
    return _back(_core.savitzky_golay(array, fs, window_s, *numbers), axis)


def fill_gaps(
    x: npt.ArrayLike,
    *,
    fs: float | None = None,
    times: npt.ArrayLike | None = None,
    max_gap_s: float = 0.2,
    axis: int = 0,
) -> Floats:
    """Fill short gaps by monotone cubic interpolation (PCHIP), which does not overshoot.

    Parameters
    ----------
    x
        Series of any shape. NaN marks missing samples.
    fs, times
        Give one of them: samples per second, or increasing times of the samples in seconds, shape (T,).
    max_gap_s
        Longest gap that is filled, in seconds. The length of a gap is the time from the sample before
        it to the sample after it, minus one median sample interval.
    axis
        Axis of time.

    Returns
    -------
    Filled series, with shape and dtype of `x`. Longer gaps and gaps at both ends stay NaN; nothing is
    extrapolated.

    Raises
    ------
    TimeError
        Not exactly one of `fs` and `times` is given, or times do not increase.
    KneeposeError
        `max_gap_s` is negative.
    CoordinateError
        `x` is not an array of real numbers, or has no axis `axis`.

    Notes
    -----
    Fritsch and Butland 1984.

    Examples
    --------
    >>> fill_gaps([0.0, np.nan, 2.0, 3.0, np.nan], fs=30)
    array([ 0.,  1.,  2.,  3., nan])
    """
    array, axis = _channels(x, axis)
    longest = parse_real(max_gap_s, "max_gap_s")
    return _back(_core.fill_gaps(array, _clock(fs, times, array.shape[0]), longest), axis)


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
    """Apply the causal One Euro filter, which smooths less at higher speed.

    Parameters
    ----------
    x
        Series of any shape. NaN marks missing samples.
    fs, times
        Give one of them: samples per second, or increasing times of the samples in seconds, shape (T,).
    min_cutoff_hz
        Cut-off frequency at rest.
    beta
        Increase of the cut-off frequency with speed, in Hz per (unit of `x` per second).
    derivative_cutoff_hz
        Cut-off frequency of the low-pass filter of the speed.
    axis
        Axis of time.

    Returns
    -------
    Filtered series, with shape and dtype of `x` and a lag of about 1 / (2π·cut-off) seconds. NaN stays
    NaN and does not change the state of the filter. After a gap of more than 0.5 s the filter restarts
    at the next sample.

    Raises
    ------
    TimeError
        Not exactly one of `fs` and `times` is given, or times do not increase.
    KneeposeError
        A cut-off is not positive, or `beta` is negative.
    CoordinateError
        `x` is not an array of real numbers, or has no axis `axis`.

    Notes
    -----
    Casiez, Roussel and Vogel 2012. The defaults are for degrees; they are engineering defaults without
    published evidence.

    Examples
    --------
    >>> one_euro([0.0, 0.0, 10.0, 10.0], fs=30).round(2)
    array([0.  , 0.  , 3.47, 6.01])
    """
    array, axis = _channels(x, axis)
    clock = _clock(fs, times, array.shape[0])
    steps = np.diff(clock, prepend=clock[:1]) if fs is None else np.full(clock.shape, 1 / float(fs))
    options = (
        parse_real(min_cutoff_hz, "min_cutoff_hz"),
        parse_real(beta, "beta"),
        parse_real(derivative_cutoff_hz, "derivative_cutoff_hz"),
    )
    return _back(_core.one_euro(array, steps, *options), axis)


def residual_cutoff(x: npt.ArrayLike, *, fs: float, axis: int = 0) -> F64:
    """Choose a low-pass cut-off frequency for each series by Winter's residual analysis.

    Parameters
    ----------
    x
        Series of any shape. NaN marks missing samples; the longest finite run of each series is used.
    fs
        Samples per second.
    axis
        Axis of time.

    Returns
    -------
    Cut-off in Hz, 3 to 8, float64, with the shape of `x` without the axis of time. NaN if the run is
    shorter than 2 s, the series has no noise, or the residual has no linear part. The method does not
    recognize noise that the pose estimator has already smoothed.

    Raises
    ------
    KneeposeError
        `fs` is not positive.
    CoordinateError
        `x` is not an array of real numbers, or has no axis `axis`.

    Notes
    -----
    Winter, Biomechanics and Motor Control of Human Movement, 2.3.4.4: the root mean square of the
    residual falls linearly with the cut-off where it contains noise only. The intercept of that line
    at 0 Hz estimates the noise; the cut-off is where the residual equals it.

    Examples
    --------
    >>> noise = np.random.default_rng(1).normal(0, 0.5, 600)
    >>> still = residual_cutoff(30 * np.sin(np.arange(600) / 30) + noise, fs=30)
    >>> bool(3 <= still <= 8)
    True
    """
    array, _ = _channels(x, axis)
    return _core.residual_cutoff(array, parse_real(fs, "fs")).reshape(array.shape[1:])


class Peaks(NamedTuple):
    """Local maxima in time order.

    Attributes
    ----------
    indices
        Sample indices, shape (P,).
    prominences
        Prominences in the unit of the series, shape (P,).
    """

    indices: npt.NDArray[np.intp]
    prominences: F64


def find_peaks(x: npt.ArrayLike, *, prominence: float, distance: float | None = None) -> Peaks:
    """Find the local maxima of one series with a given prominence.

    Parameters
    ----------
    x
        Series, shape (T,). A gap (NaN) splits it into separate series.
    prominence
        Smallest prominence in the unit of `x`: the height of a peak above the higher of the two minima
        that separate it from higher samples.
    distance
        Smallest number of samples between two peaks, or None. Of two closer peaks the lower one is
        removed before prominences are computed.

    Returns
    -------
    Peaks
        Indices (of a plateau: the middle sample, the left one of two) and prominences, as
        ``scipy.signal.find_peaks`` gives them. With `distance`, the later of two equal peaks stays.
        The first and the last sample are never a peak.

    Raises
    ------
    KneeposeError
        `prominence` is negative or `distance` is below 1.
    CoordinateError
        `x` is not one-dimensional.

    Examples
    --------
    >>> find_peaks([0.0, 2.0, 2.0, 1.0, 5.0, 0.0], prominence=2).indices
    array([4])
    """
    least = parse_real(prominence, "prominence")
    apart = None if distance is None else parse_real(distance, "distance")
    indices, prominences = _core.find_peaks(plain_series(x, "x"), least, apart)
    return Peaks(indices.astype(np.intp, copy=False), prominences)


def _channels(x: npt.ArrayLike, axis: int) -> tuple[Floats, int]:
    """Return `x` with the axis of time first, and the original position of that axis."""
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
        given = "neither fs nor times is" if fs is None else "both fs and times are"
        raise TimeError(
            f"{given} given; give one: samples per second, or the times of the samples in seconds."
        )
    if fs is not None:
        fs = parse_real(fs, "fs")
        if not 0 < fs < np.inf:
            raise TimeError(f"fs is {fs}; it must be a positive number of samples per second.")
        return np.arange(count) / fs
    seconds = plain_series(times if times is not None else (), "times")
    if seconds.shape != (count,):
        raise TimeError(
            f"times has {seconds.size} entries for {count} samples; give one time per sample."
        )
    if not (np.isfinite(seconds).all() and (np.diff(seconds) > 0).all()):
        raise TimeError("times must be finite and increase from sample to sample, in seconds.")
    return seconds
