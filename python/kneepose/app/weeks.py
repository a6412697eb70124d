"""`WeeksRoom`: the room *Weeks*, with sessions, trend, and entries for completed sets and pain."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from kneepose import tables
from kneepose.app.files import Store
from kneepose.app.refusal import Refused
from kneepose.errors import DependencyError, KneeposeError
from kneepose.history.history import History
from kneepose.history.text import (
    adherence_sentence,
    both_sentence,
    course_sentence,
    exercise_words,
    how_sure,
    next_steps,
    outcome_sentence,
)
from kneepose.history.trend import Trend
from kneepose.words.catalogue import tr, tr_measured, trn
from kneepose.words.safety import PAIN_RULE

__all__ = ["WeeksRoom"]

#: Kind of a session → its display text; below, the side of an entry → its display text.
_KINDS: Final = {"test_day": "test day", "training": "training"}
_SIDES: Final = {"left": "left", "right": "right", "both": "both sides"}
_EXERCISES: Final = tuple(row["name"] for row in tables.exercises())
#: Maximum number of sessions and of days with sets that are listed, latest first.
_MOST_LISTED: Final = 30


class WeeksRoom:
    """Server side of the room *Weeks*: reads and writes one history file.

    The file is opened anew for each request, so that other programs may use it meanwhile. It is
    created when the first subject is added.

    Parameters
    ----------
    path
        The history file.
    store
        Files of the page.
    """

    def __init__(self, path: str | os.PathLike[str], store: Store) -> None:
        self.path = Path(path)
        self._store = store

    def act(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Perform the requested action and return the new state of the room.

        ``action`` is ``"show"``, ``"subject"``, ``"log"``, ``"pain"`` or ``"page"``.

        Raises
        ------
        Refused
            Unknown action, invalid entry, or unusable file.
        """
        actions: dict[str, Callable[[History, Mapping[str, Any]], str]] = {
            "show": lambda *_: "",
            "subject": self._subject,
            "log": self._log,
            "pain": self._pain,
        }
        action = str(given.get("action"))
        if action != "page" and action not in actions:
            raise Refused(400, f"action must be one of {', '.join([*actions, 'page'])}.")
        if action == "show" and not self.path.exists():
            return self._empty()
        try:
            with History(self.path) as history:
                if action == "page":
                    return self._page(history, given)
                said = actions[action](history, given)
                chosen = given.get("subject") or given.get("pseudonym")
                return {**self._state(history, chosen), "said": said}
        except KneeposeError as error:
            raise Refused(400, str(error)) from None
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise Refused(
                507, tr("{file}: {why}; nothing was recorded.", file=self.path.name, why=why)
            ) from None

    # --- adding entries -------------------------------------------------------------------------

    def _subject(self, history: History, given: Mapping[str, Any]) -> str:
        name = _text(given, "pseudonym")
        history.add_subject(name, involved=given.get("involved") or "none")
        return tr(
            "{subject} is added. Before any exercise, answer the questions about signs that need care: "
            "kneepose flags.",
            subject=name.strip(),
        )

    def _log(self, history: History, given: Mapping[str, Any]) -> str:
        name, exercise, day = _text(given, "subject"), _text(given, "exercise"), _day(given)
        if given.get("not_done"):
            reason = str(given.get("reason") or "")
            history.log_adherence(name, exercise, "not_done", reason=reason, date=day)
            return tr("{exercise} is recorded as not done.", exercise=exercise_words(exercise))
        reps, sets = _whole(given, "reps"), _whole(given, "sets")
        if reps is None or sets is None:
            raise Refused(400, tr("give the sets and the repetitions of a set."))
        history.log_set(
            name, exercise, side=given.get("side") or "both", reps=reps, sets=sets,
            load=str(given.get("load") or ""), rpe=_number(given, "rpe"), date=day,
        )  # fmt: skip
        return tr(
            "{exercise}, {sets} × {reps}, is recorded. Note the pain 24 h later.",
            exercise=exercise_words(exercise), sets=sets, reps=reps,
        )  # fmt: skip

    def _pain(self, history: History, given: Mapping[str, Any]) -> str:
        name, day = _text(given, "subject"), _day(given)
        history.log_pain(
            name, worst=_number(given, "worst"), usual=_number(given, "usual"),
            during=_number(given, "during"), after_24h=_number(given, "after_24h"),
            side=given.get("side") or None, date=day,
        )  # fmt: skip
        due = history.red_flags_due(name, on=day)
        if due:
            ask = "Pain is recorded. Answer the questions about signs that need care: {why}."
            return tr(ask, why=tr_measured(due))
        return f"{tr('Pain is recorded.')} {tr(PAIN_RULE)}"

    def _page(self, history: History, given: Mapping[str, Any]) -> dict[str, Any]:
        name, audience = _text(given, "subject"), given.get("audience")
        if audience not in ("clinician", "patient"):
            raise Refused(400, "audience must be clinician or patient.")
        path = self._store.folder() / f"weeks-{audience}.html"
        try:
            history.to_html(name, path, audience=audience)
        except DependencyError:
            return {"page": None}
        return {"page": self._store.give(path)}

    # --- state for the page ---------------------------------------------------------------------

    def _empty(self) -> dict[str, Any]:
        return {"file": self.path.name, "subjects": [], "subject": None, "said": ""}

    def _state(self, history: History, chosen: Any) -> dict[str, Any]:
        subjects = [
            {"pseudonym": row["pseudonym"], "involved": row["involved"]}
            for row in history.subjects()
        ]
        names = [row["pseudonym"] for row in subjects]
        if not names:
            return self._empty()
        if chosen is not None and chosen not in names:
            raise Refused(
                404,
                tr(
                    "there is no subject {name} in {file}.",
                    name=str(chosen)[:40],
                    file=self.path.name,
                ),
            )
        name = chosen or (names[0] if len(names) == 1 else None)
        state = {"file": self.path.name, "subjects": subjects, "subject": name, "said": ""}
        if name is None:
            return state
        trend = history.trend(name)
        prescribed = [row["exercise"] for row in history.rows("prescription", name)]
        logged = [row["exercise"] for row in history.rows("logged_set", name)]
        known = dict.fromkeys([*prescribed[::-1], *logged[::-1], *_EXERCISES])
        return {
            **state,
            "sessions": _sessions(history, name),
            "sets": _sets(history, name),
            "exercises": [{"name": one, "title": exercise_words(one)} for one in known],
            "dose": {
                row["exercise"]: {key: row[key] for key in ("side", "sets", "reps", "load")}
                for row in history.rows("prescription", name)
            },
            "trend": _told(trend),
            "red_flags": trend.red_flags,
        }


