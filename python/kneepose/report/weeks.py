"""Pages on the weeks of a treatment, for clinicians and for patients. They require jinja2."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kneepose import _core
from kneepose.history.course import Change, means_of_days
from kneepose.history.outcomes import SCALES
from kneepose.history.text import (
    NO_OUTCOME,
    NO_TEST_DAY,
    adherence_sentence,
    basis_words,
    both_sentence,
    course_sentence,
    exchanged_lines,
    exercise_words,
    how_sure,
    important_words,
    leg_words,
    measure_words,
    next_appointment,
    next_steps,
    outcome_sentence,
    reach_words,
    scale_words,
    side_words,
    sure_of_scales,
    unit_words,
    value_words,
    verdict_words,
)
from kneepose.report.chart import INK, MUTED, Chart, style_of
from kneepose.report.template import template_of
from kneepose.validity import Validity
from kneepose.words.catalogue import current_language, opened, speak, tr, tr_measured, trn
from kneepose.words.safety import PAIN_RULE, STATED_LIMITS, STOP_SIGNS
from kneepose.words.units import amount, number
from kneepose.writing import write_text

if TYPE_CHECKING:
    from kneepose.history.course import Course
    from kneepose.history.reported import Adherence, Outcome
    from kneepose.history.trend import Trend

__all__ = ["write_weeks"]

Row = dict[str, Any]
#: Minimum number of weeks shown in a chart.
_LEAST_WEEKS: Final = 8
#: Pain scales that share one chart, each with its own marker.
_PAIN: Final = ("worst", "usual", "vas_worst", "vas_usual")
_PAIN_COLOR: Final = "#7a3b8f"


def write_weeks(
    trend: Trend,
    subject: Mapping[str, Any],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    analyses: Sequence[Mapping[str, Any]],
    path: str | Path,
    *,
    audience: str,
    language: str | None = None,
) -> Path:
    """Write the page, readable by its owner only; see `History.to_html`.

    Parameters
    ----------
    trend
        The trend.
    subject, entries, analyses
        Row of the subject, its entries by table, and its stored analyses.
    path
        File to write.
    audience
        ``"clinician"`` or ``"patient"``.
    language
        Code of a language; None uses the current one.
    """
    template = template_of(f"weeks_{audience}.html.j2")
    known = {
        name: [row for row in rows if row["date"] <= trend.on] for name, rows in entries.items()
    }
    seen = [row for row in analyses if row["date"] <= trend.on]
    make = {"clinician": _clinician, "patient": _patient}[audience]
    with speak(language, "plain" if audience == "patient" else "clinical"):
        page = template.render(
            language=current_language().code,
            version=_core.version(),
            limits=tr(STATED_LIMITS),
            pain_rule=tr(PAIN_RULE),
            stop_signs=[tr(sign) for sign in STOP_SIGNS],
            **make(trend, subject, known, seen),
        )
    return write_text(path, page, private=True)


# --- page for the clinician ---------------------------------------------------------------------


def _clinician(
    trend: Trend,
    subject: Mapping[str, Any],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    analyses: Sequence[Mapping[str, Any]],
) -> Row:
    began = _start(trend, entries)
    weeks = _weeks(trend, began)
    courses = sorted(trend.courses, key=lambda one: one not in trend.leading)
    by_exercise: dict[str, list[Course]] = {}
    for course in sorted(trend.courses, key=lambda one: one.side):
        by_exercise.setdefault(course.exercise, []).append(course)
    found = [course_sentence(course) for course in courses] or [tr(NO_TEST_DAY)]
    found += [outcome_sentence(one) for one in trend.outcomes] or [tr(NO_OUTCOME)]
    both = both_sentence(trend.leading, trend.pain)
    return {
        "subject": trend.subject,
        "facts": _facts(trend, subject, entries, analyses),
        "rows": [
            {
                "exercise": exercise_words(name),
                "measure": _measure_of(group),
                "charts": [_course_chart(c, group, weeks) for c in group if c.measure],
            }
            for name, group in by_exercise.items()
        ],
        "pain_charts": _pain_charts(trend, weeks, began),
        "verdicts": [_verdict_row(course) for course in courses],
        "both": both,
        "found": found,
        "adherence": [adherence_sentence(one) for one in trend.adherence],
        "sure": [line for course in courses for line in how_sure(course)]
        + sure_of_scales(trend.outcomes)
        + exchanged_lines(trend.exchanged)
        + list(map(tr_measured, trend.notes)),
        # The next scheduled test day is shown in a separate box.
        "next": next_steps(
            courses, trend.outcomes, [one for one in trend.appointments if one.missed], trend.red_flags
        ),
        "appointment": _appointment(trend),
        "dates": _dates(trend, entries, analyses),
        "strength": [
            tr(
                "{day}: {movement}, {side}: {value}",
                day=row["date"], movement=row["movement"], side=tr(row["side"]),
                value=f"{value_words(row['value'])} {row['unit']}",
            )
            for row in entries["strength"]
        ],
    }  # fmt: skip


def _facts(
    trend: Trend,
    subject: Mapping[str, Any],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    analyses: Sequence[Mapping[str, Any]],
) -> list[tuple[str, str]]:
    tests = {row["date"] for row in analyses if row["kind"] == "test_day"}
    facts = [(tr("Symptoms"), opened(side_words(trend.involved)))]
    if subject["symptoms_since"]:
        facts.append((tr("Since"), subject["symptoms_since"]))
    facts.append((tr("Test days"), str(len(tests))))
    started = [row["date"] for row in entries["prescription"]]
    if started:
        facts.append((tr("Treatment from"), min(started)))
    facts.append((tr("State of"), trend.on))
    return facts


def _measure_of(group: Sequence[Course]) -> str:
    named = [course for course in group if course.measure]
    return measure_words(named[0]) if named else ""


def _verdict_row(course: Course) -> Row:
    """Return a row of the table of verdicts, including the reason."""
    judged = course.judged
    if not judged:
        reason = next((visit.reason for visit in course.visits[::-1]), None)
        why = tr("no later test day yet") if reason is None else tr(reason.sentence)
        return {
            "who": leg_words(course), "start": _shown(course, course.baseline), "last": "–",
            "change": "–", "limit": "–", "verdict": tr("no verdict"), "why": why, "state": "none",
        }  # fmt: skip
    last = judged[-1]
    return {
        "who": leg_words(course),
        "start": _shown(course, course.baseline),
        "last": f"{_shown(course, last.value)} ({last.date})",
        "change": number(last.change, course.unit, signed=True),
        "limit": number(last.detectable or float("nan"), course.unit),
        "verdict": opened(verdict_words(course)),
        "why": f"{opened(basis_words(course))}. {reach_words(course)}",
        "state": str(course.verdict),
    }


def _shown(course: Course, value: float) -> str:
    return number(value, course.unit) if course.measure else "–"


def _appointment(trend: Trend) -> Row | None:
    one = next_appointment(trend.appointments)
    if one is None:
        return None
    return {"week": one.week, "first": one.first, "last": one.last}


def _dates(
    trend: Trend,
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    analyses: Sequence[Mapping[str, Any]],
) -> Row | None:
    """Return the table of days, with one column per leg and per scale; None without days."""
    kinds: dict[str, list[str]] = {}
    filmed = {(row["date"], row["kind"]) for row in analyses}
    for row in entries["session"]:
        if (row["date"], row["kind"]) in filmed:
            kind = tr("test day") if row["kind"] == "test_day" else tr("training")
            kinds.setdefault(row["date"], []).append(kind)
    columns: list[tuple[str, dict[str, str]]] = []
    courses = [course for course in trend.courses if course.measure]
    several = len({course.exercise for course in courses}) > 1
    for course in courses:
        head = tr(course.side)
        head = f"{tr(course.title)}, {head}" if several else head
        columns.append((opened(head), _values_of_days(course, analyses)))
    columns += [
        (
            scale_words(one),
            {day: value_words(value) for day, value in zip(one.dates, one.values, strict=True)},
        )
        for one in trend.outcomes
    ]
    days = {row["date"] for row in analyses}.union(kinds, *(values for _, values in columns))
    if not days:
        return None
    return {
        "heads": [head for head, _ in columns],
        "rows": [
            {
                "day": day,
                "session": ", ".join(dict.fromkeys(kinds.get(day, ()))),
                "values": [values.get(day, "") for _, values in columns],
            }
            for day in sorted(days)
        ],
    }


def _values_of_days(course: Course, analyses: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return a course's values by day, each marked as start, left out or not judged."""
    own = [
        row
        for row in analyses
        if (row["exercise"], row["side"], row["kind"]) == (course.exercise, course.side, "test_day")
    ]
    reasons = {visit.date: visit.reason for visit in course.visits}
    out = {one.date for one in course.left_out}
    found = {}
    for day, mean in means_of_days(own, course.measure or "").items():
        text = number(mean, course.unit) if np.isfinite(mean) else tr("not measured")
        if day in course.baseline_dates:
            text += f" ({tr('start')})"
        elif day in out:
            text += f" ({tr('left out')})"
        elif reasons.get(day, Validity.OK) is not Validity.OK:
            text += f" ({tr('not judged')})"
        found[day] = text
    return found


