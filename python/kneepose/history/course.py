"""`course_of`: changes of one leg in one exercise over test days, relative to its baseline."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from kneepose import _core
from kneepose.arrays.inference import MeasureReliability, reliability
from kneepose.errors import KneeposeError
from kneepose.records import Record
from kneepose.typing import Side
from kneepose.validity import Validity, of_code

__all__ = [
    "BASELINE_DAYS",
    "CONDITIONS",
    "Change",
    "Course",
    "LeftOut",
    "OwnError",
    "Visit",
    "beyond_limit",
    "course_of",
    "own_reliability",
    "set_up_of_row",
    "verdict_of",
]

F64 = npt.NDArray[np.float64]
Row = Mapping[str, Any]

#: Maximum number of days between two test days that form one baseline. An engineering default.
BASELINE_DAYS: Final = 10
#: Family-wise error level of all verdicts on movement; it is divided by their number (Bonferroni).
LEVEL: Final = 0.05
#: Minimum degrees of freedom of a detectable change, as in the core.
LEAST_FREEDOM: Final = 5
#: Minimum number of test days to estimate the error from the test days themselves. An engineering
#: default.
_LEAST_DAYS: Final = 4


class Change(StrEnum):
    """Verdict on the changes of one leg over time.

    `CHANGED`: beyond the subject's own detectable change on the last two test days. `PERHAPS`:
    beyond it only on the last day, or beyond a published detectable change while the own error is
    not known. `NOT_SHOWN`: not beyond. `NOT_YET`: no test day after the baseline. `NOT_JUDGED`: the
    test days do not allow a verdict.
    """

    CHANGED = "changed"
    PERHAPS = "perhaps"
    NOT_SHOWN = "not_shown"
    NOT_YET = "not_yet"
    NOT_JUDGED = "not_judged"


class OwnError(NamedTuple):
    """Standard error of measurement for the subject's set-up, which a full verdict needs.

    Attributes
    ----------
    sem, freedom
        Standard error of measurement in the unit of the measure, and its degrees of freedom.
    people
        Number of people in the study that gave the error; 0 if it is the subject's own.
    """

    sem: float
    freedom: float
    people: int = 0


class LeftOut(NamedTuple):
    """A recording excluded from the comparison because a recording condition differs.

    Attributes
    ----------
    date
        Day of the recording.
    what
        Condition that differs.
    given, needed
        Value of the condition in this recording and in the baseline.
    """

    date: str
    what: str
    given: str
    needed: str


@dataclass(frozen=True, slots=True, eq=False)
class Visit(Record):
    """One test day after the baseline.

    Attributes
    ----------
    date
        Day.
    week
        Weeks since the baseline.
    value, n
        Mean of the measure, and number of repetitions.
    change
        `value` minus the baseline.
    detectable
        Smallest absolute change that exceeds the error; None if not known.
    beyond
        True if the absolute change exceeds `detectable`.
    reason
        Reason why the day has no verdict; `Validity.OK` if it has one.
    """

    kind = "visit"

    date: str
    week: float
    value: float
    n: int
    change: float
    detectable: float | None
    beyond: bool
    reason: Validity


@dataclass(frozen=True, slots=True, eq=False)
class Course(Record):
    """Changes of one leg in one exercise over time.

    Attributes
    ----------
    exercise, title, side
        Exercise, its name for display, and side.
    measure, unit
        Primary measure and its unit; empty if the baseline has no value of it.
    baseline
        Mean over the baseline days, in `unit`; NaN without one.
    baseline_dates
        The one or two days of the baseline.
    visits
        Test days after the baseline.
    verdict
        Verdict from the last two test days that can be judged.
    better
        True if the last value is nearer to the target than the baseline, False if farther, None if
        neither.
    own
        Error of measurement of the subject, or of a study with the same set-up; None if not known.
    scatter
        Standard error of measurement estimated from differences of successive test days, used if
        `own` is not known. NaN with fewer than four days.
    left_out
        Recordings excluded from the comparison.
    """

    kind = "course"

    exercise: str
    title: str
    side: Side
    measure: str
    unit: str
    baseline: float
    baseline_dates: tuple[str, ...]
    visits: tuple[Visit, ...]
    verdict: Change
    better: bool | None
    own: OwnError | None
    scatter: float
    left_out: tuple[LeftOut, ...]

    @property
    def judged(self) -> tuple[Visit, ...]:
        """Visits that allow a verdict."""
        return tuple(visit for visit in self.visits if visit.reason is Validity.OK)

    @property
    def earlier_change(self) -> tuple[Visit, Visit] | None:
        """Last two test days in a row beyond the error in one direction; None if the latest."""
        pairs = list(pairwise(self.judged))
        found = [pair for pair in pairs[:-1] if _both_beyond(*pair)]
        return found[-1] if found and not _both_beyond(*pairs[-1]) else None


#: Recording condition → function that reads it from a stored analysis. Recordings are compared only
#: if all conditions are equal.
CONDITIONS: Final[Mapping[str, Any]] = {
    "estimator": lambda row: row["estimator"] or "not stated",
    "model of the estimator": lambda row: row["model_hash"] or "not stated",
    "skeleton": lambda row: row["skeleton"],
    "space": lambda row: row["space"],
    "view": lambda row: row["result"]["view"] or "not known",
    "repetition signal": lambda row: row["result"]["signal_used"],
    "live or recorded": lambda row: "live" if row["result"]["causal"] else "recorded",
    "definition of the exercise": lambda row: _definition(row["result"]["definition"]),
    "camera set-up": lambda row: row["camera"],
    "shoes": lambda row: row["shoes"] or "not stated",
    "tape": lambda row: row["tape"] or "not stated",
}


def set_up_of_row(row: Row) -> dict[str, Any]:
    """Return the set-up of a stored analysis, with the keys of `StudyResult.set_up`.

    The version of kneepose is omitted, because it may change within one history.
    """
    result = row["result"]
    settings = result["settings"]
    return {
        "estimator": row["estimator"],
        "model_hash": row["model_hash"],
        "skeleton": row["skeleton"],
        "space": row["space"],
        "view": result["view"] if row["space"] == "image" else None,
        "exercise": row["exercise"],
        "signal": result["signal_used"],
        "cutoff_hz": settings.get("cutoff_hz"),
        "max_gap_s": settings.get("max_gap_s"),
        "fps": result["fps"],
        "causal": result["causal"],
        "camera": row["camera"],
    }


def _definition(row: Row) -> str:
    return f"{row['name']} ({', '.join(map(str, row['lead']))})"


def course_of(
    rows: Sequence[Row],
    *,
    own: Mapping[str, OwnError],
    verdicts: int,
    treatment: str | None = None,
    without: frozenset[str] = frozenset(),
) -> Course:
    """Return the changes of one leg in one exercise over time.

    Parameters
    ----------
    rows
        Stored analyses of test days, by day; at least one.
    own
        Measure → error of measurement of the subject's own set-up.
    verdicts
        Number of courses that get a verdict together.
    treatment
        First day of the first prescription. The baseline is then formed by the last test days up to
        that day. None uses the first test days.
    without
        Days excluded because left and right leg may be exchanged.
    """
    first = rows[0]
    needed = {what: value(first) for what, value in CONDITIONS.items()}
    left_out: list[LeftOut] = []
    by_day: dict[str, list[Row]] = {}
    for row in rows:
        other = [
            LeftOut(row["date"], what, value(row), needed[what])
            for what, value in CONDITIONS.items()
            if value(row) != needed[what]
        ]
        left_out += other[:1]
        if not other and row["date"] not in without:
            by_day.setdefault(row["date"], []).append(row)
    days = [_Day(date, day) for date, day in by_day.items()]
    in_baseline, later = _split(days, treatment)
    name = _lead(first["result"]["definition"]["lead"], in_baseline, later)
    if name is None:
        return _empty(first, tuple(left_out), Change.NOT_JUDGED)
    measured = [day for day in in_baseline if day.n(name)]
    baseline = float(np.mean([day.mean(name) for day in measured]))
    began = _day(in_baseline[-1].date)
    error = own.get(name)
    scatter = _scatter([day.mean(name) for day in (*measured, *later) if day.n(name)])
    limit = beyond_limit(error, len(measured), verdicts)
    wide = beyond_limit(scatter, len(measured), verdicts) if error is None else None
    visits = tuple(_visit(day, name, measured, baseline, began, limit, wide) for day in later)
    verdict = verdict_of(visits, known=error is not None)
    judged = [visit for visit in visits if visit.reason is Validity.OK]
    unit = measured[0].measure(name)["unit"]
    target = first["result"]["definition"]["target"]
    return Course(
        exercise=first["exercise"],
        title=first["result"]["definition"]["title"],
        side=first["side"],
        measure=name,
        unit=unit,
        baseline=baseline,
        baseline_dates=tuple(day.date for day in measured),
        visits=visits,
        verdict=verdict,
        better=_better(name, unit, baseline, judged[-1].value, target) if judged else None,
        own=error,
        scatter=float("nan") if scatter is None else scatter.sem,
        left_out=tuple(left_out),
    )


def own_reliability(rows: Sequence[Row]) -> dict[str, MeasureReliability]:
    """Estimate each measure's reliability from test days without true change, legs together.

    Raises
    ------
    KneeposeError
        Conditions differ, or there are fewer than six test days.
    """
    by_leg: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        by_leg.setdefault(row["side"], {}).setdefault(row["date"], []).append(row)
        for what, value in CONDITIONS.items():
            if value(row) != value(rows[0]):
                raise KneeposeError(
                    f"the {what} differs on {row['date']} ({value(row)}, not {value(rows[0])}); the "
                    "error is that of one set-up. Give days (since, until) with the same one."
                )
    dates = sorted(set.intersection(*map(set, by_leg.values()))) if by_leg else []
    # Both legs share the day and the camera, so in the worst case they count as one leg.
    if len(dates) - 1 < LEAST_FREEDOM:
        raise KneeposeError(
            f"the legs ({', '.join(by_leg) or 'none'}) have {len(dates)} common test days; needed "
            f"{LEAST_FREEDOM + 1}, without treatment between them."
        )
    days = [[_Day(date, leg[date]) for date in dates] for leg in by_leg.values()]
    names = {measure["name"] for row in rows for measure in row["result"]["measures"]}
    found = {
        name: reliability(np.array([[[day.mean(name) for day in leg] for leg in days]]))
        for name in sorted(names)
    }
    return {name: one for name, one in found.items() if one.subjects == len(days)}


def means_of_days(rows: Sequence[Row], name: str) -> dict[str, float]:
    """Return the mean of a measure on each day over all trials of one leg; NaN without values."""
    by_day: dict[str, list[Row]] = {}
    for row in rows:
        by_day.setdefault(row["date"], []).append(row)
    return {date: _Day(date, day).mean(name) for date, day in by_day.items()}


class _Day:
    """All trials of one leg on one day."""

    def __init__(self, date: str, rows: Sequence[Row]) -> None:
        self.date = date
        self.rows = rows
        self._measures: dict[str, list[Row]] = {}
        for row in rows:
            for measure in row["result"]["measures"]:
                self._measures.setdefault(measure["name"], []).append(measure)

    def measure(self, name: str) -> Row:
        return self._measures[name][0]

    def values(self, name: str) -> F64:
        """Values of the full repetitions; NaN where not measured."""
        found = [
            np.array(one["values"], dtype=float)[np.array(one["full"], dtype=bool)]
            for one in self._measures.get(name, [])
        ]
        return np.concatenate(found) if found else np.array([])

    def n(self, name: str) -> int:
        return int(np.isfinite(self.values(name)).sum())

    def mean(self, name: str) -> float:
        values = self.values(name)
        return float(np.mean(values[np.isfinite(values)])) if self.n(name) else float("nan")

    def guard_side(self) -> tuple[str, float, bool, bool]:
        """Return the camera information of one recording as the core's camera check takes it."""
        row = self.rows[0]
        foot = row["result"]["quality"]["foot_to_lens_deg"][row["side"]]
        return (
            row["side"],
            float("nan") if foot is None else float(foot),
            bool(row["result"]["assumed_level_camera"]),
            row["result"]["said_view"] == "front",
        )


