"""Races of filters, repetitions and the whole analysis of a clip of 900 frames."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import kneepose as kp
from benches import clip_analysis, series
from benches.clips import (
    CLIP_FRAMES,
    FPS,
    SKELETON,
    keypoints_of,
    knee_series,
    squat_recording,
    squats,
)
from benches.race import Side
from tests import reference

Race = Callable[..., None]
CUTOFF_HZ = 6.0
MIN_RANGE_DEG = 20.0
TWICE_FILTERED = 1e-8
"""Tolerance where keypoints and then the angle are filtered: rounding errors add up at the ends."""
REP_COLUMNS = ("start", "bottom_start", "bottom", "bottom_end", "end", "range")


def test_zero_phase_lowpass(race: Race) -> None:
    by_time = squats(CLIP_FRAMES).reshape(CLIP_FRAMES, -1)
    channels = np.ascontiguousarray(by_time.T)

    def ours() -> np.ndarray:
        return kp.arrays.lowpass(by_time, fs=FPS, cutoff_hz=CUTOFF_HZ).T

    race(
        f"zero-phase low-pass of {len(channels)} channels, T={CLIP_FRAMES}",
        Side(
            "loop over samples, floats", partial(series.lowpass_in_python, channels, FPS, CUTOFF_HZ)
        ),
        Side("SciPy filtfilt", partial(series.lowpass_with_filtfilt, channels, FPS, CUTOFF_HZ)),
        Side(
            "SciPy sosfiltfilt", partial(series.lowpass_with_sosfiltfilt, channels, FPS, CUTOFF_HZ)
        ),
        Side("kneepose", ours),
    )


def test_repetitions(race: Race) -> None:
    signal = knee_series()

    def twin() -> tuple[np.ndarray, ...]:
        return series.columns(reference.segment_reps(signal, FPS, MIN_RANGE_DEG))

    def ours() -> tuple[Any, ...]:
        reps = kp.arrays.segment_reps(signal, fs=FPS, min_range=MIN_RANGE_DEG)
        return (*(getattr(reps, name) for name in REP_COLUMNS), reps.status == "full")

    race(
        f"repetitions in a knee series, T={CLIP_FRAMES}",
        Side(
            "loop over samples for outliers and low-pass; the rest as below",
            partial(series.segment_in_python, signal, FPS, MIN_RANGE_DEG),
        ),
        Side("NumPy and SciPy, readable (tests/reference)", twin),
        Side(
            "NumPy and SciPy, tuned: all windows of outliers in one call",
            partial(series.segment_tuned, signal, FPS, MIN_RANGE_DEG),
        ),
        Side("kneepose", ours),
    )


def test_whole_analysis(race: Race) -> None:
    recording = squat_recording()
    xyz, keypoints = recording.coordinates, keypoints_of(SKELETON)
    names = [
        f"{name}_{moment}"
        for name, _ in clip_analysis.ANGLES
        for moment in ("at_60", "at_45", "at_bottom")
    ]

    def ours() -> tuple[Any, ...]:
        analysis = kp.analyze(recording, "squat", side="left")
        found = analysis.columns()
        status = analysis.reps.columns()["status"] == "full"
        reps = [found[name] for name in ("start", "bottom_start", "bottom", "bottom_end", "end")]
        return (*reps, found["range"], status, *(found[name] for name in names))

    race(
        f"analyze: a squat clip of {CLIP_FRAMES} frames, {SKELETON} in 3-D, one side",
        Side(
            "NumPy and SciPy, readable (tests/reference)",
            partial(clip_analysis.analyzed, xyz, keypoints, FPS),
            tolerance=TWICE_FILTERED,
        ),
        Side(
            "NumPy and SciPy, tuned: all channels at once, shared directions",
            partial(clip_analysis.analyzed, xyz, keypoints, FPS, tuned=True),
            tolerance=TWICE_FILTERED,
        ),
        Side("kneepose", ours),
    )


def test_bootstrap_of_a_comparison(race: Race) -> None:
    """Race 10,000 resamples of 10 measures of 2×10 repetitions; random, so the tolerance is 0.6."""
    rng = np.random.default_rng(9)
    first, second = rng.normal(10.0, 2.0, (10, 10)), rng.normal(13.0, 2.0, (10, 10))

    def numpys() -> np.ndarray:
        draws = np.random.default_rng(8)
        a, b = (
            side[draws.integers(0, 10, size=(10_000, 10))].mean(axis=1) for side in (first, second)
        )
        # Percentiles that `expanded_tails` gives for ten repetitions a side.
        return np.percentile(b - a, [1.3, 98.7], axis=0).T

    race(
        "bootstrap, 10,000 resamples of 10 measures of 2×10 repetitions",
        Side("NumPy: integers, take, mean, percentile", numpys, tolerance=0.6),
        Side("kneepose", partial(kp.arrays.bootstrap_intervals, first, second)),
    )
