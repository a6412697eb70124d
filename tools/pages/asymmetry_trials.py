"""Simulated repetitions of two legs passed to `_core.compare`, to measure its error rates.

Every trial has its own random numbers, which depend only on its parameters.
"""

from __future__ import annotations

import functools
import math
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from kneepose import _core
from tests.support.guard_trials import pair_yaw

SEED = 271_828
DIFFERENCES = (0, 3, 6, 9, 12, 15)
COUNTS = (5, 6, 8, 10, 12, 15, 20)
VERDICT_COUNTS = (4, 5, 6, 8, 10)
DEVIATIONS = (1.5, 3.0, 5.0)
SESSION_SD = 3.0
RUNS = 4000
RUNS_A_DIFFERENCE = 1000
METHOD_RUNS = 2000
# Number of repetitions that is slow, and its reduced numbers of runs and sessions. A verdict on ten
# repetitions takes sixty times as long as one on five.
SLOW_COUNT, SLOW_RUNS, SLOW_SESSIONS = 10, 1000, 500
CHANGE = 9.0
PAIRED = "paired"
YAW_COUNT, MOST_YAW, TOES_OUT = 6, 10.0, 6.0
GATE_PAIRS, GATE_SEED = 400, 20_001
ESTIMATE_SDS = (0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0)
SLOPE, STEEP = 1.2, 1.35
HELD_SD = 0.7
TOES = {"uniform": "evenly spread over 2–10° out", "normal": "6 ± 4° out, normal"}
METHOD_COUNTS = (5, 10, 20)
METHOD_SPREADS = ("SD 3°", "skewed alike", "skewed apart")
FAMILY_COUNTS, CORRELATIONS = (5, 8), (0.0, 0.7)
NULL_COUNTS = (4, 5, 6, 8)
NULL_NAMES = ("SD 3°", "2° against 4°", "skewed apart", PAIRED)
LEAST_COUNTS = (3, 4, 5, 6, 8, 10)


Values: TypeAlias = npt.NDArray[np.float64]
Shares: TypeAlias = tuple[float, ...]
# A trial function and its parameters.
Job: TypeAlias = tuple[Any, ...]
Results: TypeAlias = Mapping[Job, Shares]


class Spread(NamedTuple):
    """Distribution of the repetitions of two legs: standard deviations and signs of the skewness."""

    first: float
    second: float
    skew: tuple[int, int] = (0, 0)


SPREADS = {
    "SD 1.5°": Spread(1.5, 1.5),
    "SD 3°": Spread(3, 3),
    "SD 5°": Spread(5, 5),
    "2° against 4°": Spread(2, 4),
    "skewed alike": Spread(3, 3, (1, 1)),
    "skewed apart": Spread(3, 3, (-1, 1)),
}
NORMAL = tuple(name for name, spread in SPREADS.items() if spread.skew == (0, 0))


def random(*key: object) -> np.random.Generator:
    """Return the random generator of one trial."""
    return np.random.default_rng([SEED, zlib.crc32(repr(key).encode())])


def repetitions(rng: np.random.Generator, shape: tuple[int, ...], sd: float, skew: int) -> Values:
    """Return repetitions with mean 0: normal, or gamma with shape 4, of skewness 1."""
    if skew:
        return skew * sd * (rng.gamma(4.0, size=shape) - 4.0) / 2.0
    return rng.normal(0.0, sd, shape)


def legs(
    rng: np.random.Generator, shape: tuple[int, ...], spread: Spread, difference: float
) -> tuple[Values, Values]:
    """Return repetitions of the first and the second leg."""
    first = repetitions(rng, shape, spread.first, spread.skew[0])
    return first, difference + repetitions(rng, shape, spread.second, spread.skew[1])


def pairs(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Values, Values]:
    """Return both legs in the same repetitions: SD 3°, half of the variance shared."""
    shared = rng.normal(0.0, 3.0 * math.sqrt(0.5), shape)
    first, second = legs(rng, shape, Spread(3 * math.sqrt(0.5), 3 * math.sqrt(0.5)), 0)
    return first + shared, second + shared


