"""Tests that processes forked after using the library, as servers do, work and never hang."""

from __future__ import annotations

import pickle
import signal
import sys
from typing import Any

import pytest

import kneepose as kp
from tests.support.forked import forked
from tests.support.seeds import FULL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")

FORKS = 100 if FULL else 20


def used() -> Any:
    one = kp.sample("squat")
    live = kp.Stream("squat", side="left", skeleton=one.skeleton, up=one.up)
    live.push_all(one.coordinates, one.times)
    found = kp.analyze(one, "squat", side="left")
    return [live.finish().reps.count, *(m.values.tobytes() for m in found.measures.values())]


def test_a_child_gets_the_bits_of_its_parent(record_property: Any) -> None:
    wanted = pickle.dumps(used())

    def child() -> str:
        signal.alarm(20)  # ends a hanging child, which `forked` then reports
        return "same" if pickle.dumps(used()) == wanted else "WRONG bits"

    assert [forked(child) for _ in range(FORKS)] == ["same"] * FORKS
    record_property("forks", FORKS)
