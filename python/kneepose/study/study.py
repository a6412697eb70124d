"""`Study`: a test-retest and rater study of the user's own set-up, stored in one folder."""

from __future__ import annotations

import dataclasses
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from kneepose.analysis.analysis import Analysis
from kneepose.analysis.analyzing import analyze, analyze_sides
from kneepose.analysis.trials import check_same
from kneepose.arrays.studies import day_error
from kneepose.comparison.likeness import common_set_up
from kneepose.comparison.study_result import StudyMeasure, StudyResult
from kneepose.errors import KneeposeError, UnknownNameError
from kneepose.exercises.spec import built_in
from kneepose.history.keypoints import content_hash, kept_form, proportions
from kneepose.recording.options import parse_choice, parse_text
from kneepose.recording.recording import Recording
from kneepose.records import ReadOnlyMapping
from kneepose.study.folder import Entry, Folder, Plan, parse_person, people_of
from kneepose.study.raters import agreement_of, grade_of, items_of
from kneepose.typing import ExerciseName
from kneepose.words.catalogue import mid, tr, trn
from kneepose.words.notes import FEW, LEFT_OUT, NO_LEAD, NO_VALUE, OTHER_BODY, SHORT, TOO_FEW
from kneepose.writing import as_path

__all__ = ["FEW_PEOPLE", "Study"]

#: Number of people below which a study is called small. With ten people, two days and two legs, the
#: 95 % interval of the error spans about 0.7 to 1.6 times the error.
FEW_PEOPLE: Final = 10
#: Minimum number of counted repetitions of a usable recording.
_LEAST_REPS: Final = 3
#: Largest relative difference of body proportions that still counts as the same person, as in a
#: history.
_SAME_BODY: Final = 0.15
Progress = Callable[[int, int, str], None]
_NAN: Final = float("nan")


