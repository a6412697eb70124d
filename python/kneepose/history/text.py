"""Text form of a trend: findings first, then their certainty, then the next steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kneepose.exercises.spec import built_in
from kneepose.history.appointments import Appointment
from kneepose.history.course import Change, Course, LeftOut, Visit
from kneepose.history.outcomes import SCALES
from kneepose.history.reported import Adherence, Important, Outcome
from kneepose.validity import Validity
from kneepose.words.catalogue import current_language, mid, opened, tr, tr_measured, trn
from kneepose.words.exercises import WORDINGS
from kneepose.words.measures import moment_of
from kneepose.words.safety import PAIN_RULE, STATED_LIMITS
from kneepose.words.units import amount, number

__all__ = [
    "NO_OUTCOME",
    "NO_TEST_DAY",
    "adherence_sentence",
    "basis_words",
    "both_sentence",
    "course_sentence",
    "exchanged_lines",
    "exercise_words",
    "how_sure",
    "important_words",
    "leg_words",
    "measure_words",
    "next_appointment",
    "next_steps",
    "outcome_sentence",
    "reach_words",
    "scale_words",
    "side_words",
    "sure_of_scales",
    "trend_text",
    "unit_words",
    "value_words",
    "verdict_words",
]

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
    notes: Sequence[str] = (),
) -> str:
    """Return a trend as text for a terminal; the arguments are the attributes of `Trend`."""
    side = "" if involved == "none" else f", {side_words(involved)}"
    found = [f"{subject}{side}, {tr('up to {day}', day=on)}"]
    courses = sorted(courses, key=lambda course: course not in leading)
    found += [f"  {course_sentence(course)}" for course in courses]
    if not courses:
        found.append(f"  {tr(NO_TEST_DAY)}")
    found += [f"  {outcome_sentence(outcome)}" for outcome in outcomes]
    if not outcomes:
        found.append(f"  {tr(NO_OUTCOME)}")
    both = both_sentence(leading, pain)
    found += [f"  {both}"] if both else []
    found += [f"  {adherence_sentence(one)}" for one in adherence]
    sure = [f"  {line}" for course in courses for line in how_sure(course)]
    sure += [f"  {line}" for line in sure_of_scales(outcomes)]
    sure += [f"  {line}" for line in exchanged_lines(exchanged)]
    sure += [f"  {tr_measured(note)}" for note in notes]
    then = [f"  {line}" for line in next_steps(courses, outcomes, appointments, red_flags)]
    parts = [
        "\n".join(found),
        "\n".join([tr("How sure"), *sure]) if sure else "",
        "\n".join([tr("Next"), *then]),
        tr(STATED_LIMITS),
    ]
    return "\n\n".join(part for part in parts if part)


NO_TEST_DAY: Final = "Movement: no test day is recorded. Pain and function are told without it."
NO_OUTCOME: Final = "Pain and function: nothing is recorded."


def exchanged_lines(days: Sequence[str]) -> list[str]:
    """Return a sentence about days on which the legs look exchanged, if there are any."""
    if not days:
        return []
    return [
        tr(
            "On {days} each leg moves as the other one did at the start. Are the sides exchanged, or "
            "the clip mirrored? These days are not compared until that is corrected.",
            days=", ".join(days),
        )
    ]


def side_words(involved: str) -> str:
    """Return the symptomatic side as part of a sentence."""
    return tr(
        {
            "both": "symptoms on both sides",
            "left": "symptoms on the left",
            "right": "symptoms on the right",
            "none": "no symptomatic side",
        }[involved]
    )


def leg_words(course: Course) -> str:
    """Return exercise and leg of a course."""
    leg = {"left": "left leg", "right": "right leg"}[course.side]
    return f"{opened(tr(course.title))}, {tr(leg)}"


def verdict_words(course: Course) -> str:
    """Return the verdict on a course in a few words; empty without a verdict."""
    if not course.judged:
        return ""
    words = {
        Change.CHANGED: {
            True: "changed, for the better",
            False: "changed, for the worse",
            None: "changed",
        }[course.better],
        Change.PERHAPS: {
            True: "perhaps changed, for the better",
            False: "perhaps changed, for the worse",
            None: "perhaps changed",
        }[course.better],
        Change.NOT_SHOWN: "a change is not shown",
    }[course.verdict]
    return tr(words)


def course_sentence(course: Course) -> str:
    """Return one or two sentences on the changes of one leg in one exercise.

    The words express improvement as such: a smaller inward angle is "less inward".
    """
    who = leg_words(course)
    if not course.measure:
        return tr(
            "{who}: no measure that leads this exercise has four repetitions; nothing to compare.",
            who=who,
        )
    start = tr("{value} at the start", value=amount(course.baseline, course.unit))
    judged = course.judged
    if not judged:
        why = tr("no later test day yet")
        if course.visits:
            reason = mid(tr(course.visits[-1].reason.sentence)).rstrip(".")
            why = tr("no verdict: {reason}", reason=reason)
        return f"{who}: {why}. {measure_words(course)}: {start}."
    last = judged[-1]
    values = tr(
        "{start}, {value} on {day}",
        start=start,
        value=amount(last.value, course.unit),
        day=last.date,
    )
    text = f"{who}: {verdict_words(course)}. {how_words(course, last)} ({values})."
    earlier = course.earlier_change
    if earlier is not None:
        days = {"first": earlier[0].date, "last": earlier[1].date}
        text += " " + tr("It was beyond the error on {first} and {last}.", **days)
    return text


def measure_words(course: Course) -> str:
    """Return the display name of the primary measure."""
    wording = WORDINGS.get(course.exercise)
    return course.measure if wording is None else wording.label(course.measure, course.unit)


def how_words(course: Course, last: Visit) -> str:
    """Return the change in words, such as "further inward" or "less outward"."""
    size = amount(abs(last.change), course.unit)
    depth = moment_of(course.measure).removeprefix("at_")
    more = last.change > 0
    if size == amount(0.0, course.unit):
        return tr("The same as at the start")
    if course.measure.startswith("fppa"):
        crossed = course.baseline > 0 > last.value or course.baseline < 0 < last.value
        if crossed:
            way = (
                "At {depth}° of knee bend the knee points {size} further inward, across the "
                "straight line"
                if more
                else "At {depth}° of knee bend the knee points {size} further outward, across the "
                "straight line"
            )
        elif max(course.baseline, last.value) <= 0:
            way = (
                "At {depth}° of knee bend the knee points {size} less outward"
                if more
                else "At {depth}° of knee bend the knee points {size} further outward"
            )
        else:
            way = (
                "At {depth}° of knee bend the knee points {size} further inward"
                if more
                else "At {depth}° of knee bend the knee points {size} less inward"
            )
        return tr(way, depth=depth, size=size)
    wording = WORDINGS.get(course.exercise)
    name = course.measure if wording is None else tr(wording.words(course.measure).short)
    return tr(
        "{name}: {size} more" if more else "{name}: {size} less", name=opened(name), size=size
    )


def scale_words(outcome: Outcome) -> str:
    """Return the name of a scale, with its side."""
    name = tr(SCALES[outcome.scale].title)
    return f"{name}, {tr(outcome.side)}" if outcome.side in ("left", "right") else name


def unit_words(scale: str) -> str:
    """Return the unit of a scale with a leading space, to append to a number."""
    unit = SCALES[scale].unit
    return f" {tr(unit)}" if unit else ""


def outcome_sentence(outcome: Outcome) -> str:
    """Return one sentence on the changes of one scale of pain or function."""
    name, unit = scale_words(outcome), unit_words(outcome.scale)
    first, last = (value_words(value) for value in (outcome.values[0], outcome.values[-1]))
    day = outcome.dates[-1]
    if outcome.verdict is Important.NOT_JUDGED:
        return tr("{name}: {value} on {day}.", name=name, value=f"{last}{unit}", day=day)
    if outcome.verdict is Important.NOT_YET:
        text = "{name}: {value} on {day}; no later entry yet."
        return tr(text, name=name, value=f"{last}{unit}", day=day)
    return tr(
        "{name}: {verdict} (from {first} to {last}, {since} to {until}).",
        name=name, verdict=important_words(outcome), first=first, last=f"{last}{unit}",
        since=outcome.dates[0], until=day,
    )  # fmt: skip


def important_words(outcome: Outcome) -> str:
    """Return the verdict on a scale, with the amount of change."""
    by = tr("as before")
    if outcome.change:
        text = "up by {change}" if outcome.change > 0 else "down by {change}"
        by = tr(text, change=value_words(abs(outcome.change)))
    words = {
        Important.BETTER: "better by what matters: {by}",
        Important.PERHAPS_BETTER: "perhaps better: {by}",
        Important.WORSE: "worse by what matters: {by}",
        Important.PERHAPS_WORSE: "perhaps worse: {by}",
        Important.NO: "no important change: {by}",
    }[outcome.verdict]
    return tr(words, by=by)


def value_words(value: float) -> str:
    """Return a value of a scale, with the decimal mark of the language."""
    return f"{value:g}".replace("-", "−").replace(".", current_language().decimal)


def both_sentence(leading: Sequence[Course], pain: Outcome | None) -> str:
    """Return a sentence on the changes of movement and of pain, without a common verdict."""
    judged = [course for course in leading if course.judged]
    if not judged or pain is None:
        return ""
    changed = any(course.verdict is Change.CHANGED for course in judged)
    perhaps = any(course.verdict is Change.PERHAPS for course in judged)
    fell = pain.verdict is Important.BETTER
    if changed and fell:
        return tr(
            "The movement changed and pain fell. That does not show that one of them made the other."
        )
    if changed and pain.verdict is Important.WORSE:
        return tr("The movement changed; pain rose by what matters.")
    if changed:
        return tr(
            "The movement changed; pain did not fall by what matters. The angle is not the aim: pain "
            "and function are."
        )
    if fell:
        form = (
            "Pain fell by what matters; a change of the movement is perhaps there."
            if perhaps
            else "Pain fell by what matters; a change of the movement is not shown."
        )
        return f"{tr(form)} {tr(_OTHER_ANSWER)}"
    return ""


def exercise_words(name: str) -> str:
    """Return the display name of an exercise, built-in or user-defined."""
    if name in WORDINGS:
        return opened(tr(built_in(name)["title"]))
    return opened(name.replace("_", " "))


def adherence_sentence(one: Adherence) -> str:
    """Return a sentence on the recorded adherence to a prescription."""
    text = tr(
        "{title}: {done} of {prescribed} prescribed days are recorded as done",
        title=exercise_words(one.exercise), done=one.done, prescribed=one.prescribed,
    )  # fmt: skip
    text += tr(", {n} in part", n=one.part) if one.part else ""
    text += tr(", {n} as not done", n=one.not_done) if one.not_done else ""
    if one.unrecorded:
        text += trn(
            ". Nothing is recorded of week {weeks}, which is not the same as not done",
            ". Nothing is recorded of weeks {weeks}, which is not the same as not done",
            len(one.unrecorded),
            weeks=_runs(one.unrecorded),
        )
    return f"{text}."


def _runs(numbers: Sequence[int]) -> str:
    """Return increasing numbers as text, with three or more consecutive ones as a range.

    Examples
    --------
    >>> _runs([2, 3, 5, 8, 9, 10, 11])
    '2, 3, 5, 8–11'
    """
    runs: list[list[int]] = []
    for number_ in numbers:
        if runs and runs[-1][-1] == number_ - 1:
            runs[-1].append(number_)
        else:
            runs.append([number_])
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs
    )


def basis_words(course: Course) -> str:
    """Return the error of measurement from which the detectable change of a course is derived."""
    own = course.own
    if own is not None and own.people:
        return tr(
            "the error of a study of {people} people with the same set-up, {error} ({freedom} degrees "
            "of freedom)",
            people=own.people, error=number(own.sem, course.unit), freedom=f"{own.freedom:.0f}",
        )  # fmt: skip
    if own is not None:
        return tr(
            "your own error of {error} ({freedom} degrees of freedom)",
            error=number(own.sem, course.unit), freedom=f"{own.freedom:.0f}",
        )  # fmt: skip
    if course.scatter == course.scatter:
        return tr("the published error, or the scatter of your own test days where that is larger")
    return tr("the published error; your own is not known")


def reach_words(course: Course) -> str:
    """Return a sentence on the test days on which the detectable change was reached."""
    judged = course.judged
    if course.verdict is Change.CHANGED:
        return tr("It was reached on the last two test days.")
    if course.verdict is Change.NOT_SHOWN:
        return tr("The last test day did not reach it.")
    if len(judged) > 1 and judged[-2].beyond and course.own is None:
        return tr("It was reached on the last two test days, but your own error is not known.")
    return tr("It was reached on one test day only.")


def how_sure(course: Course) -> list[str]:
    """Return sentences on the certainty of a course's verdict, and on days without a verdict."""
    who = leg_words(course)
    lines = []
    judged = course.judged
    if judged:
        limit = number(judged[-1].detectable or float("nan"), course.unit)
        text = (
            "{who}: a change counts from {limit}, by {basis}; the start is the mean of two test "
            "days."
            if len(course.baseline_dates) > 1
            else "{who}: a change counts from {limit}, by {basis}; the start is the mean of one test "
            "day."
        )
        said = tr(text, who=who, limit=limit, basis=basis_words(course))
        lines.append(f"{said} {reach_words(course)}")
    for visit in course.visits:
        if visit.reason is not Validity.OK:
            said = tr("{who}, {day}: not judged.", who=who, day=visit.date)
            why = f"{tr(visit.reason.sentence)} {tr(visit.reason.remedy)}"
            lines.append(f"{said} {why}".rstrip())
    return [*lines, *left_out_lines(who, course.left_out)]


