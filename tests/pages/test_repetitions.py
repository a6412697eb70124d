"""Tests that docs/evidence/repetitions.md is current, by measuring some of its rows again."""

from __future__ import annotations

import pytest

from kneepose.evaluation import segmenters
from tests.support.datasets import FULL
from tests.support.rep_conditions import CONDITIONS, LIMITS, QUIET, SAMPLING
from tools.pages import repetitions as rep_table
from tools.pages.repetition_rows import (
    DROPS,
    GROUPS,
    SERIES_METHODS,
    clean_tally,
    damaged_tally,
    motion_capture,
    noises,
    series_tally,
    squat_clips,
)

pytestmark = [pytest.mark.data, pytest.mark.slow]

LINES = rep_table.PAGE.read_text(encoding="utf-8").splitlines()


def test_the_page_begins_with_what_was_found_and_ends_with_what_was_not() -> None:
    assert LINES[4].startswith("With the whole recording at hand, the count")
    assert "## Limits of these figures" in LINES
    assert {"set": CONDITIONS, "sampling": SAMPLING, "limits": LIMITS, "quiet": QUIET} == GROUPS


@pytest.mark.parametrize("method", list(SERIES_METHODS))
@pytest.mark.parametrize("name", ["noise", "gaps", "swaps", "touch_and_go", "partials"])
def test_series_are_those_measured_now(name: str, method: str) -> None:
    tally = series_tally("set", name, method, rep_table.SEED)
    row = rep_table.series_line(name, CONDITIONS[name].words, method, tally)
    assert row in LINES, "run make reps"


@pytest.mark.parametrize("method", list(segmenters.SEGMENTERS))
@pytest.mark.parametrize("space", ["world", "image"])
@pytest.mark.parametrize("name", ["sls_right_partial", "sls_left_touch_and_go", "opencap_squat"])
def test_recordings_are_those_measured_now(name: str, space: str, method: str) -> None:
    tally = clean_tally(name, space, method)
    assert tally is not None
    assert rep_table.clean_line(name, space, method, tally) in LINES, "run make reps"


def test_draws_are_those_measured_now() -> None:
    what = "sls_right_healthy", "image", "single frames", "offline"
    tally = damaged_tally(*what, rep_table.SEED)
    assert tally is not None
    assert rep_table.damaged_line(what[0], *what[1:], tally) in LINES, "run make reps"


@pytest.mark.skipif(not (FULL / "quickpose-gifs").exists(), reason="needs the real clips")
def test_clips_are_those_measured_now() -> None:
    for row in rep_table.clip_table([*squat_clips(), *motion_capture()])[2:-1]:
        assert row in LINES, "run make reps"


def test_noise_and_drops_are_as_large_as_they_say() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    times = np.arange(600) / 30.0
    draws = np.stack(list(noises(rng, times, (600, 20, 3), 4)))
    assert draws.std() == pytest.approx(1.0, abs=0.02)
    ahead = np.mean(draws[:, 1:] * draws[:, :-1])
    assert ahead == pytest.approx(0.5 * np.exp(-1 / 18.0), abs=0.02)
    for drop in DROPS.values():
        assert drop(rng, times, 40).mean() == pytest.approx(0.1, abs=0.015)
