"""Rows 9 to 12 of the speed table: filters, peaks, gaps, intervals, and a whole clip.

Time is axis 0 everywhere, as in kneepose; SciPy also gets the layout in which it is fastest.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

import kneepose as kp
from benches import pandas_clip
from benches.clips import FPS, knee_series
from benches.race import Side
from benches.series import padding
from benches.speed import Case
from tests.reference import pchip_fill

F64 = NDArray[np.float64]
CHANNELS = 99
RATE, CUTOFF_HZ = 100.0, 6.0
WINDOW_S, POLYORDER = 0.31, 3
"""Savitzky-Golay window in seconds (31 samples at 100 Hz) and polynomial order."""
RESAMPLES, VALUES = 10_000, 10
PROMINENCE = 0.5
RIPPLE_FRAMES = 20
MAX_GAP_S = 0.2


def channels(frames: int) -> F64:
    """Return 99 channels of slow waves with noise, shape (T, 99)."""
    rng = np.random.default_rng(3)
    t = np.arange(frames)[:, None] / RATE
    waves = np.sin(2.0 * np.pi * rng.uniform(0.2, 1.0, CHANNELS) * t + rng.uniform(0, 6, CHANNELS))
    return waves + rng.normal(scale=0.02, size=(frames, CHANNELS))


def one_pass_cutoff(order: int) -> float:
    """Return the one-pass cut-off with which two `order` passes have gain 1/√2 at CUTOFF_HZ."""
    widened = math.tan(math.pi * CUTOFF_HZ / RATE) / (math.sqrt(2.0) - 1.0) ** (0.5 / order)
    return RATE / math.pi * math.atan(widened)


def lowpass(frames: int, order: int) -> list[Side]:
    """Compare zero-phase low-passes; `order` is that of one pass, and two passes double it."""
    run = partial(
        kp.arrays.lowpass, channels(frames), fs=RATE, cutoff_hz=CUTOFF_HZ, order=2 * order
    )
    x = channels(frames)
    rows = np.ascontiguousarray(x.T)
    pad = padding(frames, RATE, CUTOFF_HZ)
    cutoff = one_pass_cutoff(order)
    b, a = signal.butter(order, cutoff, fs=RATE)
    sos = signal.butter(order, cutoff, fs=RATE, output="sos")
    filters = (
        ("SciPy filtfilt", partial(signal.filtfilt, b, a)),
        ("SciPy sosfiltfilt", partial(signal.sosfiltfilt, sos)),
    )
    sides = []
    for name, of in filters:
        sides.append(Side(f"{name}, axis 0", partial(of, x, axis=0, padlen=pad)))
        of_rows = partial(of, rows, padlen=pad)
        sides.append(Side(f"{name}, a row a channel", lambda of=of_rows: of().T))
    return [*sides, Side("kneepose", run)]


def savitzky_golay(frames: int, derivative: int) -> list[Side]:
    x = channels(frames)
    run = partial(
        kp.arrays.savitzky_golay,
        x,
        fs=RATE,
        derivative=derivative,
        window_s=WINDOW_S,
        polyorder=POLYORDER,
    )
    options = {"deriv": derivative, "delta": 1.0 / RATE}
    window = round(WINDOW_S * RATE)
    theirs = partial(signal.savgol_filter, x, window, POLYORDER, axis=0, **options)
    near = 1e-9 * RATE**derivative
    return [Side("SciPy savgol_filter", theirs, tolerance=near), Side("kneepose", run)]


def ramp(frames: int) -> F64:
    """Return ripples of growing height: the worst case of prominence, all bases at the start."""
    t = np.arange(frames)
    return t / RIPPLE_FRAMES + np.sin(2.0 * np.pi * t / RIPPLE_FRAMES) * 3.0


def noise(frames: int) -> F64:
    return np.random.default_rng(4).normal(size=frames)


def squats(frames: int) -> F64:
    return np.resize(knee_series(), frames)


def peaks(make: Callable[[int], F64], frames: int, prominence: float) -> list[Side]:
    run = partial(kp.arrays.find_peaks, make(frames), prominence=prominence)
    series = make(frames)

    def theirs() -> tuple[Any, Any]:
        at, found = signal.find_peaks(series, prominence=prominence)
        return at, found["prominences"]

    return [
        Side("SciPy find_peaks", theirs),
        Side("kneepose", lambda: tuple(run())),
    ]


def gaps(frames: int) -> list[Side]:
    """Compare gap filling of series with 5 % missing samples, in gaps of 1 to 5 samples."""
    fill = kp.arrays.fill_gaps
    x = channels(frames)
    x = signal.savgol_filter(x, 31, 3, axis=0)
    rng = np.random.default_rng(5)
    for column in x.T:
        for start in rng.integers(10, frames - 10, size=round(0.05 * frames / 3.0)):
            column[start : start + int(rng.integers(1, 6))] = np.nan
    times = np.arange(frames) / RATE

    def by_interp() -> F64:
        filled = x.copy()
        for column in filled.T:
            lost = np.isnan(column)
            seen = ~lost
            column[lost] = np.interp(times[lost], times[seen], column[seen])
        return filled

    def by_scipy() -> F64:
        return np.stack([pchip_fill(column, times, MAX_GAP_S) for column in x.T], axis=-1)

    return [
        Side("np.interp a channel (linear)", by_interp, tolerance=0.05),
        Side("SciPy PchipInterpolator a channel", by_scipy, contender=False),
        Side("kneepose", partial(fill, x, fs=RATE, max_gap_s=MAX_GAP_S)),
    ]


def bootstrap(by_scipy: bool) -> list[Side]:
    """Compare bootstrap intervals of a difference of means, to a tenth of their width (random)."""
    interval = kp.arrays.bootstrap_interval
    rng = np.random.default_rng(6)
    first, second = rng.normal(10.0, 2.0, VALUES), rng.normal(13.0, 2.0, VALUES)

    def difference(a: F64, b: F64, axis: int = -1) -> Any:
        return np.mean(b, axis=axis) - np.mean(a, axis=axis)

    def scipys() -> F64:
        found = stats.bootstrap(
            (first, second), difference, n_resamples=RESAMPLES, vectorized=True, rng=7
        )
        return np.array(found.confidence_interval)

    def numpys() -> F64:
        draws = np.random.default_rng(8)
        a, b = (
            side[draws.integers(0, VALUES, size=(RESAMPLES, VALUES))].mean(axis=1)
            for side in (first, second)
        )
        return np.percentile(b - a, [2.5, 97.5])

    low, high = scipys()
    near = 0.1 * float(high - low)
    theirs = (
        Side("scipy.stats.bootstrap (BCa)", scipys, tolerance=near)
        if by_scipy
        else Side("NumPy: integers, take, mean, percentile", numpys, tolerance=near)
    )
    return [
        theirs,
        Side("kneepose", lambda: np.array(interval(first, second, resamples=RESAMPLES))),
    ]


def clip() -> list[Side]:
    """Compare the analysis of a clip. Tolerance: 2° and 2 frames, as outlier repair differs."""
    xy, times = pandas_clip.clip(), np.arange(pandas_clip.FRAMES) / FPS
    return [
        Side("pandas and SciPy", partial(pandas_clip.by_pandas, xy, times), tolerance=2.0),
        Side("kneepose", partial(pandas_clip.by_kneepose, xy)),
    ]


SERIES_CASES = (
    *(
        Case(
            9,
            f"zero-phase low-pass, 99 channels, T={frames:,}, order {order} a pass",
            partial(lowpass, frames, order),
            at_least=least if frames <= 2000 else 5.0,
        )
        for order, least in ((2, 15.0), (4, 9.0))
        for frames in (300, 2000, 100_000)
    ),
    *(
        Case(
            10,
            f"Savitzky-Golay, 99 channels, T=2,000, derivative {derivative}",
            partial(savitzky_golay, 2000, derivative),
            at_least=4.0,
        )
        for derivative in (0, 1)
    ),
    *(
        Case(
            10, f"peaks, T=10,000, {name}", partial(peaks, make, 10_000, prominence), at_least=least
        )
        for name, make, prominence, least in (
            ("squats", squats, 20.0, 4.0),
            ("ramp", ramp, PROMINENCE, 8.0),
            ("noise", noise, PROMINENCE, 1.5),
        )
    ),
    Case(11, "gap fill, 99 channels, 5 % missing, T=2,000", partial(gaps, 2000), at_least=4.0),
    Case(11, "bootstrap, 10,000 resamples of 2×10 values", partial(bootstrap, True), at_least=9.0),
    Case(11, "bootstrap, 10,000 resamples of 2×10 values", partial(bootstrap, False), at_least=3.0),
    Case(12, "a clip of 900×17, front view: condition, angles, repetitions", clip, at_least=10.0),
)