class Study:
    """A test-retest and rater study: people filmed on several days without true change.

    The folder holds keypoints without the face, copies of clips, and ratings, readable by its owner
    only. People and raters are identified by codes, which the result (`report`) does not contain.

    Parameters
    ----------
    folder
        Folder of a study that `Study.new` made.

    Raises
    ------
    FormatError
        The folder contains no study.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import kneepose as kp
    >>> place = tempfile.TemporaryDirectory()
    >>> camera = "motion capture"
    >>> study = kp.Study.new(pathlib.Path(place.name) / "squats", "single_leg_squat", camera=camera)
    >>> squats = kp.sample("single_leg_squat_left")
    >>> _ = study.add(squats[:700], person="P1", day=1, leg="left")
    >>> _ = study.add(squats[640:], person="P1", day=2, leg="left")
    >>> study
    Study of single-leg squat: 2 of 40 recordings (10 people, 2 days), 0 clips, 0 raters
    >>> place.cleanup()
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Folder(folder)

    @classmethod
    def new(
        cls,
        folder: str | os.PathLike[str],
        exercise: ExerciseName,
        *,
        camera: str,
        people: int = 10,
        days: int = 2,
        reps: int = 5,
    ) -> Self:
        """Begin a study in a new folder.

        Parameters
        ----------
        folder
            The folder; it is created, or must be empty.
        exercise
            Name of a built-in exercise.
        camera
            Description of the set-up, such as ``"phone, front, 3 m, 50 cm"``. Sessions of a history
            with the same text may use the result.
        people, days, reps
            Planned numbers: at least 2 people, 2 days and 3 repetitions per recording.

        Raises
        ------
        UnknownNameError
            No such exercise.
        KneeposeError
            The folder is not empty, or a number is too small.
        """
        row = built_in(exercise)
        planned = (("people", people, 2), ("days", days, 2), ("reps", reps, _LEAST_REPS))
        for name, value, least in planned:
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise KneeposeError(
                    f"{name} is {value!r}; it must be a whole number from {least} on."
                )
        words = " ".join(parse_text(camera, "camera").split())
        plan = Plan(row["name"], words, people, days, reps, secrets.randbits(32))
        return cls(Folder.make(folder, plan).path)

    @property
    def folder(self) -> Path:
        """Path of the folder."""
        return self._folder.path

    @property
    def plan(self) -> Plan:
        """Exercise, camera, and planned numbers."""
        return self._folder.plan

    @property
    def legs(self) -> tuple[str, ...]:
        """Legs that are recorded: left and right, or ``"both"`` for a two-leg exercise."""
        return ("both",) if built_in(self.plan.exercise)["two_legs"] else ("left", "right")

    def entries(self) -> list[Entry]:
        """Return the recordings sorted by person, day and leg."""
        return self._folder.entries()

    def clip(self, entry: Entry) -> Path:
        """Return the path of the clip of a recording."""
        return self._folder.clip(entry)

    def ratings(self) -> list[dict[str, Any]]:
        """Return the ratings: rater, clip, answers and time."""
        return self._folder.ratings()

    def __repr__(self) -> str:
        plan, entries = self.plan, self.entries()
        planned = plan.people * plan.days * len(self.legs)
        raters = {row["rater"] for row in self.ratings()}
        return tr(
            "Study of {exercise}: {n} of {planned} recordings ({people}, {days}), {clips}, {raters}",
            exercise=mid(tr(built_in(plan.exercise)["title"])), n=len(entries), planned=planned,
            people=trn("{n} person", "{n} people", plan.people),
            days=trn("{n} day", "{n} days", plan.days),
            clips=trn("{n} clip", "{n} clips", sum(bool(e.clip) for e in entries)),
            raters=trn("{n} rater", "{n} raters", len(raters)),
        )  # fmt: skip

    def add(
        self,
        recording: Recording | Analysis,
        *,
        person: str,
        day: int,
        leg: str | None = None,
        clip: str | os.PathLike[str] | None = None,
        replace: bool = False,
    ) -> Entry:
        """Store a recording of one person, day and leg, and return the entry.

        A recording that is already stored is not added again, so an interrupted import can be
        repeated.

        Parameters
        ----------
        recording
            Keypoints, or an analysis of them. They are stored without keypoints of the face and
            analyzed anew by each `report`, so that a newer version of kneepose needs no new study.
        person
            A code such as ``"P1"``; not a name.
        day
            Number of the day, from 1.
        leg
            ``"left"`` or ``"right"``; None uses that of the analysis. Not for two-leg exercises.
        clip
            Clip to copy for the raters; None if it will not be rated.
        replace
            True to replace an earlier recording of the same person, day and leg; its files are removed,
            and ratings of its clip no longer count.

        Raises
        ------
        KneeposeError
            Another recording is already stored, the code is a name, the recording names another
            exercise, cannot be analyzed, or has the date of another day of this person.
        """
        person = parse_person(person)
        if not isinstance(day, int) or isinstance(day, bool) or not 1 <= day <= self.plan.days:
            raise KneeposeError(
                f"day is {day!r}; it must be from 1 to {self.plan.days}, as planned."
            )
        source = recording
        if isinstance(recording, Analysis):
            if recording.exercise != self.plan.exercise:
                raise KneeposeError(
                    f"the analysis is of {recording.exercise!r}, the study of {self.plan.exercise!r}."
                )
            leg, source = leg or recording.side, recording.source
        if not isinstance(source, Recording):
            raise KneeposeError(
                f"recording is {type(source).__name__}; give a Recording, or what analyze returns."
            )
        if source.exercise not in (None, self.plan.exercise):
            raise KneeposeError(
                f"the recording is of {source.exercise!r}, the study of {self.plan.exercise!r}."
            )
        if self.legs == ("both",):
            if leg is not None and not isinstance(recording, Analysis):
                raise KneeposeError(
                    f"leg is {leg!r}; a recording of {self.plan.exercise} is of both legs, give none."
                )
            leg = "both"
        elif parse_choice(leg, "leg", ("left", "right")) is None:
            raise UnknownNameError.of("leg", leg, ("left", "right"))
        others = [entry for entry in self.entries() if entry.person == person]
        there = next((one for one in others if (one.day, one.leg) == (day, leg)), None)
        is_same = there is not None and there.recording == content_hash(
            kept_form(source, face=False)
        )
        if there is not None and is_same and (there.clip or clip is None):
            return there
        if there is not None and not is_same and not replace:
            raise KneeposeError(
                f"{person}, day {day}, {leg} is there already; replace=True (--replace) replaces it."
            )
        self._check_date(source, day, others)
        # A single recording that cannot be analyzed would prevent the result of the whole study.
        film = None if clip is None else as_path(clip, "clip")
        self._analyzed(Entry(person, day, str(leg), "", ""), kept_form(source, face=False))
        return self._folder.put(person, day, str(leg), source, film)

    def _check_date(self, source: Recording, day: int, others: Sequence[Entry]) -> None:
        """Check the date of a recording against the other days of a person.

        Raises
        ------
        KneeposeError
            Two days share a date, or one day has two dates.
        """
        if source.date is None:
            return
        for other in others:
            date = self._folder.recording(other).date
            if date is not None and (date == source.date) != (other.day == day):
                raise KneeposeError(
                    f"day {other.day} of {other.person} is {date}, and day {day} would be "
                    f"{source.date}: is it the right day? Correct the date with "
                    "recording.labeled(date=…)."
                )

    def rate(self, rater: str, clip: str, answers: Mapping[str, int | None]) -> None:
        """Store a rater's answers about a clip, which replace an earlier rating of it.

        Parameters
        ----------
        rater
            A code such as ``"R1"``.
        clip
            `Entry.clip`.
        answers
            Item → number of the answer (``"grade"``: 0 good, 1 fair, 2 poor; faults: 0 not seen, 1
            seen), or None for "cannot tell". The grade is needed.

        Raises
        ------
        KneeposeError
            The clip, item or answer does not exist, or the grade is missing.
        """
        rater = parse_person(rater, "rater")
        if not clip or clip not in {entry.clip for entry in self.entries()}:
            raise KneeposeError(f"there is no clip {clip!r} in this study.")
        items = {item.name: item for item in items_of(built_in(self.plan.exercise))}
        for name, answer in answers.items():
            if name not in items:
                raise UnknownNameError.of("item", name, list(items))
            most = len(items[name].answers) - 1
            is_answer = isinstance(answer, int) and not isinstance(answer, bool)
            if answer is not None and not (is_answer and 0 <= answer <= most):
                raise KneeposeError(
                    f"the answer to {name!r} is {answer!r}; give 0 to {most}, or None."
                )
        if answers.get("grade") is None:
            raise KneeposeError("the grade of the whole is missing: 0 good, 1 fair or 2 poor.")
        self._folder.rate(rater, clip, answers)

    def report(self, *, progress: Progress | None = None) -> StudyResult:
        """Analyze all recordings and return the error between days and the agreement of the raters.

        The errors of the legs of one person are not independent, and the intervals take that into
        account (`kneepose.arrays.day_error`). A person with a missing leg or day is omitted for
        that measure.

        Parameters
        ----------
        progress
            Called with the number of steps done, their total, and the name of the current step.

        Raises
        ------
        KneeposeError
            There is no person with all days, or recordings are not comparable.
        """
        entries = self.entries()
        of_leg: dict[tuple[str, int, str], Analysis] = {}
        ours: dict[Entry, Mapping[str, int]] = {}
        for done, entry in enumerate(entries):
            if progress is not None:
                progress(done, len(entries), f"{entry.person}, day {entry.day}, {entry.leg}")
            found = self._analyzed(entry, self._folder.recording(entry))
            ours[entry] = grade_of(found)
            of_leg |= {(entry.person, entry.day, one.side): one for one in found}
        if progress is not None:
            progress(len(entries), len(entries), "")
        people = people_of(entries)
        sides = ("left", "right")
        legs = [side for side in sides if any(key[2] == side for key in of_leg)]
        days = list(range(1, self.plan.days + 1))
        whole = [
            person
            for person in people
            if all((person, day, leg) in of_leg for day in days for leg in legs)
        ]
        if len(whole) < 2:
            raise KneeposeError(
                f"{len(whole)} people have all {len(days)} days of all legs; needed at least 2 for any "
                f"error, {FEW_PEOPLE} for a useful one. Add recordings (kneepose study add)."
            )
        used = [of_leg[person, day, leg] for person in whole for day in days for leg in legs]
        for one in used[1:]:
            check_same(used[0], one)
        measures = self._measures(of_leg, whole, legs, days)
        set_up = {**common_set_up(used), "camera": self.plan.camera}
        clips = {entry.clip for entry in entries}
        ratings = [row for row in self.ratings() if row["clip"] in clips]
        provenance = used[0].provenance
        for one in used[1:]:
            provenance = provenance.of_both(one.provenance)
        # A file hash would reveal whose recording was in the study.
        provenance = dataclasses.replace(provenance.of_both(provenance, **set_up), file_hash=None)
        leads = built_in(self.plan.exercise)["lead"]
        return StudyResult(
            measures=ReadOnlyMapping(measures),
            leads=tuple(name for name in leads if name in measures),
            agreement=ReadOnlyMapping(
                agreement_of(entries, ratings, ours, items_of(built_in(self.plan.exercise)))
            ),
            people=len(whole),
            legs=len(legs),
            days=len(days),
            raters=len({row["rater"] for row in ratings}),
            studies=1,
            between="day",
            set_up=ReadOnlyMapping(set_up),
            notes=tuple(self._notes(measures, leads, people, whole, of_leg)),
            provenance=provenance,
        )

    def _analyzed(self, entry: Entry, recording: Recording) -> list[Analysis]:
        exercise: Any = self.plan.exercise
        side: Any = entry.leg
        try:
            if entry.leg == "both":
                return list(analyze_sides(recording, exercise))
            return [analyze(recording, exercise, side=side)]
        except KneeposeError as error:
            raise KneeposeError(f"{entry.person}, day {entry.day}, {entry.leg}: {error}") from None

    def _measures(
        self,
        of_leg: Mapping[tuple[str, int, str], Analysis],
        people: Sequence[str],
        legs: Sequence[str],
        days: Sequence[int],
    ) -> dict[str, StudyMeasure]:
        units = {name: m.unit for one in of_leg.values() for name, m in one.measures.items()}
        found = {}
        for name, unit in units.items():
            values = np.array(
                [[[_mean(of_leg[p, d, leg], name) for d in days] for leg in legs] for p in people]
            )
            one = day_error(values[np.isfinite(values).all(axis=(1, 2))])
            if one.people > 1 and one.sem > 0:
                found[name] = StudyMeasure.of(one, unit)
        return found

    def _notes(
        self,
        measures: Mapping[str, StudyMeasure],
        leads: Sequence[str],
        people: Sequence[str],
        whole: Sequence[str],
        of_leg: Mapping[tuple[str, int, str], Analysis],
    ) -> list[str]:
        notes = []
        lead = next((measures[name] for name in leads if name in measures), None)
        if lead is not None and not np.isfinite(lead.mdc):
            notes.append(
                TOO_FEW.format(people=lead.people, freedom=f"{lead.freedom:.1f}", enough=FEW_PEOPLE)
            )
        elif lead is not None and lead.people < FEW_PEOPLE:
            low, high = (f"{end / lead.sem:.1f}" for end in lead.sem_ci)
            notes.append(FEW.format(people=lead.people, low=low, high=high, enough=FEW_PEOPLE))
        if lead is not None and lead.people < len(whole):
            without = len(whole) - lead.people
            notes.append(NO_VALUE.format(without=without, people=len(whole), least=_LEAST_REPS))
        if lead is None:
            notes.append(NO_LEAD)
        left_out = [person for person in people if person not in whole]
        if left_out:
            notes.append(LEFT_OUT.format(people=len(left_out)))
        short = sum(one.reps.count < _LEAST_REPS for one in of_leg.values())
        if short:
            notes.append(SHORT.format(least=_LEAST_REPS, recordings=short))
        other = sum(_other_body([one for key, one in of_leg.items() if key[0] == p]) for p in whole)
        if other:
            notes.append(OTHER_BODY.format(people=other))
        return notes


def _mean(analysis: Analysis, name: str) -> float:
    measure = analysis.measures.get(name)
    enough = measure is not None and measure.n >= _LEAST_REPS
    return measure.mean if measure is not None and enough else _NAN


def _other_body(analyses: Sequence[Analysis]) -> bool:
    bodies = [proportions(one.source) for one in analyses]
    for name in bodies[0]:
        sizes: npt.NDArray[np.float64] = np.array([body[name] for body in bodies])
        sizes = sizes[np.isfinite(sizes)]
        if len(sizes) and sizes.max() / sizes.min() - 1 > _SAME_BODY:
            return True
    return False
