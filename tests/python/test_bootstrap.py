"""Bootstrap intervals against SciPy's, exact enumeration, and closed forms."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy import stats

import kneepose as kp
from kneepose import _core
from kneepose.arrays import bootstrap_interval


def difference(first: Any, second: Any, axis: int = -1) -> Any:
    return np.mean(second, axis=axis) - np.mean(first, axis=axis)


def data(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Skewed on one side, so that bias and acceleration are at work.

    On a grid of 1/1024, so that sums are exact: SciPy lets the rounding of a sum decide whether a
    draw that is the sample in another order lies below the estimate.
    """
    rng = np.random.default_rng(seed)
    first, second = rng.gamma(1.5, 4.0, n), rng.normal(9.0, 3.0, m)
    return np.round(1024 * first) / 1024, np.round(1024 * second) / 1024


def by_scipy(first: np.ndarray, second: np.ndarray, **options: Any) -> Any:
    return stats.bootstrap((first, second), difference, vectorized=True, **options)


# --- the formula: with SciPy's own replicates ------------------------------------------------------


@pytest.mark.parametrize("method", ["bca", "percentile"])
@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize(("n", "m"), [(10, 10), (5, 12), (2, 3), (40, 7)])
@pytest.mark.parametrize("paired", [False, True])
def test_the_same_replicates_give_scipys_interval(
    n: int, m: int, paired: bool, confidence: float, method: str
) -> None:
    for seed in range(5):
        first, second = data(seed, n, n if paired else m)
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


# --- the random numbers ------------------------------------------------------------------------------


@pytest.mark.parametrize("paired", [False, True])
def test_its_own_replicates_agree_with_scipy_on_average(paired: bool) -> None:
    """Mean of many seeds on both sides, within five standard errors of their difference."""
    first, second = data(3, 10, 10)
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
    """Three against four values have 27 × 256 resamples, all of one probability."""
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
            # Share of all resamples below the end and up to it: p lies between, within chance.
            slack = 5 * np.sqrt(p * (1 - p) / n)
            below, up_to = np.mean(every < end - 1e-9), np.mean(every <= end + 1e-9)
            assert below - slack <= p <= up_to + slack


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    first, second = data(1, 7, 9)
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
    first, second = data(6, 5, 4)
    low, high = bootstrap_interval(first, second)
    for scale, shift in ((4.0, 0.0), (0.5, 32.0), (1.0, -7.0), (0.1, 0.3), (1 / 3, 1e3)):
        moved = bootstrap_interval(scale * first, scale * second + shift)
        np.testing.assert_allclose(moved, [scale * low + shift, scale * high + shift], atol=1e-9)


# --- edges ------------------------------------------------------------------------------------------


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
    first, second = data(2, 6, 6)
    holes = np.insert(first, [2, 4], np.nan), np.insert(second, [0, 6], np.nan)
    assert bootstrap_interval(*holes) == bootstrap_interval(first, second)
    pairs = np.append(first, [1.0, np.nan]), np.append(second, [np.inf, 4.0])
    assert bootstrap_interval(*pairs, paired=True) == bootstrap_interval(first, second, paired=True)


def test_one_side_without_spread_is_no_trouble() -> None:
    first = np.full(8, 3.0)
    _, second = data(4, 2, 8)
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
def test_requests_that_make_no_sense(options: dict[str, Any], words: str) -> None:
    with pytest.raises(kp.errors.KneeposeError) as caught:
        bootstrap_interval([1.0, 2.0], [3.0, 4.0], **options)
    assert words in str(caught.value)


def test_pairs_must_be_pairs() -> None:
    with pytest.raises(kp.errors.CoordinateError, match="first has 2 values and second 3"):
        bootstrap_interval([1.0, 2.0], [1.0, 2.0, 3.0], paired=True)
