"""Tests of scores of detected repetitions: closed forms, invariants, NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kneepose as kp
from kneepose import arrays
from tests import reference
from tests.support.seeds import SEEDS, law

ONE = [[1.0, 3.0]]


@pytest.mark.parametrize(
    ("found", "truth", "f1", "precision", "recall"),
    [
        pytest.param([], [], 1, 1, 1, id="nothing found where nothing is"),
        pytest.param([], ONE, 0, 1, 0, id="missed"),
        pytest.param(ONE, [], 0, 0, 1, id="false"),
        pytest.param(ONE, ONE, 1, 1, 1, id="the same"),
        pytest.param([[1, 2]], ONE, 1, 1, 1, id="half is enough"),
        pytest.param([[1, 1.9375]], ONE, 0, 0, 0, id="less than half is not"),
        pytest.param([[3, 5]], ONE, 0, 0, 0, id="next to one another"),
        pytest.param([[1, 2], [2, 3]], ONE, 2 / 3, 0.5, 1, id="one rep taken for two"),
        pytest.param(ONE, [[1, 2], [2, 3]], 2 / 3, 1, 0.5, id="two reps taken for one"),
        pytest.param([*ONE, [7, 9]], [[4, 6], *ONE], 0.5, 0.5, 0.5, id="one of two each"),
    ],
)
def test_closed_cases(
    found: list[list[float]], truth: list[list[float]], f1: float, precision: float, recall: float
) -> None:
    got = arrays.rep_score(found, truth)
    assert (got.f1, got.precision, got.recall) == (f1, precision, recall)
    assert got.false_reps == len(found) - len(got.pairs)
    assert got.missed_reps == len(truth) - len(got.pairs)
    assert np.isnan([got.start_mae, got.end_mae]).all() == (len(got.pairs) == 0)


def test_boundary_errors_are_found_minus_true() -> None:
    got = arrays.rep_score([[9, 11.5], [0.75, 3]], [[1, 3], [4, 5], [9.25, 11.25]])
    assert got.pairs.tolist() == [[0, 1, 0], [0, 0, 2]]
    assert got.start_errors.tolist() == [-0.25, -0.25]
    assert got.end_errors.tolist() == [0.0, 0.25]
    assert (got.start_mae, got.end_mae) == (0.25, 0.125)


def test_the_larger_overlap_goes_first() -> None:
    got = arrays.rep_score([[0, 3], [0, 4.5]], [[0, 4]])
    assert got.pairs.tolist() == [[0, 1, 0]]


def test_a_lower_threshold_finds_more() -> None:
    found, truth = [[0.0, 1.0]], [[0.0, 4.0]]
    assert arrays.rep_score(found, truth).f1 == 0
    assert arrays.rep_score(found, truth, least_overlap=0.25).f1 == 1


def intervals(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return random intervals, shape (n, 2), which may overlap; multiples of 1/8 s make sums
    exact.
    """
    start = rng.integers(0, 200, n)
    return np.stack([start, start + rng.integers(0, 40, n)], axis=1) / 8.0


