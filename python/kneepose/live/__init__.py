"""Frames go in one by one; repetitions, faults and cues come out."""

from kneepose.live.events import (
    Cue,
    Event,
    FaultSeen,
    Phase,
    QualityBack,
    QualityLost,
    RepCompleted,
    RepStarted,
)
from kneepose.live.group import StreamGroup
from kneepose.live.stream import Stream, StreamState

__all__ = [
    "Cue",
    "Event",
    "FaultSeen",
    "Phase",
    "QualityBack",
    "QualityLost",
    "RepCompleted",
    "RepStarted",
    "Stream",
    "StreamGroup",
    "StreamState",
]
