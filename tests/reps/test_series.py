"""Tests of segmentation of series with known repetitions, under many disturbances."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kneepose import arrays
from tests.support.rep_conditions import CONDITIONS, LIMITS, QUIET, SAMPLING
from tests.support.rep_series import BOTTOM_SHARE, Course, Planted, plant, time_of

pytestmark = pytest.mark.slow

SEED, RUNS = 5, 30
"""Random seed, and number of runs per condition.

The published table has 100 runs with other seeds; see tools/pages/repetitions.py.
"""


def test_case_15_of_the_specification() -> None:
    assert time_of(0.10) == pytest.approx(0.246637, abs=1e-6)
    assert time_of(1.0 - BOTTOM_SHARE) == pytest.approx(0.810745, abs=1e-6)


def test_truth_is_where_the_series_crosses() -> None:
    """Without rest between repetitions each side has its own rest level, and the smaller range sets
    the limits.
    """
    courses = [Course(60, 1.0, 0.4, 1.5, 0.3, return_share=0.3), Course(50, 0.8, 0.0, 2.0, 1.0)]
    series = plant(courses, 1000.0, x0=7.0)
    at = np.interp(series.intervals, series.times, series.x) - 7.0
    np.testing.assert_allclose(at, [[4.2, 18 + 4.2], [18 + 3.2, 3.2]], rtol=0, atol=1e-4)
    np.testing.assert_allclose(np.interp(series.bottoms, series.times, series.x), [67, 57])
    assert series.intervals[0, 0] == pytest.approx(2.0 + 1.0 * time_of(0.1 * 42 / 60))


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_seed_is_a_series(name: str) -> None:
    first, again, other = (CONDITIONS[name].draw(SEED, k) for k in (0, 0, 1))
    np.testing.assert_array_equal(first.x, again.x)
    assert len(first.x) != len(other.x) or not np.array_equal(first.x, other.x)
    times = np.sort(first.intervals.ravel())
    assert np.all(np.diff(times) >= 0)
    assert times[0] >= 0
    assert times[-1] <= first.times[-1]


def test_noiseless_boundaries_are_within_a_frame_and_the_filter() -> None:
    series = plant([Course(60, 1.2, 0.4, 1.2)] * 3, 60.0)
    got = arrays.segment_reps(series.x, fs=60.0)
    found = np.stack([got.start, got.end], axis=1) / 60.0
    np.testing.assert_allclose(found, series.intervals, rtol=0, atol=2 / 60)


def counted(series: Planted) -> tuple[int, int, np.ndarray]:
    """Return the numbers of full and partial repetitions, and the intervals of the full ones in
    seconds.
    """
    got = arrays.segment_reps(series.x, fs=series.fs, min_range=series.min_range)
    full = got.status == "full"
    intervals = np.stack([got.start, got.end], axis=1)[full] / series.fs
    return got.count, int(np.sum(got.status == "partial")), intervals


FLOORS = {
    "gaps": 0.8,
    "swaps": 0.75,
    "touch_and_go": 0.9,
}
"""Minimum share of exact counts by condition, where it differs from 0.95."""


@pytest.mark.parametrize("name", [*CONDITIONS, *SAMPLING, "long_standing", "shallow_noise"])
def test_counts_and_boundaries(name: str) -> None:
    condition = {**CONDITIONS, **SAMPLING, **LIMITS}[name]
    runs = RUNS if name != "long_standing" else 8
    drawn = [condition.draw(SEED, k) for k in range(runs)]
    found = [counted(series) for series in drawn]
    counts = arrays.count_score([n for n, _, _ in found], [series.count for series in drawn])
    score = arrays.pooled_rep_score(
        [intervals for _, _, intervals in found], [s.intervals[s.full] for s in drawn]
    )
    assert counts.exact >= FLOORS.get(name, 0.95)
    assert score.f1 >= 0.9
    if len(score.pairs):
        assert max(score.start_mae, score.end_mae) <= 0.1


def test_planted_partials_are_partial() -> None:
    drawn = [CONDITIONS["partials"].draw(SEED, k) for k in range(RUNS)]
    assert np.mean([counted(series)[1] == 2 for series in drawn]) >= 0.9


def test_rest_has_no_repetitions() -> None:
    for k in range(RUNS):
        assert counted(QUIET["rest"].draw(SEED, k))[:2] == (0, 0)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ["coloured_noise", "slow_noise"])
def test_noise_is_seldom_counted(name: str, causal: bool) -> None:
    """At most 2 % of minutes of pure noise give a repetition; one more is allowed for chance."""
    runs = 150
    noise = [QUIET[name].draw(SEED, k) for k in range(runs)]
    reps = [arrays.segment_reps(s.x, fs=s.fs, min_range=s.min_range, causal=causal) for s in noise]
    assert sum(found.count > 0 for found in reps) <= 0.02 * runs + 1


def test_flat_and_missing_series_have_none() -> None:
    still = plant([], 30.0, lead_s=10.0)
    assert counted(still)[:2] == (0, 0)
    assert counted(replace(still, x=np.full_like(still.x, np.nan)))[:2] == (0, 0)
