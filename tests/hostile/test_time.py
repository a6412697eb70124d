"""Clocks with holes and jumps: told, bounded, and survived."""

from __future__ import annotations

import tracemalloc
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kneepose as kp
from kneepose import _core
from kneepose.errors import TimeError
from kneepose.recording.recording import core_recording
from kneepose.validity import Validity
from tests.support.seeds import SEEDS, law

SQUAT = kp.sample("squat")
N = SQUAT.n_frames


def at_times(times: Any) -> kp.Recording:
    return kp.Recording(SQUAT.coordinates, skeleton=SQUAT.skeleton, times=times, up=SQUAT.up)


@pytest.mark.parametrize("jump", [601.0, 1e5, 1e9, 1e15, 1e300])
def test_one_large_hole_is_told(jump: float) -> None:
    with pytest.raises(TimeError, match=r"frame 20[01]"):
        at_times(SQUAT.times + np.where(np.arange(N) < 200, 0.0, jump))


@pytest.mark.parametrize("jump", [1e5, 1e9, 1e300])
def test_the_core_makes_no_grid_of_a_hole(jump: float) -> None:
    """As a caller of the core may give it, past the checks of Python."""
    times = SQUAT.times + np.where(np.arange(N) < 200, 0.0, jump)
    with pytest.raises(TimeError, match="even rate"):
        _core.condition(core_recording(SQUAT._replace(times=times)), 6.0, 0.2)


@law(150)
@given(st.lists(st.tuples(st.integers(1, N - 1), st.floats(0, 700)), max_size=20), SEEDS)
def test_any_holes_are_refused_or_measured(holes: list[tuple[int, float]], seed: int) -> None:
    steps = np.random.default_rng(seed).uniform(0.015, 0.025, N)
    for frame, hole in holes:
        steps[frame] += hole
    tracemalloc.start()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kp.errors.RecordingWarning)
        try:
            recording = at_times(np.cumsum(steps)).conditioned()
        except TimeError as error:
            assert "s" in str(error)  # noqa: PT017
        else:
            assert recording.n_frames <= 4 * N + 36_000
            assert np.isfinite(recording.times).all()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300e6


def stream() -> kp.Stream:
    return kp.Stream("squat", side="left", skeleton=SQUAT.skeleton, up=SQUAT.up)


@pytest.mark.parametrize("at", [0, 1, 5, 100, 250, 400])
@pytest.mark.parametrize("jump", [60.0, 1e9, -60.0, -1e9])
def test_one_wrong_time_costs_one_frame(at: int, jump: float) -> None:
    live = stream()
    said = [
        live.push(frame, t + (jump if i == at else 0.0))
        for i, (frame, t) in enumerate(zip(SQUAT.coordinates, SQUAT.times, strict=True))
    ]
    if at > 1:
        reason = Validity.TIME_FAR_AHEAD if jump > 0 else Validity.TIME_NOT_RISING
        assert [i for i, state in enumerate(said) if state.quality == reason] == [at]
    assert said[-1].rep_count == 5
    assert live.finish().reps.count == 5


def test_a_pause_goes_on_with_the_second_frame() -> None:
    live = stream()
    later = SQUAT.times + np.where(np.arange(N) < 200, 0.0, 30.0)
    said = [live.push(frame, t) for frame, t in zip(SQUAT.coordinates, later, strict=True)]
    assert said[200].quality is Validity.TIME_FAR_AHEAD
    assert all(state.quality is not Validity.TIME_FAR_AHEAD for state in said[201:])
    assert said[-1].time == later[-1]
    assert said[-1].rep_count >= 4


@law(25)
@given(SEEDS)
def test_finish_says_what_the_states_said(seed: int) -> None:
    """Garbage, nobody, stuck frames, jumps of the clock to both sides: up to a tenth of the frames."""
    rng = np.random.default_rng(seed)
    share, live, t = rng.uniform(0, 0.1), stream(), 0.0
    completed = corrected = 0
    state = None
    for n in range(3 * N):
        t += 0.02
        frame, now = SQUAT.coordinates[n % N], t
        if rng.uniform() < share:
            frame, now = [
                (np.zeros_like(frame), t),
                (None, t),
                (rng.normal(0, 10.0 ** rng.uniform(-3, 300), frame.shape), t),
                (SQUAT.coordinates[(n - 1) % N], t),
                (frame, t + rng.choice([-1e9, -5.0, 5.0, 1e9])),
            ][int(rng.integers(5))]
        state = live.push(frame, float(now))
        completed += sum(
            type(e).__name__ == "RepCompleted" and e.status == "full" for e in state.events
        )
        corrected += sum(type(e).__name__ == "RepCorrected" for e in state.events)
    assert state is not None
    if state.quality is Validity.OK:
        assert state.rep_count == completed - corrected
        assert live.finish().reps.count in (state.rep_count, state.rep_count + 1)
