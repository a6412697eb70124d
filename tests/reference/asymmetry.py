"""Asymmetry indices, intervals, tests, and scores of counts (science.md 5 metrics and 6).

Every index is signed right minus left. Undefined indices are NaN, never infinite.
"""

from __future__ import annotations

import itertools
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


class Agreement(NamedTuple):
    """Repeated sessions: error of measurement, ICC(2,1), and change from first to last session."""

    freedom: int
    sem: float
    sem_ci: tuple[float, float]
    icc: float
    mdc: float
    bias: float
    limits: tuple[float, float]


class CountScores(NamedTuple):
    """Agreement of predicted and true counts, as means over recordings."""

    mae: float
    exact: float
    off_by_one: float
    normalized_mae: float


def difference(left: float, right: float) -> float:
    """Difference Δ = x_R − x_L, in the unit of the measure."""
    return right - left


def log_ratio(left: float, right: float) -> float:
    """Log ratio 100·ln(x_R/x_L); both values must be positive."""
    return 100.0 * math.log(right / left) if left > 0.0 and right > 0.0 else math.nan


def lsi(involved: float, uninvolved: float) -> float:
    """Limb symmetry index, 100·x_I/x_U."""
    return 100.0 * involved / uninvolved if uninvolved != 0.0 else math.nan


def symmetry_index(left: float, right: float) -> float:
    """Robinson's symmetry index: difference as a percentage of the mean of both sides."""
    mean = 0.5 * (left + right)
    return 100.0 * (right - left) / mean if mean != 0.0 else math.nan


def symmetry_index_is_unstable(left: float, right: float) -> bool:
    """True for sides of opposite sign, where |SI| > 200 is unbounded and must not be shown."""
    return left * right < 0.0


def symmetry_angle(left: float, right: float) -> float:
    """Zifchock's symmetry angle: 45° − atan2(x_L, x_R), folded into ±90°, in % of 90°."""
    if left == 0.0 and right == 0.0:
        return math.nan
    degrees = 45.0 - math.degrees(math.atan2(left, right))
    if degrees > 90.0:
        degrees -= 180.0
    elif degrees < -90.0:
        degrees += 180.0
    return 100.0 * degrees / 90.0


def normalized_symmetry_index(left: Array, right: Array) -> float:
    """Queen's index: difference of the means as a percentage of the span of all trials and zero."""
    trials = np.concatenate([left, right, [0.0]])
    span = float(trials.max() - trials.min())
    return 100.0 * float(np.mean(right) - np.mean(left)) / span if span > 0.0 else math.nan


def welch_interval(left: Array, right: Array) -> Interval:
    """Welch's interval for trials of unequal variance; NaN for fewer than two trials per side."""
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
    """Interval of the mean of paired differences."""
    deltas = np.asarray(right, dtype=np.float64) - np.asarray(left, dtype=np.float64)
    delta = float(deltas.mean())
    if deltas.size < 2:
        return Interval(delta, math.nan, math.nan)
    error = float(deltas.std(ddof=1)) / math.sqrt(deltas.size)
    return around(delta, error, deltas.size - 1.0) if error > 0.0 else Interval(delta, delta, delta)


def around(delta: float, error: float, freedom: float) -> Interval:
    """Two-sided 95 % interval by Student's t around `delta`."""
    reach = float(stats.t.ppf(0.975, freedom)) * error
    return Interval(delta, delta - reach, delta + reach)


def is_unstable(kind: str, left: float, right: float) -> bool:
    """True if a ratio index is undefined, or a side is zero or differs in sign from the other."""
    value = lsi(right, left) if kind == "lsi" else globals()[kind](left, right)
    return kind != "difference" and (
        math.isnan(value) or left == 0.0 or right == 0.0 or (left < 0.0) != (right < 0.0)
    )


def two_sided(every: Array, seen: float) -> float:
    """Return twice the smaller tail over all permutations; ties count in both tails."""
    tie = 1e-9 * max(1.0, float(np.abs(every).max()))
    return min(1.0, 2.0 * min(np.mean(every <= seen + tie), np.mean(every >= seen - tie)))


def permutation_p(first: Array, second: Array) -> float:
    """Permutation p-value over all splits of the values into groups of these sizes."""
    pool = np.concatenate([first, second])
    places = itertools.combinations(range(len(pool)), len(first))
    taken = np.array([np.isin(np.arange(len(pool)), chosen) for chosen in places])
    every = np.array([pool[~row].mean() - pool[row].mean() for row in taken])
    return two_sided(every, float(np.mean(second) - np.mean(first)))


