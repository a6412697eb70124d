"""Frames for streams from recordings with known truth, and helpers that push them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import kneepose as kp
from tests.support.datasets import opensim, recording


class Seen(NamedTuple):
    """The states of a stream, frame by frame."""

    stream: kp.Stream
    states: list[kp.live.StreamState]

    @property
    def events(self) -> list[tuple[float, kp.Event]]:
        return [(state.time, event) for state in self.states for event in state.events]

    def of(self, kind: type[kp.Event]) -> list[Any]:
        return [event for _, event in self.events if isinstance(event, kind)]


def side_of(data: dict[str, np.ndarray]) -> str:
    return str(data["side"]).replace("both", "left")


def stream_for(rec: kp.Recording, exercise: str, side: str, **options: Any) -> kp.Stream:
    return kp.Stream(exercise, side=side, skeleton=rec.skeleton, up=rec.up, **options)


def watch(stream: kp.Stream, rec: kp.Recording, start: float = 0.0) -> Seen:
    """Push a recording to a stream frame by frame, and return the states."""
    frames = zip(rec.coordinates, rec.confidence, rec.times, strict=True)
    return Seen(stream, [stream.push(x, t + start, confidence=c) for x, c, t in frames])


def live(name: str, space: str, **options: Any) -> Seen:
    """Push an OpenSim recording to a new stream, and return the states."""
    data = opensim(name)
    rec = recording(data, space)
    stream = stream_for(rec, str(data["exercise"]), side_of(data), **options)
    return watch(stream, rec)


def bits(value: Any) -> Any:
    """Return a value that compares equal only if all bits are equal, with all NaN equal."""
    if isinstance(value, float):
        return "nan" if value != value else value.hex()
    if isinstance(value, np.ndarray):
        return value.shape, np.where(np.isnan(value), np.nan, value).tobytes()
    return value


def of_state(state: kp.live.StreamState) -> tuple[Any, ...]:
    """Return all fields of a state as a comparable value."""
    return (
        bits(state.time), state.rep_count, state.partial_count, state.phase, bits(state.depth),
        state.quality, state.cue, {key: bits(v) for key, v in state.angles.items()},
        state.validity, tuple(repr(event) for event in state.events),
    )  # fmt: skip


def of_analysis(found: kp.analysis.Analysis) -> tuple[Any, ...]:
    """Return all measured values of an analysis as a comparable value."""
    return (
        found.view,
        [repr(rep) for rep in found.reps],
        {name: (bits(m.values), m.validity) for name, m in found.measures.items()},
        {name: (bits(f.values), f.seen, bits(float(f.amount))) for name, f in found.faults.items()},
        {key: (bits(found.angles[key].values), tuple(found.angles[key].validity))
         for key in found.angles},
        bits(found.recording.coordinates), bits(found.recording.times),
        [refusal.measure for refusal in found.refused],
    )  # fmt: skip


def pieces(rng: np.random.Generator, frames: int) -> Iterator[slice]:
    """Split the frames into pieces of random lengths, some of one frame and some empty."""
    start = 0
    while start < frames:
        stop = start + int(rng.choice([0, 1, 2, 7, 30, 200]))
        yield slice(start, min(stop, frames))
        start = stop


def damaged(
    rng: np.random.Generator, xyz: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points, times and confidence with noise, gaps, invalid values and uneven times."""
    frames, keypoints = xyz.shape[:2]
    size = np.nanmax(np.ptp(xyz[0], axis=0))
    points = xyz + rng.normal(0, rng.choice([0.0, 0.005, 0.02]) * size, xyz.shape)
    points[rng.random((frames, keypoints)) < rng.choice([0.0, 0.05, 0.3])] = np.nan
    points[rng.random(frames) < rng.choice([0.0, 0.02, 0.1])] = np.nan
    wild = rng.random(points.shape) < rng.choice([0.0, 0.001])
    points[wild] = rng.choice([np.inf, -np.inf, 1e300, 1e9, 0.0, -1.0], wild.sum())
    if rng.random() < 0.5:  # hide keypoints for an interval
        start = int(rng.integers(frames))
        points[start : start + int(rng.integers(1, 150))] = np.nan
    seconds = times.copy()
    if rng.random() < 0.5:  # add jitter to the frame times
        seconds += rng.uniform(-0.4, 0.4, frames) * np.median(np.diff(times))
    for wrong in rng.integers(frames, size=int(rng.integers(0, 6))):
        seconds[wrong] = rng.choice([np.nan, -1.0, seconds[max(wrong - 1, 0)], -np.inf, 0.0])
    confidence = rng.uniform(0.2, 1.0, (frames, keypoints))
    return points, seconds, confidence