# --- page for the patient -----------------------------------------------------------------------


def _patient(
    trend: Trend,
    subject: Mapping[str, Any],
    entries: Mapping[str, Sequence[Mapping[str, Any]]],
    analyses: Sequence[Mapping[str, Any]],
) -> Row:
    began = _start(trend, entries)
    weeks = _weeks(trend, began)
    goals = entries["goal"]
    return {
        "figures": [
            _movement_figure(trend, weeks),
            _pain_figure(trend, weeks, began),
            _doing_figure(trend),
        ],
        "cue": _cue(analyses),
        "sets": _sets(trend, entries),
        "goal": goals[-1]["words"] if goals else "",
        "appointment": _appointment(trend),
        "care": trend.red_flags != "" and bool(entries["red_flag"]),
        "on": trend.on,
    }


def _movement_figure(trend: Trend, weeks: tuple[float, float]) -> Row:
    """Return the figure of one symptomatic leg, preferring a leg whose movement changed."""
    order = [Change.CHANGED, Change.PERHAPS, Change.NOT_SHOWN, Change.NOT_YET, Change.NOT_JUDGED]
    known = [course for course in trend.leading if course.measure]
    title = tr("Your movement")
    if not known:
        return {"title": title, "big": "–", "words": tr("No film of a test day yet."), "svg": ""}
    course = min(known, key=lambda one: order.index(one.verdict))
    judged = course.judged
    svg = _course_chart(course, [course], weeks, small=True)["svg"]
    start = amount(course.baseline, course.unit)
    if not judged:
        words = tr("{who}. At the start: {start}.", who=leg_words(course), start=start)
        return {"title": title, "big": start, "words": words, "svg": svg}
    now = amount(judged[-1].value, course.unit)
    said = {
        Change.CHANGED: {
            True: "That is a change for the better.",
            False: "That is a change for the worse.",
            None: "That is a change.",
        }[course.better],
        Change.PERHAPS: "That may be a change, seen on two test days. How exact your filming is, is not "
        "known yet."
        if course.own is None and len(judged) > 1 and judged[-2].beyond
        else "That may be a change. Another test day will tell.",
        Change.NOT_SHOWN: "That is too little to call it a change.",
    }[course.verdict]
    words = tr("{who}: {what}.", who=leg_words(course), what=measure_words(course))
    return {
        "title": title,
        "big": tr("{start} → {now}", start=start, now=now),
        "words": f"{words} {tr(said)}",
        "svg": svg,
    }


