"""Live analysis, frame by frame: streams, states and events."""

from kneepose.live.events import (
    ClockSet,
    Cue,
    Event,
    FaultSeen,
    Phase,
    QualityBack,
    QualityLost,
    RepCompleted,
    RepCorrected,
    RepDropped,
    RepStarted,
)
from kneepose.live.group import StreamGroup
from kneepose.live.stream import Stream, StreamState

__all__ = [
    "ClockSet",
    "Cue",
    "Event",
    "FaultSeen",
    "Phase",
    "QualityBack",
    "QualityLost",
    "RepCompleted",
    "RepCorrected",
    "RepDropped",
    "RepStarted",
    "Stream",
    "StreamGroup",
    "StreamState",
]