def _split(days: Sequence[_Day], treatment: str | None) -> tuple[list[_Day], list[_Day]]:
    """Split the days into the one or two baseline days and the later days."""
    before = [day for day in days if treatment is not None and day.date <= treatment]
    if before:
        last = _day(before[-1].date)
        near = [day for day in before if (last - _day(day.date)).days <= BASELINE_DAYS]
        return near[-2:], list(days[len(before) :])
    start = _day(days[0].date) if days else datetime.date.min
    near = [day for day in days if (_day(day.date) - start).days <= BASELINE_DAYS][:2]
    return near, list(days[len(near) :])


def _lead(lead: Sequence[str], baseline: Sequence[_Day], later: Sequence[_Day]) -> str | None:
    """Return the first measure of `lead` with enough repetitions on every measurable day.

    A day with shallower movement therefore moves the whole course to a smaller depth. A day without
    any usable measure is not judged.
    """
    days = [*baseline, *later]
    places = []
    for day in days:
        pairs = [(name, day.values(name), day.values(name)) for name in lead]
        place = _core.leading_measure(list(lead), pairs, False)
        if place is not None:
            places.append(place)
    if not places or not baseline:
        return None
    name = lead[max(places)]
    return name if any(day.n(name) for day in baseline) else None


def beyond_limit(error: OwnError | None, baseline_days: int, verdicts: int) -> float | None:
    """Return the smallest change of one day from the baseline mean that exceeds the error.

    It uses Student's quantile, because the error is itself an estimate. It is two-sided and
    corrected for the number of verdicts.
    """
    if error is None or not error.sem > 0:
        return None
    quantile = _core.student_quantile(1 - LEVEL / (2 * max(verdicts, 1)), error.freedom)
    return float(quantile * error.sem * np.sqrt(1 + 1 / baseline_days))