def _pain_figure(trend: Trend, weeks: tuple[float, float], began: datetime.date) -> Row:
    title = tr("Your pain")
    pain = trend.pain or next((one for one in trend.outcomes if one.scale in _PAIN), None)
    if pain is None:
        words = tr("No pain is recorded yet. Once a week is enough.")
        return {"title": title, "big": "–", "words": words, "svg": ""}
    unit = unit_words(pain.scale)
    first, last = (value_words(value) for value in (pain.values[0], pain.values[-1]))
    svg = _scale_chart([pain], weeks, began, small=True)["svg"]
    if len(pain.values) < 2:
        words = tr("{name}, on {day}.", name=scale_words(pain), day=pain.dates[-1])
        return {"title": title, "big": f"{last}{unit}", "words": words, "svg": svg}
    return {
        "title": title,
        "big": f"{tr('{start} → {now}', start=first, now=last)}{unit}",
        "words": f"{scale_words(pain)}: {important_words(pain)}.",
        "svg": svg,
    }


def _doing_figure(trend: Trend) -> Row:
    title = tr("Your exercises")
    known = [one for one in trend.adherence if one.prescribed]
    if not known:
        words = tr("Nothing is prescribed yet.")
        return {"title": title, "big": "–", "words": words, "svg": ""}
    done = sum(min(one.done, one.prescribed) for one in known)
    prescribed = sum(one.prescribed for one in known)
    lines = [
        tr(
            "{title}: {done} of {prescribed} days",
            title=exercise_words(one.exercise), done=one.done, prescribed=one.prescribed,
        )
        for one in known
    ]  # fmt: skip
    empty = sum(len(one.unrecorded) for one in known)
    note = tr("Weeks without a record are not counted as not done.") if empty else ""
    return {
        "title": title,
        "big": tr("{done} of {prescribed} days", done=done, prescribed=prescribed),
        "words": f"{'. '.join(lines)}. {note}".strip(),
        "svg": _bars(known),
    }


