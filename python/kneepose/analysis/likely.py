"""Built-in exercise that a movement looks like, where it was analyzed under the name of another one."""

from __future__ import annotations

from typing import NamedTuple

from kneepose import _core
from kneepose.recording.recording import Recording, core_recording
from kneepose.typing import ExerciseName, Side

__all__ = ["Likely", "likely_exercise"]

#: Smallest share of the movements that the other exercise must count as repetitions.
_LEAST_SHARE = 0.5


class Likely(NamedTuple):
    """An exercise, its side (None if both legs do the same), and the repetitions it counts."""

    exercise: ExerciseName
    side: Side | None
    reps: int


def likely_exercise(recording: Recording, named: str, side: Side, movements: int) -> Likely | None:
    """Return the standing exercise and leg, other than those analyzed, with the most repetitions.

    Ties go to the exercise with a pattern of its own, which is the stricter one: exercises that
    only require a bending knee count the same movements.

    Parameters
    ----------
    recording
        The conditioned recording.
    named, side
        The exercise and the leg that it was analyzed as.
    movements
        Number of movements that were found in that analysis. None is returned if the best candidate
        counts fewer than half as many repetitions.
    """
    found: list[tuple[Likely, bool]] = []
    given = core_recording(recording)
    for row in _core.exercise_table():
        if row["posture"] != "standing":
            continue
        legs: tuple[Side | None, ...] = (None,) if row["two_legs"] else ("left", "right")
        for leg in legs:
            if row["name"] == named and leg in (None, side):
                continue
            seen = _core.find_reps(given, row["name"], leg or "right", recording.view)
            full = sum(rep[-1] == 0 for rep in seen["reps"])
            found.append((Likely(row["name"], leg, full), row["pattern"] != "squat"))
    best, _ = max(found, key=lambda one: (one[0].reps, one[1]))
    return best if best.reps and best.reps >= _LEAST_SHARE * movements else None