def paired_permutation_p(first: Array, second: Array) -> float:
    """Paired permutation p-value over all ways to exchange the values within pairs."""
    deltas = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(deltas))))
    return two_sided(signs @ deltas / len(deltas), float(deltas.mean()))


def counted_permutation_p(first: Array, second: Array) -> float:
    """Permutation p-value of many non-negative whole numbers by counting.

    ways[k, s] is the number of choices of k values with sum s.
    """
    pool = np.concatenate([first, second]).astype(int)
    ways = np.zeros((len(first) + 1, pool.sum() + 1))
    ways[0, 0] = 1.0
    for value in pool:
        for k in range(len(first), 0, -1):
            ways[k, value:] += ways[k - 1, : ways.shape[1] - value]
    return tails(ways[-1] / ways[-1].sum(), int(first.sum()))


def counted_paired_permutation_p(first: Array, second: Array) -> float:
    """Paired permutation p-value of whole numbers: each sign shifts the distribution of the sum."""
    deltas = (second - first).astype(int)
    share = np.ones(1)
    for delta in np.abs(deltas):
        step = np.zeros(2 * delta + 1)
        step[0] += 0.5
        step[-1] += 0.5
        share = np.convolve(share, step)
    return tails(share, int(deltas.sum() + np.abs(deltas).sum()))


def tails(share: Array, seen: int) -> float:
    """Return twice the smaller tail of a distribution over whole numbers."""
    return min(1.0, 2.0 * min(float(share[: seen + 1].sum()), float(share[seen:].sum())))


def holm(p: list[float]) -> list[float]:
    """Holm's correction (1979) by its definition.

    The adjusted value is the maximum, over all p-values up to the own one, of p times the number of
    tests that are not smaller.
    """
    tests = sorted(value for value in p if not math.isnan(value))
    steps = [(value, (len(tests) - i) * value) for i, value in enumerate(tests)]
    return [
        min(1.0, max(step for value, step in steps if value <= own)) if own == own else math.nan
        for own in p
    ]


def reliability(values: Array) -> Agreement:
    """Two-way analysis of variance of complete rows (subjects) by sessions, from the residuals."""
    rows = values[np.isfinite(values).all(axis=1)]
    n, k = rows.shape
    grand, of_subject, of_session = rows.mean(), rows.mean(axis=1), rows.mean(axis=0)
    if n == 1:
        freedom, residual = k - 1, rows - grand
    else:
        freedom, residual = (n - 1) * (k - 1), rows - of_subject[:, None] - of_session + grand
    error = float((residual**2).sum())
    ms_error = error / freedom
    icc = limit = math.nan
    change = rows[:, -1] - rows[:, 0]
    if n > 1:
        ms_rows = k * float(of_subject.var(ddof=1))
        ms_sessions = n * float(of_session.var(ddof=1))
        total = ms_rows + (k - 1) * ms_error + k * (ms_sessions - ms_error) / n
        icc = (ms_rows - ms_error) / total if total > 0.0 else math.nan
        limit = float(stats.norm.ppf(0.975)) * float(change.std(ddof=1))
    low, high = (math.sqrt(error / stats.chi2.ppf(p, freedom)) for p in (0.975, 0.025))
    bias, sem = float(change.mean()), math.sqrt(ms_error)
    return Agreement(
        freedom=freedom,
        sem=sem,
        sem_ci=(low, high),
        icc=icc,
        mdc=float(stats.norm.ppf(0.975)) * math.sqrt(2.0) * sem if freedom >= 5 else math.nan,
        bias=bias,
        limits=(bias - limit, bias + limit),
    )


def count_scores(predicted: Array, true: Array) -> CountScores:
    """Return MAE, share of exact counts, share within one, and TransRAC's |ĉ − c|/(c + 0.1)."""
    error = np.abs(np.asarray(predicted, dtype=np.float64) - np.asarray(true, dtype=np.float64))
    return CountScores(
        mae=float(error.mean()),
        exact=float((error == 0.0).mean()),
        off_by_one=float((error <= 1.0).mean()),
        normalized_mae=float((error / (np.asarray(true, dtype=np.float64) + 0.1)).mean()),
    )