def _cue(analyses: Sequence[Mapping[str, Any]]) -> str:
    """Return the cue of the first fault seen on the last filmed day, else a general text."""
    if analyses:
        last = analyses[-1]["date"]
        for row in reversed([row for row in analyses if row["date"] == last]):
            for fault in row["result"]["faults"]:
                if fault["seen"]:
                    return tr(fault["cue"])
        return tr("Keep doing it the way you do.")
    return tr("Slow and even: two seconds there, two seconds back.")


def _sets(trend: Trend, entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Row]:
    """Return the current prescription of each exercise and side, with its days this week."""
    now: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in entries["prescription"]:
        now[row["exercise"], row["side"]] = row
    on = datetime.date.fromisoformat(trend.on)
    monday = (on - datetime.timedelta(days=on.weekday())).isoformat()
    rows = []
    for (exercise, side), row in now.items():
        if row["until"] is not None and row["until"] < trend.on:
            continue
        days = {
            one["date"]
            for one in entries["logged_set"]
            if one["exercise"] == exercise and one["date"] >= monday
        }
        done = min(len(days), row["per_week"])
        legs = {"both": "both legs", "left": "left leg", "right": "right leg"}[side]
        rows.append(
            {
                "exercise": exercise_words(exercise),
                "leg": tr(legs),
                "dose": tr("{sets} × {reps}", sets=row["sets"], reps=row["reps"]),
                "load": row["load"],
                "days": trn("{n} day a week", "{n} days a week", row["per_week"]),
                "boxes": [n < done for n in range(row["per_week"])],
                "done": tr("{done} of {n} days this week", done=done, n=row["per_week"]),
            }
        )
    return rows


# --- charts of both pages -----------------------------------------------------------------------


def _start(trend: Trend, entries: Mapping[str, Sequence[Mapping[str, Any]]]) -> datetime.date:
    """Return day 0 of the charts: the last day of the baseline, else the first entry."""
    starts = [course.baseline_dates[-1] for course in trend.courses if course.baseline_dates]
    days = starts or [one.dates[0] for one in trend.outcomes] or [
        row["date"] for rows in entries.values() for row in rows
    ]  # fmt: skip
    return datetime.date.fromisoformat(min(days, default=trend.on))


def _weeks(trend: Trend, began: datetime.date) -> tuple[float, float]:
    """Return the range of weeks shared by all charts."""
    found = [visit.week for course in trend.courses for visit in course.visits]
    found += [_week(day, began) for one in trend.outcomes for day in one.dates]
    last = max([*found, float(_LEAST_WEEKS)])
    first = min([*found, 0.0])
    return first - 0.03 * (last - first), last + 0.03 * (last - first)


def _week(day: str, began: datetime.date) -> float:
    return (datetime.date.fromisoformat(day) - began).days / 7


def _week_ticks(weeks: tuple[float, float]) -> list[tuple[float, str]]:
    span = weeks[1] - max(weeks[0], 0.0)
    step = next((s for s in (2, 4, 8, 13, 26) if span / s <= 7), 52)
    return [(float(n), str(n)) for n in range(0, int(weeks[1]) + 1, step)]


