"""Segmentation methods that an evaluation compares, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from kneepose.analysis.analyzing import analyze
from kneepose.analysis.reps import RepStatus
from kneepose.errors import KneeposeError
from kneepose.live.events import RepCompleted
from kneepose.live.stream import Stream
from kneepose.recording.recording import Recording
from kneepose.typing import ExerciseName, Side

__all__ = ["SEGMENTERS", "FoundRep", "Segmenter"]


class FoundRep(NamedTuple):
    """One detected repetition; times in seconds on the recording's clock.

    Attributes
    ----------
    start_s, bottom_s, end_s
        As in `Rep`.
    status
        Only full repetitions are counted.
    reported_s
        Time of the frame with which a live method reported the repetition. NaN for methods that use the
        whole recording.
    """

    start_s: float
    bottom_s: float
    end_s: float
    status: RepStatus
    reported_s: float = float("nan")


Segmenter = Callable[[Recording, ExerciseName, Side], list[FoundRep]]
"""Type of a segmenter: returns all repetitions of an unconditioned recording, also partial ones."""


def offline(recording: Recording, exercise: ExerciseName, side: Side) -> list[FoundRep]:
    """Find repetitions with `analyze`, which uses the whole recording."""
    reps = analyze(recording, exercise, side=side).reps
    return [FoundRep(rep.start_s, rep.bottom_s, rep.end_s, rep.status) for rep in reps]


def live(recording: Recording, exercise: ExerciseName, side: Side) -> list[FoundRep]:
    """Find repetitions with `Stream`, frame by frame, with the time at which each is reported."""
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
    # A repetition that is unfinished at the end is reported with the last frame.
    reported += [float(recording.times[-1])] * (len(reps) - len(reported))
    return [
        FoundRep(rep.start_s, rep.bottom_s, rep.end_s, rep.status, reported_s)
        for rep, reported_s in zip(reps, reported, strict=False)
    ]


SEGMENTERS: dict[str, Segmenter] = {"offline": offline, "live": live}
"""Segmentation method by name."""
