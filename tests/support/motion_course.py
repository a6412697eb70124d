"""`Course`: quantities over time: minimum-jerk moves, bumps, and slow irregular sway."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter  # type: ignore[import-untyped]

ONSET = 0.2466
"""Share of the duration after which a minimum-jerk move has covered 10 %."""
SWAY_HZ = 20.0


class _Move(NamedTuple):
    at: float
    seconds: float
    amount: float
    shape: str


def _progress(share: np.ndarray, shape: str) -> np.ndarray:
    u = np.clip(share, 0.0, 1.0)
    if shape == "move":
        gone = u**3 * (10 - 15 * u + 6 * u**2)
    elif shape == "bump":
        gone = 64 * (u * (1 - u)) ** 3
    else:  # ballistic flight: a parabola
        gone = 4 * u * (1 - u)
    return np.asarray(gone)


def wander(
    rng: np.random.Generator, times: np.ndarray, sd: float, tau_s: float, columns: int = 1
) -> np.ndarray:
    """Return AR(1) noise smoothed by a faster AR(1) filter, scaled to `sd`: (T, columns)."""
    span = times[-1] - times[0] + 2.0
    n = int(span * SWAY_HZ) + 2
    keep, keep_fast = np.exp(-1 / (SWAY_HZ * tau_s)), np.exp(-4 / (SWAY_HZ * tau_s))
    steps = rng.normal(size=(n + 200, columns))
    slow = lfilter(
        [1 - keep_fast], [1, -keep_fast], lfilter([1], [1, -keep], steps, axis=0), axis=0
    )
    moments = np.arange(n) / SWAY_HZ + times[0] - 1.0
    slow = slow[200:]
    # The scale is the theoretical standard deviation, so that short series are not amplified.
    impulse = np.zeros(2000)
    impulse[0] = 1.0
    answer = lfilter([1 - keep_fast], [1, -keep_fast], lfilter([1], [1, -keep], impulse))
    slow = slow * (sd / np.sqrt((answer**2).sum()))
    return np.stack([np.interp(times, moments, column) for column in slow.T], axis=1)


class Course:
    """Named quantities over time. Quantities without a move stay 0."""

    def __init__(self) -> None:
        self._start: dict[str, float] = {}
        self._now: dict[str, float] = {}
        self._moves: dict[str, list[_Move]] = {}
        self.sway: dict[str, tuple[float, float]] = {}
        """Quantity → (standard deviation, time constant in seconds) of its sway."""
        self.seed = 0

    def set(self, name: str, value: float) -> None:
        """Set the initial value of a quantity."""
        self._start[name] = self._now[name] = value

    def now(self, name: str) -> float:
        """Return the value of a quantity after its last move."""
        return self._now.get(name, 0.0)

    def move(self, name: str, to: float, at: float, seconds: float) -> None:
        self._add(name, _Move(at, max(seconds, 1e-3), to - self.now(name), "move"))
        self._now[name] = to

    def bump(
        self, name: str, amount: float, at: float, seconds: float, shape: str = "bump"
    ) -> None:
        self._add(name, _Move(at, max(seconds, 1e-3), amount, shape))

    def _add(self, name: str, move: _Move) -> None:
        self._moves.setdefault(name, []).append(move)

    def planned(self, name: str, times: np.ndarray) -> np.ndarray:
        """Return the value at increasing times, without sway."""
        out = np.full(len(times), self._start.get(name, 0.0))
        for move in self._moves.get(name, ()):
            first, last = np.searchsorted(times, [move.at, move.at + move.seconds])
            share = (times[first:last] - move.at) / move.seconds
            out[first:last] += move.amount * _progress(share, move.shape)
            if move.shape == "move":
                out[last:] += move.amount
        return out

    def value(self, name: str, times: np.ndarray) -> np.ndarray:
        """Return the value with sway. The same times give the same sway."""
        out = self.planned(name, times)
        if name in self.sway:
            rng = np.random.default_rng([self.seed, *name.encode()])
            sd, tau_s = self.sway[name]
            out = out + wander(rng, times, sd, tau_s)[:, 0]
        return out
