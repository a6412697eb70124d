"""The built-in rows as plain data: angles, exercises with their faults, skeletons, reasons.

Each function returns a new list of dicts, one a row, JSON-ready.

Examples
--------
>>> import kneepose as kp
>>> [row["name"] for row in kp.tables.exercises()]
['squat', 'single_leg_squat', 'clamshell', 'fire_hydrant']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kneepose import _core

if TYPE_CHECKING:
    from kneepose.typing import AngleRow, ExerciseRow, ReasonRow, SkeletonRow

__all__ = ["angles", "exercises", "reasons", "skeletons"]


def angles() -> list[AngleRow]:
    """Return all angles: name, points, measure, side, plane, unit, zero, sign, gate, source."""
    return _core.angle_table()


def exercises() -> list[ExerciseRow]:
    """Return all exercises: signal by view, least range, measures, faults, how to film them."""
    return _core.exercise_table()


def skeletons() -> list[SkeletonRow]:
    """Return all skeletons: name, keypoints in order, confidence threshold, who emits them."""
    return _core.skeleton_table()


def reasons() -> list[ReasonRow]:
    """Return all states of a value (`Validity`): name, what it means, what to do about it."""
    return [
        {"name": name, "sentence": sentence, "remedy": remedy}
        for _, name, sentence, remedy in _core.validity_table()
    ]
