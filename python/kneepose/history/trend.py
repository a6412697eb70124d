"""`Trend`: changes over weeks, beyond error in movement, beyond importance in pain, function."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy.typing as npt

from kneepose.columns import Table, columns_of
from kneepose.comparison.likeness import unlike_set_ups
from kneepose.comparison.study_result import StudyResult
from kneepose.errors import UnknownNameError
from kneepose.exercises.spec import built_in
from kneepose.history.appointments import Appointment, appointments_of
from kneepose.history.course import Course, OwnError, Visit, course_of, set_up_of_row
from kneepose.history.flags import due
from kneepose.history.reported import Adherence, Outcome, adherence_of, outcomes_of
from kneepose.history.text import trend_text
from kneepose.records import Record
from kneepose.words.notes import OTHER_STUDY, STUDY_OF

__all__ = ["Trend", "trend_of"]

Row = Mapping[str, Any]

#: Pain scales in order of preference; the first with two entries is reported.
_PAIN: Final = ("worst", "usual", "vas_worst", "vas_usual")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Trend(Table, Record):
    """Result of `History.trend`: movement, pain and function, on separate lines.

    Attributes
    ----------
    subject, involved, on
        Pseudonym, symptomatic side, and day of evaluation.
    courses
        Changes over time of each leg in each exercise, as `Course`.
    outcomes
        Changes over time of each scale, as `Outcome`.
    adherence
        Training recorded for each prescription.
    appointments
        Scheduled test days, past and future.
    exchanged
        Days on which left and right leg seem exchanged; they are excluded.
    red_flags
        Reason why the red-flag questions are due; empty if they are not.
    notes
        Reason why the error of a study is not used, or caveats of the study.
    without_video
        True if there is no test day.

    The text form states the findings first, then their certainty, then the next steps.
    """

    kind = "trend"

    subject: str
    involved: str
    on: str
    courses: tuple[Course, ...]
    outcomes: tuple[Outcome, ...]
    adherence: tuple[Adherence, ...]
    appointments: tuple[Appointment, ...]
    exchanged: tuple[str, ...]
    red_flags: str
    notes: tuple[str, ...] = ()

    @property
    def without_video(self) -> bool:
        """True if no test day is stored."""
        return not self.courses

    @property
    def pain(self) -> Outcome | None:
        """Reported pain scale: worst pain of the week, else usual pain; None without two values."""
        for scale in _PAIN:
            for outcome in self.outcomes:
                if outcome.scale == scale and len(outcome.values) > 1:
                    return outcome
        return None

    @property
    def leading(self) -> tuple[Course, ...]:
        """Courses of the symptomatic side; of both sides if both or none are symptomatic."""
        found = tuple(c for c in self.courses if c.side == self.involved)
        return found or self.courses

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return arrays by column name, one entry per test day and leg."""
        names = (
            "exercise", "side", "measure", "unit", "baseline", "verdict", "date", "week", "value",
            "n", "change", "detectable", "beyond", "reason",
        )  # fmt: skip
        return columns_of(
            [_row(course, visit) for course in self.courses for visit in course.visits], names
        )

    def __repr__(self) -> str:
        return trend_text(
            subject=self.subject,
            involved=self.involved,
            on=self.on,
            courses=self.courses,
            leading=self.leading,
            outcomes=self.outcomes,
            pain=self.pain,
            adherence=self.adherence,
            appointments=self.appointments,
            exchanged=self.exchanged,
            red_flags=self.red_flags,
            notes=self.notes,
        )


def _row(course: Course, visit: Visit) -> dict[str, Any]:
    return {
        "exercise": course.exercise,
        "side": course.side,
        "measure": course.measure,
        "unit": course.unit,
        "baseline": course.baseline,
        "verdict": str(course.verdict),
        "date": visit.date,
        "week": visit.week,
        "value": visit.value,
        "n": visit.n,
        "change": visit.change,
        "detectable": float("nan") if visit.detectable is None else visit.detectable,
        "beyond": visit.beyond,
        "reason": str(visit.reason),
    }


