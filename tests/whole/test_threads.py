"""Tests that eight threads calling the same functions on the same inputs get identical bits.

With KNEEPOSE_FULL=1 each thread makes a thousand calls instead of twenty.
"""

from __future__ import annotations

import pickle
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kneepose as kp
from kneepose import arrays
from tests.support.seeds import FULL

THREADS = 8
EACH = 1000 if FULL else 20
ONE = kp.sample("squat")
SHORT = ONE[:200]
PICTURE = kp.Recording(SHORT.coordinates[..., :2] * 500, skeleton=SHORT.skeleton, times=SHORT.times)
SIDES = kp.analyze_sides(ONE, "squat")
PLAN = arrays.AnglePlan("halpe26", up="y")
RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(40, 4))
SERIES = 40 - 40 * np.cos(np.arange(600) / 20) + RNG.normal(size=600)
CURVES = RNG.normal(size=(6, 101))


def streamed() -> Any:
    live = kp.Stream("squat", side="left", skeleton=ONE.skeleton, up=ONE.up)
    live.push_all(SHORT.coordinates, SHORT.times)
    return live.finish().angles.values


CALLS: dict[str, Callable[[], Any]] = {
    "analyze": lambda: [m.values for m in kp.analyze(ONE, "squat", side="left").measures.values()],
    "check": lambda: kp.check(SHORT).evidence,
    "compare": lambda: [(m.difference, m.ci, m.p) for m in kp.compare(*SIDES).measures],
    "conditioned": lambda: SHORT.conditioned().coordinates,
    "joint_angles": lambda: kp.joint_angles(SHORT).values,
    "joint_angles of a picture": lambda: kp.joint_angles(PICTURE).values,
    "one plan": lambda: PLAN(SHORT.coordinates),
    "segment_reps": lambda: kp.segment_reps(ONE, "squat").signal,
    "stream": streamed,
    "to_dict": lambda: SHORT.to_dict(),
    "bootstrap_interval": lambda: arrays.bootstrap_interval(TABLE[:, 0], TABLE[:, 1], seed=3),
    "compare_curves": lambda: arrays.compare_curves(CURVES, CURVES[::-1], seed=3),
    "fill_gaps": lambda: arrays.fill_gaps(TABLE, fs=30),
    "find_peaks": lambda: arrays.find_peaks(SERIES, prominence=1.0),
    "lowpass": lambda: arrays.lowpass(TABLE, fs=30),
    "one_euro": lambda: arrays.one_euro(TABLE, fs=30),
    "savitzky_golay": lambda: arrays.savitzky_golay(TABLE, fs=30),
    "reliability": lambda: arrays.reliability(TABLE),
    "segment a series": lambda: arrays.segment_reps(SERIES, fs=30),
}


@pytest.mark.parametrize("name", CALLS)
def test_eight_threads_get_the_bits_of_one(name: str, record_property: Callable[..., None]) -> None:
    call = CALLS[name]
    wanted = pickle.dumps(call())
    assert pickle.dumps(call()) == wanted, "one thread alone does not repeat itself"
    start, wrong = threading.Barrier(THREADS), []

    def work() -> None:
        start.wait()
        for number in range(EACH):
            try:
                same = pickle.dumps(call()) == wanted
            except BaseException as error:  # exceptions in a thread would be lost otherwise
                wrong.append(f"call {number}: {error!r}")
                return
            if not same:
                wrong.append(f"call {number} differs")

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    record_property("calls", THREADS * EACH)
    assert wrong == []
