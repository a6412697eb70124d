"""Events and cues of a live stream."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from kneepose.analysis.reps import RepStatus
from kneepose.records import Record
from kneepose.validity import Validity, of_code

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
]


class Phase(StrEnum):
    """Phase of the current repetition."""

    REST = "rest"
    OUT = "out"
    HOLD = "hold"
    BACK = "back"


class Cue(NamedTuple):
    """Instruction to the person.

    Attributes
    ----------
    code
        Name of the fault.
    text
        Instruction, from `kneepose.tables.exercises` or from the `cues` of the stream.
    """

    code: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Event(Record):
    """Base class of frame events; `kind` is the type as text, such as ``"rep_completed"``."""

    def _derived(self) -> dict[str, Any]:
        return {"kind": self.kind}


@dataclass(frozen=True, slots=True, eq=False)
class RepStarted(Event):
    """A repetition has started.

    Attributes
    ----------
    number
        Number of the repetition, from 1.
    """

    kind = "rep_started"

    number: int


@dataclass(frozen=True, slots=True, eq=False)
class RepCompleted(Event):
    """A repetition is complete.

    Attributes
    ----------
    number
        Number of the repetition, from 1.
    status
        Status of the repetition; only full repetitions are counted.
    start_s, bottom_s, end_s
        Times in seconds. A slow repetition is reported before it ends; `end_s` is then the time of
        the report. `analyze` of the recorded frames finds the true end.
    """

    kind = "rep_completed"

    number: int
    status: RepStatus
    start_s: float
    bottom_s: float
    end_s: float


@dataclass(frozen=True, slots=True, eq=False)
class RepCorrected(Event):
    """The status of an earlier repetition changed, because later repetitions gave more information.

    It became partial because others were larger, or full because it resembles a certain one.

    Attributes
    ----------
    number
        Number of the repetition, from 1.
    status
        New status. `StreamState.rep_count` and `StreamState.partial_count` are updated.
    """

    kind = "rep_corrected"

    number: int
    status: RepStatus


@dataclass(frozen=True, slots=True, eq=False)
class RepDropped(Event):
    """A movement reported as `RepStarted` was no repetition; the next one gets its number.

    Attributes
    ----------
    number
        Number of `RepStarted`.
    """

    kind = "rep_dropped"

    number: int


@dataclass(frozen=True, slots=True, eq=False)
class FaultSeen(Event):
    """A fault was detected, reported once per repetition.

    Attributes
    ----------
    name
        Name of the fault.
    number
        Number of the repetition, from 1.
    amount
        Value of the measure, in its unit.
    """

    kind = "fault_seen"

    name: str
    number: int
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class QualityLost(Event):
    """The movement can no longer be measured.

    Attributes
    ----------
    reason
        Reason, as in `StreamState.quality`.
    """

    kind = "quality_lost"

    reason: Validity


@dataclass(frozen=True, slots=True, eq=False)
class QualityBack(Event):
    """The movement can be measured again."""

    kind = "quality_back"


@dataclass(frozen=True, slots=True, eq=False)
class ClockSet(Event):
    """The time stamps jumped back for good, or ahead by more than a day. The stream continues.

    Attributes
    ----------
    shift_s
        Seconds added to all further time stamps, so that the times of the stream never decrease.
    """

    kind = "clock_set"

    shift_s: float


_STATUSES = list(RepStatus)


def event_of(plain: tuple[str, int, int, float, float, float], faults: list[str]) -> Event:
    """Convert an event of the Rust core to an `Event`."""
    kind, number, code, a, b, c = plain
    made: dict[str, Any] = {
        "started": lambda: RepStarted(number),
        "completed": lambda: RepCompleted(number, _STATUSES[code], a, b, c),
        "corrected": lambda: RepCorrected(number, _STATUSES[code]),
        "dropped": lambda: RepDropped(number),
        "fault": lambda: FaultSeen(faults[code], number, a),
        "lost": lambda: QualityLost(of_code(code)),
        "back": lambda: QualityBack(),
        "clock": lambda: ClockSet(a),
    }
    event: Event = made[kind]()
    return event
