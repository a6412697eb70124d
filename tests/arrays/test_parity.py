"""Tests of asymmetry indices against the NumPy reference, and of intervals against SciPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from kneepose import _core, arrays
from tests import reference
from tests.reference import asymmetry as twin

PER_VALUE = ("difference", "log_ratio", "lsi", "symmetry_index", "symmetry_angle")


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


def compared(first: np.ndarray, second: np.ndarray, paired: bool) -> dict[str, Any]:
    """Return the result of the core for one measure, as `kneepose.compare` receives it."""
    (got,) = _core.compare([(first, second, "fppa", True, None)], paired, None)
    return got


def test_intervals_are_scipys() -> None:
    """Below ten values a side the interval is Student's t; above, it is the bootstrap tested in
    test_bootstrap.py.
    """
    rng = np.random.default_rng(18)
    for _ in range(300):
        n, m = rng.integers(2, 30), rng.integers(2, 10)
        a = rng.normal(rng.uniform(-20, 20), rng.uniform(0.01, 10), n)
        b = rng.normal(rng.uniform(-20, 20), rng.uniform(0.01, 10), m)
        got = compared(a, b, False)
        want = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        assert got["method"] == "welch_t"
        assert got["difference"] == pytest.approx(b.mean() - a.mean(), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(got["ci"], want, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(
            [got["first"], got["second"]],
            [(n, a.mean(), a.std(ddof=1)), (m, b.mean(), b.std(ddof=1))],
            rtol=1e-12,
        )
        b = a + rng.normal(0, 3, n)
        got = compared(a, b, True)
        want = stats.ttest_rel(b, a).confidence_interval(0.95)
        assert got["method"] == "paired_t"
        np.testing.assert_allclose(got["ci"], want, rtol=1e-9, atol=1e-9)


def test_intervals_leave_missing_values_out() -> None:
    a = np.array([1.0, np.nan, 3.0, 4.0, 6.0, 2.0])
    b = np.array([2.0, 5.0, np.nan, 7.0, 9.0, 3.0])
    both = np.isfinite(a) & np.isfinite(b)
    want = stats.ttest_rel(b[both], a[both]).confidence_interval(0.95)
    np.testing.assert_allclose(compared(a, b, True)["ci"], want, rtol=1e-9)
    want = stats.ttest_ind(b, a, equal_var=False, nan_policy="omit").confidence_interval(0.95)
    np.testing.assert_allclose(compared(a, b, False)["ci"], want, rtol=1e-9)


def test_two_pairs_by_hand() -> None:
    """Student's t with one degree of freedom is tan(0.475 π); differences of 1 and 3 have mean 2
    and standard error 1.
    """
    reach = np.tan(0.475 * np.pi)
    got = arrays.mean_difference([0.0, 5.0], [1.0, 8.0], paired=True)
    np.testing.assert_allclose(got, (2.0, 2.0 - reach, 2.0 + reach), rtol=1e-12)


def test_counting_all_is_enumeration_where_both_can_be_done() -> None:
    rng = np.random.default_rng(6)
    for _ in range(30):
        a, b = rng.integers(0, 12, 5).astype(float), rng.integers(2, 14, 6).astype(float)
        assert twin.counted_permutation_p(a, b) == pytest.approx(
            twin.permutation_p(a, b), abs=1e-12
        )
        assert twin.counted_paired_permutation_p(a, b[:5]) == pytest.approx(
            twin.paired_permutation_p(a, b[:5])
        )


# --- case 16 of science.md 10, and the flag of unstable indices -----------------------------------


def test_numbers_of_the_specification() -> None:
    """Check the example values of the specification; indices are right relative to left."""
    for kind, left, right, want in (
        ("symmetry_index", 8, 10, 200 / 9),
        ("symmetry_index", -1, 2, 600.0),
        ("symmetry_angle", 12, 8, 100 * (45 - np.degrees(np.arctan2(12, 8))) / 90),
        ("log_ratio", 12, 8, 100 * np.log(8 / 12)),
        ("lsi", 12, 8, 200 / 3),
    ):
        got = arrays.asymmetry(left, right, kind=kind)
        assert float(got) == pytest.approx(want, rel=1e-12), kind
    angle = arrays.asymmetry(12, 8, kind="symmetry_angle")
    assert round(float(angle), 4) == -12.5666
    assert round(float(arrays.asymmetry(12, 8, kind="log_ratio")), 4) == -40.5465
    got = arrays.asymmetry([7.0, 9.0], [12.0, 8.0], kind="normalized_symmetry_index")
    assert float(got) == pytest.approx(100 * 2 / 12, rel=1e-12)


def test_equal_sides_are_zero_and_zeros_are_undefined() -> None:
    for kind in PER_VALUE:
        equal = float(arrays.asymmetry(7.3, 7.3, kind=kind))
        assert equal == (100.0 if kind == "lsi" else 0.0), kind
        both_zero, unstable = arrays.asymmetry(0.0, 0.0, kind=kind, flag=True)
        if kind == "difference":
            assert (both_zero, unstable) == (0.0, False)
        else:
            assert np.isnan(both_zero), kind
            assert unstable, kind
    trials, nothing = [7.0, 9.0], [0.0, -0.0]
    values, unstable = arrays.asymmetry(
        [trials, nothing], [trials, nothing], kind="normalized_symmetry_index", flag=True
    )
    np.testing.assert_array_equal(values, [0.0, np.nan])
    np.testing.assert_array_equal(unstable, [False, True])


def test_exchanging_the_sides_negates() -> None:
    rng = np.random.default_rng(19)
    left, right = rng.normal(0, 10, (2, 4000))
    left[:50], right[50:100] = 0.0, 0.0
    for kind in set(PER_VALUE) - {"lsi"}:
        got, back = (arrays.asymmetry(*s, kind=kind) for s in ((left, right), (right, left)))
        np.testing.assert_allclose(back, -got, rtol=1e-12, atol=1e-12, err_msg=kind)
        assert np.isfinite(got).sum() > 900
    shape = (500, 6)
    left, right = rng.normal(2, 5, shape), rng.normal(-1, 5, shape)
    kind = "normalized_symmetry_index"
    got, back = (arrays.asymmetry(*s, kind=kind) for s in ((left, right), (right, left)))
    np.testing.assert_allclose(back, -got, rtol=1e-12)
    assert (np.abs(got) <= 100).all()
    assert (got > 0).any()
    assert (got < 0).any()


@pytest.mark.parametrize("kind", PER_VALUE)
def test_the_flag_is_the_twins(kind: str) -> None:
    rng = np.random.default_rng(20)
    left, right = (np.r_[rng.normal(0, 9, 400), rng.integers(-2, 3, 200)] for _ in range(2))
    values, unstable = arrays.asymmetry(left, right, kind=kind, flag=True)
    np.testing.assert_array_equal(values, arrays.asymmetry(left, right, kind=kind))
    want = [twin.is_unstable(kind, a, b) for a, b in zip(left, right, strict=True)]
    assert unstable.dtype == np.bool_
    np.testing.assert_array_equal(unstable, want)
    assert unstable.any() != (kind == "difference")
    assert not unstable.all()
    _, back = arrays.asymmetry(right, left, kind=kind, flag=True)
    np.testing.assert_array_equal(back, unstable)


def test_what_is_missing_is_not_unstable() -> None:
    known, gone = [5.0, 0.0], [np.nan, np.inf]
    for kind in PER_VALUE:
        for a, b in ((known, gone), (gone, known), (gone, gone)):
            values, unstable = arrays.asymmetry(a, b, kind=kind, flag=True)
            assert np.isnan(values).all()
            assert not unstable.any()
    kind = "normalized_symmetry_index"
    for a, b in (([0.0, np.nan], [0.0]), ([0.0], [np.inf]), ([], [0.0]), ([1.0], [])):
        values, unstable = arrays.asymmetry(a, b, kind=kind, flag=True)
        assert np.isnan(values)
        assert not unstable


def test_the_flag_has_the_shape_of_the_values() -> None:
    for left, right, shape in (
        (np.ones((3, 1)), -np.ones(4), (3, 4)),
        (1.0, [-1.0, 1.0], (2,)),
        (np.ones((2, 3), np.float32)[:, ::-1], 0, (2, 3)),
        (1.0, -1.0, ()),
        (np.ones((0, 2)), 1.0, (0, 2)),
    ):
        values, unstable = arrays.asymmetry(left, right, kind="symmetry_index", flag=True)
        assert values.shape == unstable.shape == shape
        assert isinstance(unstable, np.ndarray)
        assert unstable.any() == (values.size > 0)
    kind = "normalized_symmetry_index"
    values, unstable = arrays.asymmetry(
        np.zeros((2, 3, 4)), np.zeros((2, 3, 5)), kind=kind, flag=True
    )
    assert values.shape == unstable.shape == (2, 3)
    assert unstable.all()


def test_signs_count_and_no_product_does() -> None:
    """Opposite signs are found without multiplication, because products of 1e-200 underflow."""
    for size in (1e-200, 1e200):
        left, right = [size, size, -size], [2 * size, -2 * size, -2 * size]
        _, unstable = arrays.asymmetry(left, right, kind="symmetry_index", flag=True)
        assert unstable.tolist() == [False, True, False]
