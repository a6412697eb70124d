"""Time several implementations of the same work in alternating rounds; keep the fastest round.

The rounds alternate, so that other load on the machine slows all implementations alike. The fastest
round counts, because noise only adds time. Every implementation gets the same number of rounds.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

ROUNDS = 15
ROUND_S = 0.005
"""Minimum duration of a round in seconds; the call is repeated until then."""


@dataclass(frozen=True)
class Side:
    """One implementation of the measured work.

    `share` below 1 means that `run` does only the first part of the work, so that its time is
    divided by it. `tolerance` is the largest allowed difference from the numbers of kneepose.
    Targets refer to the fastest `contender`. An implementation that is no contender is timed for
    information, or only checks the numbers.
    """

    name: str
    run: Callable[[], Any]
    share: float = 1.0
    tolerance: float = 1e-9
    contender: bool = True


@dataclass
class Clock:
    """Durations of one call of one implementation, one entry per round."""

    side: Side
    calls: int
    durations_s: list[float] = field(default_factory=list)

    @property
    def best_s(self) -> float:
        """Fastest round, scaled to the whole work."""
        return min(self.durations_s) / self.side.share

    def round(self) -> None:
        """Time one round of calls and store its duration."""
        run = self.side.run
        start = perf_counter()
        for _ in range(self.calls):
            run()
        self.durations_s.append((perf_counter() - start) / self.calls)


def calibrated(side: Side) -> Clock:
    """Choose the number of calls per round and warm up the implementation."""
    start = perf_counter()
    side.run()
    once = perf_counter() - start
    if once < ROUND_S:
        tries = max(3, min(1000, int(ROUND_S / max(once, 1e-7))))
        start = perf_counter()
        for _ in range(tries):
            side.run()
        once = (perf_counter() - start) / tries
    return Clock(side, max(1, math.ceil(ROUND_S / max(once, 1e-7))))


def race(sides: Sequence[Side]) -> list[Clock]:
    """Time all implementations in alternating rounds."""
    clocks = [calibrated(side) for side in sides]
    collecting = gc.isenabled()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for clock in clocks:
                clock.round()
            gc.collect()
    finally:
        if collecting:
            gc.enable()
    return clocks


def assert_same(sides: Sequence[Side]) -> None:
    """Check that all implementations give the numbers of the last one, with NaN in the same places.

    An implementation may return only the first frames, or a tuple of arrays.
    """
    want = results(sides[-1])
    assert any(np.isfinite(part).any() for part in want), "nothing was measured"
    for side in sides[:-1]:
        got = results(side)
        assert len(got) == len(want), f"{side.name}: {len(got)} results, not {len(want)}"
        for mine, ours in zip(got, want, strict=True):
            assert len(mine) == round(side.share * len(ours)), f"{side.name}: {len(mine)} frames"
            np.testing.assert_allclose(
                mine,
                ours[: len(mine)],
                rtol=0.0,
                atol=side.tolerance,
                equal_nan=True,
                err_msg=f"{side.name} differs from {sides[-1].name}",
            )


def results(side: Side) -> list[np.ndarray]:
    """Convert the result of an implementation to a list of float64 arrays."""
    got = side.run()
    return [
        np.atleast_1d(np.asarray(part, dtype=np.float64))
        for part in (got if type(got) is tuple else (got,))
    ]
