"""Tests that long calls let other threads run, and end soon after a signal."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from tests.support import public_walk
from tests.support.own_time import Signaler, own_time
from tests.support.seeds import FULL

pytestmark = [
    pytest.mark.alone,
    pytest.mark.filterwarnings("ignore::kneepose.errors.RecordingWarning"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no timer that sends a signal"),
]

SQUAT = kp.sample("squat")
REPEATED = 300
LONG = 0.5
LATE = 0.5
IN_SHORT = {"Recording.conditioned", "Stream", "analyze", "check", "arrays.compare_curves"}


class Stop(Exception):
    """Raised by the signal handler."""


@pytest.fixture
def alarm() -> Iterator[Callable[[float], None]]:
    """Raise `Stop` in so many seconds.

    What is raised within a callback of the garbage collector is lost, and the test runner has one.
    """

    def stop(*_: object) -> None:
        raise Stop

    callbacks, gc.callbacks[:] = gc.callbacks[:], []
    before = signal.signal(signal.SIGALRM, stop)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)  # type: ignore[func-returns-value]
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    gc.callbacks[:] = callbacks


def stream() -> kp.Stream:
    return kp.Stream("squat", side="left", skeleton=SQUAT.skeleton, up=SQUAT.up)


def many_frames() -> tuple[np.ndarray, np.ndarray]:
    points = np.tile(SQUAT.coordinates, (REPEATED, 1, 1))
    return points, np.arange(len(points)) / 50


def seconds_of(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def lateness(call: Callable[[], Any], wait: float) -> float:
    """Own seconds from a signal in a call to the end of the call, NaN if it ends before the signal."""
    signaler = Signaler(wait)
    start = time.perf_counter()
    try:
        call()
        signaler.end()
    except Stop:
        late = own_time() - signaler.sent_at()
        signaler.end()
        return late
    # The first call imports, and computes what is kept.
    assert time.perf_counter() - start < wait, "the signal is lost"
    return np.nan


@pytest.mark.slow
@pytest.mark.usefixtures("alarm")
def test_a_signal_in_any_long_call_is_raised_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_walk, "FRAMES", 3 * public_walk.FRAMES)
    late: dict[str, float] = {}
    for name, call in public_walk.calls(tmp_path).items():
        if name.startswith("cli"):
            # command-line calls also read and print, and turn the exception into an exit code
            continue
        if not FULL and name not in IN_SHORT:
            continue
        try:
            seconds = seconds_of(call)
        except kp.KneeposeError:
            continue
        if seconds < LONG:
            continue
        late[name] = lateness(call, 0.2 * seconds)
    print(*(f"{name}: {1e3 * seconds:.0f} ms" for name, seconds in late.items()), sep="\n")
    assert sum(seconds >= 0 for seconds in late.values()) >= 3
    assert {name: seconds for name, seconds in late.items() if seconds > LATE} == {}


@pytest.mark.usefixtures("alarm")
def test_the_reading_of_a_folder_ends_at_a_signal(tmp_path: Path) -> None:
    """Threads read, and this one waits for them."""
    folder = tmp_path / "clip"
    folder.mkdir()
    first = folder / "0.json"
    body = json.dumps([1.0, 2.0, 0.5] * 25)
    face = json.dumps([1.0, 2.0, 0.5] * 40_000)
    person = f'{{"pose_keypoints_2d": {body}, "face_keypoints_2d": {face}}}'
    first.write_text(f'{{"people": [{person}]}}', encoding="utf-8")
    for number in range(1, 5000):
        os.link(first, folder / f"{number}.json")
    seconds = seconds_of(lambda: kp.read(folder, fps=30))
    assert lateness(lambda: kp.read(folder, fps=30), 0.2 * seconds) <= LATE


def test_many_pushes_end_at_a_signal_and_the_stream_goes_on(alarm: Callable[[float], None]) -> None:
    points, times = many_frames()
    live = stream()
    alarm(0.2 * seconds_of(lambda: stream().push_all(points, times)))
    with pytest.raises(Stop):
        live.push_all(points, times)
    reached = live.finish().source.times[-1]
    assert 0 < reached < times[-1]
    taken = int(np.searchsorted(times, reached)) + 1
    alone = stream()
    alone.push_all(points[:taken], times[:taken])
    alone.finish()
    # The stream continues exactly as one that got only the processed frames.
    rest = slice(taken, taken + 1000)
    assert live.push_all(points[rest], times[rest]) == alone.push_all(points[rest], times[rest])


def test_other_threads_work_during_many_pushes() -> None:
    points, times = many_frames()
    steps, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            steps[0] += 1

    other = threading.Thread(target=count)
    live = stream()
    other.start()
    before = steps[0]
    live.push_all(points, times)
    during = steps[0] - before
    done.set()
    other.join()
    assert during > 10_000


def test_two_threads_take_turns_with_one_stream() -> None:
    """One thread pushes many frames and another outdated ones, each of which is dropped without an
    error.
    """
    points, times = many_frames()
    live, said = stream(), []
    live.push(points[0], times[0])

    def push_old_frames() -> None:
        for _ in range(200):
            said.append(live.push(points[0], times[0] - 1.0).quality)

    other = threading.Thread(target=push_old_frames)
    other.start()
    last = live.push_all(points[1:], times[1:])
    other.join()
    assert last.rep_count == 5 * REPEATED
    assert len(said) == 200


def test_a_handler_may_use_the_stream_that_it_interrupts() -> None:
    points, times = many_frames()
    live, counts = stream(), []
    seconds = seconds_of(lambda: stream().push_all(points, times))
    before = signal.signal(signal.SIGALRM, lambda *_: counts.append(live.finish().reps.count))
    signal.setitimer(signal.ITIMER_REAL, 0.4 * seconds)
    last = live.push_all(points, times)
    signal.signal(signal.SIGALRM, before)
    assert len(counts) == 1
    assert last.rep_count == 5 * REPEATED