def trend_of(
    subject: Row,
    analyses: Sequence[Row],
    tables: Mapping[str, Sequence[Row]],
    *,
    exercise: str | None,
    on: datetime.date,
    mdc: StudyResult | None = None,
) -> Trend:
    """Return the changes of movement, pain and function up to a day.

    Parameters
    ----------
    subject
        Row of the subject.
    analyses
        Stored analyses with their sessions, by day.
    tables
        Entries of the subject by table, by day.
    exercise
        Name of one exercise, or None for all.
    on
        Day of evaluation; later entries are ignored.
    mdc
        Study of the same set-up, whose error is used where the subject's own is not known.

    Raises
    ------
    UnknownNameError
        No test day has this exercise.
    """
    day = on.isoformat()
    known = {name: [row for row in rows if row["date"] <= day] for name, rows in tables.items()}
    tested = [row for row in analyses if row["date"] <= day and row["kind"] == "test_day"]
    names = list(dict.fromkeys(row["exercise"] for row in tested))
    if exercise is not None:
        if exercise not in names:
            raise UnknownNameError.of("exercise of a test day", exercise, names)
        names = [exercise]
    by_leg: dict[tuple[str, str], list[Row]] = {}
    for row in tested:
        if row["exercise"] in names:
            by_leg.setdefault((row["exercise"], row["side"]), []).append(row)
    starts = [row["date"] for row in known["prescription"]]
    errors, notes = _errors_of(by_leg, known["reliability"], mdc)
    courses, exchanged = _courses(by_leg, errors, min(starts, default=None))
    return Trend(
        subject=subject["pseudonym"],
        involved=subject["involved"],
        on=day,
        courses=courses,
        outcomes=outcomes_of(known["pain"], known["score"]),
        adherence=tuple(
            adherence_of(row, known["logged_set"], known["adherence"], on)
            for row in known["prescription"]
        ),
        appointments=_appointments(courses, on),
        exchanged=exchanged,
        red_flags=due(known["pain"], known["red_flag"], on),
        notes=notes,
    )


def _errors_of(
    by_leg: Mapping[tuple[str, str], Sequence[Row]],
    reliability: Sequence[Row],
    study: StudyResult | None,
) -> tuple[dict[str, dict[str, OwnError]], tuple[str, ...]]:
    """Return the error of measurement by exercise and measure, with notes on the study.

    The subject's own error has priority over that of a study.
    """
    errors: dict[str, dict[str, OwnError]] = {}
    notes: list[str] = []
    for (name, _), rows in by_leg.items():
        if name in errors:
            continue
        errors[name] = {}
        if study is not None and study.exercise == name:
            unlike = unlike_set_ups(study.set_up, set_up_of_row(rows[0]))
            notes += [OTHER_STUDY.format(why=" ".join(unlike))] if unlike else study.notes
            if not unlike:
                errors[name] = {
                    measure: OwnError(one.sem, one.freedom, one.people)
                    for measure, one in study.items()
                    if measure in study.mdc
                }
        errors[name] |= {
            row["measure"]: OwnError(row["sem"], row["freedom"])
            for row in reliability
            if row["exercise"] == name
        }
    if study is not None and by_leg and study.exercise not in errors:
        notes.append(STUDY_OF.format(exercise=built_in(study.exercise)["title"]))
    return errors, tuple(notes)


def _courses(
    by_leg: Mapping[tuple[str, str], Sequence[Row]],
    errors: Mapping[str, Mapping[str, OwnError]],
    treatment: str | None,
) -> tuple[tuple[Course, ...], tuple[str, ...]]:
    def built(without: Mapping[str, frozenset[str]]) -> dict[tuple[str, str], Course]:
        return {
            (name, side): course_of(
                rows,
                own=errors[name],
                verdicts=len(by_leg),
                treatment=treatment,
                without=without.get(name, frozenset()),
            )
            for (name, side), rows in by_leg.items()
        }

    found = built({})
    exchanged = {
        name: _exchanged(found[name, "left"], found[name, "right"])
        for name, side in found
        if side == "left" and (name, "right") in found
    }
    if any(exchanged.values()):
        found = built(exchanged)
    days = {day for days in exchanged.values() for day in days}
    return tuple(found.values()), tuple(sorted(days))


def _exchanged(left: Course, right: Course) -> frozenset[str]:
    """Return the days on which each leg moved like the other leg at baseline, beyond the error.

    The keypoints cannot distinguish a mirrored clip or exchanged sides from a true change.
    """
    if left.measure != right.measure or not left.measure:
        return frozenset()
    days = set()
    others = {visit.date: visit for visit in right.visits}
    for one in left.visits:
        other = others.get(one.date)
        if other is None or one.detectable is None or other.detectable is None:
            continue
        limit = max(one.detectable, other.detectable)
        apart = abs(left.baseline - right.baseline) > limit
        moved = one.beyond and other.beyond
        crossed = (
            abs(one.value - right.baseline) < limit / 2
            and abs(other.value - left.baseline) < limit / 2
        )
        if apart and moved and crossed:
            days.add(one.date)
    return frozenset(days)


def _appointments(courses: Sequence[Course], on: datetime.date) -> tuple[Appointment, ...]:
    starts = [course.baseline_dates[-1] for course in courses if course.baseline_dates]
    if not starts:
        return ()
    days = {visit.date for course in courses for visit in course.visits}
    return appointments_of(min(starts), days, on)
