"""Next step of each exercise of the programme, from recorded sets, pain and form."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np

from kneepose.exercises.programme import (
    FEEDBACK,
    MOVEMENT_TRAINING,
    PROGRAMME,
    STEP,
    programme_row,
)
from kneepose.exercises.spec import built_in
from kneepose.history.flags import said_yes
from kneepose.history.text import value_words
from kneepose.typing import ProgrammeRow
from kneepose.words.catalogue import mid, tr

__all__ = ["Fact", "Next", "NextStep", "hip_facts", "next_steps"]

Row = Mapping[str, Any]
#: Hip exercises that precede single-leg squats in the programme.
_HIPS: Final = ("clamshell", "fire_hydrant")
_SIDES: Final = ("left", "right")
_FULL_DOSE: Final = {"sets": STEP.sets, "reps": STEP.reps, "sessions": STEP.sessions}


class Next(StrEnum):
    """Next step of an exercise.

    `BEGIN`: start with the first dose. `WAIT`: required facts are not recorded or not met yet.
    `HOLD`: keep the dose. `PROGRESS`, `REGRESS`: go to the next or the previous step. `RESTART`:
    return to the first dose after missed weeks.
    """

    BEGIN = "begin"
    WAIT = "wait"
    HOLD = "hold"
    PROGRESS = "progress"
    REGRESS = "regress"
    RESTART = "restart"


class Fact(NamedTuple):
    """A recorded fact: its text, and whether it holds; None if it is not recorded."""

    what: str
    holds: bool | None


class NextStep(NamedTuple):
    """Next step of one exercise.

    Attributes
    ----------
    exercise
        Name of the exercise in the programme.
    what
        Next step.
    why
        Recorded facts that lead to this step, or the facts that are not recorded.
    dose
        Dose as text.
    source
        Source of the programme row.
    """

    exercise: str
    what: Next
    why: str
    dose: str
    source: str


def next_steps(
    sets: Sequence[Row],
    pain: Sequence[Row],
    analyses: Sequence[Row],
    red_flags: Sequence[Row],
    on: datetime.date,
) -> tuple[NextStep, ...]:
    """Return the next step of every exercise of the programme, with texts in the current language.

    Parameters
    ----------
    sets, pain, red_flags
        Rows of ``logged_set``, ``pain`` and ``red_flag`` of one subject.
    analyses
        Stored analyses, as `History.analyses` returns them.
    on
        Day of evaluation; later rows are ignored.
    """
    day = on.isoformat()
    known, hurts, seen, answers = (
        [row for row in rows if row["date"] <= day] for rows in (sets, pain, analyses, red_flags)
    )
    sign = said_yes(answers)
    return tuple(_step(row, known, hurts, seen, (sign, on)) for row in PROGRAMME)


def hip_facts(
    sets: Sequence[Row], pain: Sequence[Row], analyses: Sequence[Row]
) -> tuple[Fact, ...]:
    """Return facts used as a substitute for hip strength, which no camera can measure.

    For each hip exercise: full doses on both sides in two consecutive sessions, no fault and a
    steady range of motion in the last recordings, little pain during exercise, and no more pain the
    next day. Pain entries count from the first of these sessions on.
    """
    facts = []
    since = max(_since(sets, name) for name in _HIPS)
    for name in _HIPS:
        days = _full_days([row for row in sets if row["exercise"] == name])
        title = mid(tr(built_in(name)["title"]))
        facts.append(
            Fact(
                tr(
                    "{sets} × {reps} {exercise} on both sides in {sessions} sessions in a row",
                    **_FULL_DOSE,
                    exercise=title,
                ),
                None if not days else len(days) >= STEP.sessions and all(days[-STEP.sessions :]),
            )
        )
        last = _last_results(analyses, name)
        facts.append(Fact(tr("{exercise}: no fault seen", exercise=title), _without_faults(last)))
        varies = tr(
            "{exercise}: the range varies by less than {percent} %",
            exercise=title, percent=f"{100 * STEP.variation:.0f}",
        )  # fmt: skip
        facts.append(Fact(varies, _steady(last)))
    lately = [row for row in pain if row["date"] >= since]
    little = tr("pain during exercise at most {pain} of 10", pain=f"{STEP.pain:g}")
    facts.append(Fact(little, _little_pain(lately)))
    facts.append(Fact(tr("no more pain the next day"), _same_next_day(lately)))
    return tuple(facts)


def _step(
    row: ProgrammeRow,
    sets: Sequence[Row],
    pain: Sequence[Row],
    analyses: Sequence[Row],
    at: tuple[str, datetime.date],
) -> NextStep:
    sign, on = at
    name = row["exercise"]
    own = [one for one in sets if one["exercise"] == name]
    first = f"{row['sets']} × {row['reps'][0]}, {tr(row['load'][0])}"
    if row["depth_deg"]:
        low, high = row["depth_deg"][0]
        first += f", {tr('{low} to {high}', low=low, high=f'{high}°')}"

    def say(what: Next, why: str, dose: str) -> NextStep:
        return NextStep(name, what, why, dose, tr(row["source"]))

    if sign:
        return say(Next.WAIT, sign, first)
    if not own:
        if name == "single_leg_squat":
            facts = hip_facts(sets, pain, analyses)
            missing = [one for one in facts if not one.holds]
            if missing:
                text = "; ".join(
                    tr(
                        "{fact} (not recorded)" if one.holds is None else "{fact} (no)",
                        fact=one.what,
                    )
                    for one in missing
                )
                return say(Next.WAIT, text, first)
            return say(Next.BEGIN, tr("all facts that stand for strong hips are recorded"), first)
        return say(Next.BEGIN, tr("no set is recorded"), first)
    days = sorted({one["date"] for one in own})
    last = datetime.date.fromisoformat(days[-1])
    away = (on - last).days
    if away >= STEP.missed_days:
        return say(
            Next.RESTART,
            tr("no set is recorded for {days} days: begin lower, with the first dose", days=away),
            first,
        )
    newest = _newest(pain, "during")
    if newest is not None and newest > STEP.stop_pain:
        hurt = tr("pain during exercise was {value} of 10", value=value_words(newest))
        return say(Next.REGRESS, hurt, tr("one step lower"))
    if _same_next_day(pain) is False:
        return say(Next.REGRESS, tr("pain was more the next day than usual"), tr("one step lower"))
    if name == MOVEMENT_TRAINING:
        began = datetime.date.fromisoformat(days[0])
        week = (on - began).days // 7 + 1
        share = f"{100 * FEEDBACK.get(week, 0.0):.0f}"
        return say(
            Next.HOLD, tr("week {week} since the first set", week=week),
            tr("feedback in {percent} % of it", percent=share),
        )  # fmt: skip
    dose = f"{own[-1]['sets']} × {own[-1]['reps']}"
    if own[-1]["load"]:
        dose += f", {own[-1]['load']}"
    full = _full_days(own)
    if len(full) >= STEP.sessions and all(full[-STEP.sessions :]):
        little = _little_pain([one for one in pain if one["date"] >= _since(own, name)])
        if little:
            return say(
                Next.PROGRESS,
                tr(
                    "{sets} × {reps} on both sides in {sessions} sessions in a row, pain during "
                    "exercise at most {pain} of 10",
                    **_FULL_DOSE,
                    pain=f"{STEP.pain:g}",
                ),
                tr("the next step after {dose}", dose=dose),
            )
        if little is None:
            why = tr("pain during exercise is not recorded since these sessions")
        else:
            why = tr("pain is above {pain} of 10", pain=f"{STEP.pain:g}")
        return say(Next.HOLD, why, dose)
    return say(
        Next.HOLD,
        tr("not yet {sets} × {reps} on both sides in {sessions} sessions in a row", **_FULL_DOSE),
        dose,
    )


def _full_days(sets: Sequence[Row]) -> list[bool]:
    """Return, for each day with sets, whether both sides got the full dose."""
    days = []
    for day in sorted({row["date"] for row in sets}):
        done = dict.fromkeys(_SIDES, 0)
        for row in sets:
            if row["date"] == day and row["reps"] >= STEP.reps:
                for side in _SIDES if row["side"] == "both" else (row["side"],):
                    done[side] += row["sets"]
        days.append(all(count >= STEP.sets for count in done.values()))
    return days


def _since(sets: Sequence[Row], name: str) -> str:
    """Return the first of the last `STEP.sessions` days with sets of an exercise, or empty."""
    days = sorted({row["date"] for row in sets if row["exercise"] == name})
    return str(days[-STEP.sessions :][0]) if days else ""


def _newest(pain: Sequence[Row], scale: str) -> float | None:
    """Return the highest value on the latest day with an entry; None without entries."""
    known = [(row["date"], float(row[scale])) for row in pain if row[scale] is not None]
    return max(known)[1] if known else None


def _little_pain(pain: Sequence[Row]) -> bool | None:
    during = _newest(pain, "during")
    return None if during is None else during <= STEP.pain


def _same_next_day(pain: Sequence[Row]) -> bool | None:
    after, usual = _newest(pain, "after_24h"), _newest(pain, "usual")
    return None if after is None or usual is None else after <= usual


def _last_results(analyses: Sequence[Row], name: str) -> list[Row]:
    """Return the latest stored result of each side."""
    of_side = {row["side"]: row["result"] for row in analyses if row["exercise"] == name}
    return list(of_side.values())


def _without_faults(results: Sequence[Row]) -> bool | None:
    if len(results) < len(_SIDES):
        return None
    return not any(fault["seen"] for result in results for fault in _faults(result))


def _faults(result: Row) -> Sequence[Row]:
    faults = result.get("faults", ())
    return list(faults.values()) if isinstance(faults, Mapping) else list(faults)


def _steady(results: Sequence[Row]) -> bool | None:
    if len(results) < len(_SIDES):
        return None
    shares = []
    for result in results:
        peak = result["definition"]["peak"]
        found = [one for one in result["measures"] if one["name"] == peak]
        values = np.array(found[0]["values"], dtype=float) if found else np.array([])
        values = values[np.isfinite(values)]
        if values.size < 2 or not values.mean():
            return None
        shares.append(float(values.std(ddof=1) / abs(values.mean())))
    return max(shares) < STEP.variation


def first_dose(exercise: str) -> tuple[int, int, int, str] | None:
    """Return (sets, repetitions, days per week, source) from the programme, or None."""
    row = programme_row(exercise)
    return (
        None if row is None else (row["sets"], row["reps"][0], row["days_per_week"], row["source"])
    )
