"""Filters and repetitions, sample by sample in Python and by the fastest NumPy and SciPy calls."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import butter, filtfilt, sosfiltfilt

from tests.reference import Rep, design, pchip_fill
from tests.reference.reps import CUTOFF_HZ, reps_of_smooth
from tests.reference.signal import MAD_TO_SIGMA

F64 = NDArray[np.float64]
HALF, SIGMAS, FLOOR = 3, 3.0, 0.5


def padding(frames: int, fs: float, fc: float) -> int:
    return min(math.ceil(3.0 * fs / fc), frames - 1)


def lowpass_with_filtfilt(channels: F64, fs: float, fc: float) -> F64:
    """Low-pass complete series (C, T) with one call of `filtfilt` for all channels."""
    b, a = butter(2, design(fc, fs), fs=fs)
    return np.asarray(filtfilt(b, a, channels, padlen=padding(channels.shape[-1], fs, fc)))


def lowpass_with_sosfiltfilt(channels: F64, fs: float, fc: float) -> F64:
    """Low-pass complete series (C, T) by second-order sections."""
    sos = butter(2, design(fc, fs), fs=fs, output="sos")
    return np.asarray(sosfiltfilt(sos, channels, padlen=padding(channels.shape[-1], fs, fc)))


def lowpass_in_python(channels: F64, fs: float, fc: float) -> F64:
    """Low-pass complete series (C, T) sample by sample in Python."""
    b, a = (row.tolist() for row in butter(2, design(fc, fs), fs=fs))
    pad = padding(channels.shape[-1], fs, fc)
    return np.array([both_ways(x, b, a, pad) for x in channels.tolist()])


def both_ways(x: list[float], b: list[float], a: list[float], pad: int) -> list[float]:
    """Filter forward and backward with odd reflection at the ends."""
    head = [2.0 * x[0] - v for v in x[pad:0:-1]]
    tail = [2.0 * x[-1] - v for v in x[-2 : -pad - 2 : -1]]
    forwards = one_way(head + x + tail, b, a)
    return one_way(forwards[::-1], b, a)[::-1][pad : pad + len(x)]


def one_way(x: list[float], b: list[float], a: list[float]) -> list[float]:
    """Filter once in direct form II transposed, from the steady state of the first sample."""
    b0, b1, b2 = b
    _, a1, a2 = a
    z1, z2 = x[0] * (1.0 - b0), x[0] * (b2 - a2)
    out = []
    for v in x:
        y = b0 * v + z1
        z1 = b1 * v - a1 * y + z2
        z2 = b2 * v - a2 * y
        out.append(y)
    return out


def hampel_in_python(x: list[float]) -> list[bool]:
    """Return the Hampel outliers of a complete series, window by window in Python."""
    found = []
    size = 2 * HALF + 1
    for i, value in enumerate(x):
        first = min(max(0, i - HALF), max(0, len(x) - size))
        around = sorted(x[first : first + size])
        middle = median(around)
        spread = median(sorted(abs(v - middle) for v in around))
        found.append(abs(value - middle) > SIGMAS * MAD_TO_SIGMA * max(spread, FLOOR))
    return found


def median(ordered: Sequence[float]) -> float:
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return 0.5 * (ordered[half - 1] + ordered[half])


def hampel(channels: F64, floor: float) -> NDArray[np.bool_]:
    """Return the Hampel outliers of complete series, shape (C, T).

    Inner samples use a centered window, all in one call. Samples near an end use the first or last
    full window.
    """
    found = np.zeros(channels.shape, dtype=np.bool_)
    size = 2 * HALF + 1
    found[:, HALF:-HALF] = stands_out(sliding_window_view(channels, size, axis=1), HALF, floor)
    for i in range(HALF):
        found[:, i] = stands_out(channels[:, :size], i, floor)
        found[:, -1 - i] = stands_out(channels[:, -size:], size - 1 - i, floor)
    return found


def stands_out(windows: F64, at: int, floor: float) -> NDArray[np.bool_]:
    """Return whether sample `at` of each window is an outlier."""
    middle = np.median(windows, axis=-1)
    spread = np.median(np.abs(windows - middle[..., None]), axis=-1)
    off = np.abs(windows[..., at] - middle)
    return np.asarray(off > SIGMAS * MAD_TO_SIGMA * np.maximum(spread, floor))


def segment_in_python(x: F64, fs: float, min_range: float) -> tuple[F64, ...]:
    """Find repetitions: outliers and low-pass in plain Python, peaks by the NumPy reference."""
    clean = np.array(x)
    clean[hampel_in_python(x.tolist())] = np.nan
    filled = pchip_fill(clean, np.arange(x.size) / fs, math.inf)
    smooth = lowpass_in_python(filled[None], fs, CUTOFF_HZ)[0]
    return of_smooth(smooth, x, 0, fs, min_range)


def segment_tuned(x: F64, fs: float, min_range: float, despike: bool = True) -> tuple[F64, ...]:
    """Find repetitions with the fastest calls of NumPy and SciPy; NaN only at the ends."""
    seen = np.flatnonzero(np.isfinite(x))
    first = int(seen[0])
    clean = np.array(x[first : int(seen[-1]) + 1])
    if despike:
        clean[hampel(clean[None], FLOOR)[0]] = np.nan
        clean = pchip_fill(clean, np.arange(clean.size) / fs, math.inf)
    smooth = lowpass_with_filtfilt(clean[None], fs, CUTOFF_HZ)[0]
    return of_smooth(smooth, x, first, fs, min_range)


def of_smooth(smooth: F64, x: F64, first: int, fs: float, min_range: float) -> tuple[F64, ...]:
    """Segment a low-passed series with the NumPy reference and return the arrays of `columns`."""
    return columns(reps_of_smooth(smooth, x, first, fs, min_range, np.ones(x.size, bool)))


def columns(reps: Sequence[Rep]) -> tuple[F64, ...]:
    """Return seven arrays: start, bottom start, bottom, bottom end, end, range, and full or not."""
    rows = [(*astuple(rep)[:6], rep.status == "full") for rep in reps]
    return tuple(np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
