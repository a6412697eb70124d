"""Tests of timestamps and frame rates of `Recording`, and of refused ones."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support.standing_person import make, pixels


def test_timestamps_are_kept_and_give_the_median_rate() -> None:
    times = np.array([10.0, 10.03, 10.07, 10.10, 10.13])
    rec = make(pixels(5), times=times)
    np.testing.assert_array_equal(rec.times, times)
    assert rec.fps == pytest.approx(1 / 0.03, rel=1e-9)
    assert rec.duration_s == pytest.approx(0.13)


def test_a_given_rate_is_not_rounded() -> None:
    assert make(fps=29.97).fps == 29.97
    assert make(fps=29.97)[3:20].fps == 29.97


# --- refused: time ------------------------------------------------------------------------------


def test_exactly_one_of_times_and_fps() -> None:
    with pytest.raises(kp.errors.TimeError, match="neither times nor fps"):
        kp.Recording(pixels(), skeleton="coco17")
    with pytest.raises(kp.errors.TimeError, match="both times and fps"):
        kp.Recording(pixels(), skeleton="coco17", times=np.arange(30) / 30, fps=30)


@pytest.mark.parametrize("fps", [0, -30, np.nan, np.inf, 2001, "30", True, [30]])
def test_impossible_rates(fps: Any) -> None:
    with pytest.raises(kp.errors.TimeError, match="fps is"):
        make(fps=fps)


def rising(step: float) -> np.ndarray:
    return np.arange(30) * step


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (np.r_[0.0, 0.1, 0.1, np.arange(3, 30)], "at frame 2: 0.1 s after 0.1 s"),
        (np.r_[0.0, 0.2, 0.1, np.arange(3, 30)], "at frame 2: 0.1 s after 0.2 s"),
        (np.r_[rising(0.03)[:29], np.nan], "times is nan at frame 29"),
        (rising(0.03)[:29], r"shape \(29,\), but coordinates has 30"),
        (rising(0.03)[:, None], r"shape \(30, 1\)"),
        (np.round(rising(33.33)), r"milliseconds.*times / 1000\."),
        (rising(33.3667), "milliseconds"),
        (rising(4), "milliseconds"),
        (rising(33333), r"microseconds.*times / 1000000\."),
        (rising(33333333), "nanoseconds"),
        (np.arange(30), "frame numbers"),
        (rising(0.125), r"8 fps; needed at least 9\.5"),
        (rising(0.0004), "2500 fps"),
        (np.arange(30).astype("datetime64[s]"), r"np\.timedelta64"),
        (["0.1"] * 30, "seconds"),
    ],
)
def test_impossible_timestamps(times: Any, words: str) -> None:
    with pytest.raises(kp.errors.TimeError, match=words):
        make(times=times)


def test_one_pause_is_not_a_hole_in_the_clock() -> None:
    times = rising(0.03) + np.where(np.arange(30) < 15, 0, 1)
    assert make(times=times).fps == pytest.approx(1 / 0.03)


@pytest.mark.parametrize("lost", [0.3, 0.5])
@pytest.mark.parametrize("seed", range(3))
def test_a_camera_that_loses_frames_counts_alike(lost: float, seed: int) -> None:
    """Randomly lost frames leave gaps of many lengths; counts stay the same, also in a stream."""
    whole = kp.sample("squat")
    kept = np.random.default_rng(seed).random(whole.n_frames) >= lost
    rec = kp.Recording(
        whole.coordinates[kept], skeleton=whole.skeleton, times=whole.times[kept], up="y"
    )
    stream = kp.Stream("squat", side="left", skeleton=rec.skeleton, up="y")
    stream.push_all(rec.coordinates, rec.times)
    count = kp.analyze(whole, "squat", side="left").reps.count
    assert kp.analyze(rec, "squat", side="left").reps.count == count
    assert stream.finish().reps.count == count


@pytest.mark.parametrize("fps", [15, 24, 29.97, 2000])
def test_no_warning_from_15_fps_on(fps: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make(fps=fps)
        make(times=np.arange(30) / fps)


def test_low_rates_warn_and_lower_ones_are_refused() -> None:
    for options in ({"fps": 10}, {"times": np.arange(30) / 9.5}):
        with pytest.warns(kp.errors.RecordingWarning, match="below 15") as caught:
            make(**options)
        assert len(caught) == 1
    start, step = 0.74, 2 / 19  # median interval slightly above 2/19 by rounding
    with pytest.warns(kp.errors.RecordingWarning):
        make(times=start + step * np.arange(30))
    with pytest.raises(kp.errors.TimeError, match=r"9\.4 fps; needed at least 9\.5"):
        make(fps=9.4)
