"""Tests of intervals, tests and curves of `kneepose.arrays` against SciPy and enumeration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

import kneepose as kp
from kneepose import _core, arrays
from kneepose.arrays import bootstrap_interval
from kneepose.errors import CoordinateError, KneeposeError
from tests.reference import asymmetry as twin

Array = np.ndarray
EXACT: dict[str, Any] = {"rtol": 1e-10, "atol": 1e-10}


def difference(first: Any, second: Any, axis: int = -1) -> Any:
    return np.mean(second, axis=axis) - np.mean(first, axis=axis)


def with_holes(rng: np.random.Generator, *series: Array) -> list[Array]:
    """Return the series with NaN and one infinite value inserted at random places."""
    blanks = [np.nan, np.nan, np.inf]
    return [np.insert(x, rng.integers(0, len(x) + 1, len(blanks)), blanks) for x in series]


# --- Student's t -----------------------------------------------------------------------------------


def test_welch_is_scipys() -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        n, m = rng.integers(2, 40, 2)
        a = rng.normal(rng.uniform(-90, 90), rng.uniform(0.01, 20), n)
        b = rng.normal(rng.uniform(-90, 90), rng.uniform(0.01, 20), m)
        want = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
        got = arrays.mean_difference(a, b)
        np.testing.assert_allclose(got, (b.mean() - a.mean(), *want), **EXACT)
        np.testing.assert_allclose(arrays.mean_difference(*with_holes(rng, a, b)), got, **EXACT)
        back = arrays.mean_difference(b, a)
        np.testing.assert_allclose(back, (-got.difference, -got.high, -got.low), **EXACT)


def test_paired_is_scipys() -> None:
    rng = np.random.default_rng(2)
    for _ in range(500):
        n = rng.integers(2, 40)
        a = rng.normal(rng.uniform(-90, 90), 20, n)
        b = a + rng.normal(rng.uniform(-9, 9), rng.uniform(0.01, 20), n)
        want = stats.ttest_rel(b, a).confidence_interval(0.95)
        got = arrays.mean_difference(a, b, paired=True)
        np.testing.assert_allclose(got, (np.mean(b - a), *want), **EXACT)
        more = np.r_[a, 1.0, np.nan, np.inf, np.nan], np.r_[b, np.nan, 4.0, 2.0, np.nan]
        assert arrays.mean_difference(*more, paired=True) == got


@pytest.mark.parametrize(("n", "m"), [(2, 1000), (1000, 2), (2000, 3000), (2, 2)])
def test_very_few_and_very_many_values(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    a, b = rng.normal(0, 1, n), rng.normal(1, 5, m)
    want = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose(arrays.mean_difference(a, b)[1:], want, **EXACT)


def test_no_spread_is_the_point_and_no_evidence() -> None:
    """Without variance the interval is a point, and p is 1 for no difference (science.md 6.3)."""
    for paired in (False, True):
        assert arrays.mean_difference([4.0] * 5, [4.0] * 5, paired=paired) == (0.0, 0.0, 0.0)
        assert arrays.mean_difference([4.0] * 5, [6.5] * 5, paired=paired) == (2.5, 2.5, 2.5)
        for count in (1, 2, 5, 40):
            assert arrays.permutation_test([0.1] * count, [0.1] * count, paired=paired) == 1.0
    assert arrays.permutation_test([4.0] * 5, [6.5] * 5) == pytest.approx(2 / 252, abs=1e-15)
    assert arrays.permutation_test([4.0] * 5, [6.5] * 5, paired=True) == 2 / 32
    varied = [1.0, 2.0, 3.5]
    low, high = stats.ttest_rel(varied, [2.0] * 3).confidence_interval(0.95)
    np.testing.assert_allclose(arrays.mean_difference([2.0] * 3, varied)[1:], (low, high), **EXACT)


def test_no_spread_is_the_point_whatever_the_value() -> None:
    for value in (0.1, 0.3, 0.7, 21.1):
        for n, m in ((3, 3), (3, 6), (11, 9), (7, 10)):
            got = arrays.mean_difference([value] * n, [value] * m)
            assert got.low == got.high == got.difference
            assert got.difference == pytest.approx(0.0, abs=1e-14)


def test_too_few_values() -> None:
    for first, second in (([], []), ([], [1.0, 2.0]), ([np.nan, np.inf], [1.0])):
        for a, b in ((first, second), (second, first)):
            assert np.isnan(arrays.mean_difference(a, b)).all()
            assert math.isnan(arrays.permutation_test(a, b))
    assert np.isnan(arrays.mean_difference([], [], paired=True)).all()
    assert math.isnan(arrays.permutation_test([1.0, np.nan], [np.nan, 2.0], paired=True))
    for paired, second in ((False, [3.0, 5.0]), (True, [3.0])):
        got = arrays.mean_difference([1.0], second, paired=paired)
        assert got.difference == np.mean(second) - 1.0
        assert np.isnan(got[1:]).all()
    assert arrays.permutation_test([1.0], [3.0]) == 1.0
    assert arrays.permutation_test([1.0], [3.0, 5.0]) == pytest.approx(2 / 3, abs=1e-15)


# --- permutation -----------------------------------------------------------------------------------


def sample(rng: np.random.Generator, n: int) -> Array:
    """Return a random sample on a grid of 1/64, or of 1 to produce ties.

    Sums on the grid are exact; otherwise rounding would decide ties in SciPy.
    """
    grid = rng.choice([1.0, 64.0])
    return np.round(rng.normal(rng.uniform(0, 3), 2, n) * grid) / grid


@pytest.mark.slow
@pytest.mark.parametrize("paired", [False, True])
def test_permutation_is_scipys_where_exact(paired: bool) -> None:
    rng = np.random.default_rng(4)
    seen = set()
    for _ in range(150):
        n, m = rng.integers(2, 8, 2)
        a, b = sample(rng, n), sample(rng, n if paired else m)
        want = stats.permutation_test(
            (a, b), difference, n_resamples=np.inf, alternative="two-sided", vectorized=True,
            permutation_type="samples" if paired else "independent",
        ).pvalue  # fmt: skip
        got = arrays.permutation_test(a, b, paired=paired)
        assert got == pytest.approx(want, abs=1e-10)
        exact = twin.paired_permutation_p if paired else twin.permutation_p
        assert got == pytest.approx(exact(a, b), abs=1e-10)
        assert got == arrays.permutation_test(b, a, paired=paired, seed=9)
        seen.add(round(got, 3))
    assert len(seen) > 15


def test_apart_as_far_as_can_be() -> None:
    """Fully separated samples give the smallest p-values (case 17 of science.md 10, and 6.3)."""
    assert arrays.permutation_test([1, 2, 3, 4], [11, 12.5, 13, 14]) == pytest.approx(2 / 70)
    for n in (1, 3, 4, 5, 6):
        low, high = np.arange(n) * 0.1, 9.0 + np.arange(n) * 0.3
        assert arrays.permutation_test(low, high) == pytest.approx(2 / math.comb(2 * n, n))
        assert arrays.permutation_test(high, low) == pytest.approx(2 / math.comb(2 * n, n))
        assert arrays.permutation_test(low, high, paired=True) == pytest.approx(2 / 2**n)


@pytest.mark.parametrize("paired", [False, True])
def test_drawn_permutations_agree_with_counting_all(paired: bool) -> None:
    """Random permutations agree with full enumeration within five standard errors, without bias."""
    rng = np.random.default_rng(5)
    off = []
    for shift in (0.0, 0.0, 3.0, 5.0, 8.0, 12.0, 30.0):
        a = rng.integers(0, 25, 22).astype(float)
        b = np.round(rng.integers(0, 25, 22 if paired else 14) + shift)
        want = (
            twin.counted_paired_permutation_p(a, b) if paired else twin.counted_permutation_p(a, b)
        )
        error = 2 * math.sqrt(0.5 * want * (1 - 0.5 * want) / 10_000)
        for seed in range(10):
            got = arrays.permutation_test(a, b, paired=paired, seed=seed)
            assert abs(got - want) <= 5 * error + 2 / 10_001
            assert got >= 2 / 10_001
            if 10 * error < want < 0.9:
                off.append((got - want) / error)
        assert got == arrays.permutation_test(a, b, paired=paired, seed=9)
    assert len(off) >= 20
    assert abs(np.mean(off)) < 5 / math.sqrt(len(off)) + 0.1
    assert 0.6 < np.std(off) < 1.5


def test_permutation_leaves_missing_values_out() -> None:
    rng = np.random.default_rng(7)
    a, b = rng.normal(0, 1, 6), rng.normal(1, 1, 6)
    assert arrays.permutation_test(*with_holes(rng, a, b)) == arrays.permutation_test(a, b)
    more = np.r_[a, np.nan, 1.0], np.r_[b, 2.0, np.inf]
    assert arrays.permutation_test(*more, paired=True) == arrays.permutation_test(a, b, paired=True)


# --- Holm ------------------------------------------------------------------------------------------


def test_holm_is_its_definition() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        p = rng.choice([0.2, 1.0]) * rng.random(rng.integers(0, 12))
        p = np.where(rng.random(p.shape) < 0.2, np.nan, np.round(p, rng.choice([1, 2, 9])))
        got = arrays.holm(p)
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, twin.holm(p.tolist()), rtol=1e-15, atol=0)


def test_holm_by_hand() -> None:
    # Sorted p-values: 3 × 0.01, 2 × 0.03, and 0.04 raised to the value before it; 4 × 0.3 is
    # limited to 1.
    assert arrays.holm([0.01, np.nan, 0.04, 0.03]).tolist()[::2] == [0.03, 0.06]
    np.testing.assert_array_equal(arrays.holm([0.3, 0.5, 0.4, 0.35]), 1.0)
    assert arrays.holm([0.02]).tolist() == [0.02]
    assert arrays.holm([0, 1]).tolist() == [0.0, 1.0]
    assert arrays.holm([]).shape == (0,)
    assert np.isnan(arrays.holm([np.nan, np.nan])).all()


# --- curves ----------------------------------------------------------------------------------------

COURSE = np.linspace(0.0, 1.0, 101)
SPREAD = np.array([-1.0, -0.25, 0.0, 0.25, 1.0])[:, None]


def smooth(rng: np.random.Generator, n: int, scale: float) -> Array:
    """Return random curves around zero: an offset and four half waves of decreasing amplitude."""
    waves = [np.ones(101), *(np.sin(math.pi * k * COURSE) for k in range(1, 5))]
    return (scale * rng.normal(size=(n, 5)) / [1, 1, 2, 3, 4]) @ np.array(waves)


def test_analytic_curves() -> None:
    """40·sin(πx) against 50·sin(πx) − 4 differ most at the middle and least at the ends."""
    shape = np.sin(np.pi * COURSE)
    got = arrays.compare_curves(40 * shape + SPREAD, 50 * shape - 4 + 2 * SPREAD)
    off = 10 * shape - 4
    np.testing.assert_allclose(got.difference.mean, off, atol=1e-12)
    np.testing.assert_allclose(got.first.mean, 40 * shape, atol=1e-12)
    np.testing.assert_allclose(got.second.mean, 50 * shape - 4, atol=1e-12)
    assert got.rmsd == pytest.approx(math.sqrt(np.mean(off**2)), rel=1e-12)
    assert (got.largest, got.largest_at) == (pytest.approx(6.0, rel=1e-12), 50)
    line = got.gain, got.offset, got.r_squared
    np.testing.assert_allclose(line, (1.25, -4.0, 1.0), rtol=1e-12)
    # The second curve is smaller at one point away from the middle, so the largest difference is
    # negative.
    second = 40 * shape - 9 * np.exp(-(((COURSE - 0.2) / 0.05) ** 2))
    got = arrays.compare_curves(40 * shape + SPREAD, second + SPREAD)
    assert (got.largest, got.largest_at) == (pytest.approx(-9.0, rel=1e-12), 20)


def test_the_line_is_least_squares() -> None:
    rng = np.random.default_rng(10)
    for points in (3, 20, 101):
        a, b = rng.normal(0, 9, (5, points)), rng.normal(3, 9, (7, points))
        got = arrays.compare_curves(a, b)
        fit = stats.linregress(a.mean(axis=0), b.mean(axis=0))
        want = fit.slope, fit.intercept, fit.rvalue**2
        np.testing.assert_allclose((got.gain, got.offset, got.r_squared), want, rtol=1e-9)
        off = b.mean(axis=0) - a.mean(axis=0)
        assert got.rmsd == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-12)
        at = int(np.argmax(np.abs(off)))
        assert (got.largest_at, got.largest) == (at, pytest.approx(off[at], rel=1e-12))


def test_exchanging_the_curves_negates_the_difference() -> None:
    rng = np.random.default_rng(11)
    a, b = smooth(rng, 6, 3.0), 5 + smooth(rng, 8, 4.0)
    got, back = arrays.compare_curves(a, b), arrays.compare_curves(b, a)
    np.testing.assert_allclose(back.difference.mean, -got.difference.mean, rtol=0, atol=1e-12)
    for one, other in ((back.first, got.second), (back.second, got.first)):
        np.testing.assert_array_equal(one.mean, other.mean)
        # Exchanging the sides changes the random draws, so the band differs slightly.
        np.testing.assert_allclose(one.high - one.mean, other.high - other.mean, rtol=0.05)
    assert back.largest == pytest.approx(-got.largest, rel=1e-12)
    assert (back.rmsd, back.r_squared) == pytest.approx((got.rmsd, got.r_squared), rel=1e-12)


@pytest.mark.slow
def test_the_band_holds_the_whole_true_difference() -> None:
    """The band contains the whole true curve often enough, over 300 pairs of 6 curves.

    A pointwise band contains it in 83 % of the pairs.
    """
    shape, truth = 60 * np.sin(np.pi * COURSE), 4 * np.sin(np.pi * COURSE)
    held = pointwise = 0
    reach = []
    for run in range(300):
        rng = np.random.default_rng([run, 6])
        a, b = shape + smooth(rng, 6, 3.0), shape + truth + smooth(rng, 6, 4.0)
        mean, low, high = arrays.compare_curves(a, b, seed=run).difference
        held += int(((low <= truth) & (truth <= high)).all())
        error = np.sqrt((a.var(axis=0, ddof=1) + b.var(axis=0, ddof=1)) / 6)
        reach.append((high - mean) / error)
        pointwise += int((np.abs(mean - truth) <= stats.t.ppf(0.975, 10) * error).all())
    assert held >= 0.9 * 300
    assert pointwise < 0.9 * 300
    # The band has one half-width for all points, in standard errors; the true value is 3.0.
    np.testing.assert_allclose(reach, np.array(reach)[:, :1] * np.ones(101), rtol=1e-9)
    assert 2.7 < np.median(reach) < 3.9


def test_the_same_seed_gives_the_same_band_and_another_one_nearly() -> None:
    rng = np.random.default_rng(12)
    a, b = smooth(rng, 9, 3.0), smooth(rng, 9, 3.0)
    one, other = (arrays.compare_curves(a, b, seed=seed).difference for seed in (1, 2**64 - 1))
    np.testing.assert_array_equal(one, arrays.compare_curves(a, b, seed=1).difference)
    assert (one.low != other.low).all()
    np.testing.assert_allclose(one.high - one.mean, other.high - other.mean, rtol=0.1)


@pytest.mark.parametrize(("n", "m"), [(4, 9), (9, 4), (1, 5), (2, 2)])
def test_fewer_than_five_curves_have_a_mean_and_no_band(n: int, m: int) -> None:
    rng = np.random.default_rng(13)
    a, b = smooth(rng, n, 3.0), smooth(rng, m, 3.0)
    got = arrays.compare_curves(a, b)
    np.testing.assert_allclose(got.difference.mean, b.mean(axis=0) - a.mean(axis=0), atol=1e-12)
    assert np.isnan(got.difference[1:]).all()
    for side, count in ((got.first, n), (got.second, m)):
        assert np.isfinite(side.mean).all()
        assert (np.isnan if count < 5 else np.isfinite)(side[1:]).all()
    assert np.isfinite(arrays.compare_curves(smooth(rng, 5, 1.0), a[:1].repeat(5, 0))[2]).all()


def test_few_curves_have_no_band_even_if_they_are_equal() -> None:
    assert np.isnan(arrays.compare_curves(np.zeros((2, 5)), np.zeros((3, 5))).difference.low).all()


def test_a_band_is_never_absurdly_wide() -> None:
    """Resamples of equal values have rounding errors, which must not make the band wide.

    An earlier version returned a band that was 1e15 wide.
    """
    rng = np.random.default_rng(14)
    still = rng.normal(size=(6, 3))
    still[:5, 1] = 0.1
    blank = rng.normal(size=(5, 3))
    blank[:2] = np.nan
    for curves in (still, blank):
        found = arrays.compare_curves(curves, curves).first
        assert not (np.abs(found.high) > 20).any()


def test_there_is_no_line_over_a_mean_that_does_not_vary() -> None:
    shape = np.sin(np.pi * COURSE)
    assert math.isnan(arrays.compare_curves([[0.1] * 101] * 5, shape + SPREAD).gain)


def test_missing_points() -> None:
    rng = np.random.default_rng(15)
    a, b = smooth(rng, 6, 3.0), smooth(rng, 6, 3.0)
    a[:3, 10], a[:4, 20], b[0, 30], b[:, 40] = np.nan, np.nan, np.inf, np.nan
    got = arrays.compare_curves(a, b)
    assert got.first.mean[10] == pytest.approx(a[3:, 10].mean(), rel=1e-12)
    assert got.second.mean[30] == pytest.approx(b[1:, 30].mean(), rel=1e-12)
    gone = np.isin(np.arange(101), [20, 40])
    for line in got.difference:
        np.testing.assert_array_equal(np.isnan(line), gone)
    assert got.rmsd == pytest.approx(np.sqrt(np.nanmean(got.difference.mean**2)), rel=1e-12)
    assert np.isfinite([got.largest, got.gain, got.offset, got.r_squared]).all()


def test_pairs_of_curves_remove_what_both_have_in_common() -> None:
    rng = np.random.default_rng(16)
    a = smooth(rng, 8, 9.0)
    b = a + 2.0 + smooth(rng, 8, 0.5)
    a[0, 7], b[1, 7] = np.nan, np.inf
    got, apart = (arrays.compare_curves(a, b, paired=paired) for paired in (True, False))
    np.testing.assert_allclose(got.difference.mean[:7], (b - a)[:, :7].mean(axis=0), atol=1e-12)
    assert got.difference.mean[7] == pytest.approx((b - a)[2:, 7].mean(), rel=1e-12)
    np.testing.assert_array_equal(got.first, apart.first)
    assert (np.ptp(apart.difference[1:], axis=0) > 5 * np.ptp(got.difference[1:], axis=0)).all()
    with pytest.raises(CoordinateError, match="first has 8 curves and second 7; paired=True needs"):
        arrays.compare_curves(a, b[:7], paired=True)


@pytest.mark.parametrize("first", [np.empty((0, 7)), np.full((5, 7), np.nan)])
def test_no_curve_at_all(first: Array) -> None:
    got = arrays.compare_curves(first, np.ones((5, 7)))
    for band in (got.first, got.difference):
        assert np.shape(band) == (3, 7)
        assert np.isnan(band).all()
    np.testing.assert_array_equal(got.second.mean, 1.0)
    assert got.largest_at is None
    assert np.isnan([got.rmsd, got.largest, got.gain, got.offset, got.r_squared]).all()


# --- invalid arguments ----------------------------------------------------------------------------

TWO, THREE = [1.0, 2.0], [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: arrays.mean_difference([TWO], TWO), CoordinateError, r"first has shape \(1, 2\)"),
        (lambda: arrays.mean_difference(TWO, 1.0), CoordinateError, r"second has shape \(\)"),
        (lambda: arrays.mean_difference(TWO, THREE, paired=True), CoordinateError, "and second 3"),
        (lambda: arrays.mean_difference(["a"], TWO), CoordinateError, "first has dtype"),
        (lambda: arrays.mean_difference(TWO, TWO, paired="no"), KneeposeError, "paired is 'no'"),
        (lambda: arrays.permutation_test(TWO, THREE, paired=True), CoordinateError, "same number"),
        (lambda: arrays.permutation_test([TWO], TWO), CoordinateError, "one series"),
        (lambda: arrays.permutation_test(TWO, TWO, seed=-1), KneeposeError, "seed is -1"),
        (lambda: arrays.permutation_test(TWO, TWO, seed=2**64), KneeposeError, "number from 0 to"),
        (lambda: arrays.permutation_test(TWO, TWO, paired=1), KneeposeError, "paired is 1"),
        (lambda: arrays.holm([[0.1]]), CoordinateError, r"p has shape \(1, 1\)"),
        (lambda: arrays.holm(0.1), CoordinateError, r"p has shape \(\)"),
        (lambda: arrays.holm([0.1, 1.5]), KneeposeError, r"p\[1\] is 1.5"),
        (lambda: arrays.holm([-0.1]), KneeposeError, "between 0 and 1"),
        (lambda: arrays.holm([np.nan, np.inf]), KneeposeError, r"p\[1\] is inf"),
        (lambda: arrays.compare_curves(TWO, [TWO]), CoordinateError, r"first has shape \(2,\)"),
        (lambda: arrays.compare_curves([TWO], [THREE]), CoordinateError, "2 points and second of 3"),
        (lambda: arrays.compare_curves([TWO], [TWO, [1.0]]), CoordinateError, "is not an array"),
        (lambda: arrays.compare_curves([TWO], [TWO], seed=0.5), KneeposeError, "seed is 0.5"),
        (lambda: arrays.asymmetry(1.0, 2.0, flag=1), KneeposeError, "flag is 1"),
    ],
)  # fmt: skip
def test_requests_that_make_no_sense(
    call: Callable[[], Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        call()


def skewed(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Return samples with skewed distributions, so that bias and acceleration matter.

    They lie on a grid of 1/1024, so that sums are exact. Otherwise rounding would decide in SciPy
    whether a reordered sample lies below the estimate.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.gamma(1.5, 4.0, n), rng.normal(9.0, 3.0, m)
    return np.round(1024 * first) / 1024, np.round(1024 * second) / 1024


def by_scipy(first: np.ndarray, second: np.ndarray, **options: Any) -> Any:
    return stats.bootstrap((first, second), difference, vectorized=True, **options)


# --- interval formula, with SciPy's bootstrap replicates ------------------------------------------


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(("n", "m"), [(10, 10), (5, 12), (2, 3), (40, 7)])
@pytest.mark.parametrize("paired", [False, True])
def test_the_same_replicates_give_scipys_interval(
    n: int, m: int, paired: bool, confidence: float, method: str
) -> None:
    for seed in range(5):
        first, second = skewed(seed, n, n if paired else m)
        name = "BCa" if method == "bca" else method
        theirs = by_scipy(
            first, second, paired=paired, confidence_level=confidence, n_resamples=999,
            method=name, rng=np.random.default_rng(seed),
        )  # fmt: skip
        replicates = np.array(theirs.bootstrap_distribution)
        ours = _core.bootstrap_interval_of(first, second, paired, replicates, confidence, method)
        np.testing.assert_allclose(ours, theirs.confidence_interval, rtol=0, atol=1e-10)
        shuffled = np.random.default_rng(1).permutation(replicates)
        assert ours == _core.bootstrap_interval_of(
            first, second, paired, shuffled, confidence, method
        )


# --- random resampling ----------------------------------------------------------------------------


@pytest.mark.parametrize("paired", [False, True])
def test_its_own_replicates_agree_with_scipy_on_average(paired: bool) -> None:
    """Interval ends averaged over many seeds agree with SciPy within five standard errors."""
    first, second = skewed(3, 10, 10)
    ours = [
        bootstrap_interval(first, second, paired=paired, resamples=2000, seed=seed)
        for seed in range(200)
    ]
    theirs = [
        by_scipy(
            first, second, paired=paired, n_resamples=2000, method="BCa",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        for seed in range(60)
    ]  # fmt: skip
    a, b = np.array(ours), np.array(theirs)
    error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
    assert (np.abs(a.mean(axis=0) - b.mean(axis=0)) < 5 * error).all()
    assert (a.std(axis=0) < 1.5 * b.std(axis=0)).all()


def test_draws_are_those_of_all_possible_resamples() -> None:
    """Bootstrap quantiles agree with enumeration of all 27 × 256 resamples of three against four
    values.
    """
    first, second = np.array([1.0, 2.5, 7.0]), np.array([4.0, 4.5, 9.0, 11.0])
    means = [
        np.array([np.mean(draw) for draw in itertools.product(values, repeat=len(values))])
        for values in (first, second)
    ]
    every = np.sort((means[1][None, :] - means[0][:, None]).ravel())
    n = 400_000
    for confidence in (0.5, 0.8, 0.9, 0.95):
        interval = bootstrap_interval(
            first, second, confidence=confidence, resamples=n, method="percentile", seed=5
        )
        for end, p in zip(interval, (0.5 - confidence / 2, 0.5 + confidence / 2), strict=True):
            # The nominal probability lies between the shares of resamples below and up to the end,
            # within chance.
            slack = 5 * np.sqrt(p * (1 - p) / n)
            below, up_to = np.mean(every < end - 1e-9), np.mean(every <= end + 1e-9)
            assert below - slack <= p <= up_to + slack


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, second = skewed(1, 7, 9)
    one = bootstrap_interval(first, second, seed=42)
    assert one == bootstrap_interval(first, second, seed=42)
    assert one != bootstrap_interval(first, second, seed=43)
    assert bootstrap_interval(first, second, seed=2**64 - 1) != one


def test_pairs_remove_what_both_have_in_common() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(0, 20, 12)
    first, second = common + rng.normal(0, 1, 12), common + 5 + rng.normal(0, 1, 12)
    low, high = bootstrap_interval(first, second, paired=True)
    assert 3.5 < low < 5 < high < 6.5
    wide = bootstrap_interval(first, second)
    assert wide[1] - wide[0] > 10 * (high - low)


def test_moving_and_scaling_move_and_scale_the_interval() -> None:
    first, second = skewed(6, 5, 4)
    low, high = bootstrap_interval(first, second)
    for scale, shift in ((4.0, 0.0), (0.5, 32.0), (1.0, -7.0), (0.1, 0.3), (1 / 3, 1e3)):
        moved = bootstrap_interval(scale * first, scale * second + shift)
        np.testing.assert_allclose(moved, [scale * low + shift, scale * high + shift], atol=1e-9)


# --- extreme and invalid values -------------------------------------------------------------------


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("paired", [False, True])
def test_no_spread_gives_the_point_and_single_values_nothing(paired: bool, method: str) -> None:
    options: dict[str, Any] = {"paired": paired, "method": method}
    low, high = bootstrap_interval([0.1] * 6, [0.3] * 6, **options)
    assert low == high == pytest.approx(0.2, abs=1e-15)
    assert bootstrap_interval([2.0, 2.0], [2.0, 2.0], **options) == (0.0, 0.0)
    for first, second in (([], []), ([1.0], [2.0]), ([1.0, np.nan], [2.0, 3.0])):
        assert np.isnan(bootstrap_interval(first, second, **options)).all()


def test_missing_values_are_left_out() -> None:
    first, second = skewed(2, 6, 6)
    holes = np.insert(first, [2, 4], np.nan), np.insert(second, [0, 6], np.nan)
    assert bootstrap_interval(*holes) == bootstrap_interval(first, second)
    pairs = np.append(first, [1.0, np.nan]), np.append(second, [np.inf, 4.0])
    assert bootstrap_interval(*pairs, paired=True) == bootstrap_interval(first, second, paired=True)


def test_one_side_without_spread_is_no_trouble() -> None:
    first = np.full(8, 3.0)
    _, second = skewed(4, 2, 8)
    low, high = bootstrap_interval(first, second)
    assert low < second.mean() - 3.0 < high


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"resamples": 0}, "resamples is 0"),
        ({"resamples": 10**9}, "from 0 to 10000000"),
        ({"resamples": 1.5}, "resamples is 1.5"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**64}, "seed is"),
        ({"confidence": 1.0}, "confidence is 1"),
        ({"confidence": 95}, "confidence is 95"),
        ({"confidence": float("nan")}, "confidence is NaN"),
        ({"confidence": "high"}, "confidence is 'high'"),
        ({"method": "BCA"}, "'bca'"),
        ({"method": 3}, "unknown method 3"),
    ],
)
def test_bootstraps_that_make_no_sense(options: dict[str, Any], words: str) -> None:
    with pytest.raises(kp.errors.KneeposeError) as caught:
        bootstrap_interval([1.0, 2.0], [3.0, 4.0], **options)
    assert words in str(caught.value)


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(kp.errors.CoordinateError, match="first has 2 values and second 3"):
        bootstrap_interval([1.0, 2.0], [1.0, 2.0, 3.0], paired=True)
