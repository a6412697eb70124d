"""Series with known repetitions, and kinds of damage to them (science.md 5 and 10, case 15).

A repetition is x = x₀ + A·(s(u) − s(d)) with the minimum-jerk course s(u) = 10u³ − 15u⁴ + 6u⁵. It
moves away from rest for T_e seconds, holds for T_h, and returns for T_c. Its true start and end are
the crossings of 10 % of its range: 0.246637·T after the first motion and before the last. The range
is the smaller of rise and fall. The tested conditions are in `rep_conditions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]

RATES = (15.0, 24.0, 30.0, 60.0, 120.0)
KNEE_RANGE, HIP_RANGE = 20.0, 12.0
"""Smallest range of a repetition in squats and in hip exercises, degrees."""
START_SHARE, BOTTOM_SHARE = 0.10, 0.05


def min_jerk(u: F64) -> F64:
    """Return the distance share of a minimum-jerk movement at time share `u`, in 0..1."""
    u = np.clip(u, 0.0, 1.0)
    return u**3 * (10 - 15 * u + 6 * u**2)


def time_of(share: float) -> float:
    """Return the time share at which a minimum-jerk movement has covered `share`."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if min_jerk(np.float64(middle)) < share else (low, middle)
    return low


@dataclass
class Course:
    """One planned movement out and back."""

    amplitude: float = 60.0
    out_s: float = 1.2
    hold_s: float = 0.3
    back_s: float = 1.2
    rest_s: float = 1.0
    """Rest after the movement in seconds."""
    return_share: float = 0.0
    """Level after the return, as a fraction of the amplitude above the first rest level."""
    full: bool = True


@dataclass(frozen=True)
class Planted:
    """A series in degrees, shape (T,), with true intervals (R, 2) and bottoms (R,) in seconds."""

    x: F64
    fs: float
    intervals: F64
    bottoms: F64
    full: npt.NDArray[np.bool_]
    min_range: float = KNEE_RANGE

    @property
    def times(self) -> F64:
        """Times of the samples in seconds, shape (T,)."""
        return np.arange(len(self.x)) / self.fs

    @property
    def count(self) -> int:
        """Number of full repetitions."""
        return int(self.full.sum())

    def added(self, more: F64) -> Planted:
        """Return a copy with `more` added to the series. NaN removes samples."""
        return replace(self, x=self.x + more)


def plant(
    courses: list[Course], fs: float, *, lead_s: float = 2.0, x0: float = 5.0, tail_s: float = 1.0
) -> Planted:
    """Return the series that consists of these movements in sequence."""
    moves: list[tuple[float, float, float]] = []  # (start in seconds, duration in seconds, change)
    intervals, bottoms = [], []
    now, level = lead_s, 0.0
    for course in courses:
        top = course.amplitude
        rise, fall = top - level, top * (1.0 - course.return_share)
        least = min(rise, fall)
        back_from = now + course.out_s + course.hold_s
        back_to = back_from + course.back_s
        moves += [(now, course.out_s, rise), (back_from, course.back_s, -fall)]
        intervals.append(
            (
                now + course.out_s * time_of(START_SHARE * least / rise),
                back_to - course.back_s * time_of(START_SHARE * least / fall),
            )
        )
        bottoms.append(now + course.out_s + 0.5 * course.hold_s)
        now, level = back_to + course.rest_s, top - fall
    t = np.arange(int((now + tail_s) * fs)) / fs
    x = np.full(t.shape, x0)
    for start, seconds, by in moves:
        x += by * min_jerk((t - start) / seconds)
    return Planted(
        x=x,
        fs=fs,
        intervals=np.array(intervals, dtype=np.float64).reshape(-1, 2),
        bottoms=np.array(bottoms, dtype=np.float64),
        full=np.array([course.full for course in courses], dtype=bool),
    )


