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


def likely_exercise(recording: Recording, named: str, side: Side, movements: int) -> Likely | None:
    """Return what else, of the exercises done standing, counts most repetitions: also the other leg.

    Of two that count as many, it is the one with a pattern of its own: it asks more of the movement than
    the bend of a knee, and the other counts it too.

    Parameters
    ----------
    recording
        The conditioned recording.
    named, side
        The exercise and the leg that it was analyzed as.
    movements
        Number of movements that were found there. None is returned for fewer than half as many.
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
