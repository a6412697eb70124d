"""Tests of the measurement error against a NumPy analysis of variance, and published tables."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

import kneepose as kp
from kneepose import arrays
from tests.reference import asymmetry as twin

# Ratings of six subjects by four judges (Shrout and Fleiss 1979, table 2).
RATINGS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def agree(got: arrays.MeasureReliability, want: twin.Agreement) -> None:
    for name, value in want._asdict().items():
        np.testing.assert_allclose(
            getattr(got, name), value, rtol=1e-10, atol=1e-10, err_msg=name, equal_nan=True
        )


def random_sessions(rng: np.random.Generator) -> np.ndarray:
    n, k = rng.integers(2, 15), rng.integers(2, 6)
    subjects, sessions = rng.normal(40, 10, (n, 1)), rng.normal(0, 3, k)
    return np.asarray(subjects + sessions + rng.normal(0, rng.uniform(0.1, 5), (n, k)))


def test_it_is_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(1)
    known = 0
    for _ in range(300):
        values = random_sessions(rng)
        got = arrays.reliability(values)
        assert (got.subjects, got.sessions) == values.shape
        agree(got, twin.reliability(values))
        known += math.isfinite(got.mdc)
        assert math.isfinite(got.mdc) == (got.freedom >= 5)
    assert 100 < known < 300


def test_published_ratings() -> None:
    """Published: mean squares 11.24 (subjects), 32.49 (judges), 1.02 (error); ICC(2,1) 0.29."""
    got = arrays.reliability(RATINGS)
    assert got[:3] == (6, 4, 15)
    assert round(got.icc, 2) == 0.29
    assert round(got.sem**2, 2) == 1.02
    judges = RATINGS.mean(axis=0) - RATINGS.mean()
    assert round(float(6 * (judges**2).sum() / 3), 2) == 32.49
    agree(got, twin.reliability(RATINGS))


def test_the_interval_of_the_error_is_chi_square() -> None:
    rng = np.random.default_rng(2)
    for n, k in ((2, 2), (3, 2), (6, 2), (12, 3), (40, 2), (200, 4)):
        got = arrays.reliability(rng.normal(30, 4, (n, k)))
        freedom = (n - 1) * (k - 1)
        assert got.freedom == freedom
        want = got.sem * np.sqrt(freedom / stats.chi2.ppf([0.975, 0.025], freedom))
        np.testing.assert_allclose(got.sem_ci, want, rtol=1e-10)


def test_two_sessions_by_hand() -> None:
    """Differences 1, 3, 2, 2, 4, 0 have mean 2 and variance 2; with two sessions SEM² is half the
    variance.
    """
    first = np.array([10.0, 12.0, 9.0, 15.0, 11.0, 14.0])
    change = np.array([1.0, 3.0, 2.0, 2.0, 4.0, 0.0])
    got = arrays.reliability(np.column_stack([first, first + change]))
    assert got.bias == pytest.approx(2.0, abs=1e-12)
    z = 1.959963984540054
    np.testing.assert_allclose(got.limits, 2.0 + np.array([-z, z]) * math.sqrt(2.0), rtol=1e-12)
    assert got.sem == pytest.approx(1.0, rel=1e-12)
    assert got.freedom == 5
    assert got.mdc == pytest.approx(z * math.sqrt(2.0), rel=1e-12)


def test_bias_is_last_minus_first() -> None:
    got = arrays.reliability([[1.0, 50.0, 4.0], [2.0, -9.0, 7.0]])
    assert got.bias == 4.0
    back = arrays.reliability([[4.0, 50.0, 1.0], [7.0, -9.0, 2.0]])
    assert back.bias == -4.0
    np.testing.assert_allclose(back.limits, -np.array(got.limits)[::-1], rtol=1e-12)


def test_a_shift_that_all_share_is_bias_and_no_error() -> None:
    values = random_sessions(np.random.default_rng(3))
    shifted = values + 7.0 * np.arange(values.shape[1])
    got, moved = arrays.reliability(values), arrays.reliability(shifted)
    assert moved.sem == pytest.approx(got.sem, rel=1e-10)
    assert moved.bias == pytest.approx(got.bias + 7.0 * (values.shape[1] - 1), rel=1e-10)
    assert moved.icc < got.icc


@pytest.mark.parametrize("hole", [np.nan, np.inf, -np.inf])
def test_incomplete_rows_are_left_out(hole: float) -> None:
    with_holes = np.insert(RATINGS, [0, 3, 6], 99.0, axis=0)
    with_holes[[0, 4, 8], [1, 3, 0]] = hole
    assert arrays.reliability(with_holes) == arrays.reliability(RATINGS)


def test_one_subject_has_the_spread_of_its_sessions() -> None:
    sessions = [31.0, 34.0, 30.5, 33.0, 32.0, 36.5]
    got = arrays.reliability([sessions])
    assert got[:3] == (1, 6, 5)
    assert got.sem == pytest.approx(np.std(sessions, ddof=1), rel=1e-12)
    assert got.mdc == pytest.approx(1.959963984540054 * math.sqrt(2) * got.sem, rel=1e-12)
    assert got.bias == 5.5
    assert np.isnan([got.icc, *got.limits]).all()
    agree(got, twin.reliability(np.array([sessions])))
    assert math.isnan(arrays.reliability([sessions[:5]]).mdc)


def test_sessions_that_agree_have_no_error() -> None:
    got = arrays.reliability(np.repeat([[1.0], [2.0], [4.0], [8.0], [16.0], [32.0]], 2, axis=1))
    assert (got.sem, got.sem_ci, got.icc, got.mdc) == (0.0, (0.0, 0.0), 1.0, 0.0)
    assert (got.bias, got.limits) == (0.0, (0.0, 0.0))


def test_where_nothing_varies_there_is_no_correlation() -> None:
    got = arrays.reliability(np.full((6, 2), 3.0))
    assert got.sem == 0.0
    assert math.isnan(got.icc)


def test_where_nothing_varies_there_is_no_correlation_whatever_the_value() -> None:
    for value in (0.1, 0.3, 21.1):
        assert math.isnan(arrays.reliability(np.full((5, 3), value)).icc)


def test_small_errors_of_very_different_subjects() -> None:
    rng = np.random.default_rng(4)
    values = rng.normal(100, 10, (8, 1)) + rng.normal(0, 1e-4, (8, 2))
    assert arrays.reliability(values).sem == pytest.approx(twin.reliability(values).sem, rel=1e-8)


@pytest.mark.parametrize("values", [np.empty((0, 3)), np.full((4, 2), np.nan)])
def test_no_complete_row_is_all_nan(values: np.ndarray) -> None:
    got = arrays.reliability(values)
    assert got.subjects == 0
    assert got.sessions == values.shape[1]
    assert np.isnan([got.sem, *got.sem_ci, got.icc, got.mdc, got.bias, *got.limits]).all()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.0, 2.0], r"values has shape \(2,\)"),
        ([[1.0], [2.0]], "at least two sessions"),
        (np.ones((2, 2, 2, 2)), "one row per subject"),
        (np.ones((2, 2, 1)), "at least two sessions"),
        (np.ones((2, 0, 2)), r"\(people, legs, k\)"),
        ([[1.0, 2.0], [3.0]], "rows differ in length"),
        ([["a", "b"]], "values has dtype"),
        (3.0, r"\(n, k\)"),
    ],
)
def test_wrong_shapes(values: Any, words: str) -> None:
    with pytest.raises(kp.errors.CoordinateError, match=words):
        arrays.reliability(values)


def test_legs_are_those_of_people() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(10, 5, (7, 2, 3))
    values[2, 1, 0] = np.nan
    got, want = arrays.reliability(values), arrays.day_error(values)
    assert got[:3] == (13, 3, want.freedom)
    assert (got.people, got.sem, got.sem_ci, got.icc) == (7, want.sem, want.sem_ci, want.icc)
    rows = arrays.reliability(values[:, 0])
    assert (rows.people, rows.subjects) == (7, 7)
    assert rows == arrays.reliability(values[:, :1])


def test_any_layout_and_kind_of_number() -> None:
    want = arrays.reliability(RATINGS)
    whole = RATINGS.astype(int)
    for values in (whole, whole.tolist(), RATINGS.astype(np.float32), np.asfortranarray(RATINGS)):
        assert arrays.reliability(values) == want
    assert arrays.reliability(RATINGS[::-1, ::-1]).sem == pytest.approx(want.sem, rel=1e-12)