def measures(first: Values, second: Values, own: float = CHANGE) -> list[Any]:
    """Return rows for `_core.compare`: one experiment per row, with an own detectable change."""
    return [(a, b, "fppa", True, own) for a, b in zip(first, second, strict=True)]


def holds(intervals: list[tuple[float, float]], truth: float) -> float:
    """Return the share of the intervals that contain the truth."""
    return float(np.mean([low <= truth <= high for low, high in intervals]))


def coverage(n: int, name: str) -> Shares:
    """Return the coverage of the 95 % intervals for each planted difference."""
    shares = []
    for difference in DIFFERENCES:
        rng = random("coverage", n, name, difference)
        shape = RUNS_A_DIFFERENCE, n
        if name == PAIRED:
            first, second = pairs(rng, shape)
            second = second + difference
        else:
            first, second = legs(rng, shape, SPREADS[name], difference)
        found = _core.compare(measures(first, second), name == PAIRED, None)
        shares.append(holds([one["ci"] for one in found], difference))
    return tuple(shares)


def methods(n: int, name: str) -> Shares:
    """Return the coverage of the percentile bootstrap, plain BCa, Welch's t and `compare`."""
    first, second = legs(random("methods", n, name), (METHOD_RUNS, n), SPREADS[name], 0)
    both = list(zip(first, second, strict=True))
    intervals: list[list[tuple[float, float]]] = [
        [_core.bootstrap_interval(a, b, False, 10_000, 0.95, 0, method) for a, b in both]
        for method in ("percentile", "bca")
    ]
    intervals.append([_core.t_interval(a, b, False)[1:] for a, b in both])
    intervals.append([one["ci"] for one in _core.compare(measures(first, second), False, None)])
    return tuple(holds(found, 0.0) for found in intervals)


VERDICTS = ("different", "no_detectable_difference", "inconclusive")


def shares_of(verdicts: list[str]) -> Shares:
    """Return the shares of the three verdicts."""
    counts = Counter(verdicts)
    return tuple(counts[verdict] / len(verdicts) for verdict in VERDICTS)


def verdict_runs(n: int, session: bool) -> int:
    """Return the number of draws for a cell."""
    if n < SLOW_COUNT:
        return RUNS
    return SLOW_SESSIONS if session else SLOW_RUNS


def verdicts(n: int, sd: float, difference: float, session: bool) -> Shares:
    """Return the verdicts on the primary measure; with `session`, each leg's mean has a session
    error.
    """
    runs = verdict_runs(n, session)
    rng = random("verdicts", n, sd, difference, session)
    first, second = legs(rng, (runs, n), Spread(sd, sd), difference)
    if session:
        first = first + rng.normal(0.0, SESSION_SD, (runs, 1))
        second = second + rng.normal(0.0, SESSION_SD, (runs, 1))
    rows = measures(first, second)
    return shares_of([_core.compare([row], False, None, None, 0)[0]["verdict"] for row in rows])


def turned(rng: np.random.Generator, yaws: Values, seen: Values, slope: float) -> Shares:
    """Return the verdicts on equal legs for cameras with a true and an estimated yaw.

    Each leg's value changes by `slope` degrees per degree of yaw, with opposite signs.
    """
    first, second = legs(rng, (len(yaws), YAW_COUNT), Spread(3, 3), 0)
    rows = measures(first - slope * yaws[:, None], second + slope * yaws[:, None])
    found = []
    for row, estimate in zip(rows, seen, strict=True):
        feet = ("left", estimate - TOES_OUT), ("right", estimate + TOES_OUT)
        yaw, guard = _core.camera_yaw(*feet)
        assert abs(yaw - estimate) < 1e-9, "the feet were made for this estimate"
        found.append(_core.compare([row], False, guard, yaw, 0, [], "right")[0]["verdict"])
    return shares_of(found)


