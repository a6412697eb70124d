"""Tests of `kp.arrays` filters against SciPy, closed forms, and other memory layouts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import interpolate, signal

import kneepose as kp
from kneepose import arrays

NAN = np.nan
RATES = (15.0, 24.0, 29.97, 30.0, 60.0, 119.88, 240.0)


def walk(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.normal(size=shape).cumsum(axis=0) + 50.0


def runs(x: np.ndarray) -> list[slice]:
    """Return the contiguous finite runs of a series, by a plain loop."""
    found, start = [], None
    for i, finite in enumerate([*np.isfinite(x), False]):
        if finite and start is None:
            start = i
        elif not finite and start is not None:
            found.append(slice(start, i))
            start = None
    return found


def with_gaps(rng: np.random.Generator, x: np.ndarray, share: float) -> np.ndarray:
    x = x.copy()
    x[rng.uniform(size=x.shape) < share] = NAN
    return x


def close(got: Any, want: Any, scale: float) -> None:
    np.testing.assert_allclose(got, want, rtol=0, atol=1e-10 * max(1.0, scale))


def scipy_lowpass(x: np.ndarray, fs: float, fc: float, order: int) -> np.ndarray:
    """Filter by SciPy in two passes of half the order, with gain 1/√2 after both passes."""
    fc = min(fc, 0.4 * fs)
    n = order // 2
    ratio = (math.sqrt(2) - 1) ** (1 / (2 * n))
    design = fs / math.pi * math.atan(math.tan(math.pi * fc / fs) / ratio)
    sos = signal.butter(n, design, fs=fs, output="sos")
    out = x.copy()
    for run in runs(x):
        if run.stop - run.start > 1:
            pad = min(math.ceil(3 * fs / fc), run.stop - run.start - 1)
            out[run] = signal.sosfiltfilt(sos, x[run], padtype="odd", padlen=pad)
    return out


@pytest.mark.slow
@pytest.mark.parametrize("order", [4, 8])
def test_lowpass_is_scipys(order: int) -> None:
    rng = np.random.default_rng(order)
    for trial in range(1500):
        fs = float(rng.choice(RATES))
        fc = rng.uniform(0.8, 0.5 * fs)
        x = walk(rng, int(rng.integers(1, 300)))
        if trial % 2:
            x = with_gaps(rng, x, rng.uniform(0, 0.3))
        got = arrays.lowpass(x, fs=fs, cutoff_hz=fc, order=order)
        close(got, scipy_lowpass(x, fs, fc, order), np.nanmax(np.abs(x), initial=1.0))


@pytest.mark.parametrize("order", [4, 8])
def test_both_passes_let_half_the_power_through(order: int) -> None:
    for fs, fc in [(30.0, 6.0), (15.0, 4.0), (120.0, 6.0), (30.0, 12.0)]:
        t = np.arange(int(40 * fs)) / fs
        wave = np.cos(2 * np.pi * fc * t)
        inside = slice(int(15 * fs), int(25 * fs))
        got = arrays.lowpass(wave, fs=fs, cutoff_hz=fc, order=order)[inside]
        np.testing.assert_allclose(got, wave[inside] / math.sqrt(2), rtol=0, atol=1e-8)


def scipy_savgol(x: np.ndarray, fs: float, window: int, order: int, derivative: int) -> np.ndarray:
    out = np.full(x.shape, NAN)
    for run in runs(x):
        if run.stop - run.start >= window:
            out[run] = signal.savgol_filter(
                x[run], window, order, deriv=derivative, delta=1 / fs, mode="interp"
            )
    return out


def test_savitzky_golay_is_scipys() -> None:
    rng = np.random.default_rng(3)
    for trial in range(1500):
        fs = float(rng.choice(RATES))
        window = int(rng.integers(2, 16)) * 2 + 1
        order, derivative = int(rng.integers(2, min(6, window))), int(rng.integers(0, 3))
        x = walk(rng, int(rng.integers(1, 250)))
        if trial % 2:
            x = with_gaps(rng, x, rng.uniform(0, 0.08))
        got = arrays.savitzky_golay(
            x, fs=fs, window_s=window / fs, polyorder=order, derivative=derivative
        )
        scale = np.nanmax(np.abs(x), initial=1.0) * fs**derivative
        close(got, scipy_savgol(x, fs, window, order, derivative), scale)


def test_the_window_is_made_odd() -> None:
    x = walk(np.random.default_rng(4), 90)
    for fs, window in [(30.0, 9), (60.0, 19), (29.97, 9), (20.0, 7)]:
        got = arrays.savitzky_golay(x, fs=fs)
        np.testing.assert_allclose(got, signal.savgol_filter(x, window, 3), rtol=0, atol=1e-10)


@pytest.mark.slow
def test_gaps_are_filled_as_scipys_pchip() -> None:
    rng = np.random.default_rng(5)
    filled = 0
    for trial in range(1500):
        n = int(rng.integers(1, 120))
        times = rng.uniform(0.5, 1.5, n).cumsum() / 30 if trial % 2 else np.arange(n) / 30
        x = with_gaps(rng, walk(rng, n), rng.uniform(0, 0.6))
        longest = float(rng.choice([0.0, 0.05, 0.1, 0.2, 1.0]))
        want, finite = x.copy(), runs(x)
        known = np.isfinite(x)
        for before, after in itertools.pairwise(finite):
            spacing = times[after.start] - times[before.stop - 1]
            if spacing - np.median(np.diff(times)) <= longest + 1e-9:
                hole = slice(before.stop, after.start)
                want[hole] = interpolate.PchipInterpolator(times[known], x[known])(times[hole])
        got = arrays.fill_gaps(x, times=times, max_gap_s=longest)
        close(got, want, np.nanmax(np.abs(x), initial=1.0))
        filled += int((np.isfinite(got) & ~known).sum())
    assert filled > 1000


def peaky(rng: np.random.Generator, kind: int) -> np.ndarray:
    n = int(rng.integers(0, 300))
    x = rng.normal(size=n).cumsum()
    return [x, x.round(), rng.normal(size=n), rng.integers(0, 3, n).astype(float)][kind % 4]


def test_peaks_are_scipys() -> None:
    rng = np.random.default_rng(6)
    found = 0
    for trial in range(3000):
        x = peaky(rng, trial)
        prominence = float(rng.choice([0.0, 0.5, 1.0, 3.0]))
        want, facts = signal.find_peaks(x, prominence=prominence)
        got = arrays.find_peaks(x, prominence=prominence)
        np.testing.assert_array_equal(got.indices, want)
        np.testing.assert_array_equal(got.prominences, facts["prominences"])
        found += len(want)
    assert found > 10_000


def test_peaks_apart_are_scipys() -> None:
    """Compare with SciPy without ties, since SciPy keeps an arbitrary one of two equal peaks."""
    rng = np.random.default_rng(7)
    for _ in range(1500):
        x = rng.normal(size=int(rng.integers(3, 300)))
        distance = float(rng.uniform(1, 20))
        want, facts = signal.find_peaks(x, prominence=0.3, distance=distance)
        got = arrays.find_peaks(x, prominence=0.3, distance=distance)
        np.testing.assert_array_equal(got.indices, want)
        np.testing.assert_array_equal(got.prominences, facts["prominences"])


def test_a_gap_ends_the_series_of_peaks() -> None:
    rng = np.random.default_rng(8)
    for _ in range(300):
        x = with_gaps(rng, rng.normal(size=80), 0.1)
        want = [
            (run.start + index, prominence)
            for run in runs(x)
            for index, prominence in zip(
                *_of(signal.find_peaks(x[run], prominence=0.1)), strict=True
            )
        ]
        got = arrays.find_peaks(x, prominence=0.1)
        assert list(zip(got.indices, got.prominences, strict=True)) == want


def _of(found: tuple[np.ndarray, dict[str, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    return found[0], found[1]["prominences"]


def euro(x: np.ndarray, steps: np.ndarray, low: float, beta: float, dcut: float) -> np.ndarray:
    """Filter with the published One Euro algorithm, restarting after gaps."""
    out, state, since = np.full(x.shape, NAN), None, 0.0
    for i, (value, dt) in enumerate(zip(x, steps, strict=True)):
        since += dt
        if not np.isfinite(value):
            continue
        if state is None or since > 0.5:
            state = (value, 0.0)
        else:
            rate, tau = 1 / since, lambda hz: 1 / (2 * np.pi * hz)
            alpha = 1 / (1 + tau(dcut) * rate)
            speed = alpha * (value - state[0]) * rate + (1 - alpha) * state[1]
            alpha = 1 / (1 + tau(low + beta * abs(speed)) * rate)
            state = (alpha * value + (1 - alpha) * state[0], speed)
        out[i], since = state[0], 0.0
    return out


def test_one_euro_is_the_published_algorithm() -> None:
    rng = np.random.default_rng(9)
    for trial in range(500):
        n = int(rng.integers(1, 200))
        times = rng.uniform(0.5, 1.5, n).cumsum() / 30
        x = with_gaps(rng, walk(rng, n), 0.1)
        if trial % 3 == 0:
            x[n // 3 : n // 3 + 25] = NAN
        options = rng.uniform(0.2, 3), rng.uniform(0, 1), rng.uniform(0.2, 3)
        got = arrays.one_euro(
            x,
            times=times,
            min_cutoff_hz=options[0],
            beta=options[1],
            derivative_cutoff_hz=options[2],
        )
        close(got, euro(x, np.diff(times, prepend=times[:1]), *options), 100.0)


def asked_cutoff(fs: float, waves: list[tuple[float, float]], sigma: float) -> float:
    """Compute the cut-off at which the residual equals the noise from the filter's frequency
    response.
    """

    def residual(fc: float) -> float:
        w = np.tan(np.pi * np.arange(1, 4000) / 8000)
        cut = np.tan(np.pi * fc / fs) / (math.sqrt(2) - 1) ** 0.25
        lost = 1 - 1 / (1 + (w / cut) ** 4)
        of_waves = sum(
            a**2 / 2 * (1 - 1 / (1 + (math.tan(math.pi * f / fs) / cut) ** 4)) ** 2
            for f, a in waves
        )
        return math.sqrt(of_waves + sigma**2 * np.mean(lost**2))

    return next(fc for fc in np.arange(1, 0.4 * fs, 0.01) if residual(fc) <= sigma)


@pytest.mark.parametrize(
    ("fs", "waves", "sigma"),
    [
        (30.0, [(0.5, 20.0), (1.5, 5.0)], 0.5),
        (60.0, [(0.5, 20.0), (2.0, 5.0)], 0.5),
        (60.0, [(0.5, 20.0), (3.0, 5.0)], 0.2),
        (120.0, [(0.7, 30.0), (2.5, 4.0)], 1.0),
    ],
)
def test_residual_cutoff_is_where_signal_and_noise_balance(
    fs: float, waves: list[tuple[float, float]], sigma: float
) -> None:
    rng = np.random.default_rng(10)
    t = np.arange(int(60 * fs)) / fs
    clean = sum(a * np.sin(2 * np.pi * f * t) for f, a in waves)
    want = np.clip(asked_cutoff(fs, waves, sigma), 3, 8)
    noisy = clean[:, None] + rng.normal(0, sigma, (t.size, 20))
    got = arrays.residual_cutoff(noisy, fs=fs)
    print(fs, waves, sigma, want, got.mean(), got.std())
    assert np.isfinite(got).all()
    assert abs(got.mean() - want) <= 0.5
    assert got.std() <= 0.3


def test_residual_cutoff_sees_noise_of_a_thousandth() -> None:
    noise = np.random.default_rng(12).normal(size=300)
    assert np.isfinite(arrays.residual_cutoff(np.sin(np.arange(300) / 30) + 1e-3 * noise, fs=30))


def test_residual_cutoff_says_when_it_cannot_tell() -> None:
    rng = np.random.default_rng(11)
    t = np.arange(300) / 30
    for x in (
        np.zeros(300),
        np.full(300, 7.0),
        np.sin(t),
        np.full(300, NAN),
        rng.normal(size=50),
        np.where(np.arange(300) % 40 == 0, NAN, rng.normal(size=300)),
    ):
        assert np.isnan(arrays.residual_cutoff(x, fs=30))
    assert arrays.residual_cutoff(np.zeros((300, 4, 0)), fs=30).shape == (4, 0)


KERNELS: dict[str, Callable[..., np.ndarray]] = {
    "lowpass": lambda x, **more: arrays.lowpass(x, fs=30.0, **more),
    "lowpass8": lambda x, **more: arrays.lowpass(x, fs=30.0, order=8, cutoff_hz=4, **more),
    "savitzky_golay": lambda x, **more: arrays.savitzky_golay(x, fs=30.0, derivative=1, **more),
    "fill_gaps": lambda x, **more: arrays.fill_gaps(x, fs=30.0, **more),
    "one_euro": lambda x, **more: arrays.one_euro(x, fs=30.0, **more),
}


@pytest.mark.parametrize("name", KERNELS)
def test_channels_axes_and_strides_change_nothing(name: str) -> None:
    """Each series gives identical bits along any axis and stride; the input is unchanged."""
    kernel = KERNELS[name]
    rng = np.random.default_rng(12)
    for channels in (1, 2, 3, 5, 8, 9, 17, 40):
        x = with_gaps(rng, walk(rng, 83, channels), rng.choice([0.0, 0.05]))
        alone = np.stack([kernel(column.copy()) for column in x.T], axis=1)
        before = x.copy()
        np.testing.assert_array_equal(kernel(x), alone)
        np.testing.assert_array_equal(x, before)
        np.testing.assert_array_equal(kernel(x.T, axis=1), alone.T)
        np.testing.assert_array_equal(kernel(x.T, axis=-1), alone.T)
        np.testing.assert_array_equal(kernel(np.asfortranarray(x)), alone)
        np.testing.assert_array_equal(kernel(np.repeat(x, 2, axis=1)[:, ::2]), alone)
        np.testing.assert_array_equal(kernel(x[:, ::-1])[:, ::-1], alone)
        np.testing.assert_array_equal(kernel(x[None, :, :, None], axis=1)[0, ..., 0], alone)


@pytest.mark.parametrize("name", KERNELS)
def test_single_precision_is_computed_in_double(name: str) -> None:
    x = walk(np.random.default_rng(13), 60, 4).astype(np.float32)
    got = KERNELS[name](x)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, KERNELS[name](x.astype(np.float64)).astype(np.float32))


@pytest.mark.parametrize("name", KERNELS)
def test_missing_never_becomes_a_number(name: str) -> None:
    """Missing and infinite values stay missing, except in short gaps of `fill_gaps`."""
    for bad in (NAN, np.inf, -np.inf):
        x = walk(np.random.default_rng(14), 100, 3)
        x[40:60, 1] = bad
        x[:5, 2] = bad
        x[80:, 2] = bad
        got = KERNELS[name](x)
        assert not np.isfinite(got[~np.isfinite(x)]).any()
        assert np.isfinite(got[:, 0]).all()
    for shape in [(0,), (0, 3), (5, 0), (1,), (1, 2), (2, 2)]:
        assert KERNELS[name](np.ones(shape)).shape == shape


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: arrays.lowpass([1.0], fs=0), "fs 0"),
        (lambda: arrays.lowpass([1.0], fs=30, cutoff_hz=-1), "cutoff_hz is -1"),
        (lambda: arrays.lowpass([1.0], fs=30, order=3), "order is 3; it must be 4"),
        (lambda: arrays.lowpass([1.0], fs=30, order=260), "must be 4"),
        (lambda: arrays.lowpass([1.0], fs=30, axis=1), "no such axis"),
        (lambda: arrays.lowpass(1.0, fs=30), "single number"),
        (lambda: arrays.savitzky_golay([1.0], fs=30, derivative=3), "derivative is 3"),
        (lambda: arrays.savitzky_golay([1.0], fs=30, derivative=-1), "negative"),
        (lambda: arrays.savitzky_golay([1.0], fs=30, polyorder=2.5), "whole number"),
        (lambda: arrays.savitzky_golay([1.0], fs=30, window_s=0.05), "polyorder is 3"),
        (lambda: arrays.savitzky_golay([1.0], fs=30, window_s=1e9), "at most 1001"),
        (lambda: arrays.fill_gaps([1.0]), "neither fs nor times"),
        (lambda: arrays.fill_gaps([1.0], fs=30, times=[0.0]), "both fs and times"),
        (lambda: arrays.fill_gaps([1.0, 2.0], times=[0.0, 0.0]), "increase"),
        (lambda: arrays.fill_gaps([1.0, 2.0], times=[0.0]), "1 entries for 2 samples"),
        (lambda: arrays.fill_gaps([1.0], fs=30, max_gap_s=-1), "max_gap_s is -1"),
        (lambda: arrays.one_euro([1.0], fs=-30), "fs is -30"),
        (lambda: arrays.one_euro([1.0], fs=30, min_cutoff_hz=0), "min_cutoff_hz is 0"),
        (lambda: arrays.one_euro([1.0], fs=30, beta=NAN), "beta is NaN"),
        (lambda: arrays.residual_cutoff([1.0], fs=NAN), "fs is NaN"),
        (lambda: arrays.find_peaks([1.0], prominence=-1), "prominence is -1"),
        (lambda: arrays.find_peaks([1.0], prominence=1, distance=0), "distance is 0"),
        (lambda: arrays.find_peaks([[1.0]], prominence=1), "one series"),
    ],
)
def test_senseless_requests_are_refused(call: Callable[[], object], words: str) -> None:
    with pytest.raises(kp.errors.KneeposeError, match=words):
        call()
