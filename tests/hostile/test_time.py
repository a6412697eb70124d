"""Tests of time stamps with gaps and jumps: reported, bounded in memory, and survived."""

from __future__ import annotations

import tracemalloc
import warnings
from collections import Counter
from itertools import pairwise
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
from tests.support.seeds import FULL, SEEDS, law

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
    """The core itself refuses to resample over a long gap, without the checks in Python."""
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


@pytest.mark.parametrize("pause", [3.0, 30.0, 600.0, 80_000.0])
def test_after_a_pause_every_repetition_counts(pause: float) -> None:
    live, end = stream(), SQUAT.times[-1]
    assert live.push_all(SQUAT.coordinates, SQUAT.times).rep_count == 5
    assert live.push_all(SQUAT.coordinates, SQUAT.times + end + pause).rep_count == 10


def test_a_clock_that_is_set_costs_four_frames() -> None:
    """A clock set back by an hour within a repetition, or ahead by years, costs at most four
    frames.
    """
    for shift, least in ((-3600.0, 4), (1e9, 2)):
        live = stream()
        given = SQUAT.times + np.where(np.arange(N) < 210, 0.0, shift)
        said = [live.push(frame, t) for frame, t in zip(SQUAT.coordinates, given, strict=True)]
        (event,) = [e for state in said for e in state.events if isinstance(e, kp.live.ClockSet)]
        assert event.shift_s == pytest.approx(-shift, abs=0.1)
        left_out = {Validity.TIME_FAR_AHEAD, Validity.TIME_NOT_RISING}
        assert sum(state.quality in left_out for state in said) == least - 1
        assert [b.time - a.time >= 0 for a, b in pairwise(said)] == [True] * (N - 1)
        assert said[-1].time == pytest.approx(SQUAT.times[-1], abs=0.1)
        assert said[-1].rep_count == 5
        assert live.finish().reps.count == 5


class Said:
    """Counts of a stream, rebuilt from its events."""

    def __init__(self) -> None:
        self.statuses: dict[int, str] = {}
        self.counts: Counter[str] = Counter()
        self.started = 0
        self.sets = 0

    def hear(self, state: kp.live.StreamState) -> None:
        for event in state.events:
            if isinstance(event, kp.live.RepCompleted):
                assert event.number == self.started
                self.take(event.number, event.status)
                self.started = 0
            elif isinstance(event, kp.live.RepCorrected):
                self.counts[self.statuses[event.number]] -= 1
                self.take(event.number, event.status)
            elif isinstance(event, kp.live.RepDropped):
                assert event.number == self.started
                self.started = 0
            elif isinstance(event, kp.live.RepStarted):
                assert self.started == 0
                self.started = event.number
            elif isinstance(event, kp.live.ClockSet):
                self.sets += 1

    def take(self, number: int, status: str) -> None:
        self.statuses[number] = status
        self.counts[status] += 1


def garbage(rng: np.random.Generator, frame: Any, before: Any, t: float) -> tuple[Any, float]:
    """Return a bad frame: at the origin, empty, with huge noise, repeated, or mistimed."""
    kinds = [
        (np.zeros_like(frame), t),
        (None, t),
        (rng.normal(0, 10.0 ** rng.uniform(-3, 300), frame.shape), t),
        (before, t),
        (frame, t + rng.choice([-1e9, -5.0, 5.0, 1e9, 1e300])),
    ]
    return kinds[int(rng.integers(len(kinds)))]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_finish_says_what_the_states_said(seed: int) -> None:
    """Final analysis and events agree, with up to 10 % bad frames, reset clocks, pauses."""
    rng = np.random.default_rng(seed)
    pushes = 1_000_000 if FULL else 7_000
    share = [0.0, 0.03, 0.09][seed]
    live, said, offset, sets, paused = stream(), Said(), 0.0, 0, 0.0
    for n in range(pushes):
        if n % 2000 == 1000:
            offset -= rng.uniform(3, 1000)
            sets += 1
        if n % 5000 == 3500:
            pause = float(rng.choice([5.0, 60.0, 3600.0, 40_000.0]))
            offset, paused = offset + pause, paused + pause
        t = n / 50 + offset
        frame, before = SQUAT.coordinates[n % N], SQUAT.coordinates[(n - 1) % N]
        if rng.uniform() < share:
            frame, t = garbage(rng, frame, before, t)
        state = live.push(frame, float(t))
        said.hear(state)
        # The view is given, and no finding forbids counting, so events and counts must agree.
        assert (state.rep_count, state.partial_count) == (
            said.counts["full"],
            said.counts["partial"],
        )
    assert said.sets >= sets
    assert state.time == pytest.approx(paused + pushes / 50, rel=0.02)
    done = live.finish()
    under_way = said.started > 0
    counted = done.reps.count + done.source.meta.get("earlier_reps", 0)
    assert counted - state.rep_count in (0, int(under_way))
    assert state.rep_count > 0.95 * 5 * pushes / N
    kept = [rep.status for rep in done.reps]
    told = list(said.statuses.values())
    if len(kept) > len(told):
        kept.pop()  # the last repetition may be unfinished
    assert kept == told[-len(kept) :]