def any_yaw(estimate_sd: float, slope: float) -> Shares:
    """Return the verdicts for yaws uniform in 0 to 10°, estimated with this standard deviation."""
    rng = random("any yaw", estimate_sd, slope)
    yaws = rng.uniform(0.0, MOST_YAW, 2 * RUNS)
    return turned(rng, yaws, yaws + estimate_sd * rng.normal(size=len(yaws)), slope)


def one_yaw(yaw: float, estimate_sd: float, slope: float) -> Shares:
    """Return the verdicts for the same yaw in all runs."""
    rng = random("one yaw", yaw, estimate_sd, slope)
    yaws = np.full(RUNS, float(yaw))
    return turned(rng, yaws, yaws + estimate_sd * rng.normal(size=RUNS), slope)


@functools.cache
def gate_estimates(toes: str) -> tuple[Values, Values]:
    """Return yaws, and their estimates by the quality check on re-projected recordings."""
    yaws = random("gate", toes).uniform(0.0, MOST_YAW, GATE_PAIRS)
    return yaws, np.array([pair_yaw(GATE_SEED + i, yaw, toes) for i, yaw in enumerate(yaws)])


def gate_error(toes: str) -> Shares:
    """Return slope, offset and residual deviation of the estimated camera yaw."""
    yaws, seen = gate_estimates(toes)
    slope, offset = np.polyfit(yaws, seen, 1)
    return float(slope), float(offset), float(np.std(seen - offset - slope * yaws, ddof=2))