def _course_chart(
    course: Course, group: Sequence[Course], weeks: tuple[float, float], *, small: bool = False
) -> Row:
    """Return the chart of one leg: the baseline with its error band, and the test days."""
    low, high = _range_of([one for one in group if one.measure])
    chart = _empty(weeks, (low, high), small=small)
    color, _, _ = style_of(course.side)
    limits = [visit.detectable for visit in course.visits if visit.detectable is not None]
    if limits:
        edge = limits[-1]
        y = np.full(2, course.baseline)
        chart.band(np.array(weeks), y - edge, y + edge, "#9aa1a8", opacity=0.28)
    chart.axes(course.unit, x_ticks=_week_ticks(weeks))
    chart.line(np.array(weeks), np.full(2, course.baseline), MUTED, width=1.1, dash="4 3")
    judged = course.judged
    x = np.array([0.0, *(visit.week for visit in judged)])
    y = np.array([course.baseline, *(visit.value for visit in judged)])
    chart.line(x, y, color, width=1.8)
    for week, value in zip(x, y, strict=True):
        chart.marker(float(week), float(value), course.side, size=4.0)
    for visit in course.visits:
        if visit.reason is not Validity.OK:
            chart.marker(visit.week, visit.value, f"{course.side}-first", size=3.6)
    return {
        "svg": chart.svg(),
        "title": _leg(course),
        "alt": course_sentence(course),
        "has_open": any(visit.reason is not Validity.OK for visit in course.visits),
    }


def _leg(course: Course) -> str:
    return opened(tr({"left": "left leg", "right": "right leg"}[course.side]))


def _range_of(group: Sequence[Course]) -> tuple[float, float]:
    """Return the value range shared by the charts of both legs of an exercise."""
    values: list[float] = []
    for course in group:
        edge = max([visit.detectable or 0.0 for visit in course.visits], default=0.0)
        values += [course.baseline - edge, course.baseline + edge]
        values += [visit.value for visit in course.visits]
    known = [value for value in values if np.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    room = 0.08 * (high - low) or 1.0
    return low - room, high + room


def _pain_charts(trend: Trend, weeks: tuple[float, float], began: datetime.date) -> list[Row]:
    """Return the charts of pain, one per side, and of the questionnaires."""
    groups: dict[tuple[str, str], list[Outcome]] = {}
    for one in trend.outcomes:
        if one.scale in ("worst", "usual"):
            groups.setdefault(("pain", one.side), []).append(one)
        elif SCALES[one.scale].important is not None and len(one.values) > 1:
            groups.setdefault((one.scale, one.side), []).append(one)
    return [_scale_chart(group, weeks, began) for group in groups.values()]


def _scale_chart(
    group: Sequence[Outcome],
    weeks: tuple[float, float],
    began: datetime.date,
    *,
    small: bool = False,
) -> Row:
    """Return the chart of one scale, or of worst and usual pain together."""
    row = SCALES[group[0].scale]
    chart = _empty(weeks, (row.least, row.most), small=small)
    is_pain = group[0].scale in ("worst", "usual")
    title = tr("Pain of the week, 0 to 10") if is_pain else scale_words(group[0])
    if is_pain and group[0].side in ("left", "right"):
        title = f"{title}, {tr(group[0].side)}"
    chart.axes("points", x_ticks=_week_ticks(weeks))
    for number_, one in enumerate(group):
        x = np.array([_week(day, began) for day in one.dates])
        dash = "" if number_ == 0 else "5 2.5"
        chart.line(x, one.values, _PAIN_COLOR, width=1.8, dash=dash)
        for week, value in zip(x, one.values, strict=True):
            chart.dot(float(week), float(value), _PAIN_COLOR, filled=number_ == 0)
    return {
        "svg": chart.svg(),
        "title": title,
        "alt": " ".join(outcome_sentence(one) for one in group),
        "legend": [scale_words(one) for one in group] if len(group) > 1 else [],
    }


def _empty(weeks: tuple[float, float], y: tuple[float, float], *, small: bool) -> Chart:
    if small:
        return Chart(weeks, y, height=125.0, width=240.0, margins=(30.0, 8.0, 8.0, 20.0))
    return Chart(weeks, y, height=155.0, width=240.0, margins=(32.0, 8.0, 8.0, 20.0))


def _bars(known: Sequence[Adherence]) -> Any:
    """Return one bar per exercise: days done out of days prescribed."""
    chart = Chart(
        (0.0, 1.0), (0.0, 1.0), height=14.0 + 34.0 * len(known), width=240.0, margins=(0, 0, 0, 0)
    )
    for n, one in enumerate(known):
        y = 12.0 + 34.0 * n
        chart.text(0, y, exercise_words(one.exercise), size=11.5, color=INK)
        chart.bar(0.0, y + 5, 240.0, "#e3e7ea")
        share = min(one.done / one.prescribed, 1.0)
        if share > 0:
            chart.bar(0.0, y + 5, 240.0 * share, "#1d4a6b")
    return chart.svg()
