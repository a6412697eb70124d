"""`History`: one file for a treatment of weeks: sessions, sets, pain, function and trends."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np

from kneepose import tables
from kneepose.analysis.analysis import Analysis
from kneepose.arrays.inference import MeasureReliability
from kneepose.comparison.reliability import Reliability
from kneepose.comparison.study_result import StudyResult, read_study
from kneepose.errors import KneeposeError, UnknownNameError, near_names
from kneepose.history.course import own_reliability
from kneepose.history.flags import RED_FLAGS, due
from kneepose.history.keypoints import content_hash, keep, proportions
from kneepose.history.names import Names
from kneepose.history.outcomes import SCALES
from kneepose.history.plan import NextStep, next_steps
from kneepose.history.rights import remove_file, remove_page, write_export
from kneepose.history.store import Store
from kneepose.history.trend import Trend, trend_of
from kneepose.recording.details import parse_details
from kneepose.recording.options import (
    parse_choice,
    parse_flag,
    parse_mapping,
    parse_number,
    parse_text,
)
from kneepose.typing import Side
from kneepose.writing import as_path, remove_unfinished

__all__ = ["ENTRIES", "History"]

Involved = Literal["left", "right", "both", "none"]
BothSides = Literal["left", "right", "both"]
Day = str | datetime.date

#: Tables whose rows belong to a subject and a day, in the order of an export.
ENTRIES: Final = (
    "consent",
    "session",
    "logged_set",
    "pain",
    "score",
    "strength",
    "prescription",
    "adherence",
    "red_flag",
    "reliability",
    "goal",
    "page",
)
#: Largest relative difference of body proportions that still counts as the same person. An
#: engineering default; it allows for foreshortened segments in a single camera view.
SAME_BODY: Final = 0.15
#: Earliest accepted date of an entry; earlier dates are typing errors. An engineering default.
_FIRST_DAY: Final = datetime.date(2000, 1, 1)
#: Age in seconds from which a temporary file counts as abandoned. An engineering default.
_UNFINISHED_S: Final = 60.0
#: Keys of `Analysis.to_dict` with one value per frame, which are not stored.
_PER_FRAME: Final = ("angles", "recording", "signal", "source")
_EXERCISES: Final = tuple(row["name"] for row in tables.exercises())


class History:
    """Sessions, analyses, sets, pain and function of subjects over weeks, in one SQLite file.

    The file is readable by its owner only (mode 0600). Every method that writes returns when its entry
    is on the disk; an entry that was acknowledged survives the end of the process. Several processes
    may write at once; they wait for each other up to 30 s. One object is used by one thread.

    Subjects have a pseudonym. Names are in a file beside the history (``FILE.names.json``, mode 0600),
    never in the history itself. Keypoints are kept only if asked for, in the folder ``FILE.keypoints``,
    named by their content, and without the points of the face unless asked for.

    Parameters
    ----------
    path
        Path of the file; it is created if missing. Its folder must exist.

    Raises
    ------
    FormatError
        The file is no history, is damaged, or was written by a newer version. It is not changed.
    DependencyError
        SQLite is older than 3.37.

    Notes
    -----
    Dates are `datetime.date` or ISO text (``"2026-03-01"``); None is today. Pain is on the numeric
    rating scale, 0 to 10. A value that was not given is stored as missing, never as zero: "not
    recorded" is not "not done".

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import kneepose as kp
    >>> folder = tempfile.TemporaryDirectory()
    >>> history = kp.History(pathlib.Path(folder.name) / "weeks.sqlite")
    >>> history.add_subject("K1", involved="left")
    >>> history.log_pain("K1", worst=6, usual=3, date="2026-01-05")
    1
    >>> history.rows("pain", "K1")[0]["worst"]
    6.0
    >>> history.close(); folder.cleanup()
    """

    def __init__(self, path: str | Path) -> None:
        self._store = Store(path)
        self._names = Names(self.path.with_name(f"{self.path.name}.names.json"))
        if self._store.rows("SELECT value FROM state WHERE name = 'purge'"):
            # If another program has the file open, the purge is completed when the file is next
            # opened alone.
            with contextlib.suppress(KneeposeError):
                self._finish_purge()

    @property
    def path(self) -> Path:
        """Path of the history file."""
        return self._store.path

    @property
    def keypoints_folder(self) -> Path:
        """Folder of the stored keypoints."""
        return self.path.with_name(f"{self.path.name}.keypoints")

    def close(self) -> None:
        """Close the file. Entries are safe without it."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = self._store.rows(
            "SELECT (SELECT count(*) FROM subject) AS subjects, "
            "(SELECT count(*) FROM session) AS sessions"
        )[0]
        return f"History: {self.path}, {counts['subjects']} subjects, {counts['sessions']} sessions"

    # --- subjects -------------------------------------------------------------------------------

    def add_subject(
        self,
        pseudonym: str,
        *,
        involved: Involved = "none",
        dominance: Side | None = None,
        symptoms_since: Day | None = None,
        name: str | None = None,
        date: Day | None = None,
    ) -> None:
        """Add a subject.

        Parameters
        ----------
        pseudonym
            Pseudonym used in the file, such as ``"K1"``; not the person's name.
        involved
            Symptomatic side: ``"left"``, ``"right"``, ``"both"`` or ``"none"``.
        dominance
            Leg with which the person kicks a ball, or None.
        symptoms_since
            Day on which the symptoms began, or None.
        name
            Name of the person, for the separate key file, or None.
        date
            Day of the entry.

        Raises
        ------
        KneeposeError
            The pseudonym is taken, empty, or is the name.
        """
        pseudonym = parse_text(pseudonym, "pseudonym").strip()
        if name is not None and parse_text(name, "name").strip().casefold() == pseudonym.casefold():
            raise KneeposeError(
                "the pseudonym is the name; give one that does not name the person, such as 'K1'."
            )
        if self._store.rows("SELECT id FROM subject WHERE pseudonym = ?", [pseudonym]):
            raise KneeposeError(
                f"{pseudonym!r} is a subject of {self.path} already; give another pseudonym."
            )
        row: dict[str, Any] = dict(
            pseudonym=pseudonym,
            involved=parse_choice(involved, "involved", ("left", "right", "both", "none")),
            dominance=parse_choice(dominance, "dominance", ("left", "right")),
            symptoms_since=None
            if symptoms_since is None
            else _past_day(symptoms_since, datetime.date(1900, 1, 1)).isoformat(),
            created=_past_day(date).isoformat(),
        )
        # Both are written or neither, because a name without a subject could not be removed.
        with self._store.transaction():
            self._store.insert("subject", **row)
            if name is not None:
                self._names.put(pseudonym, name.strip())

    def subjects(self) -> list[dict[str, Any]]:
        """Return the rows of all subjects, sorted by pseudonym, without names."""
        return self._store.rows("SELECT * FROM subject ORDER BY pseudonym")

    def name_of(self, pseudonym: str) -> str | None:
        """Return the name of a subject from the separate key file; None if it has no name."""
        return self._names.get(pseudonym)

    def consent(self, pseudonym: str, scope: str, *, date: Day | None = None) -> int:
        """Record the date and the scope of a consent, and return its number.

        `scope` describes what the data may be used for. `withdraw` ends the consent.
        """
        with self._store.transaction():
            number = self._entry("consent", pseudonym, date, scope=parse_text(scope, "scope"))
            self._audit("consent", pseudonym, "given")
        return number

    def withdraw(self, pseudonym: str, *, date: Day | None = None) -> None:
        """Record that the consents of a subject are withdrawn. `purge` removes the data."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE consent SET withdrawn = ? WHERE subject = ? AND withdrawn IS NULL",
                (_day(date).isoformat(), self._subject(pseudonym)["id"]),
            )
            self._audit("consent", pseudonym, "withdrawn")

    # --- sessions and analyses ------------------------------------------------------------------

    def add_session(
        self,
        pseudonym: str,
        *,
        kind: Literal["test_day", "training"],
        camera: str,
        date: Day | None = None,
        shoes: str = "",
        tape: str = "",
        note: str = "",
    ) -> int:
        """Add a session and return its number.

        Parameters
        ----------
        pseudonym
            The subject.
        kind
            ``"test_day"`` for a day under the fixed protocol; only these enter `trend`.
            ``"training"`` for all others.
        camera
            Description of the camera set-up, such as ``"phone, front, 3 m, 50 cm"``. Use the same
            text for the same set-up.
        date, shoes, tape, note
            Day, and descriptions of further conditions; empty if there are none.
        """
        parse_choice(kind, "kind", ("test_day", "training"))
        texts = {"shoes": shoes, "tape": tape, "note": note}
        return self._entry(
            "session",
            pseudonym,
            date,
            kind=kind,
            camera=_plain(parse_text(camera, "camera")),
            **{name: _plain(parse_text(text, name, needed=False)) for name, text in texts.items()},
        )

    @contextlib.contextmanager
    def all_or_none(self) -> Iterator[None]:
        """Record all entries made in the `with` block, or none of them if it raises.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> import kneepose as kp
        >>> folder = tempfile.TemporaryDirectory()
        >>> with kp.History(pathlib.Path(folder.name) / "weeks.sqlite") as history:
        ...     history.add_subject("K1", involved="right")
        ...     try:
        ...         with history.all_or_none():
        ...             _ = history.log_pain("K1", worst=6, date="2026-01-05")
        ...             _ = history.log_pain("K1", worst=60, date="2026-01-06")
        ...     except kp.KneeposeError:
        ...         len(history.rows("pain", "K1"))
        0
        >>> folder.cleanup()
        """
        with self._store.transaction():
            yield

    def session_on(
        self,
        pseudonym: str,
        *,
        kind: Literal["test_day", "training"],
        camera: str,
        date: Day | None = None,
        shoes: str = "",
        tape: str = "",
    ) -> int:
        """Return the number of the session with this day and set-up; create it if missing."""
        rows = self.rows("session", pseudonym)
        wanted = (_day(date).isoformat(), kind, _plain(camera), _plain(shoes), _plain(tape))
        for row in rows:
            if tuple(row[n] for n in ("date", "kind", "camera", "shoes", "tape")) == wanted:
                return int(row["id"])
        return self.add_session(
            pseudonym, kind=kind, camera=camera, date=date, shoes=shoes, tape=tape
        )

    def add_analysis(
        self,
        session: int,
        analysis: Analysis,
        *,
        keypoints: bool = False,
        face: bool = False,
        same_person: bool = False,
    ) -> int:
        """Store an analysis with its provenance, and return its number.

        All that `Analysis.to_dict` gives is stored, except the values of every frame (keypoints,
        angles and rep signal). With `keypoints` the recording is stored too, from which they can be
        recomputed.

        Parameters
        ----------
        session
            Number from `add_session`.
        analysis
            Result of `analyze`, or of ``Stream.finish()``.
        keypoints
            True to store the unconditioned recording in `keypoints_folder`.
        face
            True to include keypoints of the face in it.
        same_person
            True accepts body proportions (or, in world space, a body size) that differ from earlier
            recordings of the subject.

        Raises
        ------
        KneeposeError
            The session does not exist, the recording names another subject or day, it is already
            stored, or its body proportions or size differ.
        """
        keypoints, face = parse_flag(keypoints, "keypoints"), parse_flag(face, "face")
        same_person = parse_flag(same_person, "same_person")
        if not isinstance(analysis, Analysis):
            raise KneeposeError(
                f"analysis is {type(analysis).__name__}; give what kp.analyze(recording, …) returns."
            )
        rows = self._store.rows(
            "SELECT session.*, pseudonym FROM session JOIN subject ON subject.id = session.subject "
            "WHERE session.id = ?",
            [session],
        )
        if not rows:
            raise KneeposeError(f"there is no session {session!r}; add_session returns the number.")
        at, source = rows[0], analysis.source
        for what, given, known in (
            ("subject", source.subject, at["pseudonym"]),
            ("day", source.date, at["date"]),
        ):
            if given is not None and given != known:
                raise KneeposeError(
                    f"the recording says {what} {given!r}, the session {known!r}; give the right "
                    "session, or correct the recording with recording.labeled(…)."
                )
        body = proportions(source)
        if not same_person:
            self._check_body(at["subject"], analysis, body)
        content = content_hash(source)
        same = self._store.rows(
            "SELECT session.date FROM analysis JOIN session ON session.id = analysis.session WHERE "
            "content_hash = ? AND exercise = ? AND side = ? AND session.subject = ?",
            [content, analysis.exercise, analysis.side, at["subject"]],
        )
        if same:
            raise KneeposeError(
                f"this recording is stored already, on {same[0]['date']}; give another recording."
            )
        kept = keep(source, self.keypoints_folder, face=face) if keypoints else None
        whole = analysis.to_dict()
        result = {name: value for name, value in whole.items() if name not in _PER_FRAME}
        return self._store.insert(
            "analysis",
            session=session,
            exercise=analysis.exercise,
            side=analysis.side,
            version=analysis.provenance.version,
            estimator=source.estimator,
            model_hash=source.model_hash,
            skeleton=source.skeleton.name,
            space=source.space,
            file_hash=source.file_hash,
            content_hash=content,
            keypoints_hash=kept,
            body=json.dumps({name: None if v != v else v for name, v in body.items()}),
            result=json.dumps(
                result
                | {
                    "said_view": source.view,
                    "assumed_level_camera": bool(source.meta.get("assumed_level_camera")),
                },
                allow_nan=False,
            ),
        )

    def _check_body(self, subject: int, analysis: Analysis, body: Mapping[str, float]) -> None:
        """Check body proportions against the first analysis with equal exercise, estimator, space.

        Raises
        ------
        KneeposeError
            A proportion, or the body size in world space, differs by more than `SAME_BODY`.
        """
        earlier = self._store.rows(
            "SELECT body, session.date FROM analysis JOIN session ON session.id = analysis.session "
            "WHERE session.subject = ? AND estimator = ? AND skeleton = ? AND space = ? "
            "AND exercise = ? ORDER BY session.date, analysis.id LIMIT 1",
            [
                subject,
                analysis.source.estimator,
                analysis.source.skeleton.name,
                analysis.source.space,
                analysis.exercise,
            ],
        )
        for row in earlier:
            for name, before in json.loads(row["body"]).items():
                now = body.get(name, float("nan"))
                if before is None or now != now or abs(now / before - 1) <= SAME_BODY:
                    continue
                what, of = ("size", "m") if name == "shin" else ("proportions", "of the shin")
                raise KneeposeError(
                    f"the body has other {what} than on {row['date']}: its {name} is {now:.2f} {of}, "
                    f"not {before:.2f}. Is it another person? If it is the same one, add "
                    "same_person=True (--same-person)."
                )

    def analyses(self, pseudonym: str) -> list[dict[str, Any]]:
        """Return all stored analyses of a subject by day, each with the fields of its session.

        ``result`` is what `Analysis.to_dict` gave, without values of every frame.
        """
        found = self._store.rows(
            "SELECT analysis.*, session.date, session.kind, session.camera, session.shoes, session.tape "
            "FROM analysis JOIN session ON session.id = analysis.session WHERE session.subject = ? "
            "ORDER BY session.date, analysis.id",
            [self._subject(pseudonym)["id"]],
        )
        return [
            row | {"result": json.loads(row["result"]), "body": json.loads(row["body"])}
            for row in found
        ]

    # --- reports of the person ------------------------------------------------------------------

    def log_set(
        self,
        pseudonym: str,
        exercise: str,
        *,
        side: BothSides,
        reps: int,
        sets: int = 1,
        load: str = "",
        rpe: float | None = None,
        date: Day | None = None,
        note: str = "",
    ) -> int:
        """Record completed sets, and return the number of the entry.

        Parameters
        ----------
        pseudonym, date, note
            The subject, the day, and a note.
        exercise
            Name of the exercise, from `kneepose.tables.exercises` or any other name.
        side
            ``"left"``, ``"right"`` or ``"both"``.
        reps, sets
            Repetitions per set, and number of sets.
        load
            Description of the load, such as ``"band"`` or ``"4 kg"``.
        rpe
            Perceived exertion, 0 to 10, or None.
        """
        return self._entry(
            "logged_set",
            pseudonym,
            date,
            exercise=_exercise(exercise),
            side=_one_of(side, "side", ("left", "right", "both")),
            sets=_count(sets, "sets", 100),
            reps=_count(reps, "reps", 1000),
            load=_plain(parse_text(load, "load", needed=False)),
            rpe=_between(rpe, "rpe", 0, 10),
            note=parse_text(note, "note", needed=False),
        )

    def log_pain(
        self,
        pseudonym: str,
        *,
        worst: float | None = None,
        usual: float | None = None,
        during: float | None = None,
        after_24h: float | None = None,
        side: BothSides | None = None,
        date: Day | None = None,
        note: str = "",
    ) -> int:
        """Record pain, 0 (none) to 10 (worst imaginable), and return the number of the entry.

        Parameters
        ----------
        pseudonym, date, note
            The subject, the day, and a note.
        worst, usual
            Worst and usual pain of the past week.
        during, after_24h
            Pain during the exercises, and 24 hours after them.
        side
            Painful side; None uses the involved side of the subject, or both.

        Raises
        ------
        KneeposeError
            No value is given, one is not between 0 and 10, usual is above worst, or the day is in
            the future.
        """
        values = {"worst": worst, "usual": usual, "during": during, "after_24h": after_24h}
        if all(value is None for value in values.values()):
            raise KneeposeError(
                "no pain is given; give at least one of worst, usual, during and after_24h, 0 to 10."
            )
        checked = {name: _between(value, name, 0, 10) for name, value in values.items()}
        if worst is not None and usual is not None and usual > worst:
            raise KneeposeError(
                f"usual is {usual:g} and worst {worst:g} of one week; the worst pain is at least the "
                "usual one. Are the two exchanged?"
            )
        if side is None:
            involved = self._subject(pseudonym)["involved"]
            side = "both" if involved == "none" else involved
        return self._entry(
            "pain",
            pseudonym,
            date,
            side=_one_of(side, "side", ("left", "right", "both")),
            **checked,
            note=parse_text(note, "note", needed=False),
        )

    def log_score(
        self,
        pseudonym: str,
        scale: str,
        total: float,
        *,
        items: Mapping[str, float] | None = None,
        date: Day | None = None,
    ) -> int:
        """Record the total of a questionnaire, and return the number of the entry.

        Parameters
        ----------
        pseudonym, date
            The subject and the day.
        scale
            ``"akps"`` or ``"koos_pf"`` (0 to 100, 100 is best), ``"vas_worst"`` or ``"vas_usual"`` (cm,
            0 to 10), or ``"global_change"`` (−7 very much worse to +7 very much better).
        total
            The sum of the questionnaire.
        items
            Answers by item, if the license of the questionnaire allows storing them, or None.
        """
        known = ("akps", "koos_pf", "vas_worst", "vas_usual", "global_change")
        row = SCALES[_one_of(scale, "scale", known)]
        answers = None
        if items is not None:
            given = parse_mapping(items, "items")
            answers = json.dumps(
                {str(k): parse_number(v, f"items[{k!r}]") for k, v in given.items()}
            )
        return self._entry(
            "score",
            pseudonym,
            date,
            scale=scale,
            total=_between(parse_number(total, "total"), "total", row.least, row.most),
            items=answers,
        )

    def log_strength(
        self,
        pseudonym: str,
        movement: str,
        value: float,
        unit: Literal["N", "Nm", "kg", "N/kg", "Nm/kg", "percent_bw"],
        *,
        side: Side,
        date: Day | None = None,
        note: str = "",
    ) -> int:
        """Record a dynamometer strength, such as ``("K1", "hip abduction", 1.6, "Nm/kg")``."""
        return self._entry(
            "strength",
            pseudonym,
            date,
            side=_one_of(side, "side", ("left", "right")),
            movement=_plain(parse_text(movement, "movement")),
            value=_between(parse_number(value, "value"), "value", 0, 1e5),
            unit=_one_of(unit, "unit", ("N", "Nm", "kg", "N/kg", "Nm/kg", "percent_bw")),
            note=parse_text(note, "note", needed=False),
        )

    def prescribe(
        self,
        pseudonym: str,
        exercise: str,
        *,
        side: BothSides,
        sets: int,
        reps: int,
        per_week: int,
        load: str = "",
        until: Day | None = None,
        source: str = "",
        date: Day | None = None,
    ) -> int:
        """Record a prescription from a day on, and return the number of the entry.

        `per_week` is the number of days a week with this exercise. `until` is the last day, or
        None. `source` is the origin of the dose; an empty one is stored as "not stated".

        Raises
        ------
        KneeposeError
            A number is out of range, or `until` is before the first day.
        """
        _check_order(date=_day(date), until=None if until is None else _day(until))
        return self._entry(
            "prescription",
            pseudonym,
            date,
            until=None if until is None else _day(until).isoformat(),
            exercise=_exercise(exercise),
            side=_one_of(side, "side", ("left", "right", "both")),
            sets=_count(sets, "sets", 100),
            reps=_count(reps, "reps", 1000),
            load=_plain(parse_text(load, "load", needed=False)),
            per_week=_count(per_week, "per_week", 21),
            source=parse_text(source, "source", needed=False) or "not stated",
        )

    def plan(self, pseudonym: str, *, on: Day | None = None) -> tuple[NextStep, ...]:
        """Return the next step of each exercise of `kneepose.tables.programme`, from the entries.

        Parameters
        ----------
        pseudonym
            The subject.
        on
            Day of evaluation; None is today. Later entries are ignored.

        Returns
        -------
        Named tuples of `exercise`, `what` (``"begin"``, ``"wait"``, ``"hold"``, ``"progress"``,
        ``"regress"`` or ``"restart"``), `why` (the recorded facts, or what is not recorded), `dose`
        and `source`, as texts in the language in force (`kneepose.words.speak`). All exercises wait
        while any red-flag question was last answered with yes. It advises from numbers; it does not
        replace a clinician.

        Raises
        ------
        UnknownNameError
            The subject is not known.
        """
        return next_steps(
            self.rows("logged_set", pseudonym),
            self.rows("pain", pseudonym),
            self.analyses(pseudonym),
            self.rows("red_flag", pseudonym),
            _day(on),
        )

    def set_goal(self, pseudonym: str, words: str, *, date: Day | None = None) -> int:
        """Record the goal of the person in their own words, and return the number of the entry.

        The latest goal is used; the page for the patient shows it.
        """
        return self._entry("goal", pseudonym, date, words=_plain(parse_text(words, "words")))

    def log_adherence(
        self,
        pseudonym: str,
        exercise: str,
        state: Literal["done", "part", "not_done"],
        *,
        reason: str = "",
        date: Day | None = None,
    ) -> int:
        """Record whether a prescribed exercise was done on a day, and return the number of the entry.

        An exercise recorded by `log_set` counts as done. A day without any entry is "not recorded",
        which differs from "not done".
        """
        return self._entry(
            "adherence",
            pseudonym,
            date,
            exercise=_exercise(exercise),
            state=_one_of(state, "state", ("done", "part", "not_done")),
            reason=parse_text(reason, "reason", needed=False),
        )

    def answer_red_flags(
        self, pseudonym: str, answers: Mapping[str, bool], *, date: Day | None = None
    ) -> None:
        """Record the answers to all red-flag questions, True for yes.

        The keys are those of `kneepose.history.RED_FLAGS`.

        Raises
        ------
        KneeposeError
            An answer is missing; a missing answer is not taken as no.
        """
        answers = parse_mapping(answers, "answers")
        for key in answers:
            _one_of(key, "question", tuple(RED_FLAGS))
        missing = [key for key in RED_FLAGS if key not in answers]
        if missing:
            raise KneeposeError(
                f"no answer to {', '.join(missing)}; give True or False for each question."
            )
        with self._store.transaction():
            for key in RED_FLAGS:
                yes = parse_flag(answers[key], key)
                self._entry("red_flag", pseudonym, date, question=key, answer=int(yes))

    def red_flags_due(self, pseudonym: str, *, on: Day | None = None) -> str:
        """Return the reason why the red-flag questions must be asked; empty if they need not be.

        They are asked once at the start. They are asked again if pain rose by two points of 10 or
        more between two entries or exceeded five during exercise since the last answers, or if the
        last answers contain a yes.
        """
        return due(self.rows("pain", pseudonym), self.rows("red_flag", pseudonym), _day(on))

    def set_reliability(
        self,
        pseudonym: str,
        exercise: str,
        reliability: Reliability | Mapping[str, tuple[float, float]],
        *,
        source: str = "own repeated days",
        date: Day | None = None,
    ) -> None:
        """Record the error of measurement of this subject's own set-up, which a full verdict needs.

        Parameters
        ----------
        pseudonym, date
            The subject and the day.
        exercise
            Name of the exercise.
        reliability
            Result of `kneepose.reliability`, or measure → (standard error of measurement in its unit,
            degrees of freedom, which are rounded down).
        source
            Description of the origin of the error.

        Raises
        ------
        KneeposeError
            An error is not a positive number.
        """
        if isinstance(reliability, Reliability):
            given = {name: (one.sem, one.freedom) for name, one in reliability.items()}
        else:
            given = parse_mapping(reliability, "reliability")
        with self._store.transaction():
            for measure, (sem, freedom) in given.items():
                if not (isinstance(sem, int | float | np.floating) and 0 < sem < np.inf):
                    if isinstance(reliability, Reliability):
                        continue
                    raise KneeposeError(
                        f"the standard error of {measure!r} is {sem!r}; it must be a positive number."
                    )
                self._entry(
                    "reliability",
                    pseudonym,
                    date,
                    exercise=_exercise(exercise),
                    measure=parse_text(measure, "measure"),
                    sem=float(sem),
                    freedom=_freedom(freedom),
                    source=parse_text(source, "source"),
                )

    def measure_reliability(
        self, pseudonym: str, exercise: str, *, since: Day | None = None, until: Day | None = None
    ) -> dict[str, MeasureReliability]:
        """Estimate the subject's own error from test days without true change, and record it.

        The error is the spread of the days, of both legs together (`kneepose.arrays.day_error`), so a
        camera that is set up anew each day counts as error. The days must be before or without
        treatment; kneepose cannot know that.

        Parameters
        ----------
        pseudonym
            The subject.
        exercise
            Name of the exercise.
        since, until
            First and last day to use; None takes all.

        Returns
        -------
        Measure → reliability, for all measures that every leg has on every day.

        Raises
        ------
        KneeposeError
            There are fewer than six test days, the recordings differ in more than the day, or
            `until` is before `since`.
        """
        if since is not None and until is not None:
            _check_order(since=_day(since), until=_day(until))
        first = "" if since is None else _day(since).isoformat()
        last = "9" if until is None else _day(until).isoformat()
        rows = [
            row
            for row in self.analyses(pseudonym)
            if row["exercise"] == _exercise(exercise)
            and row["kind"] == "test_day"
            and first <= row["date"] <= last
        ]
        found = own_reliability(rows)
        self.set_reliability(
            pseudonym,
            exercise,
            {name: (one.sem, one.freedom) for name, one in found.items() if one.sem > 0},
            source=f"{len({row['date'] for row in rows})} test days without a change",
            date=until,
        )
        return found

    # --- reading of stored data -----------------------------------------------------------------

    def rows(self, table: str, pseudonym: str) -> list[dict[str, Any]]:
        """Return the entries of a subject in one table, sorted by day and order of entry.

        `table` is ``"consent"``, ``"session"``, ``"logged_set"``, ``"pain"``, ``"score"``,
        ``"strength"``, ``"prescription"``, ``"adherence"``, ``"red_flag"``,
        ``"reliability"``, ``"goal"`` or ``"page"``.
        """
        _one_of(table, "table", ENTRIES)
        return self._store.rows(
            f"SELECT * FROM {table} WHERE subject = ? ORDER BY date, id",
            [self._subject(pseudonym)["id"]],
        )

    def audit(self) -> list[dict[str, Any]]:
        """Return the audit log: consents, exports and purges, with their times."""
        return self._store.rows("SELECT * FROM audit ORDER BY id")

    def trend(
        self,
        pseudonym: str,
        *,
        exercise: str | None = None,
        on: Day | None = None,
        mdc: StudyResult | str | os.PathLike[str] | None = None,
    ) -> Trend:
        """Return what changed in movement, pain and function up to a day.

        Parameters
        ----------
        pseudonym
            The subject.
        exercise
            Name of one exercise; None takes all.
        on
            Day of evaluation; None is today. Later entries are ignored.
        mdc
            Study of the same set-up (`kneepose.study.StudyResult`, or the name of its file), whose
            error is used where the subject's own is not known. A study with another set-up is not
            used, and `Trend.notes` gives the reason.

        Raises
        ------
        UnknownNameError
            No such subject, or no test day has this exercise.
        FormatError
            The file is no study result.
        """
        study = mdc if mdc is None or isinstance(mdc, StudyResult) else read_study(mdc)
        return trend_of(
            self._subject(pseudonym),
            self.analyses(pseudonym),
            {table: self.rows(table, pseudonym) for table in ENTRIES},
            exercise=exercise,
            on=_day(on),
            mdc=study,
        )

    def to_html(
        self,
        pseudonym: str,
        path: str | Path,
        *,
        audience: Literal["clinician", "patient"] = "clinician",
        exercise: str | None = None,
        on: Day | None = None,
        mdc: StudyResult | str | os.PathLike[str] | None = None,
        language: str | None = None,
    ) -> Path:
        """Write a page about the weeks of a subject, and return its path. Requires ``kneepose[report]``.

        The page shows the pseudonym, not the name. `purge` removes the page from its original
        location.

        Parameters
        ----------
        pseudonym
            The subject.
        path
            File to write, readable by its owner only.
        audience
            ``"clinician"``: dates, one chart per leg with the error of measurement, pain, verdicts
            with reasons, the next appointment, and a signature line. ``"patient"``: three numbers,
            one cue, the sets of this week, and the goal in the person's own words.
        exercise, on, mdc
            As in `trend`.
        language
            Code of a language, such as ``"de"``. None takes that in force, see `kneepose.words.speak`.

        Raises
        ------
        DependencyError
            jinja2 is not installed.
        """
        from kneepose.report.weeks import write_weeks

        chosen = _one_of(audience, "audience", ("clinician", "patient"))
        written = write_weeks(
            self.trend(pseudonym, exercise=exercise, on=on, mdc=mdc),
            self._subject(pseudonym),
            {table: self.rows(table, pseudonym) for table in ENTRIES},
            self.analyses(pseudonym),
            path,
            audience=chosen,
            language=language,
        )
        self.remember_page(pseudonym, written)
        return written

    # --- rights of the subject: export and purge ------------------------------------------------

    def export(self, pseudonym: str, folder: str | Path) -> list[Path]:
        """Write everything about one subject to a folder, and return the paths of the files.

        The files are one CSV file per table, the analyses as JSON too, the name, and stored
        keypoints. Parquet files are written beside the CSV files where pyarrow is installed. The
        folder is created; it must be empty.

        Raises
        ------
        KneeposeError
            The folder is not empty.
        """
        subject = self._subject(pseudonym)
        tables = {"subject": [subject], **{name: self.rows(name, pseudonym) for name in ENTRIES}}
        kept = [self.keypoints_folder / f"{name}.npz" for name in self._kept(subject["id"])]
        name = {"pseudonym": pseudonym, "name": self.name_of(pseudonym)}
        folder = as_path(folder, "folder")
        written = write_export(folder, tables, self.analyses(pseudonym), kept, name)
        with self._store.transaction():
            for path in written:
                self.remember_page(pseudonym, path, "export")
            self._audit("export", pseudonym, f"{len(written)} files")
        return written

    def purge(self, pseudonym: str) -> None:
        """Remove a subject permanently: rows, log, keypoints, pages, exports, name.

        Deleted rows are overwritten (``secure_delete``), the file is rewritten (``VACUUM``) and its
        write-ahead log emptied. Exported files and pages are removed from their original locations.
        Clips, keypoint files beside clips and copies are not known to the history and are not
        removed. One line of the audit log remains, without the pseudonym.

        Raises
        ------
        KneeposeError
            Another program has the file open. The rows are gone; the rest follows when the history is
            opened next.
        """
        subject = self._subject(pseudonym)
        marks = [text for text in (pseudonym, self.name_of(pseudonym)) if text]
        for row in self.rows("page", pseudonym):
            remove_page(Path(row["path"]), row["sha256"], marks)
        others = {
            row["keypoints_hash"]
            for row in self._store.rows(
                "SELECT keypoints_hash FROM analysis JOIN session ON session.id = analysis.session "
                "WHERE session.subject <> ? AND keypoints_hash IS NOT NULL",
                [subject["id"]],
            )
        }
        for name in set(self._kept(subject["id"])) - others:
            remove_file(self.keypoints_folder / f"{name}.npz")
        # A temporary file does not show whose keypoints it holds, so all old ones are removed. A
        # write takes less than a second.
        remove_unfinished(self.keypoints_folder, older_s=_UNFINISHED_S)
        with contextlib.suppress(OSError):
            self.keypoints_folder.rmdir()
        self._names.remove(pseudonym)
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM subject WHERE id = ?", (subject["id"],))
            connection.execute("INSERT OR REPLACE INTO state VALUES ('purge', 'to finish')")
            self._audit("purge", None, "one subject")
        self._finish_purge()

    def _kept(self, subject: int) -> list[str]:
        """Return the content hashes of a subject's stored keypoints."""
        rows = self._store.rows(
            "SELECT DISTINCT keypoints_hash FROM analysis JOIN session ON session.id = analysis.session "
            "WHERE session.subject = ? AND keypoints_hash IS NOT NULL",
            [subject],
        )
        return [row["keypoints_hash"] for row in rows]

    def _finish_purge(self) -> None:
        self._store.vacuum()
        with self._store.transaction() as connection:
            connection.execute("DELETE FROM state WHERE name = 'purge'")

    def remember_page(
        self, pseudonym: str, path: str | Path, kind: Literal["page", "export"] = "page"
    ) -> None:
        """Record the path of a file about a subject, so that `purge` can remove it."""
        path = as_path(path, "path")
        if not path.is_file():
            raise KneeposeError(f"{path} is no regular file; give a page or file that was written.")
        path = path.resolve()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        self._entry("page", pseudonym, None, kind=kind, path=str(path), sha256=digest)

    # --- private methods ------------------------------------------------------------------------

    def _subject(self, pseudonym: str) -> dict[str, Any]:
        """Return the row of a subject.

        Raises
        ------
        UnknownNameError
            The subject does not exist.
        """
        parse_text(pseudonym, "pseudonym")
        found = self._store.rows("SELECT * FROM subject WHERE pseudonym = ?", [pseudonym])
        if not found:
            known = [row["pseudonym"] for row in self.subjects()]
            hint = "add_subject adds one (kneepose subject new)."
            raise UnknownNameError.of("subject", pseudonym, known, hint=hint)
        return found[0]

    def _entry(self, table: str, pseudonym: str, date: Day | None, **values: Any) -> int:
        subject = self._subject(pseudonym)["id"]
        day = _day(date) if table == "prescription" else _past_day(date)
        return self._store.insert(table, subject=subject, date=day.isoformat(), **values)

    def _audit(self, action: str, pseudonym: str | None, detail: str) -> None:
        subject = None if pseudonym is None else self._subject(pseudonym)["id"]
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        self._store.insert("audit", at=now, action=action, subject=subject, detail=detail)