def lists(seed: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    """Return random detected and true intervals; some detected ones are moved true ones."""
    rng = np.random.default_rng(seed)
    truth = intervals(rng, int(rng.integers(0, 9)))
    moved = np.sort(truth + rng.integers(-4, 5, truth.shape) / 8.0, axis=1)
    found = np.concatenate([moved[rng.random(len(moved)) < 0.8], intervals(rng, 2)])
    return rng, found[: int(rng.integers(0, 11))], truth


def numbers(score: arrays.RepScore) -> list[float]:
    return [float(x) for x in score[:7]]


@law(150)
@given(seed=SEEDS)
def test_it_is_the_twins(seed: int) -> None:
    _, found, truth = lists(seed)
    got, want = arrays.rep_score(found, truth), reference.rep_scores(found, truth)
    np.testing.assert_allclose(got[0], want.f1, rtol=0, atol=1e-15)
    np.testing.assert_allclose(got[3:5], want[1:3], rtol=0, atol=1e-12)
    # Identical intervals may be exchanged, so values are compared instead of indices.
    same = [(tuple(found[f]), tuple(truth[t])) for _, f, t in got.pairs]
    assert sorted(same) == sorted((tuple(found[f]), tuple(truth[t])) for f, t in want.matched)


@law(100)
@given(seed=SEEDS)
def test_order_makes_no_difference(seed: int) -> None:
    rng, found, truth = lists(seed)
    other = arrays.rep_score(rng.permutation(found), rng.permutation(truth))
    np.testing.assert_allclose(
        numbers(other), numbers(arrays.rep_score(found, truth)), rtol=0, atol=1e-12
    )


@law(100)
@given(seed=SEEDS, eighths=st.integers(-80_000, 80_000))
def test_the_clock_makes_no_difference(seed: int, eighths: int) -> None:
    _, found, truth = lists(seed)
    later = arrays.rep_score(found + eighths / 8.0, truth + eighths / 8.0)
    np.testing.assert_array_equal(numbers(later), numbers(arrays.rep_score(found, truth)))


@law(100)
@given(seed=SEEDS)
def test_found_and_true_exchanged(seed: int) -> None:
    """Exchanging detected and true swaps precision and recall, and changes the sign of errors.

    The times are distinct, so there are no ties.
    """
    rng, found, truth = lists(seed)
    found, truth = (np.sort(x + rng.uniform(0, 0.01, x.shape), axis=1) for x in (found, truth))
    one, other = arrays.rep_score(found, truth), arrays.rep_score(truth, found)
    assert one.f1 == other.f1
    assert (one.false_reps, one.missed_reps) == (other.missed_reps, other.false_reps)
    np.testing.assert_allclose(np.sort(one.start_errors), np.sort(-other.start_errors), atol=1e-12)


@law(60)
@given(seed=SEEDS)
def test_a_list_agrees_with_itself(seed: int) -> None:
    _, _, truth = lists(seed)
    truth = truth[truth[:, 1] > truth[:, 0]]
    got = arrays.rep_score(truth, truth)
    assert (got.f1, got.false_reps, got.missed_reps) == (1.0, 0, 0)
    assert not np.any(got.start_errors)
    assert not np.any(got.end_errors)


@law(60)
@given(seed=SEEDS)
def test_pooling_adds_up(seed: int) -> None:
    parts = [lists(seed + k)[1:] for k in range(3)]
    single = [arrays.rep_score(*part) for part in parts]
    pooled = arrays.pooled_rep_score(*map(list, zip(*parts, strict=True)))
    assert pooled.false_reps == sum(one.false_reps for one in single)
    assert pooled.missed_reps == sum(one.missed_reps for one in single)
    joined = np.concatenate([one.start_errors for one in single])
    np.testing.assert_array_equal(pooled.start_errors, joined)
    assert pooled.pairs[:, 0].tolist() == [k for k, one in enumerate(single) for _ in one.pairs]


@pytest.mark.parametrize(
    ("found", "truth", "options", "message"),
    [
        ([[2, 1]], [], {}, "found repetition 0 .from 0. lasts from 2 to 1 s"),
        ([], [[0, 1], [np.nan, 1]], {}, "true repetition 1"),
        ([], [[0, np.inf]], {}, "finite"),
        ([1, 2, 3], [], {}, r"found has shape \(3,\)"),
        ([], [[1, 2, 3]], {}, r"truth has shape \(1, 3\)"),
        ([], [["a", "b"]], {}, "real numbers"),
        ([], [], {"least_overlap": 0}, "more than 0 and at most 1"),
        ([], [], {"least_overlap": np.nan}, "more than 0 and at most 1"),
    ],
)
def test_nonsense_is_refused(found: object, truth: object, options: dict, message: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=message):
        arrays.rep_score(found, truth, **options)


def test_as_many_recordings_on_both_sides() -> None:
    with pytest.raises(kp.errors.CoordinateError, match="found has 1 recordings and truth 2"):
        arrays.pooled_rep_score([[]], [[], []])
