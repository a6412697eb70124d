"""Left against right, and counted against true (SCIENCE §5 metrics, §6).

Every index is signed right minus left, and NaN, never infinite, where it is undefined.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from .vectors import Array


class Interval(NamedTuple):
    """Mean difference right − left with its 95 % confidence limits."""

    difference: float
    low: float
    high: float


class CountScores(NamedTuple):
    """Agreement of predicted with true counts, means over recordings."""

    mae: float
    exact: float
    off_by_one: float
    normalized_mae: float


def difference(left: float, right: float) -> float:
    """Δ = x_R − x_L, in the unit of the measure."""
    return right - left


def log_ratio(left: float, right: float) -> float:
    """100·ln(x_R/x_L); both must be positive."""
    return 100.0 * math.log(right / left) if left > 0.0 and right > 0.0 else math.nan


def lsi(involved: float, uninvolved: float) -> float:
    """Limb symmetry index, 100·x_I/x_U."""
    return 100.0 * involved / uninvolved if uninvolved != 0.0 else math.nan


def symmetry_index(left: float, right: float) -> float:
    """Robinson: difference as a percentage of the mean of both sides."""
    mean = 0.5 * (left + right)
    return 100.0 * (right - left) / mean if mean != 0.0 else math.nan


def symmetry_index_is_unstable(left: float, right: float) -> bool:
    """Sides of opposite sign: |SI| > 200 and without bound, so it must not be shown."""
    return left * right < 0.0


def symmetry_angle(left: float, right: float) -> float:
    """Zifchock: 45° − atan2(x_L, x_R) as a percentage of 90°, folded into ±90° first."""
    if left == 0.0 and right == 0.0:
        return math.nan
    degrees = 45.0 - math.degrees(math.atan2(left, right))
    if degrees > 90.0:
        degrees -= 180.0
    elif degrees < -90.0:
        degrees += 180.0
    return 100.0 * degrees / 90.0


def normalized_symmetry_index(left: Array, right: Array) -> float:
    """Queen: difference of the means as a percentage of the span of all trials and zero."""
    trials = np.concatenate([left, right, [0.0]])
    span = float(trials.max() - trials.min())
    return 100.0 * float(np.mean(right) - np.mean(left)) / span if span > 0.0 else math.nan


def welch_interval(left: Array, right: Array) -> Interval:
    """Independent trials, unequal variances; fewer than two trials a side give NaN limits."""
    delta = float(np.mean(right) - np.mean(left))
    if min(len(left), len(right)) < 2:
        return Interval(delta, math.nan, math.nan)
    v_l = float(np.var(left, ddof=1)) / len(left)
    v_r = float(np.var(right, ddof=1)) / len(right)
    if v_l + v_r == 0.0:
        return Interval(delta, delta, delta)
    freedom = (v_l + v_r) ** 2 / (v_l**2 / (len(left) - 1) + v_r**2 / (len(right) - 1))
    return around(delta, math.sqrt(v_l + v_r), freedom)


def paired_interval(left: Array, right: Array) -> Interval:
    """Trials of both sides made together: interval of the mean of their differences."""
    deltas = np.asarray(right, dtype=np.float64) - np.asarray(left, dtype=np.float64)
    delta = float(deltas.mean())
    if deltas.size < 2:
        return Interval(delta, math.nan, math.nan)
    error = float(deltas.std(ddof=1)) / math.sqrt(deltas.size)
    return around(delta, error, deltas.size - 1.0) if error > 0.0 else Interval(delta, delta, delta)


def around(delta: float, error: float, freedom: float) -> Interval:
    """Two-sided 95 % Student interval."""
    reach = float(stats.t.ppf(0.975, freedom)) * error
    return Interval(delta, delta - reach, delta + reach)


def count_scores(predicted: Array, true: Array) -> CountScores:
    """MAE, share exact, share within one, and TransRAC's |ĉ − c|/(c + 0.1)."""
    error = np.abs(np.asarray(predicted, dtype=np.float64) - np.asarray(true, dtype=np.float64))
    return CountScores(
        mae=float(error.mean()),
        exact=float((error == 0.0).mean()),
        off_by_one=float((error <= 1.0).mean()),
        normalized_mae=float((error / (np.asarray(true, dtype=np.float64) + 0.1)).mean()),
    )
