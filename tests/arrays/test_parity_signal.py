"""Tests of filters and conditioning against SciPy and the NumPy reference."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

import kneepose as kp
from kneepose import _core
from tests import reference
from tests.support.random_bodies import LANDMARKS, bodies


def test_lowpass_is_scipys() -> None:
    """Compare with SciPy's filter, designed for one pass and applied in both directions."""
    rng = np.random.default_rng(12)
    for _ in range(200):
        fs = rng.choice([15.0, 24.0, 29.97, 30.0, 60.0, 119.88, 240.0])
        fc = rng.uniform(1.0, 0.39 * fs)
        n = int(rng.integers(2, 400))
        x = rng.normal(size=n).cumsum() + 50.0
        b, a = signal.butter(2, reference.design(fc, fs), fs=fs)
        pad = min(int(np.ceil(3 * fs / fc)), n - 1)
        want = signal.filtfilt(b, a, x, padtype="odd", padlen=pad)
        got = _core.lowpass(x, fc, fs, 4)
        np.testing.assert_allclose(got, want, rtol=0, atol=1e-10 * np.abs(x).max())
        assert _core.single_pass_cutoff(fc, fs) == pytest.approx(
            reference.design(fc, fs), rel=1e-12
        )


def test_lowpass_keeps_runs_apart_and_lowers_too_high_a_cutoff() -> None:
    rng = np.random.default_rng(13)
    for _ in range(100):
        x = rng.normal(size=120).cumsum()
        x[rng.uniform(size=120) < 0.05] = np.nan
        fc = rng.uniform(1.0, 20.0)
        want = reference.lowpass(x, 30.0, fc)
        np.testing.assert_allclose(_core.lowpass(x, fc, 30.0, 4), want, rtol=0, atol=1e-9)


def test_hampel_is_the_twins() -> None:
    rng = np.random.default_rng(14)
    found = 0
    for _ in range(300):
        x = rng.normal(size=int(rng.integers(1, 80))).cumsum().round(int(rng.integers(0, 4)))
        x[rng.uniform(size=x.size) < 0.1] += rng.normal(0, 20)
        x[rng.uniform(size=x.size) < 0.1] = np.nan
        floor = float(rng.choice([0.001, 0.5, 2.0]))
        mask = _core.hampel(x, floor)
        np.testing.assert_array_equal(mask, reference.hampel(x, floor=floor))
        found += mask.sum()
    assert found > 100


def conditioned_by_the_twin(
    coordinates: np.ndarray, confidence: np.ndarray, threshold: float, cutoff: float, gap: float
) -> np.ndarray:
    """Condition keypoints with the NumPy reference at 30 Hz (science.md 8)."""
    out = coordinates.copy()
    out[confidence < threshold] = np.nan
    floor = 0.5 if coordinates.shape[2] == 2 else 0.001
    times = np.arange(len(out)) / 30.0
    for k in range(out.shape[1]):
        tracks = [out[:, k, d] for d in range(out.shape[2])]
        outlier = reference.outlying(out[:, k], times, 30.0, floor)
        for track in tracks:
            track[outlier] = np.nan
            track[:] = reference.lowpass(reference.pchip_fill(track, times, gap), 30.0, cutoff)
    return out


@pytest.mark.parametrize("dims", [2, 3])
def test_conditioning_is_the_twins(dims: int) -> None:
    rng = np.random.default_rng(15)
    for trial in range(8):
        base = bodies(rng, 1, "y")[0]
        move = rng.normal(0, 0.004, (90, len(LANDMARKS), 3)).cumsum(axis=0)
        points = base + move
        points[rng.uniform(size=points.shape[:2]) < 0.02] += 0.5
        points[rng.uniform(size=points.shape[:2]) < 0.08] = np.nan
        hole = int(rng.integers(0, 60))
        points[hole : hole + int(rng.integers(1, 20)), :5] = np.nan
        if dims == 2:
            points = 500.0 * points[..., :2] + 600.0
        confidence = rng.uniform(0.25, 1.0, points.shape[:2])
        rec = kp.Recording(
            points,
            skeleton=kp.Skeleton("no legs", [f"marker_{i}" for i in range(len(LANDMARKS))]),
            fps=30,
            confidence=confidence,
            up="y" if dims == 3 else None,
        )
        cutoff, gap = float(rng.uniform(2, 10)), float(rng.choice([0.0, 0.1, 0.2, 0.5]))
        got = rec.conditioned(cutoff_hz=cutoff, max_gap_s=gap)
        want = conditioned_by_the_twin(
            np.array(rec.coordinates), np.array(rec.confidence), 0.3, cutoff, gap
        )
        np.testing.assert_allclose(
            got.coordinates,
            want,
            rtol=0,
            atol=1e-9 * (1 if dims == 3 else 1000),
            err_msg=str(trial),
        )
        there = ("none", "gap_filled", "outlier_replaced", "swapped")
        kinds = np.isin(got.repairs.kinds, there)
        np.testing.assert_array_equal(np.isfinite(want[..., 0]), kinds[got.repairs.codes])
