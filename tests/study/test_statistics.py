"""Tests of day error, agreement, pooling against NumPy, publications and simulations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

import kneepose as kp
from kneepose import arrays
from tests.reference import studies as twin

SEM, BETWEEN = 3.0, 6.0


def study(
    rng: np.random.Generator, *, people: int = 10, days: int = 2, shared: float = 0.0
) -> np.ndarray:
    """Return simulated values of both legs; `shared` is their errors' correlation."""

    def legs(r: float) -> np.ndarray:
        return np.asarray(np.linalg.cholesky(np.array([[1.0, r], [r, 1.0]])).T)

    persons = BETWEEN * rng.normal(size=(people, 2)) @ legs(0.5)
    errors = SEM * rng.normal(size=(people, days, 2)) @ legs(shared)
    values = persons[:, None, :] + errors + rng.normal(0.0, 0.5, (1, days, 1))
    return np.asarray(values.transpose(0, 2, 1))


def test_the_error_is_that_of_the_literature() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        people, legs, days = rng.integers(3, 15), rng.integers(1, 3), rng.integers(2, 5)
        values = rng.normal(0, 5, (people, legs, 1)) + rng.normal(0, 2, (people, legs, days))
        got, want = arrays.day_error(values), twin.day_error(values)
        for name, value in want._asdict().items():
            np.testing.assert_allclose(getattr(got, name), value, rtol=1e-8, err_msg=name)
        assert math.isfinite(got.mdc) == (got.freedom >= 5)


def test_one_leg_is_the_usual_reliability() -> None:
    values = np.random.default_rng(2).normal(size=(8, 1, 3))
    got, usual = arrays.day_error(values), arrays.reliability(values[:, 0])
    assert got.sem == pytest.approx(usual.sem)
    assert got.freedom == pytest.approx(usual.freedom)
    assert got.icc == pytest.approx(usual.icc)


def test_legs_without_a_value_are_left_out() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        values = study(rng, people=int(rng.integers(4, 12)), days=int(rng.integers(2, 5)))
        values[1:][rng.random((len(values) - 1, 2)) < 0.3] = np.nan
        found = arrays.day_error(values)
        if np.isfinite(values).all(2).sum(0).min() < 2:
            continue
        np.testing.assert_allclose(
            (found.sem, found.freedom), twin.day_error_of_some(values), rtol=1e-8
        )
        assert found.people == np.isfinite(values).all(2).any(1).sum()
    values = study(rng)
    values[4] = np.nan
    assert arrays.day_error(values) == arrays.day_error(np.delete(values, 4, axis=0))
    with pytest.raises(kp.errors.CoordinateError, match="people, legs, days"):
        arrays.day_error(values[0])


@pytest.mark.slow
@pytest.mark.parametrize("shared", [-0.7, 0.0, 0.5, 0.95])
def test_500_simulated_studies_contain_the_true_error(shared: float) -> None:
    """Legs of one person share camera and day; a correlation of −0.7 is a camera set up anew each
    day.
    """
    rng = np.random.default_rng(4)
    icc = BETWEEN**2 / (BETWEEN**2 + SEM**2 + 0.5**2)
    inside = of_icc = independent = 0
    for _ in range(500):
        values = study(rng, shared=shared)
        found = arrays.day_error(values)
        inside += found.sem_ci[0] <= SEM <= found.sem_ci[1]
        of_icc += found.icc_ci[0] <= icc <= found.icc_ci[1]
        rows = arrays.reliability(values.reshape(20, 2))
        independent += rows.sem_ci[0] <= SEM <= rows.sem_ci[1]
    assert inside >= 0.93 * 500
    assert of_icc >= 0.93 * 500
    if abs(shared) >= 0.7:
        assert independent < 0.91 * 500, "legs as independent rows would do"


def test_agreement_is_that_of_the_literature() -> None:
    rng = np.random.default_rng(5)
    for _ in range(60):
        levels, raters = int(rng.integers(2, 5)), int(rng.integers(2, 5))
        true = rng.integers(0, levels, 40)
        grades = np.clip(true[:, None] + rng.integers(-1, 2, (40, raters)), 0, levels - 1)
        grades[rng.random(grades.shape) < 0.05] = -1
        groups = np.repeat(np.arange(10), 4)
        got = arrays.agreement(grades, levels=levels, groups=groups.tolist())
        assert got.kappa == pytest.approx(twin.light(grades, levels))
        assert got.kappa_ci == pytest.approx(twin.jackknife(grades, levels, groups))