def _day(given: Day | None) -> datetime.date:
    if given is None:
        return datetime.date.today()
    text = parse_details(date=given)["date"]
    return datetime.date.fromisoformat(str(text))


def _past_day(given: Day | None, first: datetime.date = _FIRST_DAY) -> datetime.date:
    """Return a date as a past day; tomorrow is accepted because of other time zones.

    Raises
    ------
    KneeposeError
        The day is in the future, or before `_FIRST_DAY`.
    """
    day, today = _day(given), datetime.date.today()
    if day < first:
        raise KneeposeError(
            f"date is {day}, before {first}; is the year a slip? Give it as year-month-day."
        )
    if day > today + datetime.timedelta(days=1):
        raise KneeposeError(
            f"date is {day}, which is to come: today is {today}. Give the day on which it happened, as "
            "year-month-day."
        )
    return day


def _check_order(until: datetime.date | None, **first: datetime.date) -> None:
    """Raise if the last day is before the first day."""
    ((name, begin),) = first.items()
    if until is not None and until < begin:
        raise KneeposeError(
            f"until is {until}, before {name}, {begin}; are the two days exchanged?"
        )


def _plain(text: str) -> str:
    """Return a description with single spaces, so that equal set-ups compare equal."""
    return " ".join(text.split())


def _exercise(name: str) -> str:
    """Return the name of an exercise; a near match of a built-in name is corrected or refused.

    Raises
    ------
    UnknownNameError
        The name resembles a built-in one, but differs in more than case or hyphens.
    """
    name = parse_text(name, "exercise").strip()
    if name not in _EXERCISES and near_names(name, _EXERCISES):
        same = [known for known in _EXERCISES if known == name.lower().replace("-", "_")]
        if same:
            return same[0]
        raise UnknownNameError.of("exercise", name, _EXERCISES)
    return name


def _one_of(given: Any, argument: str, known: Sequence[str]) -> str:
    found = parse_choice(given, argument, known)
    if found is None:
        raise UnknownNameError.of(argument, given, known)
    return found


def _count(given: Any, argument: str, most: int) -> int:
    is_count = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if not is_count or not 1 <= given <= most:
        raise KneeposeError(f"{argument} is {given!r}; it must be a whole number from 1 to {most}.")
    return int(given)


def _freedom(given: Any) -> int:
    """Return degrees of freedom as stored: rounded down to a whole number."""
    if isinstance(given, float | np.floating) and np.isfinite(given):
        # Fully correlated legs have the degrees of freedom of one leg, up to rounding error.
        given = int(given + 1e-9)
    return _count(given, "degrees of freedom", 100_000)


def _between(given: Any, argument: str, least: float, most: float) -> float | None:
    if given is None:
        return None
    value = parse_number(given, argument)
    if not least <= value <= most:
        raise KneeposeError(f"{argument} is {given!r}; it must be from {least:g} to {most:g}.")
    return value
