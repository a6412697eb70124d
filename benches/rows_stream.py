"""Rows 13 and 19 of the speed table: one frame of a live stream.

A push does everything: conditioning, all angles and faults of one exercise, repetitions, events.
The contenders compute angles only, frame by frame, from coordinates that are already filtered.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from time import perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray

import kneepose as kp
from benches import loops, vectorized
from benches.clips import SKELETON, keypoints_of, squats
from benches.fresh import status_bytes
from benches.race import ROUNDS
from benches.speed import Absent, Line, Probe, duration

F64 = NDArray[np.float64]
EXERCISE, SIDE = "single_leg_squat", "right"
SAMPLE = "single_leg_squat_right"
FPS = kp.sample(SAMPLE).fps
SETTLED, PUSHES = 2 * kp.sample(SAMPLE).n_frames, 2000
"""Frames pushed before the first round, and pushes per round."""
CALLS = {"NumPy frame by frame (tutorials)": 20, "NumPy vectorised, T=1": 200}
KEYPOINTS = keypoints_of(SKELETON)
OF_A_LEG = tuple(angle for angle in loops.OF_A_LEG if angle.__name__ not in ("thigh_inclination",))
OF_THE_MIDLINE = (loops.trunk_forward_lean, loops.trunk_lateral_lean)
WITHOUT_HEADING = ("knee_flexion", "hip_adduction", "hip_internal_rotation", "hip_flexion")
MEDIAN_S, P99_S = 3e-6, 10e-6
ANGLES_P99_S, TIMES = 2e-6, 150.0
GROWTH_PUSHES, GROWTH_BYTES = 1_000_000, 1e6


def tutorial(frame: F64) -> list[float]:
    """Compute 8 of the 12 angles of the exercise for one leg of one frame, as tutorials do."""
    v = loops.NumPyVectors
    body = {name: v.point(frame[k]) for name, k in NEEDED}
    return [
        *(angle(v, body, SIDE) for angle in OF_A_LEG),
        *(angle(v, body) for angle in OF_THE_MIDLINE),
    ]


NEEDED = [(name, KEYPOINTS.index(name)) for name in (*vectorized.POINTS, *vectorized.SHOULDERS)]


def vectorised(frame: F64) -> F64:
    """Compute 17 angles of both legs of one frame with vectorized NumPy."""
    return vectorized.lower_body(frame[None], KEYPOINTS)


def stream() -> kp.Stream:
    return kp.Stream(EXERCISE, side=SIDE, skeleton=SKELETON, up="y")


def check(frames: list[F64]) -> None:
    """Check that the contenders give the angles of the stream on the frames that it conditioned."""
    live = stream()
    states = [live.push(frame, i / FPS) for i, frame in enumerate(frames)]
    kept = live.finish().recording.coordinates
    names = [angle.__name__ for angle in OF_A_LEG]
    for state, frame in zip(states[::50], kept[::50], strict=True):
        theirs = dict(zip(names, tutorial(frame), strict=False))
        both = vectorised(frame)[0]
        for name in WITHOUT_HEADING:
            ours = state.angles[name, SIDE]
            np.testing.assert_allclose(theirs[name], ours, rtol=0, atol=1e-9, err_msg=name)
        np.testing.assert_allclose(both[1], state.angles["knee_flexion", SIDE], rtol=0, atol=1e-9)


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def timed(run: Callable[[], Any], calls: int, out: list[int]) -> list[Any]:
    """Time each call, including about 50 ns of the clock; return times and results."""
    given = []
    for _ in range(calls):
        start = perf_counter_ns()
        result = run()
        out.append(perf_counter_ns() - start)
        given.append(result)
    return given


def pushes() -> list[Line]:
    """Time the sides in turn. Every push is timed separately, so that slow ones are visible."""
    frames = list(squats(SETTLED, SAMPLE))
    check(frames)
    live, number = stream(), 0
    source = cycle(frames)

    def push() -> kp.live.StreamState:
        nonlocal number
        number += 1
        return live.push(next(source), number / FPS)

    for _ in range(SETTLED):
        push()
    others = dict(zip(CALLS, (tutorial, vectorised), strict=True))
    ours: list[int] = []
    ended: list[bool] = []
    theirs: dict[str, list[int]] = {name: [] for name in CALLS}
    with no_garbage_collection():
        for _ in range(ROUNDS):
            states = timed(push, PUSHES, ours)
            ended += [any(isinstance(e, kp.live.RepCompleted) for e in s.events) for s in states]
            for name, angles in others.items():
                timed(lambda angles=angles: angles(next(source)), CALLS[name], theirs[name])
            gc.collect()
    assert live.push(frames[0], 1e9).rep_count > 100
    median, p99 = (float(np.percentile(ours, q)) * 1e-9 for q in (50, 99))
    what = f"one push: everything of {EXERCISE.replace('_', ' ')}, 12 angles, 8 faults"
    all_of_them, last = np.array(ours) * 1e-9, np.array(ended)
    rest = float(np.percentile(all_of_them[~last], 99))
    spread = (
        f"{last.mean():.1%} of {len(ours):,} pushes end a repetition and take "
        f"{duration(float(np.median(all_of_them[last])))}; 99 of 100 others {duration(rest)}"
    )
    lines = [
        Line(19, f"{what}; median", "", f"≤ {duration(MEDIAN_S)}", duration(median),
             median <= MEDIAN_S),
        Line(19, f"{what}; 99 of 100", "", f"≤ {duration(P99_S)}", duration(p99),
             p99 <= P99_S, note=spread),
        Line(13, f"{what}; 99 of 100", "", f"≤ {duration(ANGLES_P99_S)} (set for angles alone)",
             duration(p99), p99 <= ANGLES_P99_S),
    ]  # fmt: skip
    targets = dict(zip(CALLS, (TIMES, None), strict=True))
    counts = dict(zip(CALLS, ("8 angles alone", "17 angles alone"), strict=True))
    for name, spent in theirs.items():
        other, target = float(np.median(spent)) * 1e-9, targets[name]
        ratio = other / median
        shown = f"{ratio:,.0f}×" if ratio >= 100 else f"{ratio:.1f}×"
        lines.append(
            Line(
                13,
                f"{what}; medians",
                f"{name}: {counts[name]}",
                "none" if target is None else f"≥ {target:g}×",
                shown,
                None if target is None else ratio >= target,
                f"{duration(median)} : {duration(other)}",
            )
        )
    return lines


def growth() -> list[Line]:
    """Measure the memory that a million pushes add."""
    frames = list(squats(SETTLED, SAMPLE))
    live = stream()
    try:
        for i in range(10_000):
            live.push(frames[i % SETTLED], i / FPS)
        gc.collect()
        before = status_bytes("VmRSS")
    except OSError as error:
        raise Absent("needs /proc/self/status (Linux)") from error
    for i in range(10_000, 10_000 + GROWTH_PUSHES):
        live.push(frames[i % SETTLED], i / FPS)
    gc.collect()
    grown = status_bytes("VmRSS") - before
    what = f"memory that {GROWTH_PUSHES:,} pushes add"
    note = "a Rust test counts requests for memory: none in 10,000 pushes"
    target = f"< {GROWTH_BYTES / 1e6:g} MB"
    return [Line(13, what, "", target, f"{grown / 1e6:.2f} MB", grown < GROWTH_BYTES, note=note)]


STREAM_PROBES = (Probe(19, "one push", pushes), Probe(13, "memory of pushes", growth))
