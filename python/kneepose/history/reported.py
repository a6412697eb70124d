"""Patient-reported data: scales of pain and function, and adherence to prescriptions."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from kneepose.history.outcomes import SCALES
from kneepose.records import Record

__all__ = ["Adherence", "Important", "Outcome", "adherence_of", "outcomes_of", "pains_of_days"]

F64 = npt.NDArray[np.float64]
Row = Mapping[str, Any]
#: Pain questions, which are columns of the pain entries.
PAINS: Final = ("worst", "usual", "during", "after_24h")


class Important(StrEnum):
    """Verdict on a scale of pain or function.

    `BETTER`, `WORSE`: changed by at least the important difference of the scale, and beyond its
    error if that is known. `PERHAPS_BETTER`, `PERHAPS_WORSE`: changed by the important difference,
    but within the error. `NO`: changed by less. `NOT_YET`: one entry only. `NOT_JUDGED`: the
    important difference of the scale is not known.
    """

    BETTER = "better"
    PERHAPS_BETTER = "perhaps_better"
    WORSE = "worse"
    PERHAPS_WORSE = "perhaps_worse"
    NO = "no"
    NOT_YET = "not_yet"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True, eq=False)
class Outcome(Record):
    """Changes of one scale of pain or function over time.

    Attributes
    ----------
    scale, side
        Name in `kneepose.history.SCALES`, and the side; empty for questionnaires.
    dates, values
        Days and values.
    verdict
        Verdict on the last value relative to the first.
    important, detectable, source
        As in `Scale`.
    """

    kind = "outcome"

    scale: str
    side: str
    dates: tuple[str, ...]
    values: F64
    verdict: Important
    important: float | None
    detectable: float | None
    source: str

    @property
    def change(self) -> float:
        """Last value minus the first; NaN with one entry."""
        return float(self.values[-1] - self.values[0]) if len(self.values) > 1 else float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Adherence(Record):
    """Adherence to one prescription.

    Attributes
    ----------
    exercise
        Name of the exercise.
    prescribed
        Days prescribed so far.
    done, part, not_done
        Numbers of days recorded as done, partly done, and not done.
    weeks, weeks_recorded
        Number of weeks so far, including the current one, and number of weeks with any record. A
        week without a record is "not recorded", which differs from "not done".
    unrecorded
        Numbers of completed weeks without a record, counted from 1.
    """

    kind = "adherence"

    exercise: str
    prescribed: int
    done: int
    part: int
    not_done: int
    weeks: int
    weeks_recorded: int
    unrecorded: tuple[int, ...]

    @property
    def share(self) -> float:
        """Days recorded as done over days prescribed, at most 1."""
        return min(1.0, self.done / self.prescribed) if self.prescribed else float("nan")


def outcomes_of(pain: Sequence[Row], scores: Sequence[Row]) -> tuple[Outcome, ...]:
    """Return the changes of each scale and side over time, from entries sorted by day.

    If a day has several entries, the highest pain and the last sum of a scale are used.
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    for scale in PAINS:
        for side, date, value in pains_of_days(pain, scale):
            found.setdefault((scale, side), {})[date] = value
    for row in scores:
        found.setdefault((row["scale"], ""), {})[row["date"]] = row["total"]
    order = list(SCALES)
    return tuple(
        _outcome(scale, side, list(values.items()))
        for (scale, side), values in sorted(found.items(), key=lambda one: order.index(one[0][0]))
    )


def pains_of_days(pain: Sequence[Row], scale: str) -> list[tuple[str, str, float]]:
    """Return (side, day, highest value of the day) for one pain question, sorted by day."""
    found: dict[tuple[str, str], float] = {}
    for row in pain:
        if row[scale] is not None:
            key = (row["side"], row["date"])
            found[key] = max(row[scale], found.get(key, row[scale]))
    return [(side, date, value) for (side, date), value in found.items()]


def _outcome(scale: str, side: str, entries: Sequence[tuple[str, float]]) -> Outcome:
    row = SCALES[scale]
    values = np.array([value for _, value in entries], dtype=float)
    values.flags.writeable = False
    verdict = Important.NOT_YET
    if row.important is None:
        verdict = Important.NOT_JUDGED
    elif len(values) > 1:
        change = values[-1] - values[0]
        better = (change > 0) == row.higher_is_better
        if abs(change) < row.important:
            verdict = Important.NO
        elif row.detectable is not None and abs(change) <= row.detectable:
            verdict = Important.PERHAPS_BETTER if better else Important.PERHAPS_WORSE
        else:
            verdict = Important.BETTER if better else Important.WORSE
    return Outcome(
        scale=scale,
        side=side,
        dates=tuple(date for date, _ in entries),
        values=values,
        verdict=verdict,
        important=row.important,
        detectable=row.detectable,
        source=row.source,
    )


def adherence_of(
    prescription: Row, sets: Sequence[Row], states: Sequence[Row], on: datetime.date
) -> Adherence:
    """Return the adherence to a prescription up to a day."""
    start = datetime.date.fromisoformat(prescription["date"])
    end = on
    if prescription["until"] is not None:
        end = min(on, datetime.date.fromisoformat(prescription["until"]))
    exercise = prescription["exercise"]

    def days_of(rows: Sequence[Row], state: str = "") -> set[datetime.date]:
        found = {
            datetime.date.fromisoformat(row["date"])
            for row in rows
            if row["exercise"] == exercise and (not state or row["state"] == state)
        }
        return {day for day in found if start <= day <= end}

    done = days_of(sets) | days_of(states, "done")
    part = days_of(states, "part") - done
    not_done = days_of(states, "not_done") - done - part
    weeks = (end - start).days // 7 + 1
    over = ((end - start).days + 1) // 7
    recorded = {(day - start).days // 7 + 1 for day in done | part | not_done}
    return Adherence(
        exercise=exercise,
        prescribed=math.ceil(prescription["per_week"] * ((end - start).days + 1) / 7),
        done=len(done),
        part=len(part),
        not_done=len(not_done),
        weeks=weeks,
        weeks_recorded=len(recorded),
        unrecorded=tuple(week for week in range(1, over + 1) if week not in recorded),
    )
