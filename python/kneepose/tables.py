"""Built-in tables as plain data: angles, exercises with their faults, skeletons, validity reasons.

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
    from kneepose.typing import AccuracyRow, AngleRow, ExerciseRow, ReasonRow, SkeletonRow

__all__ = ["accuracy", "angles", "exercises", "reasons", "skeletons"]


def accuracy() -> list[AccuracyRow]:
    """Return the systematic errors of estimators by family, space, view and angle, with their sources.

    The first row that applies counts. A family of None and an empty list stand for all.
    """
    return _core.accuracy_table()


def angles() -> list[AngleRow]:
    """Return all built-in angles: name, points, formula, side, plane, unit, zero, sign, gate, source."""
    return _core.angle_table()


def exercises() -> list[ExerciseRow]:
    """Return all built-in exercises: signal by view, smallest range, measures, faults and set-up."""
    return _core.exercise_table()


def skeletons() -> list[SkeletonRow]:
    """Return all built-in skeletons: name, ordered keypoints, confidence threshold, and estimators."""
    return _core.skeleton_table()


def reasons() -> list[ReasonRow]:
    """Return all members of `Validity`: name, meaning and remedy."""
    return [
        {"name": name, "sentence": sentence, "remedy": remedy}
        for _, name, sentence, remedy in _core.validity_table()
    ]