def gate_yaw(toes: str, slope: float) -> Shares:
    """Return the verdicts for yaws uniform in 0 to 10°, estimated by the quality check."""
    yaws, seen = (np.repeat(values, 2 * RUNS // GATE_PAIRS) for values in gate_estimates(toes))
    return turned(random("gate yaw", toes, slope), yaws, seen, slope)


def gate_one_yaw(yaw: float, toes: str, slope: float) -> Shares:
    """Return the verdicts for one yaw in all runs, with estimates from the fitted line."""
    yaws, seen = gate_estimates(toes)
    gain, offset, _ = gate_error(toes)
    errors = np.repeat(seen - offset - gain * yaws, RUNS // GATE_PAIRS)
    rng = random("gate one yaw", yaw, toes, slope)
    return turned(rng, np.full(RUNS, float(yaw)), offset + gain * yaw + errors, slope)


def families(n: int, correlation: float) -> Shares:
    """Return how often one of four measures is significant: raw, by Holm, by verdict.

    The verdicts use a detectable change of 9°, of 1°, and of 1° with the first measure as primary.
    """
    rng = random("families", n, correlation)
    both = []
    for _ in "first", "second":
        own = rng.normal(0.0, 3.0, (RUNS, 4, n))
        shared = rng.normal(0.0, 3.0, (RUNS, 1, n))
        both.append(math.sqrt(1 - correlation) * own + math.sqrt(correlation) * shared)
    seen = []
    for first, second in zip(*both, strict=True):
        wide = _core.compare(measures(first, second, CHANGE), False, None)
        narrow = _core.compare(measures(first, second, 1.0), False, None)
        named = _core.compare(measures(first, second, 1.0), False, None, None, 0)
        seen.append(
            (
                min(one["p"] for one in wide) <= 0.05,
                min(one["p_holm"] for one in wide) <= 0.05,
                *(any(one["verdict"] == "different" for one in f) for f in (wide, narrow, named)),
            )
        )
    return tuple(float(share) for share in np.mean(seen, axis=0))


def null_p(n: int, name: str) -> Shares:
    """Return the shares of p-values ≤ 0.05 and ≤ 0.01 for equal legs."""
    rng = random("null p", n, name)
    both = (
        pairs(rng, (4 * RUNS, n)) if name == PAIRED else legs(rng, (4 * RUNS, n), SPREADS[name], 0)
    )
    p = np.array([one["p"] for one in _core.compare(measures(*both), name == PAIRED, None)])
    return float(np.mean(p <= 0.05 + 1e-12)), float(np.mean(p <= 0.01 + 1e-12))


def least_p(n: int) -> Shares:
    """Return the p-value of non-overlapping legs: unpaired and paired."""
    first = np.arange(n, dtype=float)
    row = measures(first[None], first[None] + 100.0)
    return tuple(float(_core.compare(row, paired, None)[0]["p"]) for paired in (False, True))


def attainable(n: int, level: float) -> float:
    """Return the largest possible p-value of n a side that does not exceed the level."""
    draws = math.comb(2 * n, n)
    return 2 * math.floor(level * draws / 2) / draws


def run(job: Job) -> Shares:
    """Run one simulation job, in a worker process."""
    trial, *asked = job
    shares: Shares = trial(*asked)
    return shares


def jobs() -> list[Job]:
    """Return all trials, the longest ones first."""
    names = (*SPREADS, PAIRED)
    found: list[Job] = [(coverage, n, name) for n in COUNTS for name in names]
    found += [(methods, n, name) for n in METHOD_COUNTS for name in METHOD_SPREADS]
    for n in VERDICT_COUNTS:
        found += [
            (verdicts, n, sd, difference, session)
            for sd in DEVIATIONS
            for difference in DIFFERENCES
            for session in (False, True)
        ]
    found.sort(key=lambda job: -int(job[1]))
    slopes = SLOPE, STEEP
    found += [(any_yaw, sd, slope) for sd in ESTIMATE_SDS for slope in slopes]
    found += [(one_yaw, yaw, HELD_SD, slope) for yaw in range(11) for slope in slopes]
    found += [(families, n, r) for n in FAMILY_COUNTS for r in CORRELATIONS]
    found += [(null_p, n, name) for n in NULL_COUNTS for name in NULL_NAMES]
    found += [(least_p, n) for n in LEAST_COUNTS]
    return found


def gate_jobs() -> list[Job]:
    """Return the trials that need recordings."""
    shares: list[Job] = [(gate_yaw, toes, s) for toes in TOES for s in (SLOPE, STEEP)]
    shares += [(gate_one_yaw, yaw, toes, SLOPE) for yaw in range(11) for toes in TOES]
    return [*shares, *((gate_error, toes) for toes in TOES)]


def pooled(n: int, name: str, results: Results) -> float:
    """Return the coverage averaged over all planted differences."""
    return float(np.mean(results[coverage, n, name]))


def shifted(n: int, results: Results) -> list[float]:
    """Return the coverage at each planted difference, averaged over normal distributions."""
    found = np.mean([results[coverage, n, name] for name in NORMAL], axis=0)
    return [float(share) for share in found]


def covered(names: Iterable[str], results: Results) -> tuple[float, float]:
    """Return the lowest and highest coverage over all n."""
    found = [pooled(n, name, results) for name in names for n in COUNTS]
    return min(found), max(found)


def false_alarms(session: bool, results: Results) -> dict[tuple[float, int], float]:
    """Return the share of `different` without a true difference, by SD and repetitions."""
    return {(sd, n): results[verdicts, n, sd, 0, session][0] for sd, n in cells()}


def cells() -> list[tuple[float, int]]:
    """Return each pair of standard deviation and repetitions per side that the verdicts cover."""
    return [(sd, n) for sd in DEVIATIONS for n in VERDICT_COUNTS]


def found_at_12(session: bool, results: Results) -> float:
    """Return the least share of `different` at 12°, for an SD up to 3° and 5 or more
    repetitions.
    """
    asked = [(sd, n) for sd, n in cells() if n >= 5 and sd <= 3]
    return min(results[verdicts, n, sd, 12, session][0] for sd, n in asked)


def turned_at(sd: float, results: Results) -> float:
    """Return the share of `different` that a camera yaw causes if its estimate has this SD."""
    return results[any_yaw, sd, SLOPE][0]


def gate_at(toes: str, results: Results) -> float:
    """Return the share of `different` verdicts when the quality check estimates the camera yaw."""
    return results[gate_yaw, toes, SLOPE][0]


def worst_turned(results: Results) -> float:
    """Return the largest share of `different` for yaw estimates with the required accuracy."""
    return max(turned_at(sd, results) for sd in ESTIMATE_SDS if sd <= HELD_SD)
