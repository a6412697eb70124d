"""`WeeksRoom`: the room *Weeks*: sessions, trend, a set that was done, and pain."""

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
    how_sure,
    next_steps,
    outcome_sentence,
)
from kneepose.history.trend import Trend
from kneepose.words.safety import PAIN_RULE

__all__ = ["WeeksRoom"]

_TITLES: Final[dict[str, str]] = {row["name"]: str(row["title"]) for row in tables.exercises()}
#: Sessions and days of sets that are listed, the latest first.
_MOST_LISTED: Final = 30


class WeeksRoom:
    """Answers and records of the room, in one history file.

    The file is opened anew for each request, so that other programs may use it meanwhile. It is made
    when the first subject is added.

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
        """Do what the room asks for, and return its new state.

        ``action`` is ``"show"``, ``"subject"``, ``"log"``, ``"pain"`` or ``"page"``.

        Raises
        ------
        Refused
            There is no such action, an entry is not possible, or the file cannot be used.
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
            raise Refused(507, f"{self.path.name}: {why}; nothing was recorded.") from None

    # --- entries --------------------------------------------------------------------------------

    def _subject(self, history: History, given: Mapping[str, Any]) -> str:
        name = _text(given, "pseudonym")
        history.add_subject(name, involved=given.get("involved") or "none")
        return (
            f"{name.strip()} is added. Before any exercise, answer the questions about signs that need "
            "care: kneepose flags."
        )

    def _log(self, history: History, given: Mapping[str, Any]) -> str:
        name, exercise, day = _text(given, "subject"), _text(given, "exercise"), _day(given)
        if given.get("not_done"):
            reason = str(given.get("reason") or "")
            history.log_adherence(name, exercise, "not_done", reason=reason, date=day)
            return f"{_title(exercise)} is recorded as not done."
        reps, sets = _whole(given, "reps"), _whole(given, "sets")
        if reps is None or sets is None:
            raise Refused(400, "give the sets and the repetitions of a set.")
        history.log_set(
            name, exercise, side=given.get("side") or "both", reps=reps, sets=sets,
            load=str(given.get("load") or ""), rpe=_number(given, "rpe"), date=day,
        )  # fmt: skip
        return f"{_title(exercise)}, {sets} × {reps}, is recorded. Note the pain 24 h later."

    def _pain(self, history: History, given: Mapping[str, Any]) -> str:
        name, day = _text(given, "subject"), _day(given)
        history.log_pain(
            name, worst=_number(given, "worst"), usual=_number(given, "usual"),
            during=_number(given, "during"), after_24h=_number(given, "after_24h"),
            side=given.get("side") or None, date=day,
        )  # fmt: skip
        due = history.red_flags_due(name, on=day)
        if due:
            return f"Pain is recorded. Answer the questions about signs that need care: {due}."
        return f"Pain is recorded. {PAIN_RULE}"

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

    # --- state ----------------------------------------------------------------------------------

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
            raise Refused(404, f"there is no subject {str(chosen)[:40]!r} in {self.path.name}.")
        name = chosen or (names[0] if len(names) == 1 else None)
        state = {"file": self.path.name, "subjects": subjects, "subject": name, "said": ""}
        if name is None:
            return state
        trend = history.trend(name)
        prescribed = [row["exercise"] for row in history.rows("prescription", name)]
        logged = [row["exercise"] for row in history.rows("logged_set", name)]
        known = dict.fromkeys([*prescribed[::-1], *logged[::-1], *_TITLES])
        return {
            **state,
            "sessions": _sessions(history, name),
            "sets": _sets(history, name),
            "exercises": [{"name": one, "title": _title(one)} for one in known],
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
        text = f"{_title(row['exercise'])}, {row['side']}, {reps} repetitions"
        done.setdefault(row["session"], []).append(text)
    return [
        {
            "date": row["date"],
            "kind": row["kind"].replace("_", " "),
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
            "text": f"{_title(row['exercise'])}, {row['side']}, {row['sets']} × {row['reps']}"
            + (f", {row['load']}" if row["load"] else ""),
        }
        for row in rows
    ]


def _title(exercise: str) -> str:
    title = _TITLES.get(exercise, exercise.replace("_", " "))
    return title[:1].upper() + title[1:]


def _text(given: Mapping[str, Any], key: str) -> str:
    value = given.get(key)
    if not isinstance(value, str) or not value.strip():
        raise Refused(400, f"{key} is missing.")
    return value


def _day(given: Mapping[str, Any]) -> str | None:
    return str(given["date"]) if given.get("date") else None


def _number(given: Mapping[str, Any], key: str) -> float | None:
    """Return a number that a person typed, with a comma too; None if there is none."""
    text = str(given.get(key) if given.get(key) is not None else "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise Refused(400, f"{key} is {text[:20]!r}; give a number.") from None


def _whole(given: Mapping[str, Any], key: str) -> int | None:
    value = _number(given, key)
    if value is not None and not value.is_integer():
        raise Refused(400, f"{key} is {value:g}; give a whole number.")
    return None if value is None else int(value)
