"""Built-in exercise that a movement looks like, where it was analyzed under the name of another one."""

from __future__ import annotations

from typing import NamedTuple

from kneepose import _core
from kneepose.recording.recording import Recording, core_recording
from kneepose.typing import ExerciseName, Side

__all__ = ["Likely", "likely_exercise"]

#: Share of the movements that have to be repetitions of the other exercise.
_LEAST_SHARE = 0.5


class Likely(NamedTuple):
    """An exercise, its side (None if both legs do the same), and the repetitions it counts."""

    exercise: ExerciseName
    side: Side | None
    reps: int


def likely_exercise(recording: Recording, named: str, movements: int) -> Likely | None:
    """Return the exercise done standing, other than the named one, that counts most repetitions.

    Parameters
    ----------
    recording
        The conditioned recording.
    named
        The exercise that it was analyzed as.
    movements
        Number of movements that were found there. None is returned for fewer than half as many.
    """
    found: list[Likely] = []
    given = core_recording(recording)
    for row in _core.exercise_table():
        if row["posture"] != "standing" or row["name"] == named:
            continue
        sides: tuple[Side | None, ...] = (None,) if row["two_legs"] else ("left", "right")
        for side in sides:
            seen = _core.find_reps(given, row["name"], side or "right", recording.view)
            full = sum(rep[-1] == 0 for rep in seen["reps"])
            found.append(Likely(row["name"], side, full))
    best = max(found, key=lambda one: one.reps)
    return best if best.reps and best.reps >= _LEAST_SHARE * movements else None
