"""Offline repetition counting on a plain series (SCIENCE §5)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, peak_prominences

from .signal import hampel, lowpass, pchip_fill, rolling_percentile
from .vectors import Array

CUTOFF_HZ = 3.0
BASELINE_PERCENT, BASELINE_HALF_S = 10.0, 7.5
REST_PERCENT, REST_REACH_S = 20.0, 15.0
MIN_DISTANCE_S = 0.5
RETURN_SHARE = 0.4
BOUNDARY_SHARE, BOTTOM_SHARE, FULL_SHARE, BAD_SHARE = 0.10, 0.05, 0.6, 0.2


@dataclass(frozen=True)
class Rep:
    """One movement out and back, as sample indices of the input.

    `status` is full, partial, missing_data, lost_stance or incomplete_return. The last is a
    peak whose valley stays above 40 %: it has no range of its own (NaN) and every index is
    its peak.
    """

    start: int
    bottom_start: int
    peak: int
    bottom_end: int
    end: int
    rom: float
    status: str


def segment_reps(
    x: Array,
    fs: float,
    min_range: float,
    allowed: NDArray[np.bool_] | None = None,
    despike: bool = True,
) -> list[Rep]:
    """Repetitions in time order, from a series in degrees (or any unit) sampled at `fs`.

    A rep is a peak that rises by half of `min_range` at least from rest on both sides and
    returns below 40 % of its height. `allowed` marks the samples in which reps count.
    """
    series = np.array(x, dtype=np.float64)
    missing = np.isnan(series)
    if despike:
        series[hampel(series)] = np.nan
    finite = np.flatnonzero(np.isfinite(series))
    if finite.size == 0 or finite.size < 0.5 * fs:
        return []
    first, last = int(finite[0]), int(finite[-1])
    series = series[first : last + 1]
    missing = missing[first : last + 1]
    permitted = np.ones(series.size, bool) if allowed is None else allowed[first : last + 1]

    y = lowpass(pchip_fill(series, np.arange(series.size) / fs, math.inf), fs, CUTOFF_HZ)
    z = y - rolling_percentile(y, BASELINE_PERCENT, samples(BASELINE_HALF_S * fs))
    peaks, bounced = split_incomplete(z, candidate_peaks(z, fs, min_range))

    found = measured_reps(y, peaks, fs, min_range)
    typical = upper_half_median(np.array([rep.rom for rep in found]))
    reps = [place(rep, status_of(rep, typical, missing, permitted), first) for rep in found] + [
        Rep(*(5 * (p + first,)), rom=math.nan, status="incomplete_return") for p in bounced
    ]
    return sorted(reps, key=lambda rep: rep.peak)


def samples(count: float) -> int:
    """Nearest whole number, halves upwards."""
    return math.floor(count + 0.5)


def upper_half_median(values: Array) -> float:
    """Median of the ⌈n/2⌉ largest values, NaN of none."""
    if values.size == 0:
        return math.nan
    return float(np.median(np.sort(values)[-((values.size + 1) // 2) :]))


def candidate_peaks(z: Array, fs: float, min_range: float) -> list[int]:
    """Peaks that stand out enough and are at least half a second apart, the highest first."""
    peaks = find_peaks(z)[0]
    prominence = peak_prominences(z, peaks)[0]
    amplitude = upper_half_median(prominence[prominence >= min_range])
    if math.isnan(amplitude):
        return []
    peaks = peaks[prominence >= max(0.35 * amplitude, 0.5 * min_range)]
    distance = math.ceil(MIN_DISTANCE_S * fs)
    kept: list[int] = []
    for peak in peaks[np.argsort(z[peaks], kind="stable")[::-1]]:
        if all(abs(int(peak) - other) >= distance for other in kept):
            kept.append(int(peak))
    return sorted(kept)


def split_incomplete(z: Array, peaks: list[int]) -> tuple[list[int], list[int]]:
    """Peaks that are reps, and the lower ones of pairs between which z stays above 40 %."""
    kept: list[int] = []
    bounced: list[int] = []
    for peak in peaks:
        kept.append(peak)
        if len(kept) < 2:
            continue
        p, q = kept[-2:]
        if z[p : q + 1].min() > RETURN_SHARE * min(z[p], z[q]):
            lower = p if z[p] < z[q] else q
            kept.remove(lower)
            bounced.append(lower)
    return kept, bounced


def measured_reps(y: Array, peaks: list[int], fs: float, min_range: float) -> list[Rep]:
    """Range and boundaries of each peak; peaks that rise too little are left out."""
    reach = samples(REST_REACH_S * fs)
    fences = [-1, *peaks, -1]
    reps = []
    for before, peak, after in zip(fences[:-2], peaks, fences[2:], strict=True):
        left = max(0, peak - reach, before)
        right = min(y.size - 1, peak + reach, after if after >= 0 else y.size - 1)
        descent = y[left : peak + 1][::-1]
        ascent = y[peak : right + 1]
        rest_left, rest_right = (float(np.percentile(s, REST_PERCENT)) for s in (descent, ascent))
        rom = min(y[peak] - rest_left, y[peak] - rest_right)
        if rom < 0.5 * min_range:
            continue
        bottom = y >= y[peak] - BOTTOM_SHARE * rom
        reps.append(
            Rep(
                start=peak - boundary(descent, rest_left + BOUNDARY_SHARE * rom),
                bottom_start=peak - leading_true(bottom[: peak + 1][::-1]) + 1,
                peak=peak,
                bottom_end=peak + leading_true(bottom[peak:]) - 1,
                end=peak + boundary(ascent, rest_right + BOUNDARY_SHARE * rom),
                rom=float(rom),
                status="",
            )
        )
    return reps


def boundary(outward: Array, level: float) -> int:
    """Steps from the peak to the first sample below `level`, else to the lowest sample."""
    below = np.flatnonzero(outward < level)
    return int(below[0]) if below.size else int(np.argmin(outward))


def leading_true(mask: NDArray[np.bool_]) -> int:
    """Number of True before the first False."""
    return int(mask.size if mask.all() else np.argmin(mask))


def status_of(
    rep: Rep, typical: float, missing: NDArray[np.bool_], permitted: NDArray[np.bool_]
) -> str:
    """Data problems first, then stance, then size."""
    inside = slice(rep.start, rep.end + 1)
    if missing[inside].mean() > BAD_SHARE:
        return "missing_data"
    if (~permitted[inside]).mean() > BAD_SHARE:
        return "lost_stance"
    return "full" if rep.rom >= FULL_SHARE * typical else "partial"


def place(rep: Rep, status: str, offset: int) -> Rep:
    """The rep in indices of the whole input."""
    return Rep(
        start=rep.start + offset,
        bottom_start=rep.bottom_start + offset,
        peak=rep.peak + offset,
        bottom_end=rep.bottom_end + offset,
        end=rep.end + offset,
        rom=rep.rom,
        status=status,
    )
