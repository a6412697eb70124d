"""Asymmetry against the readable NumPy twin, and intervals against SciPy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from kneepose import _core, arrays

sys.path.insert(0, str(Path(__file__).parents[1]))

import reference


def test_asymmetry_is_the_twins() -> None:
    rng = np.random.default_rng(17)
    left = np.r_[rng.normal(0, 10, 500), rng.integers(-2, 3, 100)].astype(float)
    right = np.r_[rng.normal(0, 10, 500), rng.integers(-2, 3, 100)].astype(float)
    for kind in ("difference", "log_ratio", "symmetry_index", "symmetry_angle"):
        want = [getattr(reference, kind)(a, b) for a, b in zip(left, right, strict=True)]
        got = arrays.asymmetry(left, right, kind=kind)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=kind)
    want = [reference.lsi(b, a) for a, b in zip(left, right, strict=True)]
    np.testing.assert_allclose(arrays.asymmetry(left, right, kind="lsi"), want, rtol=1e-12)
    for _ in range(100):
        a, b = rng.normal(2, 5, 6), rng.normal(2, 5, 6)
        got = arrays.asymmetry(a, b, kind="normalized_symmetry_index")
        assert got == pytest.approx(reference.normalized_symmetry_index(a, b), rel=1e-12)


def test_intervals_are_scipys() -> None:
    rng = np.random.default_rng(18)
    for _ in range(300):
        n, m = rng.integers(2, 30, 2)
        a = rng.normal(rng.uniform(-20, 20), rng.uniform(0.01, 10), n)
        b = rng.normal(rng.uniform(-20, 20), rng.uniform(0.01, 10), m)
        got = _core.compare(a, b, False, "fppa", True, None)
        want = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        assert got["difference"] == pytest.approx(b.mean() - a.mean(), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(got["ci"], want, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            [got["first"], got["second"]],
            [(n, a.mean(), a.std(ddof=1)), (m, b.mean(), b.std(ddof=1))],
            rtol=1e-12,
        )
        b = a + rng.normal(0, 3, n)
        got = _core.compare(a, b, True, "fppa", True, None)
        want = stats.ttest_rel(b, a).confidence_interval(0.95)
        np.testing.assert_allclose(got["ci"], want, rtol=1e-9, atol=1e-9)


def test_intervals_leave_missing_values_out() -> None:
    a = np.array([1.0, np.nan, 3.0, 4.0, 6.0, 2.0])
    b = np.array([2.0, 5.0, np.nan, 7.0, 9.0, 3.0])
    got = _core.compare(a, b, True, "fppa", True, None)
    both = np.isfinite(a) & np.isfinite(b)
    want = stats.ttest_rel(b[both], a[both]).confidence_interval(0.95)
    np.testing.assert_allclose(got["ci"], want, rtol=1e-9)
    got = _core.compare(a, b, False, "fppa", True, None)
    want = stats.ttest_ind(b, a, equal_var=False, nan_policy="omit").confidence_interval(0.95)
    np.testing.assert_allclose(got["ci"], want, rtol=1e-9)
