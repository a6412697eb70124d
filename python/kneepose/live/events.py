"""What happens while a person exercises."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from kneepose.analysis.reps import RepStatus
from kneepose.records import Record
from kneepose.validity import Validity, of_code

__all__ = [
    "Cue",
    "Event",
    "FaultSeen",
    "Phase",
    "QualityBack",
    "QualityLost",
    "RepCompleted",
    "RepStarted",
]


class Phase(StrEnum):
    """Where a repetition is."""

    REST = "rest"
    OUT = "out"
    HOLD = "hold"
    BACK = "back"


class Cue(NamedTuple):
    """What to tell the person now: the code of the fault, and a text that may be translated."""

    code: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Event(Record):
    """Something that happened in a frame; `kind` says what, such as ``"rep_completed"``."""

    def _derived(self) -> dict[str, Any]:
        return {"kind": self.kind}


@dataclass(frozen=True, slots=True, eq=False)
class RepStarted(Event):
    """A repetition has begun: its number, from 1."""

    kind = "rep_started"

    number: int


@dataclass(frozen=True, slots=True, eq=False)
class RepCompleted(Event):
    """A repetition is over: its number, whether it counts, and seconds of start, bottom and end.

    `end_s` is what is known when it is reported; `Stream.finish` has the final one.
    """

    kind = "rep_completed"

    number: int
    status: RepStatus
    start_s: float
    bottom_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class FaultSeen(Event):
    """A fault in a repetition, once each: its name, the repetition, and how much, in its own unit."""

    kind = "fault_seen"

    name: str
    number: int
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class QualityLost(Event):
    """The movement cannot be followed any more."""

    kind = "quality_lost"

    reason: Validity


@dataclass(frozen=True, slots=True, eq=False)
class QualityBack(Event):
    """It can be followed again."""

    kind = "quality_back"


_STATUSES = list(RepStatus)


def event_of(plain: tuple[str, int, int, float, float, float], faults: list[str]) -> Event:
    """Return the event behind a plain row of the core."""
    kind, number, code, a, b, c = plain
    made: dict[str, Any] = {
        "started": lambda: RepStarted(number),
        "completed": lambda: RepCompleted(number, _STATUSES[code], a, b, c),
        "fault": lambda: FaultSeen(faults[code], number, a),
        "lost": lambda: QualityLost(of_code(code)),
        "back": lambda: QualityBack(),
    }
    event: Event = made[kind]()
    return event