def _scatter(values: Sequence[float]) -> OwnError | None:
    """Estimate the error from differences of successive days, which a slow trend hardly affects.

    Source: von Neumann 1941, Ann Math Stat 12:367; its variance corresponds to 2(n − 1)²/(3n − 4)
    degrees of freedom.
    """
    n = len(values)
    if n < _LEAST_DAYS:
        return None
    sem = float(np.sqrt(np.mean(np.diff(values) ** 2) / 2))
    return OwnError(sem, max(1, round(2 * (n - 1) ** 2 / (3 * n - 4))))


def _visit(
    day: _Day,
    name: str,
    baseline: Sequence[_Day],
    start: float,
    began: datetime.date,
    limit: float | None,
    wide: float | None,
) -> Visit:
    first, second = (
        np.concatenate([one.values(name) for one in baseline]),
        day.values(name),
    )
    row = baseline[0].rows[0]
    reasons, yaws = [], []
    for one in baseline:
        reason, yaw, _ = _core.verdict_guard(
            row["result"]["definition"]["posture"],
            row["space"] == "world",
            False,
            one.guard_side(),
            day.guard_side(),
        )
        reasons.append(reason)
        yaws.append(yaw)
    # The subject's own error already contains the effect of setting up the camera anew each day.
    known = [yaw for yaw in yaws if limit is None and yaw is not None and yaw == yaw]
    (done,) = _core.compare(
        [
            (
                first,
                second,
                baseline[0].measure(name)["angle"],
                name.rpartition("_at_")[2].isdigit(),
                limit,
            )
        ],
        False,
        next((reason for reason in reasons if reason is not None), None),
        max(known, key=abs) if known else None,
        0,
        [_errors(baseline[0].measure(name), day, name)],
        None,
    )
    detectable = done["detectable"]
    if limit is None and detectable is not None and wide is not None:
        detectable = max(detectable, wide)
    change = day.mean(name) - start
    # A change beyond a borrowed limit counts as beyond; the course's verdict is then "perhaps".
    beyond = done["verdict"] in ("different", "larger_than_borrowed")
    reason = Validity.OK if beyond else of_code(done["reason"])
    return Visit(
        date=day.date,
        week=(_day(day.date) - began).days / 7,
        value=day.mean(name),
        n=day.n(name),
        change=change,
        detectable=detectable,
        beyond=beyond and abs(change) > (detectable or np.inf),
        reason=reason,
    )


