"""Offline repetition counting on a plain series (science.md 5, tuned on simulated people)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks, peak_prominences

from .signal import finite_runs, hampel, lowpass, pchip_fill
from .vectors import Array

CUTOFF_HZ = 3.0
REST_PERCENT, FLOOR_SHARE, REACH_S = 20.0, 0.2, 15.0
MIN_DISTANCE_S = 0.5
FULL_SHARE, FULL_OF_LEAST, BAD_SHARE, MOST_MISSING = 0.6, 0.8, 0.2, 0.6
BRIDGED_S = 0.8
USUAL_SHARE, SHAKING, WANDERING, TURN_SHARE, WAY_SHARE = 0.25, 4.0, 9.0, 0.15, 0.6
STRETCH_S, LEAST_STRETCH_S, LEAST_LENGTH_S = 3.0, 0.3, 0.5


@dataclass(frozen=True)
class Scale:
    """Transformation of a series to a unit of uniform noise, and thresholds in that unit.

    `even` transforms to that unit and `own` back. `onset` is the share of the range at which a
    repetition starts and ends, and `bottom` the share of the range that its bottom phase spans,
    both in the unit of uniform noise. `least` is the minimum height of a peak as a share of the
    minimum range. `back` is the share below which a repetition must return before the next one.
    """

    even: Callable[[Array], Array]
    own: Callable[[Array], Array]
    onset: float
    bottom: float
    least: float
    back: float


def sinking(flexion: Array) -> Array:
    """Return the lowering of a hip above two equal segments, as a share of leg length."""
    return 1.0 - np.cos(0.5 * np.radians(flexion))


def flexion(sunk: Array) -> Array:
    """Return the knee flexion for a lowering of the hip; the inverse of `sinking`."""
    return np.degrees(2.0 * np.arccos(1.0 - np.clip(sunk, 0.0, 1.0)))


def unchanged(x: Array) -> Array:
    """Return the series without a transformation."""
    return x


PLAIN = Scale(unchanged, unchanged, onset=0.10, bottom=0.05, least=0.5, back=0.4)
SINKING = Scale(sinking, flexion, onset=0.05, bottom=0.10, least=0.75, back=0.5)
"""Scale for knee flexion estimated from the height of the hip."""


@dataclass(frozen=True)
class Rep:
    """One movement out and back, with sample indices of the input.

    A peak without a return, or a movement cut off by an edge of the series, has range NaN, and all
    its indices are those of the peak or the edge.
    """

    start: int
    bottom_start: int
    peak: int
    bottom_end: int
    end: int
    rom: float
    status: str = "full"
    height: float = math.nan
    """Height of the peak above the higher of its two rest levels, in the unit of uniform noise."""


def segment_reps(
    x: Array,
    fs: float,
    min_range: float,
    allowed: NDArray[np.bool_] | None = None,
    despike: bool = True,
    scale: Scale = PLAIN,
) -> list[Rep]:
    """Return the repetitions in time order, from a series in degrees (or any unit) sampled at `fs`.

    `allowed` marks the samples in which repetitions count.
    """
    series = np.array(x, dtype=np.float64)
    clean = series.copy()
    if despike:
        clean[hampel(clean)] = np.nan
    finite = np.flatnonzero(np.isfinite(clean))
    if finite.size == 0 or finite.size < 0.5 * fs:
        return []
    first, last = int(finite[0]), int(finite[-1])
    even = scale.even(clean[first : last + 1])
    y = lowpass(pchip_fill(even, np.arange(even.size) / fs, math.inf), fs, CUTOFF_HZ)
    permitted = np.ones(series.size, bool) if allowed is None else np.asarray(allowed)
    return reps_of_smooth(y, series, first, fs, min_range, permitted, scale)


def reps_of_smooth(
    y: Array,
    series: Array,
    first: int,
    fs: float,
    min_range: float,
    permitted: NDArray[np.bool_],
    scale: Scale = PLAIN,
) -> list[Rep]:
    """Return the repetitions in `y`, the low-passed `series` from sample `first`, in the unit of
    uniform noise.
    """
    last = first + y.size - 1
    own = scale.own(y)
    reach = samples(REACH_S * fs)

    peaks, prominence = candidate_peaks(y, scale, fs, min_range, permitted[first : last + 1])
    peaks, unreturned = split_unreturned(own, peaks, scale.back, reach)
    found = [measured(y, own, scale, *around, reach) for around in with_neighbours(peaks, y.size)]
    peaks = [rep.peak for rep in found if not jumps(rep, fs)]
    found = [measured(y, own, scale, *around, reach) for around in with_neighbours(peaks, y.size)]
    shaking = shaking_at_rest(y, found, fs)
    found = [
        rep
        for rep in found
        if rep.height >= SHAKING * shaking
        and not (rep.status == "full" and rep.rom < scale.least * min_range)
    ]
    counting = [rep for rep in graded(found, min_range) if rep.status == "full"]
    if wanders(y, counting, shaking):
        found = []
    kept = np.array([prominence[peak] for peak in peaks])
    least = max(USUAL_SHARE * usual(kept), min_range) if kept.size else min_range
    found += [pulse(peak, "incomplete_return") for peak in unreturned] + cut_at_the_edges(
        own, [rep.peak for rep in found], least, reach
    )
    unseen = long_gaps(series, samples(BRIDGED_S * fs))
    found = [damaged(place(rep, first), ~np.isfinite(series), unseen, permitted) for rep in found]
    return graded(sorted(found, key=lambda rep: rep.peak), min_range)


def samples(count: float) -> int:
    """Round to an integer number of samples, halves upward, at least one."""
    return max(1, math.floor(count + 0.5))


def usual(sizes: Array) -> float:
    """Return the typical size: the median of sizes of at least half of the third largest; NaN if
    there are none.

    With fewer than three sizes the smallest replaces the third largest.
    """
    if sizes.size == 0:
        return math.nan
    ranked = np.sort(sizes)[::-1]
    third = ranked[min(2, ranked.size - 1)]
    return float(np.median(ranked[ranked >= 0.5 * third]))


def candidate_peaks(
    y: Array, scale: Scale, fs: float, min_range: float, permitted: NDArray[np.bool_]
) -> tuple[list[int], dict[int, float]]:
    """Return prominent peaks half a second apart or more, and their prominences."""
    peaks = find_peaks(y)[0]
    rise = scale.own(y[peaks]) - scale.own(y[peaks] - peak_prominences(y, peaks)[0])
    typical = usual(rise[(rise >= min_range) & permitted[peaks]])
    if math.isnan(typical):
        return [], {}
    stands_out = rise >= max(USUAL_SHARE * typical, scale.least * min_range)
    peaks, rise = peaks[stands_out], rise[stands_out]
    distance = math.ceil(MIN_DISTANCE_S * fs)
    kept: list[int] = []
    for peak in peaks[np.argsort(y[peaks], kind="stable")[::-1]]:
        if all(abs(int(peak) - other) >= distance for other in kept):
            kept.append(int(peak))
    return sorted(kept), dict(zip(peaks.tolist(), rise.tolist(), strict=True))


def split_unreturned(
    own: Array, peaks: list[int], back: float, reach: int
) -> tuple[list[int], list[int]]:
    """Return kept and dropped peaks.

    Of two neighbors between which the series stays above the share `back`, the lower one is
    dropped. 0 % is the lowest level around both.
    """
    kept: list[int] = []
    dropped: list[int] = []
    for peak in peaks:
        kept.append(peak)
        if len(kept) < 2:
            continue
        p, q = kept[-2:]
        floor = own[max(0, p - reach) : q + reach + 1].min()
        if own[p : q + 1].min() - floor > back * (min(own[p], own[q]) - floor):
            lower = p if own[p] < own[q] else q
            kept.remove(lower)
            dropped.append(lower)
    return kept, dropped


def with_neighbours(peaks: list[int], n: int) -> list[tuple[int, int, int]]:
    """Return (previous peak or first sample, peak, next peak or last sample) for each peak."""
    fences = [0, *peaks, n - 1]
    return list(zip(fences[:-2], peaks, fences[2:], strict=True))


def rest_level(side: Array, top: float) -> float:
    """Return the rest level: the 20th percentile, or the middle of the lowest part."""
    level = float(np.percentile(side, REST_PERCENT))
    near = side.min() + FLOOR_SHARE * (top - side.min())
    return level if level <= near else float(np.median(side[side <= near]))


def measured(
    y: Array, own: Array, scale: Scale, before: int, peak: int, after: int, reach: int
) -> Rep:
    """Return the repetition of one peak, with its range and boundaries."""
    left, right = max(before, peak - reach), min(after, peak + reach)
    descent, ascent = y[left : peak + 1][::-1], y[peak : right + 1]
    rests = [rest_level(side, y[peak]) for side in (descent, ascent)]
    height = y[peak] - max(rests)
    bottom = y >= y[peak] - scale.bottom * height
    top, (rest_left, rest_right) = own[peak], scale.own(np.array(rests))
    status = "full"
    if left == 0 and cut_off(own[: peak + 1], top, rest_right, scale.back):
        status = "start_transient"
    elif right == y.size - 1 and cut_off(own[peak:], top, rest_left, scale.back):
        status = "incomplete_return"
    return Rep(
        start=peak - boundary(descent, rests[0] + scale.onset * height),
        bottom_start=peak - leading_true(bottom[: peak + 1][::-1]) + 1,
        peak=peak,
        bottom_end=peak + leading_true(bottom[peak:]) - 1,
        end=peak + boundary(ascent, rests[1] + scale.onset * height),
        rom=float(top - max(rest_left, rest_right)),
        status=status,
        height=float(height),
    )


def cut_off(side: Array, top: float, rest_beyond: float, back: float) -> bool:
    """True if the side next to an edge does not come near the rest level of the other side."""
    return bool(side.min() - rest_beyond > back * (top - rest_beyond))


def boundary(outward: Array, level: float) -> int:
    """Return the steps from the peak to the first sample below `level`, or to the lowest."""
    below = np.flatnonzero(outward < level)
    return int(below[0]) if below.size else int(np.argmin(outward))


def leading_true(mask: NDArray[np.bool_]) -> int:
    """Return the number of True values before the first False."""
    return int(mask.size if mask.all() else np.argmin(mask))


def jumps(rep: Rep, fs: float) -> bool:
    """True if the repetition is shorter than a body can move."""
    return rep.status == "full" and rep.end - rep.start < LEAST_LENGTH_S * fs


def wanders(y: Array, reps: list[Rep], shaking: float) -> bool:
    """True if the typical height is too small relative to the path length of the repetitions."""
    if not reps:
        return False
    longer = []
    for rep in reps:
        inside = y[rep.start : rep.end + 1]
        below = np.minimum(inside, inside.max() - (1 - WAY_SHARE) * rep.height)
        longer.append(way(below, TURN_SHARE * rep.height) / (2 * WAY_SHARE * rep.height))
    least = WANDERING * shaking * max(1.0, np.median(longer)) ** 2
    return bool(np.median([rep.height for rep in reps]) < least)


def way(side: Array, least: float) -> float:
    """Return the path length between turning points at least `least` apart."""
    turns = [side[0]]
    farthest, direction = side[0], 0.0
    for value in side[1:]:
        if direction == 0.0:
            if abs(value - side[0]) >= least:
                direction, farthest = np.sign(value - side[0]), value
        elif (value - farthest) * direction > 0:
            farthest = value
        elif abs(value - farthest) >= least:
            turns.append(farthest)
            farthest, direction = value, -direction
    return float(np.abs(np.diff([*turns, farthest])).sum())


def shaking_at_rest(y: Array, reps: list[Rep], fs: float) -> float:
    """Return the median of robust standard deviations of intervals outside repetitions; 0 without
    any.
    """
    length, least = samples(STRETCH_S * fs), samples(LEAST_STRETCH_S * fs)
    spreads = []
    first = 0
    for start, end in [*((rep.start, rep.end) for rep in reps), (y.size, y.size)]:
        for i in range(first, start, length):
            stretch = y[i : min(i + length, start)]
            if stretch.size >= least:
                spreads.append(1.4826 * np.median(np.abs(stretch - np.median(stretch))))
        first = max(first, end)
    return float(np.median(spreads)) if spreads else 0.0


def cut_at_the_edges(own: Array, peaks: list[int], least: float, reach: int) -> list[Rep]:
    """Return movements whose peak lies outside of the series, which starts or ends at a high
    level.
    """
    last = own.size - 1
    head = own[: min(peaks[0] if peaks else last, reach) + 1]
    tail = own[max(peaks[-1] if peaks else 0, last - reach) :]
    edges = []
    if head[0] - head.min() >= least:
        edges.append(pulse(0, "start_transient"))
    if tail[-1] - tail.min() >= least:
        edges.append(pulse(last, "incomplete_return"))
    return edges


def pulse(index: int, status: str) -> Rep:
    """Return a repetition of zero length at a peak."""
    return Rep(index, index, index, index, index, rom=math.nan, status=status)


def long_gaps(x: Array, longest: int) -> NDArray[np.bool_]:
    """Return a mask of samples in gaps longer than `longest` samples."""
    unseen = np.zeros(x.size, dtype=bool)
    for first, stop in finite_runs(np.where(np.isnan(x), 0.0, np.nan)):
        unseen[first:stop] = stop - first > longest
    return unseen


def place(rep: Rep, offset: int) -> Rep:
    """Return the repetition with indices of the whole input."""
    moved = {
        name: getattr(rep, name) + offset
        for name in ("start", "bottom_start", "peak", "bottom_end", "end")
    }
    return replace(rep, **moved)


def damaged(
    rep: Rep, missing: NDArray[np.bool_], unseen: NDArray[np.bool_], permitted: NDArray[np.bool_]
) -> Rep:
    """Return the repetition with its status lowered for missing data first, then for lost stance.

    `unseen` marks samples in long gaps.
    """
    inside = slice(rep.start, rep.end + 1)
    if rep.status != "full":
        return rep
    if missing[inside].mean() > MOST_MISSING or unseen[inside].mean() > BAD_SHARE:
        return replace(rep, status="missing_data")
    if (~permitted[inside]).mean() > BAD_SHARE:
        return replace(rep, status="lost_stance")
    return rep


def graded(reps: list[Rep], min_range: float) -> list[Rep]:
    """Mark repetitions as partial, relative to the minimum range and to the typical range."""
    typical = usual(np.array([rep.rom for rep in reps if rep.status == "full"]))
    return [
        replace(rep, status="partial")
        if rep.status == "full"
        and rep.rom < np.fmax(FULL_SHARE * typical, FULL_OF_LEAST * min_range)
        else rep
        for rep in reps
    ]
