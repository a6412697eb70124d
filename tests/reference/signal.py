"""Outliers, gaps and the zero-lag low-pass (science.md 8), for one series of shape (T,)."""

from __future__ import annotations

import math
import warnings
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.interpolate import BarycentricInterpolator, PchipInterpolator
from scipy.signal import butter, filtfilt

from .vectors import Array

MAD_TO_SIGMA = 1.4826
TWO_PASS = (math.sqrt(2.0) - 1.0) ** 0.25
"""Ratio of the −3 dB frequency after two passes to that after one, in the warped frequency
domain.
"""


def hampel(
    x: Array, window: int = 7, n_sigmas: float = 3.0, floor: float = 0.5
) -> NDArray[np.bool_]:
    """Mark samples farther than n·1.4826·max(MAD, floor) from the median of their window.

    The window is centered; at the ends it is the first or last whole window. It ignores NaN, and
    NaN is no outlier.
    """
    if x.size == 0:
        return np.zeros(0, dtype=np.bool_)
    size = min(window, x.size)
    first = np.clip(np.arange(x.size) - window // 2, 0, x.size - size)
    around = sliding_window_view(x, size)[first]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        median = np.nanmedian(around, axis=1)
        mad = np.nanmedian(np.abs(around - median[:, None]), axis=1)
    limit = n_sigmas * MAD_TO_SIGMA * np.maximum(mad, floor)
    return np.asarray(np.abs(x - median) > limit)


def outlying(points: Array, times: Array, fs: float, floor: float) -> NDArray[np.bool_]:
    """Mark points (T, D) that jump off their trajectory and back, by distances, which do not depend
    on axes.

    A point is suspect if its distance from the line between frames t − j and t + j exceeds 3 times
    the typical distance, as the median over j = 1, 2, 3 (the smaller of two). The typical distance
    is the median over 1 s, as the maximum of this interval and its neighbors, and at least `floor`.
    A suspect is an outlier if it is also that far from the cubic through the two nearest
    unsuspected frames on each side, and from the lines through either two.
    """
    n = len(points)
    off = np.full((3, n), np.nan)
    for j in (1, 2, 3):
        here, left, right = slice(j, n - j), slice(0, n - 2 * j), slice(2 * j, n)
        share = (times[here] - times[left]) / (times[right] - times[left])
        line = points[left] + share[:, None] * (points[right] - points[left])
        off[j - 1, here] = np.linalg.norm(points[here] - line, axis=1)
    ranked = np.sort(off, axis=0)  # NaN is sorted last
    seen = np.isfinite(off).sum(axis=0)
    deviation = np.where(seen == 3, ranked[1], ranked[0])
    length = max(16, round(fs))
    parts = [deviation[i : i + length] for i in range(0, n, length)]
    usual = [np.nanmedian(p) if np.isfinite(p).any() else 0.0 for p in parts]
    around = [max(floor, *usual[max(0, i - 1) : i + 2]) for i in range(len(parts))]
    limit = 3.0 * np.repeat(around, length)[:n]
    suspect = deviation > limit
    sound = ~suspect & np.isfinite(points).all(axis=1)
    guilty = np.zeros(n, dtype=np.bool_)
    for t in np.flatnonzero(suspect):
        before = [i for i in range(t - 1, max(t - 7, -1), -1) if sound[i]][:2]
        after = [i for i in range(t + 1, min(t + 7, n)) if sound[i]][:2]
        if not before or not after or after[0] - before[0] > 8:
            continue
        if len(before) == len(after) == 2:
            knots = [[*before, *after], before, after]
        else:
            knots = [[before[0], after[0]]]
        paths = [BarycentricInterpolator(times[k], points[k])(times[t]) for k in knots]
        guilty[t] = min(np.linalg.norm(points[t] - path) for path in paths) > limit[t]
    return guilty


def finite_runs(x: Array) -> list[tuple[int, int]]:
    """Return half-open index ranges of contiguous finite samples."""
    edges = np.diff(np.isfinite(x).astype(int), prepend=0, append=0)
    return list(zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True))


def pchip_fill(x: Array, times: Array, max_gap_s: float) -> Array:
    """Fill interior gaps by a monotone cubic through all finite samples.

    The length of a gap is the time from its left to its right neighbor minus one median sample
    interval. Longer gaps and the ends stay NaN.
    """
    filled = np.array(x, dtype=np.float64)
    runs = finite_runs(filled)
    known = np.isfinite(filled)
    if len(runs) < 2:
        return filled
    curve = PchipInterpolator(times[known], filled[known])
    step = float(np.median(np.diff(times)))
    for (_, left_end), (right_start, _) in pairwise(runs):
        missing_s = times[right_start] - times[left_end - 1] - step
        if missing_s <= max_gap_s + 1e-9:
            filled[left_end:right_start] = curve(times[left_end:right_start])
    return filled


def design(fc: float, fs: float) -> float:
    """Return the cut-off of one pass in Hz so that two passes have −3 dB at `fc`.

    One pass of order 2 has |H|² = 1/(1 + w⁴) with w = tan(πf/fs)/tan(πf_d/fs); two passes have
    amplitude |H|², which is 1/√2 at w = (√2 − 1)^¼.
    """
    return fs / math.pi * math.atan(math.tan(math.pi * fc / fs) / TWO_PASS)


def lowpass(x: Array, fs: float, fc: float) -> Array:
    """Zero-lag Butterworth filter of order 2, forward and backward, separately on each finite run.

    Ends are extended by odd reflection over min(⌈3·fs/fc⌉, n − 1) samples; fc ≤ 0.4·fs.
    """
    fc = min(fc, 0.4 * fs)
    b, a = butter(2, design(fc, fs), fs=fs)
    smooth = np.array(x, dtype=np.float64)
    for start, stop in finite_runs(smooth):
        n = int(stop - start)
        if n >= 2:
            pad = min(math.ceil(3.0 * fs / fc), n - 1)
            smooth[start:stop] = filtfilt(b, a, smooth[start:stop], padtype="odd", padlen=pad)
    return smooth
