"""Repetitions of a recording, and of angles from a file."""

from __future__ import annotations

from kneepose import _core
from kneepose.analysis.choice import choose_exercise, choose_side
from kneepose.analysis.of_angles import reps_of_angles
from kneepose.analysis.reps import Reps
from kneepose.angles.angles import Angles
from kneepose.exercises.spec import ExerciseSpec, core_exercise, exercise_row
from kneepose.recording.recording import Recording, check_recording, core_recording
from kneepose.records import Provenance
from kneepose.typing import ExerciseName, Side

__all__ = ["segment_reps"]


def segment_reps(
    recording: Recording | Angles,
    exercise: ExerciseName | ExerciseSpec | None = None,
    *,
    side: Side | None = None,
) -> Reps:
    """Find the repetitions of an exercise in a conditioned recording.

    Parameters
    ----------
    recording
        Conditioned recording, see `Recording.conditioned`; or angles, such as those that `kneepose.read`
        reads from a ``.mot`` file, whose repetitions are found in the angle of the exercise alone.
    exercise
        Name from `kneepose.tables.exercises`, or an `ExerciseSpec`. It determines the rep signal for
        the view. None takes the recording's.
    side
        Side as in `analyze`. A two-leg exercise needs no side, because both legs share its repetitions.

    Returns
    -------
    Reps
        All repetitions in time order, including those not counted, with their status. It may be empty.

    Raises
    ------
    UnknownNameError
        `exercise` or `side` is not known.
    KneeposeError
        No side for a one-leg exercise, something else than a `Recording`, or one that says another
        exercise or side.

    Examples
    --------
    >>> import kneepose as kp
    >>> kp.segment_reps(kp.sample("squat").conditioned(), "squat").count
    5
    """
    if isinstance(recording, Angles):
        return reps_of_angles(recording, exercise, side)[0]
    check_recording(recording, "segment_reps")
    exercise = choose_exercise(recording, exercise)
    row = exercise_row(exercise)
    default: Side | None = "right" if row["two_legs"] else None
    leg = choose_side(recording, side, row, "segment_reps", default)
    found = _core.find_reps(core_recording(recording), core_exercise(exercise), leg, recording.view)
    return Reps(
        found["reps"],
        recording.times,
        found["signal_used"],
        found["signal"],
        provenance=Provenance.of(recording, definition=row, exercise=row["name"], side=leg),
    )