def left_out_lines(who: str, left_out: Sequence[LeftOut]) -> list[str]:
    """Return a sentence for each recording excluded from the comparison."""

    def shown(value: str) -> str:
        return tr("not stated") if value == "not stated" else value

    return [
        tr(
            "{who}, {day}: left out, because the {what} differs ({given}; at the start {needed}).",
            who=who, day=one.date, what=tr(one.what), given=shown(one.given),
            needed=shown(one.needed),
        )
        for one in left_out
    ]  # fmt: skip


def sure_of_scales(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the important change of each scale as sentences, with their sources."""
    rows = {one.scale: one for one in outcomes if one.important is not None}
    by_text: dict[str, list[str]] = {}
    for scale, one in rows.items():
        row = SCALES[scale]
        size = f"{value_words(one.important or 0)}{unit_words(scale)}"
        text = tr("a change matters from {size}", size=size)
        if one.detectable is not None:
            text += tr(", and beyond its error of {error}", error=value_words(one.detectable))
        by_text.setdefault(f"{text}. {tr('Source')}: {tr(row.source)}.", []).append(tr(row.title))
    return [f"{', '.join(names)}: {text}" for text, names in by_text.items()]


def next_steps(
    courses: Sequence[Course],
    outcomes: Sequence[Outcome],
    appointments: Sequence[Appointment],
    red_flags: str,
) -> list[str]:
    """Return the recommended next steps, the most urgent first."""
    lines = []
    if red_flags:
        lines.append(
            tr(
                "Answer the questions about signs that need care (kneepose flags): {why}.",
                why=tr_measured(red_flags),
            )
        )
    one_day = [
        course
        for course in courses
        if course.verdict is Change.PERHAPS
        and not (len(course.judged) > 1 and course.judged[-2].beyond)
    ]
    if one_day:
        lines.append(
            tr("Repeat the test day within a week, in the same set-up: one day says perhaps.")
        )
    if any(c.own is None and c.measure for c in courses):
        lines.append(
            tr(
                "For a full verdict, measure your own error: six test days of both legs before "
                "treatment, or at a time without a change (kneepose reliability)."
            )
        )
    if not courses:
        lines.append(
            tr(
                "Record a test day, and a second one within ten days: every comparison starts there."
            )
        )
    elif any(len(c.baseline_dates) == 1 and not c.visits for c in courses):
        lines.append(
            tr("Record a second test day within ten days of the first: the start is then surer.")
        )
    missed = [str(one.week) for one in appointments if one.missed]
    if missed:
        lines.append(
            tr(
                "No test day was recorded for week {weeks}; that time is over.",
                weeks=", ".join(missed),
            )
        )
    to_come = next_appointment(appointments)
    if to_come is not None:
        lines.append(
            tr(
                "Next test day: week {week}, between {first} and {last}.",
                week=to_come.week, first=to_come.first, last=to_come.last,
            )
        )  # fmt: skip
    worse = [one for one in outcomes if one.verdict in (Important.WORSE, Important.PERHAPS_WORSE)]
    if worse:
        lines.append(f"{tr('Something got worse.')} {tr(PAIN_RULE)} {tr('Ask a clinician.')}")
    return lines or [tr("Go on, and record pain once a week.")]


def next_appointment(appointments: Sequence[Appointment]) -> Appointment | None:
    """Return the next scheduled test day; None if there is none."""
    return next((one for one in appointments if not one.date and not one.missed), None)
