"""The ways from a recording to its repetitions, by name: what an evaluation compares."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kneepose.analysis.analysis import analyze
from kneepose.analysis.reps import RepStatus
from kneepose.errors import KneeposeError
from kneepose.live.events import RepCompleted
from kneepose.live.stream import Stream
from kneepose.recording.recording import Recording
from kneepose.typing import ExerciseName, Side

__all__ = ["SEGMENTERS", "FoundRep", "Segmenter"]


class FoundRep(NamedTuple):
    """One repetition that was found; seconds on the recording's clock.

    Attributes
    ----------
    start_s, bottom_s, end_s
        As in `Rep`.
    status
        Only full ones count.
    reported_s
        When it was told, of the frame that made it known; NaN where the whole recording was at hand.
    """

    start_s: float
    bottom_s: float
    end_s: float
    status: RepStatus
    reported_s: float = float("nan")


Segmenter = Callable[[Recording, ExerciseName, Side], list[FoundRep]]
"""(recording as it came, exercise, side) → repetitions in time order, partial ones included."""


def offline(recording: Recording, exercise: ExerciseName, side: Side) -> list[FoundRep]:
    """Everything at hand: what `analyze` finds."""
    reps = analyze(recording, exercise, side=side).reps
    return [FoundRep(rep.start_s, rep.bottom_s, rep.end_s, rep.status) for rep in reps]


def live(recording: Recording, exercise: ExerciseName, side: Side) -> list[FoundRep]:
    """Frame by frame: what `Stream` finds, and when it says so."""
    stream = Stream(
        exercise,
        side=side,
        skeleton=recording.skeleton,
        resolution_wh=recording.resolution_wh,
        up=recording.up,
        view=recording.view,
    )
    reported: list[float] = []
    frames = zip(recording.coordinates, recording.times, recording.confidence, strict=True)
    for points, time, confidence in frames:
        events = stream.push(points, time, confidence=confidence).events
        reported += [float(time) for event in events if isinstance(event, RepCompleted)]
    try:
        reps = stream.finish().reps
    except KneeposeError:
        return []
    # What was on its way at the end is told with the last frame.
    reported += [float(recording.times[-1])] * (len(reps) - len(reported))
    return [
        FoundRep(rep.start_s, rep.bottom_s, rep.end_s, rep.status, told)
        for rep, told in zip(reps, reported, strict=False)
    ]


SEGMENTERS: dict[str, Segmenter] = {"offline": offline, "live": live}
"""A new way is a new row."""
