"""Error between days, agreement of raters and pooled errors, implemented from the literature."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

Z = 1.959963984540054


class Days(NamedTuple):
    """Result with the fields of `kneepose.arrays.DayError`."""

    freedom: float
    sem: float
    sem_ci: tuple[float, float]
    icc: float
    icc_ci: tuple[float, float]
    bias: float
    limits: tuple[float, float]


def freedom_of(squares: np.ndarray, shared: np.ndarray) -> float:
    """Return the degrees of freedom 2·E²/Var of the legs' sum of squares."""
    known = shared > 1e-9
    spread = (np.where(known, squares, 0.0) ** 2 / np.where(known, shared, 1.0)).sum()
    return float(np.trace(squares) ** 2 / spread)


def day_error_of_some(values: np.ndarray) -> tuple[float, float]:
    """Return SEM and degrees of freedom if some people lack a leg, from projection matrices."""
    n, m, k = values.shape
    whole = np.isfinite(values).all(2)
    # Projection that subtracts the means of the leg's people and of its days; zero for people
    # without it.
    off = []
    for leg in range(m):
        keep = np.diag(whole[:, leg].astype(float))
        means = np.outer(whole[:, leg], whole[:, leg]) / whole[:, leg].sum()
        off.append(np.kron(keep - means, np.eye(k) - 1 / k))
    flat = np.nan_to_num(values).transpose(1, 0, 2).reshape(m, n * k)
    left = [one @ row for one, row in zip(off, flat, strict=True)]
    squares = np.array([[a @ b for b in left] for a in left])
    shared = np.array([[np.trace(a @ b) for b in off] for a in off])
    error = np.trace(squares) / np.trace(shared)
    return math.sqrt(error), freedom_of(squares, shared)


def day_error(values: np.ndarray) -> Days:
    """Error between days of values (people, legs, days): one analysis of variance per leg, Box's
    freedom.
    """
    n, m, k = values.shape
    person, day = values.mean(2, keepdims=True), values.mean(0, keepdims=True)
    grand = values.mean((0, 2), keepdims=True)
    left = (values - person - day + grand).transpose(1, 0, 2).reshape(m, -1)
    errors = left @ left.T / ((n - 1) * (k - 1))
    rows = np.atleast_2d(np.cov(values.mean(2).T)) * k
    columns = n * ((day - grand) ** 2).sum() / (k - 1) / m
    ms_error, ms_rows = np.trace(errors) / m, np.trace(rows) / m
    box = [np.trace(s) ** 2 / np.trace(s @ s) for s in (errors, rows)]
    free, free_rows = (n - 1) * (k - 1) * box[0], (n - 1) * box[1]
    sem_ci = tuple(math.sqrt(free * ms_error / stats.chi2.ppf(p, free)) for p in (0.975, 0.025))
    icc = (ms_rows - ms_error) / (ms_rows + (k - 1) * ms_error + k / n * (columns - ms_error))
    a = k * icc / (n * (1 - icc))
    b = 1 + k * icc * (n - 1) / (n * (1 - icc))
    v = (a * columns + b * ms_error) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * ms_error) ** 2 / free
    )
    low, high = stats.f.ppf(0.975, free_rows, v), stats.f.ppf(0.975, v, free_rows)
    rest = k * columns + (k * n - k - n) * ms_error
    icc_ci = (
        n * (ms_rows - low * ms_error) / (low * rest + n * ms_rows),
        n * (high * ms_rows - ms_error) / (rest + n * high * ms_rows),
    )
    change = values[:, :, -1] - values[:, :, 0]
    spread = math.sqrt(change.var(axis=0, ddof=1).mean())
    bias = float(change.mean())
    return Days(
        free,
        math.sqrt(ms_error),
        (sem_ci[0], sem_ci[1]),
        icc,
        (max(icc_ci[0], -1.0), min(icc_ci[1], 1.0)),
        bias,
        (bias - Z * spread, bias + Z * spread),
    )


def weighted_kappa(first: np.ndarray, second: np.ndarray, levels: int) -> float:
    """Cohen's κ (1968) with quadratic weights, from the table of proportions."""
    table = np.zeros((levels, levels))
    for a, b in zip(first, second, strict=True):
        table[a, b] += 1
    table /= table.sum()
    i, j = np.indices(table.shape)
    weight = (i - j) ** 2 / (levels - 1) ** 2
    chance = np.outer(table.sum(1), table.sum(0))
    return 1 - float((weight * table).sum() / (weight * chance).sum())


def light(grades: np.ndarray, levels: int) -> float:
    """Mean κ over all pairs of raters (Light 1971); −1 means missing."""
    found = []
    for a, b in itertools.combinations(range(grades.shape[1]), 2):
        both = grades[(grades[:, a] >= 0) & (grades[:, b] >= 0)]
        found.append(weighted_kappa(both[:, a], both[:, b], levels))
    return float(np.mean(found))


def jackknife(grades: np.ndarray, levels: int, groups: np.ndarray) -> tuple[float, float]:
    """95 % jackknife interval of the mean κ, leaving out one group at a time."""
    known = np.unique(groups)
    without = np.array([light(grades[groups != g], levels) for g in known])
    n = len(known)
    error = math.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    half = stats.t.ppf(0.975, n - 1) * error
    middle = light(grades, levels)
    return max(middle - half, -1.0), min(middle + half, 1.0)


def pool(sems: np.ndarray, freedoms: np.ndarray) -> tuple[float, tuple[float, float], float]:
    """Pooled error, interval and tau: DerSimonian and Laird with the interval of Hartung and Knapp."""
    half = freedoms / 2
    y = np.log(sems**2) - (special.digamma(half) - np.log(half))
    v = special.polygamma(1, half)
    w, k = 1 / v, len(y)
    q = (w * (y - np.average(y, weights=w)) ** 2).sum()
    tau2 = max(0.0, (q - (k - 1)) / (w.sum() - (w**2).sum() / w.sum()))
    w = 1 / (v + tau2)
    mean = np.average(y, weights=w)
    spread = max(1.0, (w * (y - mean) ** 2).sum() / (k - 1))
    reach = stats.t.ppf(0.975, k - 1) * math.sqrt(spread / w.sum())
    ends = [math.exp((mean + sign * reach) / 2) for sign in (-1, 1)]
    return math.exp(mean / 2), (ends[0], ends[1]), math.sqrt(tau2) / 2