def _errors(first: Row, day: _Day, name: str) -> list[tuple[float, float, bool]] | None:
    """Return the systematic errors of both sides for the core; None unless both are known."""
    if not day.n(name):
        return None
    found = [one["systematic"] for one in (first, day.measure(name))]
    known = [(e["bias"], e["sd"], e["validated"]) for e in found if e is not None]
    return known if len(known) == 2 else None


def _both_beyond(first: Visit, second: Visit) -> bool:
    return first.beyond and second.beyond and (first.change > 0) == (second.change > 0)


def verdict_of(visits: Sequence[Visit], *, known: bool) -> Change:
    """Return the verdict of the last two judged days; `known` says that the own error is known."""
    if not visits:
        return Change.NOT_YET
    judged = [visit for visit in visits if visit.reason is Validity.OK]
    if not judged:
        return Change.NOT_JUDGED
    if len(judged) > 1 and _both_beyond(*judged[-2:]):
        return Change.CHANGED if known else Change.PERHAPS
    return Change.PERHAPS if judged[-1].beyond else Change.NOT_SHOWN


def _better(
    name: str, unit: str, before: float, now: float, target: Sequence[float]
) -> bool | None:
    """Return whether a value moved toward its target; None if neither or without target.

    The target is 0° for knee projection angles, and the target range of the exercise for peaks.
    """
    if name.startswith("fppa"):
        low = high = 0.0
    elif name.startswith("peak") and unit == "deg":
        low, high = target
    else:
        return None
    away = [max(low - value, value - high, 0.0) for value in (before, now)]
    return None if away[0] == away[1] else away[1] < away[0]


def _empty(row: Row, left_out: tuple[LeftOut, ...], verdict: Change) -> Course:
    return Course(
        exercise=row["exercise"],
        title=row["result"]["definition"]["title"],
        side=row["side"],
        measure="",
        unit="",
        baseline=float("nan"),
        baseline_dates=(),
        visits=(),
        verdict=verdict,
        better=None,
        own=None,
        scatter=float("nan"),
        left_out=left_out,
    )


def _day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)
