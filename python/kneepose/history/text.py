"""The text of a trend: first what was found, then how sure it is, then what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kneepose.history.appointments import Appointment
from kneepose.history.course import Change, Course, LeftOut, Visit
from kneepose.history.outcomes import SCALES
from kneepose.history.reported import Adherence, Important, Outcome
from kneepose.validity import Validity
from kneepose.words.exercises import WORDINGS
from kneepose.words.measures import moment_of
from kneepose.words.safety import PAIN_RULE, STATED_LIMITS
from kneepose.words.units import amount, number

__all__ = ["course_sentence", "outcome_sentence", "trend_text"]

_OTHER_ANSWER: Final = (
    "Less pain without a changed angle is a success, not a failure: strengthening is not shown to "
    "change the angle."
)


def trend_text(
    *,
    subject: str,
    involved: str,
    on: str,
    courses: Sequence[Course],
    leading: Sequence[Course],
    outcomes: Sequence[Outcome],
    pain: Outcome | None,
    adherence: Sequence[Adherence],
    appointments: Sequence[Appointment],
    exchanged: Sequence[str],
    red_flags: str,
) -> str:
    """Return a trend as text for a terminal; the arguments are the attributes of `Trend`."""
    side = "" if involved == "none" else f", symptoms {_sides(involved)}"
    found = [f"{subject}{side}, up to {on}"]
    courses = sorted(courses, key=lambda course: course not in leading)
    found += [f"  {course_sentence(course)}" for course in courses]
    if not courses:
        found.append("  Movement: no test day is recorded. Pain and function are told without it.")
    found += [f"  {outcome_sentence(outcome)}" for outcome in outcomes]
    if not outcomes:
        found.append("  Pain and function: nothing is recorded.")
    both = _both(leading, pain)
    found += [f"  {both}"] if both else []
    found += [f"  {_adherence_sentence(one)}" for one in adherence]
    sure = [f"  {line}" for course in courses for line in _how_sure(course)]
    sure += [f"  {line}" for line in _sure_of_scales(outcomes)]
    if exchanged:
        sure.append(
            f"  On {', '.join(exchanged)} each leg moves as the other one did at the start. Are the "
            "sides exchanged, or the clip mirrored? These days are not compared until that is "
            "corrected."
        )
    then = [f"  {line}" for line in _next(courses, outcomes, appointments, red_flags)]
    parts = [
        "\n".join(found),
        "\n".join(["How sure", *sure]) if sure else "",
        "\n".join(["Next", *then]),
        STATED_LIMITS,
    ]
    return "\n\n".join(part for part in parts if part)


def _sides(side: str) -> str:
    return {"both": "on both sides"}.get(side, f"on the {side}")


def course_sentence(course: Course) -> str:
    """Return the finding about one leg in one exercise, in one or two sentences.

    Improvement reads as improvement: a smaller inward angle is "less inward".
    """
    who = f"{course.title}, {course.side} leg"
    if not course.measure:
        return (
            f"{who}: no measure that leads this exercise has four repetitions; nothing to compare."
        )
    start = f"{amount(course.baseline, course.unit)} at the start"
    judged = course.judged
    if not judged:
        why = "no later test day yet"
        if course.visits:
            why = f"no verdict: {_lower(course.visits[-1].reason.sentence).rstrip('.')}"
        return f"{who}: {why}. {_what(course)}: {start}."
    last = judged[-1]
    values = f"{start}, {amount(last.value, course.unit)} on {last.date}"
    how = _how(course, last)
    verdict = {
        Change.CHANGED: "changed" + _for_the_better(course),
        Change.PERHAPS: "perhaps changed" + _for_the_better(course),
        Change.NOT_SHOWN: "a change is not shown",
    }[course.verdict]
    text = f"{who}: {verdict}. {how} ({values})."
    earlier = course.earlier_change
    if earlier is not None:
        text += f" It was beyond the error on {earlier[0].date} and {earlier[1].date}."
    return text


def _for_the_better(course: Course) -> str:
    return {True: ", for the better", False: ", for the worse", None: ""}[course.better]


def _what(course: Course) -> str:
    wording = WORDINGS.get(course.exercise)
    return course.measure if wording is None else wording.label(course.measure, course.unit)


def _how(course: Course, last: Visit) -> str:
    """Return the change in words, with the sense of what is inward and what is outward."""
    size = amount(abs(last.change), course.unit)
    depth = moment_of(course.measure).removeprefix("at_")
    more = last.change > 0
    if course.measure.startswith("fppa"):
        crossed = course.baseline > 0 > last.value or course.baseline < 0 < last.value
        outward = max(course.baseline, last.value) <= 0
        if crossed:
            how = f"{size} further {'inward' if more else 'outward'}, across the straight line"
        elif outward:
            how = f"{size} {'less' if more else 'further'} outward"
        else:
            how = f"{size} {'further' if more else 'less'} inward"
        return f"At {depth}° of knee bend the knee points {how}"
    wording = WORDINGS.get(course.exercise)
    name = course.measure if wording is None else wording.words(course.measure).short
    return f"{name}: {size} {'more' if more else 'less'}"


def outcome_sentence(outcome: Outcome) -> str:
    """Return the finding about one scale of pain or function, in one sentence."""
    row = SCALES[outcome.scale]
    name = f"{row.title}, {outcome.side}" if outcome.side in ("left", "right") else row.title
    first, last = (_value(value) for value in (outcome.values[0], outcome.values[-1]))
    unit = f" {row.unit}" if row.unit else ""
    if outcome.verdict is Important.NOT_JUDGED:
        return f"{name}: {last} on {outcome.dates[-1]}."
    if outcome.verdict is Important.NOT_YET:
        return f"{name}: {last}{unit} on {outcome.dates[-1]}; no later entry yet."
    moved = {True: "up", False: "down"}[outcome.change > 0]
    by = f"{moved} by {_value(abs(outcome.change))}" if outcome.change else "as before"
    words = {
        Important.BETTER: f"better by what matters: {by}",
        Important.PERHAPS_BETTER: f"perhaps better: {by}",
        Important.WORSE: f"worse by what matters: {by}",
        Important.PERHAPS_WORSE: f"perhaps worse: {by}",
        Important.NO: f"no important change: {by}",
    }[outcome.verdict]
    return f"{name}: {words} (from {first} to {last}{unit}, {outcome.dates[0]} to {outcome.dates[-1]})."


def _value(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _both(leading: Sequence[Course], pain: Outcome | None) -> str:
    """Return a sentence on movement beside pain; never one verdict on both."""
    judged = [course for course in leading if course.judged]
    if not judged or pain is None:
        return ""
    changed = any(course.verdict is Change.CHANGED for course in judged)
    perhaps = any(course.verdict is Change.PERHAPS for course in judged)
    fell = pain.verdict is Important.BETTER
    if changed and fell:
        return "The movement changed and pain fell. That does not show that one of them made the other."
    if changed:
        rose = pain.verdict is Important.WORSE
        return (
            f"The movement changed; pain {'rose' if rose else 'did not fall'} by what matters."
            + ("" if rose else " The angle is not the aim: pain and function are.")
        )
    if fell:
        form = "is perhaps there" if perhaps else "is not shown"
        return f"Pain fell by what matters; a change of the movement {form}. {_OTHER_ANSWER}"
    return ""


def _adherence_sentence(one: Adherence) -> str:
    title = one.exercise.replace("_", " ").capitalize()
    text = f"{title}: {one.done} of {one.prescribed} prescribed days are recorded as done"
    text += f", {one.part} in part" if one.part else ""
    text += f", {one.not_done} as not done" if one.not_done else ""
    if one.unrecorded:
        weeks = ", ".join(map(str, one.unrecorded))
        plural = "weeks" if len(one.unrecorded) > 1 else "week"
        text += f". Nothing is recorded of {plural} {weeks}, which is not the same as not done"
    return f"{text}."


def _how_sure(course: Course) -> list[str]:
    who = f"{course.title}, {course.side} leg"
    lines = []
    judged = course.judged
    if judged:
        last = judged[-1]
        limit = number(last.detectable or float("nan"), course.unit)
        days = "two test days" if len(course.baseline_dates) > 1 else "one test day"
        if course.own is not None:
            basis = (
                f"your own error of {number(course.own.sem, course.unit)} "
                f"({course.own.freedom} degrees of freedom)"
            )
        elif course.scatter == course.scatter:
            basis = "the published error, or the scatter of your own test days where that is larger"
        else:
            basis = "the published error; your own is not known"
        reach = {
            Change.CHANGED: "It was reached on the last two test days",
            Change.PERHAPS: "It was reached on the last two test days, but your own error is not known"
            if len(judged) > 1 and judged[-2].beyond and course.own is None
            else "It was reached on one test day only",
            Change.NOT_SHOWN: "The last test day did not reach it",
        }[course.verdict]
        lines.append(
            f"{who}: a change counts from {limit}, by {basis}; the start is the mean of {days}. "
            f"{reach}."
        )
    lines += [
        f"{who}, {visit.date}: not judged. {visit.reason.sentence} {visit.reason.remedy}".rstrip()
        for visit in course.visits
        if visit.reason is not Validity.OK
    ]
    lines += _left_out(who, course.left_out)
    return lines


def _left_out(who: str, left_out: Sequence[LeftOut]) -> list[str]:
    return [
        f"{who}, {one.date}: left out, because the {one.what} differs ({one.given}; at the start "
        f"{one.needed})."
        for one in left_out
    ]


def _sure_of_scales(outcomes: Sequence[Outcome]) -> list[str]:
    rows = {one.scale: one for one in outcomes if one.important is not None}
    by_text: dict[str, list[str]] = {}
    for scale, one in rows.items():
        row = SCALES[scale]
        own = "" if one.detectable is None else f", and beyond its error of {one.detectable:g}"
        text = f"matters from {one.important:g} {row.unit}{own}. Source: {row.source}."
        by_text.setdefault(text, []).append(row.title)
    return [f"{', '.join(names)}: a change {text}" for text, names in by_text.items()]


def _next(
    courses: Sequence[Course],
    outcomes: Sequence[Outcome],
    appointments: Sequence[Appointment],
    red_flags: str,
) -> list[str]:
    lines = []
    if red_flags:
        lines.append(
            f"Answer the questions about signs that need care (kneepose flags): {red_flags}."
        )
    one_day = [
        course
        for course in courses
        if course.verdict is Change.PERHAPS
        and not (len(course.judged) > 1 and course.judged[-2].beyond)
    ]
    if one_day:
        lines.append("Repeat the test day within a week, in the same set-up: one day says perhaps.")
    if any(c.own is None and c.measure for c in courses):
        lines.append(
            "For a full verdict, measure your own error: six test days of both legs before treatment, "
            "or at a time without a change (kneepose reliability)."
        )
    if not courses:
        lines.append(
            "Record a test day, and a second one within ten days: every comparison starts there."
        )
    elif any(len(c.baseline_dates) == 1 and not c.visits for c in courses):
        lines.append(
            "Record a second test day within ten days of the first: the start is then surer."
        )
    missed = [str(one.week) for one in appointments if one.missed]
    if missed:
        lines.append(f"No test day was recorded for week {', '.join(missed)}; that time is over.")
    to_come = next((one for one in appointments if not one.date and not one.missed), None)
    if to_come is not None:
        lines.append(
            f"Next test day: week {to_come.week}, between {to_come.first} and {to_come.last}."
        )
    worse = [one for one in outcomes if one.verdict in (Important.WORSE, Important.PERHAPS_WORSE)]
    if worse:
        lines.append(f"Something got worse. {PAIN_RULE} Ask a clinician.")
    return lines or ["Go on, and record pain once a week."]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