def test_agreement_of_a_published_table() -> None:
    """50 grant proposals with two readers: κ = 0.40 (p0 = 0.7, pe = 0.5). With two grades weights
    have no effect.
    """
    first = np.repeat([0, 0, 1, 1], [20, 5, 10, 15])
    second = np.repeat([0, 1, 0, 1], [20, 5, 10, 15])
    found = arrays.agreement(np.stack([first, second], 1), levels=2)
    assert found.kappa == pytest.approx(0.4)
    assert found.equal == pytest.approx(0.7)


def test_few_groups_have_no_interval() -> None:
    grades = np.array([[0, 0], [1, 1], [2, 1], [0, 1]])
    assert math.isnan(arrays.agreement(grades, levels=3).kappa_ci[0])
    grades = np.vstack([grades, [2, 2]])
    assert math.isfinite(arrays.agreement(grades, levels=3).kappa_ci[0])
    assert math.isnan(arrays.agreement(grades, levels=3, groups=[0, 0, 1, 1, 2]).kappa_ci[0])


@pytest.mark.slow
def test_simulated_raters_agree_as_much_as_the_interval_says() -> None:
    """With 10 people, 4 clips each and 3 raters, the interval contains the κ of very many clips."""
    rng = np.random.default_rng(6)

    def graded(people: int) -> np.ndarray:
        person = np.repeat(rng.normal(0, 0.8, people), 4)
        seen = person[:, None] + rng.normal(0, 0.5, (4 * people, 1))
        told = seen + rng.normal(0, 0.6, (4 * people, 3))
        return np.digitize(told, [-0.5, 0.5])

    true = arrays.agreement(graded(5000), levels=3, groups=[0] * 20000).kappa
    inside = 0
    for _ in range(500):
        found = arrays.agreement(graded(10), levels=3, groups=np.repeat(range(10), 4).tolist())
        inside += found.kappa_ci[0] <= true <= found.kappa_ci[1]
    assert inside >= 0.90 * 500


@pytest.mark.parametrize(
    ("grades", "options", "message"),
    [
        ([[0.5, 1.0]], {"levels": 3}, "whole numbers"),
        ([[0, 3]], {"levels": 3}, "number of grades"),
        ([[0, 1]], {"levels": 3, "pairs": [(0, 2)]}, "not two of the 2"),
        ([[0, 1]], {"levels": 3, "groups": [1, 2]}, "2 entries for 1 items"),
    ],
)
def test_grades_that_cannot_be(grades: object, options: dict[str, object], message: str) -> None:
    with pytest.raises(kp.KneeposeError, match=message):
        arrays.agreement(grades, **options)  # type: ignore[arg-type]


def test_pooling_is_that_of_the_literature() -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        k = int(rng.integers(2, 9))
        freedoms = rng.integers(4, 30, k).astype(float)
        sems = 3 * np.exp(rng.normal(0, rng.uniform(0, 0.5), k))
        got = arrays.pool_errors(sems, freedoms)
        sem, interval, tau = twin.pool(sems, freedoms)
        assert got.sem == pytest.approx(sem)
        assert got.sem_ci == pytest.approx(interval)
        assert got.tau == pytest.approx(tau, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "tau"), [(3, 0.2), (5, 0.0), (5, 0.3), (10, 0.2)])
def test_500_pooled_errors_contain_the_true_one(k: int, tau: float) -> None:
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(500):
        freedoms = rng.integers(8, 20, k).astype(float)
        true = SEM * np.exp(rng.normal(0, tau, k))
        found = arrays.pool_errors(true * np.sqrt(rng.chisquare(freedoms) / freedoms), freedoms)
        inside += found.sem_ci[0] <= SEM <= found.sem_ci[1]
    assert inside >= 0.93 * 500


@pytest.mark.slow
@pytest.mark.parametrize(("k", "tau", "least"), [(2, 0.2, 0.82), (5, 0.0, 0.95), (10, 0.2, 0.91)])
def test_a_pooled_error_counts_with_caution_in_a_further_place(
    k: int, tau: float, least: float
) -> None:
    """The error at a further place lies within the χ² range given by pooled error and degrees of
    freedom.
    """
    rng = np.random.default_rng(9)
    inside = 0
    for _ in range(1000):
        freedoms = rng.integers(8, 20, k).astype(float)
        true = SEM * np.exp(rng.normal(0, tau, k))
        found = arrays.pool_errors(true * np.sqrt(rng.chisquare(freedoms) / freedoms), freedoms)
        bounds = stats.chi2.ppf([0.975, 0.025], found.freedom)
        low, high = found.sem * np.sqrt(found.freedom / bounds)
        inside += low <= SEM * np.exp(rng.normal(0, tau)) <= high
    assert inside >= least * 1000