def _told(trend: Trend) -> dict[str, list[str]]:
    """Return the sentences of a trend."""
    courses = sorted(trend.courses, key=lambda one: one not in trend.leading)
    both = both_sentence(trend.leading, trend.pain)
    return {
        "found": [
            *([both] if both else []),
            *map(course_sentence, courses),
            *map(outcome_sentence, trend.outcomes),
            *map(adherence_sentence, trend.adherence),
        ],
        "sure": [line for course in courses for line in how_sure(course)],
        "next": next_steps(courses, trend.outcomes, trend.appointments, trend.red_flags),
    }


def _sessions(history: History, name: str) -> list[dict[str, Any]]:
    done: dict[int, list[str]] = {}
    for row in history.analyses(name):
        reps = len([one for one in row["result"]["reps"] if one["status"] == "full"])
        said = trn("{n} repetition", "{n} repetitions", reps)
        text = f"{exercise_words(row['exercise'])}, {tr(row['side'])}, {said}"
        done.setdefault(row["session"], []).append(text)
    return [
        {
            "date": row["date"],
            "kind": tr(_KINDS[row["kind"]]),
            "camera": row["camera"],
            "done": done.get(row["id"], []),
        }
        for row in history.rows("session", name)[::-1][:_MOST_LISTED]
    ]


def _sets(history: History, name: str) -> list[dict[str, Any]]:
    rows = history.rows("logged_set", name)[::-1][:_MOST_LISTED]
    return [
        {
            "date": row["date"],
            "text": f"{exercise_words(row['exercise'])}, {tr(_SIDES[row['side']])}, "
            f"{row['sets']} × {row['reps']}" + (f", {row['load']}" if row["load"] else ""),
        }
        for row in rows
    ]


#: Name of a field → its label on the page.
_FIELDS: Final = {
    "sets": "Sets", "reps": "Repetitions", "rpe": "Exertion, 0 to 10", "worst": "Worst of the week",
    "usual": "Usual of the week", "during": "During exercise", "after_24h": "24 h after",
    "pseudonym": "Pseudonym, not a name",
}  # fmt: skip


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, tr("{name} is missing.", name=tr(_FIELDS.get(key, key))))
    return value


def _day(given: Mapping[str, Any]) -> str | None:
    return str(given["date"]) if given.get("date") else None


def _number(given: Mapping[str, Any], key: str) -> float | None:
    """Return a typed number, with a decimal point or comma, or None if the field is empty."""
    text = str(given.get(key) if given.get(key) is not None else "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused(
            400,
            tr(
                "{name} is {given}; give a number.", name=tr(_FIELDS.get(key, key)), given=text[:20]
            ),
        ) from None


def _whole(given: Mapping[str, Any], key: str) -> int | None:
    value = _number(given, key)
    if value is not None and not value.is_integer():
        raise Refused(
            400,
            tr(
                "{name} is {given}; give a whole number.",
                name=tr(_FIELDS.get(key, key)),
                given=f"{value:g}",
            ),
        )
    return None if value is None else int(value)
