"""Exercises and faults as rows."""

from kneepose.exercises.spec import Criterion, ExerciseSpec, FaultSpec

__all__ = [
    "Criterion",
    "ExerciseSpec",
    "FaultSpec",
]
