"""Exercise and side of an analysis: as given, else as the recording says."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from kneepose.errors import KneeposeError
from kneepose.exercises.spec import ExerciseSpec, check_side, exercise_row, needed_side

if TYPE_CHECKING:
    from kneepose._core import OwnExercise
    from kneepose.recording.recording import Recording
    from kneepose.typing import ExerciseName, ExerciseRow, Side

__all__ = ["choose_exercise", "choose_side"]


def choose_exercise(
    recording: Recording, exercise: ExerciseName | ExerciseSpec | None
) -> ExerciseName | ExerciseSpec:
    """Return the exercise as given, else that of the recording.

    Raises
    ------
    UnknownNameError
        No such exercise.
    KneeposeError
        No exercise in either place, or two that differ.
    """
    if exercise is None:
        if recording.exercise is None:
            raise KneeposeError(
                'exercise is not given and the recording does not say it; pass it, such as "squat".'
            )
        return cast("ExerciseName", exercise_row(cast("ExerciseName", recording.exercise))["name"])
    _check_same("exercise", exercise_row(exercise)["name"], recording.exercise)
    return exercise


def choose_side(
    recording: Recording,
    side: Side | None,
    row: ExerciseRow | OwnExercise,
    call: str,
    default: Side | None = None,
) -> Side:
    """Return the side as given, else that of the recording, else the default.

    Raises
    ------
    UnknownNameError
        Neither left nor right.
    KneeposeError
        No side in any place, or two that differ.
    """
    if side is not None:
        _check_same("side", check_side(side), recording.side)
    return needed_side(side or recording.side or default, row, call)


def _check_same(what: str, given: str, recorded: str | None) -> None:
    if recorded is not None and recorded != given:
        raise KneeposeError(
            f"{what} is {given!r}, but the recording says {recorded!r}. Leave {what}= out to take the "
            f"recording's, or correct the recording: recording.labeled({what}={given!r})."
        )
