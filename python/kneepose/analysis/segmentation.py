"""Repetitions of a recording, and of angles from a file."""

from __future__ import annotations

from typing import Final

import numpy as np

from kneepose import _core
from kneepose.analysis.choice import choose_exercise, choose_side
from kneepose.analysis.reps import Reps
from kneepose.angles.angles import Angles
from kneepose.errors import KneeposeError, TimeError
from kneepose.exercises.spec import ExerciseSpec, core_exercise, exercise_row, needed_side
from kneepose.recording.recording import Recording, check_recording, core_recording
from kneepose.records import Provenance, ReadOnlyMapping
from kneepose.typing import ExerciseName, Side

__all__ = ["segment_reps"]

# Largest difference of an interval from the usual one, as a share of it, in angles that are segmented.
_UNEVEN: Final = 0.05


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
        return _reps_of_angles(recording, exercise, side)
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


def _reps_of_angles(
    angles: Angles, exercise: ExerciseName | ExerciseSpec | None, side: Side | None
) -> Reps:
    if exercise is None:
        raise KneeposeError(
            'no exercise is given, and angles do not say one; pass one, such as "squat".'
        )
    row = exercise_row(exercise)
    leg = needed_side(side or ("right" if row["two_legs"] else None), row, "segment_reps")
    if "signals" in row:
        raise KneeposeError(
            f"the exercise {row['name']!r} is your own; pass a recording, or a built-in exercise."
        )
    name = row["signal"]
    sides: list[Side] = ["left", "right"] if row["two_legs"] else [leg]
    columns = [angles[name, one].values for one in sides]
    both = np.array(columns)
    signal = both.mean(axis=0) if row["signal_combine"] == "mean" else both.min(axis=0)
    steps = np.diff(angles.times)
    if not len(steps):
        raise TimeError("the angles have one frame; needed a series over time.")
    step = float(np.median(steps))
    if float(np.abs(steps - step).max()) > _UNEVEN * step:
        raise TimeError(
            f"the times of the angles are uneven: intervals from {steps.min():.4g} to "
            f"{steps.max():.4g} s; needed one frame rate."
        )
    rows = _core.segment_reps(signal, 1 / step, row["signal_min_range"], None, True, False)
    settings = {"exercise": row["name"], "side": leg}
    provenance = Provenance(
        estimator=angles.provenance.estimator, settings=ReadOnlyMapping(settings)
    )
    return Reps(rows, angles.times, name, signal, provenance=provenance)