@dataclass(frozen=True)
class Plan:
    """Ranges of the uniform distributions from which a series of repetitions is drawn."""

    reps: tuple[int, ...] = tuple(range(3, 11))
    rates: tuple[float, ...] = RATES
    usual: tuple[float, float] = (45.0, 75.0)
    """Typical amplitude of a series in degrees."""
    depth: tuple[float, float] = (0.9, 1.1)
    """Amplitude of each repetition relative to the typical one."""
    move_s: tuple[float, float] = (0.7, 2.2)
    """Typical duration of each phase in seconds."""
    tempo: tuple[float, float] = (0.9, 1.1)
    """Duration of each phase relative to the typical one."""
    hold_s: tuple[float, float] = (0.0, 1.0)
    rest_s: tuple[float, float] = (0.5, 2.5)
    lead_s: tuple[float, float] = (1.0, 4.0)
    return_share: tuple[float, float] = (0.0, 0.0)
    """Level after all repetitions but the last, as a fraction of the amplitude."""
    partials: int = 0
    """Number of added partial repetitions, with 0.4 to 0.5 of the depth (below 0.35 they would be
    ignored).
    """
    min_range: float = KNEE_RANGE

    def draw(self, rng: np.random.Generator) -> Planted:
        """Draw one series without damage."""
        n, fs = int(rng.choice(self.reps)), float(rng.choice(self.rates))
        usual, out_s, back_s = (rng.uniform(*r) for r in (self.usual, self.move_s, self.move_s))
        courses = [
            Course(
                amplitude=usual * rng.uniform(*self.depth),
                out_s=out_s * rng.uniform(*self.tempo),
                hold_s=rng.uniform(*self.hold_s),
                back_s=back_s * rng.uniform(*self.tempo),
                rest_s=rng.uniform(*self.rest_s),
                return_share=rng.uniform(*self.return_share) if k < n - 1 else 0.0,
            )
            for k in range(n)
        ]
        for _ in range(self.partials):
            place = int(rng.integers(len(courses) + 1))
            partial = Course(
                usual * rng.uniform(0.4, 0.5), out_s, 0.0, back_s, rng.uniform(*self.rest_s),
                full=False,
            )  # fmt: skip
            courses.insert(place, partial)
        series = plant(
            courses,
            fs,
            lead_s=rng.uniform(*self.lead_s),
            x0=rng.uniform(-5.0, 15.0),
            tail_s=rng.uniform(0.5, 3.0),
        )
        return replace(series, min_range=self.min_range)


Damage = Callable[[Planted, np.random.Generator], Planted]


def untouched(series: Planted, rng: np.random.Generator) -> Planted:
    return series


def white(sd: float) -> Damage:
    return lambda series, rng: series.added(rng.normal(0.0, sd, series.x.shape))


def slow_noise(rng: np.random.Generator, n: int, fs: float, sd: float) -> F64:
    """Return slowly varying noise of first order with a time constant of 0.2 to 1 s."""
    keep = np.exp(-1.0 / (rng.uniform(0.2, 1.0) * fs))
    kicks = rng.normal(0.0, sd, n)
    slow = np.empty(n)
    slow[0] = kicks[0]
    for i in range(1, n):
        slow[i] = keep * slow[i - 1] + np.sqrt(1 - keep**2) * kicks[i]
    return slow


def drift(series: Planted, rng: np.random.Generator) -> Planted:
    """Add a drift of 20° up or down over the recording, straight or curved."""
    u = np.linspace(0.0, 1.0, len(series.x))
    return series.added(rng.choice([-20.0, 20.0]) * u ** rng.uniform(0.7, 1.4))


def tremor(series: Planted, rng: np.random.Generator) -> Planted:
    """Add a tremor of 4 to 6 Hz and 2° to 4°, with varying amplitude."""
    t = series.times
    swell = 1.0 + 0.5 * np.sin(2 * np.pi * (rng.uniform(0.1, 0.4) * t + rng.uniform()))
    wave = np.sin(2 * np.pi * (rng.uniform(4.0, 6.0) * t + rng.uniform()))
    return series.added(rng.uniform(2.0, 4.0) * swell * wave)


def spikes(series: Planted, rng: np.random.Generator) -> Planted:
    """Move 3 % of the samples by 30° to 60°."""
    hit = rng.random(series.x.shape) < 0.03
    size = rng.uniform(30.0, 60.0, hit.shape) * rng.choice([-1.0, 1.0], hit.shape)
    return series.added(np.where(hit, size, 0.0))


def now_and_then(series: Planted, rng: np.random.Generator, every_s: float) -> list[int]:
    """Return one random sample in each interval of `every_s` seconds."""
    stretch = every_s * series.fs
    n = int(len(series.x) / stretch)
    return [int((k + share) * stretch) for k, share in enumerate(rng.random(n))]


def gaps(series: Planted, rng: np.random.Generator) -> Planted:
    """Remove 0.2 s once in every two seconds."""
    lost = np.zeros(series.x.shape)
    length = int(0.2 * series.fs)
    for start in now_and_then(series, rng, 2.0):
        lost[start : start + length] = np.nan
    return series.added(lost)


def swaps(series: Planted, rng: np.random.Generator) -> Planted:
    """Replace three frames by the flexion of the other leg (more or less bent), once in 5 s."""
    other = rng.uniform(5.0, 90.0) + 3.0 * np.sin(rng.uniform(0.5, 2.0) * series.times)
    x = series.x.copy()
    for start in now_and_then(series, rng, 5.0):
        x[start : start + 3] = other[start : start + 3]
    return replace(series, x=x)


def bump(series: Planted, rng: np.random.Generator) -> Planted:
    """Start the recording flexed by 25°, and return to rest before the first repetition."""
    before = series.intervals[0, 0] if len(series.intervals) else series.times[-1]
    hold = rng.uniform(0.1, 0.4) * before
    decay = rng.uniform(0.5, 1.5) * (before - hold) * 0.6
    return series.added(25.0 * (1.0 - min_jerk((series.times - hold) / decay)))


def both(*damages: Damage) -> Damage:
    def run(series: Planted, rng: np.random.Generator) -> Planted:
        for damage in damages:
            series = damage(series, rng)
        return series

    return run
